"""What two sets share, counted: twins of what `boilerplate.host`, `.hosts` and `.wordings` do."""
from __future__ import annotations

import numpy as np

from dedup.engines.numba_ import kernel

_ONE, _WORD, _LOW = np.uint64(1), np.uint64(6), np.uint64(63)


@kernel
def common(left, right):  # type: ignore[no-untyped-def]
    """How many values two ascending rows share, each of which has none twice."""
    one = other = both = 0
    while one < len(left) and other < len(right):
        mine, theirs = left[one], right[other]
        both += mine == theirs
        one += mine <= theirs
        other += theirs <= mine
    return both


@kernel
def marks(values, size):  # type: ignore[no-untyped-def]
    """The bits of some values among `size`, a power of two, and how many values share theirs with another one."""
    found, hidden = np.zeros((size + 63) // 64, np.uint64), 0
    for value in values:
        place = value & np.uint64(size - 1)
        word, bit = np.int64(place >> _WORD), _ONE << (place & _LOW)
        hidden += found[word] & bit != 0
        found[word] |= bit
    return found, hidden


@kernel
def marked(left, right):  # type: ignore[no-untyped-def]
    """How many bits are set in both."""
    both = 0
    for at in range(len(left)):
        rest = left[at] & right[at]
        while rest:  # which becomes one instruction
            rest &= rest - _ONE
            both += 1
    return both


@kernel
def led(blocks, counts, keys, sizes, pairs, most, alike):  # type: ignore[no-untyped-def]
    """The row of the block that leads each, -1 of those that none leads. Blocks come most frequent first.

    `keys`: those of all blocks end to end, `counts` of each, as numbers from 0 on; `pairs`: their bigrams, `sizes` of each;
    `most`: blocks that may share a key.
    """
    near, filled = np.empty((keys.max() + 1 if len(keys) else 0, most), np.int32), np.zeros(len(keys), np.int64)
    leader, seen = np.full(len(blocks), -1), np.full(len(blocks), -1)
    sets, ends = np.empty(len(pairs), np.uint64), np.zeros(len(blocks) + 1, np.int64)  # of the bigrams
    first_key = first_pair = 0
    for row in range(len(blocks)):
        end = ends[row]
        for value in np.sort(pairs[first_pair:first_pair + sizes[row]]):
            if end == ends[row] or sets[end - 1] != value:
                sets[end] = value
                end += 1
        own, ends[row + 1] = sets[ends[row]:end], end
        best = 0.0
        for key in keys[first_key:first_key + counts[row]]:
            for other in near[key, :filled[key]]:
                theirs = sets[ends[other]:ends[other + 1]]
                if seen[other] != row and len(theirs) and alike * len(own) <= len(theirs) <= len(own) / alike:
                    both = common(own, theirs)
                    score = both / (len(own) + len(theirs) - both)
                    if score >= alike and (score > best or score == best and blocks[other] < blocks[leader[row]]):
                        best, leader[row] = score, other
                seen[other] = row
        if leader[row] < 0:
            for key in keys[first_key:first_key + counts[row]]:
                if filled[key] < most:
                    near[key, filled[key]] = row
                    filled[key] += 1
        first_key += counts[row]
        first_pair += sizes[row]
    return leader
