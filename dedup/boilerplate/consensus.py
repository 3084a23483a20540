"""What copies of one article say about its blocks: what copies of different sources share is the article.

What one copy has alone, at an edge or between two blocks that follow each other in another copy, is likely a leftover
of its page. It is evidence, no proof: an outlet may have added a paragraph of its own to a wire story.
"""
from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import NamedTuple

from dedup.arrays import np
from dedup.article import Block
from dedup.boilerplate.likeness import letters, rows_of_words

PRESENT = 0.6  # share of a block's word trigrams found in a copy from which it stands there
ABSENT = 0.25  # and up to which it does not; between the two nothing is said
_APART = 6  # words between two neighbours in a copy that count as adjacent
_N = 3
_END = (1 << 63) - 1  # no trigram comes behind it
_SPREAD = np.int64(-0x61C8864680B583EB)


class Reading(NamedTuple):
    """An article as its words in a row, so that it does not matter where an extractor broke its lines."""

    blocks: Sequence[Block]
    letters: list[bytes]  # of each block
    lettered: np.ndarray  # bool [blocks], whether it has any
    first: np.ndarray  # int64 [blocks], the place of its first trigram
    last: np.ndarray  # and the one behind its last
    grams: np.ndarray  # int64, the trigrams of the row as hashes
    order: np.ndarray  # their places, the smallest first: sorted ones are looked up in a fraction of the time

    @property
    def whole(self) -> bytes:
        """Equal for articles with the same letters throughout."""
        return b"".join(self.letters)


def read(blocks: Sequence[Block]) -> Reading:
    """What of an article is compared with its copies."""
    rows = rows_of_words([block.text for block in blocks])
    ends = np.array([*accumulate(map(len, rows), initial=0)])
    words = np.fromiter(map(hash, chain.from_iterable(rows)), np.int64, ends[-1])
    grams = (words[:-2] * _SPREAD + words[1:-1]) * _SPREAD + words[2:]
    last = np.maximum(ends[1:] - _N + 1, 0)
    squeezed = letters(blocks)
    return Reading(blocks, squeezed, np.array([*map(bool, squeezed)], bool), np.minimum(ends[:-1], last), last,
                   grams, grams.argsort())


class _Copy(NamedTuple):
    whole: bytes
    sources: frozenset[str | None]
    lines: frozenset[bytes]  # letters of each block
    grams: np.ndarray

    def foreign(self, source: str | None) -> bool:
        """Whether it is known to be of another source as well."""
        return source is not None and not self.sources <= {source, None}

    def adjacent(self, end: int, start: int) -> bool:
        """Whether one trigram stands somewhere right behind another."""
        ends, starts = np.flatnonzero(self.grams == end) + _N, np.flatnonzero(self.grams == start)
        next_ = starts.searchsorted(ends)
        there = next_ < len(starts)
        return bool((starts[next_[there]] - ends[there] <= _APART).any())


class Copies:
    """The verified copies of one article, ready to be asked about each of them.

    Copies with the same letters throughout count as one, of all their sources.
    """

    def __init__(self, copies: Sequence[tuple[Reading, str | None]]) -> None:
        """`copies`: each with its source, None where that is not known."""
        sources: dict[bytes, set[str | None]] = {}
        for reading, source in copies:
            sources.setdefault(reading.whole, set()).add(source)
        readings = {reading.whole: reading for reading, _ in copies}
        self._copies = [_Copy(whole, frozenset(sources[whole]), frozenset(reading.letters), reading.grams)
                        for whole, reading in readings.items()]
        self._grams = np.sort(np.concatenate([*(copy.grams for copy in self._copies), [_END]]))
        self._held = np.zeros((len(self._grams), len(self._copies)), bool)  # by which copies
        for at, reading in enumerate(readings.values()):
            self._held[self._grams.searchsorted(reading.grams[reading.order]), at] = True

    def evidence(self, own: Reading, source: str | None) -> dict[int, str]:
        """For blocks of one of the copies (by place) what the others say; blocks of which they say nothing are left out.

        "shared": stands in a copy of another source. "alone-edge": in no other copy, before or after all that is shared
        with one of them. "alone-inside": in no other copy, between two blocks that are adjacent in one of them.
        Sources that are not known (None) are not known to differ, so such copies protect nothing. A copy with the same
        words throughout says nothing at all, whatever its source.
        """
        whole = own.whole
        chosen = [at for at, copy in enumerate(self._copies) if copy.whole not in (b"", whole)]
        if not chosen:
            return {}
        others = [self._copies[at] for at in chosen]
        lines = np.array([[some in copy.lines for some in own.letters] for copy in others], bool)
        shares = np.where(lines, 1, self._shares(own)[chosen]) * own.lettered
        present = shares >= PRESENT
        shared = present[[copy.foreign(source) for copy in others]].any(axis=0)
        absent = np.flatnonzero(own.lettered & (shares <= ABSENT).all(axis=0)).tolist()
        said = dict.fromkeys(np.flatnonzero(shared).tolist(), "shared")
        if absent:
            having = [(copy, places) for copy, some in zip(others, present) if (places := np.flatnonzero(some).tolist())]
            said.update((place, spot) for place in absent if (spot := _spot(place, own, having)))
        return said

    def _shares(self, own: Reading) -> np.ndarray:
        """How many of the trigrams of each block each copy has, in [0, 1], [copies, blocks]."""
        place = np.empty(len(own.grams), np.int64)
        place[own.order] = self._grams.searchsorted(own.grams[own.order])
        held = self._held[place] & (self._grams[place] == own.grams)[:, None]
        counts = np.zeros((len(self._copies), len(own.grams) + 1), np.int64)
        np.cumsum(held.T, axis=1, out=counts[:, 1:])
        return (counts[:, own.last] - counts[:, own.first]) / np.maximum(own.last - own.first, 1)


def _spot(place: int, own: Reading, copies: Sequence[tuple[_Copy, Sequence[int]]]) -> str:
    """Where a block that no copy has stands with respect to those, given by their places, which each of them has."""
    between = []
    for copy, present in copies:
        after = bisect(present, place)
        if after in (0, len(present)):
            return "alone-edge"
        before, behind = present[after - 1], present[after]
        if all(own.first[at] < own.last[at] for at in (before, behind)):
            between.append((copy, own.grams[own.last[before] - 1], own.grams[own.first[behind]]))
    return "alone-inside" if any(copy.adjacent(end, start) for copy, end, start in between) else ""
