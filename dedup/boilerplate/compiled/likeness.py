"""Hashes of words and of words in a row: twins of `numbers`, `_hashed` (`boilerplate.likeness`), `_shingles` (`.host`)."""
from __future__ import annotations

import numpy as np

from dedup.engines.numba_ import kernel

_NONE = np.uint32(0xFFFFFFFF)
_BYTE, _SHIFT = np.uint32(0xFF), np.uint32(8)
_FAR = np.uint64(33)


@kernel
def numbers(data, count, table):  # type: ignore[no-untyped-def]
    """How many words each of `count` lines has, and the CRC-32 of each. `data`: uint8; `table`: uint32 [256], of that sum."""
    sizes, found = np.zeros(count, np.int64), np.empty(len(data) // 2 + 1, np.uint32)
    at = line = words = 0
    while at < len(data):
        if data[at] > 32:
            value = _NONE
            while at < len(data) and data[at] > 32:
                value = table[(value ^ data[at]) & _BYTE] ^ (value >> _SHIFT)
                at += 1
            found[words] = ~value
            words += 1
            sizes[line] += 1
        else:
            line += data[at] == 10
            at += 1
    return sizes, found[:words]


@kernel
def _mix(value, factor):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> _FAR)) * factor
    return value ^ (value >> _FAR)


@kernel
def hashed(data, count, table, longest, factor, pair, triple):  # type: ignore[no-untyped-def]
    """Where the words of each line end, with 1 before and 2 behind them, if 3 to `longest`; hashes of bigrams and trigrams."""
    sizes, found = numbers(data, count, table)
    ends, flat = np.zeros(count, np.int64), np.zeros(len(found) + 2 * count + 2, np.uint64)
    start = end = 0
    for line in range(count):
        if 3 <= sizes[line] <= longest:
            flat[end] = 1
            flat[end + 1:end + 1 + sizes[line]] = found[start:start + sizes[line]]
            end += sizes[line] + 2
            flat[end - 1] = 2
        start += sizes[line]
        ends[line] = end
    pairs, triples = np.empty(end + 1, np.uint64), np.empty(end, np.uint64)
    for at in range(end + 1):
        pairs[at] = _mix(flat[at] * pair + flat[at + 1], factor)
    for at in range(end):
        triples[at] = _mix(pairs[at] ^ flat[at + 2] * triple, factor)
    return ends, pairs, triples


@kernel
def least(ends, triples, most):  # type: ignore[no-untyped-def]
    """How many keys each block has, and all of them: its `most` smallest trigrams. `ends`, `triples`: as `hashed` says."""
    counts, found = np.zeros(len(ends), np.int64), np.empty(len(ends) * most, np.uint64)
    start = filled = 0
    for block in range(len(ends)):
        count = 0
        for value in triples[start:max(start, ends[block] - 2)]:
            at = filled + count
            while at > filled and found[at - 1] > value:
                at -= 1
            if at < filled + most and (at == filled or found[at - 1] != value):
                count = min(count + 1, most)
                for to in range(filled + count - 1, at, -1):
                    found[to] = found[to - 1]
                found[at] = value
        counts[block], filled, start = count, filled + count, ends[block]
    return counts, found[:filled]


@kernel
def shingles(data, count, table, factor, many):  # type: ignore[no-untyped-def]
    """(hash, line) of the shingles of `many` words of each line; a line of fewer words is one shingle."""
    sizes, found = numbers(data, count, table)
    hashes, lines = np.empty(len(found), np.uint64), np.empty(len(found), np.int64)
    start = filled = 0
    for line in range(count):
        for at in range(start, start + min(sizes[line], max(1, sizes[line] - many + 1))):
            value = np.uint64(0)
            for word in range(at, at + many):
                value = _mix(value, factor) + (np.uint64(found[word]) if word < len(found) else np.uint64(0))
            hashes[filled], lines[filled] = _mix(value, factor), line
            filled += 1
        start += sizes[line]
    return hashes[:filled], lines[:filled]
