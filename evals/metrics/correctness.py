"""Whether an answer is right: the label that confidence is judged against and calibrated on."""

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
    """None when it can't be told: nothing was answered, or there is no gold answer.

    An answer to an unanswerable question is wrong. With a model, it is right when a gold answer stands in it or its
    F1 is at least one half. Without a model it is made of the documents' own sentences: a gold answer must stand in
    it. Either way most words of a longer gold answer will do, whatever their order. For a yes-or-no question, which no
    sentence spells out, an answer that begins with yes or no is right when that is so; one that only quotes is right
    when every supporting document is cited.
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
    """Most words of a longer gold answer, all its figures, and nothing denied of it or left undenied: 60 days are not
    30, and what is not allowed is not allowed. What is denied beside it counts neither way: one cell of a table says
    "none", a step what not to do."""
    pieces = _PIECES.split(text)
    denied = {place for place, piece in enumerate(pieces) if is_denied(piece)}
    if is_denied(gold):
        words = content_words(gold)
        is_told = any(len(words & content_words(pieces[place])) >= min(len(words), TOLD_WORDS) for place in denied)
        said = text if is_told else ""
    else:
        # "May visitors park there? No.": it is the question before it that is denied.
        denied |= {place - 1 for place in denied if _ONLY_NO.fullmatch(pieces[place])}
        said = " ".join(piece for place, piece in enumerate(pieces) if place not in denied)
    has_figures = set(_FIGURE.findall(gold)) <= set(_FIGURE.findall(said))
    return has_figures and (word_recall(said, [gold]) or 0.0) >= RIGHT_RECALL
