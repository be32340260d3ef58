"""What a model's tokens cost."""

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens. What is read from or written to the provider's prompt cache costs as much as any other
    input unless it has a price of its own."""

    input: float
    output: float
    cached_input: float | None = None
    cache_write: float | None = None

    def usd(self, read: int, written: int, *, cached: int = 0, stored: int = 0) -> float:
        """`cached` and `stored` are those of the `read` tokens that came from the cache or went into it."""
        cached_price = self.input if self.cached_input is None else self.cached_input
        stored_price = self.input if self.cache_write is None else self.cache_write
        plain = max(0, read - cached - stored)
        spent = plain * self.input + cached * cached_price + stored * stored_price + written * self.output
        return spent / MILLION
