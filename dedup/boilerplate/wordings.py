"""Which blocks say in other words what a more frequent one says.

Long blocks are looked at closely where a sketch of theirs is shared with another one; then all that share a key of their
words with another are compared with those more frequent.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from dedup import blocks, workers
from dedup.arrays import Array, Pile, components, cuts, stretches
from dedup.boilerplate.likeness import ALIKE, Features, letters_of, similarity
from dedup.boilerplate.sketch import SHORT, sketches
from dedup.lsh import buckets, decoded, within

_LEADERS = 24  # blocks that may share one lookup key
_BATCH = 1000  # blocks that are worked out together
_PART = 5000  # of them that are compared together
_WORTH = 5000  # blocks from which on workers are worth their start
_PAIRS = 1 << 16  # of blocks, that are looked at together
_BITS = 256  # on which the bigrams of a block leave their marks
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)


class _Words(NamedTuple):
    """The lookup keys of some blocks and their bigrams, those of one block after those of the other."""

    blocks: Array
    counts: Array  # of keys
    keys: Array
    sizes: Array  # of bigrams
    pairs: Array
    marks: Array  # that the bigrams of each leave


def led(text_of: Callable[[int], str], spots: Array, frequency: Array, jobs: int) -> tuple[Array, Array]:
    """(block, the one that leads it) of blocks that are much like a more frequent one; of those as frequent the first leads.

    And the blocks whose sketch says that they are like no other: [followers, leaders], lone.

    `spots`: int [n, 2], an article in which each block stands, and its place there; `text_of`: the text of an article.
    """
    if not len(spots):
        return np.zeros((2, 0), np.int64), np.zeros(0, np.int64)
    with workers.team(jobs if len(spots) >= _WORTH else 1, text_of, spots) as team:
        order = np.lexsort(spots.T[::-1])  # those of an article together
        long, bands = Pile(), Pile()
        piles = [Pile() for _ in _Words._fields]
        for some, sketched, words in team(_sketched, _batches(order)):
            for pile, rows in zip([long, bands, *piles], [some, sketched, *words]):
                pile.add(rows)
        every, met = long.rows(), _meeting(bands.rows())
        for words in team(_words, _batches(every[met])):
            for pile, rows in zip(piles, words):
                pile.add(rows)
        parts = _parts(_Words(*[pile.rows() for pile in piles]), frequency)
        follow = np.concatenate([np.zeros((0, 2), np.int64), *team(_led, parts)])
    return follow.T, every[~met]


def _batches(numbers: Array) -> list[Array]:
    return [numbers[start:start + _BATCH] for start in range(0, len(numbers), _BATCH)]


def _sketched(text_of: Callable[[int], str], spots: Array, numbers: Array) -> tuple[Array, Array, _Words]:
    """Those of some blocks that are long enough for a sketch, their sketches, and the words of the others."""
    texts = _texts(text_of, spots[numbers])
    # beyond ASCII a character may be several letters
    some = [at for at, text in enumerate(texts) if len(text) >= SHORT or not text.isascii()]
    longer = [(at, letters) for at, letters in zip(some, letters_of([texts[at] for at in some])) if len(letters) >= SHORT]
    short = np.ones(len(texts), bool)
    short[[at for at, _ in longer]] = False
    rest = np.flatnonzero(short)
    return numbers[~short], sketches([letters for _, letters in longer]), _features([texts[at] for at in rest], numbers[rest])


def _words(text_of: Callable[[int], str], spots: Array, numbers: Array) -> _Words:
    return _features(_texts(text_of, spots[numbers]), numbers)


def _features(texts: list[str], numbers: Array) -> _Words:
    features = Features(texts)
    sizes, pairs = features.every_pair()
    return _Words(numbers, *features.every_key(), sizes, pairs, _marks(sizes, pairs))


def _texts(text_of: Callable[[int], str], spots: Array) -> list[str]:
    """The text of the block at each spot, those of an article next to each other."""
    found, last, texts = [], -1, list[str]()
    for number, place in spots.tolist():
        if number != last:
            last, texts = number, blocks.texts(text_of(number))
        found.append(texts[place])
    return found


def _meeting(sketched: Array) -> Array:
    """Which of some sketches share a band with another one."""
    met = np.zeros(len(sketched), bool)
    low = np.uint64((1 << len(sketched).bit_length()) - 1)
    places = np.arange(len(sketched), dtype=np.uint64)
    for band in sketched.T:
        ordered = np.sort(band & ~low | places)  # much faster than argsort: a few are left that may meet
        near = np.zeros(len(ordered), bool)
        near[1:] = ordered[1:] ^ ordered[:-1] <= low
        near[:-1] |= near[1:]
        some = (ordered[near] & low).astype(np.int64)
        some = some[np.argsort(band[some])]  # in whatever order equal ones come
        same = band[some[1:]] == band[some[:-1]]
        met[some[1:][same]] = met[some[:-1][same]] = True
    return met


def _parts(words: _Words, frequency: Array, size: int = _PART) -> Iterator[_Words]:
    """Blocks that may be much like others, most frequent first: whole components, some `size` blocks together.

    What is decided in one connected component says nothing of another: a block is compared with those that share a key
    with it, but where they are so many that not all are remembered each of them decides about the others.
    """
    of = np.repeat(np.arange(len(words.blocks)), words.counts)
    members, starts, sizes = buckets(words.keys, of)
    crowded = sizes > _LEADERS
    before = stretches(starts[crowded], sizes[crowded] - 1)
    edges = [np.column_stack([members[before], members[before + 1]])]
    ones = _count(words.marks).astype(np.int16)
    for codes in within(members, starts[~crowded], sizes[~crowded], len(words.blocks)):
        for low in range(0, len(codes), _PAIRS):
            pairs = decoded(codes[low:low + _PAIRS], len(words.blocks))
            edges.append(pairs[_near(words, ones, *pairs.T)])
    left, right = np.concatenate(edges).T
    component = components(left, right, len(words.blocks))
    rows = np.flatnonzero(np.bincount(component)[component] > 1)
    rows = rows[np.lexsort((words.blocks[rows], -frequency[words.blocks[rows]], component[rows]))]
    first_key, first_pair = np.cumsum(words.counts) - words.counts, np.cumsum(words.sizes) - words.sizes
    for some in np.split(rows, cuts(component[rows], size)):
        counts, sizes = words.counts[some], words.sizes[some]
        yield _Words(words.blocks[some], counts, words.keys[stretches(first_key[some], counts)],
                     sizes, words.pairs[stretches(first_pair[some], sizes)], words.marks[some])


def _near(words: _Words, ones: Array, left: Array, right: Array) -> Array:
    """Which of some pairs of blocks may be `ALIKE`: what both have left a mark in both, unless it shares that with another.

    `ones`: how many marks each block has left.
    """
    left_ones, right_ones = ones[left], ones[right]
    most = _count(words.marks[left] & words.marks[right])
    most += np.minimum(words.sizes[left] - left_ones, words.sizes[right] - right_ones)
    near: Array = most >= ALIKE * (left_ones + right_ones - most)
    return near


def _marks(sizes: Array, pairs: Array) -> Array:
    """For the bigrams of each block a bit each, uint8 [n, _BITS / 8]."""
    bits = np.zeros((len(sizes), _BITS), bool)
    bits[np.repeat(np.arange(len(sizes)), sizes), (pairs % np.uint64(_BITS)).astype(np.int64)] = True
    return np.packbits(bits, axis=1)


def _count(marks: Array) -> Array:
    """How many bits are set in each row."""
    counts: Array = _ONES[marks].sum(axis=1, dtype=np.int64)
    return counts


def _led(text_of: Callable[[int], str], spots: Array, words: _Words) -> Array:
    """(block, the one that leads it) of blocks that are much like another one of a part."""
    keys, pairs = iter(words.keys.tolist()), iter(words.pairs.tolist())
    rows = ((block, [*islice(keys, count)], frozenset(islice(pairs, size)))
            for block, count, size in zip(words.blocks.tolist(), words.counts.tolist(), words.sizes.tolist()))
    return np.array(list(leaders(rows)), np.int64).reshape(-1, 2)


def leaders(rows: Iterable[tuple[int, Iterable[int], frozenset[int]]]) -> Iterator[tuple[int, int]]:
    """(block, the one that leads it) of blocks that are much like a more frequent one.

    `rows`: (block, its keys, its bigrams), most frequent first.
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
