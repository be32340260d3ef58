"""Names: the keys under which one document mentions another.

A passage that mentions another document's title, file or reference number is one hop away from it. Both sides meet
in `name_key`: titles are normalised when they are stored, candidate mentions when a question is asked, so nothing
has to be linked again when documents come and go.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

MAX_NAME_CHARACTERS = 120
MAX_MENTIONS = 400

_PARENTHESIS = re.compile(r"[(\[][^()\[\]]*[)\]]$")
_NOT_WORD = re.compile(r"[^\w]+", re.UNICODE)
_REFERENCE = re.compile(r"\b[A-Z]{2,6}[- ]?\d{1,6}(?:[.-]\d+)*\b")
_WORD = re.compile(r"[^\W_](?:[\w'’.&-]*[\w])?", re.UNICODE)
# The full stop of an initial or a short title ends no name: "directed by S. Sylvan Simon", "Dr. Ada Brun".
# It is looked back from there, since an expression that begins with a sign skips to it.
_BREAK = re.compile(r"\.(?<!\b[A-Z]\.)(?<!\b(?:Dr|Jr|Mr|Ms|Sr|St)\.)\s|[;:!?]\s|[\n\t|•]")
_ARTICLE = re.compile(r"^(?:the|a|an)\s+(?=\S)", re.IGNORECASE)
_QUALIFIED = re.compile(r"^([^,]{3,}),\s+[^,]+$")
_CONNECTORS = frozenset(
    """of the and de la le les du des von van der den di da el al los las in on for to a an with at by from & y
    e""".split()  # noqa: SIM905
)
_MAX_SPAN_WORDS = 9


@lru_cache(maxsize=16_384)
def name_key(name: str) -> str:
    """Fold case, accents, punctuation and spacing away: `"A. B."` and `"a b"` are one name; a long one is cut."""
    return _spelt(name)[:MAX_NAME_CHARACTERS].rstrip()


@lru_cache(maxsize=8_192)
def folded(text: str) -> str:
    """A text of any length, spelled as `name_key` spells names, so that names can be found in it as whole words. The
    results have a cache of their own: names are looked for in the same passages and sentences again and again."""
    return _spelt(text)


def _spelt(text: str) -> str:
    return _NOT_WORD.sub(" ", without_accents(text)).strip()


def without_accents(text: str) -> str:
    """The text without case and accents: people ask for "Aschenbrodel" when "Aschenbrödel" is written."""
    if text.isascii():
        return text.casefold()
    # Decomposing brings new capitals to light (Ⓐ), folding them new accents (İ).
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    # A text has few different characters, however long it is, and very few of them are accents.
    for accent in filter(unicodedata.combining, set(decomposed)):
        decomposed = decomposed.replace(accent, "")
    return decomposed


def names_of(title: str, *aliases: str) -> tuple[str, ...]:
    """All keys by which a document is found: its title, also without a trailing parenthesis, a leading article or what
    follows its only comma ("Mill Lane, Norfolk"), its reference numbers, aliases."""
    bare = _PARENTHESIS.sub("", title.rstrip()).strip()
    shorter = [_ARTICLE.sub("", bare), *_QUALIFIED.findall(bare)]
    written = [title, bare, *_REFERENCE.findall(title), *aliases, *shorter]
    keys = (name_key(name) for name in written)
    return tuple(dict.fromkeys(key for key in keys if len(key) > 1))


@lru_cache(maxsize=4096)
def mentions(text: str) -> tuple[str, ...]:
    """Candidate names in running text, as keys: capitalised spans with their sub-spans, quotations, reference numbers.

    Generous on purpose: a candidate costs one entry in a lookup and only those that some document answers to return.
    """
    found = dict.fromkeys(name_key(match) for match in _REFERENCE.findall(text))
    for quoted in re.findall(r"[\"“«‘']([^\"”»’']{2,80})[\"”»’']", text):
        found[name_key(quoted)] = None
    for span in _capitalised_spans(text):
        words = [name_key(word) for word in span]
        # "A" may be an initial where "a" is none: only as written in lower case do such words start no name.
        connectors = [word in _CONNECTORS and not written.isupper() for word, written in zip(words, span, strict=True)]
        for first, connects in enumerate(connectors):
            if not connects:
                for last in range(len(words), first, -1):
                    found[" ".join(words[first:last])] = None
        if len(found) > MAX_MENTIONS:
            break
    return tuple(key for key in found if len(key) > 1)[:MAX_MENTIONS]


def _capitalised_spans(text: str) -> Iterator[list[str]]:
    for sentence in _BREAK.split(text):
        span: list[str] = []
        for word in _WORD.findall(sentence):
            first = word[0]
            if first.isupper() or first.isdigit() or (span and word.casefold() in _CONNECTORS):
                span.append(word)
                if len(span) == _MAX_SPAN_WORDS:
                    yield span
                    span = span[1:]
            elif span:
                yield _without_trailing_connectors(span)
                span = []
        if span:
            yield _without_trailing_connectors(span)


def _without_trailing_connectors(span: list[str]) -> list[str]:
    while span and span[-1].casefold() in _CONNECTORS:
        span = span[:-1]
    return span
