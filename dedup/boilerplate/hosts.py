"""How many *independent* articles a block stands in.

A paragraph in two copies of one article looks frequent. So what two hosts share around the block, and at their edges,
is taken off both; they are evidence only if enough is left of each and the rest of one is not the rest of the other.
"""
from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from dedup import blocks
from dedup.arrays import Array
from dedup.boilerplate.likeness import mix, rows_of_numbers, rows_of_words

ENOUGH = 40  # words left of a host, or as many as the run has where that is shorter
DEPENDENT = 0.5  # containment of the rests from which two hosts are one
DISTINCT = 0.2  # and below which they are two though each is less than what was taken off
STRETCH = 1.5  # times its rest a run may be and still be believed to be no part of the article
MANY = 5  # independent hosts that no chance explains
COMPONENTS = 8  # independent hosts after which counting stops
REMEMBERED = 50_000  # verdicts that are kept
RESTS = 4  # sets of shingles that are kept of one host
MOST = 200  # hosts looked at for one block
_GAP_BLOCKS, _GAP_TOKENS = 2, 25  # what may stand between two blocks of one run: a headline, a name
_N = 3  # words of a shingle
_LONG = 400  # words of a rest of which a sample of the shingles will do


@dataclass(slots=True)
class Host:
    """One article: the class of each block (-1 for none), its words, counted, and read once they are needed."""

    number: int
    classes: Sequence[int]
    tokens: Sequence[int]
    text_of: Callable[[int], str]
    _texts: list[str] = field(default_factory=list)
    _words: list[list[str]] = field(default_factory=list)
    _shingles: tuple[Array, Array] | None = None
    _every: Array | None = None
    _rests: dict[tuple[frozenset[int], bool], Array] = field(default_factory=dict)
    _sums: list[tuple[int, int]] = field(default_factory=list)
    _places: dict[int, list[int]] = field(default_factory=dict)

    @property
    def sums(self) -> list[tuple[int, int]]:
        """(blocks with words, words) before each place."""
        if not self._sums:
            self._sums = list(accumulate(self.tokens, lambda sums, size: (sums[0] + (size > 0), sums[1] + size),
                                         initial=(0, 0)))
        return self._sums

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
    def words(self) -> list[list[str]]:
        """The words of each block."""
        if not self._words:
            self._words = rows_of_words(self.texts)
        return self._words

    def count(self, places: frozenset[int]) -> int:
        """How many words some blocks have."""
        return sum(map(self.tokens.__getitem__, places))

    def holding(self, classes: frozenset[int]) -> frozenset[int]:
        """The places of blocks of some classes."""
        return frozenset(place for cls in classes & self.places.keys() for place in self.places[cls])

    @property
    def shingles(self) -> tuple[Array, Array]:
        """Hashes of the word shingles of each block, ascending, and its place."""
        if self._shingles is None:
            self._shingles = _shingles(*rows_of_numbers(self.texts))
        return self._shingles

    @property
    def every(self) -> Array:
        """Hashes of the word shingles of all blocks; ascending, each once."""
        if self._every is None:
            self._every = _once(self.shingles[0])
        return self._every

    def rest(self, removed: frozenset[int], sampled: bool) -> Array:
        """Those of the blocks that are not removed, or of a fixed eighth of them."""
        if (removed, sampled) not in self._rests:
            if len(self._rests) >= RESTS:
                self._rests.pop(next(iter(self._rests)))
            every, at = self.shingles
            stays = np.ones(len(self.tokens), bool)
            stays[list(removed)] = False
            self._rests[removed, sampled] = _once(every[stays[at] & (every % np.uint64(8) == 0) if sampled else stays[at]])
        return self._rests[removed, sampled]


def _shingles(sizes: Sequence[int], found: Sequence[int]) -> tuple[Array, Array]:
    """(hash, block) of the word shingles of each block, by hash; a block of fewer words is one shingle.

    `found`: the words of all blocks as numbers; `sizes`: how many there are of each.
    """
    flat = np.array([*found, *[0] * (_N - 1)], np.uint64)
    hashes = flat[:len(found)]
    for at in range(1, _N):
        hashes = mix(hashes) + flat[at:len(found) + at]
    places = np.repeat(np.arange(len(sizes)), sizes)
    whole = np.ones(len(found), bool)  # the first of a block is one, however few words it has
    whole[1:] = places[1:] != places[:-1]
    whole[:1 - _N] |= places[:1 - _N] == places[_N - 1:]
    every, places = mix(hashes)[whole], places[whole]
    order = np.argsort(every)
    return every[order], places[order]


def _once(values: Array) -> Array:
    """The values of an ascending row, each once."""
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return values[new]


def _common(left: Array, right: Array) -> int:
    """How many values two ascending rows share."""
    small, large = (left, right) if len(left) < len(right) else (right, left)
    if not len(small):
        return 0
    at = np.searchsorted(large, small)
    at[at == len(large)] = 0
    return int(np.count_nonzero(large[at] == small))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Two hosts of a block compared without what they share around it."""

    share: float  # how much of the smaller rest stands in the other
    run: int  # words of what was taken off
    rest: int  # words left of the one of which less is left

    @property
    def dependent(self) -> bool:
        """The rest of one is, for the most part, in the other."""
        return self.share >= DEPENDENT

    @property
    def strict(self) -> bool:
        """More is left of either article than they share at the edges: they cannot be copies."""
        return not self.dependent and self.rest >= self.run

    @property
    def bare(self) -> bool:
        """Of one article nothing is left: it stands in the other, or both are little more than what they share."""
        return self.rest < min(self.run, ENOUGH)

    @property
    def independent(self) -> bool:
        """Enough is left of both, and it differs; the less is left, the more it has to differ."""
        enough = not self.bare and self.run <= STRETCH * self.rest
        return self.strict or enough and self.share < DISTINCT


class Side(NamedTuple):
    """What one of two hosts shares with the other: places at its edges, and the inner runs that hold a class."""

    edge: frozenset[int]
    inner: dict[int, frozenset[int]]  # with the edge; one object for all classes of a run

    def gone(self, cls: int) -> frozenset[int]:
        """The places that are taken off for a class: those at the edges, and the inner runs that hold it."""
        return self.inner.get(cls, self.edge)


class Hosts:
    """The remainder test, remembered: most blocks that two articles share stand at the same edges."""

    def __init__(self, known: frozenset[int] = frozenset()) -> None:
        """`known`: classes that are boilerplate for certain, and nothing of an article's own."""
        self._known = known
        self._sides: dict[tuple[int, int], tuple[Side, Side]] = {}
        self._held: dict[int, frozenset[int]] = {}
        self._both: dict[tuple[int, int], int] = {}  # shingles that two hosts share as they stand
        self._verdicts: dict[tuple[int, int, frozenset[int], frozenset[int]], Verdict] = {}

    def compare(self, left: Host, right: Host, cls: int) -> Verdict:
        """The remainder test for two hosts of a class."""
        pair = left.number, right.number
        if len(self._verdicts) > REMEMBERED:  # what is forgotten is found again
            self._verdicts.clear()
            self._sides.clear()
            self._both.clear()
            self._held.clear()
        if pair not in self._sides:
            shared = left.places.keys() & right.places.keys()
            self._sides[pair] = _side(left, shared), _side(right, shared)
        one, other = self._sides[pair]
        gone = one.gone(cls), other.gone(cls)
        if (*pair, *gone) not in self._verdicts:
            self._verdicts[(*pair, *gone)] = self._verdict(left, right, *gone)
        return self._verdicts[(*pair, *gone)]

    def _verdict(self, left: Host, right: Host, left_gone: frozenset[int], right_gone: frozenset[int]) -> Verdict:
        """Without what is gone. Sizes settle most matters, what the two share as they stand most of the others."""
        off = left.count(left_gone), right.count(right_gone)
        run = max(off)
        if self._known:
            left_gone, right_gone = left_gone | self._holding(left), right_gone | self._holding(right)
            off = left.count(left_gone), right.count(right_gone)
        rest = min(left.sums[-1][1] - off[0], right.sums[-1][1] - off[1])
        if rest < min(run, ENOUGH) or rest * STRETCH < run:
            return Verdict(0.0, run, rest)  # too little left to tell
        pair = left.number, right.number
        if pair not in self._both:
            self._both[pair] = _common(left.every, right.every)
        both = self._both[pair]
        sizes = len(left.every), len(right.every)
        least = (both - sum(off)) / (min(sizes) or 1)
        if least >= DEPENDENT:
            return Verdict(least, run, rest)
        most = both / max(1, min(size - taken for size, taken in zip(sizes, off)))
        if most < DISTINCT:
            return Verdict(most, run, rest)
        sampled = rest > _LONG
        first, second = left.rest(left_gone, sampled), right.rest(right_gone, sampled)
        return Verdict(_common(first, second) / (min(len(first), len(second)) or 1), run, rest)

    def _holding(self, host: Host) -> frozenset[int]:
        """The places of its blocks that are known for boilerplate."""
        if host.number not in self._held:
            self._held[host.number] = host.holding(self._known)
        return self._held[host.number]

    def independent(self, hosts: Sequence[Host], cls: int) -> list[Host]:
        """Mutually independent hosts of a class, at most `COMPONENTS`; [] when no two are.

        Hosts come longest first, so that those of which much is left are the yardstick. A host that depends on two
        counted ones makes them one; a host of which too little is left says nothing.
        """
        found: list[list[Host]] = []
        strict = bare = False
        for host in hosts[:MOST]:
            verdicts = [[self.compare(member, host, cls) for member in component[:3]] for component in found]
            joined = [at for at, some in enumerate(verdicts) if any(verdict.dependent for verdict in some)]
            if joined:
                first = found[joined[0]]
                for at in reversed(joined[1:]):
                    first.extend(found.pop(at))
                first.append(host)
            elif len(found) > 1 and all(verdict.bare for some in verdicts for verdict in some[:1]):
                bare = True
            elif all(verdict.independent for some in verdicts for verdict in some[:1]):
                strict = strict or any(verdict.strict for some in verdicts for verdict in some)
                found.append([host])
                if len(found) == COMPONENTS:
                    break
        # without one pair of which more is left than it shares, two could be copies under different wrappings; with
        # an article that is nothing but the run, a few could be digests that contain it
        least = MANY if bare else 2 if strict else 3
        return [component[0] for component in found] if len(found) >= least else []


def _side(host: Host, shared: Collection[int]) -> Side:
    """Runs of shared blocks, small gaps passed over."""
    runs: list[tuple[int, int]] = []
    for place in sorted([place for cls in shared for place in host.places[cls]]):
        if runs and (place == runs[-1][1] or _light(host, runs[-1][1], place)):
            runs[-1] = runs[-1][0], place + 1
        else:
            runs.append((place, place + 1))
    at_edge = [_light(host, 0, start) or _light(host, end, len(host.classes)) for start, end in runs]
    edge = frozenset(place for run, outer in zip(runs, at_edge) if outer for place in range(*run))
    inner: dict[int, frozenset[int]] = {}
    for run, outer in zip(runs, at_edge):
        if not outer:
            gone = edge.union(range(*run))
            for cls in dict.fromkeys(host.classes[slice(*run)]):
                inner[cls] = inner[cls] | gone if cls in inner else gone
    return Side(edge, inner)


def _light(host: Host, start: int, end: int) -> bool:
    """Whether next to nothing stands in [start, end)."""
    (blocks_before, before), (blocks_after, after) = host.sums[start], host.sums[end]
    return blocks_after - blocks_before <= _GAP_BLOCKS and after - before <= _GAP_TOKENS
