"""The features of each sentence as an answer, and of two sentences that are read one after the other."""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from graph.evidence import Evidence
from graph.questions.asked_names import names_in
from graph.questions.asked_speaker import asks_for_proposal, speaks_for, words_of_saying
from graph.questions.expectation import asks_who, expectation_met, names_relation
from graph.questions.focus import focus_of
from graph.structure.rows import told_by_row
from graph.texts.bounds import held_words
from graph.texts.leaning import leant_on, opens_with_pronoun
from graph.texts.small_words import ask_alike
from graph.texts.words import STOP_WORDS, content_words, coverage, inverse_frequencies, stem
from tools.names import folded, mentions, name_key

MAX_CONSIDERED = 18

LEADING = 2
"""How many of the most relevant sentences bring in the sentences that they name."""

REPLY = 0.8
"""The relevance of a reply, as a share of its question's relevance: its own words may have nothing in common with what
is asked."""

_ASKED = re.compile(r"[?？؟][\s\"'”’»)\]*_:;-]{0,8}$")

_LEADS = re.compile(
    r"\b(?:is|are|see|in|on|found|described|listed|explained)\b[^.;]{0,40}\b(?:pages?|sections?|documents?|guides?|handbook|"
    r"appendix|annex|chapter)\b\W{0,3}$",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"(?:it|its|they|their|this|that|these|those|he|his|she|her|both|then)\b", re.IGNORECASE)

ALIKE = 0.6
"""The share of the shorter sentence's words from which two sentences say nearly the same."""


def says_where(said: str) -> bool:
    """Whether it only says where something is written: "Hours of the desks are on the support hours page"."""
    return _LEADS.search(said) is not None and not any(map(str.isdigit, said))


def adds_to(answer: Evidence, item: Evidence, question: str) -> bool:
    """Whether a sentence may stand beside an answer. It must say more than where something is written. If it is from
    another document than the answer, it must name what the question and the answer name, or refer back to it
    ("they")."""
    names = [f" {folded(name)} " for name in names_in(question)]
    here, there = (f" {folded(one.in_context)} " for one in (item, answer))
    is_beside = item.passage.source == answer.passage.source or _POINTS_BACK.match(item.said) is not None
    is_beside = is_beside or any(name in here for name in names)
    return (is_beside or not any(name in there for name in names)) and not says_where(item.said)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of evidence as it is read, computed once per question.

    `alone` are its features as an answer by itself, `titled` its words and those of its title, `outgoing` the names it
    mentions. `named` says whether the question names its document, `holds` which of the question's names it holds.
    """

    item: Evidence
    said: frozenset[str]
    titled: frozenset[str]
    outgoing: frozenset[str]
    spaced: str
    title: str
    telling_title: bool
    phrases: frozenset[str]
    named: bool
    holds: tuple[bool, ...]
    alone: Mapping[str, float]

    @property
    def asks(self) -> bool:
        return bool(self.alone["asks"])

    @property
    def outdated(self) -> bool:
        return self.item.passage.status == "superseded"


def read_sentences(
    question: str, evidence: Sequence[Evidence], newest: frozenset[str]
) -> "tuple[list[Sentence], Asked]":
    """The sentences worth looking at, best first, and the question as they were compared with it. They are relevant, of
    the kind asked for, or one link away from what is asked. Words of `newest` count double in the coverage of the
    question."""
    words = content_words(question)
    said_so = content_words(words_of_saying(question))
    held = [held_words(item.said, question) | (said_so if item.speaker else frozenset()) for item in evidence]
    held = [more | content_words(item.asked_before) for item, more in zip(evidence, held, strict=True)]
    titled = [content_words(item.in_context) | more for item, more in zip(evidence, held, strict=True)]
    weights = {word: idf * (1 + (word in newest)) for word, idf in inverse_frequencies(words, titled).items()}
    focus = {word: near * weights.get(word, 0.0) for word, near in focus_of(question).items()}
    # Figures and reference numbers are as telling as names: of several rates, the question means the one it gives.
    figures = [word for word in question.split() if any(map(str.isdigit, word))]
    names = [frozenset(name_key(name).split()) for name in dict.fromkeys([*names_in(question), *figures])]
    question_names = frozenset(mentions(question))
    places = {key: n for n, key in enumerate(dict.fromkeys(item.passage.key for item in evidence))}
    speakers = frozenset(item.speaker for item in evidence if item.speaker)
    relation = names_relation(question)
    kinds = [expectation_met(question, told) for told in _told_by(question, evidence)]
    sentences = []
    for at in _worth_looking_at(evidence, kinds, question_names):
        item, kind = evidence[at], kinds[at]
        told = told_by_row(item.said)
        said, keys = content_words(item.said) | held[at], frozenset(folded(item.in_context).split())
        title = name_key(item.passage.title)
        alone = {
            "relevance": item.relevance,
            "asked": coverage(said & words, weights),
            "focus": coverage(said & focus.keys(), focus),
            "kind": kind * (not relation),
            "relation": kind * relation,
            "rank": 1 / (1 + places[item.passage.key]),
            "new": min(1.0, len(said - words) / 8),
            "asks": float(is_question(item) and not is_proposal(question, item)),
            "by_another": float(
                bool(item.speaker) and (is_by_another(question, item, speakers) or wants_to_know(question, item))
            ),
        }
        sentences.append(
            Sentence(
                item=item,
                said=said,
                titled=titled[at],
                outgoing=frozenset(mentions(told)),
                spaced=f" {folded(told)} ",
                title=f" {title} ",
                telling_title=" " in title and not content_words(title) <= words,
                phrases=_phrases(told, words),
                named=is_of(item, question_names),
                holds=tuple(name <= keys for name in names),
                alone=alone,
            )
        )
    asked = Asked(words, weights, inverse_frequencies(frozenset().union(*titled), titled), len(evidence), len(names))
    return sentences, asked


def _told_by(question: str, evidence: Sequence[Evidence]) -> Iterator[list[str]]:
    """What each sentence says. If the question asks who, "She decides it" is read with the sentence that names her."""
    words = content_words(question) if asks_who(question) else frozenset[str]()
    for item in evidence:
        is_meant = words and opens_with_pronoun(item.said) and 2 * len(words & content_words(item.said)) >= len(words)
        before = leant_on(item, evidence) if is_meant else None
        yield [item.said, before.said] if before else [item.said]


def is_question(item: Evidence) -> bool:
    """Whether somebody asks it, in a chat or a list of questions: a question says nothing itself."""
    return bool(_ASKED.search(item.said))


def is_by_another(question: str, item: Evidence, speakers: Collection[str]) -> bool:
    """Whether the question asks for the words of one of the speakers, and these are another's, or of those to whom they
    were spoken."""
    is_asked = speaks_for(question, item.speaker)
    return is_asked is False or (not is_asked and any(speaks_for(question, other) for other in speakers))


def wants_to_know(question: str, item: Evidence) -> bool:
    """Whether its speaker asks the same right before it, and tells why: that is no answer."""
    words = content_words(question)
    return any(
        ask_alike(asked, question) and len(words & content_words(asked)) >= ALIKE * len(words)
        for asked in item.asked_along
    )


def is_proposal(question: str, item: Evidence) -> bool:
    """Whether it is a question that says something: what somebody suggests, if that is asked for."""
    return bool(item.speaker) and asks_for_proposal(question)


def replies(one: Evidence, other: Evidence) -> bool:
    """Whether the second sentence is the first one after the question that says something."""
    return is_question(one) and other.number == one.number + 1 and one.passage.key == other.passage.key


def is_of(item: Evidence, names: frozenset[str]) -> bool:
    """Whether one of the names is that of its document."""
    return item.passage.source in names or not names.isdisjoint(item.passage.names)


def is_about(item: Evidence, names: frozenset[str], called: str = "") -> bool:
    """Whether one of the names is its document's, or is said by this very sentence. A table is found by the names in
    all its rows, a row only by its own, or by those in `called` if they are given."""
    if is_of(item, names):
        return True
    in_rows = names.intersection(item.passage.row_names)
    return bool(in_rows) and any(f" {name} " in (called or f" {folded(item.said)} ") for name in in_rows)


def _worth_looking_at(
    evidence: Sequence[Evidence], kinds: Sequence[float], question_names: frozenset[str]
) -> list[int]:
    """The places of the sentences in the evidence, best first; only these are read closely."""
    named = [is_about(item, question_names) for item in evidence]
    leading = sorted(range(len(evidence)), key=lambda at: -evidence[at].relevance)[:LEADING]
    leads = [item.said for at, item in enumerate(evidence) if named[at] or at in leading]
    reach = frozenset(chain.from_iterable(map(mentions, leads)))

    def merit(at: int) -> float:
        linked = is_about(evidence[at], reach)
        replied = at > 0 and replies(evidence[at - 1], evidence[at])
        relevance = max(evidence[at].relevance, REPLY * evidence[at - 1].relevance if replied else 0.0)
        return relevance + 0.3 * kinds[at] + 0.15 * linked + 0.05 * named[at]

    return sorted(range(len(evidence)), key=lambda at: (-merit(at), evidence[at].number))[:MAX_CONSIDERED]


@dataclass(frozen=True, slots=True)
class Asked:
    """The question's words with their weights, how rare each word of the evidence is among its `sentences`, and how
    many names the question has."""

    words: frozenset[str]
    weights: Mapping[str, float]
    idf: Mapping[str, float]
    sentences: int
    names: int

    @property
    def heaviest(self) -> float:
        """The IDF of a word that occurs in only one sentence."""
        return math.log(1 + self.sentences / 0.5)


def says_the_same(one: Evidence, other: Evidence) -> bool:
    return one == other or alike(content_words(one.said), content_words(other.said))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sentences say nearly the same: a copy proves nothing, and an older version contradicts."""
    return len(one & other) >= ALIKE * max(1, min(len(one), len(other)))


def _phrases(said: str, asked: frozenset[str]) -> frozenset[str]:
    """Pairs of neighbouring content words that are not both in the question."""
    keys = [word if word not in STOP_WORDS else "" for word in folded(said).split()]
    pairs = [(one, other) for one, other in pairwise(keys) if one and other]
    return frozenset(f"{one} {other}" for one, other in pairs if not {stem(one), stem(other)} <= asked)
