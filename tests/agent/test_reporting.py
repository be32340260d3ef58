"""From the graph's state to what people read."""

from agent.reporting import refusal
from graph.state import Candidate, Ranked, State
from tools.passages import Hit, Passage


def ranked(title: str) -> Ranked:
    passage = Passage(key=title, id=title, source=f"{title}.md", title=title, text="Text.")
    return Ranked(Candidate(Hit(passage), 1, "search", 1), 0.5)


def test_a_refusal_names_the_first_three_documents_once_each() -> None:
    ranking = tuple(ranked(title) for title in ("Canteen", "Canteen", "Travel [1]", "Leave", "Parking"))
    assert refusal(State("Who?", ranking=ranking)).endswith(" Nearest: Canteen; Travel; Leave.")


def test_a_refusal_without_documents_names_none() -> None:
    assert "Nearest" not in refusal(State("Who?"))
