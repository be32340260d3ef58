"""Evidence made whole: from one document, of that very name, and not when the store fails."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from graph.deps import Deps
from graph.evidence import Evidence
from graph.languages.extractive import ExtractiveLanguage
from graph.state import Candidate, Context, Ranked, State
from graph.structure.completing import MAX_PAGE_CHARACTERS, completed, pages_near
from tests.doubles import HashEmbedder, MemoryStore
from tests.graph.structure.test_steps_of_lists import PAGE, STEPS, cut
from tools.errors import SearchUnavailable
from tools.knowledge import Knowledge
from tools.passages import Hit, Passage, Reader, Status
from tools.verifiers.lexical import LexicalVerifier

QUESTION = "How do I reset the VPN?"
VPN = cut(PAGE)
TWIN = cut(PAGE.replace("Revoke", "Keep"), "other.md")
EMBEDDER = HashEmbedder(32)
DEPS = Deps(Knowledge(MemoryStore(), EMBEDDER), ExtractiveLanguage(), LexicalVerifier())
CANTEEN = cut("# Canteen\n\nSoup is served.\n", "canteen.md")


class Opening(MemoryStore):
    """Opens what it is told, under any name, or fails."""

    def __init__(self, documents: dict[str, list[Passage]] | None) -> None:
        super().__init__()
        self._documents = documents

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        if self._documents is None:
            raise SearchUnavailable("the store is away")
        return [Hit(one) for source in sources for one in self._documents.get(source, [])]


async def steps_found(found: list[Passage], documents: dict[str, list[Passage]] | None) -> list[str]:
    deps = replace(DEPS, knowledge=Knowledge(Opening(documents), EMBEDDER))
    ranking = tuple(Ranked(Candidate(Hit(one), 1, "", 0), 0.9) for one in found)
    state = State(question=QUESTION, rewritten=QUESTION, ranking=ranking)
    evidence = (Evidence(1, found[0], "Everybody has a key.", 7, 27, 0.4),)
    made = await completed(state, evidence, Context(), deps)
    assert made[:1] == evidence
    return [item.said for item in made if item.step]


async def test_the_steps_of_the_only_document_that_has_them_are_brought() -> None:
    assert await steps_found([*VPN, *CANTEEN], {"vpn.md": VPN}) == STEPS


async def test_of_two_documents_with_such_a_list_neither_is_chosen() -> None:
    assert await steps_found([*VPN, *TWIN], {"vpn.md": VPN, "other.md": TWIN}) == []


async def test_what_took_the_name_of_a_document_that_is_gone_is_not_read() -> None:
    assert await steps_found(VPN, {"vpn.md": TWIN}) == []


async def test_a_store_that_is_away_leaves_the_evidence_as_it_is() -> None:
    assert await steps_found(VPN, None) == []


async def test_a_table_is_found_in_a_document_that_another_passage_of_it_led_to() -> None:
    asked = "Which plan is the cheapest?"
    table = "| Plan | Monthly price |\n|---|---|\n| Solo | 39 EUR |\n| Fleet | 890 EUR |"
    plans = cut(f"# Plans\n\nOur plans.\n\n{table}\n\nThat is all.\n", "plans.md")
    led_by = replace(plans[0], key="intro", text="Our plans.")
    deps = replace(DEPS, knowledge=Knowledge(Opening({"plans.md": plans, "canteen.md": CANTEEN}), EMBEDDER))
    ranking = tuple(Ranked(Candidate(Hit(one), 1, "", 0), 0.9) for one in (*CANTEEN, led_by))
    state = State(question=asked, rewritten=asked, ranking=ranking)
    evidence = (Evidence(1, CANTEEN[0], "Soup is served.", 11, 26, 0.4),)
    made = await completed(state, evidence, Context(), deps)
    assert [item.said for item in made if item.of_rows] == [
        "Plan: Solo; Monthly price: 39 EUR",
        "Plan: Fleet; Monthly price: 890 EUR",
    ]


KEYS = cut("# Keys\n\nA key opens the door.\n\n## Lost keys\n\nTell Ada.\nChange the lock.\n", "keys.md")
CARDS = cut("# Cards\n\nA card opens the gate.\n", "cards.md")


async def pages(question: str, found: list[Passage]) -> list[str]:
    opened = {"keys.md": KEYS, "cards.md": CARDS, "canteen.md": CANTEEN, "vpn.md": VPN}
    deps = replace(DEPS, knowledge=Knowledge(Opening(opened), EMBEDDER))
    ranking = tuple(Ranked(Candidate(Hit(one), 1, "", 0), 0.9) for one in found)
    told = await pages_near(question, State(question=question, ranking=ranking), Context(), deps)
    return [item.said for item in told]


async def test_who_asks_for_an_account_of_a_matter_is_told_the_page_about_it_in_order() -> None:
    found = [*CANTEEN, *KEYS[-1:], *CARDS]
    expected = ["A key opens the door.", "Tell Ada.", "Change the lock."]
    assert await pages("Explain what happens with keys", found) == expected
    assert await pages("Who gets a key?", found) == []


async def test_what_is_compared_is_told_of_both_pages() -> None:
    told = await pages("Compare keys and cards", [*CANTEEN, *KEYS, *CARDS])
    assert (told[0], told[-1]) == ("A key opens the door.", "A card opens the gate.")


async def test_where_no_title_names_the_matter_the_likeliest_page_is_told() -> None:
    assert await pages("What do I have to do when I am locked out?", [*CANTEEN, *KEYS]) == ["Soup is served."]


async def test_one_word_of_a_longer_title_names_no_page() -> None:
    other = cut("# Doors and gates\n\nA gate is wide.\n", "vpn.md")
    assert await pages("Explain the doors", [*CANTEEN, *other]) == ["Soup is served."]


async def test_a_replaced_page_is_told_only_to_who_asks_for_it() -> None:
    replaced = [replace(one, status="superseded") for one in KEYS]
    assert await pages("Explain the keys", [*replaced, *CANTEEN]) == ["Soup is served."]


async def test_of_an_endless_page_its_beginning_is_told() -> None:
    endless = cut("# Keys\n\n" + "A key opens the door of the house.\n\n" * 400, "vpn.md")
    deps = replace(DEPS, knowledge=Knowledge(Opening({"vpn.md": endless}), EMBEDDER))
    ranking = (Ranked(Candidate(Hit(endless[0]), 1, "", 0), 0.9),)
    told = await pages_near("Explain keys", State(question="", ranking=ranking), Context(), deps)
    assert MAX_PAGE_CHARACTERS * 0.9 < sum(len(item.said) for item in told) <= MAX_PAGE_CHARACTERS


HERON = (
    "# Heron HG-4 specification\n\nThe Heron is our gateway. It has a buffer. It has a light. Mind the gap.\n\n"
    "## Care\n\nUse a cloth.\n"
)


@pytest.mark.parametrize(
    ("question", "status", "brought"),
    [
        ("What is a Heron?", "current", ["The Heron is our gateway.", "It has a buffer.", "It has a light."]),
        ("What is a Heron?", "superseded", []),
        ("What is a Wren?", "current", []),
        ("How is a Heron cleaned?", "current", []),
    ],
)
async def test_who_asks_what_a_thing_is_is_told_how_its_page_begins(
    question: str, status: Status, brought: list[str]
) -> None:
    page = [replace(one, status=status) for one in cut(HERON, "heron.md")]
    deps = replace(DEPS, knowledge=Knowledge(Opening({"heron.md": page}), EMBEDDER))
    ranking = tuple(Ranked(Candidate(Hit(one), 1, "", 0), 0.9) for one in (*CANTEEN, *page[-1:]))
    state = State(question=question, rewritten=question, ranking=ranking)
    evidence = (Evidence(1, CANTEEN[0], "Soup is served.", 11, 26, 0.4),)
    made = await completed(state, evidence, Context(), deps)
    assert [item.said for item in made[1:]] == brought
    assert all(item.relevance == 0.4 for item in made)
