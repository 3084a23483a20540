"""Parquet, in and out, streaming by batches; what is not the text goes through untouched, with types and metadata."""
from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from dedup.article import Article, Unreadable
from dedup.errors import InputError, MissingExtra
from dedup.readers import fields
from dedup.readers.options import ReadOptions, too_long

if TYPE_CHECKING:
    from dedup.sources import Source

_ROWS = 256  # in a batch, which is what stands in memory


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable]:
    """Every row as an article."""
    number = 0
    for batch in _batches(source):
        for row in _rows(batch):
            number += 1
            try:
                article = fields.article(row, source.path, number, options)
                if len(article.text) > options.limits.article:
                    raise too_long("the record", options.limits.article)
                yield article
            except InputError as error:
                own = fields.own_id(fields.get(row, options.id_field))
                yield Unreadable(source.path, str(error), number, own or None)


def rewrite(source: Source, kept: Iterable[tuple[Article, str]], stream: BinaryIO, text_field: str) -> None:
    """The kept rows with their cleaned texts, in the schema of the source."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = iter(kept)
    row = next(rows, None)
    with source.open() as stored, pq.ParquetFile(stored) as file:
        schema = file.schema_arrow
        compression = file.metadata.row_group(0).column(0).compression if file.metadata.num_row_groups else "SNAPPY"
        at = schema.get_field_index(text_field)
        name = text_field if at >= 0 else text_field.partition(".")[0]
        if schema.get_field_index(name) < 0:  # the text was taken from HTML in another column
            schema = schema.append(pa.field(name, pa.string()))
        at, own = schema.get_field_index(name), file.schema_arrow.get_field_index(name) >= 0
        if pa.types.is_dictionary(schema.field(at).type):
            schema = schema.set(at, schema.field(at).with_type(schema.field(at).type.value_type))
        with pq.ParquetWriter(stream, schema, compression=compression) as writer:
            first = 1
            for batch in file.iter_batches(_ROWS):
                numbers, values = [], []
                while row is not None and (row[0].line or 0) < first + len(batch):
                    article, cleaned = row
                    numbers.append((article.line or 0) - first)
                    values.append(fields.replaced(article.record or {}, text_field, cleaned)[name])
                    row = next(rows, None)
                table = pa.Table.from_batches([batch]).take(pa.array(numbers, pa.int64()))
                column = pa.array(values, schema.field(at).type)
                table = table.set_column(at, schema.field(at), column) if own else table.append_column(schema.field(at), column)
                writer.write_table(table)
                first += len(batch)


def write(rows: Iterable[Mapping[str, Any]], stream: BinaryIO) -> None:
    """Records of any shape as one file: columns that hold objects, or values of several types, hold them as JSON.

    The decision `dedup` is a struct.
    """
    pa = _arrow()
    import pyarrow.parquet as pq

    with tempfile.TemporaryFile() as spool:  # the columns and their types are known at the end only
        types: dict[str, Any] = {}
        count = 0
        for chunk in _chunks(rows):
            pickle.dump(chunk, spool)
            count += 1
            for name in dict.fromkeys(name for row in chunk for name in row):
                types[name] = None if name == "dedup" else _unified(types.get(name), [row.get(name) for row in chunk])
        if "dedup" in types:
            types["dedup"] = _decision()
        schema = pa.schema([(name, pa.string() if kind == "json" else kind) for name, kind in types.items()])
        spool.seek(0)
        with pq.ParquetWriter(stream, schema) as writer:
            for _ in range(count):
                chunk = pickle.load(spool)
                columns = []
                for name, kind in types.items():
                    values = [_json(row.get(name)) if kind == "json" else row.get(name) for row in chunk]
                    columns.append(pa.array(values, schema.field(name).type))
                writer.write_batch(pa.record_batch(columns, schema=schema))


def _decision() -> Any:
    """The type of a decision (see `records.Decisions`); a part that one has not is null."""
    import pyarrow as pa

    text, whole, share = pa.string(), pa.int64(), pa.float64()
    removed = pa.struct([("start", whole), ("end", whole), ("class", text), ("rule", text), ("evidence", pa.list_(text)),
                         ("text", text)])
    related = pa.struct([("id", text), ("relation", text), ("shared", share), ("own", share)])
    return pa.struct([("cluster", whole), ("canonical", text), ("canonical_in", text), ("kept", pa.bool_()),
                      ("relation", text), ("match", text), ("similarity", share), ("containment", share), ("reason", text),
                      ("removed", pa.list_(removed)), ("related", pa.list_(related)), ("id", text), ("path", text),
                      ("line", whole), ("error", text)])


def _arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtra("Parquet", "parquet") from None
    return pyarrow


def _batches(source: Source) -> Iterator[Any]:
    pa = _arrow()
    import pyarrow.parquet as pq

    if source.compression:
        raise InputError("Parquet is compressed inside; decompress the file")
    try:
        with source.open() as stream, pq.ParquetFile(stream) as file:
            yield from file.iter_batches(_ROWS)
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(f"damaged or not Parquet: {str(error).partition(chr(10))[0][:200]}") from None


def _rows(batch: Any) -> list[dict[str, Any]]:
    """The rows of a batch; times finer than Python's are cut to microseconds in this view of them."""
    import pyarrow as pa

    columns, names = [], batch.schema.names
    for column in batch.columns:
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        try:
            columns.append(column.to_pylist())
        except (ValueError, OverflowError, NotImplementedError):
            columns.append([_value(value) for value in column])
    return [dict(zip(names, row)) for row in zip(*columns)]


def _value(scalar: Any) -> Any:
    """A value that Python may not hold: broken UTF-8 as bytes, a time out of range as its name."""
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return bytes(scalar.as_buffer()) if hasattr(scalar, "as_buffer") else None
    except (ValueError, OverflowError, NotImplementedError):
        return str(scalar)


def _unified(kind: Any, values: list[Any]) -> Any:
    """The type of a column whose type so far is `kind` (None: nothing yet; "json": no type of its own)."""
    import pyarrow as pa

    if kind == "json" or any(isinstance(value, Mapping) for value in values):
        return "json"
    try:
        found = pa.array(values).type
        if _holds_objects(found):
            return "json"
        if kind is None or kind == found:
            return found
        return pa.unify_schemas(
            [pa.schema([("x", kind)]), pa.schema([("x", found)])], promote_options="permissive").field("x").type
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        return "json"


def _holds_objects(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_struct(kind) or pa.types.is_list(kind) and _holds_objects(kind.value_type)


def _json(value: Any) -> str | None:
    from dedup.records import line

    return None if value is None else value if isinstance(value, str) else line(value).decode("utf-8").rstrip("\n")


def _chunks(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(dict(row))
        if len(chunk) == 1000:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
