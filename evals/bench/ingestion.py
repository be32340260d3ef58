"""`python -m evals.bench.ingestion [FOLDER] [--files N]`: Hopline's and LangChain's ingestion of the same real files.

The files are documents of this machine's packages, chosen by the digest of their names. Both pipelines use the same
model and the same embedded Milvus, one after the other. Retrieval is judged by known items: the question is a line of a
file, and that file (or an equal one) must be among the first five. It is searched in each store as that pipeline does
(Hopline: dense and BM25 in one request; LangChain: dense) and by exact search over the vectors.
"""

import argparse
import html
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agent.settings import load_settings
from evals.bench.command import run_bench
from evals.bench.ingestion_stages import LANGCHAIN, OURS, OWN_ARITHMETIC
from tools.errors import InvalidInput

SUFFIXES = (".html", ".txt", ".md")
SMALLEST_BYTES, LARGEST_BYTES = 500, 100_000
SEED = 7
QUESTIONS = 200
STAGE_SECONDS = 3 * 3600.0
_MARKUP = re.compile(r"<(script|style|nav|head)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    return run_bench(
        lambda place, messages: compare(Path(asked.folder), asked.files, asked.rounds, place, messages),
        lambda result: _print(result, Console()),
        as_json=asked.json,
        name="ingestion",
    )


def compare(folder: Path, files: int, rounds: int, place: Path, messages: Console) -> dict[str, Any]:
    """Alternates the two `rounds` times; returns medians of the seconds. Raises InvalidInput for a folder without
    documents."""
    corpus = place / "corpus"
    chosen = _copied(folder, files, corpus)
    if not chosen:
        raise InvalidInput(f"{folder}: holds no {', '.join(SUFFIXES)} of {SMALLEST_BYTES:,} to {LARGEST_BYTES:,} bytes")
    megabytes = sum(path.stat().st_size for path in chosen) / 1e6
    questions, answers = _questions(chosen, corpus)
    cache = (load_settings().home / "cache").absolute()
    cache.mkdir(parents=True, exist_ok=True)
    systems = (OURS, OWN_ARITHMETIC, LANGCHAIN)
    outcomes: dict[str, list[dict[str, Any]]] = {name: [] for name in systems}
    for number in range(rounds):
        for name in systems[::-1] if number % 2 else systems:
            messages.print(f"{name}, round {number + 1} of {rounds}", style="dim")
            own = place / f"{name}-{number}"
            own.mkdir()
            (own / "corpus").symlink_to(corpus)
            (own / "questions.json").write_text(json.dumps(questions))
            command = [sys.executable, "-m", "evals.bench.ingestion_stages", name, str(own), str(cache)]
            subprocess.run(command, check=True, timeout=STAGE_SECONDS)  # noqa: S603 - our own module
            outcomes[name].append(json.loads((own / f"{name}.json").read_text()))
            shutil.rmtree(own)
    rows = {name: _row(found, megabytes, answers) for name, found in outcomes.items()}
    return {
        "files": len(chosen),
        "megabytes": round(megabytes, 2),
        "questions": len(questions),
        "systems": rows,
        **{
            name: {system: round(rows[LANGCHAIN][key] / rows[system][key], 2) for system in (OURS, OWN_ARITHMETIC)}
            for name, key in (("times_faster", "seconds"), ("times_less_work", "processor_seconds"))
        },
    }


def _copied(folder: Path, files: int, corpus: Path) -> list[Path]:
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix in SUFFIXES and path.is_file() and not path.is_symlink() and _is_fit(path)
    ]
    found.sort(key=lambda path: sha256(str(path.relative_to(folder)).encode()).digest())
    copies = []
    for path in found[:files]:
        copy = corpus / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copies.append(Path(shutil.copyfile(path, copy)))
    return copies


def _is_fit(path: Path) -> bool:
    """Whether the file has a suitable size and is UTF-8. LangChain's loader would skip other files, ours would report
    them."""
    hidden = any(part.startswith(".") for part in path.parts)
    if hidden or not SMALLEST_BYTES <= path.stat().st_size <= LARGEST_BYTES:
        return False
    try:
        path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return False
    return True


def _questions(files: Sequence[Path], corpus: Path) -> tuple[list[str], list[set[str]]]:
    """Sentences of the files, and for each the files that contain it word for word."""
    texts = {path.relative_to(corpus).as_posix(): _plain(path) for path in files}
    chance = random.Random(SEED)  # noqa: S311 - no secret
    names = sorted(texts)
    questions: list[str] = []
    answers: list[set[str]] = []
    for _ in range(QUESTIONS * 10):
        name = chance.choice(names)
        sentences = [each for each in re.split(r"(?<=[.!?])\s+", texts[name]) if 60 <= len(each) <= 200]
        if sentences and len(questions) < QUESTIONS:
            sentence = chance.choice(sentences)
            questions.append(sentence)
            answers.append({other for other, text in texts.items() if sentence in text})
    return questions, answers


def _plain(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return " ".join(html.unescape(_MARKUP.sub(" ", text) if path.suffix == ".html" else text).split())


def _row(outcomes: Sequence[Mapping[str, Any]], megabytes: float, answers: Sequence[set[str]]) -> dict[str, float]:
    seconds, processor = (
        sorted(outcome[key] for outcome in outcomes)[len(outcomes) // 2] for key in ("seconds", "processor_seconds")
    )
    first = outcomes[0]

    def recall(rankings: Sequence[Sequence[str]]) -> float:
        found = [bool(answer & set(ranking)) for answer, ranking in zip(answers, rankings, strict=True)]
        return round(sum(found) / len(found), 3) if found else 0.0

    return {
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "megabytes_per_second": round(megabytes / seconds, 3),
        "files": first["files"],
        "chunks": first["chunks"],
        "memory_mb": round(max(outcome["memory_mb"] for outcome in outcomes)),
        "recall@5": recall(first["found"]),
        "recall@5 of vectors": recall(first["rankings"]),
    }


def _print(result: Mapping[str, Any], console: Console) -> None:
    table = Table(title=f"{result['files']:,} files, {result['megabytes']} MB, {result['questions']} questions")
    table.add_column("")
    columns = list(result["systems"][OURS])
    for column in columns:
        table.add_column(column, justify="right")
    for name, row in result["systems"].items():
        table.add_row(name, *(f"{row[column]:,}" for column in columns))
    console.print(table)
    for system in (OURS, OWN_ARITHMETIC):
        faster, work = result["times_faster"][system], result["times_less_work"][system]
        console.print(
            f"{system}: {faster} times the throughput of {LANGCHAIN}, at {1 / work:.2f} of its processor time "
            "(which other work on the machine disturbs less)"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.ingestion", description=__doc__)
    parser.add_argument("folder", nargs="?", default="/usr/share/doc", help="where real documents are")
    parser.add_argument("--files", type=int, default=300, help="how many of them to take")
    parser.add_argument("--rounds", type=int, default=1, help="how often each pipeline runs; the median counts")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
