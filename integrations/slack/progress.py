"""What is known of an answer while it is being made: its hops with what they found, and the text so far."""

from dataclasses import dataclass, field

from agent.answers import Answer, RankedPassage
from agent.events import DraftDiscarded, HopStarted, PassagesFound, Progress, Token, Validated

MAX_TITLES = 5
KINDS = {"search": "Searching", "link": "Following a link", "follow_up": "Following up"}


@dataclass
class HopSeen:
    n: int
    kind: str
    query: str
    titles: tuple[str, ...] = ()
    found: bool = False

    @property
    def label(self) -> str:
        return f"{KINDS.get(self.kind, 'Searching')}: {' '.join(self.query.split())}"


@dataclass
class Seen:
    """Everything that a running answer has told, in order.

    `draft` holds checked sentences only, and none that was taken back: it is what may be kept when somebody stops the
    answer. `found` and `cited` are the sources by their passages' ids: of all that was found, and of what the draft
    cites. `version` grows with each change.
    """

    hops: list[HopSeen] = field(default_factory=list)
    draft: str = ""
    found: dict[str, str] = field(default_factory=dict)
    cited: dict[str, str] = field(default_factory=dict)
    validated: Validated | None = None
    version: int = 0

    def on(self, event: Progress) -> None:
        self.version += 1
        match event:
            case HopStarted(n=n, kind=kind, query=query):
                self.hops.append(HopSeen(n, kind, query))
            case PassagesFound(n=n, passage_ids=ids, titles=titles, sources=sources):
                self.found |= zip(ids, sources, strict=True)
                for hop in self.hops:
                    if hop.n == n and not hop.found:
                        hop.titles = tuple(dict.fromkeys((*hop.titles, *titles)))
            case Token(text=text, passage_ids=ids, sources=sources):
                self.draft += text
                self.cited |= zip(ids, sources, strict=True)
            case DraftDiscarded():
                self.draft, self.cited, self.validated = "", {}, None
            case Validated():
                self.validated = event
            case _:
                pass


def stopped_answer(question: str, seen: Seen, note: str) -> Answer:
    """What remains of an answer that somebody stopped: what was verified, or where it had looked. The passages of
    either stand in its ranking, so that it can be forgotten with them."""
    titles = list(dict.fromkeys(title for hop in seen.hops for title in hop.titles))[: 2 * MAX_TITLES]
    kept = seen.draft.strip()
    found = f"Found so far: {'; '.join(titles)}." if titles else ""
    return Answer(
        question=question,
        rewritten_question=question,
        status="partial" if kept else "declined",
        answer="\n\n".join(part for part in (kept, note, "" if kept else found) if part),
        confidence=0.0,
        ranking=tuple(
            RankedPassage(passage_id=id_, source=source, score=0.0, hop=0)
            for id_, source in (seen.cited or seen.found).items()
        ),
    )
