"""What executors do to find the blocks that recur: the steps of `boilerplate.repeats`, between Arrow and Arrow."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from dedup.blocks import split
from dedup.boilerplate import repeats
from dedup.boilerplate.hosts import Host
from dedup.boilerplate.likeness import Features, letters
from dedup.boilerplate.sketch import SHORT, sketches
from dedup.boilerplate.table import outermost
from dedup.spark import arrow, spool

Batches = Iterable[Any]

# `value`: the key of a block; `first`: an article that stands for all of the same blocks; `begin`: its place in `spool`
VALUES: arrow.Columns = {"value": "long", "number": "long", "place": "long"}
SPOTS: arrow.Columns = {"value": "long", "words": "long", "mixed": "long", "place": "long", "spool": "string", "begin": "long"}
LOOKS: arrow.Columns = {"value": "long", "text": "string", "bands": "array<long>"}
FEATURES: arrow.Columns = {"value": "long", "keys": "array<long>", "pairs": "binary"}
LED: arrow.Columns = {"value": "long", "leader": "long"}
TABLE: arrow.Columns = {"table": "binary"}


def values(batches: Batches) -> Iterator[Any]:
    """Articles (number, hashes) → each of their blocks once, with its first place."""
    def rows() -> Iterator[Sequence[Any]]:
        for batch in batches:
            for number, packed in zip(*arrow.columns(batch, "number", "hashes")):
                found, places = np.unique(np.frombuffer(packed, np.uint64), return_index=True)
                for value, place, key in zip(arrow.signed(found).tolist(), places.tolist(), found.tolist()):
                    if key:
                        yield value, number, place

    return arrow.batches(rows(), VALUES)


def spots(folder: str, batches: Batches) -> Iterator[Any]:
    """Articles with `known`, those of their blocks that recur → the blocks worth a look, with their first places."""
    def rows() -> Iterator[Sequence[Any]]:
        for batch in batches:
            names = ("words", "mixed", "spool", "begin", "known")
            for words, mixed, name, begin, recurrent in zip(*arrow.columns(batch, *names)):
                hashes, tokens = spool.blocks(folder, name, begin)
                signed = arrow.signed(hashes).tolist()
                again = set(recurrent or ())
                seen = [value in again for value in signed]
                first: dict[int, int] = {}
                for place in (*outermost(seen, tokens.tolist()), *(at for at, yes in enumerate(seen) if yes)):
                    first.setdefault(signed[place], place)
                for value, place in first.items():
                    yield value, words, mixed, place, name, begin

    return arrow.batches(rows(), SPOTS)


def looks(folder: str, batches: Batches) -> Iterator[Any]:
    """(value, place, spool, begin), those of an article together → blocks as they stand there, and their sketches."""
    def rows() -> Iterator[Sequence[Any]]:
        last, blocks = None, []
        for batch in batches:
            found = []
            keys, *where = arrow.columns(batch, "value", "place", "spool", "begin")
            for place, name, begin in zip(*where):
                if last != (name, begin):
                    last, blocks = (name, begin), split(spool.text(folder, name, begin))
                found.append(blocks[place])
            squeezed = letters(found)
            long = [at for at, some in enumerate(squeezed) if len(some) >= SHORT]
            bands = dict(zip(long, arrow.signed(sketches([squeezed[at] for at in long])).tolist()))
            for at, (value, block) in enumerate(zip(keys, found)):
                yield value, block.text, bands.get(at)

    return arrow.batches(rows(), LOOKS)


def features(batches: Batches) -> Iterator[Any]:
    """Blocks → the keys by which alike ones meet, and their bigrams."""
    def rows() -> Iterator[Sequence[Any]]:
        for batch in batches:
            keys, texts = arrow.columns(batch, "value", "text")
            found = Features(texts)
            for at, value in enumerate(keys):
                met = arrow.signed(np.array(found.keys(at), np.uint64)).tolist()
                yield value, met, arrow.pack(np.array(sorted(found.pairs(at)), np.uint64))

    return arrow.batches(rows(), FEATURES)


def leaders(batches: Batches) -> Iterator[Any]:
    """Blocks (value, shared, pairs), most frequent first → (block, the more frequent one that it is much like)."""
    def rows() -> Iterator[tuple[int, list[int], frozenset[int]]]:
        for batch in batches:
            for value, shared, packed in zip(*arrow.columns(batch, "value", "shared", "pairs")):
                yield value, shared, frozenset(np.frombuffer(packed, np.uint64).tolist())

    return arrow.batches(repeats.leaders(rows()), LED)


def table(folder: str, batches: Batches) -> Iterator[Any]:
    """Articles, longest first, with their blocks that are of a class → the table of recurrent blocks.

    In memory: where each article stands and its blocks of classes, about 50 bytes of each; texts are read as needed.
    """
    names: dict[str, int] = {}
    known: dict[tuple[str | None, ...], tuple[str | None, ...]] = {}
    files, begins, sources, mixed, counts = [], [], [], [], []
    parts: list[tuple[np.ndarray, ...]] = []
    for batch in batches:
        for name, begin, some, blocks in zip(*arrow.columns(batch, "spool", "begin", "sources", "blocks")):
            files.append(names.setdefault(name, len(names)))
            begins.append(begin)
            own = tuple(sorted((row["source"] for row in some), key=lambda source: source or ""))
            sources.append(known.setdefault(own, own))
            counts.append(len(blocks or ()))
            parts.append(tuple(np.array([row[name] for row in blocks or ()], np.int64) for name in ("value", "head", "place")))
        mixed.append(batch.column("mixed").to_numpy())
    if len(files) < 2:
        return arrow.batches([(repeats.Repeats().to_bytes(),)], TABLE)
    value, head, place = (np.concatenate(column) for column in zip(*parts))
    rank = np.repeat(np.arange(len(files)), counts)
    heads, of = np.unique(head, return_inverse=True)
    classed, at = np.unique(value, return_index=True)
    class_of = of[at]
    file_names = list(names)

    order = np.lexsort((rank, of))  # a head's own block stands where it stands first
    own = order[value[order] == head[order]]
    first = own[np.searchsorted(of[own], np.arange(len(heads)))]

    def read(rank: int) -> Host:
        where = file_names[files[rank]], begins[rank]
        hashes, tokens = spool.blocks(folder, *where)
        signed = arrow.signed(hashes)
        near = np.minimum(np.searchsorted(classed, signed), max(len(classed) - 1, 0))
        found = np.where(classed[near] == signed, class_of[near], -1) if len(classed) else np.full(len(signed), -1)
        return Host(rank, found.tolist(), tokens.tolist(), lambda rank: spool.text(folder, *where))

    classes = repeats.Classes(of, rank, arrow.unsigned(value), arrow.unsigned(heads).tolist(),
                              list(zip(rank[first].tolist(), place[first].tolist())), read)
    found = repeats.judged(classes, sources.__getitem__, repeats.sample(arrow.unsigned(np.concatenate(mixed))), len(files))
    return arrow.batches([(found.to_bytes(),)], TABLE)
