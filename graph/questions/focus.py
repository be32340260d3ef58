"""Which words of a question stand near its question word: the answer's own sentence most likely has them."""

import re
from collections.abc import Iterable, Iterator

from graph.texts.one_form import in_one_form
from graph.texts.words import content_words

AUXILIARY = frozenset("is are was were did does do has have had can could will would should may must".split())  # noqa: SIM905
FOCUS_REACH = 6
VERB_AT_THE_END = 0.7

_QUESTION_WORD = re.compile(r"who|whom|whose|which|what|when|where|why|how", re.IGNORECASE)


def focus_of(question: str) -> dict[str, float]:
    """The content words near the question word, each with its nearness (0–1).

    "Jon Luther was the chairman of a company headquartered in what city?" is answered where a company is said to be
    headquartered, not where its chairman is named. If an auxiliary follows the question word, the verb at the end
    counts as near.
    """
    words = re.findall(r"[\w'’-]+", in_one_form(question))
    places = [place for place, word in enumerate(words) if _QUESTION_WORD.fullmatch(word)]
    if not places:
        return {}
    place = places[0] if places[0] == 0 else places[-1]
    before, after = words[:place], words[place + 1 :]
    found = dict(_nearness_of(after))
    for word, nearness in _nearness_of(reversed(before)):
        found[word] = max(found.get(word, 0.0), nearness)
    if after and after[0].casefold() in AUXILIARY:
        found |= dict.fromkeys(content_words(after[-1]), VERB_AT_THE_END)
    return found


def _nearness_of(words: Iterable[str]) -> Iterator[tuple[str, float]]:
    """The content words among the first FOCUS_REACH, nearest first."""
    steps = 0
    for word in words:
        telling = content_words(word)
        steps += bool(telling)
        if steps > FOCUS_REACH:
            return
        for one in telling:
            yield one, 1 / (1 + steps / 2)
