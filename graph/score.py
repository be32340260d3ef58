"""score: how sure, and whether that is enough to answer."""

from langgraph.runtime import Runtime

from graph.apart import apart
from graph.chaining.chains import features_of_words
from graph.citations import renumber, write_statement
from graph.confidence import Calibration
from graph.contradictions import Disagreement, disagreements
from graph.deps import Deps
from graph.evidence import Evidence
from graph.expectation import asks_yes_or_no, expectation_met, names_heard, unheard_names
from graph.grounding import mean_support, shown
from graph.languages.comparing import comparison_in
from graph.past import looks_back
from graph.progress import DraftDiscarded
from graph.state import CheckedClaim, Context, State, Status
from graph.updates import Scored
from graph.words import content_words, coverage, inverse_frequencies, without_measure
from tools.errors import ModelUnavailable
from tools.ports import Screener

MAX_MISSING_WORDS = 6


async def score(state: State, runtime: Runtime[Context], deps: Deps) -> Scored:
    """Features → calibrated confidence → answer, part of an answer, or a refusal that says what is missing."""
    claims = shown(state.claims)
    features, differing = await apart(_weighed, state, claims)
    confidence = deps.calibration.confidence(features) if claims else 0.0
    notes = (*_notes(state, claims), *(one.sentence for one in differing))
    if not claims or confidence < least_confidence(runtime.context, deps.calibration):
        missing = state.missing or await apart(missing_parts, state)
        if state.draft:
            runtime.stream_writer(DraftDiscarded("The answer as a whole is too uncertain to give."))
        return Scored(
            features=features,
            confidence=confidence,
            status="declined",
            answer="",
            missing=missing,
            notes=_notes(state, claims),
        )
    is_past = looks_back(state.rewritten)
    doubted = any(not (one.outdated or (is_past and one.follows_older)) for one in differing)
    unseen = any(not claim.verified for claim in claims)
    is_part = len(claims) < len(state.claims) or state.missing or doubted or unseen
    status: Status = "partial" if is_part else "answered"
    markers = renumber([claim.markers for claim in claims])
    answer = " ".join(write_statement(claim.text, [markers[number] for number in claim.markers]) for claim in claims)
    scored = Scored(features=features, confidence=confidence, status=status, answer=answer, notes=notes)
    return scored if deps.screener is None else await _screened(scored, answer, deps.screener)


def _weighed(state: State, claims: tuple[CheckedClaim, ...]) -> tuple[dict[str, float], tuple[Disagreement, ...]]:
    return features_of(state, claims), disagreements(_cited(state, claims), state.evidence)


def _cited(state: State, claims: tuple[CheckedClaim, ...]) -> list[Evidence]:
    numbers = {number for claim in claims for number in claim.markers}
    return [item for item in state.evidence if item.number in numbers]


async def _screened(scored: Scored, answer: str, screener: Screener) -> Scored:
    """The answer as it is, or why it is held back, and then none of the notes, which may quote what it would have said.
    A screen that was asked for and can't be reached lets nothing by; it may be there when the question is repeated."""
    try:
        found = await screener.flagged(answer)
    except ModelUnavailable as error:
        why, degraded = f"The answer was held back, since {str(error).rstrip('.')}.", True
    else:
        if not found:
            return scored
        why, degraded = f"The answer was held back: the endpoint's moderation found {', '.join(found)} in it.", False
    return Scored(
        features=scored["features"],
        confidence=scored["confidence"],
        status="declined",
        answer=why,
        notes=(),
        degraded=degraded,
    )


def least_confidence(context: Context, calibration: Calibration) -> float:
    """The confidence an answer needs: the one that was set, else the one that keeps the promised error rate."""
    if context.min_confidence is not None:
        return context.min_confidence
    return calibration.threshold_for(context.max_error_rate)


def features_of(state: State, claims: tuple[CheckedClaim, ...]) -> dict[str, float]:
    """Named features in 0–1 (similarities in -1–1), all from what the nodes already know."""
    cited = _cited(state, claims)
    weights = _weights(state)
    cited_words = [content_words(item.in_context) for item in cited]
    covered = frozenset().union(*cited_words) if cited_words else frozenset()
    question = state.rewritten
    compared = comparison_in(question, frozenset(name for item in state.evidence for name in item.passage.names))
    said = " ".join(claim.text for claim in claims) if state.written_by == "model" else ""
    concluded = compared is not None and any(len(claim.markers) == 2 and claim.score == 1.0 for claim in claims)
    return (
        state.features
        | (features_of_words(said, state.evidence, state.votes) if said else {})
        | {
            "concluded": float(concluded),
            "not_concluded": float(compared is not None and not concluded),
            "held_by_pool": coverage(_pool_words(state), weights),
            "cited_coverage": coverage(covered, weights),
            "best_sentence": max((item.relevance for item in cited), default=0.0),
            "support": mean_support(state.claims),
            "withheld": 1 - len(claims) / len(state.claims) if state.claims else 0.0,
            "names_found": names_heard(state.rewritten, [item.passage for item in cited]),
            "expectation_met": expectation_met(state.rewritten, [item.said for item in cited]),
            "sources": min(len({item.passage.source for item in cited}), 4) / 4,
            "superseded": float(any(item.passage.status == "superseded" for item in cited)),
        }
    )


def _pool_words(state: State) -> frozenset[str]:
    passages = {item.passage.key: item.passage for item in state.evidence}
    return frozenset().union(*(content_words(passage.content) for passage in passages.values()))


def missing_parts(state: State) -> tuple[str, ...]:
    """What the evidence does not speak of: names first, else the question's heaviest uncovered words."""
    passages = [ranked.candidate.hit.passage for ranked in state.ranking[:5]]
    if unheard := unheard_names(state.rewritten, passages):
        return tuple(f"nothing about {name}" for name in unheard)
    weights = _weights(state)
    covered = frozenset().union(*(content_words(item.in_context) for item in state.evidence)) if state.evidence else ()
    uncovered = [
        word.strip("?.,!;:\"'()")
        for word in dict.fromkeys(without_measure(state.rewritten).split())
        if content_words(word) and not content_words(word) <= set(covered)
    ]
    if uncovered and weights:
        return (f"no passage that speaks of: {', '.join(uncovered[:MAX_MISSING_WORDS])}",)
    says = "says yes or no" if asks_yes_or_no(state.rewritten) else "states the answer"
    return (f"a passage that {says} to: {state.question}",)


def _weights(state: State) -> dict[str, float]:
    pool = [content_words(ranked.candidate.hit.passage.content) for ranked in state.ranking[:20]]
    return inverse_frequencies(content_words(state.rewritten), pool)


def _notes(state: State, claims: tuple[CheckedClaim, ...]) -> tuple[str, ...]:
    notes = []
    if refused := sum(claim.withheld and claim.verified for claim in state.claims):
        noun = "statement was" if refused == 1 else "statements were"
        notes.append(f"{refused} {noun} withheld: the cited sentences do not support it.")
    if unseen := sum(claim.withheld and not claim.verified for claim in state.claims):
        noun = "statement was" if unseen == 1 else "statements were"
        notes.append(f"{unseen} {noun} withheld: the verifier is down, so nothing could be checked.")
    if any(not claim.verified for claim in claims):
        notes.append("Not verified: the verifier is down, so the statements were compared with their sources by words.")
    return tuple(notes)
