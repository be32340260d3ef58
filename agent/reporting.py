"""From the graph's final state to the answer that programs and people get."""

from typing import Literal

from agent.answers import (
    Answer,
    Citation,
    Claim,
    Hop,
    RankedPassage,
    SearchReport,
    SearchResult,
    UsageReport,
)
from graph.checking.citations import renumber
from graph.checking.grounding import shown
from graph.evidence import Evidence
from graph.state import State
from graph.texts.marks import without_marks
from graph.texts.plain_text import as_plain
from graph.texts.text_fragments import link_of
from tools.passages import Passage

MAX_NEAREST = 3
MAX_TITLE_CHARACTERS = 120


def answer_of(state: State, mode: str, run_id: str, total_ms: float) -> Answer:
    """The answer for a state; pure. Its marks are numbered 1, 2, 3 … in order of appearance."""
    declined = state.status == "declined"
    claims = () if declined else shown(state.claims)
    markers = renumber([claim.markers for claim in claims])
    evidence = {item.number: item for item in state.evidence}
    return Answer(
        question=state.question,
        rewritten_question=state.rewritten,
        status=state.status,
        answer=state.answer or (refusal(state) if declined else ""),
        confidence=state.confidence,
        citations=tuple(_citation(marker, evidence[number]) for number, marker in markers.items()),
        claims=tuple(
            Claim(
                text=claim.text,
                markers=tuple(markers[number] for number in claim.markers),
                support=claim.support,
                score=claim.score,
            )
            for claim in claims
        ),
        hops=_hops(state),
        ranking=tuple(
            RankedPassage(
                passage_id=ranked.candidate.hit.passage.id,
                source=ranked.candidate.hit.passage.source,
                score=ranked.score,
                hop=ranked.candidate.hop,
                via=ranked.candidate.via,
            )
            for ranked in state.ranking
        ),
        missing=state.missing,
        notes=tuple(dict.fromkeys(state.notes)),
        features=state.features,
        usage=UsageReport(
            model_calls=state.usage.model_calls,
            input_tokens=state.usage.input_tokens,
            output_tokens=state.usage.output_tokens,
            cost_usd=state.usage.cost_usd,
            unpriced_calls=state.usage.unpriced_calls,
        ),
        timings_ms=_timings(state, total_ms),
        mode=_mode(state, mode),
        run_id=run_id,
        draft=state.draft,
    )


def _mode(state: State, mode: str) -> Literal["extractive", "model"]:
    """Who wrote the answer, or, if there is none, who was asked to."""
    if state.written_by and not (state.instead and state.status == "declined"):
        return state.written_by
    return "model" if mode == "model" else "extractive"


def refusal(state: State) -> str:
    """The text of a refusal: that the question can't be answered, what is missing, and where to look instead."""
    lines = ["I can't answer this from the documents I may read."]
    if state.missing:
        missing = f"Missing: {'; '.join(state.missing)}"
        lines.append(missing if missing.endswith("?") else f"{missing}.")
    if nearest := _nearest(state):
        lines.append(f"Nearest: {'; '.join(nearest)}.")
    return " ".join(lines)


def _nearest(state: State) -> list[str]:
    """Titles of the first few documents in the ranking."""
    titles: list[str] = []
    for ranked in state.ranking:
        if len(titles) == MAX_NEAREST:
            break
        if (title := _on_one_line(ranked.candidate.hit.passage)) not in titles:
            titles.append(title)
    return titles


def _on_one_line(passage: Passage) -> str:
    """A title made safe for use in a sentence: it can't end the sentence, forge a mark or move the cursor."""
    plain = "".join(
        character if character.isprintable() else " " for character in as_plain(passage.title) or passage.source
    )
    return " ".join(without_marks(plain).split())[:MAX_TITLE_CHARACTERS]


def report_of(state: State, k: int, total_ms: float) -> SearchReport:
    return SearchReport(
        question=state.question,
        results=tuple(
            SearchResult(
                passage_id=ranked.candidate.hit.passage.id,
                source=ranked.candidate.hit.passage.source,
                title=ranked.candidate.hit.passage.title,
                text=ranked.candidate.hit.passage.text,
                score=ranked.score,
                hop=ranked.candidate.hop,
                via=ranked.candidate.via,
            )
            for ranked in state.ranking[:k]
        ),
        timings_ms=_timings(state, total_ms),
        hops=_hops(state),
    )


def cited_sources(answer: Answer) -> tuple[str, ...]:
    return tuple(dict.fromkeys(citation.source for citation in answer.citations))


def _citation(marker: int, item: Evidence) -> Citation:
    passage = item.passage
    return Citation(
        marker=marker,
        passage_id=passage.id,
        source=passage.source,
        title=passage.title,
        locator=passage.locator_at(item.start - passage.start),
        url=link_of(item),
        quote=item.quote,
        start=item.start,
        end=item.end,
        reading=item.quoted if item.quoted != item.quote else "",
    )


def _hops(state: State) -> tuple[Hop, ...]:
    return tuple(Hop(n=hop.n, kind=hop.kind, query=hop.query, passage_ids=hop.passage_ids) for hop in state.hops)


def _timings(state: State, total_ms: float) -> dict[str, float]:
    return {node: round(ms, 3) for node, ms in state.timings.items()} | {"total": round(total_ms, 3)}
