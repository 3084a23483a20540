"""Clusters: every member was compared with the one kept, whatever the order, whatever the user says."""
import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from dedup import match
from dedup.arrays import components
from dedup.article import Pair
from dedup.cli import main
from dedup.cluster import cluster
from dedup.errors import DedupError
from dedup.sets import Sets


def run(n, edges, same=(), different=(), choose=min, relabel=None, stands_in=lambda other, best: False):
    """Clusters over articles 0..n-1 whose copies are exactly `edges`; `relabel` permutes the numbers in between."""
    to = relabel or list(range(n))
    back = {new: old for old, new in enumerate(to)}
    known = {tuple(sorted((to[a], to[b]))) for a, b in edges}

    def pair(a, b):
        return Pair(a, b, "jaccard", .9, .9) if (a, b) in known else None

    groups = cluster(
        sorted(known), pair, lambda a, b: (.9, .9) if (a, b) in known else (.1, .1),
        lambda number: (back[number],), lambda members: (to[choose(back[m] for m in members)], ""),
        same=[(to[a], to[b]) for a, b in same], different=[(to[a], to[b]) for a, b in different],
        stands_in=lambda other, best: stands_in(back[other], back[best]))
    return sorted((back[head], tuple(sorted((back[m], p.match) for m, p in kept.items()))) for head, _, kept in groups)


def test_similarity_is_not_passed_on():
    assert run(4, [(0, 1), (1, 2), (2, 3)]) == [(0, ((1, "jaccard"),)), (2, ((3, "jaccard"),))]


def test_who_fails_against_the_canonical_is_clustered_anew():
    # 0 is the anchor of all, but 4 becomes canonical and matches only 3
    star = [(0, 1), (0, 2), (0, 3), (0, 4), (3, 4), (1, 2)]
    assert run(5, star, choose=max) == [(2, ((1, "jaccard"),)), (4, ((0, "jaccard"), (3, "jaccard")))]


def test_the_next_best_stands_in_for_a_canonical_against_which_a_member_fails():
    # of 0, the anchor, and 2, both of which match all others, 2 is the better one; 3 is better still but fails against 1
    near = [(0, 1), (0, 2), (0, 3), (1, 2), (2, 3)]
    whole = [(2, ((0, "jaccard"), (1, "jaccard"), (3, "jaccard")))]
    assert run(4, near, choose=max, stands_in=lambda other, best: True) == whole
    assert run(4, near, choose=max, stands_in=lambda other, best: other == 0) == [(0, (
        (1, "jaccard"), (2, "jaccard"), (3, "jaccard")))]
    apart = run(4, near, choose=max, stands_in=lambda other, best: other == 1)
    assert apart == [(3, ((0, "jaccard"), (2, "jaccard")))]


def test_what_the_user_calls_the_same_is_joined():
    assert run(3, [(0, 1)], same=[(1, 2)]) == [(0, ((1, "jaccard"), (2, "override")))]


def test_what_the_user_calls_different_is_kept_apart():
    assert run(3, [(0, 1), (0, 2), (1, 2)], different=[(1, 2)]) == [(0, ((1, "jaccard"),))]
    assert run(3, [(0, 1), (0, 2), (1, 2)], different=[(0, 1), (1, 2)]) == [(0, ((2, "jaccard"),))]


graphs = st.integers(2, 9).flatmap(lambda n: st.tuples(
    st.just(n), st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] < e[1])),
    st.permutations(range(n))))


@given(graphs, st.sampled_from([min, max]), st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_every_member_was_verified_against_its_canonical_and_numbers_do_not_matter(graph, choose, bound):
    n, edges, relabel = graph

    def stands_in(other, best):
        return other >= bound

    groups = run(n, edges, choose=choose, stands_in=stands_in)
    seen = [number for head, kept in groups for number in (head, *(member for member, _ in kept))]
    assert len(seen) == len(set(seen))
    assert all(tuple(sorted((head, member))) in edges for head, kept in groups for member, _ in kept)
    alone = set(range(n)) - set(seen)
    assert not any(a in alone and b in alone for a, b in edges)
    assert run(n, edges, choose=choose, relabel=relabel, stands_in=stands_in) == groups


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=match.PART + 1, max_size=match.PART + 200)
       | st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), min_size=match.PART + 1, max_size=2 * match.PART),
       st.lists(st.tuples(st.sampled_from(["same", "different"]), st.integers(0, 2000), st.integers(0, 2000)), max_size=5))
@settings(max_examples=15, deadline=None)
def test_no_component_stands_in_two_parts(edges, wishes):
    pairs, docs = np.array(edges), np.arange(2001) * 3
    wishes = [(word, 3 * left, 3 * right) for word, left, right in wishes]
    parts = list(match._parts(pairs, np.arange(len(pairs)), wishes, docs))
    order = np.concatenate([places for _, places, _ in parts])
    assert sorted(order.tolist()) == list(range(len(pairs)))
    assert sorted(wish for *_, told in parts for wish in told) == sorted(wishes)
    seen = set()
    for some, places, told in parts:
        assert (pairs[places] == some).all()
        here = {*some.ravel().tolist(), *(number // 3 for _, *pair in told for number in pair)}
        assert not here & seen
        seen |= here
        for number in here:  # what an article is compared with comes in the order of all
            assert (np.diff(places[(some == number).any(axis=1)]) > 0).all()


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
def test_components_are_told_by_their_smallest(edges):
    plain = list(range(31))
    for left, right in edges:
        one, other = sorted((plain[left], plain[right]))
        plain = [one if label == other else label for label in plain]
    left, right = np.array(edges, np.int64).reshape(-1, 2).T
    assert components(left, right, 31).tolist() == plain


def test_workers_find_the_clusters_that_one_process_finds(tmp_path, monkeypatch):
    rows = [json.loads(line) for line in open("samples/wire.jsonl", encoding="utf-8")]
    with open(tmp_path / "in.jsonl", "w", encoding="utf-8") as out:
        for turn in range(3):
            for row in rows:
                text = row["text"] if not turn else row["text"][:-40 * turn] + f" That was edition {turn}."
                out.write(json.dumps({"id": f"{row['id']}-{turn}", "text": text}) + "\n")
    ids = [f"{row['id']}-{turn}" for row in rows for turn in range(3)]
    (tmp_path / "wishes").write_text(f"same\t{ids[9]}\t{ids[12]}\ndifferent\t{ids[3]}\t{ids[4]}\n")
    written = []
    for part, jobs in ((match.PART, "1"), (1, "2"), (3, "2")):
        monkeypatch.setattr(match, "PART", part)
        main(["scan", str(tmp_path / "in.jsonl"), "--annotate", str(tmp_path / "out.jsonl"), "--overwrite", "-q", "--isolated",
              "--jobs", jobs, "--overrides", str(tmp_path / "wishes")])
        written.append((tmp_path / "out.jsonl").read_bytes())
    assert written[0] == written[1] == written[2]
    assert b'"override"' in written[0]


def test_sets_stand_where_there_is_room_for_them(tmp_path):
    sizes = [3, 0, 2, 4]
    rows = [np.arange(size, dtype=np.uint64) + 10 * at for at, size in enumerate(sizes)]
    sets = Sets.make(tmp_path / "sets", np.array(sizes))
    for some in slice(2, 4), slice(0, 2):  # in any order
        sets.put(some, np.concatenate(rows[some]), np.append(0, np.cumsum(sizes[some])))
    assert sets.hashes.tolist() == np.concatenate(rows).tolist() and sets.sizes.tolist() == sizes
    with pytest.raises(DedupError, match="build it again"):
        sets.put(slice(0, 2), np.concatenate(rows[1:3]), np.array([0, 0, 2]))
    assert not len(Sets.make(tmp_path / "none", np.array([], np.int64)).hashes)
