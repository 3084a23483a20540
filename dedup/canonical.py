"""Which copy is kept: a chain of policies, each leaving the best by its measure, and the reason in words."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from dedup.errors import ConfigError

DEFAULT = ("cleanest", "longest", "earliest", "richest")  # free of leftovers, whole, first published, best described
_STEP = 0.1  # leftovers: differences below a tenth of the text are no difference
_ENDS = (".", "!", "?", "…", "”", '"', "»", "。", "！", "？", "।", "؟", "።")  # of sentences
_NEARLY = 0.97  # length: a copy this near to the longest is as long


class Facts(NamedTuple):
    """What the policies look at.

    length: characters of the masked text; leftovers: share of the text that is masked or looks like a page's furniture;
    date: ISO 8601 or None; fields: how many of title, date, url, source, author, language are known.
    """

    path: str
    length: int
    leftovers: float = 0.0
    source: str | None = None
    date: str | None = None
    fields: int = 0


def choose(members: Sequence[int], policy: Sequence[str], facts: Callable[[int], Facts]) -> tuple[int, str]:
    """The canonical of a cluster (numbers in id order) and why.

    policy: a chain of source:NAME, path:GLOB, earliest, latest, longest, cleanest, richest. Each one leaves the members
    that are best by it, the next decides among those; what is still equal at the end is decided by id.
    """
    known = {number: facts(number) for number in sorted(members)}
    left, reasons = list(known), []
    for name in policy:
        best, why = _best(name, left, known)
        if len(best) < len(left):
            reasons.append(why)
        left = best
        if len(left) == 1:
            break
    if len(left) > 1:
        reasons.append("first by id" if not reasons else "then first by id")
    return left[0], ", ".join(reasons)


def check(policy: Sequence[str]) -> None:
    """Raise ConfigError for a policy that does not exist."""
    for name in policy:
        kind, colon, value = name.partition(":")
        if not (value if kind in ("source", "path") else name in _PLAIN):
            raise ConfigError(
                f"unknown policy {name!r} for the canonical: use source:NAME, path:GLOB, {', '.join(sorted(_PLAIN))}"
            )


def furniture(text: str) -> float:
    """Share of a text in lines that are no prose: short, without the end of a sentence (menus, labels, links)."""
    lines = [*map(str.strip, text.splitlines())]
    other = sum([len(line) for line in lines if len(line) < 60 and not line.endswith(_ENDS)])
    return other / sum(map(len, lines)) if other else 0.0


def _best(name: str, members: list[int], known: dict[int, Facts]) -> tuple[list[int], str]:
    kind, _, value = name.partition(":")
    if kind == "source":
        chosen = [number for number in members if (known[number].source or "").casefold() == value.casefold()]
        return chosen or members, f"from {value}"
    if kind == "path":
        chosen = [number for number in members if fnmatchcase(known[number].path, value)]
        return chosen or members, f"path like {value}"
    if name in ("earliest", "latest"):
        dated = [number for number in members if known[number].date]
        pick = min if name == "earliest" else max
        date = pick((known[number].date or "" for number in dated), default=None)
        return [number for number in dated if known[number].date == date] or members, f"{name} ({date})"
    if name == "longest":
        most = max(known[number].length for number in members)
        return [number for number in members if known[number].length >= _NEARLY * most], f"longest ({most} characters)"
    if name == "cleanest":
        least = min(known[number].leftovers for number in members)
        near = [number for number in members if known[number].leftovers <= least + _STEP]
        return near, f"cleanest ({least:.0%} boilerplate)"
    most = max(known[number].fields for number in members)
    what = "field" if most == 1 else "fields"
    return [number for number in members if known[number].fields == most], f"richest ({most} {what} known)"


_PLAIN = frozenset({"earliest", "latest", "longest", "cleanest", "richest"})
