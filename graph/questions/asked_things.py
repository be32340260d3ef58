"""What a question asks for, by the noun that its question word is followed by: the "password" of "What's the Wi-Fi
password in Cork?"."""

import re
from functools import lru_cache

from graph.texts.words import content_words

MAX_CHARACTERS = 400
"""Of a question that are looked at."""

_ENDS = (
    r"(?:of|for|in|at|on|to|from|with|by|that|who|which|when|where|is|are|was|were|do|does|did|can|could|may|must|should|"
    r"shall|has|have|had|will|would|we|i|you|they|he|she|it|if|and|or|between|per|an?|the|before|after|during|about)"
)
_NOUNS = rf"(?:(?!{_ENDS}\b)[\w'’-]{{1,40}} ?)"
_ASKED = re.compile(
    rf"\b(?:what|which)(?:['’]s| is| are| was| were)? (?:the |our |my |your |an? )?(?P<one>{_NOUNS}{{1,6}})"
    rf"|\bhow (?:many|much) (?P<many>{_NOUNS}{{1,4}})",
    re.IGNORECASE,
)

_KINDS = content_words("year date time day month country kind type percentage share money name person place")
"""What an answer is rather than says."""


@lru_cache(maxsize=256)
def thing_asked(question: str) -> frozenset[str]:
    """The stem of that noun; nothing where the question word has none.

    >>> thing_asked("What's the Wi-Fi password in Cork?"), thing_asked("Who owns it?")
    (frozenset({'password'}), frozenset())
    """
    asked = _ASKED.search(question[:MAX_CHARACTERS])
    words = (asked["one"] or asked["many"]).split() if asked else []
    telling = [word for word in words if content_words(word)]
    return content_words(telling[-1]) - _KINDS if telling else frozenset()
