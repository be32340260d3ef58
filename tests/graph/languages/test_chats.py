"""What is quoted from a chat: the turn that answers, with who said it and when."""

from dataclasses import replace

import pytest

from graph.chaining.chains import Chains
from graph.checking.citations import read_statements, write_statement
from graph.checking.grounding import quotes
from graph.evidence import Evidence, evidence_at
from graph.languages.extractive import compose
from graph.texts.reading import citable_in
from graph.texts.words import content_words, coverage
from tools.passages import Passage

THREAD = """# #it-help: VPN on a new laptop

**Noor Haddad** (2026-09-01 09:12 UTC): How do I get the VPN working on a new laptop? The old profile gives error 809.

**Jonas Wirth** (2026-09-01 09:15 UTC): Morning! You need a fresh profile. Ask the service desk for one.

**Noor Haddad** (2026-09-01 09:40 UTC): Thanks, works now! How long is the profile valid?

**Jonas Wirth** (2026-09-01 09:42 UTC): Two years, you get a mail before.

**Priya Nair** (2026-09-01 09:50 UTC): I'd rather use the hotspot. How about a walk at noon?
"""


def evidence_of(text: str, question: str) -> list[Evidence]:
    passage = Passage(key="k", id="p", source="it-help.md", title="#it-help: VPN on a new laptop", text=text)
    items = [evidence_at(passage, start, end, reading=reading) for start, end, reading in citable_in(passage)]
    asked = dict.fromkeys(content_words(question), 1.0)
    return [
        replace(item, number=number, relevance=0.3 + 0.5 * coverage(content_words(item.in_context), asked))
        for number, item in enumerate(items, start=1)
    ]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "How do I get the VPN working on a new laptop?",
            "Jonas Wirth (2026-09-01 09:15 UTC): Morning! You need a fresh profile. Ask the service desk for one.",
        ),
        (
            "How long is the VPN profile valid?",
            "Jonas Wirth (2026-09-01 09:42 UTC): Two years, you get a mail before.",
        ),
        ("What does Priya prefer to the VPN?", "Priya Nair (2026-09-01 09:50 UTC): I'd rather use the hotspot."),
        ("Who suggests a walk?", "Priya Nair (2026-09-01 09:50 UTC): How about a walk at noon?"),
    ],
)
def test_the_turn_that_answers_is_quoted_with_its_speaker_and_time(question: str, answer: str) -> None:
    evidence = evidence_of(THREAD, question)
    statement, *_ = compose(Chains(question, evidence))
    assert statement.text == answer
    assert quotes(statement.text, evidence)


def test_what_is_quoted_together_is_one_statement_with_one_mark() -> None:
    question = "How do I get the VPN working on a new laptop?"
    evidence = evidence_of(THREAD, question)
    statement, *_ = compose(Chains(question, evidence))
    draft = write_statement(statement.text, statement.numbers)
    assert read_statements(draft, {item.number for item in evidence}, quoted=True) == [statement]


def test_the_quote_of_a_turn_is_what_the_source_says() -> None:
    for item in evidence_of(THREAD, "VPN"):
        assert THREAD[item.start : item.end] == item.quote
