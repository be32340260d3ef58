"""How much each feature of a chain of sentences counts.

All are shares or counts in about 0–1. The weights were fitted on the training questions of public multi-hop sets and
the bundled handbook, so that chains with the gold answer in their last sentence and no idle sentence win (softmax over
a question's chains); rounded, and nothing of them depends on a data set. Those of questions, their replies and idle
sentences were chosen on the same questions; fitting all of them together again was no better in cross-validation.

A question that names no document of those that are read, by its title, describes what it asks for: there the sentence
that is nearest to it as a whole is more often the answer, and where it stands, which names it holds and how its words
are spread over a chain less. These weights were fitted likewise, on such questions of the bundled organisations, of the
handbook and of the public sets, and then moved so far back that questions over several documents lose nothing.
"""

from collections.abc import Mapping

WEIGHTS = {
    "relevance": 0.3,
    "asked": 0.2,
    "focus": 0.4,
    "kind": 0.55,
    "relation": 0.65,
    "rank": 0.4,
    "new": -0.15,
    "asks": -2.0,
    "by_another": -1.0,
    "outdated": -0.5,
    "support_relevance": 0.75,
    "support_named": 0.7,
    "linked": 0.7,
    "bridged": 0.6,
    "phrase": 0.15,
    "same_source": -0.2,
    "replies": 0.8,
    "unanswered": -1.5,
    "idle": -0.4,
    "covered": 0.6,
    "covered_said": 0.3,
    "names": 0.35,
    "repeats": -1.0,
    "adds_nothing": -0.8,
    "pair": -0.7,
    "triple": -0.45,
    "answers": 0.05,
}
"""`answers` counts the log-odds that the answer checker gives a chain; chains over several documents it tells less well
than what one of them says."""

DESCRIBED: Mapping[str, float] = WEIGHTS | {
    "relevance": 1.1,
    "asked": -0.1,
    "focus": 0.2,
    "kind": 0.35,
    "relation": 0.2,
    "rank": 0.1,
    "new": 0.0,
    "linked": 0.55,
    "bridged": 0.5,
    "phrase": 0.1,
    "idle": -0.25,
    "covered": 0.15,
    "covered_said": 0.05,
    "names": 0.15,
    "answers": 0.2,
}
"""Where the question names none of the documents."""

TELLING = (
    "relevance",
    "asked",
    "focus",
    "kind",
    "relation",
    "by_another",
    "rank",
    "covered",
    "covered_said",
    "names",
    "linked",
    "bridged",
)
"""Features of the best chain that the confidence looks at."""
