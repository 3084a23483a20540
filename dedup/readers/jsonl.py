"""JSON Lines: one record a line, streaming, the same whether orjson is installed or not.

What the two libraries do differently is settled here: NaN and Infinity read as null (as jq does), of a key that stands
twice the last value counts, whole numbers of any size keep every digit, half characters (lone surrogates) and objects
nested too deep are errors.
"""
from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from dedup.article import Article, Unreadable
from dedup.errors import InputError
from dedup.readers import compression, fields
from dedup.readers.options import ReadOptions, too_long

if TYPE_CHECKING:
    from dedup.sources import Source

_BOM = b"\xef\xbb\xbf"
_CHUNK = 1 << 20


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable]:
    """Every record of a file, or the error that stands for it; blank lines are passed over."""
    with compression.opened(source, options.limits) as stream:
        yield from _articles(stream, None, 1, source.path, options)


def split(source: Source, target_bytes: int) -> list[tuple[int, int, int]]:
    """(start, end, number of the first line) of byte ranges of whole lines, each about `target_bytes` long.

    They can be read by `read_range` in any order, elsewhere; only for files that are not compressed.
    """
    ranges: list[tuple[int, int, int]] = []
    with source.open() as stream:
        start, line = 0, 1
        while True:
            lines, end = 0, start
            while end - start < target_bytes and (chunk := stream.read(min(_CHUNK, target_bytes - (end - start)))):
                lines += chunk.count(b"\n")
                end += len(chunk)
            while rest := stream.readline(_CHUNK):
                end += len(rest)
                if rest.endswith(b"\n"):
                    lines += 1
                    break
            if end == start:
                return ranges
            ranges.append((start, end, line))
            start, line = end, line + lines


def read_range(
    source: Source, start: int, end: int, first_line: int, options: ReadOptions
) -> Iterator[Article | Unreadable]:
    """The records of one range of `split`; errors of the whole file are raised (OSError)."""
    with source.open() as stream:
        stream.seek(start)
        yield from _articles(stream, end - start, first_line, source.path, options)


def _articles(
    stream: BinaryIO, left: int | None, number: int, path: str, options: ReadOptions
) -> Iterator[Article | Unreadable]:
    loads = parser(options.limits.depth)
    most = options.limits.article
    while left is None or left > 0:
        record = None
        try:
            line = stream.readline(most + 1)
            if not line:
                return
            size = len(line)
            if size > most and not line.endswith(b"\n"):
                size += _skip_line(stream)
                line = b""
            if left is not None:
                left -= size
            if not line:
                raise too_long("the record", most)
            if number == 1 and line.startswith(_BOM):
                line = line[len(_BOM):]
            if line and not line.isspace():
                record = loads(line)
                yield fields.article(record, path, number, options)
        except compression.StreamError as error:
            yield Unreadable(path, f"{error}; nothing is read from line {number} on", number)
            return
        except InputError as error:
            own = fields.own_id(fields.get(record, options.id_field)) if record else ""
            hint = " (a JSON array? name the file .json)" if number == 1 and line.lstrip()[:1] == b"[" else ""
            yield Unreadable(path, f"{error}{hint}", number, own or None)
        number += 1


def _skip_line(stream: BinaryIO) -> int:
    """Passes over the rest of a line and returns its length in bytes."""
    size = 0
    while rest := stream.readline(_CHUNK):
        size += len(rest)
        if rest.endswith(b"\n"):
            break
    return size


def parser(depth: int = 100) -> Callable[[bytes], dict[str, Any]]:
    """bytes of one record → dict, by orjson where it is installed; raises InputError."""
    try:
        import orjson
    except ImportError:
        return lambda line: _careful(line, depth)

    def loads(line: bytes) -> dict[str, Any]:
        try:
            record = orjson.loads(line)
        except ValueError:
            return _careful(line, depth)
        if type(record) is not dict:
            raise InputError(f"a JSON {_name(record)}, not an object")
        for value in record.values():
            if type(value) is not str and type(value) is not int and value is not None and type(value) is not bool:
                if _is_doubtful(value, depth):
                    return _careful(line, depth)
        return record

    return loads


def _is_doubtful(value: Any, depth: int) -> bool:
    """Whether a value may be read otherwise by the standard library: whole numbers beyond 64 bits, deep nesting."""
    level = [value]
    while level:
        if depth <= 1:
            return True
        below: list[Any] = []
        for item in level:
            if type(item) is dict:
                below += item.values()
            elif type(item) is list:
                below += item
            elif type(item) is float and not -1e15 < item < 1e15:
                return True
        level, depth = below, depth - 1
    return False


def _careful(line: bytes, depth: int) -> dict[str, Any]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        if line[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in line:
            raise InputError("not UTF-8 but UTF-16 or binary data (JSON Lines is UTF-8: convert it)") from None
        raise InputError(f"invalid UTF-8 at byte {error.start} of the line (JSON Lines is UTF-8: convert it)") from None
    try:
        record = json.loads(text, parse_constant=lambda name: None)
    except RecursionError:
        raise too_deep(depth) from None
    except json.JSONDecodeError as error:
        raise InputError(f"broken JSON: {error.msg} at column {error.colno}") from None
    except ValueError:
        raise InputError("broken JSON: a number of more than 4,300 digits") from None
    if type(record) is not dict:
        raise InputError(f"a JSON {_name(record)}, not an object")
    check(record, depth)
    return record


def check(record: Any, depth: int) -> None:
    """Raises InputError for half characters, numbers beyond floating point and what is nested too deep."""
    level: list[Any] = [record]
    levels = 0
    while level:
        if levels > depth:
            raise too_deep(depth)
        below: list[Any] = []
        for item in level:
            if type(item) is dict:
                below += item.keys()
                below += item.values()
            elif type(item) is list:
                below += item
            elif type(item) is str and not _is_whole(item):
                raise InputError("half a character (a lone surrogate) in a string: the text was cut or escaped wrongly")
            elif type(item) is float and math.isinf(item):
                raise InputError("a number beyond the range of floating point")
        level, levels = below, levels + 1


def _is_whole(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def too_deep(depth: int) -> InputError:
    """The error for a value nested deeper than the limit."""
    return InputError(f"lists and objects nested deeper than {depth} levels")


def _name(value: Any) -> str:
    return {list: "list", str: "string", bool: "boolean", type(None): "null"}.get(type(value), "number")
