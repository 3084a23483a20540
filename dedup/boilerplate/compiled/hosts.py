"""Counting what two hosts share: twins of what `boilerplate.host` and `boilerplate.hosts` do."""
from __future__ import annotations

import numpy as np
from numba import njit

_ONE, _WORD, _LOW = np.uint64(1), np.uint64(6), np.uint64(63)


@njit(cache=True, nogil=True)
def common(left, right):  # type: ignore[no-untyped-def]
    """How many values two ascending rows share, each of which has none twice."""
    one = other = both = 0
    while one < len(left) and other < len(right):
        mine, theirs = left[one], right[other]
        both += mine == theirs
        one += mine <= theirs
        other += theirs <= mine
    return both


@njit(cache=True, nogil=True)
def marks(values, size):  # type: ignore[no-untyped-def]
    """The bits of some values among `size`, a power of two, and how many values share theirs with another one."""
    found, hidden = np.zeros((size + 63) // 64, np.uint64), 0
    for value in values:
        place = value & np.uint64(size - 1)
        word, bit = np.int64(place >> _WORD), _ONE << (place & _LOW)
        hidden += found[word] & bit != 0
        found[word] |= bit
    return found, hidden


@njit(cache=True, nogil=True)
def marked(left, right):  # type: ignore[no-untyped-def]
    """How many bits are set in both."""
    both = 0
    for at in range(len(left)):
        rest = left[at] & right[at]
        while rest:  # which becomes one instruction
            rest &= rest - _ONE
            both += 1
    return both
