"""What two hosts of a block share, in bits and bounds, beside the same said place by place."""
from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from dedup.boilerplate import host as one_host
from dedup.boilerplate.host import Host
from dedup.boilerplate.hosts import COMPONENTS, MANY, Hosts, Pairs, Verdict, together

WORDS = "abcdefghijklmnop"
HOSTS = st.lists(st.tuples(st.integers(-1, 6), st.sampled_from([0, 1, 2, 9, 24, 25, 26, 60])), min_size=1, max_size=30)


def host(number, blocks, text=""):
    return Host(number, [cls for cls, _ in blocks], [size for _, size in blocks], lambda number: text)


def light(blocks, start, end):
    sizes = [size for _, size in blocks[start:end] if size]
    return len(sizes) <= 2 and sum(sizes) <= 25


def gone(blocks, shared, cls):
    """Places at the edges, and those of the runs that hold a class, grown place by place."""
    runs = []
    for place, (own, _) in enumerate(blocks):
        if own in shared:
            if runs and light(blocks, runs[-1][-1] + 1, place):
                runs[-1] += range(runs[-1][-1] + 1, place + 1)
            else:
                runs.append([place])
    return {place for run in runs for place in run
            if light(blocks, 0, run[0]) or light(blocks, run[-1] + 1, len(blocks))
            or any(blocks[at][0] == cls for at in run)}


def places(bits):
    return {place for place in range(bits.bit_length()) if bits >> place & 1}


@given(HOSTS, HOSTS)
def test_what_is_taken_off_two_hosts(left, right):
    shared = {cls for cls, _ in left} & {cls for cls, _ in right} - {-1}
    if not shared:
        return
    sides = Pairs().sides(host(0, left), host(1, right))
    for side, blocks in zip(sides, (left, right)):
        for cls in shared:
            assert places(side.gone(cls)) == gone(blocks, shared, cls)


@given(HOSTS, HOSTS)
def test_of_a_side_it_is_known_how_many_words_go(left, right):
    assume(({cls for cls, _ in left} & {cls for cls, _ in right}) - {-1})
    for one, side in zip((host(0, left), host(1, right)), Pairs().sides(host(0, left), host(1, right))):
        assert side.words.keys() >= {side.edge, *side.inner.values()}
        assert all(words == one.count(gone) for gone, words in side.words.items())


@given(HOSTS, HOSTS)
def test_what_stands_together_is_taken_off_together(left, right):
    hosts = [host(0, left), host(1, right)]
    shared = sorted(({cls for cls, _ in left} & {cls for cls, _ in right}) - {-1})
    assume(shared)
    sides = Pairs().sides(*hosts)
    for one, other in pairwise(shared):
        if together(hosts, one, other):
            assert all(side.gone(one) == side.gone(other) for side in sides)


@given(HOSTS, st.integers(0, 2**30 - 1))
def test_words_are_counted_and_left_out_by_bits(blocks, bits):
    bits &= (1 << len(blocks)) - 1
    text = "\n".join(WORDS[at % 16] * (1 + at // 16) + " again" * (size > 1) for at, (_, size) in enumerate(blocks))
    one = host(0, blocks, text)
    some = places(bits)
    assert one.count(bits) == sum(blocks[place][1] for place in some)
    assert [place for start, end in one_host._spans(bits) for place in range(start, end)] == sorted(some)
    hashes, at = one.shingles
    left = {value for value, place in zip(hashes.tolist(), at.tolist()) if place not in some}
    assert one.rest(bits, False).tolist() == sorted(left)
    assert one.holding(frozenset({2, 3})) == sum(1 << place for place, (cls, _) in enumerate(blocks) if cls in (2, 3))


@given(st.lists(st.integers(0, 40), max_size=60), st.lists(st.integers(0, 40), max_size=60), st.sampled_from([4, 32, 1 << 16]))
def test_shared_shingles_are_no_more_than_their_marks_say(left, right, bits):
    usual, one_host._MARKS = one_host._MARKS, bits
    try:
        texts = [" ".join(f"w{word}" for word in words) for words in (left, right)]
        one, other = (Host(number, [0], [1], texts.__getitem__) for number in range(2))
        pairs = Pairs()
        mine, theirs = set(one.every.tolist()), set(other.every.tolist())
        marked = [len({value % bits for value in some}) for some in (mine, theirs)]
        most = len({value % bits for value in mine} & {value % bits for value in theirs})
        most += min(len(mine) - marked[0], len(theirs) - marked[1])
        assert pairs.both(one, other) == len(mine & theirs) <= pairs.most(one, other) == most
        assert (np.diff(one.every.astype(object)) > 0).all()
    finally:
        one_host._MARKS = usual


class Told(Hosts):
    """Hosts of which it is told how two compare; it counts how often it is asked."""

    def __init__(self, verdicts):
        self.verdicts, self.asked = verdicts, 0

    def compare(self, left, right, cls):
        self.asked += 1
        return self.verdicts[left.number, right.number]


def one_by_one(verdicts, count):
    """`Hosts.independent` with every host compared with the first three of all components, and how many that are."""
    found, strict, bare, asked = [[0]], False, False, 0
    for host in range(1, count):
        every = [[verdicts[member, host] for member in component[:3]] for component in found]
        asked += sum(map(len, every))
        joined = [at for at, some in enumerate(every) if any(verdict.dependent for verdict in some)]
        if joined:
            found[joined[0]] += [member for at in reversed(joined[1:]) for member in found.pop(at)] + [host]
        elif len(found) > 1 and all(some[0].bare for some in every):
            bare = True
        elif all(some[0].independent for some in every):
            strict = strict or any(verdict.strict for some in every for verdict in some)
            found.append([host])
            if len(found) == COMPONENTS:
                break
    return [some[0] for some in found] if len(found) >= (MANY if bare else 2 if strict else 3) else [], asked


VERDICTS = st.sampled_from([Verdict(.9, 10, 50), Verdict(0., 10, 50), Verdict(.1, 50, 45), Verdict(.3, 50, 45),
                            Verdict(0., 50, 10), Verdict(.6, 50, 10), Verdict(0., 100, 50)])


@given(st.integers(2, 14), st.lists(VERDICTS, min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_what_settles_nothing_is_not_compared(count, some, random):
    verdicts = {(one, other): random.choice(some) for other in range(count) for one in range(other)}
    test, hosts = Told(verdicts), [host(number, []) for number in range(count)]
    wanted, asked = one_by_one(verdicts, count)
    assert [one.number for one in test.independent(hosts, 0)] == wanted
    assert test.asked <= asked + count
