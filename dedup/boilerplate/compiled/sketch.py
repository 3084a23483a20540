"""Sketches of blocks: the twin of `boilerplate.sketch.sketches`, block by block in what a core has next to it."""
from __future__ import annotations

import numpy as np

from dedup.engines.numba_ import kernel

_HALF, _MOST = np.uint64(32), np.uint32(0xFFFFFFFF)


@kernel
def _mixed(value, factor, by):  # type: ignore[no-untyped-def]
    """A number times a factor, its upper bits spread over the lower ones. Cast at each step: numba would take 64 bits."""
    product = np.uint32(value * factor)
    return np.uint32(product ^ (product >> np.uint32(by)))


@kernel
def sketches(data, ends, dense, factors, last, sampled, turns, band_of):  # type: ignore[no-untyped-def]
    """uint64 [blocks, bands]. `data`: uint8, the blocks end to end; `ends`: where each ends; the rest: as there."""
    found = np.zeros((len(ends), len(band_of)), np.uint64)
    start = 0
    for block in range(len(ends)):
        windows = data[start:ends[block]].astype(np.uint32)
        start, size = ends[block], len(windows)
        count = size
        for power in range(4):  # a constant: steps that the compiler knows let it take many windows at once
            count -= 1 << power
            for at in range(count):
                windows[at] = windows[at] * factors[power] + windows[at + (1 << power)]
        for at in range(count):
            windows[at] = np.uint32((windows[at] ^ (windows[at] >> np.uint32(15))) * last)
        if size > dense:
            every, count = count, 0
            for at in range(every):
                windows[count] = windows[at]
                count += not windows[at] & sampled
        if count:
            for band in range(len(band_of)):
                high = low = _MOST
                one, other = turns[2 * band], turns[2 * band + 1]
                for at in range(count):
                    high = min(high, _mixed(windows[at], one, 13))
                    low = min(low, _mixed(windows[at], other, 13))
                found[block, band] = (np.uint64(high) << _HALF | np.uint64(low)) ^ band_of[band]
    return found
