"""A data set as the harness sees it, whatever file it came from.

Only `question`, `groups` and `history` of a `Question` are ever shown to the assistant; the rest is annotation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graph.language import Turn


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what is known about it.

    `supporting_ids` are corpus ids, or document paths relative to the corpus folder. `grades` holds graded relevance
    where a data set has it (BEIR); empty means every supporting id counts 1. `hops` is None when nobody annotated it.
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

    `corpus` is what ingestion reads as it is (a `corpus.jsonl` or a folder of documents), or rows that were gathered
    from an official file and are still to be written down. `corpus_ids` are the ids a supporting id can name.
    The digests are SHA-256 in hexadecimal, of content alone.
    """

    name: str
    questions: tuple[Question, ...]
    corpus: Path | tuple[CorpusRow, ...]
    corpus_ids: frozenset[str]
    corpus_digest: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim beside its evidence; `supported` is the annotation."""

    id: str
    evidence: str
    claim: str
    supported: bool
    question: str = ""
