"""What people say, read out of Slack's events."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.slack.questions import Identity, addresses_others, question_of, spoken
from tests.integrations.slack.doubles import direct_message, event

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


@pytest.mark.parametrize(
    ("text", "to_others"),
    [
        ("<@UBOT> who?", False),
        ("who?", False),
        ("<@U2> who?", True),
        ("<@UBOT> ask <@U2|mara>", True),
        ("<!here>", True),
        ("<!subteam^S1|@team> look", True),
        ("see <https://a.test> and <#C1>", False),
    ],
)
def test_a_message_to_somebody_else_is_told_apart(text: str, to_others: bool) -> None:
    assert addresses_others(text, IDENTITY) is to_others
