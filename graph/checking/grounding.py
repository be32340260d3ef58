"""Which evidence a statement stands on, and what the checked claims amount to: pure functions of the claims."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from graph.checking.citations import ITEM, Statement, is_lead, leads_of, reason_of, without_item_mark
from graph.checking.injection import without_orders
from graph.evidence import Evidence
from graph.state import CheckedClaim
from graph.structure.rows import cells_of, is_part_of_row, says_cell_of_row, written
from graph.texts.marks import without_marks
from graph.texts.plain_text import as_plain
from graph.texts.words import content_words
from tools.ports import ClaimToCheck, Verdict
from tools.sentences import split_sentences

MIN_SHARED = 0.5
"""A statement without marks is attributed to the sentence that shares at least this part of its content words."""

MAX_TOGETHER = 3
"""Marks of a claim whose evidence was completed."""

MAX_KEPT = 4
"""Marks that a claim keeps, those of the sentences nearest to it: small models write every number they were shown."""

MAX_ROWS = 12
"""The same where all of these are rows of tables, none of them half as near as another."""

MIN_CELLS = 2
"""Of a row that is read in part."""


def attributed(statement: Statement, evidence: Sequence[Evidence]) -> tuple[int, ...]:
    """The statement's own marks, of shared ones the nearest; without any, the evidence whose words carry it, or none.

    Evidence whose orders the statement carries out is none.
    """
    evidence = without_orders(statement.text, evidence)
    words = content_words(statement.text)
    shared = {item.number: len(words & content_words(item.in_context)) / max(1, len(words)) for item in evidence}
    by_number = {item.number: item for item in evidence}

    def closeness(number: int) -> tuple[float, float, int]:
        return -shared[number], -by_number[number].relevance, number

    if statement.numbers:
        marked = [number for number in statement.numbers if number in shared]
        kept = sorted(marked, key=closeness)
        # "Grades 4 to 8: six months" stands on each of five rows.
        are_alike = bool(kept) and shared[kept[-1]] > shared[kept[0]] / 2
        are_rows = are_alike and all(cells_of(by_number[number].said) for number in kept)
        kept = kept[: 1 if statement.shared else MAX_ROWS if are_rows else MAX_KEPT]
        return tuple(number for number in marked if number in kept)
    best = min(
        (number for number, share in shared.items() if words and share >= MIN_SHARED), key=closeness, default=None
    )
    return () if best is None else (best,)


def complemented(claim: CheckedClaim, evidence: Sequence[Evidence]) -> tuple[int, ...]:
    """The claim's marks and the one sentence that holds most of its words that the marked ones lack; unchanged when
    none holds any. Of many marks those of the sentences nearest to it are kept: a small model that marks the wrong ones
    marks several. A claim without marks is nobody's to complete."""
    if not claim.markers:
        return claim.markers
    by_number = {item.number: item for item in without_orders(claim.text, evidence)}
    words = {item.number: content_words(item.in_context) for item in evidence}
    said = content_words(claim.text)
    lacking = said - frozenset().union(*(words[number] for number in claim.markers))
    gain, number = max(((len(lacking & words[number]), -number) for number in by_number), default=(0, 0))
    if not gain:
        return claim.markers
    nearest = sorted(claim.markers, key=lambda marked: -len(said & words[marked]))[: MAX_TOGETHER - 1]
    return (*(marked for marked in claim.markers if marked in nearest), -number)


def quotation_of(item: Evidence) -> str:
    """The sentence as an answer quotes it: without marks of its own, and with a full stop where a table row or a list
    item has none, so that it stays a statement of its own."""
    sentence = " ".join(without_marks(as_plain(item.quoted)).split())
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence.rstrip(' ;:,')}."


def quotations_of(item: Evidence) -> list[str]:
    """The sentence as an answer quotes it, a step with its number; of another part of a whole, which may be several
    sentences, each: every statement of an answer has its own mark."""
    quotation = quotation_of(item)
    if item.step:
        return [f"{item.step}. {quotation}"]
    return [quotation[start:end] for start, end in split_sentences(quotation)] if item.place else [quotation]


def quotes(text: str, evidence: Iterable[Evidence]) -> bool:
    """Whether the text is one of these sentences as an answer quotes it, under a number or not, or a part of a table's
    row: what holds of it needs no judgement."""
    said = reason_of(text)
    return any(
        (quoted := quotation_of(item)) in (said, text)
        or is_part_of_row(said, quoted)
        or says_cell_of_row(said, quoted, item.header)
        or (bool(item.step or item.place) and text in quotations_of(item))
        for item in evidence
    )


def to_check(text: str, numbers: Sequence[int], evidence: Sequence[Evidence], question: str) -> ClaimToCheck:
    by_number = {item.number: item for item in evidence}
    said = reason_of(text)
    return ClaimToCheck(said, tuple(_concerned(by_number[number], said) for number in numbers), question)


def _concerned(item: Evidence, claim: str) -> str:
    """What the verifier reads of a sentence: of a table's row what it is called by, and the cells with words of the
    claim. "Doctor's note: never" says nothing of full pay. Of what is said in a conversation also when."""
    cells = cells_of(item.said)
    words = content_words(claim)
    kept = [cell for place, cell in enumerate(cells) if not place or words & content_words(" ".join(cell))]
    if len(kept) >= MIN_CELLS:
        return replace(item, reading=written(kept)).in_context
    return f"{item.header}: {item.quoted}" if item.header else item.quoted


def checked(text: str, numbers: Sequence[int], verdict: Verdict) -> CheckedClaim:
    """A claim without evidence is unsupported, whatever a verifier says of it."""
    if not numbers:
        return CheckedClaim(text, (), "unsupported", 0.0)
    return CheckedClaim(text, tuple(numbers), verdict.support, verdict.score, verdict.verified)


def shown(claims: Sequence[CheckedClaim]) -> tuple[CheckedClaim, ...]:
    """What is not withheld, without a line that leads in what is."""
    kept = [claim for claim in claims if not claim.withheld]
    texts = pairwise([*(claim.text for claim in kept), ""])
    return tuple(
        claim for claim, (text, behind) in zip(kept, texts, strict=True) if not is_lead(text) or ITEM.match(behind)
    )


def led_in(claims: Sequence[CheckedClaim]) -> list[str]:
    """What each claim says to whom sees it alone: an item of a list behind what leads that in."""
    texts = [claim.text for claim in claims]
    leads = leads_of((text, is_lead(text) and not ITEM.match(text)) for text in texts)
    return [f"{lead} {without_item_mark(text)}".lstrip() for text, lead in zip(texts, leads, strict=True)]


def mean_support(claims: Sequence[CheckedClaim]) -> float:
    """Mean verifier score over all claims of the draft; 0 without any."""
    return sum(claim.score for claim in claims) / len(claims) if claims else 0.0
