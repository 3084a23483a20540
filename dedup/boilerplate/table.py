"""The frozen table of recurrent blocks, and what it says about the blocks of an article."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, compress
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from dedup import arrays
from dedup.arrays import Array, np
from dedup.article import Block
from dedup.boilerplate.likeness import ALIKE, Features, letters_of, scan, similarity
from dedup.boilerplate.sketch import SHORT, plain, sketches
from dedup.errors import InputError

FORMAT = "dedup block table 3"
HEAD, TAIL = 3, 5  # blocks at the edges that are looked at though they stand nowhere else word for word
_FIRST = 2  # of them, on either side, that are looked at first
_SHARE = 0.4  # of an article's tokens that may go without a cue
_LABELS, _LABEL = 2, 15  # blocks, and tokens of each, that may stand between an edge and a recurrent block

_STOPS = tuple(".!?…。！？।॥؟۔။៖។")  # that end a sentence


class Repeat(NamedTuple):
    """What repetition says about one block of one article.

    `decision`: "strip" (enough by itself), "strip-with-cue" (goes when a cue or its form says so, too), "mask" (ignore
    it when articles are compared). `hosts` counts independent articles, up to a small cap. `edge`: here and in most
    hosts it stands at the head or tail but for other recurrent blocks. `scope` "source": all hosts are of one source.
    """

    key: str
    hosts: int
    edge: bool
    diverse: bool
    decision: str
    scope: str
    example: str
    heavy: bool = False  # much of the article recurs: it may be a digest


class Kind(NamedTuple):
    """One class of blocks in the table."""

    key: str
    hosts: int
    edge: bool
    diverse: bool
    topical: bool  # it speaks of what its hosts speak of
    source: str | None  # where all hosts are of one source
    example: str
    hashes: tuple[int, ...]  # keys of the blocks that belong to it
    pairs: tuple[int, ...]  # features of its example
    keys: tuple[int, ...]
    bands: tuple[int, ...]  # its sketch, where it is long enough to have one

    @property
    def varied(self) -> bool:
        """Whether it is known in more than one wording, so that there may be others."""
        return len(self.hashes) > 1


def outermost(known: Sequence[bool], tokens: Sequence[int]) -> list[int]:
    """Places of the first and last blocks that are not known, in order."""
    unknown = [place for place, (seen, size) in enumerate(zip(known, tokens)) if size and not seen]
    return unknown if len(unknown) <= HEAD + TAIL else unknown[:HEAD] + unknown[-TAIL:]


def every_outermost(known: Array, tokens: Array, offsets: Array) -> Array:
    """The same of all articles, end to end, article i in [offsets[i], offsets[i + 1])."""
    unknown = np.flatnonzero(~known & (tokens > 0))
    starts = np.searchsorted(unknown, offsets)
    sizes = np.diff(starts)
    before = np.arange(len(unknown)) - np.repeat(starts[:-1], sizes)
    return unknown[(before < HEAD) | (before >= np.repeat(sizes, sizes) - TAIL)]


def at_edge(recurrent: Sequence[bool], tokens: Sequence[int], texts: Sequence[str]) -> set[int]:
    """Places that are reached from the head or the tail through recurrent blocks only.

    A few short unknown lines that are no sentences (a title, a date, a headline) are passed over.
    """
    found: set[int] = set()
    for places in (range(len(recurrent)), range(len(recurrent) - 1, -1, -1)):
        labels = 0
        for place in places:
            if recurrent[place]:
                found.add(place)
                labels = 0
            elif tokens[place]:
                labels += 1
                if labels > _LABELS or tokens[place] > _LABEL or texts[place].rstrip("\"'”’»)")[-1:] in _STOPS:
                    break
    return found


class Repeats:
    """Recurrent block classes, frozen: what it says about an article depends on the article and on nothing else."""

    def __init__(self, kinds: Sequence[Kind] = ()) -> None:
        self.kinds: tuple[Kind, ...] = tuple(sorted(kinds, key=lambda kind: kind.key))

    @cached_property
    def id(self) -> str:
        """A digest of the whole table."""
        return hashlib.blake2b(self.to_bytes(), digest_size=16).hexdigest()

    @cached_property
    def _exact(self) -> dict[int, Kind]:
        return {value: kind for kind in self.kinds for value in kind.hashes}

    @cached_property
    def _near(self) -> dict[int, list[tuple[Kind, frozenset[int]]]]:
        found: dict[int, list[tuple[Kind, frozenset[int]]]] = {}
        for kind in (kind for kind in self.kinds if kind.varied):
            pairs = frozenset(kind.pairs)
            for value in kind.keys:
                found.setdefault(value, []).append((kind, pairs))
        return found

    @cached_property
    def _bands(self) -> frozenset[int]:
        return frozenset(band for kind in self.kinds if kind.varied for band in kind.bands)

    def evidence(self, blocks: Sequence[Block], source: str | None = None) -> dict[int, Repeat]:
        """For each recurrent block (by place in `blocks`) what is known of it; others are left out."""
        return self.evidence_of([blocks], [source])[0]

    def evidence_of(self, articles: Sequence[Sequence[Block]], sources: Sequence[str | None],
                    counted: tuple[Array, Array, Array] | None = None) -> list[dict[int, Repeat]]:
        """The `evidence` of each of many articles, for less.

        `counted`: `scan_blocks` of all their blocks, and which of them are like none of another kind, where it is known.
        """
        if not self.kinds or not any(articles):
            return [{} for _ in articles]
        texts = [block.text for blocks in articles for block in blocks]
        keys, tokens = (counted[0].tolist(), counted[1].tolist()) if counted else scan(texts)
        lone = set(np.flatnonzero(counted[2]).tolist()) if counted else set[int]()
        ends = [*accumulate(map(len, articles), initial=0)]
        parts = [slice(*place) for place in zip(ends, ends[1:])]
        exact = list(map(self._exact.get, keys))  # no kind has the key of no letters
        found = [{place: kind for place, kind in enumerate(exact[part]) if kind} for part in parts]
        if self._near:
            places = [[part.start + place for place in outermost([kind is not None for kind in exact[part]], tokens[part])]
                      for part in parts]
            sides = [some[:_FIRST] + some[_FIRST:][-_FIRST:] for some in places]
            rests = [some[_FIRST:][:-_FIRST] for some in places]
            near = self._like(texts, [place for some in sides for place in some if place not in lone])
            # only next to one that is of a kind may others be of one, too
            near |= self._like(texts, [
                place for side, rest in zip(sides, rests) if not near.keys().isdisjoint(side)
                for place in rest if place not in lone])
            for mine, some, part in zip(found, places, parts):
                mine.update((place - part.start, near[place]) for place in some if place in near)
        return [self._told(mine, blocks, tokens[part], source) if mine else {}
                for mine, blocks, part, source in zip(found, articles, parts, sources)]

    def _told(self, found: dict[int, Kind], blocks: Sequence[Block], tokens: Sequence[int],
              source: str | None) -> dict[int, Repeat]:
        edges = at_edge([place in found for place in range(len(blocks))], tokens, [block.text for block in blocks])
        heavy = sum(tokens[place] for place in found if place in edges) > _SHARE * sum(tokens)
        return {place: _repeat(found[place], place in edges, heavy, source) for place in sorted(found)}

    def _like(self, texts: Sequence[str], places: Sequence[int]) -> dict[int, Kind]:
        """The kinds of some blocks that are much like those of the table."""
        if arrays.at_hand():  # else sketches take longer than what they spare
            places = list(compress(places, self._near_enough([texts[place] for place in places])))
        features = Features([texts[place] for place in places])
        found = {}
        for at, place in enumerate(places):
            known = [some for one in features.keys(at) for some in self._near.get(one, ())]
            if known and (arrays.at_hand() or self._near_enough([texts[place]])[0]):
                pairs = features.pairs(at)
                scored = ((similarity(pairs, other), kind.key, kind) for kind, other in known)
                score, _, kind = max(scored, key=itemgetter(0, 1))
                if score >= ALIKE:
                    found[place] = kind
        return found

    def _near_enough(self, texts: Sequence[str]) -> list[bool]:
        """Whether each of some blocks is short, or has anything in common with one of the table."""
        squeezed = letters_of(texts)
        near = [len(some) < SHORT for some in squeezed]
        if self._bands:
            long = [at for at, short in enumerate(near) if not short]
            some = [squeezed[at] for at in long]
            for at, bands in zip(long, sketches(some).tolist() if arrays.at_hand() else map(plain, some)):
                near[at] = not self._bands.isdisjoint(bands)
        return near

    def to_bytes(self) -> bytes:
        """The table as deterministic JSON."""
        data = {"format": FORMAT, "kinds": [kind._asdict() for kind in self.kinds]}
        return json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Repeats:
        """The table back; `InputError` when the bytes are not one of this version."""
        try:
            read = json.loads(data)
            if read["format"] != FORMAT:
                raise InputError(f"this block table is {read['format']!r}, not {FORMAT!r}: build it again")
            return cls([Kind(kind["key"], kind["hosts"], kind["edge"], kind["diverse"], kind["topical"], kind["source"],
                             kind["example"], tuple(kind["hashes"]), tuple(kind["pairs"]), tuple(kind["keys"]),
                             tuple(kind["bands"])) for kind in read["kinds"]])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise InputError(f"no block table: {error}") from error


@lru_cache(maxsize=2)
def stored(path: Path) -> Repeats:
    """The table in a file, read once a process."""
    return Repeats.from_bytes(path.read_bytes())


def _repeat(kind: Kind, edge: bool, heavy: bool, source: str | None) -> Repeat:
    edge = edge and kind.edge
    own = kind.source is None or source is None or kind.source == source
    if not edge or not own or kind.topical:
        decision = "mask"
    elif kind.diverse and not heavy:
        decision = "strip"
    else:
        decision = "strip-with-cue"
    scope = "global" if kind.source is None else "source"
    return Repeat(kind.key, kind.hosts, edge, kind.diverse, decision, scope, kind.example, heavy)
