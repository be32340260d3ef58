"""A message that asks several things is answered part by part: each with its own evidence, validation and confidence.

Search and hops serve all parts together; generate, validate and score then run once for each part. This is for answers
made of quotations: a model reads a message as a whole.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from graph.checking.citations import renumber, separator_between, write_statement, written
from graph.deps import Deps
from graph.evidence import Evidence
from graph.language import Turn
from graph.questions.parting import parts_of, said_in_full
from graph.state import CheckedClaim, State, Told
from graph.updates import Scored


async def next_part(state: State, deps: Deps) -> str:
    """The part to answer next, rewritten to stand alone, with the earlier parts and their answers as its conversation.
    Empty if the message asks one thing, or if a model answers."""
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
    """The evidence with numbers that no earlier part has used."""
    last = max((item.number for one in told for item in one.evidence), default=0)
    return tuple(replace(item, number=item.number + last) for item in evidence) if last else tuple(evidence)


def told_of(state: State, scored: Scored, claims: Sequence[CheckedClaim]) -> Told:
    """The result of a part. A sentence that an earlier part cites keeps its number, and a claim that an earlier part
    makes is not repeated."""
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
    """The text that the last part adds to the answer, with the marks that it has in the whole answer."""
    before = [claim for one in told for claim in one.claims]
    markers = renumber([claim.markers for claim in (*before, *last.claims)])
    statements = [write_statement(one.text, [markers[number] for number in one.markers]) for one in last.claims]
    return (separator_between(before[-1].text, statements[0]) if before and statements else "") + written(statements)


def joined(told: Sequence[Told], bar: float) -> Scored:
    """The answer to the whole message; declined parts are reported as missing.

    It is right only if all of it is, so the confidences of its parts multiply; below the `bar` it is partial. It has no
    features, since its confidence is not computed from any: nothing can be fitted on it."""
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
