"""Candidate pairs of which one article stands in the other: abridged, or buried in the rest of a page.

Their Jaccard is low, so LSH bands miss them. Every article keeps the shingles whose hash lies in the bottom 1/RATE of
the hash space ("FracMinHash", Irber et al. 2022: the same shingles are kept everywhere, so the share of an article's
kept shingles that stand in another estimates its containment), and an inverted index counts what two articles share.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from dedup import lsh
from dedup.arrays import np, stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 8  # one shingle in eight is kept
SHORT = 80  # shingles up to which an article keeps all of them: a sample of so few says nothing
CAP = 32  # articles that hold a shingle from which each is paired with the NEAREST ones only
NEAREST = 8
PARTS = 16  # slices of the hash space, worked through one at a time to bound memory; a power of two, as RATE is
HALF = 0.5  # of the threshold: a sample errs, and whoever decides looks at all shingles
LEAST = 2  # shingles that a pair must share
_TOGETHER = 1 << 14  # articles whose shingles are dealt out to slices at a time
_SPARSE = 16  # room in a table for each of the values that it is asked about
_CODES = 1 << 18  # pairs that are counted together, each as often as its articles share a shingle


def sample(
    hashes: NDArray[np.uint64], offsets: NDArray[np.int64], rate: int = RATE
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The shingles of each article in the bottom 1/rate of the hash space: flat array and offsets [n+1].

    hashes, offsets: sorted distinct shingle hashes of article i in hashes[offsets[i]:offsets[i + 1]]. One with at most
    SHORT of them keeps all.
    """
    sizes = np.diff(offsets)
    kept = (hashes < np.uint64((1 << 64) // rate)) | np.repeat(sizes <= SHORT, sizes)
    return hashes[kept], np.concatenate([[0], np.cumsum(kept)])[offsets].astype(np.int64)


def plain_sample(hashes: Sequence[int]) -> list[int]:
    """The same of one article, without NumPy."""
    return [one for one in hashes if one < (1 << 64) // RATE] if len(hashes) > SHORT else list(hashes)


def candidates(
    samples: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    *,
    threshold: float,
    keys: NDArray[np.uint64] | None = None,
    cap: int = CAP,
    nearest: int = NEAREST,
    among: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], int]:
    """Pairs whose smaller article probably stands in the larger to at least `threshold`; and how many lists were cut.

    samples, offsets: what `sample` gave. Returns int64 [m, 2], left < right, sorted, distinct. A shingle in more than
    `cap` articles pairs each of them only with the `nearest` ones of smallest (key, number), so that what is left out
    depends on the set of articles alone. Short articles are paired with each other by all of their shingles.
    """
    rank = _ranks(keys, len(offsets) - 1)
    counts = _dealt(samples, offsets, RATE)
    if among is not None:
        counts[~among] = 0
    pairs, capped = _search(samples, offsets, counts, rank, HALF * threshold, cap, nearest)
    short = np.flatnonzero(counts[:, PARTS])  # no other has shingles beyond those that all keep
    if len(short):
        sizes = np.diff(offsets)[short]
        theirs = samples[stretches(offsets[short], sizes)]
        ends = np.append(0, np.cumsum(sizes))
        more, over = _search(theirs, ends, _dealt(theirs, ends, 1), _ranks(rank[short], len(short)), 0.0, cap, nearest)
        pairs, capped = lsh.distinct_pairs([pairs, short[more]], len(rank)), capped + over
    return pairs, capped


def _ranks(keys: NDArray[np.integer] | None, n: int) -> NDArray[np.int64]:
    """The place of each article in the order (key, number)."""
    order = np.argsort(keys, kind="stable") if keys is not None else np.arange(n)
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    return rank


def _dealt(samples: NDArray[np.uint64], offsets: NDArray[np.int64], rate: int) -> NDArray[np.int32]:
    """How many shingles of each article lie in each of PARTS slices of the bottom 1/rate of the hash space, and beyond."""
    counts = np.empty((len(offsets) - 1, PARTS + 1), np.int32)
    for low in range(0, len(counts), _TOGETHER):
        ends = offsets[low:low + _TOGETHER + 1]
        parts = np.minimum(samples[ends[0]:ends[-1]] >> np.uint64(65 - (rate * PARTS).bit_length()), np.uint64(PARTS))
        rows = np.repeat(np.arange(len(ends) - 1) * (PARTS + 1), np.diff(ends))
        found = np.bincount(rows + parts.astype(np.int64), minlength=(len(ends) - 1) * (PARTS + 1))
        counts[low:low + _TOGETHER] = found.reshape(-1, PARTS + 1)
    return counts


def _search(
    samples: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    dealt: NDArray[np.int32],
    rank: NDArray[np.int64],
    share: float,
    cap: int,
    nearest: int,
) -> tuple[NDArray[np.int64], int]:
    """The pairs that share so much of the smaller one's shingles in the slices, and the number of lists cut."""
    n, lists, capped = len(rank), [], 0
    starts = offsets[:-1].copy()
    for sizes in dealt.T[:PARTS]:
        hashes = samples[stretches(starts, sizes)]
        starts += sizes
        several = np.flatnonzero(_met_again(hashes))
        owners = np.searchsorted(np.cumsum(sizes), several, side="right")
        found, over = _listed(hashes[several], rank[owners], n, cap, nearest)
        lists.append(found)
        capped += over
    number, held = np.argsort(rank), dealt[:, :PARTS].sum(axis=1)
    pairs = [np.empty((0, 2), np.int64)]
    for codes, counts in _counts(lists, n):
        one, other = (number[ranks] for ranks in np.divmod(codes, n))
        smaller = np.minimum(held[one], held[other])
        wanted = (counts >= np.minimum(LEAST, smaller)) & (counts >= share * smaller)
        pairs.append(np.column_stack([one[wanted], other[wanted]]))
    return lsh.distinct_pairs(pairs, n), capped


def _met_again(hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the hashes stand there more than once, and a few others: most articles share little with any."""
    ordered = np.sort(hashes)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    mask = np.uint64((1 << (_SPARSE * len(again)).bit_length()) - 1)
    table = np.zeros(int(mask) + 1, bool)
    table[(again & mask).view(np.int64)] = True
    return table.take((hashes & mask).view(np.int64))


class _Lists(NamedTuple):
    """Who holds the same shingles: the ranks of all holders of one, in order, then those of the next.

    The others say, by rank, who is paired with some of those that follow him, where he stands, and with how many.
    """

    holders: NDArray[np.int32]
    first: NDArray[np.int32]
    place: NDArray[np.int32]
    partners: NDArray[np.int32]


def _listed(
    hashes: NDArray[np.uint64], ranks: NDArray[np.int64], n: int, cap: int, nearest: int
) -> tuple[_Lists, int]:
    """The lists of some hashes with the ranks of their holders, and how many of them were cut."""
    order = np.argsort(hashes)
    new = np.ones(len(order), bool)
    new[1:] = np.diff(hashes[order]) != 0
    holders = (np.sort(np.cumsum(new) * n + ranks[order]) % max(n, 1)).astype(np.int32)
    starts = np.flatnonzero(new)
    sizes = np.diff(starts, append=len(holders))
    place = np.arange(len(holders)) - np.repeat(starts, sizes)
    partners = np.repeat(sizes, sizes) - 1 - place
    partners[(place >= nearest) & np.repeat(sizes > cap, sizes)] = 0
    some = np.flatnonzero(partners)
    some = some[np.argsort(holders[some])]
    return (_Lists(holders, holders[some], some.astype(np.int32), partners[some].astype(np.int32)),
            int(np.count_nonzero(sizes > cap)))


def _counts(lists: Sequence[_Lists], n: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Codes (rank * n + rank) of the pairs that the lists tell of, each once, and how often they do."""
    ends = np.zeros(n + 1, np.int64)
    for some in lists:
        np.add.at(ends, some.first + 1, some.partners)
    np.cumsum(ends, out=ends)
    cuts = np.searchsorted(ends, np.arange(0, ends[-1] + _CODES, _CODES))
    for low, high in pairwise(np.minimum(cuts, n).tolist()):  # all pairs that begin with an article together
        parts = [_codes(some, slice(*np.searchsorted(some.first, (low, high))), n) for some in lists]
        codes = np.concatenate(parts)
        codes.sort()
        new = np.flatnonzero(np.diff(codes, prepend=-1))
        yield codes[new], np.diff(new, append=len(codes))


def _codes(lists: _Lists, some: slice, n: int) -> NDArray[np.int64]:
    """The codes of the pairs that some of the holders begin, as often as the lists tell of them."""
    sizes = lists.partners[some]
    others = lists.holders[stretches(lists.place[some] + 1, sizes)]
    return np.repeat(lists.first[some].astype(np.int64) * n, sizes) + others
