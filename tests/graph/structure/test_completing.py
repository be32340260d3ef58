"""Evidence made whole: from one document, of that very name, and not when the store fails."""

from collections.abc import Sequence
from dataclasses import replace

from graph.deps import Deps
from graph.evidence import Evidence
from graph.languages.extractive import ExtractiveLanguage
from graph.state import Candidate, Context, Ranked, State
from graph.structure.completing import completed
from tests.doubles import HashEmbedder, MemoryStore
from tests.graph.structure.test_steps_of_lists import PAGE, STEPS, cut
from tools.errors import SearchUnavailable
from tools.knowledge import Knowledge
from tools.passages import Hit, Passage, Reader
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
