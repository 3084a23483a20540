"""A hash of each of many short texts that stand in one, told in arrays."""
from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from dedup.arrays import Array, np

LONG = 16  # bytes of the longest texts that are told apart
FACTORS = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xFF51AFD7ED558CCD  # odd


def hashed(data: bytes, starts: Array, sizes: Array) -> Array:
    """Of words by their places in UTF-8, behind which LONG bytes stand. Longer ones may be alike, but like no shorter one."""
    bytes_at = eights(data)
    sizes = np.minimum(sizes, LONG + 1)
    head, tail, more = by_size()
    found = (bytes_at[starts] & head.take(sizes)) * np.uint64(FACTORS[0]) + more.take(sizes)
    long = np.flatnonzero(sizes > 8)
    found[long] += (bytes_at[starts[long] + 8] & tail[sizes[long]]) * np.uint64(FACTORS[1])
    return found


def eights(data: bytes) -> Array:
    """The eight bytes from every place on, as numbers."""
    return np.ndarray(len(data) - 7, "<u8", data, 0, (1,))


def hashed_each(words: Sequence[bytes]) -> Array:
    """Of words one by one."""
    sizes = np.array([*map(len, words)], np.int64)
    return hashed(b"".join([*words, bytes(LONG)]), np.cumsum(sizes) - sizes, sizes)


@lru_cache(maxsize=None)
def by_size() -> tuple[Array, ...]:
    """For words of so many bytes: which bits of the first eight and the second eight count, and what the size adds."""
    parts = [((1 << 8 * min(size, 8)) - 1, (1 << 8 * min(max(size - 8, 0), 8)) - 1, size * FACTORS[2] % 2 ** 64)
             for size in range(LONG + 2)]
    return tuple(np.array(part, np.uint64) for part in zip(*parts))
