"""Masks personal data by Presidio's pattern recognisers: no model, nothing fetched, checksums where there are any.

Names of people are not found: that takes a language model of its own, and half of a company's documents are about
people who may be named. Blocking, and some seconds to import: call it in a thread.
"""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

LANGUAGE = "en"
LEAST_SCORE = 0.4
"""What a phone number scores that the phonenumbers library takes for valid in one of the usual countries."""

WINDOW_CHARACTERS = 600
OVERLAP_CHARACTERS = 100
"""What is looked for is shorter than the overlap; the time that some patterns take grows with a window's square."""

_SPOKEN = {"ip address": "IP address", "iban code": "IBAN"}


def without_personal_data(text: str) -> str:
    """Text whose addresses, numbers of phones, cards, accounts and identity papers are replaced by what they are:
    "[email address] asked"."""
    text = text.encode("utf-8", "backslashreplace").decode()  # lone surrogates, which the tokeniser can't take
    parts, done = [], 0
    for start, end, kind in sorted(_found(text)):
        if start >= done:
            parts += [text[done:start], f"[{_SPOKEN.get(kind, kind)}]"]
        done = max(done, end)
    return "".join([*parts, text[done:]])


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of what is personal, white space around it left out."""
    for first in range(0, len(text), WINDOW_CHARACTERS - OVERLAP_CHARACTERS):
        window = text[first : first + WINDOW_CHARACTERS]
        for match in _analyzer().analyze(window, language=LANGUAGE, score_threshold=LEAST_SCORE):
            written = window[match.start : match.end]
            start = first + match.start + len(written) - len(written.lstrip())
            yield start, first + match.end, match.entity_type.replace("_", " ").lower()


@cache
def _analyzer() -> "AnalyzerEngine":
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    domains = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list it brings along, none off the net

    class Email(predefined_recognizers.EmailRecognizer):
        def validate_result(self, pattern_text: str) -> bool:
            return bool(domains(pattern_text).fqdn)

    class Tokens(SpacyNlpEngine):
        """Words alone: the recognisers want them for context, and no model is needed for that."""

        def __init__(self) -> None:
            super().__init__()
            self.nlp: Any = {LANGUAGE: spacy.blank(LANGUAGE)}

    shipped = predefined_recognizers
    recognizers = [
        Email(),
        shipped.PhoneRecognizer(),
        shipped.CreditCardRecognizer(),
        shipped.IbanRecognizer(),
        shipped.IpRecognizer(),
        shipped.MacAddressRecognizer(),
        shipped.CryptoRecognizer(),
        shipped.UsSsnRecognizer(),
        shipped.UkNinoRecognizer(),
        shipped.NhsRecognizer(),
        shipped.EsNifRecognizer(supported_language=LANGUAGE),
        shipped.EsNieRecognizer(supported_language=LANGUAGE),
        shipped.ItFiscalCodeRecognizer(supported_language=LANGUAGE),
        shipped.FiPersonalIdentityCodeRecognizer(supported_language=LANGUAGE),
    ]
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=[LANGUAGE])
    return AnalyzerEngine(registry=registry, nlp_engine=Tokens(), supported_languages=[LANGUAGE])
