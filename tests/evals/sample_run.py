"""A made-up run with everything a report can show, hostile text included."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from agent.answers import RankedPassage
from agent.settings import Settings
from evals.datasets import Dataset, Question
from evals.manifest import describe_run
from evals.records import Record, RunFolder
from graph.language import Turn
from tests.evals.doubles import made_answer, made_citation, made_claim, made_hop, made_record, made_search

HOSTILE = '<script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">'
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle" * 2


def write_sample_run(path: Path, *, seed: int = 1, skill: float = 0.6, retrieval_only: bool = False) -> Path:
    """`skill` is the chance that an answer is right; a run with another seed asks the same questions."""
    questions = tuple(_questions())
    folder = RunFolder(path)
    dataset = Dataset("support-handbook", questions, (), frozenset({"a", "b"}), "c" * 64, ("one note",))
    folder.claim(describe_run(dataset, questions, Settings(), retrieval_only=retrieval_only, k=10))
    draws = np.random.default_rng(seed)
    with closing(folder.open_writer()) as writer:
        for question in questions:
            search = made_search(question.question, "a", "x", "b") if retrieval_only else None
            record = made_record(question, search=search) if search else _answered(question, draws, skill)
            writer.append(record)
    return path


def _questions() -> Iterator[Question]:
    for n in range(120):
        kind, hops = (("single", 1), ("two_hop", 2), ("three_hop", 3), ("unanswerable", 0))[n % 4]
        answerable = kind != "unanswerable"
        yield Question(
            id=f"q{n}",
            question=f"What does the handbook say about case {n}? {HOSTILE if n % 10 == 0 else ''}",
            answers=("Paris",) if answerable else (),
            supporting_ids=("a", "b")[: max(1, hops)] if answerable else (),
            type=kind,
            hops=hops,
            answerable=answerable,
            groups=("finance",) if n % 7 == 0 else (),
            history=(Turn("And before?", HOSTILE),) if n % 11 == 0 else (),
        )


def _answered(question: Question, draws: np.random.Generator, skill: float) -> Record:
    if draws.random() < 0.03:
        return made_record(question, error="ModelUnavailable: The model did not answer.")
    right = draws.random() < skill
    confidence = float(np.clip(draws.normal(0.72 if right else 0.5, 0.15), 0.02, 0.98))
    hops = int(draws.integers(1, 4))
    found = ["a", "x", "b", "y", "z"] if draws.random() < 0.8 else ["a", "x", "y"]
    text = f"Paris [1]. {HOSTILE}" if right else f"Rome [1], says {LONG_WORD}."
    declined = confidence < 0.4 or (not question.answerable and draws.random() < 0.7)
    answer = made_answer(
        question.question,
        "" if declined else text,
        status="declined" if declined else "answered",
        confidence=confidence,
        missing=("a passage about it",) if declined else (),
        ranking=tuple(
            RankedPassage(passage_id=name, source=name, score=1 / (n + 1), hop=1 + n % hops, via=HOSTILE)
            for n, name in enumerate(found)
        ),
        hops=tuple(made_hop(n, *found) for n in range(1, hops + 1)),
        claims=(made_claim(text, 1), made_claim(f"Withheld {HOSTILE}", 1, support="unsupported", score=0.1)),
        citations=(made_citation(1, "a", f"Paris {HOSTILE}"),),
        timings_ms={
            "rewrite": 1.0,
            "retrieve": float(draws.gamma(4, 5)),
            "rerank": float(draws.gamma(3, 2)),
            "validate": float(draws.gamma(3, 9)),
            "total": float(draws.gamma(6, 12)),
        },
    )
    return made_record(question, answer=answer)
