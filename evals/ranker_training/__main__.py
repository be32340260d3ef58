"""`python -m evals.ranker_training DATASET… [--untitled DATASET] [--out FILE]`: train the built-in ranker.

In the first of two rounds, the best pair of passages decides where chains continue; in the second, the first round's
fit. Prints Recall@5 on questions not used for training: by fold, and with each data set left out.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from agent.settings import Settings, load_settings
from evals.datasets import load_dataset
from evals.datasets.questions import CorpusRow, Dataset
from evals.ranker_training.examples import Example, examples_of
from evals.ranker_training.fitting import SEED, Report, cross_validated, first_search, fit, hand_made, left_out
from graph.ranking.features import FEATURES
from graph.ranking.ranker import ChainRanker
from tools.errors import HoplineError, InvalidInput

SHIPPED = Path(__file__).parents[2] / "graph" / "ranking" / "chains.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0; 1 if training failed; 2 for an unusable data set."""
    asked = _parser().parse_args(arguments)
    messages = Console(stderr=True)
    try:
        datasets = [load_dataset(path) for path in asked.datasets] + [_untitled(path) for path in asked.untitled]
        report = asyncio.run(train(datasets, load_settings(), asked.out, messages, asked.limit))
    except InvalidInput as error:
        messages.print(f"ranker: {error}", markup=False, highlight=False, soft_wrap=True)
        return 2
    except HoplineError as error:
        messages.print(f"ranker: {error}", markup=False, highlight=False, soft_wrap=True)
        return 1
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    return 0


async def train(
    datasets: Sequence[Dataset], settings: Settings, out: Path, messages: Console, limit: int | None = None
) -> dict[str, Report]:
    """Write the trees to `out` and return Recall@5 by kind of validation and data set."""
    ranker = ChainRanker()
    examples: list[Example] = []
    for turn in (1, 2):
        examples = []
        for dataset in datasets:
            examples += await examples_of(dataset, settings, ranker, messages, limit)
        messages.print(f"round {turn}: fitting {len(examples)} examples", style="dim")
        trees = await asyncio.to_thread(fit, examples)
        ranker = ChainRanker(trees)
    report = {
        "first search": first_search(examples),
        "best pair": hand_made(examples),
        "cross-validated": await asyncio.to_thread(cross_validated, examples),
    }
    if len(datasets) > 1:
        report["left out"] = await asyncio.to_thread(left_out, examples)
    written = {
        "trained_on": [dataset.name for dataset in datasets],
        "seed": SEED,
        "recall@5": report,
        "features": list(FEATURES),
        "trees": trees.as_json(),
    }
    await asyncio.to_thread(out.write_text, json.dumps(written) + "\n", encoding="utf-8")
    return report


def _untitled(path: str) -> Dataset:
    """The data set without titles. If only evidence has a title, the title would give it away."""
    dataset = load_dataset(path)
    if not isinstance(dataset.corpus, Path) or dataset.corpus.suffix != ".jsonl":
        raise InvalidInput(f"{path}: --untitled takes a folder with a corpus.jsonl")
    lines = dataset.corpus.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    corpus = tuple(CorpusRow(row["id"], "", row["text"], row.get("url"), tuple(row.get("groups", ()))) for row in rows)
    return replace(
        dataset, name=f"{dataset.name}-untitled", corpus=corpus, corpus_digest=f"untitled-{dataset.corpus_digest}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.ranker_training", description=__doc__)
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="data sets as hopline eval takes them")
    parser.add_argument(
        "--untitled", action="append", default=[], metavar="DATASET", help="one to index without titles"
    )
    parser.add_argument("--out", type=Path, default=SHIPPED, metavar="FILE", help="where the trees go (%(default)s)")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N questions of each data set")
    return parser


if __name__ == "__main__":
    sys.exit(main())
