"""Words and trigrams of copies, and what they share: twins of steps of `boilerplate.consensus`."""
from __future__ import annotations

import numpy as np

from dedup.engines.numba_ import inline_kernel, kernel

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_BLANK, _LINE_END = 32, 10


@kernel
def hashed(data, lines, factor):  # type: ignore[no-untyped-def]
    """How many words each of `lines` lines of words has, whose bytes uint8 these are, and the hash of each word: the sum of
    its bytes, each times one more power of a factor."""
    counts, words = np.zeros(lines, np.int64), np.empty(len(data) // 2 + 1, np.uint64)
    at = line = count = 0
    while at < len(data):
        value, power = np.uint64(0), np.uint64(1)
        begin = at
        while at < len(data) and data[at] > _BLANK:
            value += data[at] * power
            power *= factor
            at += 1
        if at > begin:
            words[count] = value
            count += 1
            counts[line] += 1
        line += at < len(data) and data[at] == _LINE_END
        at += 1
    return counts, words[:count]


@inline_kernel
def _slot(grams, at, places):  # type: ignore[no-untyped-def]
    """Where in an open table of places of trigrams that one is, or would be put."""
    slot = np.int64(grams[at] * _SPREAD >> np.uint64(32)) & (len(places) - 1)
    while places[slot] >= 0 and grams[places[slot]] != grams[at]:
        slot = (slot + 1) & (len(places) - 1)
    return slot


@kernel
def held(grams, copies, first, last):  # type: ignore[no-untyped-def]
    """How many of the trigrams [first, last) of each block stand in each copy, [copies, blocks]; `copies`: [start, end) of
    their own trigrams, int64 [copies, 2]."""
    size = 16
    while size < 2 * len(grams):
        size *= 2
    places, there = np.full(size, -1, np.int32), np.zeros((size, len(copies)), np.bool_)
    for copy in range(len(copies)):
        for at in range(copies[copy, 0], copies[copy, 1]):
            slot = _slot(grams, at, places)
            places[slot] = at
            there[slot, copy] = True
    found = np.zeros((len(copies), len(first)), np.int64)
    for block in range(len(first)):
        for at in range(first[block], last[block]):
            slot = _slot(grams, at, places)
            for copy in range(len(copies)):
                found[copy, block] += there[slot, copy]
    return found
