"""Counting the stop words of samples: the twin of `boilerplate.languages.counted`."""
from __future__ import annotations

import numpy as np
from numba import njit

from dedup.boilerplate import hashes

_SHIFT = np.uint64(8)
_FIRST, _SECOND, _SIZE = (np.uint64(factor) for factor in hashes.FACTORS)
_LONG = hashes.LONG
_BLANK = np.uint8(32)


@njit(cache=True, nogil=True)
def counted(data, ends, firsts, bits, values, deepest, member):  # type: ignore[no-untyped-def]
    """How many different words of the table stand in each sample, by language: int64 [samples, languages].

    `data`: uint8, the samples with a blank behind each; `ends`: where those blanks are; the rest: the table of the words, by
    the first `bits` of their hashes.
    """
    found = np.zeros((len(ends), member.shape[1]), np.int64)
    seen = np.full(len(values), -1)
    shift = np.uint64(64 - bits)
    at = 0
    for sample in range(len(ends)):
        while at <= ends[sample]:
            size, head, tail = 0, np.uint64(0), np.uint64(0)
            while data[at] != _BLANK:
                if size < 8:
                    head |= np.uint64(data[at]) << (_SHIFT * np.uint64(size))
                elif size < _LONG:
                    tail |= np.uint64(data[at]) << (_SHIFT * np.uint64(size - 8))
                size += 1
                at += 1
            at += 1
            if size:
                value = head * _FIRST + tail * _SECOND + np.uint64(min(size, _LONG + 1)) * _SIZE
                word = firsts[np.int64(value >> shift)]
                for _ in range(deepest - 1):
                    word += values[word] < value
                if values[word] == value and seen[word] != sample:
                    seen[word] = sample
                    for language in range(member.shape[1]):
                        found[sample, language] += member[word, language]
    return found
