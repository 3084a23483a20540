"""What is kept of the shingles of articles: a signature, how many they are, a digest of the set and a sample of it."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dedup import contained
from dedup.arrays import np
from dedup.spans import gather


class Sketches(NamedTuple):
    """Of articles 0..n-1. `digests` are equal where the shingle sets are, 0 where there is none."""

    signatures: np.ndarray  # uint32 [n, num_perm]
    sizes: np.ndarray  # int64 [n], shingles
    digests: np.ndarray  # uint64 [n]
    samples: np.ndarray  # uint64 [m], sampled shingles for containment, sorted
    sample_offsets: np.ndarray  # int64 [n+1]

    @classmethod
    def of(cls, hashes: np.ndarray, offsets: np.ndarray, signatures: np.ndarray) -> Sketches:
        """Those of sorted distinct shingle hashes, flat and offsets [n+1], with these signatures."""
        return cls(signatures, np.diff(offsets), digests(hashes, offsets), *contained.sample(hashes, offsets))

    def unsampled(self) -> Sketches:
        """The same without samples."""
        return self._replace(samples=np.zeros(0, np.uint64), sample_offsets=np.zeros(len(self.sizes) + 1, np.int64))


def join(parts: Sequence[Sketches], order: np.ndarray) -> Sketches:
    """Parts one behind the other, then rows in `order` (row i of the answer is row order[i])."""
    counts = [np.diff(one.sample_offsets) for one in parts]
    samples = gather([one.samples for one in parts], counts, order, lambda size: np.empty(size, np.uint64))
    signatures, sizes, keys = (np.concatenate(rows)[order] for rows in zip(*[one[:3] for one in parts]))
    return Sketches(signatures, sizes, keys, *samples)


def digest(hashes: Sequence[int]) -> int:
    """The sum of a set of hashes, modulo 2 ** 64: they are spread so evenly that sums of different sets are equal by chance
    only."""
    return sum(hashes) % (1 << 64) or 1 if hashes else 0


def digests(hashes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The same of the sets of many articles."""
    before = np.append(np.uint64(0), np.cumsum(hashes))
    return np.where(np.diff(offsets) > 0, np.maximum(before[offsets[1:]] - before[offsets[:-1]], np.uint64(1)), np.uint64(0))
