"""`.txt` and Markdown: one article a file, as it is."""
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup.article import Article, Unreadable
from dedup.encoding import decode
from dedup.errors import InputError
from dedup.readers import compression, frontmatter
from dedup.readers.options import ReadOptions

if TYPE_CHECKING:
    from dedup.sources import Source


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable]:
    """The one article of a text file. A file of no bytes is an error: a write or a download that failed."""
    data = compression.whole(source, options.limits)
    if not data:
        raise InputError("an empty file (remove it, or fetch it again)")
    yield parse(decode(data), source.path)


def parse(text: str, path: str) -> Article:
    """A text as an article, with what it says about itself."""
    stated = frontmatter.metadata(text)
    url = stated.get("url")
    return Article("", path, text, source=stated.get("source") or frontmatter.host(url), date=stated.get("date"),
                   url=url, title=stated.get("title"), lang=stated.get("lang"))
