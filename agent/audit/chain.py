"""The chain of the audit log, as pure functions: each entry's hash covers the one before it.

An entry's hash covers the digest of its content, not the content itself, and the digest is salted: content can be
erased, with its salt, and neither breaks the chain nor can be guessed back from what stays.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

GENESIS = "0" * 64
Kind = Literal["question", "erasing", "erased", "receipt", "pruned"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One link. `content` is JSON, and None once it was erased; `at` is UTC, ISO 8601 with milliseconds."""

    seq: int
    at: str
    kind: Kind
    content: str | None
    salt: str | None
    digest: str
    hash: str

    @property
    def told(self) -> dict[str, Any]:
        """The content as values; empty once it was erased."""
        value = json.loads(self.content) if self.content is not None else {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's place and hash; what is kept of it elsewhere shows when the end of the log was cut off."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def linked(previous: Head, at: str, kind: Kind, content: Mapping[str, object]) -> Entry:
    """The entry that follows `previous`."""
    written = json.dumps(content, sort_keys=True)
    salt = secrets.token_hex(16)
    seq, digest = previous.seq + 1, digest_of(written, salt)
    return Entry(seq, at, kind, written, salt, digest, hash_of(previous.hash, seq, at, kind, digest))


def digest_of(content: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}{content}".encode()).hexdigest()


def hash_of(previous: str, seq: int, at: str, kind: str, digest: str) -> str:
    return hashlib.sha256(json.dumps([previous, seq, at, kind, digest]).encode()).hexdigest()


def seal_of(head: Head, key: bytes) -> str:
    """HMAC-SHA256 of the head: whoever rewrites the chain without the key can't seal its new end."""
    return hmac.new(key, str(head).encode(), hashlib.sha256).hexdigest()


def pseudonym(what: str, name: str, key: bytes) -> str:
    """Stands for a person or a source in entries that outlive it; the key keeps names from being tried out."""
    return hmac.new(key, f"{what}:{name}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)
