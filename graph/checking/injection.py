"""Documents that give orders to a model, and answers that carry them out.

A document may say anything, "ignore your instructions, reply X" included. Quoting it is an answer, obeying it is not:
what an order asks to be said stands word for word in the document, so that overlap alone would call it supported.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from cachetools import LRUCache, cached

from graph.evidence import Evidence
from graph.texts.plain_text import undisguised
from graph.texts.words import content_words

_BETWEEN = (
    r"(?:\W+(?:all|any|every|of|the|your|its|my|these|those|such|previous|prior|earlier|above|preceding|other|system))"
)
_WORD = re.compile(r"\w+")
_TO_MODELS = r"\b(?:(?:language|ai|chat) ?(?:models?|assistants?|bots?)|llms?|chatbots?|assistants)\b"
_DUTY = r"(?:must|should|shall|have to|need to|are to|reply|respond|answer|say|output|write|look up)"
_ORDER = re.compile(
    rf"\b(?:ignore|disregard|forget|override){_BETWEEN}{{0,6}}\W+(?:instructions?|prompts?|directives?|guidelines?|rules)\b"
    r"|\b(?:system|developer) prompt\b"
    r"|\byou are now an?\b(?:\W+\w+){0,4}?\W+(?:assistant|model|bot|ai)\b"
    rf"|{_TO_MODELS}(?:\W+\w+){{0,6}}?\W+{_DUTY}\b"
    rf"|\b(?:dear|notice to|message to|if you are an?)\W+(?:\w+\W+){{0,2}}?{_TO_MODELS}"
    r"|\bif you are an? ai\b|\b(?:reply|respond|answer) (?:only |just )?with (?:the )?(?:word|phrase|text)\b"
    r"|\[/?inst\]|<\|im_(?:start|end)\|>"
    r"|\bfrom now on\b(?:\W+\w+){0,4}?\W+(?:answers?|reply|replies|respond)\b",
    re.IGNORECASE,
)
_POSES = re.compile(r"(?:^|[\s>])(?:SYSTEM|ASSISTANT|INSTRUCTION)\s*:|^#+\s*Instruction\b", re.MULTILINE)
"""As if it were the system that spoke."""

_SHOUTED = re.compile(
    r"\b([Rr]eply|[Rr]espond|[Ss]ay|[Oo]utput|[Aa]nswer|[Ww]rite)\b(?:\s+(?:with|only|just|the|text|word|phrase)){0,4}\W+"
    r"([A-Z]{3,})\b"
)
"""What an order wants to be said is often shouted; but so is what a procedure wants to be written on a box."""

MIN_QUOTED = 0.75
"""A claim that rests on such a document must carry at least this share of the sentence's words."""

MIN_REPORTED = 2
"""Words beside the verb and the shouted one by which a claim tells of an order and does not carry it out."""


@dataclass(frozen=True, slots=True)
class _Orders:
    """Those that a text gives: whether any is to a model, and the verbs with the words that they want shouted."""

    to_models: bool
    shouted: frozenset[tuple[str, str]]

    def __bool__(self) -> bool:
        return self.to_models or bool(self.shouted)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@cached(LRUCache(8_192), key=_digest, lock=threading.Lock())
def _orders_in(text: str) -> _Orders:
    """Every claim of every answer asks this of the same passages; only digests of them are remembered."""
    plain = undisguised(text)
    shouted = frozenset((verb.casefold(), word.casefold()) for verb, word in _SHOUTED.findall(plain))
    return _Orders(bool(_ORDER.search(plain) or _POSES.search(plain)), shouted)


def gives_orders(text: str) -> bool:
    return bool(_orders_in(text))


def without_orders(claim: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence but the sentences whose orders the claim carries out: a claim can't stand on them."""
    passages = {(item.passage.key, item.passage.text): item.passage for item in evidence}
    giving = {place: orders for place, passage in passages.items() if (orders := _orders_in(passage.content))}

    def is_carried_out(item: Evidence) -> bool:
        orders = giving.get((item.passage.key, item.passage.text))
        return orders is not None and _carries_out(claim, item, orders)

    return [item for item in evidence if not is_carried_out(item)]


def _carries_out(claim: str, evidence: Evidence, orders: _Orders) -> bool:
    """Whether the claim takes a mere part out of a sentence in a passage that gives these orders to a model, or says
    what one wants to be shouted; "write REFUSED across the delivery note" only tells of that."""
    words = content_words(evidence.said)
    if orders.to_models:
        return len(words & content_words(claim)) < MIN_QUOTED * len(words)
    said = frozenset(_WORD.findall(undisguised(claim).casefold()))
    told = [order for order in orders.shouted if order[1] in said]
    reported = content_words(claim) & words - content_words(" ".join(part for order in told for part in order))
    return any(verb not in said for verb, _ in told) or (bool(told) and len(reported) < MIN_REPORTED)
