"""Citation marks: every shape is read, every invented one is gone, every sentence gets its own."""

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.checking.citations import Statement, read_statements, renumber, unsaid, write_statement, written
from graph.texts.marks import numbers_of, without_marks

KNOWN = {1, 2, 3, 5}
# Deliberately not the parser's own pattern: anything that a reader could take for a numbered reference.
REFERENCE = re.compile(
    r"[\[【〔⟦]\s*(?:(?:sources?|cite)\s*:?\s*)?\^?(\d+)(?:\s*[,;–-]\s*(?:p\.\s*)?\d+)*\s*(?:†[^\]】]*)?[\]】〕⟧]",
    re.IGNORECASE,
)
SHAPES = ["[{}]", "【{}】", "[^{}]", "[{}†source]", "【{}†L3-L5】", "[ {} ]", "[[{}]]", "[source {}]", "[Source: {}]"]
SHAPES += ["［{}］", "[#{}]", "<sup>{}</sup>", "(source {})", "[Source {0}, Source {0}]", "[{0} and {0}]"]
SHAPES += ["([{}])", "**[{}]**", "\\[{}\\]", "〔{}〕", "⟦{}⟧", "[cite: {}]", "[{}, p. 3]", "[{0}], [{0}]"]


def read(draft: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.text, one.numbers) for one in read_statements(draft, KNOWN)]


@pytest.mark.parametrize(
    ("draft", "numbers"),
    [
        ("Ada leads Finance [1].", (1,)),
        ("Ada leads Finance. [1]", (1,)),
        ("Ada leads Finance.[1]", (1,)),
        ("Ada [1] leads Finance.", (1,)),
        ("Ada leads Finance [1,3].", (1, 3)),
        ("Ada leads Finance [1; 3].", (1, 3)),
        ("Ada leads Finance [1-3].", (1, 2, 3)),
        ("Ada leads Finance [1–3].", (1, 2, 3)),
        ("Ada leads Finance [2][1].", (2, 1)),
        ("Ada leads Finance [2] [1] [2].", (2, 1)),
        ("Ada leads Finance【1】.", (1,)),
        ("Ada leads Finance [^1].", (1,)),
        ("Ada leads Finance [1†source].", (1,)),
        ("Ada leads Finance【1:0†source】.", (1,)),
        ("Ada leads Finance [[1]].", (1,)),
        ("Ada leads Finance [1](https://example.org/a).", (1,)),
        ("Ada leads Finance [Sources: 1, 3].", (1, 3)),
        ("Ada leads Finance ［1］.", (1,)),
        ("Ada leads Finance [１，３].", (1, 3)),
        ("Ada leads Finance [1 and 3].", (1, 3)),
        ("Ada leads Finance [1, 2 and 3].", (1, 2, 3)),
        ("Ada leads Finance [1 to 3].", (1, 2, 3)),
        ("Ada leads Finance [Source 1, Source 3].", (1, 3)),
        ("Ada leads Finance (source 1).", (1,)),
        ("Ada leads Finance [#1][doc 3].", (1, 3)),
        ("Ada leads Finance.^1", (1,)),
        ("Ada leads Finance^1.", (1,)),
        ("Ada leads Finance<sup>1</sup>.", (1,)),
        ("Ada leads Finance.¹", (1,)),
        ("Ada leads Finance³,⁵.", (3, 5)),
        ("Ada leads Finance [¹].", (1,)),
        ("Ada leads Finance [١].", (1,)),
        ("Ada leads Finance [\u202a1\u202c].", (1,)),
        ("Ada leads Finance \\[1\\].", (1,)),
        ("Ada leads Finance 〔1〕〖2〗⟦3⟧.", (1, 2, 3)),
        ("Ada leads Finance [1], [3].", (1, 3)),
        ("Ada leads Finance [1] and [3].", (1, 3)),
        ("Ada leads Finance ([1], [3]).", (1, 3)),
        ("Ada leads Finance (see [1]).", (1,)),
        ("Ada leads Finance [[1], [3]].", (1, 3)),
        ("Ada leads Finance [[1][3]].", (1, 3)),
        ("Ada leads Finance **[1]**.", (1,)),
        ("Ada leads Finance `[1]`.", (1,)),
        ("Ada leads Finance <sup>[1]</sup>.", (1,)),
        ("Ada leads Finance [1|3].", (1, 3)),
        ("Ada leads Finance [1 3].", (1, 3)),
        ("Ada leads Finance [cite: 1, 3].", (1, 3)),
        ("Ada leads Finance [1, p. 4].", (1,)),
        ("Ada leads Finance [7, pp. 1–3].", ()),
        ("Ada leads Finance (sources 1 and 3).", (1, 3)),
        ("Ada leads Finance (1).", (1,)),
        ("Ada leads Finance (1, 3).", (1, 3)),
        ("Ada leads Finance. (1)", (1,)),
        ("Ada leads Finance [1\u20113].", (1, 2, 3)),
        ("Ada leads Finance [１－３].", (1, 2, 3)),
        ("Ada leads Finance [1~3].", (1, 2, 3)),
        ("Ada leads Finance [1 through 3].", (1, 2, 3)),
        ("Ada leads Finance [1 or 3].", (1, 3)),
        ("Ada leads Finance [1]-[3].", (1, 2, 3)),
        ("Ada leads Finance ([1] – [3]).", (1, 2, 3)),
        ("Ada leads Finance [1],[3] and [2].", (1, 3, 2)),
        ("Ada leads Finance. [1].", (1,)),
        ("Ada leads Finance. [1][3].", (1, 3)),
        ("Ada leads Finance [^1^].", (1,)),
        ("Ada leads Finance^[1].", (1,)),
        ("Ada leads Finance^[1,3]^.", (1, 3)),
        ("Ada leads Finance ^1.", (1,)),
        ("Ada leads Finance ¹.", (1,)),
        ("Ada leads Finance. ¹", (1,)),
        ("Ada leads Finance⁽¹⁾.", (1,)),
        ("Ada leads Finance [**1**].", (1,)),
        ("Ada leads Finance _[1]_.", (1,)),
        ("Ada leads Finance $[1]$.", (1,)),
        ("Ada leads Finance [1](finance/roles.md).", (1,)),
        ('Ada leads Finance [1](https://example.org/a "Roles").', (1,)),
        ("Ada leads Finance [passage_1][doc_3].", (1, 3)),
        ("Ada leads Finance [see 1].", (1,)),
        ("Ada leads Finance [Snippet 1][Footnote 3].", (1, 3)),
        ("Ada leads Finance [1, §2].", (1,)),
        ("Ada leads Finance [1, lines 3-4].", (1,)),
        ("Ada leads Finance <cite>1</cite>.", (1,)),
        ("Ada leads Finance <ref>[1, 3]</ref>.", (1, 3)),
        ("Ada leads Finance [4].", ()),
        ("Ada leads Finance [1][4].", (1,)),
        ("Ada leads Finance [12345].", ()),
        ("Ada leads Finance [" + "9" * 5_000 + "].", ()),
    ],
)
def test_a_mark_is_read_in_every_shape(draft: str, numbers: tuple[int, ...]) -> None:
    assert read(draft) == [("Ada leads Finance.", numbers)]


@pytest.mark.parametrize(
    "bracket", ["[sic]", "[see below]", "[...]", "[a]", "[2nd floor]", "[x1]", "[]", "[E31]", "[2–]"]
)
def test_a_bracket_that_is_no_mark_stays(bracket: str) -> None:
    assert read(f"Ada leads {bracket} Finance [1].") == [(f"Ada leads {bracket} Finance.", (1,))]


@pytest.mark.parametrize(
    ("draft", "owners"),
    [
        ("Ada leads Finance [1]. Brun leads Sales [2].", [(1,), (2,)]),
        ("Ada leads Finance. [1] Brun leads Sales. [2]", [(1,), (2,)]),
        ("Ada leads Finance.[1]Brun leads Sales.[2]", [(1,), (2,)]),
        ("Ada leads Finance.¹Brun leads Sales.²", [(1,), (2,)]),
        ("[1] Ada leads Finance. [2] Brun leads Sales.", [(1,), (2,)]),
        ("[1] Ada leads Finance.\n[2] Brun leads Sales.", [(1,), (2,)]),
        ("[1] Ada leads Finance [2].\nBrun leads Sales.", [(1, 2), ()]),
        ("- [1] Ada leads Finance\n- [2] Brun leads Sales", [(1,), (2,)]),
        ("1. [1] Ada leads Finance\n2. [2] Brun leads Sales", [(1,), (2,)]),
        ("Ada leads Finance.\n[1]\nBrun leads Sales.\n[2]", [(1,), (2,)]),
        ("The facts are:\n[1] Ada leads Finance.\n[2] Brun leads Sales.", [(1,), (2,)]),
        ("Ada leads Finance [1].\n\nBrun leads Sales.", [(1,), ()]),
    ],
)
def test_a_mark_belongs_to_its_own_sentence(draft: str, owners: list[tuple[int, ...]]) -> None:
    statements = read(draft)
    assert [numbers for _, numbers in statements] == owners
    assert ["Finance" in text for text, _ in statements] == [True, False]


@pytest.mark.parametrize(
    "listed", ["Sources:\n[1] roles.md\n[2] sales.md", "**Sources:** [1], [2]", "# References\n- [1] roles.md"]
)
def test_a_list_of_sources_at_the_end_is_no_statement(listed: str) -> None:
    assert read(f"Ada leads Finance [1].\n\n{listed}") == [("Ada leads Finance.", (1,))]


def test_a_sentence_about_sources_is_a_statement() -> None:
    assert read("Ada leads Finance [1].\nSources [2] say so too.")[-1] == ("Sources say so too.", (2,))


@pytest.mark.parametrize(
    "draft",
    [
        *("Section 4 (2) applies (1).", "Ada leads Finance (7).", "10^6 is large.", "It has 3 m^2.", "It has 5 km^2."),
        *("It has 5 km² of land.", "E = mc² holds.", "(a + b)² is larger.", "(1 + r)^2 is larger."),
    ],
)
def test_a_number_that_may_be_text_stays_text(draft: str) -> None:
    assert read(draft) == [(draft, ())]


def test_a_year_within_a_sentence_loses_its_brackets_and_not_itself() -> None:
    assert read("The [2024] plan is Ada's [1].") == [("The 2024 plan is Ada's.", (1,))]
    assert read("Ada leads Finance since then [2024].") == [("Ada leads Finance since then.", ())]
    assert without_marks("As of [2023] she leads [7] Finance.") == "As of 2023 she leads Finance."


@pytest.mark.parametrize("half", [" [1", " [source 2", "【4†so", " [1, 2", " ［３"])
def test_half_a_mark_where_a_reply_was_cut_is_not_shown(half: str) -> None:
    assert read(f"Ada leads Finance{half}") == [("Ada leads Finance", ())]
    assert read(f"Ada leads Finance.{half}\n\nBrun follows [2].") == [
        ("Ada leads Finance.", ()),
        ("Brun follows.", (2,)),
    ]
    assert without_marks(f"Ada leads Finance{half}") == "Ada leads Finance"


def test_words_from_right_to_left_keep_their_marks() -> None:
    draft = "\u202bעדה מנהלת כספים [1]\u202c. ברון מנהל מכירות [2]."
    assert read(draft) == [("עדה מנהלת כספים.", (1,)), ("ברון מנהל מכירות.", (2,))]


def test_numbers_in_parentheses_are_text_beside_real_marks() -> None:
    assert read("Rule 4 (2) applies [1].") == [("Rule 4 (2) applies.", (1,))]
    assert read("Ada leads. (1) Brun follows. (2)") == [("Ada leads.", (1,)), ("Brun follows.", (2,))]


def test_marks_alone_state_nothing() -> None:
    assert read("[1][2]") == read(" \n ") == read("") == read("... [1] !") == []


def test_words_that_a_mark_held_apart_stay_apart() -> None:
    assert read("Ada[1][2]leads Finance.") == [("Ada leads Finance.", (1, 2))]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.sampled_from(SHAPES), st.booleans())
def test_known_numbers_are_kept_in_their_order(numbers: list[int], shape: str, behind_the_stop: bool) -> None:
    marks = "".join(shape.format(number) for number in numbers)
    draft = f"Ada leads Finance. {marks}" if behind_the_stop else f"Ada leads Finance {marks}."
    expected = tuple(dict.fromkeys(number for number in numbers if number in KNOWN))
    assert read_statements(draft, KNOWN) == [Statement("Ada leads Finance.", expected)]


@settings(max_examples=300)
@given(st.text(alphabet="[]【】〔〕()^,;-–: †\n.aB01259²sourceé\\*\u200b\ud800", max_size=60))
def test_nothing_that_reads_as_a_mark_survives(text: str) -> None:
    for statement in read_statements(text, KNOWN):
        assert set(statement.numbers) <= KNOWN
        assert not REFERENCE.search(statement.text)
    assert not REFERENCE.search(without_marks(text))


@pytest.mark.parametrize("nested", ["[1[2]]", "[[9]9]", "[source[2]: 1]", "【[1]1】", "[[[1]]]", "[1†[2]x]"])
def test_a_mark_can_not_hide_inside_another(nested: str) -> None:
    assert not REFERENCE.search(without_marks(f"As proven {nested} by all."))
    assert not any(REFERENCE.search(text) for text, _ in read(f"As proven {nested} by all."))


def test_ten_thousand_fuzzed_replies_show_no_invented_number() -> None:
    dice = random.Random(7)
    words = ["Ada", "leads", "Finance", "the", "plan", "is", "Ünal", "東京", "e.g.", "3.5", "no"]
    glue = [" ", " ", " ", ". ", ".\n", "\n- ", "\n\n", ": ", "", "?\n", "。"]
    wrecks = ["[", "]", "[]", "[1", "1]", "[,]", "[1,,2]", "[sic]", "[-1]", "[0]", "(1)", "[9999999999]", "[²]"]
    for _ in range(10_000):
        pieces: list[str] = []
        for _ in range(dice.randint(1, 9)):
            mark = dice.choice(SHAPES).format(dice.randint(0, 12))
            pieces += [dice.choice([*words, *words, mark, mark, dice.choice(wrecks)]), dice.choice(glue)]
        draft = "".join(pieces)
        statements = read_statements(draft, KNOWN)
        markers = renumber([one.numbers for one in statements])
        shown = " ".join(write_statement(one.text, [markers[n] for n in one.numbers]) for one in statements)
        assert set(markers) <= KNOWN
        assert {int(found) for found in REFERENCE.findall(shown)} <= set(markers.values()), draft


def test_a_long_run_of_spaces_or_brackets_takes_no_time() -> None:
    started = time.process_time()
    for text in (" " * 50_000 + "x", "[" * 50_000, "[1" * 20_000, "[1-" * 20_000):
        without_marks(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("unit", ["[1]", "[1] ", "a [1]. ", "[1] a. ", "(1)", "a (1). ", ". (1)", "\n", "- [1]\n"])
def test_a_model_that_repeats_itself_holds_nobody_up(unit: str) -> None:
    assert all(one.numbers in ((), (1,)) for one in read_statements(unit * (20_000 // len(unit)), KNOWN))


def test_marks_alone_on_a_line_belong_to_the_sentence_before() -> None:
    assert read("The fee is 3.\n[1]¹\nIt rises.") == [("The fee is 3.", (1,)), ("It rises.", ())]


@given(st.lists(st.lists(st.integers(1, 40), max_size=4), max_size=6))
def test_markers_count_from_one_in_order_of_appearance(used: list[list[int]]) -> None:
    markers = renumber(used)
    assert list(markers.values()) == list(range(1, len(markers) + 1))
    assert list(markers) == list(dict.fromkeys(number for numbers in used for number in numbers))


def test_a_range_backwards_or_endless_counts_its_ends() -> None:
    assert numbers_of("3-1") == (3, 1)
    assert numbers_of("1-9999") == (1, 9999)
    assert numbers_of("1, 3-5") == (1, 3, 4, 5)
    assert numbers_of("9" * 5_000 + ", 2") == (2,)


@given(st.text(max_size=80), st.lists(st.integers(1, 5), max_size=3))
def test_what_is_written_is_read_back(text: str, markers: list[int]) -> None:
    written = write_statement("Ada leads Finance.", markers)
    assert read_statements(written, KNOWN)[0].numbers == tuple(dict.fromkeys(n for n in markers if n in KNOWN))


def test_each_item_of_a_list_begins_a_line() -> None:
    assert written(["First: [1]", "1. Ask. [1]", "2. Go. [2]"]) == "First: [1]\n1. Ask. [1]\n2. Go. [2]"


def test_what_follows_a_list_or_leads_one_in_begins_a_paragraph() -> None:
    said = ["Two ways. [1]", "**By car:** [2]", "- Turn left. [2]", "Parking is free. [3]", "It is dark. [3]"]

    assert written(said) == (
        "Two ways. [1]\n\n**By car:** [2]\n- Turn left. [2]\n\nParking is free. [3] It is dark. [3]"
    )
    assert written(["In 2024. [1]", "2024 was dry. [1]"]) == "In 2024. [1] 2024 was dry. [1]"


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("Ada: x; Bo: y; Cy [1][2].", [("- Ada: x", (1, 2)), ("- Bo: y", (1, 2)), ("- Cy.", (1, 2))]),
        ("Ada: x [1]; Bo: y [2]; Cy [3].", [("- Ada: x", (1, 2, 3)), ("- Bo: y", (1, 2, 3)), ("- Cy.", (1, 2, 3))]),
        ("Ada; Bo [1].", [("Ada; Bo.", (1,))]),
        ("Ada (a; b; c; d) [1].", [("Ada (a; b; c; d).", (1,))]),
        ("* Ada [1]\n• Bo [2]", [("- Ada", (1,)), ("- Bo", (2,))]),
        ("−5 °C; -3 °C [1]", [("−5 °C; -3 °C", (1,))]),
    ],
)
def test_the_clauses_of_a_list_are_statements_of_their_own(
    draft: str, expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    said = [part for one in read_statements(draft, KNOWN) for part in one.in_clauses()]
    assert [(one.text, one.numbers) for one in said] == expected


def test_a_quoted_sentence_is_one_statement_whatever_stands_in_it() -> None:
    (one,) = read_statements("* Ada: x; Bo: y; Cy: z. [1]", KNOWN, quoted=True)
    assert one.in_clauses() == [one]
    assert one.text == "* Ada: x; Bo: y; Cy: z."


def test_what_leads_in_a_list_has_the_marks_of_the_list() -> None:
    lead, *items = read_statements("Who:\n- Ada [1]\n- Bo [2]\nThat is all [3].", KNOWN)
    assert (lead.text, lead.numbers, lead.leads) == ("Who:", (1, 2), True)
    assert [item.leads for item in items] == [False, False, False]
    assert [item.lead for item in items] == ["Who:", "Who:", ""]
    (own, *_), (behind, *_) = (
        read_statements(f"{line}\n- Ada [1]\n- Bo [2]", KNOWN) for line in ("Who: [3]", "Who [3]:")
    )
    assert [(one.text, one.numbers, one.leads) for one in (own, behind)] == [("Who:", (3,), True)] * 2
    assert [one.text for one in read_statements("The facts are:\nAda leads [1].", KNOWN)] == ["Ada leads."]


def test_the_number_of_a_ticket_is_no_mark() -> None:
    assert without_marks("The crash is mended (#798). Ask Ada (#3).") == "The crash is mended (#798). Ask Ada."


@pytest.mark.parametrize(
    ("draft", "kept", "missing"),
    [
        (
            "- Pay for a week: not stated\n- Rota: after twelve weeks [1]",
            ["- Rota: after twelve weeks"],
            "Pay for a week",
        ),
        ("Ada leads [1]. The pay is not specified in the documents.", ["Ada leads."], "The pay"),
        ("Ada leads [1]. The sentences do not mention her pay.", ["Ada leads."], "her pay"),
        ("Ada leads [1]. Who is paid, and when, is not stated.", ["Ada leads."], "Who is paid, and when"),
        ("**Pay:** not stated.", [], "Pay"),
        ("Pay: not stated; rota: after a year.", ["Pay: not stated; rota: after a year."], ""),
        ("There is no such setting; not stated", [], "There is no such setting"),
        ("The pay is not stated in the advert [1].", ["The pay is not stated in the advert."], ""),
        ("Whatever is not stated in writing is void.", ["Whatever is not stated in writing is void."], ""),
    ],
)
def test_what_only_says_that_something_is_not_stated_is_no_statement(draft: str, kept: list[str], missing: str) -> None:
    assert [one.text for one in read_statements(draft, KNOWN)] == kept
    assert "".join(unsaid(draft, KNOWN)) == missing
    assert len(read_statements(draft, KNOWN, quoted=True)) == len(kept) + bool(missing)
