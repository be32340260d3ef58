"""Which sentences matter: the answer is written from them, and every citation is one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from graph.apart import apart
from graph.evidence import Evidence, header_at
from graph.state import Ranked
from graph.structure.asked_cells import holds_cell
from graph.texts.reading import citable_in
from graph.texts.words import content_words, coverage, inverse_frequencies
from tools.knowledge import Knowledge
from tools.passages import Passage
from tools.ports import FloatArray

MAX_SENTENCES_READ = 2_000
"""Sentences that are looked at for one question; later ones of endless passages are left out."""

MAX_SENTENCES_EMBEDDED = 40
"""Embedding is what costs. Of more sentences those are taken that hold the question's telling words, or stand near one
that does; a day of a chat log has hundreds."""

NEAR = ((-1, 0.7), (-2, 0.5), (1, 0.5))
"""How much of a neighbour's coverage counts for a sentence: what is asked in one line is answered in the next two."""


async def select_evidence(
    question: str, vector: FloatArray, ranking: Sequence[Ranked], knowledge: Knowledge, limit: int
) -> tuple[Evidence, ...]:
    """The `limit` most relevant sentences of the ranked passages, numbered from 1 in passage and reading order.

    Relevance is the mean of cosine similarity and idf coverage, both of the sentence under its title; a passage's
    first sentence is always kept, since later ones lean on it.
    """
    sentences, texts = await apart(_read, question, ranking)
    if not sentences:
        return ()
    similarity = (await knowledge.embed_sentences(texts)) @ vector
    return _best(question, sentences, texts, similarity, limit)


def _read(question: str, ranking: Sequence[Ranked]) -> "tuple[list[_Sentence], list[str]]":
    """The citable sentences worth embedding, and the texts to embed for them."""
    sentences = [
        _Sentence(rank, position, ranked.candidate.hit.passage, *citable)
        for rank, ranked in enumerate(ranking)
        for position, citable in enumerate(citable_in(ranked.candidate.hit.passage))
    ][:MAX_SENTENCES_READ]
    texts = [_titled(sentence) for sentence in sentences]
    kept = _worth_embedding(question, sentences, texts)
    return [sentences[at] for at in kept], [texts[at] for at in kept]


def _worth_embedding(question: str, sentences: "Sequence[_Sentence]", texts: Sequence[str]) -> list[int]:
    """Places of at most MAX_SENTENCES_EMBEDDED in reading order: each passage's first, then the best covering."""
    if len(sentences) <= MAX_SENTENCES_EMBEDDED:
        return list(range(len(sentences)))
    words = [content_words(text) for text in texts]
    weights = inverse_frequencies(content_words(question), words)
    own = [coverage(found, weights) for found in words]
    places = range(len(sentences))

    def covered(at: int) -> float:
        near = ((at + step, share) for step, share in NEAR if at + step in places)
        return max(own[at], *(share * own[to] for to, share in near if sentences[to].rank == sentences[at].rank), 0.0)

    telling = [covered(at) for at in places]
    best = sorted(places, key=lambda at: (sentences[at].position != 0, -telling[at], at))
    return sorted(best[:MAX_SENTENCES_EMBEDDED])


def _best(
    question: str,
    sentences: "Sequence[_Sentence]",
    texts: Sequence[str],
    similarity: FloatArray,
    limit: int,
) -> tuple[Evidence, ...]:
    asked = content_words(question)
    words = [
        # A row whose cell is asked for says all that is asked, whatever its column is called.
        asked if holds_cell(sentence.reading, question, sentence.context) else content_words(text)
        for sentence, text in zip(sentences, texts, strict=True)
    ]
    weights = inverse_frequencies(asked, words)
    relevance = [
        (max(0.0, float(cosine)) + coverage(found, weights)) / 2
        for cosine, found in zip(similarity, words, strict=True)
    ]
    best = sorted(range(len(sentences)), key=lambda index: (sentences[index].position != 0, -relevance[index], index))
    return tuple(
        _evidence(number, sentences[index], relevance[index])
        for number, index in enumerate(sorted(best[:limit]), start=1)
    )


@dataclass(frozen=True, slots=True)
class _Sentence:
    """Offsets are into the passage's text; `position` counts the passage's citable sentences from 0; `reading` is the
    sentence as people read it."""

    rank: int
    position: int
    passage: Passage
    start: int
    end: int
    reading: str

    @property
    def context(self) -> frozenset[str]:
        """Words of the title and the headings over it."""
        return content_words(" ".join(self.passage.path_at(self.start)))


def _evidence(number: int, sentence: _Sentence, relevance: float) -> Evidence:
    passage = sentence.passage
    quote = passage.text[sentence.start : sentence.end]
    offset = passage.start
    return Evidence(number, passage, quote, offset + sentence.start, offset + sentence.end, relevance, sentence.reading)


def _titled(sentence: _Sentence) -> str:
    header = header_at(sentence.passage, sentence.start)
    return f"{header}: {sentence.reading}" if header else sentence.reading
