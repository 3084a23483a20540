"""How many *independent* articles a block stands in, and whether they have nothing in common but it.

A paragraph in two copies of one article looks frequent. So what two hosts share around the block, and at their edges,
is taken off both; they are evidence only if enough is left of each and the rest of one is not the rest of the other.
"""
from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import fmean

from dedup import blocks
from dedup.boilerplate.likeness import containment, grams, words

ENOUGH = 40  # tokens left of a host, or as many as the run has where that is shorter
DEPENDENT = 0.5  # containment of the rests from which two hosts are one
DISTINCT = 0.2  # and below which they are two though each is less than what was taken off
STRETCH = 1.5  # times its rest a run may be and still be believed to be no part of the article
COMPONENTS = 12  # independent hosts after which counting stops
_HOSTS = 200  # hosts looked at for one block
_GAP_BLOCKS, _GAP_TOKENS = 2, 25  # what may stand between two blocks of one run: a headline, a name
_TIE = 1.5  # times as often as elsewhere the words of a block may stand in the rest of its hosts


@dataclass(slots=True)
class Host:
    """One article: the class of each block (-1 for none), its tokens, and its words once they are needed."""

    number: int
    classes: Sequence[int]
    tokens: Sequence[int]
    text_of: Callable[[int], str]
    _texts: list[str] = field(default_factory=list)
    _words: list[list[str]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The text of each block."""
        if not self._texts:
            self._texts = [block.text for block in blocks.split(self.text_of(self.number))]
        return self._texts

    @property
    def words(self) -> list[list[str]]:
        """The words of each block."""
        if not self._words:
            self._words = [words(text) for text in self.texts]
        return self._words

    def rest(self, removed: frozenset[int]) -> list[list[str]]:
        """The words of the blocks that are not removed."""
        return [found for place, found in enumerate(self.words) if place not in removed]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Two hosts of a block compared without what they share around it."""

    share: float  # how much of the smaller rest stands in the other
    run: int  # tokens of what was taken off
    rest: int  # tokens left of the one of which less is left

    @property
    def dependent(self) -> bool:
        """The rest of one is, for the most part, in the other."""
        return self.share >= DEPENDENT

    @property
    def strict(self) -> bool:
        """More is left of either article than they share at the edges: they cannot be copies."""
        return not self.dependent and self.rest >= self.run

    @property
    def independent(self) -> bool:
        """Enough is left of both, and it differs; the less is left, the more it has to differ."""
        enough = self.rest >= min(self.run, ENOUGH) and self.run <= STRETCH * self.rest
        return self.strict or enough and self.share < DISTINCT


def compare(left: Host, right: Host, cls: int) -> Verdict:
    """The remainder test for two hosts of a class."""
    shared = (set(left.classes) & set(right.classes)) - {-1}
    sides = []
    run = 0
    for host in (left, right):
        groups = _groups(host, shared)
        last = len(host.classes) - 1
        gone: set[int] = set()
        for group in groups:
            edge = _light(host, range(group[0])) or _light(host, range(group[-1] + 1, last + 1))
            if edge or any(host.classes[place] == cls for place in group):
                gone.update(range(group[0], group[-1] + 1))
        run = max(run, sum(host.tokens[place] for place in gone if host.classes[place] in shared))
        sides.append(frozenset(gone))
    rests = [sum(tokens for place, tokens in enumerate(host.tokens) if place not in gone)
             for host, gone in zip((left, right), sides)]
    rest = min(rests)
    if rest < min(run, ENOUGH) or rest * STRETCH < run:
        sides = [frozenset(), frozenset()]  # too little left to tell: are they copies as they stand?
    first, second = (grams(host.rest(gone)) for host, gone in zip((left, right), sides))
    return Verdict(containment(first, second), run, rest)


def _groups(host: Host, shared: set[int]) -> list[list[int]]:
    """Runs of shared blocks, small gaps passed over; each group as the places of its shared blocks."""
    groups: list[list[int]] = []
    for place, cls in enumerate(host.classes):
        if cls not in shared:
            continue
        if groups and _light(host, range(groups[-1][-1] + 1, place)):
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _light(host: Host, places: range) -> bool:
    tokens = [host.tokens[place] for place in places if host.tokens[place]]
    return len(tokens) <= _GAP_BLOCKS and sum(tokens) <= _GAP_TOKENS


def independent(hosts: Sequence[Host], cls: int) -> list[Host]:
    """Mutually independent hosts of a class, at most `COMPONENTS`; [] when no two are.

    Hosts come longest first, so that those of which much is left are the yardstick. A host that depends on two counted
    ones makes them one; a host of which too little is left says nothing.
    """
    found: list[list[Host]] = []
    strict = False
    for host in hosts[:_HOSTS]:
        verdicts = [[compare(host, member, cls) for member in component[:3]] for component in found]
        joined = [at for at, some in enumerate(verdicts) if any(verdict.dependent for verdict in some)]
        if joined:
            first = found[joined[0]]
            for at in reversed(joined[1:]):
                first.extend(found.pop(at))
            first.append(host)
        elif all(verdict.independent for some in verdicts for verdict in some[:1]):
            strict = strict or any(verdict.strict for some in verdicts for verdict in some)
            found.append([host])
            if len(found) == COMPONENTS:
                break
    # without one pair of which more is left than it shares, two could be copies under different wrappings
    return [component[0] for component in found] if len(found) > (1 if strict else 2) else []


def diverse(members: Sequence[tuple[Host, frozenset[int]]], run: set[str], others: Sequence[set[str]]) -> bool:
    """Whether hosts (each with the places of its recurrent blocks) have nothing in common but the run of words.

    Background paragraphs stand in topically close articles and speak of what those speak of; appeals do not. So, as
    far as there are `others`, articles of the same sources without the run (their words): the rests of the hosts must
    be no more like each other than those are, and share no more words with the run. Always: the run shares no more
    words with the rests of its hosts than a paragraph of one host does with the rest of another.
    """
    common: set[str] = set()
    if len(others) >= 4:
        counts = Counter(word for other in others for word in other)
        common = {word for word, count in counts.items() if count > max(2, 0.2 * len(others))}
    pieces = [[_telling(piece, common) for piece in host.rest(gone)] for host, gone in members]
    rests = [set().union(*some) for some in pieces]
    run = _telling(run, common)
    if len(others) >= 4:
        base = [_telling(other, common) for other in others]
        spreads = sorted(_spread([base[at] for at in _draw(len(base), len(rests), turn)]) for turn in range(20))
        if _spread(rests) > max(spreads[-2], 1.25 * fmean(spreads)) + 0.005:
            return False
        if _tie(run, rests) > _TIE * _tie(run, base) + 0.06:
            return False
    if len(run) < 3:
        return len(others) >= 4  # too few words to say what it is about
    usual = [_tie(piece, [rest for other, rest in enumerate(rests) if other != at])
             for at, some in enumerate(pieces) for piece in some if len(piece) >= 3]
    return bool(usual) and _tie(run, rests) <= 1.05 * fmean(usual) + 0.02


def _telling(found: Iterable[str], common: set[str]) -> set[str]:
    """Words that say what a text is about: long enough and not everywhere."""
    return {word for word in found
            if (len(word) > 3 or word > "\u0e00") and word not in common and not word.isdigit()}


def _spread(sets: Sequence[set[str]]) -> float:
    """Mean similarity of all pairs."""
    scores = [len(a & b) / (min(len(a), len(b)) or 1) for a, b in combinations(sets, 2)]
    return fmean(scores) if scores else 0.0


def _tie(run: set[str], rests: Sequence[set[str]]) -> float:
    """Mean share of the run's words that stand in a rest as well."""
    return fmean(len(run & rest) / len(run) for rest in rests) if run and rests else 0.0


def _draw(count: int, size: int, turn: int) -> list[int]:
    """`size` different numbers below `count`, the same ones at every call."""
    order = sorted(range(count), key=lambda at: hashlib.blake2b(f"{turn}.{at}".encode(), digest_size=8).digest())
    return order[:size]
