"""What people say, read out of Slack's events."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.slack.deliveries import MAX_REMEMBERED, Deliveries
from integrations.slack.questions import Identity, question_of, spoken
from integrations.slack.rights import read_groups
from tests.integrations.slack.doubles import direct_message, event
from tools.errors import InvalidSetting

IDENTITY = Identity(team="T1", user="UBOT", bot="BBOT")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@UBOT> who?", "who?"),
        ("<@UBOT>: who?", "who?"),
        ("hey <@UBOT|hopline>, who?", "hey who?"),
        ("<@UBOT><@UBOT>", ""),
        ("ask <@U2|mara> in <#C1|general> or <#C2>", "ask @mara in #general or #C2"),
        ("see <https://a.test/x?a=1&amp;b=2|the page> &lt;now&gt;", "see the page <now>"),
        ("see <https://a.test/x>", "see https://a.test/x"),
        ("write to <mailto:a@b.test>", "write to a@b.test"),
        ("<!here> and <!subteam^S1|@team>", "@here and @team"),
        ("  two\n\n  lines  ", "two\n\nlines"),
        ("&amp;lt;", "&lt;"),
        ("a &lt;@UBOT&gt; b", "a <@UBOT> b"),
    ],
)
def test_markup_reads_as_people_see_it(written: str, read: str) -> None:
    assert spoken(written, "UBOT") == read


@given(st.text(max_size=200))
def test_any_text_can_be_read(written: str) -> None:
    assert spoken(written, "UBOT") == spoken(written, "UBOT").strip()


@pytest.mark.parametrize(
    "body", [{}, {"event": None}, {"event": {}}, event("<@UBOT> x", user=None), event("<@UBOT> x", channel=None)]
)
def test_half_an_event_is_no_question(body: dict[str, Any]) -> None:
    assert question_of(body, IDENTITY) is None


def test_a_file_with_a_question_is_a_question() -> None:
    question = question_of(direct_message("what is this?", subtype="file_share"), IDENTITY)
    assert question is not None
    assert (question.text, question.direct, question.thread) == ("what is this?", True, "100.1")
    assert (question.asker, question.conversation) == ("slack:T1:U1", "slack:T1:D1:100.1")


def test_deliveries_forget_the_oldest_first() -> None:
    deliveries = Deliveries()
    assert deliveries.is_first("E0", "C", "0")
    for n in range(1, MAX_REMEMBERED // 2):
        deliveries.is_first(f"E{n}", "C", str(n))
    assert not deliveries.is_first("", "C", "0")
    assert not deliveries.is_first("E1", "X", "1")
    for n in range(MAX_REMEMBERED // 2, MAX_REMEMBERED):
        deliveries.is_first(f"E{n}", "C", str(n))
    assert deliveries.is_first("E2", "C", "2")


def test_the_groups_file_turns_into_the_groups_of_each_person(tmp_path: Path) -> None:
    path = tmp_path / "groups.yaml"
    path.write_text("finance: [U1, U2]\nlegal:\n  - U1\nempty: []\n")
    assert read_groups(path) == {"U1": ("finance", "legal"), "U2": ("finance",)}
    path.write_text("")
    assert read_groups(path) == {}


@pytest.mark.parametrize("written", ["- U1", "finance: U1", "finance: [1]", "{", "5: [U1]", "finance: [[U1]]"])
def test_a_groups_file_that_says_something_else_is_refused_by_name(tmp_path: Path, written: str) -> None:
    path = tmp_path / "groups.yaml"
    path.write_text(written)
    with pytest.raises(InvalidSetting, match=r"groups\.yaml"):
        read_groups(path)


def test_a_missing_groups_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"none\.yaml"):
        read_groups(tmp_path / "none.yaml")
