"""Derives shorter claims that follow from a sentence because of its form."""

import random
import re
from dataclasses import dataclass

from evals.verifier_training.lexicon import NATIONALITIES, VERBS_OF_MAKING
from evals.verifier_training.patterns import CLAUSE, COPULA, CUT, NAME, PARENTHESIS

_DATE = r"[A-Z][a-z]+ \d{1,2}, \d{4}|\d{1,2} [A-Z][a-z]+ \d{4}"
_BORN = re.compile(rf"\((?:[^()]*?\b)?born:? (?P<date>{_DATE})")
_LIVED = re.compile(rf"\((?:[^()]*?[;,] )?(?P<born>{_DATE}|\d{{4}}) ?(?:–|--|-) ?(?P<died>{_DATE}|\d{{4}})\)")
_VERBS = "|".join(VERBS_OF_MAKING)
_MADE = re.compile(
    rf"\b(?P<verb>{_VERBS}) (?P<how>by|on|in|at|from|as) (?P<what>[^,.;()]+?)"
    rf"(?= and |,|\.|;| \(|$| (?:{_VERBS}|which|who|that|for|with|on|in) )"
)
_LIST = re.compile(
    r"(?P<before>^.*?\b(?:include|includes|including|contain|are|is|with|and|of|in|as|such as|by|for) )"
    r"(?P<items>(?:[\w' -]{2,40}, ){1,8}(?:and |or )[\w' -]{2,40})"
)
_NO_NAMES = ("The", "In", "It", "He", "She", "They", "On", "At")


def subject_of(sentence: str) -> str:
    """The name at the beginning of the sentence, or nothing."""
    found = NAME.match(sentence)
    return found.group() if found and found.group() not in _NO_NAMES else ""


@dataclass(frozen=True, slots=True)
class Entailments:
    draw: random.Random

    def said(self, sentence: str) -> list[str]:
        """Shorter claims that follow from the sentence."""
        claims = [sentence] if self.draw.random() < 0.25 else []
        bare = PARENTHESIS.sub("", sentence)
        short = CLAUSE.sub(".", bare)
        claims += [text for text in (bare, short) if len(text.split()) > 3 and text != sentence]
        copula = COPULA.match(sentence)
        who, be = (copula["who"], copula["is"]) if copula else (subject_of(sentence), "was")
        if copula:
            claims += self._kinds(who, be, PARENTHESIS.sub("", copula["what"]))
        if who:
            claims += self._dates(who, sentence)
            for made in _MADE.finditer(bare):
                claims += [f"{who} was {made['verb']} {made['how']} {made['what']}."] * 2
        claims += self._items(bare)
        halves = re.split(r"(?<=\w), and |; ", bare)
        claims += [half.rstrip(".") + "." for half in halves if len(half.split()) > 4 and len(halves) > 1]
        return [claim for claim in dict.fromkeys(claims) if 3 <= len(claim.split()) <= 40]

    def _kinds(self, who: str, be: str, what: str) -> list[str]:
        claims = []
        head = CUT.split(what)[0].rstrip(".")
        if len(head.split()) > 1:
            claims.append(f"{who} {be} {head}.")
            article, *words = head.split()
            noun = words[-1]
            claims += [f"{who} {be} {word}." for word in words if word in NATIONALITIES]
            if be in ("is", "was") and len(words) > 1 and article in ("a", "an"):
                claims.append(f"{who} {be} {'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}.")
        rest = what.rstrip(".")
        if " and " in rest[:90] and be in ("is", "was"):
            nouns = re.findall(r"(?:, |and )([a-z]+(?: [a-z]+)?)(?=,| and|\.|$| who| best)", rest)[:3]
            claims += [f"{who} {be} {'an' if noun[0] in 'aeiou' else 'a'} {noun}." for noun in nouns]
        return claims

    def _dates(self, who: str, sentence: str) -> list[str]:
        claims = []
        if born := _BORN.search(sentence):
            year = born["date"][-4:]
            claims += [
                f"{who} was born in {year}.",
                f"{who} was born on {born['date']}.",
                f"{who}'s birthday is {born['date']}.",
            ]
        if lived := _LIVED.search(sentence):
            claims += [
                f"{who} was born in {lived['born'][-4:]}.",
                f"{who} died in {lived['died'][-4:]}.",
                f"{who} is dead.",
            ]
            if len(lived["died"]) > 4:
                claims += [f"{who} died on {lived['died']}.", f"{who} was born on {lived['born']}."]
        return claims

    def _items(self, sentence: str) -> list[str]:
        found = _LIST.match(sentence)
        if not found:
            return []
        items = [item.strip() for item in re.split(r", and |, or |, | and | or ", found["items"]) if item.strip()]
        return [f"{found['before']}{item}." for item in self.draw.sample(items, min(2, len(items)))]
