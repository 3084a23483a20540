"""Which of many blocks may be much alike, found without looking at their words.

Broder's min-wise hashing ("On the resemblance and containment of documents", 1997) over windows of letters, in bands,
for all blocks at once in numpy: it only says where a closer look is worth its cost.
"""
from __future__ import annotations

from collections.abc import Sequence

from dedup.arrays import Array, np
from dedup.lanes import Lanes

SHORT = 128  # letters; shorter blocks are not sketched, looking at them is as cheap
BANDS = 8  # of two minima each
_WINDOW = 16
_DENSE = 256  # letters up to which every window counts, beyond one in four does
_FEW = 256  # blocks whose windows stay in the cache of a core
_FACTORS = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F  # of the windows of 2, 4, 8 and 16 letters
_LAST = 0x2C1B3C6D
_SAMPLED = 3 << 29  # bits that are 0 in one window in four
_TURNS = [(2 * turn + 1) * 0x9E3779B1 & 0xFFFFFFFF for turn in range(2 * BANDS)]
_BAND = [band * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF for band in range(BANDS)]
_LANES = Lanes(32)


def plain(squeezed: bytes) -> list[int]:
    """`sketches` of one block, without NumPy."""
    windows, count = _LANES.pack(list(squeezed)), len(squeezed)
    for step, factor in enumerate(_FACTORS):
        count -= 1 << step
        windows = _LANES.cut(_LANES.first(windows, count) * factor + _LANES.behind(windows, 1 << step), count)
    windows = _LANES.cut((windows ^ _LANES.shift(windows, count, 15)) * _LAST, count)
    kept = [one for one in _LANES.unpack(windows, count) if len(squeezed) <= _DENSE or not one & _SAMPLED]
    if not kept:
        return [0] * BANDS
    windows, count = _LANES.pack(kept), len(kept)
    turned = (_LANES.cut(windows * turn, count) for turn in _TURNS)
    minima = [min(_LANES.unpack(one ^ _LANES.shift(one, count, 13), count)) for one in turned]
    return [(high << 32 | low) ^ band for high, low, band in zip(minima[::2], minima[1::2], _BAND)]


def sketches(squeezed: Sequence[bytes]) -> Array:
    """Bands of blocks of `SHORT` letters or more, uint64 [n, BANDS]: blocks that are much alike share one, likely."""
    parts = [_sketches(squeezed[at:at + _FEW]) for at in range(0, len(squeezed), _FEW)]
    return np.concatenate([np.zeros((0, BANDS), np.uint64), *parts])


def _sketches(squeezed: Sequence[bytes]) -> Array:
    sizes = np.array([len(some) for some in squeezed])
    starts = np.cumsum(sizes) - sizes
    one = np.frombuffer(b"".join(squeezed), np.uint8).astype(np.uint32)
    two, four, eight, sixteen = map(np.uint32, _FACTORS)
    windows = one[:-1] * two + one[1:]
    windows = windows[:-2] * four + windows[2:]
    windows = windows[:-4] * eight + windows[4:]
    windows = windows[:-8] * sixteen + windows[8:]
    windows ^= windows >> np.uint32(15)
    windows *= np.uint32(_LAST)
    # a window that runs into the next block counts for neither; of long blocks a sample does
    valid = np.ones(len(windows), bool)
    valid[(starts[1:, None] - np.arange(1, _WINDOW)).ravel()] = False
    sampled = (windows & np.uint32(_SAMPLED)) == 0
    valid &= sampled | np.repeat(sizes <= _DENSE, sizes)[:len(windows)]
    places = np.flatnonzero(valid)
    kept = np.append(windows[places], np.uint32(0))  # much faster than by the mask
    firsts = np.searchsorted(places, starts)
    counts = np.diff(firsts, append=len(places))
    minima = np.empty((len(_TURNS), len(squeezed)), np.uint64)
    mixed, shifted = np.empty_like(kept), np.empty_like(kept)
    for turn, least in zip(np.array(_TURNS, np.uint32), minima):
        np.multiply(kept, turn, out=mixed)
        np.right_shift(mixed, np.uint32(13), out=shifted)
        mixed ^= shifted
        mixed[-1] = 0xFFFFFFFF
        least[:] = np.minimum.reduceat(mixed, firsts)
    bands = (minima[0::2] << np.uint64(32) | minima[1::2]) ^ np.array(_BAND, np.uint64)[:, None]
    bands[:, counts == 0] = 0
    return bands.T
