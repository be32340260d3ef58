"""How a sentence is read: markup gone, rows under their columns, what is said in a transcript under who says it."""

import time

import pytest

from graph.texts.reading import is_citable, reading_of
from tools.passages import Passage
from tools.sentences import split_sentences

CHAT = "Time: 20260422_08:21\nAdaLovelace: Hey Mary! The lecture is on Saturday at 7 PM.\nMary Shelley: I'll be there."


def read(text: str, sentence: str) -> str:
    passage = Passage(key="k", id="p", source="chat.md", title="Chat", text=text)
    start = text.index(sentence)
    return reading_of(passage, start, start + len(sentence))


@pytest.mark.parametrize(
    ("sentence", "reading"),
    [
        ("The lecture is on Saturday at 7 PM.", "Ada Lovelace: The lecture is on Saturday at 7 PM."),
        ("AdaLovelace: Hey Mary!", "Ada Lovelace: Hey Mary!"),
        ("Mary Shelley: I'll be there.", "Mary Shelley: I'll be there."),
    ],
)
def test_every_sentence_of_a_turn_is_its_speaker_s(sentence: str, reading: str) -> None:
    assert read(CHAT, sentence) == reading


@pytest.mark.parametrize(
    "text", ["Refunds take two days. They are free.", "Note that this holds: always.", "see also: the handbook. More."]
)
def test_prose_is_read_as_it_stands(text: str) -> None:
    sentence = text.partition(". ")[0].rstrip(".") + "."
    assert read(text, sentence) == sentence


RULES = (
    "Processors: Stripe (payments), Hetzner (hosting). A new processor needs the agreement of Yusuf Demir.\n"
    "Retention: Invoices stay for ten years. Positions go after 14 days.\n"
    "Note: This is the policy of 2026. Older ones are void.\n"
    "Note: Ask first. Then act."
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (RULES.partition("\n")[0], "A new processor needs the agreement of Yusuf Demir."),
        (RULES, "A new processor needs the agreement of Yusuf Demir."),
        (RULES, "Positions go after 14 days."),
        (RULES, "Older ones are void."),
        ("# Meeting\nPresent: Ada Brun, Otto Falk. Absent: Lotte V.", "Absent: Lotte V."),
        ("GitHub: Our code is there. A new one needs approval.\nThe rest is elsewhere.", "A new one needs approval."),
        ("Q: Is it insured? We ask.\nA: Yes! Theft is insured.\nQ: Is it? Tell me.\nA: No.", "Theft is insured."),
    ],
)
def test_what_a_label_opens_is_nobody_s_word(text: str, sentence: str) -> None:
    assert read(text, sentence) == sentence


@pytest.mark.parametrize(
    ("text", "sentence", "reading"),
    [
        ("Alice: I am here. Come!\nBob: Hello. I come.", "Come!", "Alice: Come!"),
        ("Time: 20260422_08:21\nAlice: The bread is here. Come soon.", "Come soon.", "Alice: Come soon."),
        ("Alice: It is here. Fine.\nBob: Thanks.\nAlice: Good.", "Fine.", "Alice: Fine."),
        ("Ada Brun: It is late. We stop.\nOtto Falk: Fine.", "We stop.", "Ada Brun: We stop."),
        ("and so we met.\nLiHua: Thanks! See you then.", "See you then.", "Li Hua: See you then."),
        ("LiHua: Thanks. See you then.", "See you then.", "Li Hua: See you then."),
    ],
)
def test_whose_words_they_are_shows_in_the_lines_around(text: str, sentence: str, reading: str) -> None:
    assert read(text, sentence) == reading


def test_a_turn_that_was_cut_from_its_speaker_is_read_as_it_stands() -> None:
    assert read("and so we met there. Fine.", "Fine.") == "Fine."


@pytest.mark.parametrize(
    ("sentence", "reading"),
    [
        ("*.example.org and *.example.net expire in May.", "*.example.org and *.example.net expire in May."),
        ("It costs 5 EUR* where 2*3*4 fit.", "It costs 5 EUR* where 2*3*4 fit."),
        ("Open the *Card* page, **not** `src/**/*.py`.", "Open the Card page, not src/**/*.py."),
        ("Call `a__b__c`, not __d__.", "Call a__b__c, not d."),
        ("**Only *today* and __here__**.", "Only today and here."),
        ("**Ask first.", "Ask first."),
        ("Then act.**", "Then act."),
        ("** Three months.", "Three months."),
        ("> Nordhelm offers 11.80 a month.", "Nordhelm offers 11.80 a month."),
        ("> > They asked\n> > for more.", "They asked for more."),
        ("> 90 days it is overdue.", "> 90 days it is overdue."),
        ("2. Switch off:\n   - the light;\n   - the heating.", "Switch off: the light; the heating."),
    ],
)
def test_marks_of_emphasis_come_in_pairs(sentence: str, reading: str) -> None:
    assert read(sentence, sentence) == reading


@pytest.mark.parametrize("hostile", ["*a" * 4_000, "**a " * 4_000, "*a_ __b` " * 2_000, "*a *b" * 400 + "b* a*" * 400])
def test_endless_marks_are_read_in_time(hostile: str) -> None:
    started = time.monotonic()
    read(hostile, hostile)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("item", "reading"),
    [
        ("- [ ] Guests may park here.", "To do: Guests may park here."),
        ("- [x] Guests may park here.", "Done: Guests may park here."),
        ("1. [X] Call Ada.", "Done: Call Ada."),
        ("- [] is an empty list.", "[] is an empty list."),
    ],
)
def test_whether_a_task_is_done_is_said(item: str, reading: str) -> None:
    assert read(f"# Tasks\n\n{item}", item) == reading


ABOVE = "On Mon, 9 Mar 2026 at 09:05, Ada Brun wrote:"
LABELLED = "# Leaving\n\n**Notice period.** Three months.\n\n**Data.** A week later all of it is gone.\n"


@pytest.mark.parametrize(
    ("text", "sentence", "citable"),
    [
        (LABELLED, "**Notice period.**", False),
        (LABELLED, "**Notice period.", False),
        (LABELLED, "Three months.", True),
        ("# Leaving\n\n**Not now.** It is forbidden.\n", "**Not now.**", True),
        (f"Fine.\n\n{ABOVE}\n> We move.", ABOVE, False),
        ("Handbook › People › Leaving", "Handbook › People › Leaving", False),
        ("Home > Leaving", "Home > Leaving", False),
        ("Choose Device › Service › Battery.", "Choose Device › Service › Battery.", True),
        ("Settings > People > Add somebody", "Settings > People > Add somebody", True),
        ("On Monday at 9, Ada Brun wrote to all guests.", "On Monday at 9, Ada Brun wrote to all guests.", True),
    ],
)
def test_what_says_nothing_by_itself_is_not_cited(text: str, sentence: str, citable: bool) -> None:
    passage = Passage(key="k", id="p", source="leaving.md", title="Leaving", text=text)
    start = text.index(sentence)
    assert is_citable(passage, start, start + len(sentence)) is citable


REPORT = "**Cause.** A limit switch was corroded. It was replaced.\n\n**What we changed.** The switch is tested weekly."


def test_the_first_sentence_of_a_labelled_paragraph_is_read_under_its_label() -> None:
    assert read(REPORT, "A limit switch was corroded.") == "Cause: A limit switch was corroded."
    assert read(REPORT, "It was replaced.") == "It was replaced."
    assert read(REPORT, "The switch is tested weekly.") == "What we changed: The switch is tested weekly."


def test_one_label_in_bold_is_emphasis() -> None:
    assert read("**Never.** Not even once.", "Not even once.") == "Not even once."


def test_a_first_column_without_a_name_is_not_called_by_its_place() -> None:
    row = "column 1: Call sign; MV Bracken: MBRK1"
    assert read(row, row) == "Call sign; MV Bracken: MBRK1"


@pytest.mark.parametrize(
    ("opening", "item", "reading"),
    [
        ("What we don't pay:\n\n", "Parking fines.", "What we don't pay: Parking fines."),
        ("Not covered:\n- Glass\n", "Water", "Not covered: Water"),
        ("# Exceptions\n\n", "Express parcels", "Exceptions: Express parcels"),
        ("## We never\n\n- sell data\n", "lend keys", "We never: lend keys"),
        ("What we pay:\n\n", "Parking fines.", "Parking fines."),
        ("We do not pay all of it.\n\n", "Parking fines.", "Parking fines."),
        ("If it does not start:\n\n", "Wait an hour.", "Wait an hour."),
        ("Can't log in?\n\n", "Wait an hour.", "Wait an hour."),
        ("# Can't log in?\n\n", "Wait an hour.", "Wait an hour."),
        ("Not covered:\n\n", "Alcohol is not paid.", "Alcohol is not paid."),
    ],
)
def test_an_item_of_what_is_not_says_so(opening: str, item: str, reading: str) -> None:
    text = f"{opening}- {item}\n"
    headings = (opening.strip("# \n"),) if opening.startswith("#") else ()
    title = headings[0].split("\n")[0] if headings else ""
    passage = Passage(key="k", id="p", source="a.md", title="Rules", text=text, headings=(title,) if title else ())
    start = text.index(f"- {item}")
    assert reading_of(passage, start, start + len(item) + 2) == reading


def test_what_stands_right_under_such_a_heading_says_so() -> None:
    text = "## What we don't pay\n\nParking fines and minibar. Nor upgrades.\n\nTaxis are paid.\n"
    passage = Passage(key="k", id="p", source="a.md", title="Rules", text=text, headings=("What we don't pay",))
    readings = [reading_of(passage, a, b) for a, b in split_sentences(text)[1:]]
    assert readings == ["What we don't pay: Parking fines and minibar.", "Nor upgrades.", "Taxis are paid."]


def test_prose_below_such_a_list_is_read_as_it_stands() -> None:
    text = "Not covered:\n- Glass\n\nWater is covered."
    assert read(text, "Water is covered.") == "Water is covered."


def test_a_label_with_what_it_says_is_more_than_a_label() -> None:
    text = "- Director: Signe Aaberg\n- Our staff\n"
    passage = Passage(key="k", id="p", source="staff.md", title="Staff", text=text)
    assert [is_citable(passage, *span) for span in split_sentences(text)] == [True, False]
