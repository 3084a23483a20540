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
_BITS = 21  # of the number of a word: trigrams of more than two million different words may be taken for one another
_END = (1 << 63) - 1  # more than any of them


class Reading(NamedTuple):
    """An article as its words in a row, so that it does not matter where an extractor broke its lines."""

    blocks: Sequence[Block]
    letters: list[bytes]  # of each block
    lettered: np.ndarray  # bool [blocks], whether it has any
    first: np.ndarray  # int64 [blocks], the place of its first trigram
    last: np.ndarray  # and the one behind its last
    grams: np.ndarray  # int64, the trigrams of the row as numbers

    @property
    def whole(self) -> bytes:
        """Equal for articles with the same letters throughout."""
        return b"".join(self.letters)


class Reader:
    """Reads articles that are to be compared with one another."""

    def __init__(self) -> None:
        self._numbers = _Numbers()

    def read(self, blocks: Sequence[Block]) -> Reading:
        """An article by its blocks."""
        rows = rows_of_words([block.text for block in blocks])
        ends = np.array([*accumulate(map(len, rows), initial=0)])
        words = np.fromiter(map(self._numbers.__getitem__, chain.from_iterable(rows)), np.int64, ends[-1])
        last = np.maximum(ends[1:] - _N + 1, 0)
        squeezed = letters(blocks)
        return Reading(blocks, squeezed, np.array([*map(bool, squeezed)], bool), np.minimum(ends[:-1], last), last,
                       words[:-2] << 2 * _BITS | words[1:-1] << _BITS | words[2:])


class _Numbers(dict[str, int]):
    """A number for each word that is asked for."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


class _Copy:
    """A copy, ready to be compared with others."""

    def __init__(self, reading: Reading, sources: frozenset[str | None]) -> None:
        self.whole, self.sources = reading.whole, sources
        self._lines = frozenset(reading.letters)
        self._row = reading.grams
        self._grams = np.sort(np.append(reading.grams, _END))

    def foreign(self, source: str | None) -> bool:
        """Whether it is known to be of another source as well."""
        return source is not None and not self.sources <= {source, None}

    def shares(self, own: Reading) -> np.ndarray:
        """How much of each block of an article stands here, in [0, 1]."""
        held = np.zeros(len(own.grams) + 1, np.int64)
        np.cumsum(self._grams[self._grams.searchsorted(own.grams)] == own.grams, out=held[1:])
        shares = (held[own.last] - held[own.first]) / np.maximum(own.last - own.first, 1)
        shares[[*map(self._lines.__contains__, own.letters)]] = 1
        return shares * own.lettered

    def adjacent(self, end: int, start: int) -> bool:
        """Whether one trigram stands somewhere right behind another."""
        ends, starts = np.flatnonzero(self._row == end) + _N, np.flatnonzero(self._row == start)
        next_ = starts.searchsorted(ends)
        there = next_ < len(starts)
        return bool((starts[next_[there]] - ends[there] <= _APART).any())


class Copies:
    """The verified copies of one article, ready to be asked about each of them.

    Copies with the same letters throughout count as one, of all their sources.
    """

    def __init__(self, copies: Sequence[tuple[Reading, str | None]]) -> None:
        """`copies`: each with its source, None where that is not known; all from one reader."""
        readings: dict[bytes, Reading] = {}
        sources: dict[bytes, set[str | None]] = {}
        for reading, source in copies:
            readings[reading.whole] = reading
            sources.setdefault(reading.whole, set()).add(source)
        self._copies = [_Copy(reading, frozenset(sources[whole])) for whole, reading in readings.items() if whole]

    def evidence(self, own: Reading, source: str | None) -> dict[int, str]:
        """For blocks of one of the copies (by place) what the others say; blocks of which they say nothing are left out.

        "shared": stands in a copy of another source. "alone-edge": in no other copy, before or after all that is shared
        with one of them. "alone-inside": in no other copy, between two blocks that are adjacent in one of them.
        Sources that are not known (None) are not known to differ, so such copies protect nothing. A copy with the same
        words throughout says nothing at all, whatever its source.
        """
        whole = own.whole
        others = [copy for copy in self._copies if copy.whole != whole]
        if not others:
            return {}
        shares = np.array([copy.shares(own) for copy in others])
        present = shares >= PRESENT
        shared = present[[copy.foreign(source) for copy in others]].any(axis=0)
        absent = np.flatnonzero(own.lettered & (shares <= ABSENT).all(axis=0)).tolist()
        said = dict.fromkeys(np.flatnonzero(shared).tolist(), "shared")
        if absent:
            having = [(copy, places) for copy, some in zip(others, present) if (places := np.flatnonzero(some).tolist())]
            said.update((place, spot) for place in absent if (spot := _spot(place, own, having)))
        return said


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
