"""Which articles have a key: sorted chunks in two tables of the index.

A chunk holds some 256 keys in order with the articles of each. Looking up a key reads one chunk; making all of them is
one sort in memory. New articles are not put in: they are compared one by one until there are many (`LATE`), then all
is made anew.
"""
from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dedup import sealing
from dedup.arrays import np
from dedup.engines import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Numbers = NDArray[np.int64]

LATE = 1000  # articles without postings from which these are made anew
_CHUNK = 256
_SHIFT = 1 << 63  # SQLite's integers are signed
_BAND = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def band_keys(signatures: NDArray[np.uint32], bands: int, rows: int) -> Hashes:
    """The key of each band of each article, uint64 [n, bands]; keys of different bands differ."""
    from dedup.engines.numpy_ import band_hashes

    keys = band_hashes(signatures[:, :bands * rows].reshape(-1, rows)).reshape(-1, bands)
    keys ^= np.arange(1, bands + 1, dtype=np.uint64) * np.uint64(_BAND)
    return keys


def plain_band_keys(signature: Sequence[int], bands: int, rows: int) -> list[int]:
    """The same of one article, without NumPy."""
    return [plain.band_hash(signature[band * rows:(band + 1) * rows]) ^ (band + 1) * _BAND & _MASK for band in range(bands)]


def write(db: sqlite3.Connection, table: str, keys: Hashes, articles: Numbers) -> None:
    """Replace a table by the postings (key, article) given, in any order."""
    order = np.lexsort((articles, keys))
    keys, articles = keys[order], articles[order].astype(np.uint32)
    db.execute(f"DELETE FROM {table}")
    if not len(keys):
        return
    cuts = np.unique(np.searchsorted(keys, keys[::_CHUNK]))  # all articles of a key stand in one chunk
    for low, high in zip(cuts.tolist(), [*cuts.tolist()[1:], len(keys)]):
        data, first = keys[low:high].tobytes() + articles[low:high].tobytes(), int(keys[low])
        db.execute(f"INSERT INTO {table} VALUES (?, ?)", (first - _SHIFT, sealing.seal(data, first)))


def read(db: sqlite3.Connection, table: str, wanted: Iterable[int]) -> dict[int, list[int]]:
    """The articles of each of the wanted keys that have any."""
    found: dict[int, list[int]] = {}
    keys, articles = memoryview(b"").cast("Q"), memoryview(b"").cast("I")
    last = -1
    ask = f"SELECT first, data FROM {table} WHERE first <= ? ORDER BY first DESC LIMIT 1"
    for key in sorted(wanted):
        row = db.execute(ask, (key - _SHIFT,)).fetchone()
        if row is None:
            continue
        if row[0] != last:
            last = row[0]
            data = memoryview(sealing.unseal(row[1], last + _SHIFT))
            count = len(data) // 12
            keys, articles = data[:8 * count].cast("Q"), data[8 * count:].cast("I")
        low = bisect_left(keys, key)
        if low < len(keys) and keys[low] == key:
            found[key] = articles[low:bisect_right(keys, key, low)].tolist()
    return found
