"""The words of a text as the metrics count them.

The metrics have their own rules: changing what the assistant treats as equal must not change what counts as right.
"""

import re

import Stemmer

from tools.names import without_accents

_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W_]+")
_DENIAL = re.compile(r"\b(?:not|never|no|nobody|none|nothing|cannot|without|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_STEMMER = Stemmer.Stemmer("english", 0)
_STOP_WORDS = frozenset(
    """a about above after again against all also although am an and any are aren as at be because been before
    being below between both but by can cannot could couldn d did didn do does doesn doing don done down during
    each either else ever every few for from further get gets give given go goes going got had hadn has hasn
    have haven having he her here hers herself him himself his how however i if in into is isn it its itself
    just know let ll m many may me mean means might mine more most much must my myself need neither no nor not
    now of off often on once one only or other our ours ourselves out over own per percent please quite rather re s
    same shall she should shouldn since so some such t tell than that the their theirs them themselves then there
    these they this those though through thus to too under until up upon us use used ve very was wasn we were
    weren what when where whether which while who whom whose why will with within without won would wouldn yes
    yet you your yours yourself yourselves""".split()  # noqa: SIM905
)


def content_words(text: str) -> frozenset[str]:
    """Snowball stems of content words, without case and accents; figures unchanged."""
    words = _WORD.findall(without_accents(text))
    return frozenset(str(_STEMMER.stemWord(word)) for word in words if word not in _STOP_WORDS)


def is_denied(text: str) -> bool:
    return _DENIAL.search(text) is not None
