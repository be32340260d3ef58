"""What reaches the terminal: never what a document says to the terminal itself."""

import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agent.answers import Answer, Citation, Claim, Hop
from agent.doctor import Check
from integrations.cli.answer_view import answer_lines, confidence_words, print_answer
from integrations.cli.doctor import print_checks
from integrations.cli.output import names_in, one_line, safe, to_json

ATTACKS = [
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x1b]52;c;AAAA\x1b\\",
    "\x9b31m",
    "\x1bc",
    "\x1bP1$r\x1b\\",
    "\u202e",
    "\x08",
]
DIRECTION_OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
hostile = st.lists(st.one_of(st.sampled_from(ATTACKS), st.text(max_size=8)), max_size=5).map("".join)


@given(hostile)
def test_safe_text_holds_no_control_character_whatever_goes_in(text: str) -> None:
    left = {character for character in safe(text) if unicodedata.category(character) in ("Cc", "Cs")}
    assert left <= {"\n", "\t"}
    assert "\u202e" not in safe(text)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=DIRECTION_OVERRIDES)))
def test_safe_text_leaves_ordinary_text_alone(text: str) -> None:
    assert safe(text) == text


def test_an_escape_sequence_goes_as_a_whole() -> None:
    assert safe("a\x1b[31mred\x1b[0m b\x1b]0;own the title\x07c") == "ared bc"
    assert one_line("two\nlines\tand  \x1b[2Jspace") == "two lines and space"


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(inner, max_size=2) | st.dictionaries(hostile, inner, max_size=2)


@given(st.recursive(hostile | st.integers(), nested, max_leaves=4))
def test_json_reads_back_as_it_was_and_is_safe_to_look_at(value: object) -> None:
    written = to_json(value)
    assert json.loads(written) == value
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in written)


CITATION = Citation(
    marker=1,
    passage_id="p",
    source="r.md",
    title="[red]Refunds",
    locator="p. 3",
    url="https://example.test/r",
    quote="The duty manager does.\x1b]0;x\x07",
    start=0,
    end=22,
)


def answer(**changes: object) -> Answer:
    values: dict[str, object] = {
        "question": "Who approves it?",
        "rewritten_question": "Who approves a refund?",
        "status": "partial",
        "answer": "The duty [bold]manager[/bold] does.\x1b[31m [1]",
        "confidence": 0.62,
        "citations": (CITATION,),
        "claims": (Claim(text="It is free.", markers=(), support="unsupported", score=0.1),),
        "hops": (
            Hop(n=1, kind="search", query="Who approves a refund?", passage_ids=("p",)),
            Hop(n=2, kind="link", query="the role", passage_ids=()),
        ),
        "missing": ("the amount",),
        "notes": ("the time was up",),
        "timings_ms": {"total": 1250.0, "retrieve": 1000.0},
        "run_id": "r1",
    }
    return Answer.model_validate(values | changes)


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        ({}, "· 0.00 s"),
        ({"model_calls": 1, "cost_usd": 0.0012}, "1 model call, 10 + 2 tokens · $0.0012"),
        ({"model_calls": 2, "cost_usd": 0.0012, "unpriced_calls": 1}, "2 model calls, 10 + 2 tokens · ≥ $0.0012"),
        ({"model_calls": 1, "unpriced_calls": 1}, "1 model call, 10 + 2 tokens · cost unknown"),
        ({"model_calls": 1}, "1 model call, 10 + 2 tokens · $0.0000"),
    ],
)
def test_a_cost_that_is_not_known_is_said_to_be_unknown_and_not_nothing(usage: dict[str, float], said: str) -> None:
    tokens = {"input_tokens": 10, "output_tokens": 2} if usage else {}
    [*_, last] = answer_lines(answer(usage=usage | tokens, timings_ms={}))
    assert said in last.text.plain


@pytest.mark.parametrize(
    ("asked", "understood", "shown"),
    [
        ("Hi all, quick question: whats the limit?", "what's the limit?", False),
        ("And for trips?", "What is the limit for trips?", True),
        ("Who is the manger?", "Who is the manager?", True),
        ("What is the limit?", "", False),
    ],
)
def test_a_question_is_shown_as_understood_where_that_says_something_else(
    asked: str, understood: str, shown: bool
) -> None:
    lines = [line.text.plain for line in answer_lines(answer(question=asked, rewritten_question=understood))]
    assert any(line.startswith("understood as:") for line in lines) == shown


@pytest.mark.parametrize("terminal", [True, False])
def test_an_answer_shows_everything_and_no_markup_of_a_document_is_obeyed(terminal: bool) -> None:
    console = Console(file=io.StringIO(), force_terminal=terminal, color_system=None, width=200)
    print_answer(answer(), console)
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for part in (
        "understood as: Who approves a refund?",
        "[bold]manager[/bold] does. [1]",
        "fairly sure (0.62)",
        "1 claim withheld",
        "missing: the amount",
        "note: the time was up",
        "1. searched the question",
        "→ nothing new",
        "[1] [red]Refunds · p. 3 · r.md",
        "“The duty manager does.”",
        "https://example.test/r",
        "1.25 s",
        "run r1",
    ):
        assert part in shown
    assert "\x1b]" not in shown
    assert "\x1b[31m" not in shown


def printed(shown: Answer) -> str:
    console = Console(file=io.StringIO(), force_terminal=False, width=200)
    print_answer(shown, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_a_refusal_says_is_not_said_twice() -> None:
    refusal = answer(status="declined", answer="I can't answer this. Missing: the amount.")
    assert printed(refusal).count("the amount") == 1


def test_small_talk_claims_no_confidence() -> None:
    assert "sure" not in printed(answer(status="answered", answer="Hello!", citations=(), hops=(), missing=()))


def test_lookups_of_one_hop_stand_under_its_one_number() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=200)
    hops = (
        Hop(n=1, kind="search", query="Who approves it?", passage_ids=("p",)),
        Hop(n=1, kind="search", query="Who approves a refund?", passage_ids=("p",)),
        Hop(n=1, kind="link", query="Refunds", passage_ids=()),
        Hop(n=2, kind="follow_up", query="Who is on duty?", passage_ids=()),
    )
    print_answer(answer(hops=hops), console)
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue().partition("How it was found\n")[2].splitlines()[:4]
    assert [line.partition(" →")[0] for line in shown] == [
        "  1. searched the question as asked",
        "     searched the question",
        "     followed links of Refunds",
        "  2. then asked: Who is on duty?",
    ]


def test_a_search_in_the_words_of_an_earlier_answer_is_cut_short() -> None:
    hop = Hop(n=1, kind="search", query=f"Who approves it? {'word ' * 100}", passage_ids=())
    line = next(line for line in printed(answer(hops=(hop,))).splitlines() if "searched" in line)
    assert line.startswith("  1. searched Who approves it? word")
    assert line.endswith(" … → nothing new")
    assert len(line) < 140


def test_plain_output_is_not_cut_to_a_width() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=20)
    print_answer(answer(answer="word " * 50), console)
    assert isinstance(console.file, io.StringIO)
    assert ("word " * 50).strip() in console.file.getvalue()


def test_confidence_has_words_for_every_number() -> None:
    words = [confidence_words(share / 10) for share in (0, 4, 6, 8, 10)]
    assert words == ["doubtful", "unsure", "fairly sure", "sure", "very sure"]


def test_a_long_list_of_names_says_that_there_are_more() -> None:
    assert names_in(["a", "b", "c"], at_most=2) == "a, b, …"
    assert names_in(["a\x1b[2J"], at_most=2) == "a"


def test_on_a_terminal_what_a_check_found_goes_on_below_its_beginning() -> None:
    check = Check("store", "warn", "holds nothing at all, " * 5, "Run: hopline ingest PATH, " * 5)
    printed = io.StringIO()
    print_checks([check], Console(file=printed, force_terminal=True, color_system=None, width=60))
    first, *others = printed.getvalue().splitlines()
    assert first.startswith("warn store             holds nothing")
    assert all(len(line) <= 60 and line.startswith(" " * 23) for line in others)
