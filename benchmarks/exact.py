"""The exact answer: all pairs of articles whose word-5-gram Jaccard reaches the threshold, however long it takes."""
from __future__ import annotations

import numpy as np

from dedup.engines import numpy_


def pairs(texts: list[str], threshold: float, ngram: int = 5) -> np.ndarray:
    """int64 [m, 2]. Prefix filtering (Chaudhuri et al. 2006; Bayardo et al. 2007), which loses nothing:

    with shingles in one global order, here rarest first, two sets that similar share one of their first few.
    """
    hashes, offsets = numpy_.shingle(texts, ngram)
    distinct, which, often = np.unique(hashes, return_inverse=True, return_counts=True)
    owner = np.repeat(np.arange(len(texts)), np.diff(offsets))
    order = np.lexsort((which, often[which], owner))
    which, sizes = which[order], np.diff(offsets)
    place = np.arange(len(which)) - np.repeat(offsets[:-1], sizes)
    prefix = sizes - np.ceil(threshold * sizes - 1e-9).astype(np.int64) + 1
    kept = place < np.repeat(prefix, sizes)
    which, owner = which[kept], owner[kept]
    order = np.argsort(which, kind="stable")
    which, owner = which[order], owner[order]
    found, reach = [np.zeros(0, np.int64)], 1
    while True:  # members of one list, `reach` places apart
        meeting = np.flatnonzero(which[reach:] == which[:-reach])
        if not len(meeting):
            break
        found.append(np.unique(owner[meeting] * len(texts) + owner[meeting + reach]))
        reach += 1
    codes = np.unique(np.concatenate(found))
    candidates = np.column_stack([codes // len(texts), codes % len(texts)])
    shared = numpy_.overlaps(hashes, offsets, candidates)
    union = sizes[candidates].sum(axis=1) - shared
    return candidates[shared >= threshold * union - 1e-9]
