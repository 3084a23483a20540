"""Features of many articles: kept as they are made, in files that all workers write to or in memory, then put together."""
from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dedup.arrays import np
from dedup.features import Features
from dedup.spans import SpanTable, gather


class Stored(NamedTuple):
    """So many uint64 values in a file, from a byte on."""

    file: Path
    start: int
    size: int

    @classmethod
    def at_end(cls, file: Path, values: np.ndarray) -> Stored:
        """The values, behind what the file holds."""
        with open(file, "ab") as out:
            start = out.tell()
            out.write(values.tobytes())
        return cls(file, start, len(values))

    def values(self) -> np.ndarray:
        """They again."""
        return np.fromfile(self.file, np.uint64, self.size, offset=self.start)


class Part(NamedTuple):
    """The features of some articles, without their signatures, and their samples, by far the most of what is left."""

    found: Features
    samples: np.ndarray | Stored


class Files(NamedTuple):
    """A folder that keeps the signatures and samples of so many articles; all processes write to it."""

    folder: Path
    articles: int
    num_perm: int

    @classmethod
    def make(cls, folder: Path, articles: int, num_perm: int) -> Files:
        """With room for the signatures."""
        with open(folder / "signatures", "wb") as out:
            out.truncate(4 * articles * num_perm)
        return cls(folder, articles, num_perm)

    def signatures(self) -> np.ndarray:
        """Those of all articles, mapped: from there the system may take them out of memory."""
        return np.memmap(self.folder / "signatures", np.uint32, "r+", shape=(self.articles, self.num_perm))

    def put(self, found: Features, numbers: Sequence[int] | np.ndarray) -> Part:
        """Keep the features of the articles of these numbers."""
        self.signatures()[numbers] = found.signatures
        samples = Stored.at_end(self.folder / f"samples-{os.getpid()}", found.samples)
        return Part(_light(found), samples)

    def samples(self, size: int) -> np.ndarray:
        """Room for the samples of all."""
        return np.memmap(self.folder / "samples", np.uint64, "w+", shape=(size,)) if size else np.zeros(0, np.uint64)


class Memory:
    """The same in memory, in the process that gathers them."""

    def __init__(self, articles: int, num_perm: int) -> None:
        self._signatures = np.empty((articles, num_perm), np.uint32)

    def signatures(self) -> np.ndarray:
        """Those of all articles."""
        return self._signatures

    def put(self, found: Features, numbers: Sequence[int] | np.ndarray) -> Part:
        """Keep the features of the articles of these numbers."""
        self._signatures[numbers] = found.signatures
        return Part(_light(found), found.samples)

    def samples(self, size: int) -> np.ndarray:
        """Room for the samples of all."""
        return np.empty(size, np.uint64)


def _light(found: Features) -> Features:
    return found._replace(signatures=found.signatures[:0].copy(), samples=found.samples[:0].copy())


def join(parts: list[Part], order: np.ndarray, kept: Files | Memory) -> Features:
    """Batches one behind the other, then rows in `order` (row i of the answer is row order[i]).

    Those lose their samples on the way: of all that is held they are the most.
    """
    found = [part.found for part in parts]

    def rows(values: list[np.ndarray]) -> np.ndarray:
        return np.concatenate(values)[order]

    def samples() -> Iterator[np.ndarray]:
        parts.reverse()
        while parts:
            some = parts.pop().samples
            yield some.values() if isinstance(some, Stored) else some

    counts = [np.diff(one.sample_offsets) for one in found]
    gathered, sample_offsets = gather(samples(), counts, order, kept.samples)
    return Features(
        kept.signatures(), rows([one.sizes for one in found]), rows([one.digests for one in found]), gathered, sample_offsets,
        rows([one.lengths for one in found]), SpanTable.join([one.masks for one in found], order),
        SpanTable.join([one.removed for one in found], order))
