"""Web pages: the text of their blocks, one a line, and what their head says of title, address, date and source.

Which lines are the article is for `content` to say; with trafilatura installed (`[html]`), and where a page states its
article's text in linked data, those have a voice in it.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup import dates
from dedup.article import Article, Unreadable
from dedup.encoding import decode_page
from dedup.errors import InputError
from dedup.patterns import lazy
from dedup.readers import compression, content
from dedup.readers.frontmatter import host
from dedup.readers.options import ReadOptions
from dedup.readers.page import Page

if TYPE_CHECKING:
    from dedup.sources import Source

_CHARSET = lazy(
    rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,200}?encoding=["']([\w.:-]{2,40})""", re.I)
_WHOLE = lazy(r"<(?:!doctype|html|head|body)[\s>]", re.I)
_TITLES = ("og:title", "twitter:title")
_DATES = ("article:published_time", "datepublished", "date", "dc.date", "dcterms.created", "pubdate", "publishdate",
          "parsely-pub-date", "sailthru.date")
DAMAGED = "read as browsers do, with damaged bytes replaced by \N{REPLACEMENT CHARACTER}"
HIDDEN = 2  # times as much hidden prose as text that is shown, on a page that shows little: a script reveals the rest
LITTLE = 1000  # characters
STATED = 500  # characters from which the text of the article in linked data is one
SCRIPTED = 3  # times as much text in linked data as on the page: a script puts it there


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable]:
    """The one article of a page."""
    data = compression.whole(source, options.limits)
    if not data:
        raise InputError("an empty file (remove it, or fetch it again)")
    yield parse_bytes(data, declared_charset(data), source.path)


def declared_charset(data: bytes) -> str | None:
    """The charset that a page declares in its first bytes."""
    found = _CHARSET.search(data[:4096])
    return (found.group(1) or found.group(2)).decode("ascii") if found else None


def parse_bytes(data: bytes, charset: str | None, path: str, *, line: int | None = None, url: str | None = None) -> Article:
    """A page as it was sent, in the charset that was declared, as an article. Raises InputError for what is no page."""
    page, damaged = decode_page(data, charset)
    article = parse(page, path, line=line, url=url)
    return article._replace(notes=(DAMAGED,)) if damaged else article


def parse(page: str, path: str, *, line: int | None = None, url: str | None = None, plain: bool = False) -> Article:
    """A decoded page as an article; `plain` keeps to the plain reader."""
    page = page.replace("\0", "\ufffd")
    reader = Page(page)
    text = _text(page, reader, None if plain else _trafilatura(page))
    url = reader.address or url
    return Article(
        "", path, text, line, host(url) or reader.meta.get("og:site_name"),
        next(filter(None, (dates.normalise(reader.meta.get(name), reader.lang) for name in _DATES)), None), url,
        next((reader.meta[name] for name in _TITLES if name in reader.meta), None) or reader.title or None, reader.lang)


def fragment(markup: str, path: str) -> Article:
    """HTML in a field: a whole page as a page, and of a piece of one, which is the article, every line."""
    if _WHOLE.search(markup[:2000]):
        return parse(markup, path)
    page = Page(markup.replace("\0", "\ufffd"))
    return Article("", path, "\n".join(line.text for line in page.lines))


def _trafilatura(page: str) -> str | None:
    try:
        import trafilatura
    except ImportError:
        return None
    try:
        return trafilatura.extract(page, include_comments=False, include_tables=True, deduplicate=False) or None
    except Exception:  # whatever a page makes lxml do, the plain reader still reads it
        return None


def _text(markup: str, page: Page, extracted: str | None) -> str:
    """The article's lines; of a page that a script reveals, hidden ones too, or what its linked data state."""
    stated = "\n".join(line.text for line in Page(page.body).lines) if len(page.body) >= STATED else ""
    others = list(filter(None, (stated, extracted)))
    lines = content.article(page, *others)
    shown = sum(map(len, lines))
    if not lines or shown < LITTLE and page.unseen > HIDDEN * shown:
        lines = content.article(Page(markup, keep_hidden=True), *others)
    text = "\n".join(lines or content.article(page)) or extracted or ""
    return stated if len(stated) > SCRIPTED * len(text) else text
