"""Short-answer metrics with the normalisation of the official HotpotQA and SQuAD scripts."""

import re
import string
from collections import Counter
from collections.abc import Sequence

from evals.metrics.words import content_words

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_MARKS = re.compile(r"\s*\[\d+(?:\s*[,;–-]\s*\d+)*\]")
MIN_GOLD_WORDS = 3
"""From this many content words on, a gold answer is more than a name."""

_CLOSED_ANSWERS = frozenset({"yes", "no", "noanswer"})


def without_marks(text: str) -> str:
    """The text without its citation marks: `"Paris [1][2]."` → `"Paris."`."""
    return _MARKS.sub("", text).strip()


def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation, without English articles, single spaces: the official order of steps."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float | None:
    """1 when the normalised prediction equals a normalised gold answer, else 0; None without gold answers.

    `EM = max over golds of [norm(prediction) = norm(gold)]` (Rajpurkar et al. 2016; hotpot_evaluate_v1.py).
    """
    return max((float(normalise(prediction) == normalise(answer)) for answer in answers), default=None)


def f1(prediction: str, answers: Sequence[str]) -> float | None:
    """Best token F1 over the gold answers, in 0–1; None without gold answers.

    `F1 = 2PR / (P + R)` over the multiset of shared tokens; yes, no and noanswer match themselves alone
    (hotpot_evaluate_v1.py).
    """
    return max((_token_f1(normalise(prediction), normalise(answer)) for answer in answers), default=None)


def _token_f1(prediction: str, gold: str) -> float:
    if prediction != gold and (prediction in _CLOSED_ANSWERS or gold in _CLOSED_ANSWERS):
        return 0.0
    predicted, expected = prediction.split(), gold.split()
    shared = sum((Counter(predicted) & Counter(expected)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(predicted), shared / len(expected)
    return 2 * precision * recall / (precision + recall)


def answer_recall(prediction: str, answers: Sequence[str]) -> float | None:
    """1 if a gold answer occurs in the prediction, both normalised and at word boundaries, else 0.

    ALCE's string exact match (Gao et al. 2023), for answers that are sentences. Yes and no only count as the first
    word, since most English text contains a "no". None if no gold answer is left after normalisation.
    """
    golds = [gold for gold in map(normalise, answers) if gold]
    if not golds:
        return None
    return max(float(_contains(normalise(prediction), gold)) for gold in golds)


def _contains(prediction: str, gold: str) -> bool:
    if gold in _CLOSED_ANSWERS:
        return prediction.split(" ", 1)[0] == gold
    return f" {gold} " in f" {prediction} "


def word_recall(prediction: str, answers: Sequence[str]) -> float | None:
    """The largest share of a gold answer's content words that occur in the prediction, in 0–1, over gold answers with
    at least MIN_GOLD_WORDS of them; None without any.

    Token recall (Adlakha et al. 2024) over stems: a gold answer that is a clause ("She has to attend a medical
    lecture") occurs in a sentence in other forms and another order.
    """
    golds = [words for words in map(content_words, answers) if len(words) >= MIN_GOLD_WORDS]
    said = content_words(prediction)
    return max((len(words & said) / len(words) for words in golds), default=None)


def is_closed(answers: Sequence[str]) -> bool:
    """Whether the gold answers are all yes or no."""
    return bool(answers) and all(normalise(answer) in _CLOSED_ANSWERS for answer in answers)
