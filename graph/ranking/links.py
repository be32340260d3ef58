"""Which passage points to which: by a mentioned name, a hyperlink, or the other way round, and in which sentence."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from graph.texts.words import content_words
from tools.names import folded, mentions, name_key
from tools.passages import Passage
from tools.sentences import split_sentences

MAX_READ_CHARACTERS = 6_000
"""Of a longer passage only the beginning is looked through for the names it mentions."""

PART_OF_A_LONGER_NAME = 0.4
"""A mention of "Mill Lane Bridge" points to "Mill Lane" too, but less surely."""

Floats = NDArray[np.float64]
_JOINING = frozenset(["in", "on", "for", "to", "with", "at", "by", "from", "and", "a", "an"])


@dataclass(frozen=True, slots=True)
class Links:
    """From `heads[a]` to candidate j, arrays of shape (heads, candidates).

    `strength` is 1 for a link, less for a part of a longer name, 0 for none. `context` is the share of the question's
    idf mass in the sentence that makes the link, the name itself left out: "directed by Ada Brun" answers to a question
    for a director. `sentence` is its place in the head, `words` the length of the name, `rivals` how many candidates
    answer to the same name.
    """

    heads: NDArray[np.int64]
    strength: Floats
    context: Floats
    sentence: Floats
    words: Floats
    rivals: Floats


def outgoing_names(passage: Passage, wanted: frozenset[str]) -> frozenset[str]:
    """Those of the wanted keys under which this passage may point to another: names it mentions, sources it links
    to."""
    targets = (link.target for link in passage.links)
    return wanted.intersection(mentions(passage.text[:MAX_READ_CHARACTERS])) | wanted.intersection(targets)


def bridging_names(passage: Passage, asked: frozenset[str], limit: int) -> tuple[str, ...]:
    """The longest names that a passage mentions and the question does not, in order: where a chain may go on even when
    no document has that name."""
    known = {*passage.names, *asked}
    return tuple(name for name in _whole_names(passage.text[:MAX_READ_CHARACTERS]) if name not in known)[:limit]


@lru_cache(maxsize=4_096)
def _whole_names(text: str) -> tuple[str, ...]:
    # "the Limpopo in Zimbabwe" is two names where a chain may go on, not one.
    names = [name for name in mentions(text) if _JOINING.isdisjoint(name.split())]
    whole = longest(names)
    return tuple(name for name in names if name in whole and content_words(name))


def answers_to(passage: Passage, names: frozenset[str]) -> bool:
    return not names.isdisjoint(passage.known_as)


def longest(names: Sequence[str]) -> frozenset[str]:
    """The names that are no part of another of them."""
    whole: set[str] = set()
    parts: set[str] = set()
    for words in sorted((name.split() for name in names), key=len, reverse=True):
        name = " ".join(words)
        if name not in parts:
            whole.add(name)
            ends = range(1, len(words) + 1)
            parts |= {" ".join(words[first:end]) for end in ends for first in range(end)} - {name}
    return frozenset(whole)


def link_names(passages: Sequence[Passage], asked: frozenset[str], limit: int) -> tuple[str, ...]:
    """Names that these passages point to and that have not been looked up yet, in order of first mention."""
    found: dict[str, None] = {}
    for passage in passages:
        own = {*passage.names, name_key(passage.title)}
        for name in [*(link.target for link in passage.links), *mentions(passage.text[:MAX_READ_CHARACTERS])]:
            if name not in asked and name not in own:
                found[name] = None
    return tuple(found)[:limit]


class Directory:
    """Under which names and sources the candidates answer."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._places: dict[str, list[int]] = {}
        for place, passage in enumerate(passages):
            for name in dict.fromkeys(passage.known_as):
                self._places.setdefault(name, []).append(place)

    def answering(self, names: Sequence[str]) -> dict[str, list[int]]:
        return {name: self._places[name] for name in names if name in self._places}

    def links_of(self, heads: NDArray[np.int64], weights: dict[str, float]) -> Links:
        """The links that start at these candidates; `weights` are the question's words with their shares of idf."""
        shape = (len(heads), len(self._passages))
        links = Links(heads, *(np.zeros(shape) for _ in range(5)))
        for row, head in enumerate(heads):
            self._add_links(links, row, self._passages[head], int(head), weights)
        return links

    def _add_links(self, links: Links, row: int, passage: Passage, head: int, weights: dict[str, float]) -> None:
        targets = [link.target for link in passage.links]
        named = self.answering(mentions(passage.text[:MAX_READ_CHARACTERS]))
        own = {*passage.names, passage.source}
        found = {name: places for name, places in (named | self.answering(targets)).items() if name not in own}
        whole = longest(list(found)) | set(targets)
        sentences = _sentences_of(passage.text[:MAX_READ_CHARACTERS]) if found else ()
        for name, places in found.items():
            strength = 1.0 if name in whole else PART_OF_A_LONGER_NAME
            first, context = _said_with(name, passage, sentences, weights)
            for place in places:
                if place == head or self._passages[place].source == passage.source:
                    continue
                if (strength, context) > (links.strength[row, place], links.context[row, place]):
                    links.strength[row, place], links.context[row, place] = strength, context
                    links.sentence[row, place], links.words[row, place] = first, name.count(" ") + 1
                    links.rivals[row, place] = len(places)


def _said_with(
    name: str, passage: Passage, sentences: Sequence[tuple[str, frozenset[str]]], weights: dict[str, float]
) -> tuple[int, float]:
    """Where the name first stands, and the best share of the question that a sentence with it covers besides it."""
    keys = [name, *(name_key(link.text) for link in passage.links if link.target == name)]
    own, spaced = content_words(" ".join(keys)), [f" {key} " for key in keys if key]
    places = [place for place, (keyed, _) in enumerate(sentences) if any(key in keyed for key in spaced)]
    shares = [
        sum(weight for word, weight in weights.items() if word in sentences[place][1] and word not in own)
        for place in places
    ]
    return (places[0] if places else len(sentences)), max(shares, default=0.0)


@lru_cache(maxsize=8_192)
def _sentences_of(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Each sentence as the keys that stand in it, spaced, and as its content words."""
    spans = split_sentences(text)
    return tuple((f" {folded(text[start:end])} ", content_words(text[start:end])) for start, end in spans)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A text as `name_key` spells it, spaced, and its words: a name stands in it when ` name ` does."""

    spaced: str
    words: frozenset[str]


def keyed(passage: Passage) -> Keyed:
    """The passage's text."""
    return _keyed("", passage.text)


def keyed_content(passage: Passage) -> Keyed:
    """Its header and its text."""
    return _keyed(passage.header, passage.text)


@lru_cache(maxsize=2_048)
def _keyed(header: str, text: str) -> Keyed:
    """Remembered for the questions under way, whose hops look through the same passages. Header and text stand on lines
    of their own: each is folded by itself, the text once for both spellings, unless it is cut for the header's sake."""
    room = MAX_READ_CHARACTERS - (len(header) + 1 if header else 0)
    parts = [folded(header[:MAX_READ_CHARACTERS]), folded(text[: max(room, 0)])]
    spelt = " ".join(filter(None, parts))
    return Keyed(f" {spelt} ", frozenset(spelt.split()))


def places_of(names: Collection[str], texts: Sequence[Keyed]) -> dict[str, list[int]]:
    """Which of the texts hold each of these names. Dozens of names are looked for in dozens of texts: each text is read
    only for those of which it holds the rarest word."""
    words = {name: frozenset(name.split()) for name in names}
    holding: dict[str, list[int]] = {word: [] for word in frozenset[str]().union(*words.values())}
    for place, text in enumerate(texts):
        for word in text.words.intersection(holding):
            holding[word].append(place)
    rarest = {name: min((holding[word] for word in parts), key=len) for name, parts in words.items()}
    return {name: [place for place in places if f" {name} " in texts[place].spaced] for name, places in rarest.items()}
