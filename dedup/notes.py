"""What the user should know of many inputs, each kind in one line: how many, and three of them."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dedup.article import Unreadable
from dedup.patterns import lazy

EXAMPLES = 3
_NUMBER = lazy(r"\d+")  # errors that differ in a place only are of one kind


def summed(notes: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """(what, where) of many → one line for each `what`, in the order in which they came, with its count and examples."""
    places: dict[str, list[str]] = {}
    for what, where in notes:
        places.setdefault(what, []).append(where)
    return tuple(f"{what}: {listed(wheres)}" for what, wheres in places.items())


def gathered(errors: Sequence[Unreadable], place: Callable[[str, int | None], str]) -> list[tuple[str, str]]:
    """(where, what) of errors: one that recurs stands once, with its count and the first of its places as examples."""
    places: dict[str, tuple[str, list[str]]] = {}
    for error in errors:
        _, wheres = places.setdefault(_NUMBER.sub("0", error.error), (error.error, []))
        wheres.append(place(error.path, error.line))
    return [(listed(wheres), what) for what, wheres in places.values()]


def listed(items: list[str]) -> str:
    """A count and the first of the items: "5 (a, b, c, …)"; a single one as it is."""
    if len(items) == 1:
        return items[0]
    return f"{len(items):,} ({', '.join(items[:EXAMPLES])}{', …' if len(items) > EXAMPLES else ''})"
