"""The charts of the HTML report, as numbers: how alike copies are, how large clusters, whose articles, and when."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import NamedTuple

from dedup.article import Result
from dedup.reporters import spread
from dedup.terminal import fit, line

SOURCES = 12  # of the largest ones
BARS = 36  # of a timeline
HEIGHT, WIDTH = 120, 640  # of the plotted area
WIDEST = 60  # of bars
LETTER = 6.2  # the width of one in a label
_SIZES = ((2, "2"), (3, "3"), (4, "4"), (5, "5"), (10, "6–10"), (20, "11–20"), (50, "21–50"), (1 << 62, "51+"))


class Bar(NamedTuple):
    """One bar: a label, and the count of each part of it."""

    label: str
    parts: tuple[int, ...]


class Chart(NamedTuple):
    """Bars side by side, and what their parts are."""

    title: str
    parts: tuple[str, ...]
    bars: Sequence[Bar]
    first: str  # what the bars are: the heading of their labels
    colors: str = "a"  # a letter for each part: b is what is kept, c what is dropped

    @property
    def shapes(self) -> list[tuple[str, float, float, float, float]]:
        """Rectangles: the letter of its part, x, y, width, height."""
        most, step = max((sum(bar.parts) for bar in self.bars), default=0) or 1, self.step
        found, wide = [], min(step * .76, WIDEST)
        for number, bar in enumerate(self.bars):
            top = float(HEIGHT)
            for color, count in zip(self.colors, bar.parts):
                height = HEIGHT * count / most
                top -= height
                found.append((color, round((number + .5) * step - wide / 2, 2), round(top, 2), round(wide, 2), round(height, 2)))
        return found

    @property
    def step(self) -> float:
        """How far one bar is from the next."""
        return WIDTH / max(len(self.bars), 1)

    @property
    def labels(self) -> list[tuple[float, str]]:
        """The middle of each bar and its label: cut to the room it has, and only so many as fit if they are dates."""
        room = int(self.step / LETTER) - 1
        if self.first in ("day", "month", "year"):
            every = max(1, -int(-max(map(len, (bar.label for bar in self.bars))) // max(room, 1)))
            return [(round((at + .5) * self.step, 2), bar.label) for at, bar in enumerate(self.bars) if at % every == 0]
        return [(round((at + .5) * self.step, 2), fit(bar.label, max(room, 3))) for at, bar in enumerate(self.bars)]

    @property
    def tops(self) -> list[tuple[float, float, str]]:
        """The middle of each bar, its top and how much it stands for, where there is room to say so."""
        most = max((sum(bar.parts) for bar in self.bars), default=0) or 1
        return [(round((at + .5) * self.step, 2), round(HEIGHT * (1 - sum(bar.parts) / most) - 4, 2), f"{sum(bar.parts):,}")
                for at, bar in enumerate(self.bars) if any(bar.parts) and len(f"{sum(bar.parts):,}") * LETTER < self.step]


def all_of(result: Result) -> list[Chart]:
    """The charts of a result that have something to show."""
    found = (_alike(result), _sizes(result), _sources(result), _timeline(result))
    return [chart for chart in found if any(sum(bar.parts) for bar in chart.bars)]


def _alike(result: Result) -> Chart:
    counts: Counter[str] = Counter()
    names = [f"{low}–{low + 10}%" for low in range(0, 100, 10)] + ["identical"]
    for cluster in result.clusters:
        for member in cluster.members:
            share = member.containment if member.match == "containment" else member.similarity
            if member.article != cluster.canonical and (share is not None or member.relation == "exact"):
                counts[names[-1] if member.relation == "exact" else names[min(int((share or 0) * 10), 9)]] += 1
    while names and not counts[names[0]]:
        del names[0]
    return Chart("How alike copies are", ("copies",), _bars(names, counts), "alike, or contained")


def _sizes(result: Result) -> Chart:
    counts = Counter(next(name for most, name in _SIZES if len(cluster.members) <= most) for cluster in result.clusters)
    names = [name for _, name in _SIZES]
    while names and not counts[names[-1]]:
        names.pop()
    return Chart("How large clusters are", ("clusters",), _bars(names, counts), "articles in a cluster")


def _bars(names: Iterable[str], counts: Counter[str]) -> list[Bar]:
    return [Bar(name, (counts[name],)) for name in names]


def _sources(result: Result) -> Chart:
    rows = [row for row in spread.sources(result) if row.name][:SOURCES]
    return Chart("What is kept of each source", ("alone", "kept of copies", "dropped as copies"),
                 [Bar(line(row.name)[:40], (max(row.articles - row.kept - row.dropped, 0), row.kept, row.dropped))
                  for row in rows],
                 "source", "abc")


def _timeline(result: Result) -> Chart:
    dropped = {member.article for cluster in result.clusters for member in cluster.members if member.article != cluster.canonical}
    dated = [(datetime.fromtimestamp(moment.seconds, timezone.utc), number in dropped)
             for number, moment in spread.moments(result) if 0 <= moment.seconds < 1 << 33]
    for form, step in (("%Y-%m-%d", "day"), ("%Y-%m", "month"), ("%Y", "year")):
        kept, gone = (Counter(moment.strftime(form) for moment, copy in dated if copy is which) for which in (False, True))
        names = sorted(kept | gone)
        if len(names) <= BARS:
            break
    bars = [Bar(name, (kept[name], gone[name])) for name in names[-BARS:]]
    return Chart("When they were published", ("kept", "dropped as copies"), bars if len(bars) > 1 else [], step, "bc")
