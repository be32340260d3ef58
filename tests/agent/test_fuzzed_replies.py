"""Whatever a model replies, a reader sees no mark, quotation or source that stands for nothing.

Replies are thrown together from the documents' own sentences, bent ones, marks in every shape, halves of marks and
made-up quotations, and go through the steps between a model and a reader: the stream, `validate`, `score`, the answer.
"""

import random
import re
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest
from langgraph.runtime import Runtime

from agent.answers import Answer
from agent.reporting import answer_of
from graph.checking.drafting import DraftReader
from graph.confidence import Calibration
from graph.deps import Deps
from graph.evidence import Evidence
from graph.languages.extractive import ExtractiveLanguage
from graph.score import score
from graph.state import Context, State
from graph.validate import validate
from tests.doubles import HashEmbedder, MemoryStore
from tools.knowledge import Knowledge
from tools.passages import Passage
from tools.ports import ClaimToCheck, Verdict
from tools.sentences import split_sentences

QUESTION = "Who approves a refund, and where does she sit?"
SOURCES = {
    "roles.md": "The duty manager is Lotte Verbeek. She sits in Utrecht, as the plan [9] of [2023] says.",
    "refunds.md": "A refund above 500 euros is approved by the duty manager. Smaller ones need nobody (2).",
    "codes.md": "Code: E31; Meaning: No network. It retries for an hour; Call: “the depot in Utrecht, at once”",
    "area.md": 'The depot has 5 km² of land【7†source】 and 10^6 parts, "give or take a few hundred".',
}
SHAPES = ["[{}]", " [{}]", "【{}†source】", "［{}］", "[^{}]", " ([{}])", "**[{}]**", "[[{}]]", "<sup>{}</sup>"]
SHAPES += [
    " (source {})",
    "[{0}][{0}]",
    "[{0}, 2]",
    "[1-{}]",
    "\\[{}\\]",
    "〔{}〕",
    "[{}, p. 3]",
    "[cite: {}]",
    " ({})",
]
WRECKS = ["[", "]", "[1", "1]", "[[2]", "[1[3]]", "【4", "†", "¹", ".²", "^3", "[²]", "[-1]", "[9999999999]", "(1"]
WRECKS += ["\u202e[1]", "[\u200b2]", "<sup>", "[2024]", "![x](https://evil.example/p.png)", "[١]", "\ud83d", "**"]
WRECKS += ['"', "“", "\n", "|", "[5](https://e.org)"]
INVENTED = ('"refunds are paid at once to everybody"', "“ask nobody and pay in cash”", "«she sits in Ghent since 2019»")
BENT = ("The duty manager sits in Ghent.", "A refund above 900 euros is approved by nobody.", "It retries for a day.")

# What a reader could take for a mark or a quotation. Deliberately not the product's own patterns.
MARK = re.compile(
    r"[\[【〔⟦]\s*(?:sources?|cite|doc)?\s*[:#^]*\s*(\d+)[^\]】〕⟧\n]{0,20}[\]】〕⟧]|(?<=[.\]])[⁰¹²³⁴-⁹]",
    re.IGNORECASE,
)
QUOTED = re.compile(r"\"(?=\S)([^\"]+)(?<=\S)\"|“([^“”]+)”|«([^«»]+)»")


class Lenient:
    """A poor verifier that supports everything: nothing here may depend on a good one."""

    name = "lenient"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        return [Verdict("supported", 0.9) for _ in claims]


EMBEDDER = HashEmbedder(32)
DEPS = Deps(Knowledge(MemoryStore(), EMBEDDER), ExtractiveLanguage(), Lenient(), calibration=Calibration({}, 0.0))


def evidence() -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for source, text in SOURCES.items():
        passage = Passage(key=source, id=source, source=source, title=source[:-3].title(), text=text, end=len(text))
        for start, end in split_sentences(text):
            found.append(Evidence(len(found) + 1, passage, text[start:end], start, end, 0.5))
    return tuple(found)


def reply(dice: random.Random, said: Sequence[str]) -> str:
    """A few pieces, mostly correct ones, so that something is left to be shown."""
    pieces = []
    for _ in range(dice.randint(1, 6)):
        sentence = dice.choice([*said, *said, *BENT, *INVENTED, f"The plan says {dice.choice(INVENTED)}."])
        mark = dice.choice(SHAPES).format(dice.randint(0, 12))
        wreck = dice.choice([*WRECKS, "", "", ""])
        pieces += [dice.choice([sentence + mark, sentence.rstrip(".") + mark + ".", mark + sentence, sentence]), wreck]
        pieces.append(dice.choice([" ", " ", "\n", "\n\n- ", ""]))
    return "".join(pieces)


def cut(dice: random.Random, text: str) -> list[str]:
    places = sorted(dice.sample(range(1, len(text)), min(len(text) - 1, dice.randint(0, 12)))) if len(text) > 1 else []
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


async def read(draft: str, pieces: Sequence[str], items: tuple[Evidence, ...]) -> tuple[Answer, str]:
    """The answer, and what was streamed before it."""
    reader = DraftReader(QUESTION, items, Lenient())
    streamed = "".join([*[await reader.feed(piece) for piece in pieces], await reader.finish()])
    runtime = Runtime(context=Context(max_error_rate=1.0), stream_writer=lambda event: None)
    state = State(QUESTION, rewritten=QUESTION, started=time.time(), evidence=items, draft=draft, written_by="model")
    state = replace(state, claims=(await validate(state, runtime, DEPS))["claims"])
    scored = await score(state, runtime, DEPS)
    state = replace(state, status=scored["status"], answer=scored["answer"], notes=scored["notes"])
    return answer_of(state, "model", "run", 1.0), streamed


def strange_marks(text: str, known: set[int]) -> list[str]:
    seen = unicodedata.normalize("NFKC", text) if "［" in text else text
    return [found.group() for found in MARK.finditer(seen) if not found[1] or int(found[1]) not in known]


def in_words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def strange_quotes(claim: str, held: str) -> list[str]:
    found = [in_words(next(filter(None, one))) for one in QUOTED.findall(claim)]
    return [quote for quote in found if quote.count(" ") >= 2 and f" {quote} " not in held]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("replies", [400, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_no_fuzzed_reply_shows_an_invented_mark_or_quotation(replies: int) -> None:
    dice, items = random.Random(11), evidence()
    said = [item.said for item in items]
    held = f" {in_words(' '.join((*SOURCES.values(), *SOURCES)))} "
    shown = 0
    for _ in range(replies):
        draft = reply(dice, said)
        answer, streamed = await read(draft, cut(dice, draft), items)
        markers = [one.marker for one in answer.citations]
        assert markers == list(range(1, len(markers) + 1)), draft
        if answer.status == "declined":
            continue
        shown += 1
        assert strange_marks(answer.answer, set(markers)) == [], draft
        assert all(f"[{marker}]" in answer.answer for marker in markers), draft
        numbers = {int(found[1]) for found in MARK.finditer(streamed) if found[1]}
        assert numbers == set(range(1, len(numbers) + 1)), draft
        assert strange_marks(streamed, numbers) == [], draft
        for citation in answer.citations:
            assert citation.quote == SOURCES[citation.source][citation.start : citation.end], draft
        assert [quote for claim in answer.claims for quote in strange_quotes(claim.text, held)] == [], draft
        characters = set(answer.answer + streamed) - {"\n"}
        assert not {unicodedata.category(one) for one in characters} & {"Cs", "Cf", "Cc"}, draft
    assert shown > replies / 2
