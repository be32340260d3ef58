from collections.abc import Sequence

import pytest

from graph.checking.citations import read_statements, write_statement, written
from graph.checking.drafting import DraftReader
from tests.graph.checking.test_proving import said
from tools.ports import ClaimToCheck, Verdict


class Lenient:
    """Supports everything."""

    @property
    def name(self) -> str:
        return "lenient"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        return [Verdict("supported", 0.9) for _ in claims]


def shown(draft: str) -> str:
    """The draft as it is shown when all of it is supported."""
    return written(write_statement(one.text, one.numbers) for one in read_statements(draft, range(1, 10)))


def test_of_a_table_each_cell_is_an_item_under_what_row_and_column_are_called() -> None:
    draft = "| | Basic | Pro |\n|:--|:-:|--:|\n| Price | 3 [1] | 5 [2] |\n| Users | 1 | – | [3]\n\nCards only [3]."

    assert shown(draft) == ("- Price – Basic: 3 [1]\n- Price – Pro: 5 [2]\n- Users – Basic: 1 [3]\n\nCards only. [3]")


def test_a_row_that_is_called_by_a_number_is_called_by_its_column_too() -> None:
    draft = "| Grade | Pay | Leave |\n|---|---|---|\n| 1 | £3 [1] | 20 days [1] |"

    assert shown(draft) == "- Grade 1 – Pay: £3 [1]\n- Grade 1 – Leave: 20 days [1]"


def test_a_column_of_sources_is_none() -> None:
    draft = "| Fare | Price | Source |\n|---|---|---|\n| Adults | 5 | [1] |\n| Dogs | free | [2][3] |"

    assert shown(draft) == "- Adults – Price: 5 [1]\n- Dogs – Price: free [2][3]"


def test_a_table_with_one_column_is_a_list() -> None:
    assert shown("| Ports |\n|---|\n| Turku [1] |\n| Porto [2] |") == "- Turku [1]\n- Porto [2]"


def test_a_line_with_a_bar_is_no_table() -> None:
    assert shown("Run `ps | less` [1].") == "Run `ps | less`. [1]"


def test_a_heading_leads_in_the_list_below_it() -> None:
    draft = "## Before you start\n\n1. Sign in [1]\n\n**Then**\n- Ask Ada [2]\n\n**At last:**\n- Sign out [3]"

    assert shown(draft) == (
        "**Before you start:** [1]\n1. Sign in [1]\n\n**Then:** [2]\n- Ask Ada [2]\n\n**At last:** [3]\n- Sign out [3]"
    )


def test_an_item_with_a_list_of_its_own_leads_that_in() -> None:
    draft = "- **Week one**\n  - Sign in [1]\n- Week two:\n  - Ask Ada [2]"

    assert shown(draft) == "**Week one:** [1]\n- Sign in [1]\n\n**Week two:** [2]\n- Ask Ada [2]"


def test_an_answer_in_bold_is_no_heading() -> None:
    assert shown("**Ada Brun**\n\nShe leads Finance [1].") == "**Ada Brun** She leads Finance. [1]"


def test_the_sentences_of_an_item_are_one_statement_with_its_marks() -> None:
    found = read_statements("1. Is it on? Then wait [1]\n2. Is it off? Ask Ada [2].", range(1, 10))

    assert [(one.text, one.numbers) for one in found] == [
        ("1. Is it on? Then wait", (1,)),
        ("2. Is it off? Ask Ada.", (2,)),
    ]


EVIDENCE = [said(1, "Adults pay 5."), said(2, "Basic costs 3 and has 1 user."), said(3, "Pro costs 5.")]


@pytest.mark.parametrize(
    "draft",
    [
        "Fares:\n| Who | Price | Source |\n|---|---|---|\n| Adults | 5 | [1] |\n| Pro | 5 | [3] |\n\nPro costs 5 [3].",
        "| | Basic | Pro |\n|---|---|---|\n| Users | 1 [2] | |\n| Costs | 3 [2] | 5 [3] |\n",
        "## Adults\n\n1. Adults pay 5 [1]\n2. Pro? It costs 5 [3]\n\n**Basic**\n- Basic costs 3 [2]\n",
        "- **Adults:**\n  - Adults pay 5 [1]\n- Pro:\n  - Pro costs 5 [3]",
    ],
)
async def test_however_a_draft_grows_the_same_is_shown(draft: str) -> None:
    whole = DraftReader("How much?", EVIDENCE, Lenient())
    expected = await whole.feed(draft) + await whole.finish()
    growing = DraftReader("How much?", EVIDENCE, Lenient())
    assert "".join([*[await growing.feed(letter) for letter in draft], await growing.finish()]) == expected
