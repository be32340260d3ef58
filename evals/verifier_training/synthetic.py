"""Labelled pairs made by rule from the evidence texts alone: what they say, and the same with one thing changed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from evals.verifier_training.distorted import Distortions
from evals.verifier_training.entailed import Entailments, subject_of
from evals.verifier_training.patterns import COPULA
from evals.verifier_training.talk import Talk
from evals.verifier_training.texts import Texts

MAX_CHARACTERS = 500
"""Length of a sentence with its neighbours; about what the encoder reads in training."""
TALK = 0.5
"""Share of texts with a conversational claim as well."""
REPORTED = 0.3
_PRONOUNS = (("He", "She"), ("It",), ("They",))

ALLOWED: dict[str, tuple[bool, bool, bool]] = {
    "supported": (True, False, False),
    "neutral": (False, True, False),
    "contradicted": (False, False, True),
    "unsupported": (False, True, True),
}
"""The classes (supported, neutral, contradicted) that each label allows."""


@dataclass(frozen=True, slots=True)
class Pair:
    evidence: str
    claim: str
    label: str
    question: str = ""


class Rules:
    """Makes pairs from sentences. Everything is drawn from `random`, so that a seed fixes it."""

    def __init__(self, evidence: Sequence[str], seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311
        self.texts = Texts(evidence, self.draw)
        self.entailments = Entailments(self.draw)
        self.distortions = Distortions(self.texts, self.draw)
        self.talk = Talk(self.texts, self.draw)

    def pairs(self, count: int) -> list[Pair]:
        made: list[Pair] = []
        rounds = 0
        while len(made) < count and rounds < 30:
            order = list(range(len(self.texts.texts)))
            self.draw.shuffle(order)
            for at in order:
                made += self._of(at)
            rounds += 1
        return made[:count]

    def _of(self, at: int) -> list[Pair]:
        sentence = self.draw.choice(self.texts.sentences[at]) if self.texts.sentences[at] else ""
        if len(sentence.split()) < 4:
            return []
        said = self.entailments.said(sentence)
        made = []
        for claim in self.draw.sample(said, min(2, len(said))):
            evidence = self._evidence(at, sentence)
            kind = self.draw.random()
            if kind < 0.12:
                claim_no = self.distortions.denied_other(claim)
                if claim_no:
                    made.append(Pair(evidence, claim_no, "supported"))
            made.append(Pair(evidence, self._styled(claim), "supported"))
            changed = self.distortions.changed(claim, at)
            if changed:
                false, label = self.draw.choice(changed)
                made.append(Pair(evidence, self._styled(false), label))
        if said and self.draw.random() < TALK:
            claim = self.draw.choice(said)
            made.append(Pair(self._evidence(at, sentence), self.talk.nodded(claim), "supported"))
            made.append(Pair(self._evidence(at, sentence), self.talk.own(claim, at), "neutral"))
            made += self._told(claim, at)
        if said and self.draw.random() < 0.35:
            other = self.texts.similar(at)
            if other != at:
                made.append(Pair(self.texts.texts[other], self._styled(self.draw.choice(said)), "neutral"))
        return made

    def _told(self, claim: str, at: int) -> list[Pair]:
        """Messages that state the claim: about the sender, in the first person, or about somebody else."""
        made = []
        changed = self.distortions.changed(claim, at)
        if message := self.talk.told(claim):
            made.append(Pair(message, claim, "supported"))
            made += [Pair(message, *self.draw.choice(changed))] if changed else []
        if len(self.texts.names) > 1 and self.draw.random() < REPORTED:
            message, right, wrong = self.talk.reported(claim)
            made += [
                Pair(message, claim, "supported"),
                Pair(message, right, "supported"),
                Pair(message, wrong, "neutral"),
            ]
            made += [Pair(message, *self.draw.choice(changed))] if changed else []
        return made

    def _evidence(self, at: int, sentence: str) -> str:
        kind = self.draw.random()
        subject = subject_of(sentence)
        text = sentence if kind < 0.6 else self._around(at, sentence)
        named = len(subject.split()) > 1 or COPULA.match(sentence)
        if subject and named and self.draw.random() < 0.3:
            pronoun = self.draw.choice(self.draw.choice(_PRONOUNS))
            said = pronoun + sentence[len(subject) :]
            text = said if self.draw.random() < 0.5 else f"{subject}: {said}"
        if self.draw.random() < 0.15:
            extra = self.draw.choice(self.texts.sentences[self.texts.similar(at)] or [""])
            text = f"{extra} {text}" if self.draw.random() < 0.5 else f"{text} {extra}"
        return text.lower() if self.draw.random() < 0.08 else text

    def _around(self, at: int, sentence: str) -> str:
        """The sentence with its neighbours, no longer than the encoder reads."""
        place = self.texts.sentences[at].index(sentence)
        return " ".join(self.texts.sentences[at][max(0, place - 1) : place + 2])[: max(len(sentence), MAX_CHARACTERS)]

    def _styled(self, claim: str) -> str:
        kind = self.draw.random()
        if kind < 0.1:
            return claim.lower()
        return claim.rstrip(".") if kind < 0.25 else claim
