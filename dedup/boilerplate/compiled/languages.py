"""Counting the stop words of samples: the twin of `boilerplate.languages.counted`."""
from __future__ import annotations

import numpy as np

from dedup.boilerplate import hashes
from dedup.engines.numba_ import kernel

_LONG = hashes.LONG
_FIRST, _SECOND, _ = (np.uint64(factor) for factor in hashes.FACTORS)


@kernel
def counted(eights, blanks, ends, sizes, firsts, bits, values, member):  # type: ignore[no-untyped-def]
    """How many different words of a table stand in each sample, by language: int64 [samples, languages].

    `eights`: the eight bytes from every place on of all samples, with a blank behind each; `blanks`: where blanks are;
    `ends`: how many of them stand up to the end of each sample; `sizes`: `hashes.by_size()`; the rest: the table
    of the words, by the first `bits` of their hashes.
    """
    heads, tails, more = sizes
    found = np.zeros((len(ends), member.shape[1]), np.int64)
    seen = np.full(len(values), -1)
    shift = np.uint64(64 - bits)
    start, at = 0, 0
    for sample in range(len(ends)):
        while at < ends[sample]:
            size = blanks[at] - start
            if 0 < size <= _LONG:
                value = (eights[start] & heads[size]) * _FIRST + more[size]
                if size > 8:
                    value += (eights[start + 8] & tails[size]) * _SECOND
                word = firsts[value >> shift]
                while values[word] < value:
                    word += 1
                if values[word] == value and seen[word] != sample:
                    seen[word] = sample
                    found[sample] += member[word]
            start = blanks[at] + 1
            at += 1
    return found
