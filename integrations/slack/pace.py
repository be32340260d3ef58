"""Slack takes about one message a second in a channel: posts queue up here instead of being turned away there."""

import asyncio
from collections import OrderedDict

MAX_REMEMBERED = 10_000


class Pace:
    """At most one post per interval and channel, in the order in which they were requested."""

    def __init__(self, interval_seconds: float) -> None:
        self._interval = interval_seconds
        self._next: OrderedDict[str, float] = OrderedDict()

    async def wait(self, channel: str) -> None:
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next.get(channel, 0.0))
        self._next[channel] = turn + self._interval
        self._next.move_to_end(channel)
        while len(self._next) > MAX_REMEMBERED:
            self._next.popitem(last=False)
        if turn > now:
            await asyncio.sleep(turn - now)
