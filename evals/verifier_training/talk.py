"""How people and dialogue models talk: spoken forms of a claim, and what speakers add of their own."""

import random
import re
from dataclasses import dataclass

from evals.verifier_training.entailed import subject_of
from evals.verifier_training.patterns import COPULA, NAME
from evals.verifier_training.texts import Texts

_NODS = ("Yes,", "Yes", "Yeah,", "Well,", "Actually,", "That's right.", "I see.", "Oh,", "Sure,", "Right,", "So", "Hm,")
_PRONOUNS = ("He", "She", "It", "They")
_OWN = (
    "I love {it}.",
    "I love {it}! I have never been there.",
    "I have been to {it} a few times.",
    "I used to have {it} when I was a kid.",
    "My favorite is {it}.",
    "I am a big fan of {it}.",
    "I think {it} is the best of all.",
    "I've never tried {it}, but I would like to.",
    "I am not sure, but I think {it} is very popular.",
    "Have you ever tried {it}?",
    "Do you like {it}?",
    "What do you know about {it}?",
    "I don't know much about {it}.",
    "My brother works with {it}.",
    "It is very interesting. I have to look into {it}.",
    "I'd love to learn about {it} some day.",
)
_AROUND = (
    "I think it is great that {claim}",
    "I think {claim}",
    "I guess {claim}",
    "{claim} I love it.",
    "{claim} I have always wanted to see that.",
    "{claim} Have you ever seen it?",
    "{claim} It is really popular with everyone.",
    "{claim} My family does the same.",
    "I am not sure, but maybe {claim}",
    "I like it because {claim}",
    "I have heard that {claim} It is my favorite.",
)
_OPENINGS = (
    "Hey,",
    "Hi!",
    "Guess what:",
    "By the way,",
    "As I said,",
    "Sorry for the wait!",
    "Well,",
    "You know,",
    "Oh,",
)
_FIRST = {"is": ("I am", "I'm"), "was": ("I was",), "has": ("I have", "I've"), "had": ("I had",), "will": ("I'll",)}
_PAST = "[a-z]{3,}ed|won|wrote|made|began|became|led|sold|held|took|went"
_TOLD_OF = re.compile(rf"^(?P<who>{NAME.pattern})(?: \([^)]*\))? (?P<verb>{'|'.join(_FIRST)}|{_PAST}) (?P<rest>.+)$")
_REPORTED = (
    "According to {who}, {claim}",
    "{who} said that {claim}",
    "{who} says that {claim}",
    "{who} wrote that {claim}",
)
_NOUN = re.compile(r"\b[a-z]{5,}(?:s|ing|er|on)\b")


@dataclass(frozen=True, slots=True)
class Talk:
    """Conversational forms of claims.

    Dialogue adds opinions and memories to the facts. An encoder that has only read encyclopaedias takes "I love
    gamification" for supported by any text about gamification.
    """

    texts: Texts
    draw: random.Random

    def nodded(self, claim: str) -> str:
        """The claim as an answer in a conversation: a nod before it, a pronoun as its subject, nothing added."""
        copula = COPULA.match(claim)
        said = claim
        if copula and self.draw.random() < 0.5:
            said = self.draw.choice(_PRONOUNS) + claim[copula.end("who") :]
        if said == claim or self.draw.random() < 0.5:
            said = f"{self.draw.choice(_NODS)} {said}"
        return self._worn(said)

    def told(self, claim: str) -> str:
        """A message in which somebody says about themselves what the claim says about them; nothing for other
        claims."""
        found = _TOLD_OF.match(claim)
        if not found or not subject_of(claim):
            return ""
        spoken = _FIRST.get(found["verb"], ("I " + found["verb"],))
        return self._message(found["who"], f"{self.draw.choice(spoken)} {found['rest']}")

    def reported(self, claim: str) -> tuple[str, str, str]:
        """A message that states the claim, a claim that says who sent it, and one that names somebody else."""
        sender, other = self.draw.sample(self.texts.names, 2)
        form = self.draw.choice(_REPORTED)
        return self._message(sender, claim), form.format(who=sender, claim=claim), form.format(who=other, claim=claim)

    def _message(self, sender: str, said: str) -> str:
        opening = f"{self.draw.choice(_OPENINGS)} " if self.draw.random() < 0.5 else ""
        return f"{sender}: {opening}{said}"

    def own(self, claim: str, at: int) -> str:
        """Something speakers say about themselves, or a claim with their opinion around it. No evidence covers
        either."""
        if self.draw.random() < 0.5:
            said = self.draw.choice(_AROUND).format(claim=claim)
        else:
            names = [subject_of(sentence) for sentence in self.texts.sentences[at]] + _NOUN.findall(claim)
            names = [name for name in names if name]
            said = self.draw.choice(_OWN).format(it=self.draw.choice(names) if names else "it")
            if self.draw.random() < 0.4:
                said = f"{self.draw.choice(_NODS)} {said}"
        return self._worn(said)

    def _worn(self, said: str) -> str:
        """As in chats: often in lower case, without the full stop."""
        said = said.lower() if self.draw.random() < 0.4 else said
        return said.rstrip(".") if self.draw.random() < 0.4 else said
