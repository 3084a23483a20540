"""Who copied whom: which source published first, and who published the same later, as far as dates tell."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import NamedTuple

from dedup.article import Cluster, Result
from dedup.patterns import lazy
from dedup.terminal import line


class Source(NamedTuple):
    """One source: its articles, how many with copies are kept or dropped, and in how many clusters it was first or later."""

    name: str  # "" for articles without one
    articles: int
    kept: int
    dropped: int
    first: int
    later: int


class Flow(NamedTuple):
    """In how many clusters a source published what another had published first, and the median delay in seconds.

    Where one of two dates is a day without a time, the delay is one of whole days.
    """

    first: str
    later: str
    articles: int
    delay: int


class When(NamedTuple):
    """A date: seconds since 1970 (without a zone: UTC), and whether it is only a day."""

    seconds: int
    day: bool


def when(date: str | None) -> When | None:
    """An ISO 8601 or RFC 2822 date, None for anything else."""
    if not date:
        return None
    from email.utils import parsedate_to_datetime  # here: a commit hook reports without dates, and does not wait for it

    text = date.strip()
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
            known = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
            return When(int(known.timestamp()), len(text) <= 10)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def sources(result: Result) -> list[Source]:
    """Every source, the largest first; nothing where no article has one."""
    if not any(entry.source for entry in result.entries):
        return []
    kept, dropped, first, later = (Counter[str]() for _ in range(4))
    for cluster in result.clusters:
        for member in cluster.members:
            count = kept if member.article == cluster.canonical else dropped
            count[result.entries[member.article].source or ""] += 1
        order = published(result, cluster)
        if order:
            first[order[0][0]] += 1
            later.update(name for name, _ in order[1:])
    articles = Counter(entry.source or "" for entry in result.entries[:result.count])
    every = articles.keys() | first.keys() | later.keys()
    return [Source(name, articles[name], kept[name], dropped[name], first[name], later[name])
            for name in sorted(every, key=lambda name: (-articles[name], name))]


def flows(result: Result) -> list[Flow]:
    """Who published what another had published first, the most frequent first."""
    delays: dict[tuple[str, str], list[int]] = {}
    for cluster in result.clusters:
        order = published(result, cluster)
        for name, delay in order[1:]:
            delays.setdefault((order[0][0], name), []).append(delay)
    found = [Flow(*pair, len(some), sorted(some)[(len(some) - 1) // 2]) for pair, some in delays.items()]
    return sorted(found, key=lambda flow: (-flow.articles, flow.first, flow.later))


def published(result: Result, cluster: Cluster) -> list[tuple[str, int]]:
    """The source that was first in a cluster, then those that were later, each with its delay in seconds.

    Nothing where fewer than two named sources have a date, or where it cannot be told which of them was first.
    """
    earliest: dict[str, When] = {}
    for member in cluster.members:
        entry = result.entries[member.article]
        moment = when(entry.date)
        if entry.source and moment and (entry.source not in earliest or moment < earliest[entry.source]):
            earliest[entry.source] = moment
    if len(earliest) < 2:
        return []
    order = sorted(earliest, key=lambda name: (earliest[name], name))
    delays = [(name, _delay(earliest[order[0]], earliest[name])) for name in order]
    return delays if all(delay > 0 for _, delay in delays[1:]) else []


def _delay(first: When, later: When) -> int:
    if first.day or later.day:
        return (later.seconds // 86400 - first.seconds // 86400) * 86400
    return later.seconds - first.seconds


_ISO = lazy(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?(Z?)")


def day(date: str) -> str:
    """A date as people write it: "2024-11-17 05:10 UTC"; one in another form as it is."""
    found = _ISO.fullmatch(date)
    return f"{found[1]} {found[2]}{' UTC' if found[3] else ''}" if found else line(date)


def lag(seconds: int) -> str:
    """A delay in words: "6 h 30 min", "3 days"."""
    minutes, days = round(seconds / 60), seconds // 86400
    if days:
        hours = seconds % 86400 // 3600
        return f"{days:,} day{'s' * (days > 1)}" + (f" {hours} h" if hours and days < 10 else "")
    hours, minutes = divmod(minutes, 60)
    return " ".join(filter(None, [f"{hours} h" if hours else "", f"{minutes} min" if minutes or not hours else ""]))


def moments(result: Result) -> Iterator[tuple[int, When]]:
    """Every article of the run whose date can be read, with it."""
    for number, entry in enumerate(result.entries[:result.count]):
        moment = when(entry.date)
        if moment:
            yield number, moment
