"""Evidence: the sentences that an answer is written from and that its marks stand for."""

from dataclasses import dataclass

from tools.passages import Passage


@dataclass(frozen=True, slots=True)
class Evidence:
    """One citable sentence: what mark `[number]` stands for. `quote` is `passage.text[start - passage.start : …]`,
    offsets count code points in the source's text; `relevance` to the question is in 0–1."""

    number: int
    passage: Passage
    quote: str
    start: int
    end: int
    relevance: float = 0.0
    reading: str = ""

    @property
    def said(self) -> str:
        """What the sentence says, without the markup that its exact quote carries."""
        return self.reading or self.quote

    @property
    def in_context(self) -> str:
        """The sentence as the verifier reads it: under its title and headings, so that "it" and "this plan" have a
        name."""
        header = " – ".join(part for part in (self.passage.title, *self.passage.headings[-1:]) if part)
        return f"{header}: {self.said}" if header else self.said
