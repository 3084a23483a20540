"""Articles in files below the work folder, each found again by file and byte: what is looked at closely is read there,
and no stage passes the texts of a whole corpus on for the sake of a few."""
from __future__ import annotations

import os
import struct
import uuid
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np

from dedup.corpus import CODEC

_HEAD = struct.Struct("<qq")  # blocks, bytes of the text


class Writer:
    """A file of a task's own in `folder`, begun with its first article."""

    def __init__(self, folder: str) -> None:
        self._folder, self.name = folder, f"{uuid.uuid4().hex}.blocks"
        self._out: BinaryIO | None = None
        self._at = 0

    def add(self, text: str, hashes: np.ndarray, tokens: np.ndarray) -> int:
        """Where the article begins that was written."""
        if self._out is None:
            os.makedirs(self._folder, exist_ok=True)
            self._out = open(os.path.join(self._folder, self.name), "xb")
        data = text.encode(*CODEC)
        begin = self._at
        for part in (_HEAD.pack(len(hashes), len(data)), hashes.tobytes(), tokens.tobytes(), data):
            self._at += self._out.write(part)
        return begin

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._out is not None:
            self._out.close()


def blocks(folder: str, name: str, begin: int) -> tuple[np.ndarray, np.ndarray]:
    """(hashes uint64, tokens int32) of an article's blocks."""
    file = _opened(folder, name)
    count, _ = _head(file, begin)
    return np.frombuffer(file.read(8 * count), np.uint64), np.frombuffer(file.read(4 * count), np.int32)


def text(folder: str, name: str, begin: int) -> str:
    """The text of an article."""
    file = _opened(folder, name)
    count, size = _head(file, begin)
    file.seek(12 * count, os.SEEK_CUR)
    return file.read(size).decode(*CODEC)


def _head(file: BinaryIO, begin: int) -> tuple[int, int]:
    file.seek(begin)
    count, size = _HEAD.unpack(file.read(_HEAD.size))
    return count, size


@lru_cache(maxsize=64)
def _opened(folder: str, name: str) -> BinaryIO:
    return open(Path(folder, name), "rb")
