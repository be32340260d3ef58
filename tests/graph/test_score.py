"""What a refusal says, and what it leaves unsaid."""

from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from graph.chaining.chains import Chains
from graph.confidence import Calibration
from graph.deps import Deps
from graph.languages.extractive import ExtractiveLanguage
from graph.questions.standing_alone import asked_last, with_topic
from graph.score import missing_parts, score
from graph.state import Candidate, CheckedClaim, Context, Ranked, State
from tests.doubles import HashEmbedder, MemoryStore
from tests.graph.conclusions.test_comparing import said
from tools.knowledge import Knowledge
from tools.passages import Hit
from tools.verifiers.lexical import LexicalVerifier

KNOWLEDGE = Knowledge(MemoryStore(), HashEmbedder(32))
DEPS = Deps(KNOWLEDGE, ExtractiveLanguage(), LexicalVerifier(), calibration=Calibration({}, 0.0))
LEAVE = (
    said(1, "Leave 2025", "Each employee has 25 days of paid leave a year."),
    said(2, "Leave 2026", "Each employee has 28 days of paid leave a year."),
)


def _state(question: str) -> State:
    claim = CheckedClaim(LEAVE[0].quote, (1,), "supported", 1.0)
    return State(question, rewritten=question, evidence=LEAVE, draft="x", claims=(claim,), written_by="extractive")


async def _scored(min_confidence: float, state: State | None = None) -> Any:
    runtime = Runtime(context=Context(min_confidence=min_confidence), stream_writer=lambda event: None)
    return await score(state or _state("How many days of paid leave a year?"), runtime, DEPS)


async def test_an_answer_names_the_source_that_disagrees_and_a_refusal_follows_none() -> None:
    answered, declined = await _scored(0.5), await _scored(0.51)
    assert answered["status"] == "partial"
    assert any("the answer follows" in note for note in answered["notes"])
    assert declined["status"] == "declined"
    assert declined["notes"] == ()


async def test_an_answer_from_a_superseded_source_is_partial_unless_the_question_looks_back() -> None:
    old = replace(LEAVE[0], passage=replace(LEAVE[0].passage, status="superseded", superseded_by="Leave 2026"))
    now = await _scored(0.0, replace(_state("How many days of paid leave a year?"), evidence=(old,)))
    then = await _scored(0.0, replace(_state("How many days of paid leave were there in 2025?"), evidence=(old,)))
    assert (now["status"], then["status"]) == ("partial", "answered")
    assert now["notes"] == ("A newer version exists: “Leave 2026”; the answer follows “Leave 2025”.",)
    assert then["notes"] == ()


def test_what_is_missing_is_a_yes_or_no_where_that_was_asked_for() -> None:
    assert missing_parts(_state("Has each employee 25 days of leave?")) == (
        "a passage that says yes or no to: Has each employee 25 days of leave?",
    )
    assert missing_parts(_state("Which employee has leave?")) == (
        "a passage that states the answer to: Which employee has leave?",
    )


def test_how_long_is_asked_for_and_not_missing() -> None:
    assert missing_parts(_state("How long is paid leave?")) == (
        "a passage that states the answer to: How long is paid leave?",
    )


def test_in_a_follow_up_what_was_asked_last_counts_more_than_its_topic() -> None:
    asked = with_topic("Who pays costs?", "Who approved the trips?")
    evidence = (said(1, "Trips", "Trips are approved by Ada Brun."), said(2, "Trips", "Costs are paid by Bo Ek."))
    scores = Chains(asked, evidence, asked_last(asked)).ranked.scores.tolist()
    assert scores != Chains(asked, evidence).ranked.scores.tolist()


def _looked_at(question: str, *texts: str) -> State:
    found = (Ranked(Candidate(Hit(said(n, f"Page {n}", text).passage), 1, "", n), 0.5) for n, text in enumerate(texts))
    return State(question, rewritten=question, ranking=tuple(found), evidence=LEAVE)


def test_what_any_document_that_was_found_speaks_of_is_not_missing() -> None:
    question = "What is the speed limit of forklifts?"
    lacks, holds = (missing_parts(_looked_at(question, "The limit holds.", text)) for text in ("Soup.", "Forklifts."))
    assert lacks == ("any mention of “speed” or “forklifts”",)
    assert holds == ("any mention of “speed”",)


def test_a_sum_that_a_limit_holds_is_not_missing() -> None:
    asked = "What tender does an order of 60000 pounds take?"
    limits = "Orders above £50,000 take a tender."
    told = replace(_looked_at(asked, "Soup."), evidence=(said(1, "Orders", limits),))
    assert missing_parts(told) == (f"a passage that states the answer to: {asked}",)
    assert missing_parts(_looked_at(asked, limits)) == (f"a passage that states the answer to: {asked}",)
    assert missing_parts(_looked_at(asked, limits.replace("above", "below"))) == ("any mention of “60000”",)


def test_what_is_said_around_a_question_is_missed_nowhere() -> None:
    asked = "hey folks, is there stuff about forklifts please?"
    assert missing_parts(_looked_at(asked, "The limit holds.")) == ("any mention of “forklifts”",)


def test_a_question_in_another_language_is_missing_as_a_whole() -> None:
    asked = "wie viele urlaubstage habe ich?"
    assert missing_parts(_looked_at(asked, "The limit holds.")) == (f"a passage that states the answer to: {asked}",)


def test_what_may_be_said_of_anything_is_not_named_as_missing() -> None:
    asked = "I would love to drive forklifts, any idea?"
    assert missing_parts(_looked_at(asked, "You drive.")) == ("any mention of “forklifts”",)
    assert missing_parts(_looked_at("Who would love an idea?", "Soup.")) == (
        "a passage that states the answer to: Who would love an idea?",
    )


def test_whose_it_is_that_is_missing_is_named_without_the_possessive() -> None:
    assert missing_parts(_looked_at("What is the forklift’s speed?", "Vans.")) == (
        "any mention of “forklift” or “speed”",
    )


def test_that_there_is_a_rule_is_not_what_is_missing() -> None:
    assert missing_parts(_looked_at("What is the policy on forklifts?", "Vans.")) == ("any mention of “forklifts”",)


def test_what_other_passages_speak_of_may_be_missing_from_the_nearest() -> None:
    asked = "What is the speed limit of forklifts?"
    lacks = missing_parts(_looked_at(asked, "A limit on the speed.", "Forklifts."))
    assert lacks == ("any mention of “forklifts” in “Page 0”, which comes nearest",)
    assert missing_parts(_looked_at(asked, "Forklifts.", "A limit on the speed.")) == (
        f"a passage that states the answer to: {asked}",
    )


def test_neither_what_two_are_compared_by_nor_what_was_asked_before_is_missing() -> None:
    asked = "Are forklifts cheaper, or the older vans?"
    assert missing_parts(_looked_at(asked, "Vans.")) == ("any mention of “forklifts”",)
    follow_up = "And who repairs forklifts? (about: annual leave)"
    assert missing_parts(_looked_at(follow_up, "Who repairs vans?")) == ("any mention of “forklifts”",)


def test_what_a_row_lacks_is_missing_from_it() -> None:
    rows = (said(1, "Staff", "name: Wendy Askew; role: Planner; extension: 2140"),)
    asked = "What is Wendy Askew's mobile number?"
    looked_at = replace(_looked_at(asked, rows[0].said), evidence=rows)
    assert missing_parts(looked_at) == ("mobile in the row of Wendy Askew in “Staff”",)


def test_a_country_of_two_words_is_missing_as_one() -> None:
    asked = "how long is probation in the united states?"
    assert missing_parts(_looked_at(asked, "Probation.")) == ("any mention of “united states”",)


def test_what_is_missing_is_told_of_the_question_and_not_of_a_model_s_other_words() -> None:
    state = replace(_state("Which employee has leave?"), in_other_words="Which zebra may stay off work?")
    assert missing_parts(state) == ("a passage that states the answer to: Which employee has leave?",)
