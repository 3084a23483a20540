"""Articles on disk: their texts in spool files, what is known of them in arrays.

Texts are written once, as they are read, and read again where a stage needs them; so memory does not grow with the
text, compressed and parsed formats are read once, and an input that changes meanwhile changes nothing.
"""
from __future__ import annotations

import hashlib
import mmap
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from dedup.arrays import mapped, np, stretches
from dedup.article import Article, Entry, Passed, Unreadable
from dedup.boilerplate.keys import counted

BUFFER = 1 << 18  # bytes: with those that files have by default a third of the time goes to the system
CODEC = ("utf-8", "surrogatepass")  # JSON may hold lone surrogates; they must survive
TITLE = 300  # characters of a title that are kept
TOGETHER = 1 << 16  # bytes of text of which the blocks are counted at once


def digest(text: str) -> bytes:
    """16 bytes that stand for a text."""
    return _digest(text.encode(*CODEC))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def identity(text: str, *known: str | None) -> bytes:
    """16 bytes that stand for a text without words and what else is `known` of it: title, URL, source and date."""
    return digest(text + repr(known)) if any(known) else digest(text)


class Chunk(NamedTuple):
    """What one reading task yields: articles in input order, texts in the file `part`, block statistics in arrays."""

    part: Path
    ends: np.ndarray  # int64 [n], byte ends of the texts in the part
    lengths: np.ndarray  # int64 [n], code points of the texts
    entries: list[Entry]  # with the record's own id or ""
    langs: list[str | None]
    block_hashes: np.ndarray  # uint64 [blocks]
    block_tokens: np.ndarray  # int32 [blocks]
    block_ends: np.ndarray  # int64 [n]
    errors: list[Unreadable]
    notes: Sequence[tuple[str, str]] = ()  # what the user should know of how articles were read, and which


def spool(articles: Iterable[Article | Unreadable | Passed], part: Path, *, count_blocks: bool = True) -> Chunk:
    """Write the texts of `articles` to the file `part` and keep what is known of them."""
    entries: list[Entry] = []
    langs: list[str | None] = []
    errors: list[Unreadable] = []
    ends, lengths = array("q"), array("q")
    notes: list[tuple[str, str]] = []
    texts: list[str] = []  # of which the blocks are yet to be counted
    found = [counted([])]
    at = done = 0
    with open(part, "wb", BUFFER) as out:
        for article in articles:
            if isinstance(article, Unreadable):
                errors.append(article)
                continue
            if isinstance(article, Passed):
                notes.append((article.why, article.path))
                continue
            data = article.text.encode(*CODEC)
            at += len(data)
            out.write(data)
            ends.append(at)
            lengths.append(len(article.text))
            source = sys.intern(article.source) if article.source else article.source  # one text, however many have it
            title = article.title[:TITLE] if article.title else None
            entries.append(Entry(article.id, article.path, article.line, source, article.date, article.url, title))
            langs.append(article.lang)
            if article.notes:
                where = article.path if article.line is None else f"{article.path}#{article.line}"
                notes += [(note, where) for note in article.notes]
            if count_blocks:
                texts.append(article.text)
                if at - done >= TOGETHER:
                    found.append(counted(texts))
                    texts, done = [], at
    keys, tokens, counts = map(np.concatenate, zip(*found, counted(texts)))
    block_ends = np.cumsum(counts) if count_blocks else np.zeros(len(entries), np.int64)
    return Chunk(part, np.array(ends, np.int64), np.array(lengths, np.int64), entries, langs, keys, tokens, block_ends, errors,
                 notes)


class Blocks(NamedTuple):
    """What was counted of the blocks of articles, one article behind the other: none where blocks are not counted."""

    keys: np.ndarray  # uint64 [blocks]
    tokens: np.ndarray  # int32 [blocks]
    lone: np.ndarray  # bool [blocks], whether it is known that a block is like none of another kind
    offsets: np.ndarray  # int64 [n+1], of articles

    def of(self, numbers: np.ndarray) -> Blocks:
        """Those of some articles."""
        starts = self.offsets[numbers]
        sizes = self.offsets[numbers + 1] - starts  # not of all: there are many batches
        index = stretches(starts, sizes)
        return Blocks(self.keys[index], self.tokens[index], self.lone[index], np.concatenate([[0], np.cumsum(sizes)]))


class Batch(NamedTuple):
    """Some articles, with what is known of them."""

    numbers: np.ndarray  # int64 [k]
    texts: list[str]  # as read
    sources: tuple[str | None, ...]
    langs: tuple[str | None, ...]
    blocks: Blocks

    def part(self, start: int, end: int) -> Batch:
        """Some of them that stand side by side."""
        some = slice(start, end)
        return Batch(self.numbers[some], self.texts[some], self.sources[some], self.langs[some],
                     self.blocks._replace(offsets=self.blocks.offsets[start:end + 1]))


class Corpus:
    """All articles of a run, numbered 0..n-1 in id order, those of a reference corpus behind all others.

    `order[k]` is the number of the k-th article read.
    """

    def __init__(self, chunks: Sequence[Chunk], ids: Sequence[str], *, references: int = 0, keep_alive: object = None) -> None:
        """`ids`: the final id of each article, in input order, the last `references` of them those of references.

        `keep_alive`: what must live as long (the spool folder).
        """
        self._keep_alive = keep_alive
        n = len(ids)
        self.own = n - references
        by_id = sorted(range(self.own), key=ids.__getitem__) + sorted(range(self.own, n), key=ids.__getitem__)
        self.order = np.empty(n, np.int64)
        self.order[by_id] = np.arange(n)
        self._input = np.array(by_id, np.int64)  # number → place in input order
        entries = [entry for chunk in chunks for entry in chunk.entries]
        self.entries = [_with_id(entries[place], ids[place]) for place in by_id]
        self.langs = _permuted([lang for chunk in chunks for lang in chunk.langs], by_id)
        self.errors = [error for chunk in chunks for error in chunk.errors]
        self.notes = [note for chunk in chunks for note in chunk.notes]
        self._parts = [chunk.part for chunk in chunks]
        self._part_of = np.repeat(np.arange(len(chunks)), [len(chunk.ends) for chunk in chunks])
        self._ends = np.concatenate([chunk.ends for chunk in chunks]) if chunks else np.zeros(0, np.int64)
        starts = [np.concatenate([[0], chunk.ends[:-1]]) if len(chunk.ends) else chunk.ends for chunk in chunks]
        self._starts = np.concatenate(starts).astype(np.int64) if starts else np.zeros(0, np.int64)
        self._lengths = np.concatenate([chunk.lengths for chunk in chunks] or [self._ends])
        self._maps: dict[int, mmap.mmap | bytes] = {}
        counts = np.concatenate([np.diff(chunk.block_ends, prepend=0) for chunk in chunks] or [np.zeros(0, np.int64)])
        blocks = Blocks(np.concatenate([chunk.block_hashes for chunk in chunks] or [np.zeros(0, np.uint64)]),
                        np.concatenate([chunk.block_tokens for chunk in chunks] or [np.zeros(0, np.int32)]),
                        np.zeros(counts.sum(), bool), np.concatenate([[0], np.cumsum(counts)])).of(self._input)
        self.blocks = blocks._replace(keys=mapped(blocks.keys), tokens=mapped(blocks.tokens))

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_maps": {}, "_keep_alive": None}

    def __len__(self) -> int:
        return len(self.entries)

    def key(self) -> str:
        """A digest of all texts and their sources, in whatever order they come."""
        found = hashlib.blake2b(digest_size=16)
        for one in sorted(value + repr(entry.source).encode(*CODEC) for entry, value in zip(self.entries, self.digests)):
            found.update(one)
        return found.hexdigest()

    @cached_property
    def digests(self) -> list[bytes]:
        """A digest of each text: for an index, and where articles without any word are compared."""
        return [_digest(self._data(number)) for number in range(len(self))]

    def identity(self, number: int) -> bytes:
        """What an article without words is known by."""
        return _identity(self.text(number), self.entries[number])

    def text(self, number: int) -> str:
        """The text of an article, as read."""
        return self._data(number).decode(*CODEC)

    def same(self, one: int, other: int) -> bool:
        """Whether two articles have the same text: most differ in length, so that nothing is read."""
        left, right = self._input[one], self._input[other]
        return bool(self._ends[left] - self._starts[left] == self._ends[right] - self._starts[right]) and (
            self._data(one) == self._data(other))

    def _data(self, number: int) -> bytes:
        place = self._input[number]
        return self._part(int(self._part_of[place]))[self._starts[place]:self._ends[place]]

    def _part(self, part: int) -> mmap.mmap | bytes:
        data = self._maps.get(part)
        if data is None:
            data = self._maps[part] = _map(self._parts[part])
        return data

    def lengths(self, numbers: np.ndarray) -> np.ndarray:
        """How many code points the texts of these articles have."""
        return self._lengths[self._input[numbers]]

    def data(self, numbers: np.ndarray) -> list[bytes]:
        """The texts of these articles, in UTF-8."""
        place = self._input[numbers]
        where = zip(self._part_of[place].tolist(), self._starts[place].tolist(), self._ends[place].tolist())
        return [self._part(part)[start:end] for part, start, end in where]

    def batch(self, numbers: np.ndarray) -> Batch:
        """These articles."""
        return Batch(numbers, [data.decode(*CODEC) for data in self.data(numbers)],
                     tuple(self.entries[number].source for number in numbers.tolist()),
                     tuple(self.langs[number] for number in numbers.tolist()), self.blocks.of(numbers))

    def bytes_of(self, numbers: np.ndarray) -> int:
        """How long the texts of these articles are together."""
        place = self._input[numbers]
        return int((self._ends[place] - self._starts[place]).sum())

    def batches(self, size: int) -> Iterator[np.ndarray]:
        """The numbers in batches of about `size` bytes of text, in the order of the spool."""
        n = len(self)
        if not n:
            return
        weight = np.cumsum(self._ends - self._starts + 200)  # 200: an article costs something even when empty
        cuts = np.searchsorted(weight, np.arange(size, int(weight[-1]) + size, size))
        for low, high in zip([0, *cuts[:-1] + 1], [*cuts[:-1] + 1, n]):
            if high > low:
                yield self.order[low:high]


class FewArticles:
    """A few articles in memory, numbered in the order given: what a `Corpus` says of articles, but for how they travel."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self.own = len(articles)
        self.entries = [Entry(one.id, one.path, one.line, one.source, one.date, one.url, one.title) for one in articles]
        self._texts = [one.text for one in articles]

    def __len__(self) -> int:
        return self.own

    def identity(self, number: int) -> bytes:
        """What an article without words is known by."""
        return _identity(self._texts[number], self.entries[number])

    def text(self, number: int) -> str:
        """The text of an article."""
        return self._texts[number]

    def same(self, one: int, other: int) -> bool:
        """Whether two articles have the same text."""
        return self._texts[one] == self._texts[other]


def _identity(text: str, entry: Entry) -> bytes:
    return identity(text, entry.title, entry.url, entry.source, entry.date)


def _permuted(values: list, by_id: Sequence[int]) -> list:
    return [values[place] for place in by_id]


def _with_id(entry: Entry, id: str) -> Entry:
    return entry if entry.id == id else entry._replace(id=id)


def _map(path: Path) -> mmap.mmap | bytes:
    with open(path, "rb") as file:
        if not path.stat().st_size:
            return b""  # an empty file cannot be mapped
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
