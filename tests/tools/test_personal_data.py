"""Personal data of a recognisable form is masked, and what is none stays readable."""

import socket
import time
from pathlib import Path

import pytest
import spacy

from tools.errors import InvalidSetting
from tools.personal_data import check_pipeline, without_personal_data


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Write to ada.l@example.org now", "Write to [email address] now"),
        ("call +31 20 123 4567 or 212-555-0143", "call [phone number] or [phone number]"),
        ("card 4111 1111 1111 1111.", "card [credit card]."),
        ("pay to NL91 ABNA 0417 1643 00", "pay to [IBAN]"),
        ("from 10.20.30.40", "from [IP address]"),
        ("ssn 536-90-4399", "ssn [us ssn]"),
    ],
)
def test_it_is_replaced_by_what_it_is(written: str, kept: str) -> None:
    assert without_personal_data(written) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A Colony customer gets a service credit of 15% below 99.95% availability. [1]",
        "What does E31 mean on firmware 4.2.1 since 2026-11-24?",
        "Costs 1,200,000.50 euros for 128 gateways in 2024–2025",
        "Lotte Verbeek approves refunds above 500 euros",
        "RFC 2616 section 4.2 and ISBN 978-3-16-148410-0",
        "naïve \u202e reversed \u200b zero \U0001f600",
    ],
)
def test_what_a_question_is_about_stays(text: str) -> None:
    assert without_personal_data(text) == text


@pytest.mark.parametrize("before", [480, 499, 505, 560, 595, 600, 601])
def test_it_is_found_wherever_it_stands_in_a_long_text(before: int) -> None:
    words = ("word " * 200)[:before].rstrip()
    assert without_personal_data(f"{words} ada@example.org, card 4111 1111 1111 1111 {words}") == (
        f"{words} [email address], card [credit card] {words}"
    )


@pytest.mark.parametrize("hostile", ["a-" * 4_000 + "@", "!" * 8_000, "1:" * 4_000, "a@a." * 2_000])
def test_no_text_takes_the_patterns_long(hostile: str) -> None:
    without_personal_data("imported")
    started = time.process_time()
    without_personal_data(hostile)
    assert time.process_time() - started < 3.0  # a single pass over the first one takes 5 s


def test_what_is_no_text_is_spelled_out() -> None:
    assert without_personal_data("odd \udcff") == "odd \\udcff"


def test_nothing_is_asked_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError(f"went to the network: {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert without_personal_data("ask grace@navy.co.uk") == "ask [email address]"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Finds two names and a place, as a trained one would."""
    made = spacy.blank("en")
    rules = made.add_pipe("entity_ruler")
    people = [{"label": "PERSON", "pattern": name} for name in ("Lotte Verbeek", "Ada Brun")]
    rules.add_patterns([*people, {"label": "GPE", "pattern": "Ghent"}])  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("pipeline")
    made.to_disk(folder)
    return str(folder)


def test_names_of_people_are_masked_by_a_pipeline_that_finds_them(pipeline: str) -> None:
    check_pipeline(pipeline)
    text = "Does Lotte Verbeek of Ghent sell the Nightfall gateway? Ask ada@example.org."
    assert without_personal_data(text, pipeline) == (
        "Does [person] of Ghent sell the Nightfall gateway? Ask [email address]."
    )
    long = "word " * 118 + "Ada Brun " + "word " * 200  # over the end of a window
    assert "Ada" not in without_personal_data(long, pipeline)
    assert without_personal_data("Lotte Verbeek") == "Lotte Verbeek"


@pytest.mark.parametrize("name", ["no_such_pipeline", "../elsewhere", "a.b", ""])
def test_a_pipeline_that_is_not_there_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidSetting, match="HOPLINE_AUDIT_NAMES_MODEL"):
        check_pipeline(name)
