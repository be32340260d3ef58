"""From the graph's state to what people read."""

from dataclasses import replace

from agent.reporting import answer_of, refusal
from graph.evidence import Evidence
from graph.state import Candidate, CheckedClaim, HopTaken, Ranked, State
from tools.passages import Hit, Passage


def ranked(title: str) -> Ranked:
    passage = Passage(key=title, id=title, source=f"{title}.md", title=title, text="Text.")
    return Ranked(Candidate(Hit(passage), 1, "search", 1), 0.5)


def test_a_refusal_names_the_first_three_documents_once_each() -> None:
    ranking = tuple(ranked(title) for title in ("Canteen", "Canteen", "Travel [1]", "Leave", "Parking"))
    assert refusal(State("Who?", ranking=ranking)).endswith(" Nearest: Canteen; Travel; Leave.")


def test_a_refusal_without_documents_names_none() -> None:
    assert "Nearest" not in refusal(State("Who?"))


def test_a_citation_is_located_by_the_heading_of_its_own_section() -> None:
    sections = ((0, ("Offices", "Ghent")), (18, ("Offices", "Porto")))
    page = replace(
        ranked("Offices").candidate.hit.passage, text="Ghent\n\n65 desks.\n\nPorto\n\n42 desks.", sections=sections
    )
    claim = CheckedClaim("42 desks.", (1,), "supported", 1.0)
    evidence = (Evidence(1, page, "42 desks.", 25, 34),)
    state = State("Who?", evidence=evidence, claims=(claim,), answer="42 desks. [1]", status="answered")
    (citation,) = answer_of(state, "extractive", "run", 1.0).citations
    assert (citation.locator, citation.quote) == ("Porto", "42 desks.")


def test_an_answer_prints_as_its_text_its_certainty_its_notes_and_its_sources() -> None:
    page = ranked("Offices").candidate.hit.passage
    claim = CheckedClaim("Text.", (1,), "supported", 1.0)
    state = State("Who?", evidence=(Evidence(1, page, "Text.", 0, 5),), claims=(claim,), answer="Text. [1]")
    state = replace(state, status="partial", confidence=0.8, notes=("1 claim was withheld.",))
    printed = str(answer_of(state, "extractive", "run", 1.0))
    assert printed.splitlines() == [
        "Text. [1]",
        "(partial, confidence 0.80)",
        "1 claim was withheld.",
        "[1] Offices · Offices.md",
    ]


def test_what_a_notebook_shows_of_an_answer_leaves_out_every_passage_that_was_found() -> None:
    found = tuple(f"handbook/page-{n}.md#1" for n in range(50))
    hop = HopTaken(1, "search", "Who?", found)
    state = State("Who?", hops=(hop,), ranking=tuple(map(ranked, found)), features={"support": 1.0}, answer="Text.")
    shown = repr(answer_of(state, "extractive", "run", 1.0))
    assert "Text." in shown
    assert "page-" not in shown
    assert "support" not in shown
