"""Articles in files below the work folder, each found again by file and byte: a stage that needs texts reads them there,
and none passes them on. What is shuffled is what is known of articles."""
from __future__ import annotations

import os
import pickle
import struct
import uuid
from functools import lru_cache
from types import TracebackType
from typing import BinaryIO

import numpy as np

from dedup.article import Article
from dedup.corpus import CODEC
from dedup.readers.fields import replaced

_HEAD = struct.Struct("<qqq")  # blocks, bytes of the text, bytes of the rest
_NONE = np.zeros(0, np.uint64), np.zeros(0, np.int32)


class Writer:
    """A file of a task's own in `folder`, begun with what is written first; `name` is its number."""

    def __init__(self, folder: str) -> None:
        self._folder, self.name = folder, uuid.uuid4().int >> 65
        self._out: BinaryIO | None = None
        self._at = 0

    def add(self, article: Article, text_field: str, blocks: tuple[np.ndarray, np.ndarray] = _NONE) -> int:
        """Where the article begins that was written; `blocks`: hashes uint64 and tokens int32 of its blocks."""
        text = article.text.encode(*CODEC)
        record = None if article.record is None else replaced(article.record, text_field, "")  # it need not stand there twice
        rest = pickle.dumps(tuple(article._replace(text="", record=record)))
        hashes, tokens = blocks
        begin = self._at
        self.write(_HEAD.pack(len(hashes), len(text), len(rest)) + hashes.tobytes() + tokens.tobytes() + text + rest)
        return begin

    def write(self, data: bytes) -> None:
        """Bytes at the end of the file."""
        if self._out is None:
            self._out = open(path(self._folder, self.name), "xb")
        self._at += self._out.write(data)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._out is not None:
            self._out.close()


def path(folder: str, name: int) -> str:
    """Where the file of that number is."""
    return os.path.join(folder, f"{name:016x}")


def blocks(folder: str, name: int, begin: int) -> tuple[np.ndarray, np.ndarray]:
    """(hashes uint64, tokens int32) of an article's blocks."""
    file = _opened(folder, name)
    count, _, _ = _head(file, begin)
    return np.frombuffer(file.read(8 * count), np.uint64), np.frombuffer(file.read(4 * count), np.int32)


def text(folder: str, name: int, begin: int) -> str:
    """The text of an article."""
    file = _opened(folder, name)
    count, size, _ = _head(file, begin)
    file.seek(12 * count, os.SEEK_CUR)
    return file.read(size).decode(*CODEC)


def article(folder: str, name: int, begin: int, id: str) -> Article:
    """An article under its final id; its record has no text."""
    file = _opened(folder, name)
    count, size, rest = _head(file, begin)
    file.seek(12 * count, os.SEEK_CUR)
    text = file.read(size).decode(*CODEC)
    return Article(*pickle.loads(file.read(rest)))._replace(id=id, text=text)


def _head(file: BinaryIO, begin: int) -> tuple[int, int, int]:
    file.seek(begin)
    count, size, rest = _HEAD.unpack(file.read(_HEAD.size))
    return count, size, rest


@lru_cache(maxsize=64)
def _opened(folder: str, name: int) -> BinaryIO:
    return open(path(folder, name), "rb")
