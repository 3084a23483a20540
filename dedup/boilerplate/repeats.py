"""Which blocks recur in independent articles: counted over a corpus in arrays, looked at closely where they recur."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from dedup import blocks, workers
from dedup.arrays import Array
from dedup.boilerplate.diversity import Diversity
from dedup.boilerplate.host import Host
from dedup.boilerplate.hosts import MANY, Hosts, Pairs
from dedup.boilerplate.likeness import ALIKE, Features, letters_of, scan_blocks, similarity, words
from dedup.boilerplate.sketch import SHORT, sketches
from dedup.boilerplate.table import Kind, Repeat, Repeats, at_edge, outermost

__all__ = ["Repeat", "Repeats", "find", "scan_blocks"]

_SAMPLE = 96  # articles that stand for the corpus when hosts are compared with others
_LEADERS = 24  # classes that may share one lookup key
_CACHE = 2000  # articles whose shingles are kept
_EXAMPLE = 240  # characters
_BATCH = 5000  # blocks that are worked out together
_PARTS = 8  # of the classes, for each worker
_WORTH = 2000  # classes from which on workers are worth their start
_WORTH_A_TABLE = 200  # ... when it comes to those of independent articles

T = TypeVar("T")


def find(hashes: Array, offsets: Array, tokens: Array, sources: Sequence[str | None], text_of: Callable[[int], str], *,
         jobs: int = 1, progress: Callable[[int, int], None] | None = None) -> Repeats:
    """The table of what recurs in a corpus.

    `hashes` and `tokens` are `scan_blocks` of all articles end to end, article i in [offsets[i], offsets[i + 1]).
    The result does not depend on the order of the articles, nor on how often an article stands there word for word.
    `progress(done, of)` is called for classes looked at.
    """
    corpus = _Corpus(hashes, offsets, tokens, sources, text_of)
    if len(corpus.members) < 2:
        return Repeats()
    return judged(_classes(corpus, jobs), corpus.sources_of, corpus.sample, len(corpus.members), jobs, progress)


def judged(classes: Classes, sources_of: Callable[[int], Sequence[str | None]], sample: Sequence[int], count: int,
           jobs: int = 1, progress: Callable[[int, int], None] | None = None) -> Repeats:
    """The table of `classes` that stand in independent articles.

    `sources_of`: the sources of an article by rank, in order; `sample`: ranks that stand for the corpus; `count`: how
    many articles there are, exact copies once.
    """
    told = progress or (lambda done, of: None)
    found = _counted(classes, frozenset(), list(classes.hosts()), jobs, told)
    # a copy is no independent host for having other boilerplate: where hosts are few, count again without it
    known = frozenset(cls for cls, ranks in found.items() if len(ranks) >= MANY)
    few = _counted(classes, known, [cls for cls in found if cls not in known], jobs, told)
    counted = {cls: few.get(cls, ranks) for cls, ranks in found.items() if cls in known or cls in few}
    edge_of = _Edges(frozenset(counted))
    diversity = Diversity(classes.host, edge_of, sources_of, sample, count)
    some = list(counted.items())
    jobs = jobs if len(some) >= _WORTH_A_TABLE else 1
    parts = _parts(some, jobs)
    rows = workers.run(_kinds, parts, min(jobs, len(parts)), classes, edge_of, diversity, sources_of)
    return Repeats([kind for part in rows for kind in part])


def _parts(some: Sequence[T], jobs: int) -> list[Sequence[T]]:
    size = max(1, len(some) // (_PARTS * jobs))
    return [some[start:start + size] for start in range(0, len(some), size)]


def _kinds(classes: Classes, edge_of: _Edges, diversity: Diversity, sources_of: Callable[[int], Sequence[str | None]],
           part: Sequence[tuple[int, Sequence[int]]]) -> list[Kind]:
    """The rows of some classes, each with the ranks of its independent articles."""
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
        names = {source for rank in ranks for source in sources_of(rank)}
        source = names.pop() if len(names) == 1 else None
        found.append((cls, len(members), edge, diverse, topical, source))
    return classes.kinds(found)


def _counted(classes: Classes, known: frozenset[int], some: Sequence[int], jobs: int,
             progress: Callable[[int, int], None]) -> dict[int, list[int]]:
    """The ranks of independent articles in which some classes stand, for those that have any."""
    jobs = jobs if len(some) >= _WORTH else 1
    parts = _parts(some, jobs)
    found: dict[int, list[int]] = {}
    for done, part in enumerate(workers.run(_independent, parts, min(jobs, len(parts)), classes, known, _CACHE // jobs), 1):
        found.update(part)
        progress(len(some) * done // len(parts), len(some))
    return found


def _independent(classes: Classes, known: frozenset[int], room: int, some: Sequence[int]) -> dict[int, list[int]]:
    classes.room = room
    test = Hosts(classes.pairs, known)
    counted = {cls: test.independent(map(classes.host, classes.ranks(cls)), cls) for cls in some}
    return {cls: [host.number for host in hosts] for cls, hosts in counted.items() if hosts}


class _Edges:
    """Which places of an article hold classes of independent hosts, `solid`, and lie at its edges."""

    def __init__(self, solid: frozenset[int]) -> None:
        self._solid = solid
        self._known: dict[int, frozenset[int]] = {}

    def __call__(self, host: Host) -> frozenset[int]:
        if host.number not in self._known:
            found = at_edge([cls in self._solid for cls in host.classes], host.tokens, host.texts)
            self._known[host.number] = frozenset(found)
        return self._known[host.number]


def _run(members: Sequence[Host], cls: int, edge_of: _Edges) -> set[str]:
    """The words of the run of recurrent blocks that holds a class, where it is shortest."""
    runs: list[list[str]] = []
    for host in members:
        solid, at = edge_of(host), host.places[cls][0]
        low = next(place for place in range(at, -2, -1) if place - 1 not in solid)
        high = next(place for place in range(at, len(host.classes) + 1) if place + 1 not in solid)
        runs.append(b" ".join(host.lines[low:high + 1]).decode().split())
    return set(min((len(run), run) for run in runs)[1])


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
        self.sources, self.text_of = sources, text_of
        sizes = np.diff(offsets)
        digest = digests(hashes, offsets)
        counts = np.concatenate([[0], np.cumsum(tokens, dtype=np.int64)])
        length = counts[offsets[1:]] - counts[offsets[:-1]]
        order = np.lexsort((digest, -length))
        order = order[length[order] > 0]
        new = np.ones(len(order), bool)
        new[1:] = (digest[order][1:] != digest[order][:-1]) | (length[order][1:] != length[order][:-1])
        self.members = np.split(order, np.flatnonzero(new)[1:]) if len(order) else []
        first = order[new]
        self.article = first
        self.sizes = sizes[first]
        self.offsets = np.concatenate([[0], np.cumsum(self.sizes)])
        starts = np.repeat(offsets[:-1][first] - self.offsets[:-1], self.sizes)
        index = starts + np.arange(self.offsets[-1])
        self.hashes, self.tokens = hashes[index], tokens[index]
        self.rank = np.repeat(np.arange(len(first)), self.sizes)
        self.sample = sample(digest[first])

    def text(self, rank: int) -> str:
        """The text of an article."""
        return self.text_of(int(self.article[rank]))

    def sources_of(self, rank: int) -> list[str | None]:
        """The sources of an article and its exact copies, in order."""
        members = self.members[rank]
        if len(members) == 1:
            return [self.sources[members[0]]]
        return sorted({self.sources[number] for number in members}, key=lambda source: source or "")


class Classes:
    """Blocks by class: `of`, `rank` and `hashes` have one for each block, `of` -1 for those that stand nowhere else.

    `keys`: the key of each class; `examples`: (rank, place) of a block of each; `read`: an article with its classes.
    """

    def __init__(self, of: Array, rank: Array, hashes: Array, keys: Sequence[int],
                 examples: Sequence[tuple[int, int]], read: Callable[[int], Host]) -> None:
        self.keys, self._examples, self._hashes, self._read = keys, examples, hashes, read
        places = np.flatnonzero(of >= 0)
        self._order = places[np.lexsort((rank[places], of[places]))]
        self._starts = np.searchsorted(of[self._order], np.arange(len(keys) + 1))
        of, rank = of[self._order], rank[self._order]
        new = np.ones(len(of), bool)
        new[1:] = (of[1:] != of[:-1]) | (rank[1:] != rank[:-1])
        self._ranks = rank[new]
        self._firsts = np.searchsorted(of[new], np.arange(len(keys) + 1))
        self._cache: OrderedDict[int, Host] = OrderedDict()
        self.room = _CACHE
        self.pairs = Pairs()

    def ranks(self, cls: int) -> list[int]:
        """The articles of a class, longest first."""
        found: list[int] = self._ranks[self._firsts[cls]:self._firsts[cls + 1]].tolist()
        return found

    def hosts(self) -> Iterator[int]:
        """Classes that stand in two articles or more, those of the same articles one after the other."""
        found: list[int] = np.flatnonzero(np.diff(self._firsts) > 1).tolist()
        yield from sorted(found, key=self.ranks)

    def host(self, rank: int) -> Host:
        """An article with its classes."""
        if rank in self._cache:
            self._cache.move_to_end(rank)
            return self._cache[rank]
        self._cache[rank] = host = self._read(rank)
        if len(self._cache) > self.room:
            self._cache.popitem(last=False)
        return host

    def example(self, cls: int) -> str:
        """A block of a class as it stands in an article."""
        rank, place = self._examples[cls]
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
            hashes = np.unique(self._hashes[self._order[self._starts[cls]:self._starts[cls + 1]]]).tolist()
            table.append(Kind(f"{self.keys[cls]:016x}"[:12], hosts, edge, diverse, topical, source, texts[at][:_EXAMPLE],
                              tuple(hashes), tuple(sorted(features.pairs(at))), tuple(features.keys(at)),
                              tuple(bands.get(at, ()))))
        return table


def _classes(corpus: _Corpus, jobs: int) -> Classes:
    """Equal blocks, and blocks at an edge that are much like others there, in classes."""
    values, inverse = np.unique(corpus.hashes, return_inverse=True)
    pairs = np.unique(np.stack([inverse, corpus.rank]), axis=1) if len(values) else np.zeros((2, 0), np.int64)
    frequency = np.bincount(pairs[0], minlength=len(values))
    frequency[values == 0] = 0
    recurrent = (frequency > 1)[inverse]
    spots = _looked_at(corpus, inverse, recurrent)
    leader = _leaders(corpus, spots, frequency, values, jobs)
    # classes are numbered by their leader's key
    target = np.array([leader.get(value, value) for value in range(len(values))], np.int64)
    total = np.bincount(target, weights=None, minlength=len(values))
    wanted = (frequency > 1) | (total > 1)
    wanted &= target == np.arange(len(values))
    wanted[values == 0] = False
    number = np.full(len(values), -1, np.int64)
    heads = np.flatnonzero(wanted)
    number[heads] = np.arange(len(heads))
    of = number[target][inverse]
    order = np.argsort(inverse, kind="stable")
    first = order[np.searchsorted(inverse[order], heads)]
    examples = [(int(corpus.rank[at]), int(at - corpus.offsets[corpus.rank[at]])) for at in first]

    read = _Reader(of, corpus.tokens, corpus.offsets, corpus.article, corpus.text_of)
    return Classes(of, corpus.rank, corpus.hashes, values[heads].tolist(), examples, read)


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


def _looked_at(corpus: _Corpus, inverse: Array, recurrent: Array) -> dict[int, tuple[int, int]]:
    """For each block value worth a close look a place (rank, block) where it stands."""
    spots: dict[int, tuple[int, int]] = {}
    values, tokens, known = inverse.tolist(), corpus.tokens.tolist(), recurrent.tolist()
    for rank, (start, end) in enumerate(zip(corpus.offsets[:-1].tolist(), corpus.offsets[1:].tolist())):
        for place in outermost(known[start:end], tokens[start:end]):
            spots.setdefault(values[start + place], (rank, place))
        for at in range(start, end):
            if known[at]:
                spots.setdefault(values[at], (rank, at - start))
    return spots


def _leaders(corpus: _Corpus, spots: dict[int, tuple[int, int]], frequency: Array, values: Array, jobs: int) -> dict[int, int]:
    """For each block value that is much like a more frequent one, that one."""
    by_rank: dict[int, list[int]] = {}
    for value, (rank, _) in spots.items():
        by_rank.setdefault(rank, []).append(value)
    order = [value for rank in sorted(by_rank) for value in by_rank[rank]]
    order = _worth_a_look(corpus, order, spots, jobs)
    batches = [order[start:start + _BATCH] for start in range(0, len(order), _BATCH)]
    found = list(workers.run(_features, batches, min(jobs, len(batches)), corpus, spots))
    rows = [features.every_key() for features in found]
    places = np.concatenate([np.zeros(0, np.int64), *(of + at * _BATCH for at, (of, _) in enumerate(rows))])
    keys = np.concatenate([np.zeros(0, np.uint64), *(some for _, some in rows)])
    _, same, seen = np.unique(keys, return_inverse=True, return_counts=True)
    several = seen[same] > 1
    shared: dict[int, list[int]] = {}  # of places in the order
    for place, one in zip(places[several].tolist(), keys[several].tolist()):
        shared.setdefault(place, []).append(one)
    ordered = np.array(order, np.int64)
    meeting = np.array(list(shared), np.int64)
    meeting = meeting[np.lexsort((values[ordered[meeting]], -frequency[ordered[meeting]]))]
    return dict(leaders((order[place], shared[place], found[place // _BATCH].pairs(place % _BATCH))
                        for place in meeting.tolist()))


def _features(corpus: _Corpus, spots: dict[int, tuple[int, int]], values: Sequence[int]) -> Features:
    return Features(_texts(corpus, values, spots))


def leaders(rows: Iterable[tuple[int, Iterable[int], frozenset[int]]]) -> Iterator[tuple[int, int]]:
    """(block, the one that leads it) of blocks that are much like a more frequent one.

    `rows`: (block, keys that it shares with others, its bigrams), most frequent first.
    """
    near: dict[int, list[int]] = {}
    leading: dict[int, frozenset[int]] = {}
    for value, keys, pairs in rows:
        rivals = {other for one in keys for other in near.get(one, ())}
        low, high = ALIKE * len(pairs), len(pairs) / ALIKE  # sets of other sizes cannot be so much alike
        sized = [(theirs, other) for other in rivals if low <= len(theirs := leading[other]) <= high]
        best = max(((similarity(pairs, theirs), -other) for theirs, other in sized), default=None)
        if best and best[0] >= ALIKE:
            yield value, -best[1]
            continue
        for one in keys:
            if len(some := near.setdefault(one, [])) < _LEADERS:
                some.append(value)
                leading[value] = pairs


def _worth_a_look(corpus: _Corpus, values: Sequence[int], spots: dict[int, tuple[int, int]], jobs: int) -> list[int]:
    """Block values that are short, or may be much like another one by their sketch."""
    long: list[int] = []
    rows = []
    batches = [values[start:start + _BATCH] for start in range(0, len(values), _BATCH)]
    for some, sketched in workers.run(_sketched, batches, min(jobs, len(batches)), corpus, spots):
        long += some
        rows.append(sketched)
    short = set(values).difference(long)
    met = np.zeros(len(long), bool)
    for band in np.concatenate(rows).T if rows else ():
        order = np.argsort(band, kind="stable")
        same = np.flatnonzero(band[order][1:] == band[order][:-1])
        met[order[same]] = met[order[same + 1]] = True
    wanted = short.union(value for value, yes in zip(long, met) if yes)
    return [value for value in values if value in wanted]


def _sketched(corpus: _Corpus, spots: dict[int, tuple[int, int]], values: Sequence[int]) -> tuple[list[int], Array]:
    """Those of the values whose blocks are long enough for a sketch, and their sketches."""
    # beyond ASCII a character may be several letters
    some = [(value, text) for value, text in zip(values, _texts(corpus, values, spots))
            if len(text) >= SHORT or not text.isascii()]
    squeezed = letters_of([text for _, text in some])
    longer = [(value, letters) for (value, _), letters in zip(some, squeezed) if len(letters) >= SHORT]
    return [value for value, _ in longer], sketches([letters for _, letters in longer])


def _texts(corpus: _Corpus, values: Sequence[int], spots: dict[int, tuple[int, int]]) -> list[str]:
    """The text of a block of each value; values of one article stand together."""
    found, last, texts = [], -1, list[str]()
    for rank, place in map(spots.__getitem__, values):
        if rank != last:
            last, texts = rank, blocks.texts(corpus.text(rank))
        found.append(texts[place])
    return found
