"""Which of many blocks may be much alike, found without looking at their words.

Broder's min-wise hashing ("On the resemblance and containment of documents", 1997) over windows of letters, in bands,
for all blocks at once in numpy: it only says where a closer look is worth its cost.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedup.boilerplate.likeness import Array

SHORT = 128  # letters; shorter blocks are not sketched, looking at them is as cheap
BANDS = 8  # of two minima each
_WINDOW = 16
_DENSE = 256  # letters up to which every window counts, beyond one in four does
_A, _B, _C, _D, _E = (np.uint32(odd) for odd in (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x2C1B3C6D))
_TURNS = ((np.arange(2 * BANDS, dtype=np.uint64) * 2 + 1) * np.uint64(0x9E3779B1)).astype(np.uint32)[:, None]
_BAND = np.arange(BANDS, dtype=np.uint64)[:, None] * np.uint64(0x9E3779B97F4A7C15)


def sketches(squeezed: Sequence[bytes]) -> Array:
    """Bands of blocks of `SHORT` letters or more, uint64 [n, BANDS]: blocks that are much alike share one, likely."""
    if not squeezed:
        return np.zeros((0, BANDS), np.uint64)
    sizes = np.array([len(some) for some in squeezed])
    starts = np.cumsum(sizes) - sizes
    one = np.frombuffer(b"".join(squeezed), np.uint8).astype(np.uint32)
    two = one[:-1] * _A + one[1:]
    four = two[:-2] * _B + two[2:]
    eight = four[:-4] * _C + four[4:]
    windows = eight[:-8] * _D + eight[8:]
    windows ^= windows >> np.uint32(15)
    windows *= _E
    # a window that runs into the next block counts for neither; of long blocks a sample does
    valid = np.ones(len(windows), bool)
    valid[(starts[1:, None] - np.arange(1, _WINDOW)).ravel()] = False
    sampled = (windows & np.uint32(3 << 29)) == 0
    valid &= sampled | np.repeat(sizes <= _DENSE, sizes)[:len(windows)]
    kept = np.append(windows[valid], np.uint32(0))
    counts = np.add.reduceat(valid, starts, dtype=np.int64)
    firsts = np.cumsum(counts) - counts
    mixed = kept * _TURNS
    mixed ^= mixed >> np.uint32(13)
    mixed[:, -1] = 0xFFFFFFFF
    minima = np.minimum.reduceat(mixed, firsts, axis=1).astype(np.uint64)
    bands = (minima[0::2] << np.uint64(32) | minima[1::2]) ^ _BAND
    bands[:, counts == 0] = 0
    return bands.T.copy()
