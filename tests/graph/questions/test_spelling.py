"""Slips of the keyboard are mended; names, other languages, addresses and rare words are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.questions.spelling import corrected
from tools.passages import Passage

TEXT = (
    "The parking space belongs to Facilities. Any vacation needs approval. The malaxer stands in the mill "
    "by Jonas Feld and Karen Lindh: first come, parked, in the United States. Use kubectx for a house."
)
PASSAGES = [Passage(key="a", id="a", source="a", title="Parking", text=TEXT, end=len(TEXT))]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("how do i get a parkin spcae", "how do i get a parking space"),
        ("Vacaton approvl?", "Vacation approval?"),
        ("where is the malxer?", "where is the malaxer?"),
        ("what holds in the united staets", "what holds in the united states"),
        ("what is the reqest limit", "what is the request limit"),
    ],
)
def test_slips_are_mended(asked: str, meant: str) -> None:
    assert corrected(asked, PASSAGES) == meant


@pytest.mark.parametrize(
    "asked",
    [
        "Who is Jonas Felt?",
        "which insurer pays for the mill",
        "how do i join the wifi",
        "who is jonas felt",
        "who is karen lindt",
        "what is lotte verbeek's job",
        "Kafka who runs it?",
        "where is the leaver checklist",
        "do we use kubectl for it",
        "which programme licences are there",
        "what is your favourite colour",
        "what is hopline",
        "who runs payrol here",
        "wie lang ist die frist",
        "ist parken gratis",
        "wo ist der parkplatzz",
        "mail bob@vacaton.com or open spcae.html",
        "what does pr-spcae mean",
        "WHERE IS THE SPCAE",
        "spcae parkinn vacaton aproval wherre malxer",
        "how do i get a parkin spcae " * 60,
        "",
    ],
)
def test_all_else_stays_as_it_is(asked: str) -> None:
    assert corrected(asked, PASSAGES) == asked


def test_without_passages_nothing_is_read_otherwise() -> None:
    assert corrected("parkin spcae", []) == "parkin spcae"


@given(st.text(max_size=200))
def test_what_is_mended_stays_mended(asked: str) -> None:
    once = corrected(asked, PASSAGES)
    assert corrected(once, PASSAGES) == once
