"""A data set as the harness sees it, whatever its format.

Only `question`, `groups` and `history` of a `Question` are shown to the assistant; the rest is annotation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graph.language import Turn


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its annotation.

    `supporting_ids` are corpus ids, or document paths relative to the corpus folder. `grades` is graded relevance if
    the data set has it (BEIR); otherwise every supporting id counts 1. `hops` is None if it was not annotated.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    supporting_ids: tuple[str, ...] = ()
    type: str | None = None
    hops: int | None = None
    answerable: bool = True
    groups: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    grades: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CorpusRow:
    """One passage or article of a data set's own corpus."""

    id: str
    title: str
    text: str
    url: str | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    """Questions over a corpus.

    `corpus` is a path that ingestion reads (a `corpus.jsonl` or a folder), or rows from an official file, still to be
    written. `corpus_ids` are all ids that a supporting id may be. The digests are SHA-256 of the content, in
    hexadecimal.
    """

    name: str
    questions: tuple[Question, ...]
    corpus: Path | tuple[CorpusRow, ...]
    corpus_ids: frozenset[str]
    corpus_digest: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim with its evidence; `supported` is the label."""

    id: str
    evidence: str
    claim: str
    supported: bool
    question: str = ""
