"""Sorted shingle hashes of articles in a file: of a million articles they are gigabytes."""
from __future__ import annotations

from pathlib import Path

from dedup.arrays import np
from dedup.errors import DedupError
from dedup.once import once


class Sets:
    """The sets of articles 0..n-1, one behind the other in a file; what is written to it, all processes read."""

    def __init__(self, file: Path, offsets: np.ndarray, sizes: np.ndarray) -> None:
        """`offsets`: int64 [n+1]; `sizes`: int64 [n], not worked out anew for every part of the work."""
        self.file, self.offsets, self.sizes = file, offsets, sizes

    def __reduce__(self) -> tuple[type[Sets], tuple[Path, np.ndarray, np.ndarray]]:
        return Sets, (self.file, self.offsets, self.sizes)

    @classmethod
    def make(cls, file: Path, sizes: np.ndarray) -> Sets:
        """Room for sets of these sizes."""
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        with open(file, "wb") as out:
            out.truncate(8 * int(offsets[-1]))
        return cls(file, offsets, sizes)

    @once
    def hashes(self) -> np.ndarray:
        """All of them, mapped once by each process: pages need not be found again for every part of the work."""
        return np.asarray(np.memmap(self.file, np.uint64, "r")) if self.offsets[-1] else np.zeros(0, np.uint64)

    def put(self, some: slice, hashes: np.ndarray, offsets: np.ndarray) -> None:
        """Those of some articles (CSR). Raises DedupError where they are not of the sizes that there is room for."""
        if not np.array_equal(np.diff(offsets), self.sizes[some]):
            raise DedupError("the index knows of other words than the articles have: build it again (dedup index build)")
        with open(self.file, "r+b") as out:
            out.seek(8 * int(self.offsets[some.start]))
            out.write(hashes.data)
