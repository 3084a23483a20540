"""How many *independent* articles a block stands in.

A paragraph in two copies of one article looks frequent. So what two hosts share around the block, and at their edges,
is taken off both; they are evidence only if enough is left of each and the rest of one is not the rest of the other.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from dedup.arrays import Array
from dedup.boilerplate.host import Host, Side

ENOUGH = 40  # words left of a host, or as many as the run has where that is shorter
DEPENDENT = 0.5  # containment of the rests from which two hosts are one
DISTINCT = 0.2  # and below which they are two though each is less than what was taken off
STRETCH = 1.5  # times its rest a run may be and still be believed to be no part of the article
MANY = 5  # independent hosts that no chance explains
COMPONENTS = 8  # independent hosts after which counting stops
REMEMBERED = 20_000  # pairs of hosts of which it is kept what they share, and verdicts
MOST = 200  # hosts looked at for one block
_FIRST = 3  # hosts of a component that others are compared with
_LONG = 400  # words of a rest of which a sample of the shingles will do


def common(left: Array, right: Array) -> int:
    """How many values two ascending rows share, each of which has none twice."""
    both = np.concatenate([left, right])
    both.sort(kind="stable")  # merges the two
    return int(np.count_nonzero(both[1:] == both[:-1]))


def together(hosts: Iterable[Host], one: int, other: int) -> bool:
    """Whether two classes stand in one run of blocks in each of their hosts, once: then what is told of one holds for the other.

    Whatever two of the hosts share, they share both classes and all that is taken off for either.
    """
    for host in hosts:
        places = [*host.places[one], *host.places[other]]
        if len(places) > 2 or max(places) > host.reach[min(places) + 1]:
            return False
    return True


class Verdict(NamedTuple):
    """Two hosts of a block compared without what they share around it."""

    share: float  # how much of the smaller rest stands in the other
    run: int  # words of what was taken off
    rest: int  # words left of the one of which less is left

    @property
    def dependent(self) -> bool:
        """The rest of one is, for the most part, in the other."""
        return self.share >= DEPENDENT

    @property
    def strict(self) -> bool:
        """More is left of either article than they share at the edges: they cannot be copies."""
        return not self.dependent and self.rest >= self.run

    @property
    def bare(self) -> bool:
        """Of one article nothing is left: it stands in the other, or both are little more than what they share."""
        return self.rest < min(self.run, ENOUGH)

    @property
    def independent(self) -> bool:
        """Enough is left of both, and it differs; the less is left, the more it has to differ."""
        enough = not self.bare and self.run <= STRETCH * self.rest
        return self.strict or enough and self.share < DISTINCT


class Pairs:
    """What two hosts share as they stand, remembered; of no more than `REMEMBERED` pairs."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}
        self._sides: dict[tuple[int, int], tuple[Side, Side]] = {}
        self._most: dict[tuple[int, int], int] = {}
        self._both: dict[tuple[int, int], int] = {}

    def sides(self, left: Host, right: Host) -> tuple[Side, Side]:
        """What blocks they share, seen from either."""
        pair = left.number, right.number
        sides = self._sides.get(pair)
        if sides is None:
            if len(self._sides) >= REMEMBERED:  # what is forgotten is found again
                for known in (self._sizes, self._sides, self._most, self._both):
                    known.clear()
            shared = frozenset(left.places.keys() & right.places.keys())
            sides = self._sides[pair] = left.side(shared), right.side(shared)
        return sides

    def size(self, host: Host) -> int:
        """How many shingles a host has."""
        if host.number not in self._sizes:
            self._sizes[host.number] = len(host.every)
        return self._sizes[host.number]

    def most(self, left: Host, right: Host) -> int:
        """How many shingles they share at most, for a small part of what it costs to count them.

        What both have left a mark in both; only shingles that share theirs with another of their host may go uncounted.
        """
        pair = left.number, right.number
        if pair not in self._most:
            (marks, hidden), (others, hidden_there) = left.marks, right.marks
            self._most[pair] = (marks & others).bit_count() + min(hidden, hidden_there)
        return self._most[pair]

    def both(self, left: Host, right: Host) -> int:
        """How many shingles they share."""
        pair = left.number, right.number
        if pair not in self._both:
            self._both[pair] = common(left.every, right.every)
        return self._both[pair]


class Hosts:
    """The remainder test, remembered: most blocks that two articles share stand at the same edges."""

    def __init__(self, pairs: Pairs, known: frozenset[int] = frozenset()) -> None:
        """`known`: classes that are boilerplate for certain, and nothing of an article's own."""
        self._pairs, self._known = pairs, known
        self._held: dict[int, int] = {}
        self._verdicts: dict[tuple[int, int, int, int], Verdict] = {}

    def compare(self, left: Host, right: Host, cls: int) -> Verdict:
        """The remainder test for two hosts of a class."""
        one, other = self._pairs.sides(left, right)
        key = left.number, right.number, one.gone(cls), other.gone(cls)
        verdict = self._verdicts.get(key)
        if verdict is None:
            if len(self._verdicts) >= REMEMBERED:
                self._verdicts.clear()
                self._held.clear()
            verdict = self._verdicts[key] = self._verdict(left, right, *key[2:], (one.words[key[2]], other.words[key[3]]))
        return verdict

    def _verdict(self, left: Host, right: Host, left_gone: int, right_gone: int, off: tuple[int, int]) -> Verdict:
        """Without what is gone, so many words each.

        Sizes settle most matters, what the two share as they stand most of the others.
        """
        run = max(off)
        if self._known:
            left_gone, right_gone = left_gone | self._holding(left), right_gone | self._holding(right)
            off = left.count(left_gone), right.count(right_gone)
        rest = min(left.before[-1] - off[0], right.before[-1] - off[1])
        if rest < min(run, ENOUGH) or rest * STRETCH < run:
            return Verdict(0.0, run, rest)  # too little left to tell
        sizes = self._pairs.size(left), self._pairs.size(right)
        fewest = max(1, min(size - taken for size, taken in zip(sizes, off)))
        most = self._pairs.most(left, right) / fewest
        if most < DISTINCT:
            return Verdict(most, run, rest)
        both = self._pairs.both(left, right)
        least = (both - sum(off)) / (min(sizes) or 1)
        if least >= DEPENDENT:
            return Verdict(least, run, rest)
        most = both / fewest
        if most < DISTINCT:
            return Verdict(most, run, rest)
        sampled = rest > _LONG
        first, second = left.rest(left_gone, sampled), right.rest(right_gone, sampled)
        return Verdict(common(first, second) / (min(len(first), len(second)) or 1), run, rest)

    def _holding(self, host: Host) -> int:
        """The places of its blocks that are known for boilerplate."""
        if host.number not in self._held:
            self._held[host.number] = host.holding(self._known)
        return self._held[host.number]

    def _compared(self, component: Sequence[Host], host: Host, cls: int) -> list[Verdict]:
        """A host compared with the first hosts of a component, up to one that it depends on."""
        verdicts: list[Verdict] = []
        for member in component[:_FIRST]:
            verdicts.append(self.compare(member, host, cls))
            if verdicts[-1].dependent:
                break
        return verdicts

    def independent(self, hosts: Iterable[Host], cls: int) -> list[Host]:
        """Mutually independent hosts of a class, at most `COMPONENTS`; [] when no two are.

        Hosts come longest first, so that those of which much is left are the yardstick. A host that depends on two
        counted ones makes them one; a host of which too little is left says nothing.
        """
        found: list[list[Host]] = []
        strict = bare = False
        for host in islice(hosts, MOST):
            if not found:
                found.append([host])
                continue
            if len(found) == 1 and len(found[0]) >= _FIRST and not self.compare(found[0][0], host, cls).independent:
                continue  # dependent or not, it says nothing more
            verdicts = [self._compared(component, host, cls) for component in found]
            joined = [at for at, some in enumerate(verdicts) if some[-1].dependent]
            if joined:
                first = found[joined[0]]
                for at in reversed(joined[1:]):
                    first.extend(found.pop(at))
                first.append(host)
            elif len(found) > 1 and all(verdict.bare for some in verdicts for verdict in some[:1]):
                bare = True
            elif all(verdict.independent for some in verdicts for verdict in some[:1]):
                strict = strict or any(verdict.strict for some in verdicts for verdict in some)
                found.append([host])
                if len(found) == COMPONENTS:
                    break
        # without one pair of which more is left than it shares, two could be copies under different wrappings; with
        # an article that is nothing but the run, a few could be digests that contain it
        least = MANY if bare else 2 if strict else 3
        return [component[0] for component in found] if len(found) >= least else []
