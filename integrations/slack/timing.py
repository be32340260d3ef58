"""How long things take: leases, updates, retries. One place, so that tests can play hours in seconds.

`retry` are the waits before an answer is tried again, `patience` those while Slack or the database can't be reached.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds. A lease outlives several calls to Slack, so a live worker never loses one to a slow call."""

    lease: float = 30.0
    pulse: float = 6.0
    poll: float = 1.0
    call: float = 10.0
    first_sign: float = 1.0
    stream_update: float = 0.8
    channel_update: float = 3.0
    post_interval: float = 1.0
    before_lookup: float = 2.0
    retry: tuple[float, ...] = (2.0, 15.0)
    patience: tuple[float, ...] = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0)
    grace: float = 20.0
    members_kept: float = 60.0
    groups_kept: float = 300.0

    @property
    def max_failures(self) -> int:
        return len(self.retry) + 1


MAX_CRASHES = 6
"""A question whose worker died this often is given up: it may be what kills them."""
