"""Whether the hosts of a block have anything else in common.

Background paragraphs stand under topically close articles and speak of what those speak of; appeals do not. In the
manner of a permutation test: hosts are compared with other articles of the same sources and of about their length.
"""
from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import combinations, starmap
from statistics import fmean

from dedup.boilerplate.host import Host
from dedup.once import Remembered

_OTHERS = 8  # articles without the block that are enough to compare its hosts with
_COMMON = 0.15  # share of articles from which a word says nothing
_TURNS = 20
_NOISE = 0.02
_WINDOW = 40
_KEPT = 2000  # articles whose telling words are kept, and answers
_GROUPS = 50  # groups that are kept: blocks of one run are asked for one after the other
_TELLING = 8  # words that are enough to say what a block speaks of


class Diversity:
    """`of` a run and its hosts, against a corpus.

    `host_of` gives an article by rank (longest first), `edge_of` the places of its recurrent blocks, `sources_of` its
    sources, in order; `sample`: ranks that stand for the corpus; `count`: how many there are.
    """

    def __init__(self, host_of: Callable[[int], Host], edge_of: Callable[[Host], frozenset[int]],
                 sources_of: Callable[[int], Sequence[str | None]], sample: Sequence[int], count: int) -> None:
        self._host_of, self._edge_of, self._sources_of, self._count = host_of, edge_of, sources_of, count
        self._by_source: dict[str | None, array[int]] = {}
        for rank in range(count):
            for source in sources_of(rank):
                self._by_source.setdefault(source, array("q")).append(rank)
        self._rests = Remembered[int, tuple[list[bytes], frozenset[str]]](_KEPT)
        self._known = Remembered[tuple[tuple[int, ...], frozenset[str]], bool](_KEPT)
        self._groups = Remembered[tuple[tuple[int, ...], frozenset[int]], _Group](_GROUPS)
        self._commons = Remembered[frozenset[int], frozenset[str]](_KEPT)
        self._sample = {rank: self._rest(rank)[1] for rank in sample}
        self._seen = Counter(word for some in self._sample.values() for word in some)
        self._oftens: dict[int, frozenset[str]] = {}

    def of(self, members: Sequence[Host], run: Iterable[str], holding: frozenset[int]) -> bool:
        """Whether the rests of the members have no more in common, with each other and with the run, than others have.

        `holding`: ranks of all articles with the run; `run`: its words.
        """
        ranks, told = [host.number for host in members], frozenset(run)
        known = tuple(ranks), told
        if known not in self._known:  # the blocks of one run stand in the same hosts
            self._known[known] = _diverse(self._group(ranks, holding), _telling(told))
        return self._known[known]

    def topical(self, members: Sequence[Host], block: Iterable[str], run: Iterable[str], holding: frozenset[int]) -> bool:
        """Whether a block speaks of what its hosts speak of, however few: it is background then, and no appeal.

        `block`: its words; `run`: those of its run, for a block too short to tell.
        """
        common = self._common(holding)
        told = _telling(block) - common
        if len(told) < _TELLING:
            told = _telling(run) - common
        if len(told) < _TELLING:
            return False
        group = self._group([host.number for host in members], holding)
        tie, usual = _tie(told, group.rests), group.usual
        if tie <= usual + 0.5 * usual * (1 - usual) + 2 * _NOISE:
            return False
        return not group.others or tie > 2 * _tie(told, group.others) + 2 * _NOISE

    def _group(self, ranks: Sequence[int], holding: frozenset[int]) -> _Group:
        """Some hosts of a run beside other articles, remembered for the next block of it."""
        key = tuple(ranks), holding
        if key not in self._groups:
            lines, rests = zip(*map(self._rest, ranks))
            self._groups[key] = _Group(self._common(holding), lines, rests, lambda: (
                self._rest(rank)[1] for rank in self._others(ranks, holding)))
        return self._groups[key]

    def _common(self, holding: frozenset[int]) -> frozenset[str]:
        """Words that stand in many articles of the sample, those with the run left out."""
        held = frozenset([rank for rank in self._sample if rank in holding])
        if held not in self._commons:
            count = len(self._sample) - len(held)
            least = _COMMON * count
            often = self._often(len(held))
            gone = Counter(word for rank in held for word in self._sample[rank]) if often else Counter[str]()
            self._commons[held] = often.difference([word for word, hits in gone.items() if self._seen[word] - hits <= least])
        return self._commons[held]

    def _often(self, held: int) -> frozenset[str]:
        """Words that stand in many articles of the sample but for so many."""
        if held not in self._oftens:
            count = len(self._sample) - held
            self._oftens[held] = frozenset(
                word for word, hits in self._seen.items() if hits > _COMMON * count) if count >= _OTHERS else frozenset()
        return self._oftens[held]

    def _rest(self, rank: int) -> tuple[list[bytes], frozenset[str]]:
        """The words of each block of an article that is not recurrent at its edge, and the telling ones of all."""
        if rank not in self._rests:
            host = self._host_of(rank)
            gone = self._edge_of(host)
            lines = [line for place, line in enumerate(host.lines) if place not in gone]
            self._rests[rank] = lines, _telling(b" ".join(lines).decode().split())
        return self._rests[rank]

    def _others(self, ranks: Sequence[int], holding: frozenset[int]) -> list[int]:
        """For each member two articles of about its length without the run, of its source if there are such."""
        chosen: set[int] = set()
        for rank in ranks:
            for source in self._sources_of(rank):
                chosen.update(_near(self._by_source[source], rank, holding, chosen))
        if len(chosen) < _OTHERS:
            for rank in ranks:
                chosen.update(_near(range(self._count), rank, holding, chosen))
        return sorted(chosen)


class _Group:
    """The rests of some articles with a run, beside those of others without it: sets of telling words.

    Others are read when they are first asked for: often the rests alone settle the matter.
    """

    def __init__(self, common: frozenset[str], lines: Sequence[Sequence[bytes]], rests: Iterable[frozenset[str]],
                 others: Callable[[], Iterable[frozenset[str]]]) -> None:
        """`lines`: the words of each paragraph of each article of `rests`; `common`: words that say nothing."""
        self.common, self._lines, self._others = common, lines, others
        self.rests = [some - common for some in rests]

    @cached_property
    def others(self) -> list[frozenset[str]]:
        """The rests of articles without the run."""
        return [some - self.common for some in self._others()]

    @cached_property
    def usual(self) -> float:
        """Mean share of the words of a paragraph of one article that stand in the rests of the others."""
        ties = [_tie(piece, [*self.rests[:at], *self.rests[at + 1:]])
                for at, (lines, own) in enumerate(zip(self._lines, self.rests)) for line in lines
                if len(piece := own.intersection(line.decode().split())) >= 3]
        return fmean(ties) if ties else 0.0


def _diverse(group: _Group, told: frozenset[str]) -> bool:
    """Whether articles with a run that says `told` have no more in common than others have."""
    told -= group.common
    rests = group.rests
    if len(told) >= 3 and _tie(told, rests) > 1.05 * group.usual + _NOISE:
        return False
    others = group.others
    if len(others) < _OTHERS:
        return len(told) >= 3  # else too few words to say what it is about
    if told and _tie(told, rests) > 1.5 * _tie(told, others) + 2 * _NOISE:
        return False
    spreads = _spreads(others, len(rests))
    return _spread(rests) <= max(spreads[-2], 1.25 * fmean(spreads)) + _NOISE / 2


def _near(pool: Sequence[int], rank: int, holding: frozenset[int], chosen: set[int]) -> list[int]:
    """The two numbers in an ordered pool that are closest to a rank and free."""
    at = bisect_left(pool, rank)
    places = range(max(0, at - _WINDOW), min(len(pool), at + _WINDOW))
    free = [place for place in places if pool[place] not in holding and pool[place] not in chosen]
    return [pool[place] for place in sorted(free, key=lambda place: (abs(place - at), place))[:2]]


def _telling(found: Iterable[str]) -> frozenset[str]:
    """Words that can say what a text is about: of four letters or more, or of an unspaced script."""
    return frozenset([word for word in set(found) if (len(word) > 3 or word > "\u0e00") and not word.isdigit()])


def _alike(left: frozenset[str], right: frozenset[str]) -> float:
    """Shared words as a share of the smaller set."""
    return len(left & right) / (min(len(left), len(right)) or 1)


def _spread(sets: Sequence[frozenset[str]]) -> float:
    """Mean similarity of all pairs."""
    return sum(starmap(_alike, combinations(sets, 2))) / (len(sets) * (len(sets) - 1) / 2)


def _spreads(sets: Sequence[frozenset[str]], size: int) -> list[float]:
    """The spread of `size` of the sets, drawn again and again, in ascending order."""
    alike = {(at, to): _alike(sets[at], sets[to]) for at, to in combinations(range(len(sets)), 2)}
    draws = [sorted(_draw(len(sets), size, turn)) for turn in range(_TURNS)]
    return sorted(fmean(alike[pair] for pair in combinations(drawn, 2)) for drawn in draws)


def _tie(run: frozenset[str], rests: Sequence[frozenset[str]]) -> float:
    """Mean share of a run's words that stand in a rest as well."""
    return sum(len(run & rest) for rest in rests) / len(rests) / len(run) if run and rests else 0.0


@lru_cache(maxsize=1024)
def _draw(count: int, size: int, turn: int) -> list[int]:
    """`size` different numbers below `count`, the same ones at every call."""
    order = sorted(range(count), key=lambda at: hashlib.blake2b(f"{turn}.{at}".encode(), digest_size=8).digest())
    return order[:size]
