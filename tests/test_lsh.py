"""Bands and rows, the S-curve, and what a crowded bucket yields."""
from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.engines import numpy_
from dedup.errors import ConfigError
from dedup.lsh import ANCHORS, bands_and_rows, bucket_pairs, collision_probability, distinct, s_curve


def test_the_default_bands() -> None:
    assert bands_and_rows(0.7, 0.98, 128) == (25, 5)


@given(st.floats(0, 1), st.floats(0, 0.9999), st.integers(2, 512))
def test_bands_reach_the_recall_with_as_many_rows_as_possible(threshold: float, recall: float, num_perm: int) -> None:
    bands, rows = bands_and_rows(threshold, recall, num_perm)
    assert 2 <= bands and bands * rows <= num_perm < (bands + 1) * rows
    if rows > 1:
        assert collision_probability(threshold, bands, rows) >= recall
    if bands > 3:
        more = rows + 1
        assert collision_probability(threshold, num_perm // more, more) < recall


def test_too_few_permutations_are_refused() -> None:
    with pytest.raises(ConfigError, match="num-perm"):
        bands_and_rows(0.7, 0.98, 1)


def test_the_s_curve_rises_from_0_to_1() -> None:
    points = s_curve(25, 5)
    assert points[0] == (0.0, 0.0) and points[-1] == (1.0, 1.0)
    assert [p for _, p in points] == sorted(p for _, p in points)


@pytest.mark.parametrize("similarity", [0.3, 0.5, 0.6, 0.7, 0.8])
def test_recall_follows_the_s_curve(similarity: float) -> None:
    """1000 pairs of sets of one similarity: the share proposed is 1 - (1 - s^r)^b within four standard errors."""
    random = np.random.default_rng(3)
    size, pairs = 400, 1000
    shared = round(2 * similarity * size / (1 + similarity))
    sets = []
    for _ in range(pairs):
        values = random.integers(0, 2**64, 2 * size - shared, dtype=np.uint64)
        sets += [values[:size], values[size - shared:]]
    signatures = numpy_.sign(np.concatenate(sets), np.arange(2 * pairs + 1) * size, 128, 1)
    found, capped = numpy_.candidates(signatures, 25, 5, keys=np.arange(2 * pairs, dtype=np.uint64))
    hits = np.count_nonzero((found[:, 0] % 2 == 0) & (found[:, 1] == found[:, 0] + 1))
    expected = collision_probability(shared / (2 * size - shared), 25, 5)
    error = max(np.sqrt(expected * (1 - expected) / pairs), 0.002)
    assert abs(hits / pairs - expected) < 4 * error
    assert capped == 0


def test_a_bucket_under_the_cap_is_paired_whole() -> None:
    keys = np.arange(50, dtype=np.uint64)
    assert sorted(bucket_pairs([7, 3, 9, 4], keys, 4)) == list(combinations([3, 4, 7, 9], 2))


@given(st.permutations(range(100)))
def test_a_crowded_bucket_depends_on_the_set_alone(order: list[int]) -> None:
    keys = np.random.default_rng(1).permutation(100).astype(np.uint64)
    pairs = set(bucket_pairs(order, keys, 99))
    anchors = {int(number) for number in np.argsort(keys)[:ANCHORS]}
    assert pairs == {(a, b) for a, b in combinations(range(100), 2) if a in anchors or b in anchors}


def test_equal_articles_are_compared_through_the_first_of_them() -> None:
    signatures = np.zeros((6, 4), dtype=np.uint32)
    signatures[2] = 0xFFFFFFFF
    numbers, copies = distinct(signatures, np.array([5, 9, 5, 5, 9, 1], dtype=np.uint64))
    assert numbers.tolist() == [0, 1, 5]
    assert copies.tolist() == [[0, 3], [1, 4]]
