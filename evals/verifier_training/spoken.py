"""What a sentence says, as somebody says it: in a chat, an interview or minutes, and as it is told of them."""

import random
import re
from dataclasses import dataclass

from evals.verifier_training.entailed import subject_of

_FIRST_PERSON = {"is": "am", "was": "was", "has": "have", "are": "are", "were": "were", "had": "had"}
_PREDICATE = re.compile(r"^(?: \([^()]*\))?,? (?P<verb>[a-z]+) (?P<rest>\S.*)$")
_OPENINGS = (
    *("Hey everyone! ", "Well, ", "Hi! ", "To be honest, ", "Thanks for asking! ", "Oh, ", "By the way, ", "So, "),
    *("As I said, ", "Good question. ", "Yes, ", "No problem! ", "Quick update: ", "Sure. "),
)
_CLOSINGS = (
    " What do you think?",
    " Let me know.",
    " 😊",
    " Thanks!",
    " How about you?",
    " Right?",
    " Hope that helps.",
)
_TELLING = ("says that", "said that", "thinks that", "believes that", "explains that", "mentions that", "notes that")
_FIRST_NAMES = """Ada Bo Chen Dana Emil Farah Greta Hugo Ines Jonas Kira Lena Malik Nora Omar Petra Quinn Rosa Sami Tara
Ulrich Vera Wanda Xavier Yara Zoe""".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Speech:
    draw: random.Random

    def of_its_subject(self, sentence: str) -> str:
        """The sentence as its subject says it ("Ada Brun: I am a painter."), empty where it is about no name."""
        subject = subject_of(sentence)
        found = _PREDICATE.match(sentence[len(subject) :]) if subject else None
        if found is None:
            return ""
        verb = found["verb"]
        if verb in _FIRST_PERSON:
            verb = _FIRST_PERSON[verb]
        elif verb.endswith("ed"):
            pass
        elif verb.endswith("s") and not verb.endswith("ss"):
            verb = verb.removesuffix("s")
        else:
            return ""
        return self._line(subject, f"I {verb} {found['rest']}")

    def reported(self, sentence: str, claim: str) -> tuple[str, str, str]:
        """Somebody says the sentence: the line, the claim as it is told of them, and as it is told of another."""
        one, other = self.draw.sample(_FIRST_NAMES, 2)
        told = f"{self.draw.choice(_TELLING)} {claim}"
        return self._line(one, sentence), f"{one} {told}", f"{other} {told}"

    def among_others(self, line: str, sentence: str) -> str:
        """The line beside another one of the same conversation."""
        other = self._line(self.draw.choice(_FIRST_NAMES), sentence)
        return f"{line} {other}" if self.draw.random() < 0.5 else f"{other} {line}"

    def _line(self, name: str, said: str) -> str:
        opening = self.draw.choice(_OPENINGS) if self.draw.random() < 0.4 else ""
        closing = self.draw.choice(_CLOSINGS) if self.draw.random() < 0.3 else ""
        written = name.replace(" ", "") if self.draw.random() < 0.1 else name
        return f"{written}: {opening}{said}{closing}"
