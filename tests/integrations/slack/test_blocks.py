"""Whatever an answer holds, Slack takes it, and the documents' words stay words."""

import html
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.answers import Answer, Citation
from integrations.slack.blocks import (
    DECLINED,
    FAILED,
    MAX_ANSWER_CHARACTERS,
    SlackMessage,
    confidence_line,
    plain,
    render,
)
from integrations.slack.controls import Controls
from integrations.slack.wording import escaped, quoted, slack_length
from tests.integrations.slack.block_kit import LIVE, alive, problems
from tests.integrations.slack.conversations import shown as shown_in
from tests.integrations.slack.doubles import ANSWER, CITATION

LIVE_IN_SLACK = ("<!channel>", "<!here|here>", "<@U123>", "@everyone", "<#C1|general>", "<!subteam^S1>")
LINKS = ("https://evil.test", "<https://evil.test|Sign in>", "&lt;!channel&gt;")
CHARACTERS = ("<", ">", "&", "&amp;", "|", "```", "*", "_", "\x00", "\x1b[0m", "\u202e", "\ud800", "😀", "é", "مرحبا")
SHAPES = ("\n", "\n> ", ">>>", "   ", "x" * 3_100, "a. " * 1_200)
hostile = st.sampled_from([*LIVE_IN_SLACK, *LINKS, *CHARACTERS, *SHAPES])
text = st.lists(st.one_of(hostile, st.text(st.characters(), max_size=30)), max_size=8).map("".join)
citations = st.builds(
    Citation,
    marker=st.integers(1, 99),
    passage_id=text,
    source=text,
    title=text,
    locator=text,
    url=st.one_of(st.none(), text, text.map(lambda path: f"https://docs.test/{path}")),
    quote=text,
    start=st.just(0),
    end=st.just(1),
)
answers = st.builds(
    Answer,
    question=text,
    rewritten_question=text,
    status=st.sampled_from(["answered", "partial", "declined", "failed"]),
    answer=text,
    confidence=st.floats(0, 1),
    citations=st.lists(citations, max_size=4).map(tuple),
    missing=st.lists(text, max_size=3).map(tuple),
    notes=st.lists(text, max_size=3).map(tuple),
)
controls = st.one_of(
    st.none(), st.builds(Controls, job=st.integers(1, 2**63), further=st.booleans(), person=st.text(max_size=400))
)


def texts(message: SlackMessage) -> list[str]:
    return [shown_in([block]) for block in message.blocks if block["type"] in ("section", "context")]


def shown(messages: list[SlackMessage]) -> str:
    return "\n".join(written for message in messages for written in texts(message))


@settings(max_examples=40, deadline=None)
@given(answers, text, controls)
@example(ANSWER.model_copy(update={"answer": "\x00", "citations": ()}), "", None)
def test_slack_takes_every_message_of_any_answer(answer: Answer, evidence: str, buttons: Controls | None) -> None:
    messages = render(answer, evidence=evidence, controls=buttons)
    assert messages
    for message in messages:
        assert problems(message.blocks) == []
        assert message.text.strip()
        assert slack_length(message.text) <= 300
        assert alive(message.text) == []


@settings(max_examples=30, deadline=None)
@given(answers)
def test_the_only_live_things_are_the_citations_own_links(answer: Answer) -> None:
    own = {citation.url for citation in answer.citations}
    for target, _ in LIVE.findall(shown(render(answer))):
        assert target.startswith("https://docs.test/") or any(url and url[:8].lower().startswith("http") for url in own)
        assert not re.search(r"[\s<>|\"]", target)
    for message in render(answer.model_copy(update={"citations": ()})):
        assert not any(re.search("[<>]", written) for written in texts(message))


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Co", "Cn"]), min_size=1), st.integers(1, 300))
def test_no_word_of_a_long_answer_is_lost(words: str, times: int) -> None:
    said = ((words + " & <b> ") * times)[:MAX_ANSWER_CHARACTERS]
    answer = ANSWER.model_copy(update={"answer": said, "citations": (), "missing": (), "notes": ()})
    found = html.unescape(shown(render(answer)))
    assert "".join(found.split()) == "".join(said.split())


def test_sections_are_cut_between_sentences() -> None:
    said = "This is one whole sentence of the answer. " * 300
    sections = texts(render(ANSWER.model_copy(update={"answer": said, "citations": ()}))[0])
    assert len(sections) > 1
    assert all(section.endswith("answer.") for section in sections)


def test_an_entity_is_never_cut_in_two() -> None:
    sections = texts(render(ANSWER.model_copy(update={"answer": "<" * 2_000, "citations": ()}))[0])
    assert set("".join(sections).replace("&lt;", "")) == set()


def test_an_answer_beyond_all_bounds_says_that_it_was_cut() -> None:
    messages = render(ANSWER.model_copy(update={"answer": "word " * MAX_ANSWER_CHARACTERS, "citations": ()}))
    assert "too long for Slack" in shown(messages)
    assert sum(len(written) for message in messages for written in texts(message)) < MAX_ANSWER_CHARACTERS + 500


def test_sixty_sources_go_over_two_messages_and_all_are_there() -> None:
    many = tuple(CITATION.model_copy(update={"marker": n}) for n in range(1, 61))
    messages = render(ANSWER.model_copy(update={"citations": many}))
    assert [problems(message.blocks) for message in messages] == [[], []]
    assert re.findall(r"\*\[(\d+)\]\*", shown(messages)) == [str(n) for n in range(1, 61)]


def test_long_quotes_fill_messages_to_the_limit_and_not_beyond() -> None:
    long = tuple(CITATION.model_copy(update={"marker": n, "quote": "word " * 120}) for n in range(1, 41))
    messages = render(ANSWER.model_copy(update={"citations": long}))
    assert [problems(message.blocks) for message in messages] == [[]] * 3


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.test/x?y=1&z=<b>", "<https://a.test/x?y=1&amp;z=%3Cb%3E|Refunds>"),
        ("https://a.test/x|@channel", "<https://a.test/x%7C@channel|Refunds>"),
        ("https://a.test/ä b", "<https://a.test/%C3%A4%20b|Refunds>"),
        ("javascript:alert(1)", "*[1]* Refunds ·"),
        ("https://", "*[1]* Refunds ·"),
        ("https://a.test/" + "x" * 2_000, "*[1]* Refunds ·"),
        (None, "*[1]* Refunds · Approval · handbook/refunds.md"),
    ],
)
def test_a_source_links_to_web_addresses_only(url: str | None, link: str) -> None:
    assert link in shown(render(ANSWER.model_copy(update={"citations": (CITATION.model_copy(update={"url": url}),)})))


def test_a_quote_stays_on_its_line() -> None:
    sly = CITATION.model_copy(update={"quote": "All is well.\n\n*Very sure*\n<!channel>"})
    assert "> All is well. *Very sure* &lt;!channel&gt;" in shown(
        render(ANSWER.model_copy(update={"citations": (sly,)}))
    )


def test_a_row_of_a_table_is_quoted_with_its_columns_names() -> None:
    row = CITATION.model_copy(update={"quote": "| Colony | 15% |", "reading": "Plan: Colony; Credit: 15%"})
    assert "> Plan: Colony; Credit: 15%" in shown(render(ANSWER.model_copy(update={"citations": (row,)})))


def test_the_full_answer_reads_in_order() -> None:
    answer = ANSWER.model_copy(
        update={
            "status": "partial",
            "confidence": 0.62,
            "missing": ("who stands in",),
            "notes": ("1 claim was withheld",),
        }
    )
    assert shown(render(answer, evidence="From public documents.")).splitlines() == [
        "Ines approves refunds above 500 €. [1]",
        "Part of the answer · Fairly sure (62% likely to be right)",
        "*What the documents don't say*",
        "• who stands in",
        "*Please note*",
        "• 1 claim was withheld",
        "*[1]* <https://handbook.acme.test/refunds?a=1&amp;b=2|Refunds> · Approval",
        "> Ines approves refunds above 500 €.",
        "From public documents.",
    ]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("", f"{DECLINED}\n*What the documents don't say*\n• the deputy"),
        ("I can't answer this.", "I can't answer this.\n*What the documents don't say*\n• the deputy"),
        ("Nothing names the deputy.", "Nothing names the deputy."),
    ],
)
def test_a_declined_question_says_once_what_is_missing_and_claims_no_confidence(said: str, read: str) -> None:
    declined = {"status": "declined", "answer": said, "citations": (), "missing": ("the deputy",)}
    assert shown(render(ANSWER.model_copy(update=declined))) == read


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("The model m at http://10.0.0.7:80/v1 is not available (503)", "The model m is not available (503)"),
        ("The model endpoint http://10.0.0.7/v1 can't be reached", "The model endpoint can't be reached"),
        ("2 statements were withheld.", "2 statements were withheld."),
    ],
)
def test_what_failed_is_noted_without_where_it_runs(note: str, said: str) -> None:
    told = shown(render(ANSWER.model_copy(update={"notes": (note,)})))
    assert said in told
    assert "10.0.0.7" not in told


def test_a_failed_answer_shows_nothing_of_the_failure() -> None:
    failed: Any = ANSWER.model_copy(update={"status": "failed", "answer": "/srv/db", "notes": ("10.0.0.7",)})
    assert shown(render(failed)) == FAILED


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(1.0, "Very sure"), (0.9, "Very sure"), (0.89, "Sure"), (0.6, "Fairly"), (0.5, "Unsure"), (0, "Doubt")],
)
def test_confidence_is_said_in_words(confidence: float, words: str) -> None:
    assert confidence_line(ANSWER.model_copy(update={"confidence": confidence})).startswith(words)


def test_a_source_is_named_once_where_its_section_is_called_as_it_is() -> None:
    citation = CITATION.model_copy(update={"title": "Refunds", "locator": "Refunds", "url": None})
    assert shown(render(ANSWER.model_copy(update={"citations": (citation,)}))).count("Refunds") == 1


def test_small_talk_claims_no_confidence() -> None:
    assert shown(render(ANSWER.model_copy(update={"answer": "Hello!", "citations": ()}))) == "Hello!"


@given(st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" ")))
def test_escaping_leaves_nothing_but_entities(written: str) -> None:
    assert escaped(written) == html.escape(written, quote=False)


def test_a_plain_message_is_cut_to_one_section() -> None:
    message = plain("word " * 5_000)
    assert problems(message.blocks) == []
    assert texts(message)[0].endswith("…")


@given(st.text("ab \n>&", max_size=300), st.integers(10, 100))
def test_a_quote_stays_within_its_limit_whatever_its_lines(text: str, limit: int) -> None:
    quote = quoted(text, limit)
    assert slack_length(quote) <= limit
    assert all(line.startswith("> ") for line in quote.split("\n"))
