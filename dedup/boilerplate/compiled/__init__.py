"""Twins of what boilerplate does in NumPy, compiled: the same answers in less time, where the compiled engine is in use."""
from __future__ import annotations

from dedup import engines

_in_use = False


def use(engine: str) -> None:
    """Whether this process, and what is forked from it, takes them, by the engine of the run. Raises as `engines.load`."""
    global _in_use
    engines.load(engine)
    _in_use = engine == "numba"


def at_hand() -> bool:
    """Whether they are in use."""
    return _in_use
