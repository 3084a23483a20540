"""Which blocks recur in independent articles: counted over a corpus in arrays, looked at closely where they recur."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import NamedTuple, TypeVar

import numpy as np

from dedup import workers
from dedup.arrays import Array, narrow, stretches
from dedup.boilerplate.diversity import Diversity
from dedup.boilerplate.host import Host
from dedup.boilerplate.hosts import MANY, MOST, Hosts, Pairs, together
from dedup.boilerplate.likeness import Features, letters_of, scan_blocks, words
from dedup.boilerplate.sketch import SHORT, sketches
from dedup.boilerplate.table import Kind, Repeat, Repeats, at_edge, every_outermost
from dedup.boilerplate.wordings import led
from dedup.once import Remembered

__all__ = ["Repeat", "Repeats", "find", "scan_blocks"]

_SAMPLE = 96  # articles that stand for the corpus when hosts are compared with others
_CACHE = 2000  # articles whose shingles, and edges, are kept
_EXAMPLE = 240  # characters
_PARTS = 8  # of the classes, for each worker
_WORTH = 500  # classes from which on workers are worth their start

T = TypeVar("T")


def find(hashes: Array, offsets: Array, tokens: Array, sources: Sequence[str | None], text_of: Callable[[int], str], *,
         jobs: int = 1, progress: Callable[[int, int], None] | None = None) -> tuple[Repeats, Array]:
    """The table of what recurs in a corpus; and for each block whether it is known to be like none of another kind.

    `hashes` and `tokens` are `scan_blocks` of all articles end to end, article i in [offsets[i], offsets[i + 1]).
    The result does not depend on the order of the articles, nor on how often an article stands there word for word.
    `progress(done, of)` is called for classes looked at.
    """
    corpus = _Corpus(hashes, offsets, tokens, sources, text_of)
    count = len(corpus.article)
    if count < 2:
        return Repeats(), np.zeros(len(hashes), bool)
    classes, lone = _classes(corpus, jobs)
    every = np.zeros(len(hashes), bool)  # of exact copies nothing is known
    every[stretches(offsets[corpus.article], corpus.sizes)] = lone
    return judged(classes, corpus.sources_of, corpus.sample, count, jobs, progress), every


def judged(classes: Classes, sources_of: Callable[[int], Sequence[str | None]], sample: Sequence[int], count: int,
           jobs: int = 1, progress: Callable[[int, int], None] | None = None) -> Repeats:
    """The table of `classes` that stand in independent articles.

    `sources_of`: the sources of an article by rank, in order; `sample`: ranks that stand for the corpus; `count`: how
    many articles there are, exact copies once.
    """
    told = progress or (lambda done, of: None)
    some = classes.several()
    jobs = jobs if len(some) >= _WORTH else 1
    classes.room = _CACHE // jobs
    with workers.team(jobs, _Judge(classes, sources_of, sample, count)) as team:
        def counted(known: frozenset[int], some: Sequence[int]) -> dict[int, list[int]]:
            found: dict[int, list[int]] = {}
            parts = _parts(some, jobs)
            for done, part in enumerate(team(_Judge.independent, [(known, part) for part in parts]), 1):
                found.update(part)
                told(len(some) * done // len(parts), len(some))
            return found

        found = counted(frozenset(), some)
        # a copy is no independent host for having other boilerplate: where hosts are few, count again without it
        known = frozenset(cls for cls, ranks in found.items() if len(ranks) >= MANY)
        few = counted(known, [cls for cls in found if cls not in known])
        table = {cls: few.get(cls, ranks) for cls, ranks in found.items() if cls in known or cls in few}
        solid = frozenset(table)
        rows = team(_Judge.kinds, [(solid, part) for part in _parts(list(table.items()), jobs)])
        return Repeats([kind for part in rows for kind in part])


def _parts(some: Sequence[T], jobs: int) -> list[Sequence[T]]:
    size = max(1, len(some) // (_PARTS * jobs))
    return [some[start:start + size] for start in range(0, len(some), size)]


class _Judge:
    """Says of classes in which independent articles they stand, and what becomes of them; it remembers what it has read."""

    def __init__(self, classes: Classes, sources_of: Callable[[int], Sequence[str | None]], sample: Sequence[int],
                 count: int) -> None:
        self._classes, self._sources_of, self._sample, self._count = classes, sources_of, sample, count
        self._known, self._test = frozenset[int](), Hosts(classes.pairs)
        self._edge_of: _Edges | None = None

    def independent(self, task: tuple[frozenset[int], Sequence[int]]) -> dict[int, list[int]]:
        """The ranks of independent articles for those of some classes that have any.

        `task`: classes that are boilerplate for certain; those in question.
        """
        known, some = task
        if known != self._known:
            self._known, self._test = known, Hosts(self._classes.pairs, known)
        found: dict[int, list[int]] = {}
        for ranks, group in groupby(some, lambda cls: self._classes.ranks(cls)[:MOST]):
            hosts = [*map(self._classes.host, ranks)]
            told: list[int] = []
            last = None
            for cls in sorted(group, key=lambda cls: hosts[0].places[cls]):
                if last is None or not together(hosts, last, cls):  # else they are of the same run, wherever they stand
                    told = [host.number for host in self._test.independent(hosts, cls)]
                if told:
                    found[cls] = told
                last = cls
        return found

    def kinds(self, task: tuple[frozenset[int], Sequence[tuple[int, Sequence[int]]]]) -> list[Kind]:
        """Rows of the table.

        `task`: all classes that stand in independent articles; those in question, with the ranks of these articles.
        """
        solid, part = task
        classes = self._classes
        if self._edge_of is None:
            self._edge_of = _Edges(solid)
            self._diversity = Diversity(classes.host, self._edge_of, self._sources_of, self._sample, self._count)
        edge_of, diversity = self._edge_of, self._diversity
        found = []
        for cls, independent in part:
            members = [classes.host(rank) for rank in independent]
            at = sum(not edge_of(host).isdisjoint(host.places[cls]) for host in members)
            edge = 2 * at > len(members)
            ranks = classes.ranks(cls)
            diverse = topical = False
            if edge:
                run, holding = _run(members, cls, edge_of), frozenset(ranks)
                topical = diversity.topical(members, words(classes.example(cls)), run, holding)
                diverse = len(members) >= MANY and not topical and diversity.of(members, run, holding)
            names = {source for rank in ranks for source in self._sources_of(rank)}
            source = names.pop() if len(names) == 1 else None
            found.append((cls, len(members), edge, diverse, topical, source))
        return classes.kinds(found)


class _Edges:
    """Which places of an article hold classes of independent hosts, `solid`, and lie at its edges."""

    def __init__(self, solid: frozenset[int]) -> None:
        self._solid = solid
        self._known = Remembered[int, frozenset[int]](_CACHE)

    def __call__(self, host: Host) -> frozenset[int]:
        if host.number not in self._known:
            found = at_edge([cls in self._solid for cls in host.classes], host.tokens, host.texts)
            self._known[host.number] = frozenset(found)
        return self._known[host.number]


def _run(members: Sequence[Host], cls: int, edge_of: _Edges) -> set[str]:
    """The words of the run of recurrent blocks that holds a class, where it is shortest."""
    runs: list[list[str]] = []
    fewest = -1
    for host in members:
        solid, at = edge_of(host), host.places[cls][0]
        low = high = at
        while low - 1 in solid:
            low -= 1
        while high + 1 in solid:
            high += 1
        # words of a run, and their number; of most runs it is enough that others have fewer
        run = b" ".join(host.lines[low:high + 1])
        size = len(run.split())
        if fewest < 0 or size < fewest:
            runs, fewest = [], size
        if size == fewest:
            runs.append(run.decode().split())
    return set(min(runs))


def digests(hashes: Array, offsets: Array) -> Array:
    """A number for the blocks of each article, in their order."""
    sizes = np.diff(offsets)
    place = np.arange(len(hashes), dtype=np.uint64) - np.repeat(offsets[:-1], sizes).astype(np.uint64)
    mixed = (hashes ^ (hashes >> np.uint64(31))) * (place * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
    return sums[offsets[1:]] - sums[offsets[:-1]]


def sample(found: Array) -> list[int]:
    """The ranks of articles that stand for the corpus, by the digests of all."""
    ranks: list[int] = np.argsort(found, kind="stable")[:_SAMPLE].tolist()
    return ranks


class _Corpus:
    """Articles as ranks: exact copies once, longest first, then by a digest of their blocks."""

    def __init__(self, hashes: Array, offsets: Array, tokens: Array, sources: Sequence[str | None],
                 text_of: Callable[[int], str]) -> None:
        self.text_of = text_of
        sizes = np.diff(offsets)
        digest = digests(hashes, offsets)
        counts = np.concatenate([[0], np.cumsum(tokens, dtype=np.int64)])
        length = counts[offsets[1:]] - counts[offsets[:-1]]
        order = np.lexsort((digest, -length))
        order = order[length[order] > 0]
        new = np.ones(len(order), bool)
        new[1:] = (digest[order][1:] != digest[order][:-1]) | (length[order][1:] != length[order][:-1])
        self.article = first = order[new]
        alone = {source: [source] for source in set(sources)}  # one list, however many articles it is for
        self._sources = [alone[sources[number]] for number in first.tolist()]
        starts = np.append(np.flatnonzero(new), len(order))
        for rank in np.flatnonzero(np.diff(starts) > 1).tolist():
            some = {sources[number] for number in order[starts[rank]:starts[rank + 1]].tolist()}
            self._sources[rank] = sorted(some, key=lambda source: source or "")
        self.sizes = sizes[first]
        self.offsets = np.concatenate([[0], np.cumsum(self.sizes)])
        self.rank = np.repeat(np.arange(len(first), dtype=narrow(len(first))), self.sizes)
        self._hashes, self._starts = hashes, offsets[:-1][first]
        self.tokens = self._of_blocks(tokens)
        self.sample = sample(digest[first])

    @property
    def hashes(self) -> Array:
        """The keys of all blocks; of a million articles they are a hundred megabytes, so they are not held."""
        return self._of_blocks(self._hashes)

    def _of_blocks(self, given: Array) -> Array:
        return given[stretches(self._starts, self.sizes)]

    def spots(self, blocks: Array) -> Array:
        """(rank, place) of some blocks: an article, and where it has each."""
        found = np.empty((len(blocks), 2), self.rank.dtype)
        found[:, 0] = self.rank[blocks]
        found[:, 1] = blocks - self.offsets[found[:, 0]]
        return found

    def sources_of(self, rank: int) -> list[str | None]:
        """The sources of an article and its exact copies, in order."""
        return self._sources[rank]


class Classes:
    """Blocks by class: `of`, `rank` and `hashes` have one for each block, `of` -1 for those that stand nowhere else.

    `keys`: the key of each class; `examples`: (rank, place) of a block of each; `read`: an article with its classes.
    """

    def __init__(self, of: Array, rank: Array, hashes: Array, keys: Array, examples: Array, read: Callable[[int], Host]) -> None:
        self.keys, self._examples, self._read = keys, examples, read
        places = np.flatnonzero(of >= 0)
        places = places[np.lexsort((rank[places], of[places]))]
        of, rank, self._hashes = of[places], rank[places], hashes[places]
        self._starts = np.searchsorted(of, np.arange(len(keys) + 1))
        new = np.ones(len(of), bool)
        new[1:] = (of[1:] != of[:-1]) | (rank[1:] != rank[:-1])
        self._ranks = rank[new]
        self._firsts = np.searchsorted(of[new], np.arange(len(keys) + 1))
        self.room = _CACHE
        self.pairs = Pairs()

    def ranks(self, cls: int) -> list[int]:
        """The articles of a class, longest first."""
        found: list[int] = self._ranks[self._firsts[cls]:self._firsts[cls + 1]].tolist()
        return found

    def several(self) -> list[int]:
        """Classes that stand in two articles or more, those of the same articles next to each other."""
        found = np.flatnonzero(np.diff(self._firsts) > 1)
        starts, ends = self._firsts[found], self._firsts[found + 1]
        order = np.lexsort((self._ranks[ends - 1], ends - starts, self._ranks[starts + 1], self._ranks[starts]))
        some: list[int] = found[order].tolist()
        return some

    @cached_property
    def host(self) -> Callable[[int], Host]:
        """An article with its classes, by rank; the last `room` of them are remembered."""
        return lru_cache(self.room)(self._read)

    def example(self, cls: int) -> str:
        """A block of a class as it stands in an article."""
        rank, place = self._examples[cls].tolist()
        return self.host(rank).texts[place]

    def kinds(self, found: Sequence[tuple[int, int, bool, bool, bool, str | None]]) -> list[Kind]:
        """Rows of the table, from (class, hosts, edge, diverse, topical, source) of each."""
        texts = [self.example(cls) for cls, *_ in found]
        features = Features(texts)
        squeezed = letters_of(texts)
        long = [at for at, some in enumerate(squeezed) if len(some) >= SHORT]
        bands = dict(zip(long, sketches([squeezed[at] for at in long]).tolist()))
        table = []
        for at, (cls, hosts, edge, diverse, topical, source) in enumerate(found):
            hashes = np.unique(self._hashes[self._starts[cls]:self._starts[cls + 1]]).tolist()
            table.append(Kind(f"{int(self.keys[cls]):016x}"[:12], hosts, edge, diverse, topical, source, texts[at][:_EXAMPLE],
                              tuple(hashes), tuple(sorted(features.pairs(at))), tuple(features.keys(at)),
                              tuple(bands.get(at, ()))))
        return table


class _Distinct(NamedTuple):
    """Different blocks, in the order of their keys."""

    keys: Array  # uint64 [n], 0 of blocks without letters
    first: Array  # int [n], the block of the corpus where each stands first
    frequency: Array  # int [n], in how many articles each stands; 0 without letters
    same: Array  # int [blocks], which of them each block of the corpus is


def _distinct(hashes: Array, rank: Array) -> _Distinct:
    """Of the keys of all blocks; `rank`: the article of each."""
    count = len(hashes)
    order = np.argsort(hashes)
    new = np.ones(count, bool)
    ordered = hashes[order]
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    keys = ordered[new]
    del ordered
    same = np.cumsum(new, dtype=narrow(count))
    same -= 1
    order += same * np.int64(count)
    order.sort()  # equal ones in order: faster than to sort in a stable way
    order %= count
    order = order.astype(narrow(count))
    first, ranks = order[new], rank[order]
    new[1:] |= ranks[1:] != ranks[:-1]
    frequency = np.bincount(same[new], minlength=len(keys)).astype(narrow(count))
    frequency[keys == 0] = 0
    of = np.empty_like(same)
    of[order] = same
    return _Distinct(keys, first, frequency, of)


def _classes(corpus: _Corpus, jobs: int) -> tuple[Classes, Array]:
    """Equal blocks, and blocks at an edge that are much like others there, in classes; and for each whether it is like none."""
    keys, first, frequency, same = _distinct(corpus.hashes, corpus.rank)
    worth, spot = _looked_at(same, first, frequency > 1, corpus.tokens, corpus.offsets)
    spots = corpus.spots(spot)
    spots[:, 0] = corpus.article[spots[:, 0]]  # by number: so texts are read one behind the other
    (followers, leaders), single = led(corpus.text_of, spots, frequency[worth], jobs)
    lone = np.zeros(len(keys), bool)
    lone[worth[single]] = True
    lone = lone[same]
    # classes are numbered by their leader's key
    heads = frequency > 1
    heads[worth[leaders]] = True
    heads[worth[followers]] = False
    heads &= keys != 0
    number = np.full(len(keys), -1, same.dtype)
    number[heads] = np.arange(np.count_nonzero(heads))
    number[worth[followers]] = number[worth[leaders]]
    of = number[same]
    read = _Reader(of, corpus.tokens, corpus.offsets, corpus.article, corpus.text_of)
    return Classes(of, corpus.rank, corpus.hashes, keys[heads], corpus.spots(first[heads]), read), lone


def _looked_at(same: Array, first: Array, recurrent: Array, tokens: Array, offsets: Array) -> tuple[Array, Array]:
    """Which different blocks are worth a close look, and where they stand: at an edge of an article if anywhere.

    `same`: which of them each block of the corpus is; `first`: where each stands first.
    """
    outer = every_outermost(recurrent[same], tokens, offsets)[::-1]
    worth, spot = recurrent.copy(), first.copy()
    worth[same[outer]] = True
    spot[same[outer]] = outer  # of several the first
    return np.flatnonzero(worth).astype(same.dtype), spot[worth]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Articles with the classes of their blocks, read by rank."""

    of: Array
    tokens: Array
    offsets: Array
    article: Array
    text_of: Callable[[int], str]

    def __call__(self, rank: int) -> Host:
        part = slice(self.offsets[rank], self.offsets[rank + 1])
        return Host(rank, self.of[part].tolist(), self.tokens[part].tolist(), self.text)

    def text(self, rank: int) -> str:
        return self.text_of(int(self.article[rank]))
