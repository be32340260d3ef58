"""Plain statements: what a passage says in other words, and the same form with an object of something else."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from evals.verifier_training.facts import Fact, facts_of
from evals.verifier_training.passages import Passage, load_passages
from evals.verifier_training.statements import Statements, denied, said_of
from evals.verifier_training.synthetic import Pair
from tools.errors import InvalidDataset
from tools.verifiers.text import sentences_of


def about(title: str, text: str, *triples: tuple[str, str]) -> Passage:
    return Passage(title, text, tuple(sentences_of(text)), triples)


FILMS = [
    about(
        f"{name} Harbour",
        f"{name} Harbour is a {year} {nation} drama film directed by {director} and starring {star} and Kofi Mensah. "
        f"It was shown in 12 cities in {year + 1}.",
    )
    for name, year, nation, director, star in (
        ("Cold", 1954, "French", "Ada Brun", "Maria Salo"),
        ("Red", 1987, "Danish", "Lotte Verbeek", "Ivo Petrov"),
        ("Old", 2003, "Italian", "Jonas Lind", "Nora Weiss"),
        ("Low", 1931, "Polish", "Emil Novak", "Rosa Blanc"),
    )
]
PERSON = about(
    "Ada Brun",
    "Ada Maria Brun (born March 3, 1970) is a Belgian film and television director. She is a child of Lotte Brun.",
    ("mother", "Lotte Brun"),
    ("spouse", "Nobody Here"),
)


def said(passage: Passage) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for fact in facts_of(passage):
        found.setdefault(fact.relation, set()).update(said_of(form, fact, fact.thing) for form in fact.forms)
    return found


def pairs(seed: int = 3, count: int = 400) -> list[Pair]:
    return Statements([*FILMS, PERSON], random.Random(seed)).pairs(count)


def test_a_passage_is_said_in_other_words() -> None:
    found = said(FILMS[0])
    assert {"Ada Brun directed Cold Harbour.", "The director of Cold Harbour is Ada Brun."} <= found["directed by"]
    assert {"Maria Salo was in Cold Harbour.", "Cold Harbour features Kofi Mensah."} <= found["starring"]
    assert {"Cold Harbour came out in 1954.", "Cold Harbour was released in the 1950s."} <= found["year"]
    assert {"Cold Harbour is from France.", "Cold Harbour is a French film."} <= found["nation of thing"]
    assert "Cold Harbour is a movie." in found["wider kind of work"]


def test_a_film_director_is_no_film() -> None:
    found = said(PERSON)
    assert found["kind of person"] == {
        "Ada Brun is a director.",
        "Ada Brun is a director by profession.",
        "Ada Brun works as a director.",
        "Ada Brun has been a director.",
    }
    assert "kind of work" not in found
    assert "Ada Brun is a director from Belgium." in found["nation of person"]


def test_a_date_is_said_as_exactly_as_it_is_known_or_less_so() -> None:
    born = said(PERSON)["born"]
    assert {"Ada Brun was born on March 3, 1970.", "Ada Brun was born in March 1970."} <= born
    assert {"In 1970, Ada Brun was born.", "Ada Brun was born in the 1970s."} <= born
    year_alone = Fact(PERSON, 0, "born", "1970", ())
    assert said_of("{s} was born on {o}.", year_alone, "1970") == "Ada Brun was born in 1970."
    assert said_of("{s} was born in {month}.", year_alone, "1970") == ""


def test_a_triple_that_its_passage_does_not_say_is_left_out() -> None:
    found = said(PERSON)
    assert "Lotte Brun is the mother of Ada Brun." in found["mother"]
    assert "spouse" not in found


@pytest.mark.parametrize(
    ("claim", "denials"),
    [
        ("X is a film.", {"X is not a film.", "X is never a film.", "X has never been a film."}),
        ("Y directed X.", {"Y did not direct X.", "Y never directed X."}),
        ("Y stars in X.", {"Y does not star in X.", "Y never stars in X."}),
        ("Y sang X.", {""}),
    ],
)
def test_a_denial_takes_its_verb_with_it(claim: str, denials: set[str]) -> None:
    assert {denied(claim, random.Random(seed)) for seed in range(60)} == denials


def test_a_seed_fixes_the_pairs() -> None:
    assert pairs() == pairs()
    assert pairs() != pairs(4)


def test_each_side_is_as_large_and_no_form_tells_its_label() -> None:
    made = pairs()
    assert sum(pair.label == "supported" for pair in made) == len(made) // 2
    directed = Counter(
        pair.label for pair in made if " directed " in pair.claim and not {"not", "never"} & set(pair.claim.split())
    )
    assert directed["supported"]
    assert 0.5 < directed["contradicted"] / directed["supported"] < 1.5


def test_a_false_object_is_nowhere_in_the_passage() -> None:
    films = {film.title.casefold(): film for film in FILMS}
    plain = [
        pair for pair in pairs() if pair.claim.casefold().rstrip(".").endswith(" harbour") and "directed" in pair.claim
    ]
    named = [(pair, films[" ".join(pair.claim.casefold().rstrip(".").split()[-2:])]) for pair in plain]
    bare = [(pair, film) for pair, film in named if len(pair.claim.split()) == 5]
    assert bare
    for pair, film in bare:
        director = " ".join(pair.claim.split()[:2]).casefold()
        if pair.label == "contradicted":
            assert director not in film.text.casefold()
        elif pair.label == "supported":
            assert director in pair.evidence.casefold()


def test_what_is_said_of_it_is_said_of_what_is_meant() -> None:
    told = [
        pair for pair in pairs() if pair.evidence.startswith("It was shown in 12 cities") and "12 cities" in pair.claim
    ]
    supported = {pair.claim.rstrip(".").casefold() for pair in told if pair.label == "supported"}
    assert "cold harbour was shown in 12 cities in 1955" in supported
    assert "in 1955, cold harbour was shown in 12 cities" in supported
    assert all("harbour was shown" in pair.claim.casefold() for pair in told if pair.label == "supported")


def test_passages_are_read_with_what_is_annotated_of_them(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "title": "Cold Harbour (film)", "text": "Cold Harbour( 1954) is a film. It was shot in Ghent."},
        {"id": "b", "title": "Harbour", "text": "Harbour may refer to:"},
    ]
    question = {
        "supporting_ids": ["a"],
        "evidences": [["Cold Harbour", "director", "Ada Brun"], ["Ada Brun", "spouse", "Emil Novak"]],
        "decomposition": [
            {"question": "Cold Harbour >> country of origin", "answer": "Belgium"},
            {"question": "Who made #1 ?", "answer": "x"},
        ],
    }
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "questions.jsonl").write_text(json.dumps(question), encoding="utf-8")
    [passage] = load_passages([tmp_path])
    assert passage.title == "Cold Harbour"
    assert passage.sentences == ("Cold Harbour (1954) is a film.", "It was shot in Ghent.")
    assert passage.triples == (("director", "Ada Brun"), ("country of origin", "Belgium"))


def test_a_folder_without_passages_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match="no passages there"):
        load_passages([tmp_path])
    assert load_passages([]) == []
    assert Statements([], random.Random(1)).pairs(10) == []
