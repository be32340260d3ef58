"""Whether a table has a row for each thing of a kind, but none for the thing that is asked about."""

import re
from collections.abc import Sequence

from graph.texts.words import content_words
from tools.passages import Passage

_ONE_OF_A_KIND = re.compile(
    r"\W{0,3}(?:who|which [a-z]{2,30}) [a-z]{2,30} the (?P<which>[a-z]{3,30}(?:-[a-z]{2,30})?) "
    r"(?P<kind>[a-z]{3,30})\W{0,3}$",
    re.IGNORECASE,
)
_TELLS_NONE_APART = re.compile(
    r"most|least|whole|entire|main|current|present|previous|other|same|right|correct|actual|own|\w+(?:est|ed|ing|able|ible)",
    re.IGNORECASE,
)


def is_no_row(question: str, passages: Sequence[Passage]) -> bool:
    """Whether a short question asks about one thing of a kind by a word that is in no passage: "Who owns the search
    service?", in a table of services without it."""
    asked = _ONE_OF_A_KIND.match(question)
    if asked is None or _TELLS_NONE_APART.fullmatch(asked["which"]):
        return False
    kind = re.escape(asked["kind"].capitalize())
    header = re.compile(rf"^(?:\| ?{kind} ?\||{kind}: )", re.MULTILINE)
    words = content_words(asked["which"])
    is_heard = any(words & content_words(one.content) for one in passages)
    return not is_heard and any(header.search(one.content) for one in passages)
