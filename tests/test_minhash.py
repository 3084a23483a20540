"""Signatures against datasketch, and the estimator against exact Jaccard."""
from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH

from dedup.engines import numpy_
from dedup.minhash import EMPTY, as_datasketch, estimate, low32, permutations


@pytest.mark.parametrize("num_perm, seed", [(128, 1), (128, 2), (64, 1), (256, 7)])
def test_permutations_are_datasketchs(num_perm: int, seed: int) -> None:
    factors, summands = permutations(num_perm, seed)
    expected = MinHash(num_perm=num_perm, seed=seed, scheme="affine32").permutations
    assert factors.dtype == summands.dtype == np.uint32
    assert np.array_equal(factors, expected[0]) and np.array_equal(summands, expected[1])


def test_a_signature_is_a_datasketch_minhash() -> None:
    texts = ["The council approved the plan for a bridge on Monday.", "The council approved the plan on Monday.", ""]
    hashes, offsets = numpy_.shingle(texts, 3)
    rows = numpy_.sign(hashes, offsets, 64, 5)
    for number, row in enumerate(rows):
        expected = MinHash(num_perm=64, seed=5, scheme="affine32", hashfunc=low32)
        expected.update_batch(hashes[offsets[number]:offsets[number + 1]].tolist())
        ours = as_datasketch(row, seed=5)
        assert ours == expected and ours.is_empty() == (number == 2)
    assert (rows[2] == EMPTY).all()
    merged = as_datasketch(rows[0], seed=5)
    merged.merge(as_datasketch(rows[1], seed=5))
    merged.update(int(hashes[0]))  # takes shingle hashes
    index = MinHashLSH(threshold=0.3, num_perm=64)
    index.insert("first", as_datasketch(rows[0], seed=5))
    assert index.query(as_datasketch(rows[0], seed=5)) == ["first"]


def test_signatures_of_another_seed_are_refused() -> None:
    row = np.arange(32, dtype=np.uint32)
    with pytest.raises(ValueError):
        as_datasketch(row, seed=1).jaccard(as_datasketch(row, seed=2))


@pytest.mark.parametrize("jaccard", [0.1, 0.5, 0.7, 0.9])
def test_the_estimate_is_unbiased(jaccard: float) -> None:
    """400 pairs of sets of known similarity: bias within four standard errors, spread as the theory says."""
    random = np.random.default_rng(11)
    shared = round(2 * jaccard * 300 / (1 + jaccard))
    sets = []
    for _ in range(400):
        values = random.integers(0, 2**64, 600 - shared, dtype=np.uint64)
        sets += [values[:300], values[300 - shared:]]
    exact = shared / (600 - shared)
    signatures = numpy_.sign(np.concatenate(sets), np.arange(801) * 300, 128, 1)
    errors = estimate(signatures, np.arange(800).reshape(-1, 2)) - exact
    spread = np.sqrt(exact * (1 - exact) / 128)
    assert abs(errors.mean()) < 4 * spread / 20
    assert 0.85 * spread < errors.std() < 1.15 * spread
