"""Content words: what a question is about, and how much of it a text covers.

Inverse document frequencies come from the question's own candidate pool, so no statistics of the corpus are kept
anywhere: measured equal to corpus-wide frequencies on multi-hop questions, and it can't leak what a reader may not
read.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from itertools import chain

import Stemmer

from graph.texts.one_form import in_one_form
from tools.names import without_accents

_WORD = re.compile(r"\d+(?:[.,:]\d+)+|[^\W_]+", re.UNICODE)
_HOW = re.compile(
    r"\b[Hh]ow\s+(?:long|many|much|old|often|far|fast|quickly|soon|late|early|big|large|high|tall|deep|wide|heavy)\b"
)
"""What is asked for, not what it is asked about: no passage has to say "long"."""

_ASKS_WHAT = re.compile(r"[Ww]hat(?:['’]?s)?\b")
_IS_MEANT = re.compile(
    r"\b(?:stands? for|(?:is |are )?(?:short for|meant by)|(?:the )?(?:meaning|definition) of|"
    r"called(?=\W{0,3}$))(?!\w)"
)
MAX_QUESTION_CHARACTERS = 400

_STEMMER = Stemmer.Stemmer("english", 0)

STOP_WORDS = frozenset(
    """a about above after again all also although am an and any are aren as at be because been before
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


_ALIKE = {
    "european": "europ",
    "american": "america",
    "asian": "asia",
    "african": "africa",
    "euro": "eur",
    "franc": "chf",
    "owner": "own",
    "supplier": "suppli",
    "vendor": "suppli",
    "leader": "lead",
    "maker": "make",
    "writer": "write",
    "founded": "founder",
    "founding": "founder",
    "acquisit": "acquir",
    "allow": "permit",
    "advic": "advis",
    "applic": "appli",
    "certif": "certifi",
    "choic": "choos",
    "closur": "close",
    "complaint": "complain",
    "complianc": "compli",
    "cost": "price",
    "decis": "decid",
    "deliveri": "deliv",
    "departur": "depart",
    "descript": "describ",
    "erasur": "eras",
    "expiri": "expir",
    "explan": "explain",
    "extens": "extend",
    "failur": "fail",
    "growth": "grow",
    "injuri": "injur",
    "introduct": "introduc",
    "login": "log",
    "logon": "log",
    "loss": "lose",
    "mainten": "maintain",
    "notif": "notifi",
    "payment": "pay",
    "permiss": "permit",
    "recoveri": "recov",
    "purchas": "buy",
    "recruit": "hire",
    "reduct": "reduc",
    "registr": "regist",
    "resolut": "resolv",
    "retent": "retain",
    "sick": "ill",
    "signatur": "sign",
    "submiss": "submit",
    "subscript": "subscrib",
    "suspens": "suspend",
    "theft": "steal",
    "vacat": "holiday",
    "verif": "verifi",
}
"""By the word or its stem, with what says the same in a company's papers: what it costs is its price. Who founded a
company is its founder; what was found is something else. An application is made by who applies, a decision by who
decides: of such nouns stand here those that the stemmer parts from their verb, but none that mostly is a thing of its
own, as a receipt, a response or a product is."""

_BASE_FORMS = {
    form: base
    for base, forms in {
        "become": "became",
        "begin": "began begun",
        "bicycle": "bike bikes",
        "bind": "bound",
        "blow": "blew blown",
        "break": "broke broken",
        "bring": "brought",
        "build": "built",
        "burn": "burnt",
        "buy": "bought",
        "catch": "caught",
        "center": "centre centres",
        "child": "children kid kids",
        "choose": "chose chosen",
        "come": "came",
        "deal": "dealt",
        "defense": "defence defences",
        "draw": "drew drawn",
        "drive": "drove driven",
        "eat": "ate eaten",
        "extension": "ext",
        "fall": "fell fallen",
        "feed": "fed",
        "feel": "felt",
        "fiber": "fibre fibres",
        "fight": "fought",
        "find": "found",
        "fly": "flew flown",
        "forbid": "forbade forbidden",
        "forget": "forgot forgotten",
        "freeze": "froze frozen",
        "grow": "grew grown",
        "hang": "hung",
        "hear": "heard",
        "hide": "hid hidden",
        "hold": "held",
        "information": "info",
        "keep": "kept",
        "lay": "laid",
        "lead": "led",
        "learn": "learnt",
        "license": "licence licences",
        "lend": "lent",
        "liter": "litre litres",
        "lose": "lost",
        "make": "made",
        "meet": "met",
        "offense": "offence offences",
        "overtake": "overtook overtaken",
        "pay": "paid",
        "phone": "telephone telephones",
        "program": "programme programmes",
        "repay": "repaid",
        "ride": "rode ridden",
        "ring": "rang rung",
        "run": "ran",
        "seek": "sought",
        "sell": "sold",
        "send": "sent",
        "shake": "shook shaken",
        "sing": "sang sung",
        "sit": "sat",
        "sleep": "slept",
        "speak": "spoke spoken",
        "spend": "spent",
        "stand": "stood",
        "steal": "stole stolen",
        "stick": "stuck",
        "strike": "struck",
        "swear": "swore sworn",
        "sweep": "swept",
        "swim": "swam swum",
        "take": "took taken",
        "teach": "taught",
        "tear": "tore torn",
        "theater": "theatre theatres",
        "think": "thought",
        "throw": "threw thrown",
        "understand": "understood",
        "undertake": "undertook undertaken",
        "wake": "woke woken",
        "wear": "wore worn",
        "win": "won",
        "withdraw": "withdrew withdrawn",
        "write": "wrote written",
    }.items()
    for form in forms.split()
}
"""Forms that no rule of spelling leads back to their word, and short forms of one. The irregular verbs of English are
few and no more will come, so they need no dictionary of lemmas. Some are left out that are more often another word:
what is "left" is not on leave, a "rose" has not risen, and who "saw" something has no saw."""

_SPELT = re.compile(
    r"(?P<our>(?:arm|behavi|col|endeav|fav|flav|harb|hon|hum|lab|neighb|od|rum|sav|vap|vig)o)u(?=r)|"
    r"(?P<ise>\w{3}[iy])z(?=(?:e[drs]?|ers|ing|ations?)$)|(?P<ll>[aeiou][^aeiou]{0,3}el)l(?=(?:ed|ers?|ing)$)"
)
"""What the British and the Americans spell with one letter more or another one: colour, organize, cancelled."""

_VOWELLESS_PLURAL = re.compile(r"[b-df-hj-np-tv-z]{2,6}(?<!s)s")
"""Of letters that are read one by one, "DVDs": the stemmer leaves the end of a word without a vowel."""

_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Of a word in small letters; what is European is of Europe, euros are EUR, and who owns a thing is its owner."""
    word = _BASE_FORMS.get(word, word)
    word = _SPELT.sub(lambda match: match[0][:-1] if match["ise"] is None else f"{match['ise']}s", word, 1)
    word = word[:-1] if _VOWELLESS_PLURAL.fullmatch(word) else word
    stemmed = str(_STEMMER.stemWord(word))
    return _ALIKE.get(word) or _ALIKE.get(stemmed, stemmed)


def without_asking(question: str) -> str:
    """ "How" for "how long" and the like; "What is WDR?" for "What does WDR stand for?".

    >>> content_words("What does WDR stand for?") == content_words("What is a WDR?") == {"wdr"}
    True
    """
    if len(question) <= MAX_QUESTION_CHARACTERS and _ASKS_WHAT.search(question[:80]):
        question = _IS_MEANT.sub(" ", question)
    return _HOW.sub("how", question) if "how" in question or "How" in question else question


@lru_cache(maxsize=8_192)
def content_words(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning, without case and accents; numbers included.

    Remembered, since every step of a question asks it of the same passages and sentences.
    """
    words = _WORD.findall(without_accents(without_asking(in_one_form(text))))
    return frozenset(stem(_figure(word)) for word in words if word not in STOP_WORDS)


def _figure(word: str) -> str:
    """ "186,000" as "186000"."""
    return word.replace(",", "") if "," in word and _GROUPED.fullmatch(word) else word


def inverse_frequencies(words: Iterable[str], pool: Collection[Collection[str]]) -> dict[str, float]:
    """BM25's idf of each word over the pool: ln(1 + (N - df + 0.5) / (df + 0.5)); always positive.

    In the order of the alphabet: sums over a set's own order differ in their last bit from process to process, which is
    enough to move a passage across a threshold of the ranker.
    """
    count, wanted = len(pool), frozenset(words)
    frequency = Counter(chain.from_iterable(wanted.intersection(document) for document in pool))
    documents = {word: frequency[word] for word in sorted(wanted)}
    return {word: math.log(1 + (count - df + 0.5) / (df + 0.5)) for word, df in documents.items()}


def coverage(covered: Collection[str], weights: Mapping[str, float]) -> float:
    """Share of the question's idf mass that these words cover, in 0–1; 0 when the question has no content words."""
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in covered) / total if total else 0.0
