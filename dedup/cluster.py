"""Verified pairs → clusters in which every article was compared directly with the one that is kept."""
from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from dedup.article import Pair

Compare = Callable[[int, int], Pair | None]
Choose = Callable[[Sequence[int]], tuple[int, str]]
StandsIn = Callable[[int, int], bool]
RIVALS = 8  # members that are tried as the canonical where others fail against the best one
Group = tuple[int, str, dict[int, Pair]]  # canonical, why, the other members each with its verified pair


def cluster(
    edges: Iterable[tuple[int, int]],
    compare: Compare,
    score: Callable[[int, int], tuple[float, float]],
    order: Callable[[int], tuple[int, ...]],
    choose: Choose,
    *,
    same: Collection[tuple[int, int]] = (),
    different: Collection[tuple[int, int]] = (),
    stands_in: StandsIn = lambda other, best: False,
) -> list[Group]:
    """Clusters of two or more, by number of their canonical.

    edges: pairs that may be copies; only those that decide anything are judged. compare(i, j): judges any pair;
    score(i, j): its Jaccard and containment.
    order(i): anchors are taken in this order, the shortest full copy first: it is the article without the rest.
    choose(members): the canonical and why. stands_in(other, best): whether the other may be canonical instead, should
    fewer members fail against it.
    same, different: the user's word. What he calls different never shares a cluster; what he calls same does, whatever
    the scores say, unless that would join two different ones.

    An article joins a cluster when it was verified against the anchor, and stays when it was verified against the
    canonical; the others are clustered anew. Similarity is never passed on.
    """
    state = _State(edges, compare, score, same, different)
    free = set(state.near)
    groups: list[Group] = []
    while True:
        failed = False
        for anchor in sorted(free, key=order):
            if anchor not in free:
                continue
            members = state.gather(anchor, free)
            if len(members) > 1:
                canonical, reason, kept = _canonical(state, members, choose, stands_in)
                groups.append((canonical, reason, kept))
                free.difference_update(kept, [canonical])
                failed |= len(kept) + 1 < len(members)
        if not failed:
            return sorted(groups, key=lambda group: group[0])


def _canonical(state: _State, members: Sequence[int], choose: Choose, stands_in: StandsIn) -> Group:
    """The best member, or, where others fail against it, the best of those that may stand in for it and hold most."""
    best, reason = choose(sorted(members))
    held = first = best, reason, state.hold(best, members)
    rivals = [rival for rival in members if rival != best and stands_in(rival, best)] if _fail(first, members) else []
    for _ in range(RIVALS):
        if not rivals or not _fail(held, members):
            break
        canonical, reason = choose(sorted(rivals))
        group = canonical, f"{reason}, among those that more copies match", state.hold(canonical, members)
        held = group if len(group[2]) > len(held[2]) else held
        rivals.remove(canonical)
    return held


def _fail(group: Group, members: Sequence[int]) -> bool:
    """Whether a member fails against the canonical."""
    return len(group[2]) + 1 < len(members)


class _State:
    """What is known of pairs: verified ones, those compared in vain, the user's word."""

    def __init__(
        self,
        edges: Iterable[tuple[int, int]],
        compare: Compare,
        score: Callable[[int, int], tuple[float, float]],
        same: Collection[tuple[int, int]],
        different: Collection[tuple[int, int]],
    ) -> None:
        self.compare, self.score = compare, score
        self.known: dict[tuple[int, int], Pair | None] = {}
        self.apart = {_key(*pair) for pair in different}
        self.joined = _components(same)
        self.same = {_key(*pair) for pair in same}
        near: dict[int, set[int]] = {}
        for left, right in [*edges, *same]:
            near.setdefault(left, set()).add(right)
            near.setdefault(right, set()).add(left)
        self.near = {number: sorted(others) for number, others in near.items()}

    def verified(self, left: int, right: int) -> Pair | None:
        """The pair if the two may share a cluster as canonical and member, by comparison or by the user's word."""
        if _key(left, right) in self.apart:
            return None
        ours, theirs = self.joined.get(left, (left,)), self.joined.get(right, (right,))
        found = self._compared(left, right)
        if found or len(ours) == len(theirs) == 1:
            return found
        # articles that the user joined stand or fall together
        if ours == theirs or any(self._compared(one, other) for one in ours for other in theirs):
            return Pair(*_key(left, right), "override", *self.score(*_key(left, right)))
        return None

    def _compared(self, left: int, right: int) -> Pair | None:
        key = _key(left, right)
        if key not in self.known:
            self.known[key] = self.compare(*key)
        return self.known[key]

    def gather(self, anchor: int, free: set[int]) -> list[int]:
        """The anchor and every free article near it or near a member that is itself verified against the anchor."""
        members, seen = [anchor], {anchor}
        for member in members:  # grows as it is walked
            for near in self.near[member]:
                if near not in free or near in seen:
                    continue
                if not self.verified(anchor, near):
                    seen.add(near)  # whatever it is linked to
                elif self._linked(member, near):
                    seen.add(near)
                    if not self.apart or not any(_key(near, other) in self.apart for other in members):
                        members.append(near)
        return members

    def _linked(self, left: int, right: int) -> bool:
        return _key(left, right) in self.same or self._compared(left, right) is not None

    def hold(self, canonical: int, members: Sequence[int]) -> dict[int, Pair]:
        """The members verified against the canonical."""
        pairs = ((member, self.verified(canonical, member)) for member in members if member != canonical)
        return {member: pair for member, pair in sorted(pairs) if pair}


def _key(left: int, right: int) -> tuple[int, int]:
    return (left, right) if left < right else (right, left)


def _components(same: Collection[tuple[int, int]]) -> dict[int, tuple[int, ...]]:
    """For every article in `same`, all that are the same as it, itself included."""
    group: dict[int, set[int]] = {}
    for left, right in same:
        union = group.get(left, {left}) | group.get(right, {right})
        group.update(dict.fromkeys(union, union))
    return {number: tuple(sorted(members)) for number, members in group.items()}
