"""Small worlds of passages whose chains are known."""

import numpy as np

from graph.ranking.features import Candidates, Reading
from tests.doubles import HashEmbedder
from tools.names import names_of
from tools.passages import Passage

EMBEDDER = HashEmbedder(64)
FILM = "Polar Night is a film directed by Aino Salo."
PEOPLE = [("film", "Polar Night", FILM), ("director", "Aino Salo", "She was born in Turku in 1961.")]
NOISE = [(f"noise-{n}", f"Town {n}", f"Town {n} lies by a lake and has {n} churches.") for n in range(8)]


def passage(key: str, title: str, text: str, **more: object) -> Passage:
    return Passage(key=key, id=key, source=f"{key}.md", title=title, text=text, names=names_of(title), **more)  # type: ignore[arg-type]


def world() -> list[Passage]:
    return [passage(*row) for row in (*NOISE, *PEOPLE)]


def reading(question: str, passages: list[Passage]) -> Reading:
    (vector,) = EMBEDDER._embed([question])
    vectors = EMBEDDER._embed([one.content for one in passages])
    nothing = np.zeros(len(passages))
    return Reading(question, vector, Candidates(passages, vectors, nothing, nothing + 1))
