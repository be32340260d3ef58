"""Patterns of English sentences that the rules know."""

import re

NAME = re.compile(r"\b[A-Z][\w'’.-]*[\w](?:(?: of the| of| de| van| von)? [A-Z][\w'’-]*\w)*")
COPULA = re.compile(
    r"^(?P<who>[A-Z\"][^,()]{1,60}?)(?: \([^)]*\))? (?P<is>is|was|are|were) (?P<what>(?:a|an|the|one) .+)$"
)
PARENTHESIS = re.compile(r" \([^()]*\)")
CLAUSE = re.compile(r"[,;] (?:which|who|whose|where|and|but|with|including|such as|as|after|when|while|although)\b.*$")
CUT = re.compile(
    r"(?:, | and | or | but | who | which | that | in | on | for | with | from | by | at | after | when | as )"
)
