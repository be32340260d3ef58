"""Random failures of the local Slack: rate limits, failures before the work, and lost replies after it."""

import random
from dataclasses import dataclass, field

from aiohttp import web

_SPARED = frozenset({"auth.test", "apps.connections.open"})


@dataclass
class Chaos:
    """Each share is the probability that a request meets that failure."""

    limited: float = 0.0
    failing: float = 0.0
    reply_lost: float = 0.0
    dropped: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    met: int = 0

    def before(self, method: str) -> web.Response | None:
        """Fails before anything is done."""
        if method in _SPARED:
            return None
        roll = self.chance.random()
        if roll < self.limited:
            self.met += 1
            limited = {"ok": False, "error": "ratelimited"}
            return web.json_response(limited, status=429, headers={"Retry-After": "1"})
        if roll < self.limited + self.failing:
            self.met += 1
            return web.Response(status=503, text="try later")
        return None

    def after(self, method: str, request: web.Request) -> web.Response | None:
        """The work is done, but the reply is lost."""
        if method in _SPARED:
            return None
        roll = self.chance.random()
        if roll < self.reply_lost:
            self.met += 1
            return web.Response(status=500, text="lost")
        if roll < self.reply_lost + self.dropped and request.transport is not None:
            self.met += 1
            request.transport.abort()
            return web.Response(status=500)
        return None
