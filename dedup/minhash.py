"""Signatures: MinHash (Broder 1997) in datasketch's "affine32" scheme, value for value.

A shingle enters as the low 32 bits of its hash, mixed once; permutation k maps it to a[k]·h + b[k] mod 2^32.
"""
from __future__ import annotations

from array import array
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.arrays import np
from dedup.errors import MissingExtra

if TYPE_CHECKING:
    import numpy.typing as npt
    from datasketch import MinHash

SCHEME = "affine32"
EMPTY = 0xFFFFFFFF  # every value of the signature of an empty article
_TABLE = Path(__file__).parent / "engines" / "affine32-128-1.npy"


@lru_cache(maxsize=8)
def permutations(num_perm: int = 128, seed: int = 1) -> npt.NDArray[np.uint32]:
    """datasketch's factors (odd) and summands, uint32 [2, num_perm], read-only.

    Those of the defaults are packaged, because importing datasketch takes half a second.
    """
    if (num_perm, seed) == (128, 1):
        both = np.load(_TABLE)
    else:
        try:
            from datasketch import MinHash
        except ModuleNotFoundError:
            raise MissingExtra("another --num-perm or --seed", "datasketch") from None
        both = np.array(MinHash(num_perm=num_perm, seed=seed, scheme=SCHEME).permutations, dtype=np.uint32)
    both.setflags(write=False)
    return both


def plain_permutations(num_perm: int, seed: int) -> tuple[array[int], array[int]]:
    """The same without NumPy, if it is the packaged table, on a little-endian machine."""
    if (num_perm, seed) != (128, 1):
        factors, summands = permutations(num_perm, seed)
        return array("I", factors.tobytes()), array("I", summands.tobytes())
    values = array("I", _TABLE.read_bytes()[-2 * 4 * num_perm:])  # behind NumPy's header
    return values[:num_perm], values[num_perm:]


def low32(shingle: int) -> int:
    """What datasketch is given of a shingle hash."""
    return shingle & 0xFFFFFFFF


def as_datasketch(row: npt.NDArray[np.uint32], seed: int = 1) -> MinHash:
    """One row of the signatures as a datasketch MinHash, to compare, merge, index or update with shingle hashes."""
    from datasketch import MinHash

    return MinHash(
        hashvalues=row, permutations=permutations(len(row), seed), seed=seed, scheme=SCHEME, hashfunc=low32
    )


def estimate(signatures: npt.NDArray[np.uint32], pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Estimated Jaccard of each pair [m, 2]: the share of equal values, standard error sqrt(J·(1-J)/num_perm).

    Good for leaving out hopeless pairs, too coarse to decide.
    """
    result = np.empty(len(pairs))
    for at in range(0, len(pairs), 4096):  # 4096 pairs of rows are 4 MB
        left, right = pairs[at:at + 4096].T
        result[at:at + 4096] = (signatures[left] == signatures[right]).mean(axis=1)
    return result
