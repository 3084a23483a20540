"""What the user should know of many inputs, each kind in one line: how many, and three of them."""
from __future__ import annotations

from collections.abc import Iterable

EXAMPLES = 3


def summed(notes: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """(what, where) of many → one line for each `what`, in the order in which they came, with its count and examples."""
    places: dict[str, list[str]] = {}
    for what, where in notes:
        places.setdefault(what, []).append(where)
    return tuple(f"{what}: {listed(wheres)}" for what, wheres in places.items())


def listed(items: list[str]) -> str:
    """A count and the first of the items: "5 (a, b, c, …)"; a single one as it is."""
    if len(items) == 1:
        return items[0]
    return f"{len(items):,} ({', '.join(items[:EXAMPLES])}{', …' if len(items) > EXAMPLES else ''})"
