"""What two articles share, passage by passage: the evidence behind the guards and the explanation of a pair."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SEED = 3  # tokens in a row that open a run: two agree by chance everywhere
GAP = 12  # tokens that may differ between two runs of one passage: an edited clause, or a few misread words
LEAST = 8  # tokens that agree in a passage: fewer are a phrase
DENSE = 0.4  # share of a passage's tokens that agree
_STEP = np.uint64(0x9E3779B97F4A7C15)


class Run(NamedTuple):
    """`length` tokens from `left` on that stand, one by one, from `right` on in the other article."""

    left: int
    right: int
    length: int


class Passage(NamedTuple):
    """Tokens [left, left_end) of one article that stand, edited at most, as [right, right_end) in the other."""

    left: int
    left_end: int
    right: int
    right_end: int
    runs: tuple[Run, ...]

    @property
    def agree(self) -> int:
        """How many tokens are the same."""
        return sum(run.length for run in self.runs)


class Sequence3:
    """The tokens of an article, ready to be aligned: its trigrams as hashes, sorted, with their places."""

    __slots__ = ("size", "grams", "sorted", "places")

    def __init__(self, tokens: Sequence[str]) -> None:
        self.size = len(tokens)
        codes = np.fromiter(map(hash, tokens), np.int64, self.size).view(np.uint64)
        grams = np.zeros(max(0, self.size - SEED + 1), np.uint64)
        for step in range(SEED):
            grams = grams * _STEP + codes[step:step + len(grams)]
        self.grams = grams
        self.places = np.argsort(grams, kind="stable")
        self.sorted = grams[self.places]


def runs(left: Sequence3, right: Sequence3) -> list[Run]:
    """Maximal equal runs of at least SEED tokens in the order of `left`; they may stand anywhere in `right`.

    A trigram with several places in `right` takes the one that continues the run before it, else the first.
    """
    if not len(right.grams) or not len(left.grams):
        return []
    slot = np.searchsorted(right.sorted, left.grams)
    slot[slot == len(right.sorted)] = 0
    at = np.flatnonzero(right.sorted[slot] == left.grams)
    if not len(at):
        return []
    place = right.places[slot[at]]
    beside = np.diff(at) == 1
    follows = np.concatenate([[False], beside & (np.diff(place) == 1)])
    # where a run breaks off, another place of the same trigram may continue it
    ends = np.flatnonzero(beside & ~follows[1:])
    wanted = np.minimum(place[ends] + 1, len(right.grams) - 1)
    for index in (ends[right.grams[wanted] == left.grams[at[ends + 1]]] + 1).tolist():
        while index < len(at) and at[index] == at[index - 1] + 1 and place[index] != place[index - 1] + 1:
            follow = place[index - 1] + 1
            if follow >= len(right.grams) or right.grams[follow] != left.grams[at[index]]:
                break
            place[index] = follow
            index += 1
    follows = np.concatenate([[False], beside & (np.diff(place) == 1)])
    starts = np.flatnonzero(~follows)
    lengths = np.diff(np.append(starts, len(at))) + SEED - 1
    return [Run(*found) for found in zip(at[starts].tolist(), place[starts].tolist(), lengths.tolist())]


def passages(left: Sequence3, right: Sequence3) -> list[Passage]:
    """The shared passages in the order of `left`: runs joined across small gaps, long and dense enough."""
    chains: list[list[Run]] = []
    for run in runs(left, right):
        if chains:
            last = chains[-1][-1]
            near_left, near_right = run.left - last.left - last.length, run.right - last.right - last.length
            if near_left <= GAP and -SEED < near_right <= GAP:
                chains[-1].append(run)
                continue
        chains.append([run])
    found = []
    for chain in chains:
        first, last = chain[0], chain[-1]
        passage = Passage(first.left, last.left + last.length, first.right, last.right + last.length, tuple(chain))
        longer = max(passage.left_end - passage.left, passage.right_end - passage.right)
        if LEAST <= passage.agree >= DENSE * longer:
            found.append(passage)
    return found


def covered(spans: Sequence[tuple[int, int]], size: int) -> NDArray[np.bool_]:
    """Which of `size` places the [start, end) spans cover."""
    mask = np.zeros(size, bool)
    for start, end in spans:
        mask[start:end] = True
    return mask
