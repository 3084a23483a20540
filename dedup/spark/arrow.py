"""Rows of Python values to Arrow batches and back; the columns of every table."""
from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from dedup.article import Span

BATCH_ROWS, BATCH_BYTES = 1000, 8 << 20
_SIGN = np.uint64(1 << 63)

Columns = Mapping[str, str]  # name → Spark type
ORIGIN: Columns = {"task": "long", "place": "long"}  # where an article stands in the input: by these in input order
SPOT: Columns = {"spool": "long", "begin": "long"}  # where it stands in the spool
READ: Columns = {**ORIGIN, **SPOT, "own": "string", "path": "string", "line": "long", "source": "string", "words": "long",
                 "mixed": "long", "error": "string"}
FEATURES: Columns = {"number": "long", "id": "string", **ORIGIN, **SPOT, "digest": "binary", "key": "long", "size": "long",
                     "signature": "binary", "samples": "binary", "masks": "binary", "removed": "binary", "characters": "long"}
BANDS: Columns = {"band": "long", "hash": "long", "number": "long", "key": "long", "weight": "long"}
EDGES: Columns = {"left": "long", "right": "long"}
DECISIONS: Columns = {"number": "long", "canonical": "long", "canonical_id": "string", "relation": "string",
                      "match": "string", "similarity": "double", "containment": "double", "reason": "string",
                      "removed": "binary", "characters": "long"}
RECORDS: Columns = {"id": "string", "path": "string", "line": "long", "source": "string", "date": "string", "url": "string",
                    "title": "string", "lang": "string", "text": "string", "fields": "string", "dedup": "string"}
LINES: Columns = {**ORIGIN, "spool": "long"}  # of the first record in a file, and the file
DECISION = ("struct<cluster: bigint, canonical: string, kept: boolean, relation: string, match: string, "
            "similarity: double, containment: double, reason: string, removed: array<struct<start: bigint, "
            "`end`: bigint, class: string, rule: string, evidence: array<string>, text: string>>, error: string>")


def ddl(columns: Columns) -> str:
    """The columns as Spark reads a schema."""
    return ", ".join(f"`{name}` {kind}" for name, kind in columns.items())


def batches(rows: Iterable[Sequence[Any]], columns: Columns) -> Iterator[Any]:
    """Rows, with values in the order of the columns, as Arrow batches of a bounded size."""
    import pyarrow

    kinds = {"string": pyarrow.string(), "long": pyarrow.int64(), "double": pyarrow.float64(),
             "binary": pyarrow.binary(), "boolean": pyarrow.bool_(), "array<long>": pyarrow.list_(pyarrow.int64())}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])

    def batch(rows: list[Sequence[Any]]) -> Any:
        return pyarrow.RecordBatch.from_arrays(
            [pyarrow.array(values, field.type) for values, field in zip(zip(*rows), schema)], schema=schema)

    waiting: list[Sequence[Any]] = []
    size = 0
    for row in rows:
        waiting.append(row)
        size += sum(len(value) for value in row if isinstance(value, (str, bytes)))
        if len(waiting) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch(waiting)
            waiting, size = [], 0
    if waiting:
        yield batch(waiting)


def columns(batch: Any, *names: str) -> list[list[Any]]:
    """Columns of a batch as Python values."""
    return [batch.column(name).to_pylist() for name in names]


def pack(values: np.ndarray) -> bytes:
    """An array as bytes."""
    return values.tobytes()


def flat(values: Sequence[bytes], kind: Any) -> tuple[np.ndarray, np.ndarray]:
    """Packed arrays end to end, and their offsets int64 [n+1]."""
    width = np.dtype(kind).itemsize
    offsets = np.cumsum([0, *(len(value) // width for value in values)], dtype=np.int64)
    return np.frombuffer(b"".join(values), kind), offsets


def signed(values: np.ndarray) -> np.ndarray:
    """uint64 as int64 in the same order: Spark has no unsigned numbers."""
    return (np.asarray(values, np.uint64) ^ _SIGN).view(np.int64)


def unsigned(values: np.ndarray) -> np.ndarray:
    """Back from `signed`."""
    return np.asarray(values, np.int64).view(np.uint64) ^ _SIGN


def pack_row(spans: Sequence[Span]) -> bytes:
    """The spans of one article as bytes."""
    return pickle.dumps(tuple(spans)) if spans else b""


def unpack_row(data: bytes | None) -> Any:
    """The spans back."""
    return pickle.loads(data) if data else ()
