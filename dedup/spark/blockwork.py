"""What executors do to find the blocks that recur: the steps of `boilerplate.repeats`, between Arrow and Arrow."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from dedup.article import Block
from dedup.blocks import split
from dedup.boilerplate import repeats
from dedup.boilerplate.host import Host
from dedup.boilerplate.likeness import Features, letters
from dedup.boilerplate.sketch import SHORT, sketches
from dedup.boilerplate.table import outermost
from dedup.boilerplate.wordings import leaders as leading
from dedup.spark import arrow, spool

Batches = Iterable[Any]

# `value`: the key of a block; `first`: an article that stands for all of the same blocks; `begin`: its place in `spool`
VALUES: arrow.Columns = {"value": "long", "number": "long", "place": "long"}
SPOTS: arrow.Columns = {"value": "long", "words": "long", "mixed": "long", "place": "long", **arrow.SPOT}
LOOKS: arrow.Columns = {"value": "long", "place": "long", **arrow.SPOT, "bands": "array<long>"}
FEATURES: arrow.Columns = {"value": "long", "keys": "array<long>", "pairs": "binary"}
LED: arrow.Columns = {"value": "long", "leader": "long"}
TABLE: arrow.Columns = {"table": "binary"}


def values(folder: str, batches: Batches) -> Iterator[Any]:
    """Articles (number, spool, begin) → each of their blocks once, with its first place."""
    def rows() -> Iterator[Sequence[Any]]:
        for batch in batches:
            for number, name, begin in zip(*arrow.columns(batch, "number", "spool", "begin")):
                found, places = np.unique(spool.blocks(folder, name, begin)[0], return_index=True)
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
    """(value, place, spool, begin), those of an article together → the same, and the sketches of what stands there."""
    def rows() -> Iterator[Sequence[Any]]:
        for keys, where, found in _standing(folder, batches):
            squeezed = letters(found)
            long = [at for at, some in enumerate(squeezed) if len(some) >= SHORT]
            bands = dict(zip(long, arrow.signed(sketches([squeezed[at] for at in long])).tolist()))
            for at, (value, spot) in enumerate(zip(keys, where)):
                yield value, *spot, bands.get(at)

    return arrow.batches(rows(), LOOKS)


def _standing(folder: str, batches: Batches) -> Iterator[tuple[list[int], list[tuple[int, int, int]], list[Block]]]:
    """Keys of blocks, where they stand, and the blocks."""
    last, blocks = None, []
    for batch in batches:
        keys, *where = arrow.columns(batch, "value", "place", "spool", "begin")
        found, spots = [], list(zip(*where))
        for place, name, begin in spots:
            if last != (name, begin):
                last, blocks = (name, begin), split(spool.text(folder, name, begin))
            found.append(blocks[place])
        yield keys, spots, found


def features(folder: str, batches: Batches) -> Iterator[Any]:
    """(value, place, spool, begin), those of an article together → the keys by which alike ones meet, and their bigrams."""
    def rows() -> Iterator[Sequence[Any]]:
        for keys, _, blocks in _standing(folder, batches):
            found = Features([block.text for block in blocks])
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

    return arrow.batches(leading(rows()), LED)


def table(folder: str, batches: Batches) -> Iterator[Any]:
    """Articles, longest first, with their blocks that are of a class → the table of recurrent blocks.

    In memory: of each article where it stands, about 70 bytes, and 40 for each of its blocks that is of a class; texts
    are read as they are needed.
    """
    import pyarrow
    from pyarrow import compute

    names: dict[int, int] = {}
    known: dict[tuple[str | None, ...], tuple[str | None, ...]] = {}
    sources: list[tuple[str | None, ...]] = []
    parts: list[tuple[np.ndarray, ...]] = []
    found: list[Any] = [pyarrow.array([], pyarrow.struct([(name, pyarrow.int64()) for name in ("value", "head", "place")]))]
    for batch in batches:
        for some in arrow.columns(batch, "sources")[0]:
            own = tuple(sorted((row["source"] for row in some), key=lambda source: source or ""))
            sources.append(known.setdefault(own, own))
        files = np.array([names.setdefault(name, len(names)) for name in arrow.columns(batch, "spool")[0]], np.int32)
        count = compute.fill_null(compute.list_value_length(batch.column("blocks")), 0)
        parts.append((files, batch.column("begin").to_numpy(), batch.column("mixed").to_numpy(), count.to_numpy()))
        found.append(batch.column("blocks").flatten())
    if len(sources) < 2:
        return arrow.batches([(repeats.Repeats().to_bytes(),)], TABLE)
    files, begins, mixed, counts = (np.concatenate(column) for column in zip(*parts))
    value, head, place = (np.concatenate([some.field(name).to_numpy() for some in found]) for name in ("value", "head", "place"))
    file_names = list(names)
    rank = np.repeat(np.arange(len(files)), counts)
    heads, of = np.unique(head, return_inverse=True)
    classed, at = np.unique(value, return_index=True)
    class_of = of[at]

    order = np.lexsort((rank, of))
    leading = order[value[order] == head[order]]
    first = leading[np.searchsorted(of[leading], np.arange(len(heads)))]  # where the head of a class stands first

    def read(rank: int) -> Host:
        where = file_names[files[rank]], int(begins[rank])
        hashes, tokens = spool.blocks(folder, *where)
        signed = arrow.signed(hashes)
        near = np.minimum(np.searchsorted(classed, signed), max(len(classed) - 1, 0))
        own = np.where(classed[near] == signed, class_of[near], -1) if len(classed) else np.full(len(signed), -1)
        return Host(rank, own.tolist(), tokens.tolist(), lambda rank: spool.text(folder, *where))

    classes = repeats.Classes(of, rank, arrow.unsigned(value), arrow.unsigned(heads),
                              np.column_stack([rank[first], place[first]]), read)
    sample = repeats.sample(arrow.unsigned(mixed))
    return arrow.batches([(repeats.judged(classes, sources.__getitem__, sample, len(files)).to_bytes(),)], TABLE)
