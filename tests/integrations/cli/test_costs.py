"""`hopline costs`: the books as a table, CSV, a page and JSON."""

import asyncio
import csv
import io
import re
import time
from pathlib import Path

import pytest
from rich.console import Console

from agent.costs.bookings import TABLES, Spent, day_of
from agent.costs.budgets import Budgets, Payer
from agent.costs.ledger import Ledger
from agent.costs.summary import Line, first_day, total_of
from integrations.cli.costs import print_sums
from tests.integrations.cli.conftest import Hopline
from tools.database.opening import open_tables
from tools.ports import Usage

DAY = 86_400
EVIL = '=HYPERLINK("http://x")<script>alert(1)</script>'


@pytest.fixture
def spent(clean_environment: Path) -> None:
    """Two days, two people, two channels, a model with a price and one without."""

    async def write() -> None:
        now = time.time()
        for at, payer, model, usd in (
            (now - DAY, Payer("acme", "ada", "C1", "1"), "big", 0.02),
            (now, Payer("acme", "ada", "C2", "2"), "big", 0.01),
            (now, Payer("acme", EVIL, "C1", "3"), "big", 0.005),
            (now, Payer("else", "bob", "", "4"), "free?", None),
        ):
            database = await asyncio.to_thread(open_tables, TABLES, clean_environment, None)
            ledger = Ledger(database, Budgets({}), clock=lambda at=at: at)  # type: ignore[misc]
            usage = Usage(1, 1_000, 100, usd or 0.0, 200)
            await ledger.settle(None, payer, Spent(model, usage, usd is not None, 1))
            await ledger.close()

    asyncio.run(write())


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("day", [day_of(time.time() - DAY), day_of(time.time())]),
        ("user", ["ada", EVIL, "bob"]),
        ("channel", ["C1", "C2", ""]),
        ("model", ["big", "free?"]),
        ("tenant", ["acme", "else"]),
    ],
)
def test_it_sums_by_what_is_asked_for(hopline: Hopline, by: str, names: list[str]) -> None:
    found = hopline("costs", "--by", by, "--json").json
    assert [line["name"] for line in found["lines"]] == names
    assert found["total"]["usd"] == 0.035
    assert (found["total"]["questions"], found["total"]["calls"], found["total"]["unpriced_calls"]) == (4, 4, 1)
    assert found["total"]["usd_per_question"] is None, "a call's price is not known"
    assert sum(line["usd"] for line in found["lines"]) == pytest.approx(0.035)


@pytest.mark.usefixtures("spent")
def test_the_table_says_what_is_not_known(hopline: Hopline) -> None:
    shown = hopline("costs", "--by", "user").out
    assert re.search(r"ada +2 +2 +2,000 +200 +\$0\.0150 +\$0\.0300", shown)
    assert re.search(r"bob .* – +unknown", shown)
    assert re.search(r"total .* – +≥ \$0\.0350", shown)
    assert "1 of 4 calls have no known price: set it in HOPLINE_PRICES_FILE." in shown


def shown_at(width: int, *, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, color_system=None, width=width)
    much = Line("slack:T012AB3CD:U012AB3CD", 1_234, 2_345, 0, 1_234_567, 0, 34_567, 45.67)
    print_sums([much, much], total_of([much, much]), "user", "2026-11-01", console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [30, 60, 80, 120])
@pytest.mark.parametrize("terminal", [True, False])
def test_no_terminal_is_too_narrow_for_what_it_cost(width: int, terminal: bool) -> None:
    shown = shown_at(width, terminal=terminal)
    assert (shown.count("$45.67"), shown.count("$91.34")) == (2, 1)
    assert (shown.count("1,234,567"), "…" in shown) == (2, False)
    assert not terminal or max(map(len, shown.splitlines())) <= width


@pytest.mark.usefixtures("spent")
def test_since_and_tenant_narrow_it(hopline: Hopline) -> None:
    assert hopline("costs", "--since", "1d", "--json").json["total"]["questions"] == 3
    assert hopline("costs", "--tenant", "else", "--json").json["total"]["questions"] == 1
    assert hopline("costs", "--since", "2999-01").out.strip() == "No model was called since 2999-01-01."


@pytest.mark.usefixtures("spent")
def test_a_csv_holds_the_sums_and_no_formula(hopline: Hopline) -> None:
    assert "written: costs.csv" in hopline("costs", "--by", "user", "--csv", "costs.csv").err
    with Path("costs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["user"] for row in rows] == ["ada", f"'{EVIL}", "bob"]
    assert (rows[0]["usd"], rows[0]["input_tokens"], rows[0]["cached_input_tokens"]) == ("0.03", "2000", "400")


@pytest.mark.usefixtures("spent")
def test_a_page_holds_the_chart_and_escapes_names(hopline: Hopline) -> None:
    assert hopline("costs", "--by", "user", "--chart", "costs.html").status == 0
    page = Path("costs.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert re.findall(r'width="([\d.]+)" height="8"', page) == ["100.00", "16.67", "0.60"]
    assert "1 of 4 calls have no known price" in page


def test_an_empty_ledger_says_so(hopline: Hopline) -> None:
    assert "No model was called since" in hopline("costs").out
    assert hopline("costs", "--chart", "costs.html").status == 0
    assert "No model was called." in Path("costs.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "yesterday"), "--since 'yesterday' is not a time; write 30d, 2026-11 or 2026-11-24"),
        (("--since", "0d"), "is not a time"),
        (("--since", "2026-13"), "is not a time"),
        (("--chart", "costs.png"), "name the file something.html"),
        (("--by", "moon"), "moon"),
        (("--csv", "/nowhere/x"), "--csv /nowhere/x: there is no folder /nowhere"),
        (("--chart", "/nowhere/x.html"), "--chart /nowhere/x.html: there is no folder"),
    ],
)
def test_a_wrong_argument_is_a_usage_error(hopline: Hopline, arguments: tuple[str, ...], said: str) -> None:
    outcome = hopline("costs", *arguments)
    assert outcome.status == 2
    assert said in outcome.err


def test_a_number_of_days_includes_today() -> None:
    from datetime import date

    assert first_day("1d", date(2026, 11, 24)) == "2026-11-24"
    assert first_day("30d", date(2026, 11, 24)) == "2026-10-26"
    assert first_day("2026-11") == "2026-11-01"
