"""Clusters: every member was compared with the one kept, whatever the order, whatever the user says."""
from hypothesis import given, settings, strategies as st

from dedup.article import Pair
from dedup.cluster import cluster


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
