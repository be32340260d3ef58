"""Substitutes for ports that are down."""

from collections.abc import Sequence
from dataclasses import replace

from tools.errors import VerifierUnavailable
from tools.ports import ClaimToCheck, Verdict, Verifier
from tools.verifiers.lexical import LexicalVerifier

UNSEEN = Verdict("unsupported", 0.0, verified=False)


class StandingInVerifier:
    """A Verifier that never fails while the real one is down: then nothing is supported or, with `marks`, words are
    compared instead. Such verdicts say that they are not verified. A missing model stays an error: waiting does not
    bring it back."""

    def __init__(self, verifier: Verifier, *, marks: bool) -> None:
        self._verifier = verifier
        self._words = LexicalVerifier() if marks else None

    @property
    def name(self) -> str:
        return self._verifier.name

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        try:
            return await self._verifier.verify(claims)
        except VerifierUnavailable:
            if self._words is None:
                return [UNSEEN] * len(claims)
            return [replace(verdict, verified=False) for verdict in await self._words.verify(claims)]
