"""What a node's update says, in a few facts: numbers and names as attributes, people's words as content."""

import json
from collections.abc import Mapping
from typing import Any

from agent.telemetry.conventions import CLAIMS, CONFIDENCE, FOUND, QUERY_TEXT, STATUS, UNSUPPORTED
from agent.telemetry.spans import Value

SHOWN_PASSAGES = 5
MAX_CHARACTERS = 300

Facts = tuple[dict[str, Value], dict[str, str]]


def facts_of(node: str, update: Mapping[str, Any]) -> Facts:
    """Attributes and content of the span of one run of this node."""
    describe = _DESCRIBED.get(node)
    return describe(update) if describe else ({}, {})


def _rewrite(update: Mapping[str, Any]) -> Facts:
    plan = update.get("plan", ())
    content = {"hopline.rewritten": update.get("rewritten", "")}
    if plan:
        content["hopline.queries"] = _listed([lookup.query for lookup in plan])
    return {"hopline.lookups": len(plan), "hopline.small_talk": update.get("small_talk") is not None}, content


def _retrieve(update: Mapping[str, Any]) -> Facts:
    hop, found = update["hops"][0], update["found"][0]
    titles = [hit.passage.title or hit.passage.source for hit in found.hits[:SHOWN_PASSAGES]]
    return (
        {"hopline.hop": hop.n, "hopline.hop_kind": hop.kind, FOUND: len(found.hits)},
        {QUERY_TEXT: hop.query[:MAX_CHARACTERS], "hopline.titles": _listed(titles)},
    )


def _rerank(update: Mapping[str, Any]) -> Facts:
    kept = update["ranking"][:SHOWN_PASSAGES]
    best = [f"{ranked.score:.3f} {ranked.candidate.hit.passage.title}" for ranked in kept]
    return (
        {"hopline.fresh": len(update["candidates"]), "hopline.ranked": len(update["ranking"])},
        {"hopline.best": _listed(best)},
    )


def _follow_up(update: Mapping[str, Any]) -> Facts:
    plan = update.get("plan", ())
    content = {"hopline.queries": _listed([f"{lookup.kind}: {lookup.query}" for lookup in plan])} if plan else {}
    return {"hopline.lookups": len(plan), "hopline.complete": not plan}, content


def _generate(update: Mapping[str, Any]) -> Facts:
    attributes: dict[str, Value] = {"hopline.draft_characters": len(update.get("draft", ""))}
    if "evidence" in update:
        attributes["hopline.evidence"] = len(update["evidence"])
    return attributes, {"hopline.draft": update.get("draft", "")}


def _validate(update: Mapping[str, Any]) -> Facts:
    claims = update.get("claims", ())
    verdicts = [f"{claim.support} {claim.score:.2f}: {claim.text}" for claim in claims]
    unsupported = sum(claim.support == "unsupported" for claim in claims)
    return {CLAIMS: len(claims), UNSUPPORTED: unsupported}, {"hopline.verdicts": _listed(verdicts)}


def _score(update: Mapping[str, Any]) -> Facts:
    """Of the whole answer, or of the part that was scored while others are to come."""
    if "status" not in update and update.get("told"):
        part = update["told"][-1]
        return {STATUS: part.status, CONFIDENCE: round(part.confidence, 4)}, {}
    return {STATUS: update.get("status", ""), CONFIDENCE: round(update.get("confidence", 0.0), 4)}, {}


def _listed(texts: list[str]) -> str:
    return json.dumps([text[:MAX_CHARACTERS] for text in texts], ensure_ascii=False)


_DESCRIBED = {
    "rewrite": _rewrite,
    "retrieve": _retrieve,
    "rerank": _rerank,
    "follow_up": _follow_up,
    "generate": _generate,
    "validate": _validate,
    "score": _score,
}
