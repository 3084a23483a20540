"""The pairs of a result that a person may see otherwise: copies near the limits, and pairs that are copies but for something."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dedup.article import Cluster, Member, Related, Result
from dedup.overrides import Override


class Doubt(NamedTuple):
    """One pair by article numbers, and how doubtful the decision on it is: 1 at the limit, 0 where there is no doubt.

    A pair of copies: `left` is the canonical, `member` the place of the other in `cluster`. Else `related` says why not.
    """

    doubt: float
    left: int
    right: int
    why: str
    cluster: Cluster | None = None
    member: int = 0
    related: Related | None = None

    @property
    def joined(self) -> bool:
        """Whether they are copies, as it is decided now."""
        return self.cluster is not None


def listed(result: Result, *, decided: Iterable[Override] = ()) -> list[Doubt]:
    """The doubtful pairs, the most doubtful first. Those that the user decided already are left out."""
    done = {frozenset(wish[1:]) for wish in decided}
    found = [one for one in (*_copies(result), *_related(result))
             if frozenset((result.entries[one.left].id, result.entries[one.right].id)) not in done]
    return sorted(found, key=lambda one: (-round(one.doubt, 4), one.left, one.right))


def of(member: Member, settings: Mapping[str, Any]) -> float:
    """How doubtful a copy is: 1 where it just reaches the limit of its rule, 0 where nothing is missing, or it is exact."""
    if member.match == "jaccard" and member.similarity is not None:
        return _nearness(member.similarity, float(settings.get("threshold", 0.7)))
    if member.match == "containment" and member.containment is not None:
        return _nearness(member.containment, float(settings.get("containment", 0.25)))
    return 1 - (member.similarity or 0) if member.match == "edit" else 0.0


def _nearness(value: float, limit: float) -> float:
    return min(1.0, max(0.0, (1 - value) / (1 - limit))) if limit < 1 else 0.0


def _copies(result: Result) -> Iterator[Doubt]:
    for cluster in result.clusters:
        for place, member in enumerate(cluster.members):
            doubt = of(member, result.settings)
            if doubt > 0 and member.relation not in ("exact", "reformatted"):
                yield Doubt(doubt, cluster.canonical, member.article, _why(member, result.settings), cluster, place)


def _why(member: Member, settings: Mapping[str, Any]) -> str:
    if member.match == "containment":
        return (f"copies now: {member.containment or 0:.0%} of the shorter one stands in the other "
                f"(limit {float(settings.get('containment', 0.25)):.0%})")
    return f"copies now: {member.similarity or 0:.0%} alike (limit {float(settings.get('threshold', 0.7)):.0%})"


def _related(result: Result) -> Iterator[Doubt]:
    for pair in result.related:
        own = f", {pair.own:.0%} only in one of them" if pair.own else ""
        why = pair.reason or f"not copies now, but {pair.relation}: {pair.shared:.0%} of the shorter one stands in the other{own}"
        yield Doubt((pair.shared + 1 - pair.own) / 2, pair.left, pair.right, why, related=pair)
