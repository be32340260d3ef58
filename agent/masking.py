"""Keeps secrets and personal data out of logs: what is logged may be pasted into a ticket by anyone.

A formatter, not a filter: it sees the finished line, tracebacks included. These patterns have a clear form, and a line
is masked in microseconds; `tools.personal_data`, which reads the audit log's texts, takes milliseconds for one and
seconds to import. Scrubadub finds names wherever a word is capitalised.
"""

import logging
import re

MASK = "[masked]"
_SECRETS = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:sk|rk|pk)-[\w-]{12,}|(?:sk|rk|pk)_(?:live|test)_\w{8,}|(?:xoxe\.)?xox[abeprs]-[\w-]{8,}"
    r"|xapp-[\w-]{8,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|AKIA[0-9A-Z]{16}(?![A-Za-z0-9])|AIza[\w-]{20,}|gsk_\w{16,}"
    r"|hf_\w{16,})"
    r"|(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*"
    r"|(?<=hooks\.slack\.com/services/)[\w/]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
"""A form begins where no letter or digit stands before it: `_` is part of a variable's name, not of its value."""

_NAMED = re.compile(
    r"(?i)((?<![A-Za-z0-9])(?:authorization|api[-_ ]?key|token|secret|passw(?:or)?d|pwd)(?![A-Za-z0-9])[\"']?\s*[:=]\s*"
    r"(?:b?[\"'])?(?:(?:bearer|basic)\s+)?)"
    r"[^\s\"',;)}\]]{4,}"
)
_BEARER = re.compile(r"(?i)((?<![A-Za-z0-9])bearer\s+)[\w.~+/-]{8,}=*")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s:@]{0,256}:(?!\d{1,5}/)(?:[^\s\"'<>@]{1,256}@){1,4}")
"""Up to the last @, since people put passwords with / and @ in URLs as they are; a port is no password."""

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)\d{1,3}[ ()./-]{0,2}\d(?:[ ()./-]{0,2}\d){6,12}(?!\w)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){12,18}\d(?![\d.])")


class MaskingFormatter(logging.Formatter):
    """`logging.Formatter` whose lines hold neither secrets nor personal data of a recognisable form."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def masked(text: str) -> str:
    """The text with keys, tokens, passwords, e-mail addresses, phone, card and account numbers replaced.

    >>> masked("ada@example.org used sk-abcdefghijklmnop")
    '[masked] used [masked]'
    """
    plain = _NAMED.sub(rf"\1{MASK}", _SECRETS.sub(MASK, text))
    plain = _CREDENTIALS.sub(f"{MASK}@", _BEARER.sub(rf"\1{MASK}", plain))
    plain = _PHONE.sub(MASK, _IBAN.sub(MASK, _EMAIL.sub(MASK, plain)))
    return _CARD.sub(lambda match: MASK if _is_card(match.group()) else match.group(), plain)


def _is_card(written: str) -> bool:
    """Luhn's check: of all long numbers one in ten passes, every card does."""
    digits = [int(digit) for digit in written if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
