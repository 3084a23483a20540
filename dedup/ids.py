"""The ids of articles: a record's own, else its path; where two would be the same, the place where each stands."""
from __future__ import annotations

from collections.abc import Iterable


def assign(keys: Iterable[tuple[str, str, int | None]]) -> tuple[list[str], str | None]:
    """One id for every (record id or "", path, line or None), in order, and a warning if any of them collided.

    An article that shares its id with another is called PATH#N, N being its number in the file (1 where it is alone
    there), as is every other that shares it. The ids are unique if the (path, line) are.
    """
    places: list[tuple[str, int | None]] = []
    ids: list[str] = []
    for own, path, line in keys:
        places.append((path, line))
        ids.append(own or (path if line is None else f"{path}#{line}"))
    if len(set(ids)) == len(ids):
        return ids, None
    renamed: set[int] = set()
    example = ""
    while True:  # a new id may meet another article's own id: that one is renamed next, and no place is met twice
        seen: dict[str, int] = {}
        clashing: set[int] = set()
        for number, id_ in enumerate(ids):
            first = seen.setdefault(id_, number)
            if first != number:
                clashing.update((first, number))
        clashing -= renamed
        if not clashing:
            break
        example = example or ids[min(clashing)]
        for number in clashing:
            path, line = places[number]
            ids[number] = f"{path}#{line or 1}"
        renamed |= clashing
    return ids, (f"{len(renamed)} articles share their id with another ({example!r} for one): "
                 "each of them is called PATH#N instead")
