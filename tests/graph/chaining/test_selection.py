"""Which sentences are read: of a long passage those that the question asks about, not those that come first."""

import numpy as np

from graph.chaining.eligibility import words_said
from graph.chaining.selection import MAX_SENTENCES_EMBEDDED, select_evidence
from graph.state import Candidate, Ranked
from graph.texts.words import content_words
from tests.doubles import HashEmbedder, MemoryStore
from tools.knowledge import Knowledge
from tools.passages import Hit, Passage

DAY = [f"[10:{minute:02}] Ada: line {minute} of small talk about lunch." for minute in range(60)]


def _ranked(text: str, key: str = "log.md") -> Ranked:
    return Ranked(Candidate(Hit(Passage(key, key, key, "Chat log", text)), 1, "search", 0), 0.9)


async def _read(question: str, *ranking: Ranked) -> list[str]:
    embedder = HashEmbedder()
    knowledge = Knowledge(MemoryStore(), embedder)
    vector = (await embedder.embed_queries([question]))[0]
    evidence = await select_evidence(question, np.asarray(vector), ranking, knowledge, MAX_SENTENCES_EMBEDDED)
    assert [item.number for item in evidence] == list(range(1, len(evidence) + 1))
    return [item.quote for item in evidence]


async def test_what_is_asked_about_is_read_at_the_end_of_a_long_passage() -> None:
    said = await _read("Which password opens the greenhouse?", _ranked("\n".join([*DAY, "Bo: the greenhouse opens."])))
    assert len(said) == MAX_SENTENCES_EMBEDDED
    assert said[-1] == "Bo: the greenhouse opens."
    assert said[0] == DAY[0]


async def test_a_long_passage_leaves_room_for_the_first_sentence_of_each_other_one() -> None:
    short = _ranked("Greenhouse rules are on the door.", "rules.md")
    said = await _read("What did Ada say about lunch?", _ranked("\n".join(DAY)), short)
    assert said[-1] == "Greenhouse rules are on the door."


async def test_all_of_short_passages_is_read_in_its_order() -> None:
    assert await _read("What did Ada say?", _ranked("\n".join(DAY[:5]))) == DAY[:5]


async def test_the_line_that_answers_is_read_with_the_line_that_asks() -> None:
    lines = [*DAY, "Bo: which password opens the greenhouse?", "Ada: it is swordfish.", *DAY]
    said = await _read("Which password opens the greenhouse?", _ranked("\n".join(lines)))
    assert "Ada: it is swordfish." in said


async def test_a_row_whose_cell_is_asked_for_is_as_relevant_as_one_in_the_question_s_words() -> None:
    embedder = HashEmbedder()
    table = "Price per month; Perch: EUR 3; Roost: EUR 5\nUsers; Perch: 10; Roost: 50"
    question = "How much does Roost cost?"
    vector = (await embedder.embed_queries([question]))[0]
    knowledge = Knowledge(MemoryStore(), embedder)
    price, users = await select_evidence(question, np.asarray(vector), [_ranked(table)], knowledge, 5)
    assert price.relevance >= 0.5 > users.relevance
    assert words_said(question, price) >= content_words(question)
    assert not words_said(question, users) >= content_words(question)
