"""Masks personal data by Presidio's pattern recognisers: no model, nothing fetched, checksums where there are any.

Names of people are found by a spaCy pipeline that the operator names, and by nothing else: no pattern tells one from a
product's, and half of a company's documents are about people who may be named. Blocking, and some seconds to import:
call it in a thread.
"""

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.errors import InvalidSetting

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

LANGUAGE = "en"
LEAST_SCORE = 0.4
"""What a phone number scores that the phonenumbers library takes for valid in one of the usual countries."""

WINDOW_CHARACTERS = 600
OVERLAP_CHARACTERS = 100
"""What is looked for is shorter than the overlap; the time that some patterns take grows with a window's square."""

_SPOKEN = {"ip address": "IP address", "iban code": "IBAN"}


def check_pipeline(name: str) -> None:
    """Raises InvalidSetting unless a spaCy pipeline of that name is installed, or is in that folder."""
    if not (name.isidentifier() and find_spec(name)) and not Path(name, "meta.json").is_file():
        raise InvalidSetting(
            f"HOPLINE_AUDIT_NAMES_MODEL: there is no spaCy pipeline {name!r}, installed or as a folder; nothing is "
            "downloaded. Leave it empty and names of people are not masked."
        )


def without_personal_data(text: str, names_model: str | None = None) -> str:
    """Text whose addresses, numbers of phones, cards, accounts and identity papers are replaced by what they are:
    "[email address] asked". With a spaCy pipeline also what that takes for a person's name."""
    text = text.encode("utf-8", "backslashreplace").decode()  # lone surrogates, which the tokeniser can't take
    parts, done = [], 0
    for start, end, kind in sorted(_found(text, _analyzer(names_model))):
        if start >= done:
            parts += [text[done:start], f"[{_SPOKEN.get(kind, kind)}]"]
        done = max(done, end)
    return "".join([*parts, text[done:]])


def _found(text: str, analyzer: "AnalyzerEngine") -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of what is personal, white space around it left out."""
    for first in range(0, len(text), WINDOW_CHARACTERS - OVERLAP_CHARACTERS):
        window = text[first : first + WINDOW_CHARACTERS]
        for match in analyzer.analyze(window, language=LANGUAGE, score_threshold=LEAST_SCORE):
            written = window[match.start : match.end]
            start = first + match.start + len(written) - len(written.lstrip())
            yield start, first + match.end, match.entity_type.replace("_", " ").lower()


@cache
def _analyzer(names_model: str | None) -> "AnalyzerEngine":
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    domains = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list it brings along, none off the net

    class Email(predefined_recognizers.EmailRecognizer):
        def validate_result(self, pattern_text: str) -> bool:
            return bool(domains(pattern_text).fqdn)

    class Tokens(SpacyNlpEngine):
        """Words alone, which the recognisers want for context, unless a pipeline finds names as well."""

        def __init__(self) -> None:
            super().__init__()
            self.nlp: Any = {LANGUAGE: spacy.load(names_model) if names_model else spacy.blank(LANGUAGE)}

    shipped = predefined_recognizers
    recognizers: list[EntityRecognizer] = [
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
    if names_model:
        recognizers.append(shipped.SpacyRecognizer(LANGUAGE, ["PERSON"]))
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=[LANGUAGE])
    return AnalyzerEngine(registry=registry, nlp_engine=Tokens(), supported_languages=[LANGUAGE])
