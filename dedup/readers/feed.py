"""Feeds and sitemaps of news in XML (RSS, Atom, RDF, sitemaps): each item with a text is an article."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from dedup import dates
from dedup.article import Article, Passed, Unreadable
from dedup.errors import InputError
from dedup.readers import compression, html
from dedup.readers.fields import is_html
from dedup.readers.frontmatter import host
from dedup.readers.options import ReadOptions, too_long

if TYPE_CHECKING:
    from dedup.sources import Source

_ROOTS = frozenset(("rss", "feed", "RDF", "urlset", "channel"))
_ITEMS = frozenset(("item", "entry", "url"))
_TEXTS = ("encoded", "content", "fulltext", "full-text", "body", "text", "description", "summary")  # the fullest first
_SUMMARIES = frozenset(("description", "summary"))
_DATES = ("pubDate", "published", "publication_date", "date", "issued", "updated", "lastmod")
_SUMMARY = "only a summary of the article in its feed"


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable | Passed]:
    """The items that have a text, numbered from 1 among all items."""
    number = found = 0
    root: ElementTree.Element | None = None
    with compression.opened(source, options.limits) as stream:
        try:
            for event, element in ElementTree.iterparse(stream, ("start", "end")):
                if root is None:
                    root = element
                    if _local(root) not in _ROOTS:
                        if source.walked:
                            yield Passed(source.path, "XML that is no feed")
                            return
                        raise InputError(f"XML, but no feed: its first element is {_local(root)[:40]!r}, "
                                         "not rss, feed, RDF or urlset")
                if event == "start" or _local(element) not in _ITEMS:
                    continue
                number += 1
                article = _article(element, source.path, number)
                if article and len(article.text) > options.limits.article:
                    yield Unreadable(source.path, str(too_long("the item", options.limits.article)), number)
                elif article:
                    found += 1
                    yield article
                element.clear()
        except ElementTree.ParseError as error:
            yield Unreadable(source.path, f"broken XML: {error}; nothing after it is read", number + 1)
            return
        except LookupError as error:  # an encoding that nobody knows
            raise InputError(f"broken XML: {error}") from None
    if number and not found:
        yield Passed(source.path, "a feed or sitemap that names pages and holds no text")


def _article(item: ElementTree.Element, path: str, number: int) -> Article | None:
    """An item as an article; None where it has no text."""
    parts: dict[str, ElementTree.Element] = {}
    for element in item.iter():
        parts.setdefault(_local(element), element)
    name = next((name for name in _TEXTS if name in parts and _inside(parts[name]).strip()), None)
    if name is None:
        return None
    markup = _inside(parts[name])
    is_markup = is_html(markup) or len(parts[name]) > 0 or parts[name].get("type") in ("html", "xhtml")
    page = html.fragment(markup, path) if is_markup else None
    address = _link(item) or _said(parts, "loc") or None
    stated = {key: _said(parts, *names) for key, names in (
        ("title", ("title",)), ("author", ("creator", "author", "name")), ("date", _DATES), ("lang", ("language",)))}
    record = {key: value for key, value in {"url": address, **stated}.items() if value}
    text = page.text if page else markup.strip()
    return Article(_said(parts, "guid", "id") or address or "", path, text, number, host(address),
                   dates.normalise(stated["date"], stated["lang"]), address, stated["title"] or None,
                   stated["lang"] or None, record, (_SUMMARY,) if name in _SUMMARIES else ())


def _link(item: ElementTree.Element) -> str:
    """The address of the page: the text of RSS's link, or the one of Atom's that is no other thing's."""
    for element in item:
        if _local(element) == "link" and element.get("rel", "alternate") == "alternate":
            found = (element.text or element.get("href") or "").strip()
            if found.startswith("http"):
                return found
    return ""


def _said(parts: dict[str, ElementTree.Element], *names: str) -> str:
    return next((text for name in names if name in parts and (text := " ".join("".join(parts[name].itertext()).split()))), "")


def _inside(element: ElementTree.Element) -> str:
    """The text of an element, with the markup of those in it where there are any, as Atom's xhtml has them."""
    if not len(element):
        return element.text or ""
    text = ElementTree.tostring(element, "unicode")
    return re.sub(r"<(/?)\w+:", r"<\1", re.sub(r"^<[^>]*>|</[^>]*>\s*$", "", text))


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
