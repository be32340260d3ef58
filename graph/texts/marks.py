"""Citation marks in every shape models write them, and text without them.

Shapes understood: `[1]`, `[1,3]`, `[1 and 3]`, `[1-3]`, `[1]-[3]`, `[1][2]`, `[1], [2]`, `([1])`, `**[1]**`, `[**1**]`,
`[[1]]`, `\\[1\\]`, `【1】`, `［１］`, `〔1〕`, `[^1]`, `[^1^]`, `^[1]`, `.^1`, `.¹`, ` ¹`, `⁽¹⁾`, `[1†source]`,
`[1, p. 4]`, `[1, §2]`, `<sup>1</sup>`, `<cite>1</cite>`, `[1](url)`, `[Source 1]`, `[doc_1]`, `[see 1]`, `[cite: 1]`,
`(source 1)`, `(#1)`, but not `(#798)`, which is a ticket's. A number in brackets is a mark whatever stands for it,
but for a year within a sentence.
"""

import re

_LABEL = (
    r"(?:(?:sources?|docs?|documents?|passages?|sentences?|evidence|cite|citations?|refs?\.?|references?|snippets?"
    r"|excerpts?|chunks?|quotes?|facts?|footnotes?|fn)[\s_]*:?\s*#?|#)"
)
_OPENING, _CLOSING = r"\[【［〔〖⟦", r"\]】］〕〗⟧"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOWERED = str.maketrans(_RAISED, "0123456789")
# Hyphens of all widths: models write the one that breaks no line, too.
_DASHES = r"–—‐‑‒−－~～-"
_NUMBER = rf"(?:{_LABEL}\s*)?\^?[\d{_RAISED}]+\^?"
_NUMBERS = (
    rf"{_NUMBER}(?:\s*(?:[,，、;；/|+{_DASHES}]|,?\s(?:and|or|to|through|und|et|y|&)\s)\s*{_NUMBER}|\s{_NUMBER})*"
)
_PLACE = r"(?::\d+|,\s*(?:pp?\.|lines?|sections?|rows?|§+)\s*\d+(?:[–-]\d+)?|[.)])"
_INSIDE = (
    rf"\s*(?:(?:see(?: also)?|cf\.?)\s+)?[*_]{{0,3}}({_NUMBERS})[*_]{{0,3}}{_PLACE}?\s*(?:†[^{_CLOSING}]{{0,80}})?"
)
_OPENS, _CLOSES = rf"\\?[{_OPENING}]", rf"\\?[{_CLOSING}]"
_BEHIND_STOP = rf"(?<=[.!?…。！？\"'”’»{_CLOSING}])"
# Behind a short word a raised number may be a unit's (`km²`), behind a formula's parenthesis a power.
_BEHIND_WORD = r"(?:(?<=[^\W\d_]{4})|(?<=[^\W\d_]{2}\)))"
_RAISED_NUMBERS = rf"⁽?[{_RAISED}]+(?:[,˒][{_RAISED}]+)*⁾?"
_TARGET = r"\((?=[^()\s]*(?:[/#:]|\.\w))[^()\s]+(?:\s+\"[^\"\n]*\")?\)"
# The look-behind keeps a long run of spaces from being tried at each of its places.
MARK = re.compile(
    rf"(?<![^\S\n])[^\S\n]*+(?:\^?(?:\[\[{_INSIDE}\]\]|{_OPENS}{_INSIDE}{_CLOSES}(?:\^(?!\w))?|<sup>{_INSIDE}</sup>)"
    rf"|\((?!#\d{{3}})\s*({_LABEL}\s*\d+(?:\s*(?:[,;–—-]|and|&)\s*\d+)*)\s*\))(?:{_TARGET})?"
    rf"|(?:{_BEHIND_STOP}|{_BEHIND_WORD}) ?\^(\d+)(?![\w^])"
    rf"|{_BEHIND_STOP} ?({_RAISED_NUMBERS})|{_BEHIND_WORD} ?({_RAISED_NUMBERS})(?![\w^])",
    re.IGNORECASE,
)
_MARKING_TAGS = r"cite|ref|citation|source"
_UNFINISHED = re.compile(
    rf"\s*(?:[{_OPENING}(（<][^{_OPENING}{_CLOSING}()（）<>\n]{{0,100}}"
    rf"|<(?:sup|{_MARKING_TAGS})\b[^<>\n]{{0,100}}>[^<>\n]{{0,100}}(?:</?[a-z]{{0,8}})?|\^)+\\?$"
)
_LONGEST_UNFINISHED = 250
_RANGE = re.compile(rf"(\d+)\^?(?:\s*(?:[{_DASHES}]|\s(?:to|through)\s)\s*(?:{_LABEL}\s*)?\^?(\d+))?", re.IGNORECASE)
MAX_RANGE = 20
MAX_DIGITS = 9
_ONE = rf"{_OPENS}[^{_OPENING}{_CLOSING}\n]{{1,100}}[{_CLOSING}]"
_WRAPPED = re.compile(
    r"[(（]([^()（）\n]{1,200})[)）]|\[\s*(\[[^\n]{1,200}?\])\s*\](?!\])|<sup>([^<>\n]{1,200})</sup>"
    r"|(\*{1,3}|`|_{1,2}|\$|~~?|\^)([\[【［][^\n*`]{1,200}?)\4"
)
_BESIDE_MARKS = re.compile(r"(?:[\s,;&/.]|\b(?:and|see|cf)\b)*", re.IGNORECASE)
_JOINED = re.compile(rf"({_ONE})\s*(?:[,;&/]|,?\s(?:and|or)\b)\s*(?=({_ONE})(?!\s*(?!(?:and|or)\s*[{_OPENING}])\w))")
_RANGING = re.compile(rf"({_OPENS}\s*\d+)\s*{_CLOSES}\s*([{_DASHES}])\s*{_OPENS}\s*(?=\d+\s*{_CLOSES})")
_STOPPED_TWICE = re.compile(rf"([.!?。！？](?:\s*{_ONE})+)\.(?![\w.])")
_TAGGED = re.compile(rf"<({_MARKING_TAGS})\b[^<>\n]{{0,100}}>([^<>\n]{{1,100}})</\1>", re.IGNORECASE)
# A token limit cuts a mark in two; with the mark written behind it, half of one would read as a whole.
_HALF = re.compile(
    rf"[^\S\n]*{_OPENS}[^\S\n]*{_NUMBERS}(?:†\w*)?(?!\w)"
    rf"(?=[^{_OPENING}{_CLOSING}\n]*(?:[{_OPENING}]|\n(?!\s*[{_CLOSING}])|$))",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<=\w )\[((?:1\d|20)\d\d)\](?= \w)")
_DISARMED = str.maketrans("[]【】［］〔〕〖〗⟦⟧()^<>" + _RAISED, "‹›" * 6 + "‹›’‹›" + "0123456789")


def numbers_of(mark: str) -> tuple[int, ...]:
    """`"1, 3-5"` → (1, 3, 4, 5). Of a range that runs backwards or is longer than 20, only the two ends count."""
    numbers: dict[int, None] = {}
    for first, last in _RANGE.findall(mark.translate(_LOWERED)):
        if len(first) > MAX_DIGITS or len(last) > MAX_DIGITS:
            continue
        low, high = int(first), int(last or first)
        span = range(low, high + 1) if 0 <= high - low < MAX_RANGE else (low, high)
        numbers.update(dict.fromkeys(span))
    return tuple(numbers)


def bared(text: str) -> str:
    """The text with bare marks: without the parentheses, asterisks, commas and second stops around them, which would be
    left over; `[1]-[3]` as one; and with a year within a sentence (`The [2024] rules`) out of its brackets."""
    if not any(mark in text for mark in "[【［〔〖⟦"):
        return text
    text = _WRAPPED.sub(_unwrapped, _RANGING.sub(r"\1\2", _YEAR.sub(r"\1", _HALF.sub("", text))))
    text = _JOINED.sub(_with_none_between, text)
    return _STOPPED_TWICE.sub(lambda twice: twice[1] if _are_marks(twice[1][1:]) else twice[0], text)


def _with_none_between(two: re.Match[str]) -> str:
    return two[1] if _are_marks(two[1]) and _are_marks(two[2]) else two[0]


def _are_marks(text: str) -> bool:
    return not MARK.sub("", text).strip()


def out_of_tags(text: str) -> str:
    """The text with marks that stand in a tag (`<cite>1</cite>`) in brackets: the number would be left over from it."""
    return _TAGGED.sub(_in_brackets, text)


def _in_brackets(tagged: re.Match[str]) -> str:
    mark = f"[{tagged[2].strip(' []')}]"
    return mark if _are_marks(mark) else tagged[0]


def without_unfinished(text: str) -> str:
    """A growing text without an end that may still turn into a mark of the sentence before it."""
    settled, end = text[:-_LONGEST_UNFINISHED], text[-_LONGEST_UNFINISHED:]
    return settled + _UNFINISHED.sub("", end)


def _unwrapped(wrapped: re.Match[str]) -> str:
    inside = wrapped[1] or wrapped[2] or wrapped[3] or wrapped[5]
    marks = [mark.group().strip() for mark in MARK.finditer(inside)]
    return "".join(marks) if marks and _BESIDE_MARKS.fullmatch(MARK.sub("", inside)) else wrapped[0]


def without_marks(text: str) -> str:
    """The text with everything that reads as a mark taken out: documents can't forge citations."""
    return disarmed(MARK.sub("", bared(text)))


def disarmed(text: str) -> str:
    """Marks that appeared only because others were removed from them (`[1[2]]`), in other brackets of the same
    length."""
    return MARK.sub(lambda mark: mark.group().translate(_DISARMED), text)
