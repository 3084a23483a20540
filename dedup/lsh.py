"""Locality-sensitive hashing: bands and rows (Indyk & Motwani 1998), and which members of a bucket are paired.

Bands are loose because every candidate is verified exactly: a false candidate costs microseconds, a missed one a copy.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from dedup.arrays import np
from dedup.errors import ConfigError
from dedup.minhash import EMPTY

if TYPE_CHECKING:
    import numpy.typing as npt

CAP = 64  # members up to which all of a bucket are paired with all
ANCHORS = 8  # of a fuller bucket, how many every member is paired with: pairs grow with the copies, not their square


def collision_probability(similarity: float, bands: int, rows: int) -> float:
    """Probability that two sets of this Jaccard similarity share a bucket in at least one band."""
    return 1.0 - (1.0 - similarity**rows) ** bands


def bands_and_rows(threshold: float, recall: float = 0.98, num_perm: int = 128) -> tuple[int, int]:
    """The most rows (fewest false candidates) whose bands find a pair at the threshold with probability `recall`.

    When not even single rows reach it (thresholds near 0), single rows. Raises ConfigError for num_perm below 2.
    """
    if num_perm < 2:
        raise ConfigError(f"--num-perm must be at least 2, got {num_perm}")
    for rows in range(num_perm // 2, 1, -1):
        if collision_probability(threshold, num_perm // rows, rows) >= recall:
            return num_perm // rows, rows
    return num_perm, 1


def s_curve(bands: int, rows: int, steps: int = 20) -> list[tuple[float, float]]:
    """(similarity, probability of becoming a candidate) from 0 to 1 in equal steps."""
    return [(at / steps, collision_probability(at / steps, bands, rows)) for at in range(steps + 1)]


def distinct(
    signatures: npt.NDArray[np.uint32], keys: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Collapse equal masked digests: (numbers of the articles to compare, pairs of each copy with its first).

    The first of equal articles stands for all of them; an empty one stands for nothing and is left out.
    """
    some = signatures[:, 0] != EMPTY
    doubtful = np.flatnonzero(~some)  # one value says nearly all: the others are rarely looked at
    some[doubtful] = (signatures[doubtful] != EMPTY).any(axis=1)
    filled = np.flatnonzero(some)
    _, first, which = np.unique(keys[filled], return_index=True, return_inverse=True)
    firsts = filled[first][which.reshape(-1)]
    copies = firsts != filled
    return filled[~copies], np.column_stack([firsts[copies], filled[copies]]).astype(np.int64)


def bucket_pairs(members: Sequence[int], keys: npt.NDArray[np.uint64], cap: int) -> Iterator[tuple[int, int]]:
    """Pairs (left < right) of one bucket: all, or over the cap every member with the ANCHORS smallest by (key, number).

    So what is left out depends on the set of articles alone, never on the order in which they came.
    """
    if len(members) > cap:
        anchors = sorted(members, key=lambda number: (int(keys[number]), number))[:ANCHORS]
        yield from {(min(one, other), max(one, other)) for one in members for other in anchors if one != other}
    else:
        yield from combinations(sorted(members), 2)


def met(
    every: Iterable[npt.NDArray[np.uint64]], numbers: npt.NDArray[np.int64], copies: npt.NDArray[np.int64], *,
    keys: npt.NDArray[np.uint64], cap: int,
) -> tuple[npt.NDArray[np.int64], int]:
    """Pairs that share the key of a band, and `copies`; and how many buckets were too full to pair all with all.

    every: band after band, the key of each of `numbers`. Keys are sorted, equal ones are a bucket. int64 [m, 2],
    left < right, sorted, distinct.
    """
    count, capped = len(keys), 0
    codes = encoded(copies[:, 0], copies[:, 1], count)
    for band in every:
        members, starts, sizes = buckets(band, numbers)
        crowded = sizes > cap
        capped += int(np.count_nonzero(crowded))
        full = (members[start:start + size] for start, size in zip(starts[crowded].tolist(), sizes[crowded].tolist()))
        codes = once([codes, *within(members, starts[~crowded], sizes[~crowded], count),
                      *(_with_anchors(some, keys) for some in full)])
    return decoded(codes, count), capped


def buckets(
    band: npt.NDArray[np.uint64], numbers: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The numbers sorted by key; where in them each key that stands more than once starts, and how often it stands."""
    order = np.argsort(band)
    ordered = band[order]
    edges = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    starts, ends = np.concatenate([[0], edges]), np.append(edges, len(ordered))
    several = ends - starts > 1
    return numbers[order], starts[several], (ends - starts)[several]


def within(
    members: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64], count: int
) -> Iterator[npt.NDArray[np.int64]]:
    """The codes of all pairs within buckets, those of one size together."""
    for size in np.unique(sizes).tolist():
        same = starts[sizes == size]
        left, right = np.triu_indices(size, 1)
        step = max(1, (1 << 22) // len(left))
        for at in range(0, len(same), step):
            several = members[same[at:at + step, None] + np.arange(size)]
            yield encoded(several[:, left].ravel(), several[:, right].ravel(), count)


def _with_anchors(members: npt.NDArray[np.int64], keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """The codes of the pairs of a bucket over the cap; those between anchors come twice."""
    anchors = members[np.lexsort((members, keys[members]))[:ANCHORS]]
    one, other = np.repeat(members, len(anchors)), np.tile(anchors, len(members))
    return encoded(one[one != other], other[one != other], len(keys))


def encoded(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """One number for each pair of numbers below `count`, in the order of pairs (smaller, larger)."""
    return np.minimum(one, other) * count + np.maximum(one, other)


def decoded(codes: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """The pairs again, int64 [m, 2]."""
    return np.column_stack(np.divmod(codes, max(count, 1)))


def once(parts: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """The codes of all parts, sorted, each once; `numpy.unique` looks them up in a table that no cache holds."""
    codes = np.concatenate(parts)
    codes.sort()
    new = np.ones(len(codes), bool)
    np.not_equal(codes[1:], codes[:-1], out=new[1:])
    return codes[new]


def distinct_pairs(parts: Sequence[npt.NDArray[np.int64]], count: int) -> npt.NDArray[np.int64]:
    """The pairs [m, 2] of numbers below `count` of all parts, sorted, each once."""
    return decoded(once([encoded(part[:, 0], part[:, 1], count) for part in parts]), count)
