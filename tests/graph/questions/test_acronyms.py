"""Acronyms and hyphens are written as the passages write them, where there is no doubt."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.questions.acronyms import written_out
from graph.questions.spelling import corrected
from tools.passages import Passage


def passages(*texts: str) -> list[Passage]:
    return [Passage(key=text, id=text, source=text, title="", text=text, end=len(text)) for text in texts]


TEXT = (
    "Trips are approved by the Chief Financial Officer. Name: Ada Brun; Role: Chief Financial Officer; Team: Legal\n"
    "The Head of the Data-Protection Office left. The Department of Motor Vehicles knows. Who Is On Call\n"
    "Use the Wi-Fi. Send an e-mail at check-in. Hanna Roth met Petra Meier. Ask the Vice President of Sales.\n"
    "Human Resources department: ask there. We re-sign and co-operate.\n"
    "Name: Ada; Team: Quality Assurance; Read the Quality Report, to-day."
)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Who is the CFO?", "Who is the Chief Financial Officer?"),
        ("What is the CFO's extension?", "What is the Chief Financial Officer's extension?"),
        (
            "does the DMV know, and the CFO?",
            "does the Department of Motor Vehicles know, and the Chief Financial Officer?",
        ),
        ("Who is the VP of Sales?", "Who is the Vice President of Sales?"),
        ("Who leads HR?", "Who leads Human Resources?"),
        ("Who leads QA?", "Who leads Quality Assurance?"),
        ("how do i join the wifi", "how do i join the Wi-Fi"),
        ("Is there WiFi?", "Is there Wi-Fi?"),
        ("Who gets the email?", "Who gets the e-mail?"),
        ("When is checkin?", "When is check-in?"),
    ],
)
def test_the_passages_spelling_is_asked_for(asked: str, meant: str) -> None:
    assert written_out(asked, passages(TEXT)) == meant
    assert corrected(asked, passages(TEXT)) == meant


def test_a_hyphen_that_no_passage_has_is_left_out() -> None:
    assert written_out("Is there Wi-Fi or e-mail?", passages("The wifi is free. Write an email.")) == (
        "Is there wifi or email?"
    )


@pytest.mark.parametrize(
    "asked",
    [
        "WHO IS THE CFO?",
        "Who Is On Call This Week",
        "What does CFO stand for?",
        "Is the CFO the Chief Financial Officer?",
        "Who is the CEO?",
        "Who is the HRX?",
        "What does PM mean here?",
        "Who is the PM?",
        "Which QR code?",
        "Do we deliver to the US?",
        "What is on CFO-1 and at cfo.example.com or CFO.md?",
        "Is the WIOC there?",
        "CFO CEO CTO COO who?",
        "How do I resign?",
        "How do we cooperate?",
        "What is Ada-Brun?",
        "wi fi",
        "Is it open today?",
        "",
    ],
)
def test_all_else_stays(asked: str) -> None:
    assert written_out(asked, passages(TEXT)) == asked


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        ("Who is the CFO?", ("The Chief Financial Officer signs.", "The CFO signs.")),
        ("Who is the CFO?", ("The Chief Financial Officer signs.", "cfos sign")),
        ("Who is the CFO?", ("The Chief Financial Officer signs.", "The C.F.O. signs.")),
        ("Who is the CFO?", ("The Chief Financial Officer signs.", "The Central Field Office is open.")),
        ("Who is the CFO?", ("The Deputy Chief Financial Officer signs.",)),
        ("Who is the CFO?", ("The chief financial officer signs.",)),
        ("Who is the CFO?", ("The Chief Financial Officers' Club meets.",)),
        ("Who is the CFO?", ("Chief\nFinancial\nOfficer",)),
        ("Who is the CFO?", ("Chief; Financial; Officer", "Chief, Financial, Officer")),
        ("Who runs HR?", ("Hanna Roth runs it.",)),
        ("Who runs the PA?", ("Read the Page. About it.",)),
        ("Is it an AMC series?", ("By Anthrax and Metal Church.", "Anthrax & Metal Church")),
        ("Is the WIN near?", ("What If Nothing Works", "Who Is Near")),
        ("Is there wifi?", ("The Wi-Fi is free.", "No wifi here.")),
        ("Is the setup long?", ("The set-up is long; SETUP is long.",)),
        ("Is there wifi?", ()),
    ],
)
def test_in_doubt_it_stays(asked: str, texts: tuple[str, ...]) -> None:
    assert written_out(asked, passages(*texts)) == asked


@pytest.mark.parametrize("piece", ["Cc ", "C", "Cc of the ", "Cc-", "wi-", "a-b", "- ", "Cc of and for "])
def test_no_text_takes_long(piece: str) -> None:
    start = time.process_time()
    written_out("Is the CCCCC or a wiwi there?", passages(piece * (100_000 // len(piece))))
    assert time.process_time() - start < 1


@given(st.text(alphabet="CFOcfo .-'\nthe wi", max_size=80), st.text(alphabet="CFOcfo .-'\nthe wi", max_size=200))
def test_what_is_written_out_stays(asked: str, text: str) -> None:
    once = written_out(asked, passages(text, TEXT))
    assert written_out(once, passages(text, TEXT)) == once
