"""Org charts that are lists within lists: who reports to whom."""

import re
from dataclasses import replace

import pytest

from graph.chaining.chains import Chains
from graph.languages.extractive import compose
from graph.structure.charts import charts_in
from graph.structure.tables import with_table
from tests.graph.conclusions.test_tabling import concluded, read
from tests.graph.structure.test_steps_of_lists import cut

CHART = """# Org chart

As of 1 March 2026.

- Director: Callum Reyes
  - Head of Finance: Yolanda Finch
    - Payroll Officer: Bertil Nash
    - Finance Assistant: Amy Quist
  - Head of Production: Greta Solheim
    - Wardrobe Supervisor: Hetty Marsh
- Artistic Director: Maren Oduya

Ask the office."""


def told(question: str, text: str = CHART) -> str | None:
    found = concluded(question, cut(text, "org-chart.md"))
    return found[0] if found else None


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("who does hetty marsh report to", "Greta Solheim, Head of Production."),
        ("Who does the Payroll Officer report to?", "Yolanda Finch, Head of Finance."),
        ("Who is Yolanda Finch's manager?", "Callum Reyes, Director."),
        ("who's the boss of Amy Quist", "Yolanda Finch, Head of Finance."),
        ("Who reports to the Head of Finance?", "Bertil Nash, Amy Quist."),
        ("How many people report to Callum Reyes?", "2: Yolanda Finch, Greta Solheim."),
        ("Who does Callum Reyes report to?", None),
        ("Who does Ada Brun report to?", None),
        ("Who reports to Maren Oduya?", None),
        ("Who did Hetty Marsh report to?", None),
    ],
)
def test_one_step_in_is_who_reports(question: str, said: str | None) -> None:
    assert told(question) == said


def test_a_tab_is_as_wide_as_four_blanks() -> None:
    mixed = CHART.replace("    - Payroll", "\t- Payroll")
    assert mixed != CHART
    assert told("Who does Amy Quist report to?", mixed) == "Yolanda Finch, Head of Finance."


@pytest.mark.parametrize("form", [r"\2, \1", r"\2 – \1", r"\1 – \2", r"\2 (\1)"])
def test_the_office_may_stand_behind_the_name(form: str) -> None:
    chart = re.sub(r"(?<=- )(.+): (.+)", form, CHART)
    assert told("Who does Bertil Nash report to?", chart) == "Yolanda Finch, Head of Finance."


def test_an_office_may_look_like_a_name() -> None:
    chart = CHART.replace("Head of Finance", "Festival Producer")
    assert told("Who reports to the Festival Producer?", chart) == "Bertil Nash, Amy Quist."


@pytest.mark.parametrize(
    ("before", "after"),
    [("# Org chart", "# Team"), ("  - ", "- "), ("Head of Finance: Yolanda Finch", "Finance")],
)
def test_another_list_than_a_chart_of_people_says_nothing_of_that(before: str, after: str) -> None:
    text = CHART.replace("    - ", "  - ").replace(before, after)
    assert list(charts_in(cut(text, "org-chart.md"))) == []


def test_a_chart_of_which_a_chunk_begins_with_a_line_says_nothing() -> None:
    (passage,) = cut(CHART, "org-chart.md")
    begun = passage.text.index("- Finance Assistant")
    rest = replace(passage, text=passage.text[begun:], start=passage.start + begun)
    assert list(charts_in([passage])) != []
    assert list(charts_in([rest])) == []


def test_the_lines_of_a_chart_stand_among_the_sources_alone() -> None:
    passages = cut(CHART, "org-chart.md")
    evidence = with_table(read(passages), next(charts_in(passages)))
    written = compose(Chains("Who does Hetty Marsh report to?", evidence))
    assert [one.text for one in written] == ["Greta Solheim, Head of Production."]
