"""score: how sure, and whether that is enough to answer."""

import re
from collections.abc import Sequence
from dataclasses import replace

from langgraph.runtime import Runtime

from graph.chaining.eligibility import lacks_it_all, words_said
from graph.checking.answering import DOWN, how_answered
from graph.checking.citations import renumber, write_statement, written
from graph.checking.contradictions import disagreements, follows_superseded, not_yet_in_force
from graph.checking.grounding import shown
from graph.deps import Deps
from graph.in_parts import added_text, joined, parts_left, told_of
from graph.progress import DraftDiscarded, Token
from graph.questions.asked_names import unheard_names
from graph.questions.expectation import asks_yes_or_no
from graph.questions.past import looks_back
from graph.questions.spelling import occurrences
from graph.questions.standing_alone import asked_last
from graph.state import CheckedClaim, Context, State, Status
from graph.structure.asked_cells import lacking_in_row
from graph.structure.rows import cells_of
from graph.texts.bounds import held_words
from graph.texts.one_form import words_of
from graph.texts.words import content_words, without_asking
from graph.updates import Scored
from graph.weighing import bar_of, cited_by, confidence_of, features_of
from tools.errors import ModelUnavailable
from tools.passages import Passage
from tools.ports import Screener

MAX_MISSING_WORDS = 6
MAX_TELLING = 3
EVERYDAY = 200_000
"""From this number of occurrences in the dictionary on, a word may be said of anything."""

_SMALL_TALK = content_words(
    "hey hi hello thanks please ping stuff thing guys folks somebody someone anybody anyone ok okay pls asap "
    "quick question summarise summarize list policy rule procedure process guideline information info detail"
)
"""Words around a question that no document is expected to have: who asks for the policy on drugs asks about drugs."""

_COMPARED = content_words(
    "cheaper cheapest expensive dearer dearest pricier longer longest shorter shortest faster fastest quicker quickest "
    "slower slowest heavier heaviest lighter lightest larger largest bigger biggest higher highest greater greatest "
    "smaller smallest lower lowest fewer fewest less least more most earlier earliest later latest older oldest newer "
    "newest first last better best worse worst"
)
"""Words that compare two things. Their page says what each of them has, and none of these words."""

_POSSESSIVE = re.compile(r"['’]s?$")


async def score(state: State, runtime: Runtime[Context], deps: Deps) -> Scored:
    """Turn features into a calibrated confidence, and then into an answer, part of one, or a refusal that says what is
    missing. Of several questions each is scored by itself, and the last one joins them all."""
    claims = shown(state.claims)
    # A model has read the question and chosen its words; a quotation may share the words and no more.
    checker = deps.answer_checker if state.written_by == "extractive" and claims else None
    answered = await how_answered(state, claims, checker) if checker else {}
    scored = _scored(state, claims, (state.weighed or features_of(state, claims)) | answered, runtime, deps)
    is_down = checker is not None and not answered
    if is_down:
        notes = () if DOWN in state.notes else (DOWN,)
        scored |= Scored(degraded=True, notes=(*scored["notes"], *notes))
    if state.part:
        last = told_of(state, scored, claims)
        told = (*state.told, last)
        if deps.screener is None and (text := added_text(state.told, last)):
            runtime.stream_writer(Token.citing(text, (item.passage for one in told for item in one.evidence)))
        if parts_left(replace(state, told=told)):
            return Scored(told=told, degraded=is_down)
        scored = {"told": told, "degraded": is_down, **joined(told, bar_of(state, runtime.context, deps))}
    if deps.screener is None or scored["status"] == "declined":
        return scored
    screened = await _screened(scored, deps.screener)
    return scored | screened | Scored(degraded=is_down or screened.get("degraded", False))


def _scored(
    state: State,
    claims: tuple[CheckedClaim, ...],
    features: dict[str, float],
    runtime: Runtime[Context],
    deps: Deps,
) -> Scored:
    """The answer with its confidence, or a refusal if the confidence does not reach the bar."""
    confidence = confidence_of(state, features, deps) if claims else 0.0
    weighed = Scored(features=features, confidence=confidence)
    if claims and confidence >= bar_of(state, runtime.context, deps):
        return weighed | _given(state, claims)
    if state.draft and not state.instead and not state.part:
        runtime.stream_writer(DraftDiscarded("The answer as a whole is too uncertain to give."))
    missing = state.missing or missing_parts(state)
    return weighed | Scored(status="declined", answer="", missing=missing, notes=_notes(state.every_claim, claims))


def _given(state: State, claims: tuple[CheckedClaim, ...]) -> Scored:
    """The answer as it is given: whole or partial, with notes on what it rests on."""
    cited = cited_by(claims, state.evidence)
    differing = disagreements(cited, state.evidence, state.asks)
    is_past = looks_back(state.asks)
    passages = [ranked.candidate.hit.passage for ranked in state.ranking]
    outdated = () if is_past else (*follows_superseded(cited, passages, differing), *not_yet_in_force(cited))
    doubted = bool(outdated) or any(not (one.outdated or (is_past and one.follows_older)) for one in differing)
    unseen = any(not claim.verified for claim in claims)
    missing = () if state.instead else state.missing
    is_part = len(claims) < len(state.claims) or missing or doubted or unseen
    status: Status = "partial" if is_part else "answered"
    markers = renumber([claim.markers for claim in claims])
    answer = written(write_statement(claim.text, [markers[number] for number in claim.markers]) for claim in claims)
    notes = (*_notes(state.claims, claims), *(one.sentence for one in differing), *outdated)
    if state.instead:
        notes = (f"This answer quotes the documents, since {state.instead}.", *notes)
    return Scored(status=status, answer=answer, missing=missing, notes=notes)


async def _screened(scored: Scored, screener: Screener) -> Scored:
    """The changes if the answer is held back: it says why, without the notes, which may quote the answer. If the screen
    can't be reached, no answer is given either; it may be back when the question is repeated."""
    try:
        found = await screener.flagged(scored["answer"])
    except ModelUnavailable as error:
        why, degraded = f"The answer was held back: {str(error).rstrip('.')}.", True
    else:
        if not found:
            return Scored()
        why, degraded = f"The answer was held back: the endpoint's moderation found {', '.join(found)} in it.", False
    return Scored(status="declined", answer=why, notes=(), degraded=degraded)


def missing_parts(state: State) -> tuple[str, ...]:
    """What the documents that were found do not mention: names first, else words that none of them has. The topic that
    was added to a follow-up is not missing, since it was asked before."""
    question = asked_last(state.put) if content_words(asked_last(state.put)) else state.put
    passages = [ranked.candidate.hit.passage for ranked in state.ranking]
    if unheard := unheard_names(question, passages):
        return tuple(f"anything about {name}" for name in unheard)
    if of_row := _lacking_in_rows(state):
        return of_row
    found = [_words_said(passage.content, question) for passage in passages]
    found += [words_said(question, item) for item in state.evidence]
    uncovered = _lacking(question, frozenset().union(*found))
    telling = [word for word in uncovered if _is_telling(word)]
    # If hardly a word of a longer question is found, it is in other words, or in another language, as a whole.
    asked = _lacking(question, frozenset())
    is_telling = len(uncovered) <= MAX_TELLING or 2 * len(uncovered) <= len(asked)
    if telling and found and is_telling:
        return (f"any mention of {_or(telling[:MAX_MISSING_WORDS])}",)
    if passages and passages[0].title and (lacking := _lacking_nearest(question, passages[0])):
        return (f"any mention of {_or(lacking)} in “{passages[0].title}”, which comes nearest",)
    says = "says yes or no" if asks_yes_or_no(question) else "states the answer"
    return (f"a passage that {says} to: {asked_last(state.part) or state.question}",)


def _lacking_in_rows(state: State) -> tuple[str, ...]:
    """What is asked of a table row that exists but lacks it."""
    for item in state.evidence:
        if lacks_it_all(state.put, item, state.evidence):
            lacking = lacking_in_row(item.said, state.put)
            asked = [_bare(word) for word in words_of(state.put) if content_words(word) & lacking]
            return (f"{' '.join(asked)} in the row of {cells_of(item.said)[0][1]} in “{item.passage.title}”",)
    return ()


def _or(words: Sequence[str]) -> str:
    """“speed” or “forklifts”: each in quotation marks, since it need not be a noun."""
    quoted = [f"“{word}”" for word in words]
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def _bare(word: str) -> str:
    """ "sensor" for "sensor's", as it is asked about."""
    return _POSSESSIVE.sub("", word.strip("?.,!;:\"'()"))


def _lacking(question: str, held: frozenset[str]) -> list[str]:
    """The words of the question that are not in `held`, as the question writes them."""
    known = held | _SMALL_TALK | _COMPARED
    asked = (word for word in dict.fromkeys(words_of(without_asking(question))) if content_words(word))
    return [_bare(word) for word in asked if not content_words(word) <= known]


def _lacking_nearest(question: str, passage: Passage) -> list[str]:
    """What a passage that mentions most of the question does not mention, if that is little and tells something."""
    words, told = content_words(question), _words_said(passage.content, question)
    lacking = _lacking(question, told)
    is_near = 2 * len(words & told) >= len(words)
    return lacking if is_near and len(lacking) <= MAX_TELLING and any(map(_is_telling, lacking)) else []


def _words_said(text: str, question: str) -> frozenset[str]:
    """Also the sum that is asked about, where the text's limits hold it."""
    return content_words(text) | held_words(text, question)


def _is_telling(word: str) -> bool:
    """Whether its absence says something. That of "love" or "idea" does not: people say such words of anything."""
    return not word.islower() or occurrences(word) < EVERYDAY


def _notes(claims: tuple[CheckedClaim, ...], given: tuple[CheckedClaim, ...]) -> tuple[str, ...]:
    notes = []
    if refused := sum(claim.withheld and claim.verified for claim in claims):
        noun = "statement was" if refused == 1 else "statements were"
        notes.append(f"{refused} {noun} withheld: the cited sentences do not support it.")
    if unseen := sum(claim.withheld and not claim.verified for claim in claims):
        noun = "statement was" if unseen == 1 else "statements were"
        notes.append(f"{unseen} {noun} withheld: the verifier is down, so nothing could be checked.")
    if any(not claim.verified for claim in given):
        notes.append("Not verified: the verifier is down, so the statements were compared with their sources by words.")
    return tuple(notes)
