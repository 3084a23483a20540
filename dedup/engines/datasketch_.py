"""The reference engine: shingles in plain Python, datasketch's MinHash and MinHashLSH. Readable, slow."""
from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dedup import lsh, shingles
from dedup.engines import BEGINS, FIGURE, Texts, numpy_, string
from dedup.minhash import SCHEME, as_datasketch, low32
from dedup.sketches import Sketches

_DIGIT = re.compile(r"\d")
runs = numpy_.runs  # datasketch has none of its own


def shingle(texts: Sequence[str], ngram: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Sorted distinct shingle hashes of each text: flat array and offsets."""
    sets = [shingles.shingles(text, ngram) for text in texts]
    offsets = np.cumsum([0, *map(len, sets)], dtype=np.int64)
    return np.array([value for one in sets for value in one], dtype=np.uint64), offsets


def words(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Hashes of the words of each text, in order, with BEGINS and FIGURE in their lowest bits: flat array and offsets."""
    found: list[int] = []
    ends = [0]
    for text in texts:
        for line in shingles.fold(text).split("\n"):
            found += [shingles.token_hash(token) >> 2 << 2 | (FIGURE if _DIGIT.search(token) else 0) | (0 if at else BEGINS)
                      for at, token in enumerate(shingles.tokens(line))]
        ends.append(len(found))
    return np.array(found, dtype=np.uint64), np.array(ends, dtype=np.int64)


def sign(
    hashes: npt.NDArray[np.uint64], offsets: npt.NDArray[np.int64], num_perm: int, seed: int
) -> npt.NDArray[np.uint32]:
    """The MinHash of each article, uint32 [n, num_perm]."""
    from datasketch import MinHash

    sets = [hashes[start:end].tolist() for start, end in zip(offsets, offsets[1:])]
    minhashes = MinHash.bulk(sets, num_perm=num_perm, seed=seed, scheme=SCHEME, hashfunc=low32)
    return np.array([one.hashvalues for one in minhashes], dtype=np.uint32).reshape(len(sets), num_perm)


def sketch(texts: Texts, ngram: int, num_perm: int, seed: int) -> Sketches:
    """What is kept of the shingles of each text."""
    hashes, offsets = shingle([*map(string, texts)], ngram)
    return Sketches.of(hashes, offsets, sign(hashes, offsets, num_perm, seed))


def candidates(
    signatures: npt.NDArray[np.uint32], bands: int, rows: int, *, keys: npt.NDArray[np.uint64], cap: int = lsh.CAP
) -> tuple[npt.NDArray[np.int64], int]:
    """Pairs that share a bucket of a MinHashLSH, and how many buckets were too full to pair all with all."""
    from datasketch import MinHashLSH

    numbers, copies = lsh.distinct(signatures, keys)
    pairs = {(left, right) for left, right in copies.tolist()}
    index = MinHashLSH(num_perm=signatures.shape[1], params=(bands, rows))
    for number in numbers.tolist():
        index.insert(number, as_datasketch(signatures[number]), check_duplication=False)
    capped = 0
    for table in index.hashtables:
        for bucket in table.keys():
            members = list(table.get(bucket))
            capped += len(members) > cap
            pairs.update(lsh.bucket_pairs(members, keys, cap))
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2), capped


def overlaps(
    hashes: npt.NDArray[np.uint64], offsets: npt.NDArray[np.int64], pairs: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """How many shingles the two of each pair share, int64 [m]."""
    def shingles_of(number: int) -> set[int]:
        return set(hashes[offsets[number]:offsets[number + 1]].tolist())

    return np.array([len(shingles_of(left) & shingles_of(right)) for left, right in pairs.tolist()], dtype=np.int64)
