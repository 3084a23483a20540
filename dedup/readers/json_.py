"""JSON documents: one article a file, an array of them, an object that holds such an array, or JSON Lines by another name."""
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from dedup.article import Article, Passed, Unreadable
from dedup.errors import InputError
from dedup.readers import compression, fields, jsonl
from dedup.readers.options import DEFAULTS, ReadOptions, too_long

if TYPE_CHECKING:
    from dedup.sources import Source

_LINE = 1 << 20  # bytes of a first line that may be a record of JSON Lines


class _Document(NamedTuple):
    """The records of a document, and the key of the object that holds them: None where the document is the array."""

    records: list[Any]
    key: str | None
    whole: Any


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable | Passed]:
    """Its articles, numbered from 1 in an array; the one of a document that is an article has no number."""
    if _is_lines(source, options):
        yield from _few(jsonl.read(source, options), source)
        return
    document = _document(source, options)
    if document is None:
        yield Passed(source.path, "JSON that holds no articles")
        return
    for number, record in enumerate(document.records, 1):
        line = None if record is document.whole else number
        try:
            if not isinstance(record, Mapping):
                raise InputError(f"not an object but {fields.named(record)}")
            article = fields.article(record, source.path, line, options)
            if len(article.text) > options.limits.article:
                raise too_long("the record", options.limits.article)
            yield article
        except InputError as error:
            if line is None and source.walked:
                yield Passed(source.path, _why(record))
                continue
            own = fields.own_id(fields.get(record, options.id_field)) if isinstance(record, Mapping) else ""
            yield Unreadable(source.path, str(error), line, own or None)


def rewrite(source: Source, kept: Iterable[tuple[Article, str]], stream: BinaryIO, text_field: str) -> None:
    """The kept records with their cleaned texts, in a document of the same shape."""
    def written(value: Any, indent: int | None) -> None:
        stream.write(json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "surrogatepass") + b"\n")

    pairs = list(kept)
    records = [fields.replaced(article.record or {}, text_field, cleaned) for article, cleaned in pairs]
    first = pairs[0][0]
    if first.line is None:
        return written(records[0], 2)
    if _is_lines(source, DEFAULTS):
        for record in records:
            written(record, None)
        return None
    whole = _value(_data(source, DEFAULTS), DEFAULTS.limits.depth)
    if isinstance(whole, list):
        return written(records, 2)
    key = next(key for key, value in whole.items() if _holds(value, first))
    return written({**whole, key: records}, 2)


def _holds(value: Any, article: Article) -> bool:
    at = article.line or 0
    return isinstance(value, list) and len(value) >= at and value[at - 1] == article.record


def _is_lines(source: Source, options: ReadOptions) -> bool:
    """Whether the first line is a whole object and more than space follows it."""
    with compression.opened(source, options.limits) as stream:
        first = stream.readline(_LINE)
        while first and first.isspace():
            first = stream.readline(_LINE)
        if not first.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
            return False
        try:
            json.loads(first.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return False
        while rest := stream.readline(_LINE):
            if not rest.isspace():
                return True
    return False


def _why(record: Any) -> str:
    """Why a document that lies in a folder is passed over, and the field that seems to hold a text if there is one."""
    nearest = fields.likeliest(record, usual=True) if isinstance(record, Mapping) else None
    return "JSON that holds no articles" + (f" (or are they in --text-field {nearest}?)" if nearest else "")


def _few(items: Iterator[Article | Unreadable], source: Source) -> Iterator[Article | Unreadable | Passed]:
    """What is read, unless it is found in a folder and no line of it is an article."""
    waiting: list[Article | Unreadable] = []
    for item in items:
        if isinstance(item, Unreadable) and source.walked and len(waiting) < 100:
            waiting.append(item)
            continue
        yield from waiting
        yield item
        yield from items
        return
    if waiting:
        yield Passed(source.path, "JSON that holds no articles")


def _document(source: Source, options: ReadOptions) -> _Document | None:
    """A document; None where it holds no articles, and is read only because it lies in a folder. Raises InputError."""
    data = _data(source, options)
    try:
        value = _value(data, options.limits.depth)
    except InputError:
        own = (options.html_field or options.text_field).rpartition(".")[2]
        if source.walked and data.strip() and f'"{own}"'.encode() not in data:
            return None  # with comments, as tools have it
        raise
    if isinstance(value, list):
        if source.walked and not any(_has_text(item, options) for item in value[:100]) and not (
                value and isinstance(value[0], Mapping) and fields.likeliest(value[0], usual=True)):
            return None
        return _Document(value, None, value)
    if not isinstance(value, dict):
        if source.walked:
            return None
        raise InputError(f"not an article, nor an array of articles, but {fields.named(value)}")
    if not _has_text(value, options):
        lists = [key for key, item in value.items() if isinstance(item, list) and any(_has_text(one, options) for one in item)]
        if lists:
            key = max(lists, key=lambda name: len(value[name]))
            return _Document(value[key], key, value)
    return _Document([value], None, value)


def _data(source: Source, options: ReadOptions) -> bytes:
    with compression.opened(source, options.limits) as stream:
        data = stream.read(options.limits.expanded + 1)
    if len(data) > options.limits.expanded:
        raise InputError(f"a JSON document of more than {options.limits.expanded:,} bytes: make JSON Lines of it, "
                         "with jq -c '.[]' for an array")
    return data


def _has_text(value: Any, options: ReadOptions) -> bool:
    return isinstance(value, Mapping) and any(
        name and fields.get(value, name) is not None for name in (options.text_field, options.html_field))


def _value(data: bytes, depth: int) -> Any:
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"invalid UTF-8 at byte {error.start} (JSON is UTF-8: convert it)") from None
    if not text.strip():
        raise InputError("an empty file (remove it, or fetch it again)")
    try:
        value = json.loads(text, parse_constant=lambda name: None)
    except RecursionError:
        raise jsonl.too_deep(depth) from None
    except json.JSONDecodeError as error:
        raise InputError(f"broken JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:
        raise InputError("broken JSON: a number of more than 4,300 digits") from None
    jsonl.check([value], depth + 2)
    return value
