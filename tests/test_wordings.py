"""Blocks that say in other words what others say: part by part as all at once."""
from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.boilerplate import wordings
from dedup.boilerplate.likeness import ALIKE, similarity
from dedup.boilerplate.wordings import leaders

BLOCKS = st.lists(st.tuples(st.sets(st.integers(0, 40), max_size=4), st.sets(st.integers(0, 8)), st.integers(0, 3)), max_size=40)


@given(BLOCKS, st.randoms(use_true_random=False), st.sampled_from([1, 3, 100]), st.sampled_from([1, 2, 24]))
def test_components_say_nothing_of_one_another(blocks, random, size, most):
    """Blocks as their keys, bigrams and frequency; `most` of them are remembered for one key."""
    with patch.object(wordings, "_LEADERS", most):
        parts_find_what_all_find(blocks, random, size)


def parts_find_what_all_find(blocks, random, size):
    rows = sorted(range(len(blocks)), key=lambda block: (-blocks[block][2], block))
    at_once = set(leaders((block, blocks[block][0], frozenset(blocks[block][1])) for block in rows))
    random.shuffle(rows)
    keys, pairs = ([sorted(blocks[block][of]) for block in rows] for of in (0, 1))
    counts, sizes = (np.array([*map(len, some)], np.int64) for some in (keys, pairs))
    flat = np.array(sum(pairs, []), np.uint64)
    words = wordings._Words(np.array(rows, np.int64), counts, np.array(sum(keys, []), np.uint64), sizes, flat,
                            wordings._marks(sizes, flat))
    parts = list(wordings._parts(words, np.array([often for *_, often in blocks], np.int64), size))
    found = [pair for part in parts for pair in map(tuple, wordings._led(str, part.blocks, part).tolist())]
    assert len(found) == len(at_once) and set(found) == at_once
    assert all(len(part.blocks) != 1 for part in parts)


@given(st.lists(st.lists(st.integers(0, 1000), max_size=30), min_size=2, max_size=6))
def test_no_pair_that_is_alike_is_passed_over(rows):
    """Bigrams of blocks, some twice, some with the same mark."""
    sizes, flat = np.array([*map(len, rows)], np.int64), np.array(sum(rows, []), np.uint64)
    none = np.zeros(0, np.uint64)
    words = wordings._Words(np.arange(len(rows)), np.zeros(len(rows), np.int64), none, sizes, flat, wordings._marks(sizes, flat))
    one, other = np.triu_indices(len(rows), 1)
    near = wordings._near(words, wordings._count(words.marks), one, other)
    for left, right, told in zip(one.tolist(), other.tolist(), near.tolist()):
        assert told or similarity(frozenset(rows[left]), frozenset(rows[right])) < ALIKE


@given(st.lists(st.lists(st.integers(0, 5), min_size=8, max_size=8), max_size=30))
def test_sketches_meet_in_a_band(rows):
    bands = np.array(rows, np.uint64).reshape(-1, 8) << np.uint64(16)
    met = [any(one == other for also, row in enumerate(rows) if also != at for one, other in zip(mine, row))
           for at, mine in enumerate(rows)]
    assert wordings._meeting(bands).tolist() == met
