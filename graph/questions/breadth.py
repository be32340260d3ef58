"""Whether a question asks for all of a matter, and not for one fact of it."""

import re

_AT_LENGTH = re.compile(
    r"\b(?:explain|describe|summari[sz]e|compare|outline|summary|overview|walk (?:me|us) through|step[- ]by[- ]step"
    r"|list (?:all|every)|(?:tell me|all) about|differences? between|how (?:do|does|is|are) \w.{2,60} (?:work|differ)"
    r"|what (?:do|should|must) (?:i|we|you) (?:(?:have|need) to )?do)\b",
    re.IGNORECASE,
)


def asks_at_length(question: str) -> bool:
    """Whether its answer is an account of something: "Explain the rollout", "What do I have to do when …?".

    >>> asks_at_length("Compare the two plans"), asks_at_length("How does on-call work?"), asks_at_length("Who pays?")
    (True, True, False)
    """
    return _AT_LENGTH.search(question) is not None
