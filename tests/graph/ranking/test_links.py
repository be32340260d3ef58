"""Links: who points to whom, in which sentence, and where a chain may go on."""

from dataclasses import replace

import numpy as np

from graph.ranking.links import Directory, answers_to, bridging_names, link_names, longest
from tests.graph.ranking.worlds import FILM, passage
from tools.names import mentions
from tools.passages import Link, Passage


def links(passages: list[Passage], weights: dict[str, float]):  # type: ignore[no-untyped-def]
    return Directory(passages).links_of(np.array([0]), weights)


def test_a_link_knows_what_its_sentence_says_of_the_question() -> None:
    film = passage("film", "Polar Night", "Polar Night was shot in Oulu. It was directed by Aino Salo.")
    found = links([film, passage("p", "Aino Salo", "-"), passage("t", "Oulu", "-")], {"direct": 0.7, "born": 0.3})
    assert found.strength[0].tolist() == [0, 1, 1]
    assert found.context[0].tolist() == [0, 0.7, 0]
    assert found.sentence[0].tolist() == [0, 1, 0]


def test_a_part_of_a_longer_name_points_less_surely() -> None:
    road = passage("road", "Road", "It crosses Mill Lane Bridge.")
    found = links([road, passage("b", "Mill Lane Bridge", "-"), passage("l", "Mill Lane", "-")], {})
    assert 0 < found.strength[0, 2] < found.strength[0, 1] == 1


def test_hyperlinks_are_links_and_one_s_own_document_is_none() -> None:
    film = passage("film", "Polar Night", "See here.", links=(Link("here", "cast.md"),))
    rest = Passage(key="film-2", id="film-2", source="film.md", title="Polar Night", text="-", names=("polar night",))
    found = links([film, passage("cast", "Cast", "-"), rest], {})
    assert found.strength[0].tolist() == [0, 1, 0]


def test_names_with_initials_and_short_titles_are_whole() -> None:
    assert {"s sylvan simon", "a r rahman", "dr ada brun"} <= set(
        mentions("Directed by S. Sylvan Simon and A. R. Rahman. It was for Dr. Ada Brun. Bob watched.")
    )


def test_longest_names_are_no_part_of_another() -> None:
    assert longest(["mill", "mill lane", "mill lane bridge", "miller"]) == {"mill lane bridge", "miller"}


def test_bridges_are_names_that_the_question_does_not_bring() -> None:
    river = passage("river", "Bubye River", "The Bubye River is a tributary of the Limpopo in Zimbabwe.")
    assert bridging_names(river, frozenset(mentions("Where is the Limpopo?")), 5) == ("zimbabwe",)
    assert bridging_names(river, frozenset(), 1) == ("limpopo",)


def test_names_to_look_up_are_new_bounded_and_not_the_passage_s_own() -> None:
    film = passage("film", "Polar Night", FILM, links=(Link("cast", "cast.md"),))
    names = link_names([film], frozenset({"salo"}), 50)
    assert names[0] == "cast.md"
    assert "aino salo" in names
    assert {"polar night", "salo"}.isdisjoint(names)
    assert link_names([film], frozenset(), 1) == ("cast.md",)
    assert link_names([film], frozenset(names), 50) == tuple(
        n for n in link_names([film], frozenset(), 50) if n == "salo"
    )


def test_a_passage_answers_to_its_rows_and_still_points_to_what_they_name() -> None:
    vendors = replace(
        passage("vendors", "Vendors", "Vendor: Skagerrak Cellular; Owner: Hana Novak"),
        row_names=("skagerrak cellular", "hana novak"),
    )
    page = passage("page", "Skagerrak Cellular", "They sell SIM cards. Ask Hana Novak.")
    assert answers_to(vendors, frozenset({"hana novak"}))
    assert links([page, vendors], {}).strength[0].tolist() == [0, 1]
    assert links([vendors, page], {}).strength[0].tolist() == [0, 1]
