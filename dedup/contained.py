"""Candidate pairs of which one article stands in the other: abridged, or buried in the rest of a page.

Their Jaccard is low, so LSH bands miss them. Every article keeps the shingles whose hash lies in the bottom 1/RATE of
the hash space ("FracMinHash", Irber et al. 2022: the same shingles are kept everywhere, so the share of an article's
kept shingles that stand in another estimates its containment), and an inverted index counts what two articles share.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dedup.arrays import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 8  # one shingle in eight is kept
SHORT = 80  # shingles up to which an article keeps all of them: a sample of so few says nothing
CAP = 32  # articles that hold a shingle from which each is paired with the NEAREST ones only
NEAREST = 8
PARTS = 16  # slices of the hash space, worked through one at a time to bound memory
HALF = 0.5  # of the threshold: a sample errs, and whoever decides looks at all shingles
LEAST = 2  # shingles that a pair must share


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
    rate: int = RATE,
    among: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], int]:
    """Pairs whose smaller article probably stands in the larger to at least `threshold`; and how many lists were cut.

    samples, offsets: what `sample` gave. Returns int64 [m, 2], left < right, sorted, distinct. A shingle in more than
    `cap` articles pairs each of them only with the `nearest` ones of smallest (key, number), so that what is left out
    depends on the set of articles alone. Short articles are paired with each other by all of their shingles.
    """
    n = len(offsets) - 1
    rank = _ranks(keys, n)
    bound = (1 << 64) // rate
    pairs, capped = _search(samples, offsets, rank, bound, threshold, cap, nearest, among)
    beyond = np.flatnonzero(samples >= np.uint64(bound)) if rate > 1 else np.empty(0, np.int64)
    if len(beyond):  # only short articles have shingles there
        short = np.unique(np.searchsorted(offsets, beyond, side="right") - 1)
        short = short if among is None else short[among[short]]
        sizes = np.diff(offsets)[short]
        ends = np.cumsum(sizes)
        index = np.arange(sizes.sum()) + np.repeat(offsets[short] - ends + sizes, sizes)
        more, over = _search(samples[index], np.append(0, ends), rank[short], 1 << 64, 0.0, cap, nearest)
        pairs, capped = np.unique(np.concatenate([pairs, short[more]]), axis=0), capped + over
    return pairs, capped


def _search(
    samples: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    rank: NDArray[np.int64],
    bound: int,
    threshold: float,
    cap: int,
    nearest: int,
    among: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], int]:
    """The pairs by the hashes below `bound`."""
    n = len(offsets) - 1
    sizes = np.zeros(n, np.int64)
    pairs, counts, capped = np.empty(0, np.int64), np.empty(0, np.int32), 0
    edges = [bound * part // PARTS for part in range(PARTS + 1)]
    for low, high in zip(edges, edges[1:]):
        here = np.flatnonzero((samples >= np.uint64(low)) & (samples <= np.uint64(high - 1)))
        owners = np.searchsorted(offsets, here, side="right") - 1
        if among is not None:
            here, owners = here[among[owners]], owners[among[owners]]
        sizes += np.bincount(owners, minlength=n)
        found, over = _shared(samples[here], owners, rank, n, cap, nearest)
        capped += over
        pairs, counts = _merge(pairs, counts, found)
    left, right = pairs // max(n, 1), pairs % max(n, 1)
    smaller = np.minimum(sizes[left], sizes[right])
    wanted = (counts >= np.minimum(LEAST, smaller)) & (counts >= HALF * threshold * smaller)
    return np.stack([left[wanted], right[wanted]], axis=1), capped


def _ranks(keys: NDArray[np.uint64] | None, n: int) -> NDArray[np.int64]:
    """The place of each article in the order (key, number)."""
    order = np.argsort(keys, kind="stable") if keys is not None else np.arange(n)
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    return rank


def _shared(
    hashes: NDArray[np.uint64], owners: NDArray[np.int64], rank: NDArray[np.int64], n: int, cap: int, nearest: int
) -> tuple[NDArray[np.int64], int]:
    """Pair codes (left * n + right), one for each shingle that two articles share, and the number of capped lists."""
    order = np.lexsort((rank[owners], hashes))
    hashes, owners = hashes[order], owners[order]
    starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]]) if len(hashes) else np.empty(0, np.int64)
    lengths = np.diff(np.r_[starts, len(hashes)])
    partners = np.where(lengths <= cap, lengths, nearest)  # each article pairs with that many first ones of its list
    place = np.arange(len(hashes)) - np.repeat(starts, lengths)
    first, reach = np.repeat(starts, lengths), np.repeat(partners, lengths)
    codes = []
    for step in range(int(partners.max(initial=0))):
        later = np.flatnonzero((place > step) & (step < reach))
        if not len(later):
            break
        one, other = owners[first[later] + step], owners[later]
        codes.append(np.minimum(one, other) * n + np.maximum(one, other))
    return (np.concatenate(codes) if codes else np.empty(0, np.int64)), int(np.count_nonzero(lengths > cap))


def _merge(
    pairs: NDArray[np.int64], counts: NDArray[np.int32], found: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Add newly found pair codes to the sorted distinct ones and their counts."""
    fresh, many = np.unique(found, return_counts=True)
    times = many.astype(np.int32)
    if not len(pairs):
        return fresh, times
    at = np.searchsorted(pairs, fresh)
    known = pairs[np.minimum(at, len(pairs) - 1)] == fresh
    counts[at[known]] += times[known]
    new = ~known
    return np.insert(pairs, at[new], fresh[new]), np.insert(counts, at[new], times[new])
