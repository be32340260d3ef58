"""What a person sees while an answer is under way: the hops as they happen, then the draft, dimmed."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from integrations.cli.output import names_in, one_line, safe

if TYPE_CHECKING:
    from agent.answers import Answer
    from agent.events import Event

_SHOWN_TITLES = 3


class AnswerInProgress:
    """Collects events; `view` fits the window and is gone once the answer stands."""

    def __init__(self) -> None:
        self._steps: list[str] = []
        self._draft = ""
        self._checked = ""

    def take(self, event: "Event") -> None:
        from agent.events import DraftDiscarded, HopStarted, PassagesFound, Rewritten, Token, Validated

        match event:
            case Rewritten(question=question):
                self._steps.append(f"looking for: {one_line(question)}")
            case HopStarted(n=n, kind=kind, query=query):
                self._steps.append(f"hop {n} · {kind.replace('_', '-')} · {one_line(query)}")
            case PassagesFound(n=n, titles=titles):
                self._steps.append(
                    f"hop {n} found {names_in(dict.fromkeys(titles), at_most=_SHOWN_TITLES) or 'nothing'}"
                )
            case Token(text=text):
                self._draft += text
            case DraftDiscarded():
                self._draft = ""
            case Validated(supported=supported, withheld=withheld):
                self._checked = f"checked: {supported} supported, {withheld} withheld"

    def view(self, width: int, height: int) -> Group:
        steps = [Text(step, style="dim", no_wrap=True, overflow="ellipsis") for step in self._steps[-(height // 2) :]]
        if not self._draft:
            return Group(*steps)
        label = self._checked or "draft, each sentence checked so far:"
        room = max(1, height - len(steps) - 3) * max(1, width - 1)
        return Group(*steps, Text(label, style="dim yellow"), Text(safe(self._draft)[-room:], style="dim italic"))


async def shown(events: AsyncIterator["Event"], console: Console) -> "Answer":
    """Follow a stream on a terminal to its answer; raises RuntimeError when the stream ends without one."""
    from agent.answers import Answer

    progress = AnswerInProgress()
    with Live(console=console, transient=True, refresh_per_second=12) as live:
        async for event in events:
            if isinstance(event, Answer):
                return event
            progress.take(event)
            live.update(progress.view(console.width, console.height))
    raise RuntimeError("the stream ended without an answer")
