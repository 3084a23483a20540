"""What two articles share, passage by passage: the evidence on which it is decided whether they are copies."""
from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from dedup.arrays import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.engines import Engine

SEED = 3  # tokens in a row that open a run: two agree by chance everywhere
GAP = 12  # tokens that may differ between two runs of one passage: an edited clause, or a few misread words
LEAST = 8  # tokens that agree in a passage: fewer are a phrase
DENSE = 0.4  # share of a passage's tokens that agree
_STEP = 0x9FB21C651E98DF25  # of the polynomial over the words of a trigram


Run: TypeAlias = tuple[int, int, int]  # where tokens stand here, where they stand one by one in the other, how many


class Passage(NamedTuple):
    """Tokens [left, left_end) of one article that stand, edited at most, as [right, right_end) in the other."""

    left: int
    left_end: int
    right: int
    right_end: int
    runs: tuple[Run, ...]


class TokenSequence:
    """The tokens of an article, ready to be aligned: its trigrams as hashes."""

    __slots__ = ("size", "grams")

    def __init__(self, tokens: Sequence[str]) -> None:
        self.size = len(tokens)
        self.grams: Any = array("q", map(hash, zip(*(tokens[step:] for step in range(SEED)))))

    def runs(self, other: TokenSequence) -> list[Run]:
        """What the two have in common, in the order of this one."""
        return equal_runs(self.grams.tolist(), other.grams.tolist())


class HashedSequence(TokenSequence):
    """The tokens of an article as an array of hashes, aligned by an engine."""

    __slots__ = ("engine",)

    def __init__(self, words: NDArray[np.uint64], engine: Engine) -> None:
        self.size, self.engine = len(words), engine
        self.grams = words[:max(len(words) - SEED + 1, 0)].copy()
        for step in range(1, SEED):
            self.grams *= np.uint64(_STEP)
            self.grams += words[step:step + len(self.grams)]

    def runs(self, other: TokenSequence) -> list[Run]:
        return [*map(tuple, self.engine.runs(self.grams, other.grams).tolist())]


def equal_runs(left: Sequence[int], there: list[int]) -> list[Run]:
    """Maximal equal runs of at least SEED tokens in the order of `left`; they may stand anywhere in the other article.

    Of two lists of trigrams. One with several places in the other article takes
    the one that continues the run before it, else the first.
    """
    first = dict(zip(reversed(there), range(len(there) - 1, -1, -1)))
    there.append(0)  # a place behind the last one
    last = len(there) - 1
    found: list[Run] = []
    start = begin = end = -1  # where the run stands in left and right, and where it would go on in right
    for at, gram in enumerate(left):
        if start >= 0:
            if end < last and there[end] == gram:
                end += 1
                continue
            found.append((start, begin, end - begin + SEED - 1))
            start = -1
        place = first.get(gram)
        if place is not None:
            start, begin, end = at, place, place + 1
    if start >= 0:
        found.append((start, begin, end - begin + SEED - 1))
    return found


def passages(left: TokenSequence, right: TokenSequence) -> list[Passage]:
    """The shared passages in the order of `left`: runs joined across small gaps, long and dense enough."""
    chains: list[list[Run]] = []
    end = other_end = 0  # of the run before
    for run in left.runs(right):
        start, other_start, length = run
        if not (chains and start - end <= GAP and -SEED < other_start - other_end <= GAP):
            chains.append([])
        chains[-1].append(run)
        end, other_end = start + length, other_start + length
    found = []
    for chain in chains:
        (start, other_start, _), (end, other_end, length) = chain[0], chain[-1]
        end, other_end = end + length, other_end + length
        if LEAST <= sum([length for _, _, length in chain]) >= DENSE * max(end - start, other_end - other_start):
            found.append(Passage(start, end, other_start, other_end, tuple(chain)))
    return found


def uncovered(spans: Sequence[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """The [start, end) stretches of `size` places that none of the [start, end) spans covers, in order."""
    found, at = [], 0
    for start, end in sorted(spans):
        if start > at:
            found.append((at, start))
        at = max(at, end)
    if at < size:
        found.append((at, size))
    return found
