"""`.txt` and Markdown: one article a file, as it is; of `.txt` one a line where that is asked for."""
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


LINES = "looks as if each line were an article (--lines reads it so)"
MANY, LONG = 20, 600  # lines, and characters of one, from which on


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable]:
    """The article of a text file, or those of its lines, numbered.

    A file of no bytes is an error: a write or a download that failed.
    """
    data = compression.whole(source, options.limits)
    if not data:
        raise InputError("an empty file (remove it, or fetch it again)")
    text = decode(data)
    if options.lines and source.format in (".txt", ".text"):
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield Article("", source.path, line.strip(), number)
        return
    article = parse(text, source.path)
    yield article._replace(notes=(LINES,)) if _is_lines(text) else article


def _is_lines(text: str) -> bool:
    """Whether a text looks as if each of its lines were an article: many, long, and no blank one between them."""
    lines = text.strip().splitlines()
    return len(lines) >= MANY and sum(len(line) >= LONG for line in lines) >= 0.9 * len(lines)


def parse(text: str, path: str) -> Article:
    """A text as an article, with what it says about itself."""
    stated = frontmatter.metadata(text)
    url = stated.get("url")
    return Article("", path, text, source=stated.get("source") or frontmatter.host(url), date=stated.get("date"),
                   url=url, title=stated.get("title"), lang=stated.get("lang"))
