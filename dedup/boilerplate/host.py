"""One article in which a block stands that recurs: what of it is compared with other such articles."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from dedup import blocks
from dedup.arrays import Array
from dedup.boilerplate.likeness import lines_of_words, mix, numbers

RESTS = 4  # sets of shingles that are kept of one host
_GAP_BLOCKS, _GAP_TOKENS = 2, 25  # what may stand between two blocks of one run: a headline, a name
_N = 3  # words of a shingle
_MARKS = 1 << 16  # bits on which the shingles of a host leave their marks


class Side(NamedTuple):
    """What a host shares with another one: places at its edges, and the inner runs that hold a class.

    Places are bits of a number.
    """

    edge: int
    inner: dict[int, int]  # with the edge; one number for all classes of a run
    words: dict[int, int]  # of each of these numbers

    def gone(self, cls: int) -> int:
        """The places that are taken off for a class: those at the edges, and the inner runs that hold it."""
        return self.inner.get(cls, self.edge)


@dataclass(slots=True)
class Host:
    """One article: the class of each block (-1 for none), its words, counted, and read once they are needed."""

    number: int
    classes: Sequence[int]
    tokens: Sequence[int]
    text_of: Callable[[int], str]
    _texts: list[str] = field(default_factory=list)
    _lines: list[bytes] = field(default_factory=list)
    _shingles: tuple[Array, Array] | None = None
    _every: Array | None = None
    _marks: tuple[int, int] | None = None
    _rests: dict[tuple[int, bool], Array] = field(default_factory=dict)
    _before: list[int] = field(default_factory=list)
    _reach: list[int] = field(default_factory=list)
    _places: dict[int, list[int]] = field(default_factory=dict)
    _sides: dict[frozenset[int], Side] = field(default_factory=dict)

    @property
    def before(self) -> list[int]:
        """How many words stand before each place, and before the end."""
        if not self._before:
            self._before = list(accumulate(self.tokens, initial=0))
        return self._before

    @property
    def reach(self) -> list[int]:
        """For each place, and for the end, the last place before which next to nothing stands from there on."""
        if not self._reach:
            words, filled = self.before, list(accumulate(map(bool, self.tokens), initial=0))
            end = 0
            for before, full in zip(words, filled):
                while end < len(self.tokens) and words[end + 1] <= before + _GAP_TOKENS and filled[end + 1] <= full + _GAP_BLOCKS:
                    end += 1
                self._reach.append(end)
        return self._reach

    @property
    def places(self) -> dict[int, list[int]]:
        """Where each class stands, in order."""
        if not self._places:
            for place, cls in enumerate(self.classes):
                if cls >= 0:
                    self._places.setdefault(cls, []).append(place)
        return self._places

    @property
    def texts(self) -> list[str]:
        """The text of each block."""
        if not self._texts:
            self._texts = blocks.texts(self.text_of(self.number))
        return self._texts

    @property
    def lines(self) -> list[bytes]:
        """The words of each block, in UTF-8 with blanks between them."""
        if not self._lines:
            self._lines = lines_of_words(self.texts)
        return self._lines

    def count(self, places: int) -> int:
        """How many words the blocks at some places have, one bit each."""
        before = self.before
        return sum([before[end] - before[start] for start, end in _spans(places)])

    def side(self, shared: frozenset[int]) -> Side:
        """What it shares with a host that has these classes, too: runs of their blocks, small gaps passed over."""
        side = self._sides.get(shared)
        if side is None:
            reach, own, places_of = self.reach, self.classes, self.places
            places = sorted([place for cls in shared for place in places_of[cls]])
            cuts = [at for at, (one, other) in enumerate(pairwise(places), 1) if other > reach[one + 1]]
            edge, inside, before = 0, [], self.before
            taken = 0
            for low, high in pairwise([0, *cuts, len(places)]):
                start, end = places[low], places[high - 1] + 1
                run = (1 << end) - (1 << start)
                if start <= reach[0] or reach[end] == len(own):
                    edge |= run
                    taken += before[end] - before[start]
                else:
                    inside.append((run, before[end] - before[start], places[low:high]))
            inner: dict[int, int] = {}
            words = {edge: taken}
            for run, size, some in inside:
                for cls in {own[place] for place in some}:
                    gone = inner.get(cls, edge)
                    inner[cls] = gone | run
                    words[gone | run] = words[gone] + size
            side = self._sides[shared] = Side(edge, inner, words)
        return side

    def holding(self, classes: frozenset[int]) -> int:
        """The places of blocks of some classes, one bit each."""
        return sum([1 << place for cls in classes & self.places.keys() for place in self.places[cls]])

    @property
    def shingles(self) -> tuple[Array, Array]:
        """Hashes of the word shingles of each block, ascending, and the place of each."""
        if self._shingles is None:
            hashes, places = _shingles(self.lines)
            order = np.argsort(hashes)
            self._shingles = hashes[order], places[order]
        return self._shingles

    @property
    def every(self) -> Array:
        """Hashes of the word shingles of all blocks; ascending, each once."""
        if self._every is None:
            self._every = _once(self.shingles[0])
        return self._every

    @property
    def marks(self) -> tuple[int, int]:
        """A bit for each shingle, in a number; and how many shingles share theirs with another one."""
        if self._marks is None:
            bits = np.zeros(_MARKS, bool)
            bits[(self.every % np.uint64(_MARKS)).astype(np.int64)] = True
            marks = int.from_bytes(np.packbits(bits).tobytes(), "big")
            self._marks = marks, len(self.every) - marks.bit_count()
        return self._marks

    def rest(self, removed: int, sampled: bool) -> Array:
        """Those of the blocks that are not removed, or of a fixed eighth of them; `removed`: their places, one bit each."""
        if (removed, sampled) not in self._rests:
            if len(self._rests) >= RESTS:
                self._rests.pop(next(iter(self._rests)))
            every, at = self.shingles
            stays = np.ones(len(self.tokens), bool)
            for start, end in _spans(removed):
                stays[start:end] = False
            self._rests[removed, sampled] = _once(every[stays[at] & (every % np.uint64(8) == 0) if sampled else stays[at]])
        return self._rests[removed, sampled]


def _spans(places: int) -> Iterator[tuple[int, int]]:
    """The runs of places, one bit each: [start, end)."""
    end = 0
    while places:
        skipped = (places & -places).bit_length() - 1
        places >>= skipped
        size = (~places & places + 1).bit_length() - 1  # up to the lowest bit that is not set
        places >>= size
        start, end = end + skipped, end + skipped + size
        yield start, end


def _shingles(lines: Sequence[bytes]) -> tuple[Array, Array]:
    """(hash, block) of the word shingles of the words of each block; a block of fewer words is one shingle."""
    sizes, found = numbers(lines)
    flat = np.concatenate([found, np.zeros(_N - 1, np.uint64)])
    hashes = flat[:len(found)]
    for at in range(1, _N):
        hashes = mix(hashes) + flat[at:len(found) + at]
    places = np.repeat(np.arange(len(sizes)), sizes)
    whole = np.ones(len(found), bool)  # the first of a block is one, however few words it has
    whole[1:] = places[1:] != places[:-1]
    whole[:1 - _N] |= places[:1 - _N] == places[_N - 1:]
    return mix(hashes[whole]), places[whole]


def _once(values: Array) -> Array:
    """Ascending values, each once."""
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return values[new]
