"""Once is enough: Slack delivers an event again when in doubt, and one mention can come as two events."""

from collections import OrderedDict

MAX_REMEMBERED = 100_000


class Deliveries:
    """The deliveries that were accepted in this process's life, the newest 100,000 keys of them (about 20 MB)."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, ...], None] = OrderedDict()

    def is_first(self, event_id: str, channel: str, ts: str) -> bool:
        """Whether neither the event nor the message was accepted before; from now on both were."""
        keys = [("message", channel, ts), *([("event", event_id)] if event_id else [])]
        first = not any(key in self._seen for key in keys)
        for key in keys:
            self._seen[key] = None
            self._seen.move_to_end(key)
        while len(self._seen) > MAX_REMEMBERED:
            self._seen.popitem(last=False)
        return first
