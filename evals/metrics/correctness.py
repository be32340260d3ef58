"""Whether an answer is right. The confidence is calibrated on this label and judged by it."""

import re

from agent.answers import Answer
from evals.datasets.questions import Question
from evals.matching import Retrieved, found_supporting
from evals.metrics.answers import answer_recall, f1, is_closed, normalise, without_marks, word_recall
from evals.metrics.words import content_words, is_denied

_PIECES = re.compile(r"(?<=[.!?])\s+|;\s+|\n+")
_ONLY_NO = re.compile(r"\W*no\W*", re.IGNORECASE)
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
ANSWERED = ("answered", "partial")
RIGHT_F1 = 0.5
TOLD_WORDS = 2
"""Of a gold answer that denies something, in what is denied."""

RIGHT_RECALL = 0.75
"""Of the words of a longer gold answer: all eight answers about chats that it moved (of 63) were right."""


def is_right(question: Question, answer: Answer) -> bool | None:
    """Whether the answer is right; None if nothing was answered or there is no gold answer.

    An answer to an unanswerable question is wrong. A model's answer is right if it contains a gold answer or its F1 is
    at least one half. Without a model, the answer consists of sentences of the documents and must contain a gold
    answer. Either way, most words of a longer gold answer suffice, in any order. For a yes-or-no question, an answer
    that begins with yes or no is right if that is the gold answer; one that only quotes is right if it cites every
    supporting document.
    """
    if answer.status not in ANSWERED:
        return None
    if not question.answerable:
        return False
    text = without_marks(answer.answer)
    contained = answer_recall(text, question.answers)
    if contained is None:
        return None
    if any(_says_most(text, gold) for gold in question.answers):
        return True
    if answer.mode == "model":
        return contained == 1.0 or (f1(text, question.answers) or 0.0) >= RIGHT_F1
    said = normalise(text).split(" ", 1)[0]
    if is_closed(question.answers) and question.supporting_ids and said not in ("yes", "no"):
        cited = [Retrieved(citation.passage_id, citation.source) for citation in answer.citations]
        return found_supporting(cited, question.supporting_ids) == frozenset(question.supporting_ids)
    return contained == 1.0


def _says_most(text: str, gold: str) -> bool:
    """Whether it has most words of a longer gold answer and all its figures, and agrees with it on what is denied.

    60 days are not 30, and "not allowed" is not "allowed". Other denials in the answer don't matter: a table's cell may
    say "none", a step what not to do.
    """
    pieces = _PIECES.split(text)
    denied = {place for place, piece in enumerate(pieces) if is_denied(piece)}
    if is_denied(gold):
        words = content_words(gold)
        is_told = any(len(words & content_words(pieces[place])) >= min(len(words), TOLD_WORDS) for place in denied)
        said = text if is_told else ""
    else:
        # "May visitors park there? No.": this denies the question before it.
        denied |= {place - 1 for place in denied if _ONLY_NO.fullmatch(pieces[place])}
        said = " ".join(piece for place, piece in enumerate(pieces) if place not in denied)
    has_figures = set(_FIGURE.findall(gold)) <= set(_FIGURE.findall(said))
    return has_figures and (word_recall(said, [gold]) or 0.0) >= RIGHT_RECALL
