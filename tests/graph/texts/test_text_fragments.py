"""Links that open at the quote, as the specification of text fragments writes them."""

import time
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.evidence import Evidence
from graph.texts.text_fragments import MAX_URL_CHARACTERS, link_of, text_directive
from tools.passages import Passage

PAGE = "https://example.org/handbook/leave"


def quoted(text: str, quote: str, url: str | None = PAGE, *, at: int = 0, page: int | None = None) -> Evidence:
    start = text.index(quote, at)
    passage = Passage(key="k", id="k", source="k.md", title="Leave", text=text, url=url, start=100, page=page)
    return Evidence(1, passage, quote, 100 + start, 100 + start + len(quote))


@pytest.mark.parametrize(
    ("text", "quote", "link"),
    [
        ("Leave is 30 days.", "Leave is 30 days.", "text=Leave%20is%2030%20days."),
        (
            "A well-paid, good & new job.",
            "A well-paid, good & new job.",
            "text=A%20well%2Dpaid%2C%20good%20%26%20new%20job.",
        ),
        (
            "Ask **Ada** at [the desk](desk.md).",
            "Ask **Ada** at [the desk](desk.md).",
            "text=Ask%20Ada%20at%20the%20desk.",
        ),
        (
            "With *double* cream, ~~no~~ _extra_ nuts.",
            "With *double* cream, ~~no~~ _extra_ nuts.",
            "text=With%20double%20cream%2C%20no%20extra%20nuts.",
        ),
        (
            "Use max_open_files, 2 * 3 \\* 4.",
            "Use max_open_files, 2 * 3 \\* 4.",
            "text=Use%20max_open_files%2C%202%20%2A%203%20%2A%204.",
        ),
        ("R&amp;D sits<br><b>in</b> Aarhus.", "R&amp;D sits<br><b>in</b> Aarhus.", "text=R%26D%20sits%20in%20Aarhus."),
        ("See <https://e.org/a> first.", "See <https://e.org/a> first.", "text=See%20https%3A%2F%2Fe.org%2Fa%20first."),
        ("Ask [the desk][1] twice.", "Ask [the desk][1] twice.", "text=Ask%20the%20desk%20twice."),
        (
            "- Pack the bag.\n- Lock the door.",
            "- Pack the bag.\n- Lock the door.",
            "text=Pack%20the%20bag.,Lock%20the%20door.",
        ),
        ("One line\nand the next.", "One line\nand the next.", "text=One%20line%20and%20the%20next."),
        ("| a | the longest cell |", "| a | the longest cell |", "text=the%20longest%20cell"),
    ],
)
def test_a_quote_is_named_as_it_looks_on_the_page(text: str, quote: str, link: str) -> None:
    assert link_of(quoted(text, quote)) == f"{PAGE}#:~:{link}"


def test_a_long_quote_is_named_by_both_ends() -> None:
    quote = " ".join(f"word{n}" for n in range(40)) + "."
    directive = text_directive(quote, 0, len(quote))
    assert unquote(directive) == "text=word0 word1 word2 word3 word4,word35 word36 word37 word38 word39."


def test_words_that_stand_twice_are_named_with_their_neighbours() -> None:
    text = "In Europe: It takes 3 days. In Asia: It takes 3 days. Ask Ada."
    link = link_of(quoted(text, "It takes 3 days.", at=30))
    assert link is not None
    assert unquote(link) == f"{PAGE}#:~:text=days. In Asia:-,It takes 3 days.,-Ask Ada."


@pytest.mark.parametrize("url", [None, "", "leave.md", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x"])
def test_only_web_addresses_are_links(url: str | None) -> None:
    assert link_of(quoted("Leave is 30 days.", "Leave is 30 days.", url)) is None


def test_an_anchor_is_kept_and_another_directive_is_not() -> None:
    assert link_of(quoted("One.", "One.", f"{PAGE}#top")) == f"{PAGE}#top:~:text=One."
    assert link_of(quoted("One.", "One.", f"{PAGE}#top:~:text=Two")) == f"{PAGE}#top:~:text=One."


def test_a_pdf_opens_at_its_page() -> None:
    assert link_of(quoted("One.", "One.", "https://e.org/a.pdf", page=7)) == "https://e.org/a.pdf#page=7"
    assert link_of(quoted("One.", "One.", "https://e.org/a.pdf")) == "https://e.org/a.pdf"


@given(st.text(min_size=1, max_size=300), st.text(max_size=50), st.text(max_size=50))
def test_a_directive_never_breaks_its_link(quote: str, before: str, after: str) -> None:
    directive = text_directive(before + quote + after, len(before), len(before) + len(quote))
    assert not set(directive) & set(" \n\t<>\"'`|()[]{}#&")
    assert len(directive) < MAX_URL_CHARACTERS * 3
    assert directive == "" or directive.startswith("text=")


def test_empty_lines_by_the_thousand_cost_a_link_no_time() -> None:
    text = "\n" * 16_000 + "Leave is 30 days."
    start = time.process_time()
    assert link_of(quoted(text, "Leave is 30 days.")) == f"{PAGE}#:~:text=Leave%20is%2030%20days."
    assert time.process_time() - start < 2
