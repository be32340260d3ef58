"""Changes one thing in a claim, so that its evidence no longer supports it."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from evals.verifier_training.lexicon import KINDS, NATIONALITIES, PLACES, antonyms
from evals.verifier_training.patterns import CLAUSE, CUT, NAME, PARENTHESIS
from evals.verifier_training.texts import Texts
from tools.dates import MONTHS

_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_YEAR = re.compile(r"\b1[5-9]\d\d\b|\b20\d\d\b")
_BE = re.compile(r"\b(is|was|are|were|has|have|had|can|will|would|could|must|may|should|does|did)\b(?! not)")
_VERB = re.compile(r" ([a-z]{3,}(?:ed|s)|won|began|became|made|went|took|wrote|led|sold|held) ")
_ANTONYMS = antonyms()
_NO_NAMES = ("The", "In", "It", "He", "She", "They")


@dataclass(frozen=True, slots=True)
class Distortions:
    """Each method returns nothing if it does not apply."""

    texts: Texts
    draw: random.Random

    def changed(self, claim: str, at: int) -> list[tuple[str, str]]:
        ways: list[tuple[Callable[[str, int], str], str]] = [
            (self._other_number, "contradicted"),
            (self._other_number, "contradicted"),
            (self._other_name, "contradicted"),
            (self._other_name, "contradicted"),
            (self._other_place, "contradicted"),
            (self._antonym, "contradicted"),
            (self._antonym, "contradicted"),
            (self._denied, "contradicted"),
            (self._denied, "contradicted"),
            (self._only, "contradicted"),
            (self._other_kind, "contradicted"),
            (self._other_kind, "contradicted"),
            (self._turned, "contradicted"),
            (self._added, "neutral"),
            (self._other_end, "neutral"),
            (self._other_words, "neutral"),
        ]
        made = [(way(claim, at), label) for way, label in ways]
        return [
            (false, label) for false, label in made if false and false.casefold() not in self.texts.texts[at].casefold()
        ]

    def _other_number(self, claim: str, at: int) -> str:
        spots = list(_NUMBER.finditer(claim))
        if not spots:
            return ""
        spot = self.draw.choice(spots)
        old = spot.group()
        if _YEAR.fullmatch(old):
            new = str(int(old) + self.draw.choice([-100, -31, -20, -12, -7, -3, -1, 1, 2, 5, 10, 19, 30]))
        else:
            digits = [
                str((int(one) + self.draw.randint(1, 8)) % 10 or 1)
                if one.isdigit() and self.draw.random() < 0.7
                else one
                for one in old
            ]
            new = "".join(digits)
        return (
            claim[: spot.start()] + new + claim[spot.end() :] if new != old and new not in self.texts.texts[at] else ""
        )

    def _other_name(self, claim: str, at: int) -> str:
        spots = [spot for spot in NAME.finditer(claim) if spot.group() not in _NO_NAMES]
        if not spots:
            return ""
        spot = self.draw.choice(spots)
        old = spot.group()
        here = [
            name
            for name in NAME.findall(self.texts.texts[at])
            if name not in claim and old not in name and len(name) > 3
        ]
        shaped = [
            name
            for name in self.draw.sample(self.texts.names, min(60, len(self.texts.names)))
            if len(name.split()) == len(old.split())
        ]
        new = (
            self.draw.choice(here)
            if here and self.draw.random() < 0.4
            else self.draw.choice(shaped or self.texts.names)
        )
        return claim[: spot.start()] + new + claim[spot.end() :] if new not in claim and old not in new else ""

    def _other_place(self, claim: str, at: int) -> str:
        for pool in (NATIONALITIES, PLACES, MONTHS):
            known = [word for word in re.findall(r"[A-Z]\w+", claim) if word in pool]
            if known:
                old = self.draw.choice(known)
                new = self.draw.choice([word for word in pool if word != old and word not in self.texts.texts[at]])
                return re.sub(rf"\b{old}\b", new, claim, count=1)
        return ""

    def _antonym(self, claim: str, at: int) -> str:
        spots = [spot for spot in re.finditer(r"\w+", claim) if spot.group() in _ANTONYMS]
        if not spots:
            return ""
        spot = self.draw.choice(spots)
        return claim[: spot.start()] + _ANTONYMS[spot.group()] + claim[spot.end() :]

    def _denied(self, claim: str, at: int) -> str:
        if spot := _BE.search(claim):
            word = spot.group()
            past = (
                "has never been"
                if word in ("is", "was")
                else "have never been"
                if word in ("are", "were")
                else f"{word} never"
            )
            new = self.draw.choice(
                [
                    f"{word} not",
                    f"{word} not",
                    past,
                    f"{word} incapable of being" if word in ("is", "was") else f"{word} not",
                ]
            )
            return claim[: spot.start()] + new + claim[spot.end() :]
        if spot := _VERB.search(claim):
            new = self.draw.choice(["never", "did not", "failed to have", "refused to have"])
            return claim[: spot.start()] + f" {new} " + claim[spot.start(1) :]
        return ""

    def _only(self, claim: str, at: int) -> str:
        spot = _BE.search(claim)
        if not spot:
            return ""
        new = self.draw.choice(["only", "exclusively", "solely", "only ever"])
        return claim[: spot.end()] + f" {new}" + claim[spot.end() :]

    def _other_kind(self, claim: str, at: int) -> str:
        found = re.match(r"^(.{3,60}?) (is|was|are|were) (.+?)\.?$", claim)
        if not found:
            return ""
        kind = self.draw.choice(KINDS)
        if kind in self.texts.texts[at]:
            return ""
        words = found[3].split()
        if self.draw.random() < 0.5 and len(words) > 1:
            return f"{found[1]} {found[2]} {' '.join(words[:-1])} {kind}."
        return f"{found[1]} {found[2]} {'an' if kind[0] in 'aeiou' else 'a'} {kind}."

    def denied_other(self, claim: str) -> str:
        """A denial that is true: that a thing of one kind is of another."""
        found = re.match(r"^(.{3,60}?) (is|was) (?:a|an) (.+?)\.?$", claim)
        kind = self.draw.choice(KINDS)
        if not found or kind in claim:
            return ""
        return f"{found[1]} {found[2]} not {'an' if kind[0] in 'aeiou' else 'a'} {kind}."

    def _turned(self, claim: str, at: int) -> str:
        """Swaps two names."""
        names = list(dict.fromkeys(name for name in NAME.findall(claim) if len(name) > 3))
        if len(names) < 2:
            return ""
        left, right = self.draw.sample(names, 2)
        if left in right or right in left:
            return ""
        return claim.replace(left, "\0").replace(right, left).replace("\0", right)

    def _added(self, claim: str, at: int) -> str:
        other = self.draw.choice(self.texts.sentences[self.texts.similar(at)] or [""])
        clause = CLAUSE.sub("", PARENTHESIS.sub("", other)).rstrip(".")
        words = clause.split()
        if not 4 <= len(words) <= 20:
            return ""
        return f"{claim.rstrip('.')}{self.draw.choice([', and', '.', ', because', ', where'])} {clause}."

    def _other_end(self, claim: str, at: int) -> str:
        """The beginning of the claim with the end of another sentence."""
        cuts = list(CUT.finditer(claim))
        other = self.draw.choice(self.texts.sentences[self.texts.similar(at)] or [""])
        ends = list(CUT.finditer(other))
        if not cuts or not ends:
            return ""
        end = other[self.draw.choice(ends).end() :]
        cut = self.draw.choice(cuts)
        words = end.split()
        return claim[: cut.end()] + " ".join(words[:12]).rstrip(".,") + "." if len(words) > 1 else ""

    def _other_words(self, claim: str, at: int) -> str:
        """Replaces some content words with those of another text."""
        other = re.findall(r"\b[a-z]{5,}\b", self.texts.texts[self.texts.similar(at)])
        own = list(re.finditer(r"\b[a-z]{5,}\b", claim))
        if len(other) < 3 or not own:
            return ""
        for spot in sorted(self.draw.sample(own, max(1, len(own) // 3)), key=lambda spot: -spot.start()):
            claim = claim[: spot.start()] + self.draw.choice(other) + claim[spot.end() :]
        return claim
