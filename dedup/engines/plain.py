"""The kernels for a few articles without NumPy, whose import would take longer than they do. The same values."""
from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence

from dedup import minhash, shingles
from dedup.lanes import Lanes

FEW = 24 if sys.byteorder == "little" else 0  # articles up to which the import of NumPy does not pay

_LONG, _SHORT = Lanes(64), Lanes(32)
_PREMIX = (16, 0x85EBCA6B), (13, 0xC2B2AE35)
_MASK = (1 << 64) - 1


def shingle(text: str, ngram: int) -> array[int]:
    """The sorted distinct shingle hashes of a masked text, uint64."""
    hashes = [shingles.token_hash(token) for token in shingles.tokens(shingles.fold(text))]
    if len(hashes) <= ngram:
        return array("Q", [shingles.shingle_hash(hashes)] if hashes else [])
    count = len(hashes) - ngram + 1
    tokens = _LONG.pack(hashes)
    values = _LONG.cut(tokens, count)
    for at in range(1, ngram):
        values = _LONG.cut(values * shingles.STEP + _LONG.cut(_LONG.behind(tokens, at), count), count)
    for factor in shingles.MIX:
        values = _LONG.cut((values ^ _LONG.shift(values, count, 33)) * factor, count)
    values ^= _LONG.shift(values, count, 33)
    return array("Q", sorted(set(_LONG.unpack(values, count))))


def sign(hashes: Sequence[int], num_perm: int, seed: int) -> array[int]:
    """The MinHash of an article, uint32 [num_perm]."""
    if not hashes:
        return array("I", [minhash.EMPTY]) * num_perm
    factors, summands = map(_SHORT.pack, minhash.plain_permutations(num_perm, seed))
    lanes = _SHORT.pack([value & 0xFFFFFFFF for value in hashes])
    count = len(hashes)
    for by, factor in _PREMIX:
        lanes = _SHORT.cut((lanes ^ _SHORT.shift(lanes, count, by)) * factor, count)
    lanes ^= _SHORT.shift(lanes, count, 16)
    return _SHORT.unpack(_SHORT.minima(_SHORT.unpack(lanes, count), factors, summands, num_perm), num_perm)


def band_hash(values: Sequence[int]) -> int:
    """`numpy_.band_hashes` of one band."""
    result = 0
    for value in values:
        result = (result ^ value) * shingles.STEP & _MASK
        result ^= result >> 33
    return shingles.mix(result)
