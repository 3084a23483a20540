"""Candidates by shared shingles are those that counting one list after the other finds."""
from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import contained

STEP = (1 << 64) // 257  # so that some hashes lie in each slice of the hash space, and beyond those that all keep
HASHES = st.integers(0, 256).map(STEP.__mul__)


def plainly(sets, keys, threshold, cap, nearest, among):
    """The same, list by list."""
    order = sorted(among, key=lambda number: (keys[number], number))
    bound = (1 << 64) // contained.RATE

    def found(numbers, most, share):
        lists: dict[int, list[int]] = {}
        for number in numbers:
            for one in filter(most.__gt__, sets[number]):
                lists.setdefault(one, []).append(number)
        counts = Counter[tuple[int, int]]()
        for some in lists.values():
            first = some if len(some) <= cap else some[:nearest]
            counts.update({(min(one, other), max(one, other)) for one in first for other in some if one != other})
        size = {number: sum(map(most.__gt__, sets[number])) for number in numbers}
        cut = sum(len(some) > cap for some in lists.values())
        smaller = {pair: min(size[number] for number in pair) for pair in counts}
        return {pair for pair, count in counts.items()
                if count >= min(contained.LEAST, smaller[pair]) and count >= share * smaller[pair]}, cut

    pairs, cut = found(order, bound, contained.HALF * threshold)
    more, over = found([number for number in order if max(sets[number], default=0) >= bound], 1 << 64, 0)
    return sorted(pairs | more), cut + over


@given(st.lists(st.sets(HASHES, max_size=90), max_size=12), st.data())
def test_the_same_pairs_as_list_by_list(sets, data):
    keys = data.draw(st.lists(st.integers(0, 3), min_size=len(sets), max_size=len(sets)))
    among = data.draw(st.lists(st.booleans(), min_size=len(sets), max_size=len(sets)))
    threshold, cap = data.draw(st.sampled_from([0.0, 0.5, 1.0])), data.draw(st.integers(2, 6))
    nearest = data.draw(st.integers(1, cap))
    flat = np.array([one for some in sets for one in sorted(some)], np.uint64)
    samples, offsets = contained.sample(flat, np.cumsum([0, *map(len, sets)]))
    kept = [set(samples[start:end].tolist()) for start, end in zip(offsets, offsets[1:])]
    pairs, cut = contained.candidates(samples, offsets, threshold=threshold, keys=np.array(keys, np.uint64), cap=cap,
                                      nearest=nearest, among=np.array(among, bool))
    chosen = [number for number, yes in enumerate(among) if yes]
    assert ([*map(tuple, pairs.tolist())], cut) == plainly(kept, keys, threshold, cap, nearest, chosen)


@pytest.mark.parametrize("count", [1, 40, 300])
def test_pairs_that_are_counted_apart_are_the_same(monkeypatch, count):
    random = np.random.default_rng(count)
    stories = [np.unique(random.integers(0, 1 << 64, 200, np.uint64)) for _ in range(5)]
    sets = [np.sort(random.choice(stories[number % 5], 150, replace=False)) for number in range(count)]
    samples = contained.sample(np.concatenate(sets), np.arange(count + 1) * 150)
    together = contained.candidates(*samples, threshold=0.8)
    monkeypatch.setattr(contained, "_CODES", 7)
    monkeypatch.setattr(contained, "_TOGETHER", 3)
    apart = contained.candidates(*samples, threshold=0.8)
    assert together[0].tolist() == apart[0].tolist() and together[1] == apart[1]
    assert len(together[0]) or count == 1
    if count == 40:  # no list is cut
        assert together[0].tolist() == [pair for pair in map(list, combinations(range(40), 2)) if (pair[1] - pair[0]) % 5 == 0]
