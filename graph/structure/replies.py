"""Replies as a whole: the sentences under a heading that asks a question, or says what it asks how to do, answer it
together, with all exceptions."""

from collections.abc import Sequence

from graph.chaining.eligibility import stands_in_reply
from graph.chaining.sentence_features import is_question
from graph.evidence import Evidence, evidence_at, joined
from graph.structure.steps import steps_of, tells_how
from graph.texts.reading import citable_in
from graph.texts.small_words import denial_or

MAX_SENTENCES = 5
"""With which a reply begins."""

MAX_LIMITS = 3
"""Sentences further on that limit it, and are not left out."""

_LIMITS = denial_or(r"nobody|none|except\w*|unless|only|but|however|instead")


def with_replies(question: str, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence with all sentences of the sections whose heading asks the question, or says what it asks how to do.
    Sentences that are new to it keep their relevance."""
    asks = stands_in_reply if steps_of(evidence) else _is_of_reply  # steps are the whole of what is done
    sections = {(one.passage.key, _place(one)): one for one in evidence if asks(question, one)}
    for item in sections.values():
        evidence = joined(evidence, _section_of(item), 0.0)
    return tuple(evidence)


def reply_around(question: str, item: Evidence, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The reply that this sentence is part of, in order; of a long one the beginning, and what limits it further on.
    Empty if its heading neither asks the question nor says what it asks how to do."""
    if not _is_of_reply(question, item):
        return []
    reply = sorted((one for one in evidence if _is_beside(one, item)), key=lambda one: one.start)
    begun, rest = reply[:MAX_SENTENCES], reply[MAX_SENTENCES:]
    if rest and is_question(begun[-1]):
        del begun[-1]  # what follows it is left out
    return [*begun, *[one for one in rest if _LIMITS.search(one.said)][:MAX_LIMITS]]


def _is_of_reply(question: str, item: Evidence) -> bool:
    return stands_in_reply(question, item) or tells_how(question, item.passage, item.start - item.passage.start)


def _is_beside(one: Evidence, item: Evidence) -> bool:
    return one.passage.key == item.passage.key and _place(one) == _place(item)


def _place(item: Evidence) -> tuple[int, tuple[str, ...]]:
    return item.passage.section_at(item.start - item.passage.start)


def _section_of(item: Evidence) -> list[Evidence]:
    passage, place = item.passage, _place(item)
    return [
        evidence_at(passage, start, end, reading=reading)
        for start, end, reading in citable_in(passage)
        if passage.section_at(start) == place
    ]
