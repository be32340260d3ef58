"""Which sentences matter: the answer is written from them, and every citation is one of them."""

from collections.abc import Sequence

from tools.knowledge import Knowledge

from graph.language import Evidence
from graph.state import Ranked
from graph.words import content_words, coverage, inverse_frequencies
from tools.passages import Passage
from tools.ports import FloatArray
from tools.sentences import split_sentences

MAX_SENTENCES_READ = 48
"""Sentences that are embedded for one question; later ones of long passages are left out."""

MIN_CHARACTERS = 2


async def select_evidence(
    question: str, vector: FloatArray, ranking: Sequence[Ranked], knowledge: Knowledge, limit: int
) -> tuple[Evidence, ...]:
    """The `limit` most relevant sentences of the ranked passages, numbered from 1 in passage and reading order.

    Relevance is the mean of cosine similarity and idf coverage, both of the sentence under its title; a passage's
    first sentence is always kept, since later ones lean on it.
    """
    sentences = [
        (rank, position, ranked.candidate.hit.passage, start, end)
        for rank, ranked in enumerate(ranking)
        for position, (start, end) in enumerate(split_sentences(ranked.candidate.hit.passage.text))
        if end - start >= MIN_CHARACTERS
    ][:MAX_SENTENCES_READ]
    if not sentences:
        return ()
    texts = [_in_context(passage, passage.text[start:end]) for _, _, passage, start, end in sentences]
    similarity = (await knowledge.embed_sentences(texts)) @ vector
    words = [content_words(text) for text in texts]
    weights = inverse_frequencies(content_words(question), words)
    relevance = [
        (max(0.0, float(cosine)) + coverage(found, weights)) / 2
        for cosine, found in zip(similarity, words, strict=True)
    ]
    ranked_sentences = sorted(
        range(len(sentences)), key=lambda index: (sentences[index][1] != 0, -relevance[index], index)
    )
    kept = sorted(ranked_sentences[:limit])
    return tuple(
        Evidence(
            number,
            sentences[index][2],
            sentences[index][2].text[sentences[index][3] : sentences[index][4]],
            sentences[index][2].start + sentences[index][3],
            sentences[index][2].start + sentences[index][4],
            relevance[index],
        )
        for number, index in enumerate(kept, start=1)
    )


def _in_context(passage: Passage, sentence: str) -> str:
    return f"{passage.title}: {sentence}" if passage.title else sentence


def in_context(evidence: Evidence) -> str:
    """A sentence as the verifier reads it: under its title and headings, so that "it" and "this plan" have a name."""
    header = " – ".join(part for part in (evidence.passage.title, *evidence.passage.headings[-1:]) if part)
    return f"{header}: {evidence.quote}" if header else evidence.quote
