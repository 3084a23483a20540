"""From a record of any format (JSON, CSV, Parquet) to an article."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dedup import dates
from dedup.article import Article
from dedup.errors import InputError
from dedup.readers.frontmatter import host
from dedup.readers.options import ReadOptions

_MISSING = object()


def article(record: Mapping[str, Any], path: str, line: int, options: ReadOptions) -> Article:
    """A record as an article. Raises InputError where its text field is missing or no string."""
    text = get(record, options.text_field)
    if not isinstance(text, str):
        if text is not None or options.text_field in record:
            raise InputError(f"its field {options.text_field!r} is no text but {_named(text)}")
        raise InputError(
            f"no field {options.text_field!r}; it has {_listed(record)} (name the right one with --text-field)")
    url = _string(record.get("url"))
    if options.source_field:
        source = _string(get(record, options.source_field))
    else:
        source = _string(record.get("site")) or _string(record.get("source")) or host(url)
    return Article(
        own_id(get(record, options.id_field)), path, text, line, source,
        dates.normalise(get(record, options.date_field)), url, _string(record.get("title")),
        _string(record.get("lang")), record)


def get(record: Mapping[str, Any], name: str) -> Any:
    """A field, by its name or else by a dotted path; None where there is none."""
    value = record.get(name, _MISSING)
    if value is _MISSING and "." in name:
        value = record
        for part in name.split("."):
            value = value.get(part, _MISSING) if isinstance(value, Mapping) else _MISSING
    return None if value is _MISSING else value


def replaced(record: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """A copy of a record with another value in a field that it has, found as `get` finds it."""
    copy = dict(record)
    if name in copy or "." not in name:
        copy[name] = value
    else:
        first, _, rest = name.partition(".")
        copy[first] = replaced(copy[first], rest, value)
    return copy


def own_id(value: Any) -> str:
    """A record's id as a string, "" where it has none; a number as JSON writes it."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _named(value: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return "null" if value is None else names.get(type(value), f"of type {type(value).__name__}")


def _listed(record: Mapping[str, Any]) -> str:
    names = [str(name)[:40] for name in record]
    return ", ".join(map(repr, names[:8])) + (" …" if len(names) > 8 else "") if names else "no fields at all"
