"""Avoids long pauses of the garbage collector."""

import gc


def settled_in() -> None:
    """Call once when a process that serves has opened everything. What is there by then stays: looking through a
    million objects of libraries for garbage took a quarter of a second each time, in which nobody was answered."""
    gc.collect()
    gc.freeze()
