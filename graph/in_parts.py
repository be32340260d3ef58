"""A message that asks several things is answered part by part: each with its own evidence, validation and confidence.

Search and hops serve all parts together; then generate, validate and score are passed once for each. A model reads a
message as a whole: this is for answers made of quotations.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from graph.checking.citations import renumber, separator_before, write_statement, written
from graph.deps import Deps
from graph.evidence import Evidence
from graph.language import Turn
from graph.questions.parting import parts_of, said_in_full
from graph.state import CheckedClaim, State, Told
from graph.updates import Scored


async def next_part(state: State, deps: Deps) -> str:
    """The part that is to be answered now, standing alone beside what was found for those before it; empty where one
    thing is asked, or a model answers."""
    parts = parts_of(state.rewritten) if deps.language.mode == "extractive" else ()
    if len(parts) < 2:
        return ""
    part = parts[len(state.told)]
    if state.told and (in_full := said_in_full(part, parts[len(state.told) - 1])):
        return in_full
    history = [Turn(one, _said(told)) for one, told in zip(parts, state.told, strict=False)]
    return (await deps.language.rewrite(part, history)).question


def parts_left(state: State) -> bool:
    return bool(state.part) and len(state.told) < len(parts_of(state.rewritten))


def numbered_apart(evidence: Sequence[Evidence], told: Sequence[Told]) -> tuple[Evidence, ...]:
    """The evidence under numbers that no part before it has used."""
    last = max((item.number for one in told for item in one.evidence), default=0)
    return tuple(replace(item, number=item.number + last) for item in evidence) if last else tuple(evidence)


def told_of(state: State, scored: Scored, claims: Sequence[CheckedClaim]) -> Told:
    """What came of the part; a sentence that a part before it cites keeps the number it has there, and what was said
    already is not said again."""
    said = {claim.text for one in state.told for claim in one.claims}
    known = {_place(item): item.number for one in state.told for item in one.evidence}
    numbers = {item.number: known.get(_place(item), item.number) for item in state.evidence}
    given = tuple(
        replace(claim, markers=tuple(dict.fromkeys(numbers[number] for number in claim.markers)))
        for claim in (() if scored["status"] == "declined" else claims)
        if claim.text not in said
    )
    cited = {number for claim in given for number in claim.markers}
    return Told(
        status=scored["status"],
        claims=given,
        evidence=tuple(item for item in state.evidence if item.number in cited),
        confidence=scored["confidence"],
        draft=state.draft,
        missing=scored["missing"],
        notes=scored["notes"],
    )


def added_text(told: Sequence[Told], last: Told) -> str:
    """What the last part adds to the text of those before it, marks as they will be in the whole."""
    before = [claim for one in told for claim in one.claims]
    markers = renumber([claim.markers for claim in (*before, *last.claims)])
    statements = [write_statement(one.text, [markers[number] for number in one.markers]) for one in last.claims]
    return (separator_before(statements[0]) if before and statements else "") + written(statements)


def joined(told: Sequence[Told], bar: float) -> Scored:
    """The answer to the whole message. It is right where all of it is: the confidences of what is given multiply, and
    below the `bar` it is no whole answer. What was declined is missing. No features give that confidence, so it has
    none: nothing can be fitted on it."""
    given = [one for one in told if one.status != "declined"]
    notes = tuple(dict.fromkeys(note for one in told for note in one.notes))
    confidence = math.prod(one.confidence for one in given) if given else min(one.confidence for one in told)
    is_sure = confidence >= bar
    if given and not is_sure:
        notes += (
            f"Each part is sure enough by itself; that all of it is right has a probability of {confidence:.2f}.",
        )
    is_whole = is_sure and all(one.status == "answered" for one in told)
    return Scored(
        features={},
        confidence=confidence,
        status=("answered" if is_whole else "partial") if given else "declined",
        answer="".join(added_text(told[:place], one) for place, one in enumerate(told)),
        draft="\n\n".join(one.draft for one in told if one.draft),
        missing=tuple(dict.fromkeys(part for one in told for part in one.missing)),
        claims=tuple(claim for one in given for claim in one.claims),
        evidence=tuple(item for one in given for item in one.evidence),
        notes=notes,
    )


def _said(told: Told) -> str:
    return written(claim.text for claim in told.claims)


def _place(item: Evidence) -> tuple[str, int, int]:
    return item.passage.key, item.start, item.end
