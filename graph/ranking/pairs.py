"""The features of each candidate as the next step of a chain, beside the heads, at one of which a chain starts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.ranking.links import Links

FIRST_RANKS = 3
LINKED_BONUS = 0.35
NAMED_BONUS = 0.2
BRIDGED = 0.2
"""What a bridge is worth that gains nothing of the question."""

NO_SENTENCE = 9.0
"""The place of the sentence that links to what no head links to."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Alone:
    """The features of each candidate by itself, of shape (n,): the share of the question's IDF mass that it covers, its
    nearness to the question, how surely the question names it, and its `merit` so far."""

    coverage: Floats
    similarity: Floats
    named: Floats
    merit: Floats


@dataclass(frozen=True, slots=True)
class Pairs:
    """Each head with each candidate, as arrays of shape (heads, n). `onward` is how near the candidate is to question
    and head together, `alike` how near to the head, `both` the share of the question's IDF mass that the two cover.
    `bridge`, for the first heads only, is how rare the rarest name is that both mention."""

    alone: Alone
    links: Links
    onward: Floats
    alike: Floats
    both: Floats
    bridge: Floats

    def features(self) -> dict[str, Floats]:
        """The features, each of shape (n,), by their names in `FEATURES`."""
        return (
            self._by_best_link()
            | self._by_all_links()
            | self._as_best_pair()
            | self._beside_nearest()
            | self._over_best_bridge()
            | self._beside_first()
        )

    @property
    def _gained(self) -> Floats:
        """What of the question the candidate covers and the head does not."""
        gained: Floats = self.both - self.alone.coverage[self.links.heads][:, None]
        return gained

    @property
    def _head_merit(self) -> Floats:
        return self.alone.merit[self.links.heads][:, None]

    @property
    def _head_is_named(self) -> NDArray[np.bool_]:
        return (self.alone.named[self.links.heads] >= 1)[:, None]

    def _by_best_link(self) -> dict[str, Floats]:
        """Of the best head that links to it."""
        links, heads = self.links, self.links.heads
        offered = np.where(links.strength > 0, self._head_merit * links.strength + 1e-3 * links.context, -np.inf)
        best = _without_itself(offered, heads).argmax(axis=0)
        is_reached = np.isfinite(_at(offered, best))

        def of_best(values: Floats, otherwise: float = 0.0) -> Floats:
            return np.where(is_reached, _at(values, best), otherwise)

        return {
            "link_base": of_best(self._head_merit),
            "link_strength": of_best(links.strength),
            "link_context": of_best(links.context),
            "link_sentence": of_best(links.sentence, NO_SENTENCE),
            "link_words": of_best(links.words),
            "link_rivals": of_best(links.rivals),
            "link_onward": of_best(self.onward),
            "link_coverage": of_best(self.both),
            "link_gain": of_best(self._gained),
            "link_named": of_best(self.alone.named[heads][:, None]),
            "link_similarity": of_best(self.alone.similarity[heads][:, None]),
            "link_alike": of_best(self.alike),
        }

    def _by_all_links(self) -> dict[str, Floats]:
        links = self.links
        is_linked = links.strength >= 1
        is_from_named = is_linked & self._head_is_named
        return {
            "links": is_linked.sum(axis=0).astype(np.float64),
            "links_base": (links.strength * self._head_merit).sum(axis=0),
            "links_context": links.context.max(axis=0),
            "links_named": is_from_named.sum(axis=0).astype(np.float64),
            "links_named_context": np.where(is_from_named, links.context, 0.0).max(axis=0),
        }

    def _as_best_pair(self) -> dict[str, Floats]:
        """How good the best pair is that it closes behind a head, or opens as one."""
        alone, heads = self.alone, self.links.heads
        pairs: Floats = (
            self.both
            + (alone.similarity[heads][:, None] + (alone.similarity[None, :] + self.onward) / 2) / 2
            + LINKED_BONUS * (self.links.strength >= 1)
            + NAMED_BONUS * (self._head_is_named + (alone.named >= 1)[None, :]) / 2
        )
        pairs = _without_itself(pairs, heads)
        opened = np.full(len(alone.merit), -np.inf)
        opened[heads] = pairs.max(axis=1)
        pair = np.maximum(pairs.max(axis=0), opened)
        pair = np.where(np.isfinite(pair), pair, alone.merit)  # alone in play: a chain of one
        return {"pair": pair, "pair_gap": pair - pair.max()}

    def _beside_nearest(self) -> dict[str, Floats]:
        """Beside the head that it completes best, linked or not."""
        partner: Floats = self.both + self.onward / 2 + self._head_merit / 2
        near = _without_itself(partner, self.links.heads).argmax(axis=0)
        return {
            "near_coverage": _at(self.both, near),
            "near_gain": _at(self._gained, near),
            "near_onward": _at(self.onward, near),
            "near_base": _at(self._head_merit, near),
            "near_alike": _at(self.alike, near),
        }

    def _over_best_bridge(self) -> dict[str, Floats]:
        """Beside the head with which it shares a name that no document needs to have."""
        crossed = _without_itself(self.bridge * (BRIDGED + self._gained[: len(self.bridge)]), self.links.heads)
        over = crossed.argmax(axis=0)
        return {
            "bridge": _at(self.bridge, over),
            "bridge_gain": _at(self._gained, over),
            "bridge_onward": _at(self.onward, over),
            "bridge_base": _at(self._head_merit, over),
            "bridge_crossed": np.maximum(_at(crossed, over), 0.0),
        }

    def _beside_first(self) -> dict[str, Floats]:
        return {
            "onward_first": self.onward[:FIRST_RANKS].max(axis=0),
            "gain_top": self._gained[0],
            "onward_top": self.onward[0],
            "alike_top": self.alike[0],
        }


def _without_itself(values: Floats, heads: NDArray[np.int64]) -> Floats:
    """No head is a step of its own chain."""
    others = values.copy()
    others[np.arange(len(values)), heads[: len(values)]] = -np.inf
    return others


def _at(values: Floats, rows: NDArray[np.int64]) -> Floats:
    """The value of each candidate in the row that was chosen for it; (heads, 1) stands for all candidates alike."""
    chosen: Floats = np.broadcast_to(values, (len(values), len(rows)))[rows, np.arange(len(rows))]
    return chosen
