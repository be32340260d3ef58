"""`python -m evals.verifier_training CLAIMS --questions SET …`: train the built-in verifier, measure it, write its
artefact and card.

Finished stages are kept in `--work`, and used again by the next run with the same options.
"""

import argparse
import hashlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from evals.artefacts import begin_training, total_bytes
from evals.verifier_training.card import write_card
from evals.verifier_training.claim_sets import load_sets
from evals.verifier_training.heads import fit_head
from evals.verifier_training.passages import CORPUS_FILE, QUESTIONS_FILE, load_passages
from evals.verifier_training.release import latencies, quantisation_loss, sample_pairs, timed_claims
from evals.verifier_training.trials import Recipe, Workshop, cross_validated, left_out, run_trials
from tools.embedders.weights import bundled_folder
from tools.pair_encoders.export import export
from tools.verifiers.builtin import ARTEFACT

VERSION = "3"
log = logging.getLogger("hopline.verifier_training")


def main() -> None:
    options = _options()
    begin_training(options.threads)
    recipe = Recipe()
    sets = load_sets(options.claims)
    work = options.work / _key(options.claims, options.questions, recipe)
    shop = Workshop(bundled_folder(options.work), work, recipe, load_passages(options.questions))

    encoder = shop.trained(sets)
    export(encoder, options.out, sample_pairs(sets))
    trials = run_trials(shop, sets, options.left_out or list(sets))
    unseen = [trial.held for trial in trials.values()]
    known = [part for trial in trials.values() for part in trial.back.values()]
    head = fit_head([*unseen, *known], VERSION)
    head.write(options.out / "head.json")
    write_card(
        options.out / "MODEL_CARD.md",
        version=VERSION,
        recipe=recipe,
        passages=len(shop.passages),
        inside=cross_validated(trials, VERSION),
        outside=left_out(trials, VERSION),
        untried=[name for name in sets if name not in trials],
        quantised=quantisation_loss(encoder, options.out, sets),
        latency=latencies(options.out, timed_claims(sets)),
        size=total_bytes(options.out),
    )
    log.info("written to %s", options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", type=Path, help="folder of claim sets: folders that hold a claims.jsonl")
    parser.add_argument(
        "--questions",
        type=Path,
        nargs="+",
        default=[],
        metavar="SET",
        help=f"question sets to make plain statements from: folders with a {CORPUS_FILE} of passages that have titles",
    )
    parser.add_argument("--out", type=Path, default=ARTEFACT, help="where the artefact goes")
    parser.add_argument("--work", type=Path, default=Path("build/verifier"), help="where finished stages are kept")
    parser.add_argument("--left-out", nargs="+", metavar="SET", help="which sets to leave out in turn; else every one")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    return parser.parse_args()


def _key(claims: Path, questions: Sequence[Path], recipe: Recipe) -> str:
    """Other data or another recipe gives other stages."""
    digest = hashlib.sha256(repr(recipe).encode())
    asked = [folder / name for folder in questions for name in (CORPUS_FILE, QUESTIONS_FILE)]
    for file in [*sorted(claims.glob("*/claims.jsonl")), *filter(Path.is_file, asked)]:
        digest.update(file.parent.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    main()
