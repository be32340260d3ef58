"""Decides when a retrieved passage counts as an annotated one.

Annotations name passages (`corpus.jsonl` ids), articles, or document paths relative to the corpus folder. Results carry
passage ids (`id`, `source#hash`) and sources (`documents/<path>`). They are compared by document.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retrieved:
    """One entry of a ranking."""

    passage_id: str
    source: str


def counts_for(passage_id: str, source: str, supporting_id: str) -> bool:
    """Whether a passage is (a part of) the annotated one.

    >>> counts_for("documents/hr/leave.md#3f", "documents/hr/leave.md", "hr/leave.md")
    True
    >>> counts_for("documents/hr/no-leave.md#3f", "documents/hr/no-leave.md", "leave.md")
    False
    """
    if supporting_id in (passage_id, source) or passage_id.startswith(f"{supporting_id}#"):
        return True
    document = passage_id.rpartition("#")[0]
    return source.endswith(f"/{supporting_id}") or document.endswith(f"/{supporting_id}")


def supporting_id_of(passage_id: str, source: str, supporting_ids: Sequence[str]) -> str | None:
    """The annotated id that a passage counts for; the longest if one path is the end of another."""
    matching = [candidate for candidate in supporting_ids if counts_for(passage_id, source, candidate)]
    return max(matching, key=len, default=None)


def judged_ranking(ranking: Sequence[Retrieved], supporting_ids: Sequence[str]) -> list[str | None]:
    """The annotated id that each entry of the ranking counts for, or None.

    A second passage of the same document keeps its rank but counts for nothing, so that recall, precision and nDCG are
    about distinct documents and stay within 0–1.
    """
    judged: list[str | None] = []
    for result in ranking:
        found = supporting_id_of(result.passage_id, result.source, supporting_ids)
        judged.append(None if found in judged else found)
    return judged


def found_supporting(passages: Sequence[Retrieved], supporting_ids: Sequence[str]) -> frozenset[str]:
    """The annotated ids that at least one passage counts for."""
    return frozenset(found for found in judged_ranking(passages, supporting_ids) if found is not None)
