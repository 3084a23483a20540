"""How many *independent* articles a block stands in.

A paragraph in two copies of one article looks frequent. So what two hosts share around the block, and at their edges,
is taken off both; they are evidence only if enough is left of each and the rest of one is not the rest of the other.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from dedup import blocks
from dedup.boilerplate.likeness import mix, numbers, words

ENOUGH = 40  # words left of a host, or as many as the run has where that is shorter
DEPENDENT = 0.5  # containment of the rests from which two hosts are one
DISTINCT = 0.2  # and below which they are two though each is less than what was taken off
STRETCH = 1.5  # times its rest a run may be and still be believed to be no part of the article
COMPONENTS = 8  # independent hosts after which counting stops
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
    _shingles: list[list[frozenset[int]]] = field(default_factory=list)
    _rests: dict[tuple[frozenset[int], bool], frozenset[int]] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """The text of each block."""
        if not self._texts:
            self._texts = [block.text for block in blocks.split(self.text_of(self.number))]
        return self._texts

    @property
    def words(self) -> list[list[str]]:
        """The words of each block."""
        if not self._words:
            self._words = [words(text) for text in self.texts]
        return self._words

    def left(self, removed: frozenset[int]) -> int:
        """How many words are left without some blocks."""
        return sum(self.tokens) - sum(self.tokens[place] for place in removed)

    def rest(self, removed: frozenset[int], sampled: bool) -> frozenset[int]:
        """Hashes of the word shingles of the blocks that are not removed, or of a fixed eighth of them."""
        if not self._shingles:
            every = _shingles(self.words)
            self._shingles = [[frozenset(some) for some in every],
                              [frozenset(one for one in some if one % 8 == 0) for some in every]]
        if (removed, sampled) not in self._rests:
            kept = [some for place, some in enumerate(self._shingles[sampled]) if place not in removed]
            self._rests[removed, sampled] = frozenset().union(*kept)
        return self._rests[removed, sampled]


def _shingles(rows: Sequence[Sequence[str]]) -> list[list[int]]:
    """Hashes of the word shingles of each block; a shorter block is one shingle."""
    ends = np.cumsum([len(row) for row in rows], dtype=np.int64).tolist()
    flat = np.array(numbers([word for row in rows for word in row]) + [0] * (_N - 1), np.uint64)
    found = flat[:len(flat) - _N + 1]
    for at in range(1, _N):
        found = mix(found) + flat[at:len(flat) - _N + 1 + at]
    every = mix(found).tolist()
    return [every[start:max(start + 1, end - _N + 1)] if end > start else [] for start, end in zip([0, *ends], ends)]


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
    def independent(self) -> bool:
        """Enough is left of both, and it differs; the less is left, the more it has to differ."""
        enough = self.rest >= min(self.run, ENOUGH) and self.run <= STRETCH * self.rest
        return self.strict or enough and self.share < DISTINCT


class Side(NamedTuple):
    """What one of two hosts shares with the other: places at its edges, and each inner run by the classes in it."""

    edge: frozenset[int]
    inner: dict[int, frozenset[int]]

    def gone(self, cls: int) -> frozenset[int]:
        """The places that are taken off for a class: those at the edges, and the inner runs that hold it."""
        return self.edge | self.inner[cls] if cls in self.inner else self.edge


class Hosts:
    """The remainder test, remembered: most blocks that two articles share stand at the same edges."""

    def __init__(self) -> None:
        self._sides: dict[tuple[int, int], tuple[Side, Side, int]] = {}
        self._verdicts: dict[tuple[int, int, frozenset[int], frozenset[int]], Verdict] = {}

    def compare(self, left: Host, right: Host, cls: int) -> Verdict:
        """The remainder test for two hosts of a class."""
        pair = left.number, right.number
        if pair not in self._sides:
            shared = (set(left.classes) & set(right.classes)) - {-1}
            both = len(left.rest(frozenset(), False) & right.rest(frozenset(), False))
            self._sides[pair] = _side(left, shared), _side(right, shared), both
        one, other, both = self._sides[pair]
        gone = one.gone(cls), other.gone(cls)
        if (*pair, *gone) not in self._verdicts:
            self._verdicts[(*pair, *gone)] = _verdict(left, right, *gone, both)
        return self._verdicts[(*pair, *gone)]

    def independent(self, hosts: Sequence[Host], cls: int) -> list[Host]:
        """Mutually independent hosts of a class, at most `COMPONENTS`; [] when no two are.

        Hosts come longest first, so that those of which much is left are the yardstick. A host that depends on two
        counted ones makes them one; a host of which too little is left says nothing.
        """
        found: list[list[Host]] = []
        strict = False
        for host in hosts[:MOST]:
            verdicts = [[self.compare(member, host, cls) for member in component[:3]] for component in found]
            joined = [at for at, some in enumerate(verdicts) if any(verdict.dependent for verdict in some)]
            if joined:
                first = found[joined[0]]
                for at in reversed(joined[1:]):
                    first.extend(found.pop(at))
                first.append(host)
            elif all(verdict.independent for some in verdicts for verdict in some[:1]):
                strict = strict or any(verdict.strict for some in verdicts for verdict in some)
                found.append([host])
                if len(found) == COMPONENTS:
                    break
        # without one pair of which more is left than it shares, two could be copies under different wrappings
        return [component[0] for component in found] if len(found) > (1 if strict else 2) else []


def _verdict(left: Host, right: Host, left_gone: frozenset[int], right_gone: frozenset[int], both: int) -> Verdict:
    """`both`: shingles that the two share as they stand; most often it settles the matter without another look."""
    off = [sum(host.tokens[place] for place in gone) for host, gone in ((left, left_gone), (right, right_gone))]
    run, rest = max(off), min(left.left(left_gone), right.left(right_gone))
    if rest < min(run, ENOUGH) or rest * STRETCH < run:
        return Verdict(0.0, run, rest)  # too little left to tell
    sizes = [len(host.rest(frozenset(), False)) for host in (left, right)]
    least = (both - sum(off)) / (min(sizes) or 1)
    if least >= DEPENDENT:
        return Verdict(least, run, rest)
    most = both / max(1, min(size - taken for size, taken in zip(sizes, off)))
    if most < DISTINCT:
        return Verdict(most, run, rest)
    sampled = rest > _LONG
    first, second = left.rest(left_gone, sampled), right.rest(right_gone, sampled)
    return Verdict(len(first & second) / (min(len(first), len(second)) or 1), run, rest)


def _side(host: Host, shared: set[int]) -> Side:
    """Runs of shared blocks, small gaps passed over."""
    runs: list[range] = []
    for place, cls in enumerate(host.classes):
        if cls in shared:
            if runs and _light(host, range(runs[-1].stop, place)):
                runs[-1] = range(runs[-1].start, place + 1)
            else:
                runs.append(range(place, place + 1))
    edge: set[int] = set()
    inner: dict[int, frozenset[int]] = {}
    for run in runs:
        if _light(host, range(run.start)) or _light(host, range(run.stop, len(host.classes))):
            edge.update(run)
            continue
        places = frozenset(run)
        for place in run:
            cls = host.classes[place]
            inner[cls] = inner[cls] | places if cls in inner else places
    return Side(frozenset(edge), inner)


def _light(host: Host, places: range) -> bool:
    tokens = [host.tokens[place] for place in places if host.tokens[place]]
    return len(tokens) <= _GAP_BLOCKS and sum(tokens) <= _GAP_TOKENS
