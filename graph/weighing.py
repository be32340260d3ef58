"""What the confidence looks at: named features of an answer and of the evidence it stands on, and the bar they take."""

from collections.abc import Sequence

from graph.chaining.chains import features_of_words
from graph.chaining.eligibility import words_said
from graph.checking.grounding import mean_support
from graph.conclusions.comparison import comparison_in
from graph.conclusions.concluding import conclude
from graph.confidence import Calibration, shifted
from graph.deps import Deps
from graph.evidence import Evidence
from graph.questions.asked_names import names_heard
from graph.questions.asked_speaker import speaks_for
from graph.questions.asked_things import thing_asked
from graph.questions.expectation import expectation_met
from graph.questions.listing import listing_in
from graph.state import CheckedClaim, Context, State
from graph.structure.row_chains import chained_rows
from graph.texts.words import content_words, coverage, inverse_frequencies

LIKELIER_RIGHT = 0.5
"""The least confidence of what is quoted where a model's own answer fell short: it is the second choice."""

CERTAINLY_RIGHT = 0.8
"""The same where the model had no answer at all: it read the sentences that would be quoted."""

MANY_WORDS = 8
"""That tell something, in a question: of more it is no clearer what is meant."""


def features_of(state: State, claims: Sequence[CheckedClaim]) -> dict[str, float]:
    """Named features, all from what the nodes already know: most in 0–1, similarities and bounded log-odds in -1–1;
    `chain_score` has no unit, and `mean_logprob` is at most 0."""
    cited = cited_by(claims, state.evidence)
    weights = weights_of(state)
    question = state.asks
    covered = frozenset[str]().union(*(words_said(question, item) for item in cited))
    compared = comparison_in(question, frozenset(name for item in state.evidence for name in item.passage.names))
    said = [claim.text for claim in claims] if state.written_by == "model" else []
    met = expectation_met(question, [item.said for item in cited])
    concluded = compared is not None and any(len(claim.markers) == 2 and claim.score == 1.0 for claim in claims)
    if found := conclude(question, state.evidence):
        concluded = concluded or any(found.says(claim.text, claim.markers) for claim in claims)
    return (
        state.features
        | (features_of_words(said, state.evidence, state.votes) if said else {})
        | {
            "concluded": float(concluded),
            # Who asks for all of something, and is told by no table, list or conclusion, is mostly told of one thing.
            "listing_missed": float(
                listing_in(question) is not None and not (concluded or state.features.get("as_whole"))
            ),
            "not_concluded": float(compared is not None and not concluded),
            "along_rows": float(_goes_along_rows(claims, state.evidence)),
            "held_by_pool": coverage(_pool_words(state), weights),
            "cited_coverage": coverage(covered, weights),
            "best_sentence": max((item.relevance for item in cited), default=0.0),
            "support": mean_support(state.claims),
            "withheld": 1 - len(claims) / len(state.claims) if state.claims else 0.0,
            # "How long is the warranty?": the fewer words, the likelier it is that what is quoted is a special case.
            "asked_words": min(len(content_words(question)), MANY_WORDS) / MANY_WORDS,
            "names_found": names_heard(state.asks, [item.passage for item in cited]),
            "expectation_met": met,
            # "What is the Wi-Fi password in Cork?" is covered well by a sentence on the Wi-Fi in Cork: that the thing
            # that is asked for, the password, is not in it counts by itself.
            "thing_missed": float(not thing_asked(question) <= covered),
            "expectation_missed": float(met == 0.0),  # says more than that it was not met: a step, not a slope
            "sources": min(len({item.passage.source for item in cited}), 4) / 4,
            # A chat says things once, in passing, and mostly in other words than the question.
            "in_talk": float(any(item.speaker for item in cited)),
            "asked_speaker": float(any(item.speaker and speaks_for(question, item.speaker) for item in cited)),
            "superseded": float(any(item.passage.status == "superseded" for item in cited)),
        }
    )


def _goes_along_rows(claims: Sequence[CheckedClaim], evidence: Sequence[Evidence]) -> bool:
    """Whether the answer says what the last row of a chain of rows says."""
    rows = chained_rows(evidence)
    return bool(rows) and any(claim.text.removesuffix(".") == rows[-1].part for claim in claims)


def confidence_of(state: State, features: dict[str, float], deps: Deps) -> float:
    """The confidence by the fit for this kind of answer: a model's own, or quotations. Quotations that stand in for a
    model's weak answer get less: such questions are the harder ones."""
    found = _calibration_of(state, deps).confidence(features)
    return shifted(found, deps.calibration.second_choice) if state.instead else found


def bar_of(state: State, context: Context, deps: Deps) -> float:
    """The confidence that an answer needs: the one that is set, else the one that keeps the promised error rate. Zero
    asks for an answer whatever it is worth."""
    least = context.min_confidence
    if least is None:
        least = _calibration_of(state, deps).threshold_for(context.max_error_rate)
    if not state.instead or least <= 0:
        return least
    return max(least, LIKELIER_RIGHT if state.refused else CERTAINLY_RIGHT)


def _calibration_of(state: State, deps: Deps) -> Calibration:
    return deps.quoting if deps.quoting and state.written_by == "extractive" else deps.calibration


def cited_by(claims: Sequence[CheckedClaim], evidence: Sequence[Evidence]) -> list[Evidence]:
    numbers = {number for claim in claims for number in claim.markers}
    return [item for item in evidence if item.number in numbers]


def weights_of(state: State) -> dict[str, float]:
    """The question's content words by their idf over the ranked passages."""
    pool = [content_words(ranked.candidate.hit.passage.content) for ranked in state.ranking[:20]]
    return inverse_frequencies(content_words(state.asks), pool)


def _pool_words(state: State) -> frozenset[str]:
    passages = {item.passage.key: item.passage for item in state.evidence}
    return frozenset().union(*(content_words(passage.content) for passage in passages.values()))
