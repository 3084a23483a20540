"""Bytes → articles. A format is a module with `read(source, options)` and a line in READERS."""
from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dedup.article import Article, Passed, Unreadable
from dedup.errors import InputError, MissingExtra, reason
from dedup.readers.options import DEFAULTS, Limits, ReadOptions
from dedup.remote import is_remote

if TYPE_CHECKING:
    from dedup.sources import Source

__all__ = ["READERS", "Limits", "ReadOptions", "VERSION", "is_records", "read", "read_all"]

VERSION = 2  # raised where the same files give other articles than before
READERS = {
    ".txt": "plain", ".text": "plain", ".md": "plain", ".markdown": "plain",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".mhtml": "mhtml", ".mht": "mhtml",
    ".xml": "feed", ".rss": "feed", ".atom": "feed",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json_",
    ".csv": "csv_", ".tsv": "csv_",
    ".parquet": "parquet",
    ".warc": "warc", ".wet": "warc",
    ".epub": "epub", ".pdf": "documents", ".docx": "documents",
}


def read(source: Source, options: ReadOptions = DEFAULTS) -> Iterator[Article | Unreadable]:
    """The articles of one source, streaming, without final ids; what cannot be read is an Unreadable in its place."""
    return (item for item in read_all(source, options) if not isinstance(item, Passed))


def read_all(source: Source, options: ReadOptions = DEFAULTS) -> Iterator[Article | Unreadable | Passed]:
    """The same, and a Passed for what holds no article."""
    try:
        yield from _module(READERS[source.format]).read(source, options)
    except (InputError, MissingExtra) as error:
        yield Unreadable(source.path, str(error))
    except OSError as error:
        yield Unreadable(source.path, reason(error))
    except Exception as error:  # what the many libraries for places elsewhere raise when a connection breaks
        if not is_remote(source.real):
            raise
        yield Unreadable(source.path, f"{type(error).__name__}: {str(error)[:200]}")


@cache
def _module(name: str) -> Any:
    return import_module(f"dedup.readers.{name}")


def is_records(source: Source) -> bool:
    """Whether a source holds records, each with fields, rather than one article."""
    return READERS[source.format] in ("jsonl", "json_", "csv_", "parquet")
