"""Draws a smaller data set with the same mix of types."""

import random
from collections import defaultdict
from collections.abc import Sequence

from evals.datasets.questions import Question

SEED = 13


def stratified(questions: Sequence[Question], limit: int | None, seed: int = SEED) -> tuple[Question, ...]:
    """`limit` questions in their original order, each type in proportion to its share (largest remainders).

    The same data set, limit and seed give the same questions. Every type keeps at least one while there is room.
    """
    if limit is None or limit >= len(questions):
        return tuple(questions)
    groups: dict[str, list[int]] = defaultdict(list)
    for place, question in enumerate(questions):
        groups[question.type or ""].append(place)
    shares = {name: limit * len(places) / len(questions) for name, places in groups.items()}
    counts = {name: int(share) for name, share in shares.items()}
    by_remainder = sorted(groups, key=lambda name: (counts[name] > 0, counts[name] - shares[name], name))
    for name in by_remainder[: limit - sum(counts.values())]:
        counts[name] += 1
    chosen: list[int] = []
    for name, places in sorted(groups.items()):
        # A generator for each type, so that the size of one does not change another's sample.
        chosen += random.Random(f"{seed} {name}").sample(places, counts[name])  # noqa: S311 - a draw, not a secret
    return tuple(questions[place] for place in sorted(chosen))
