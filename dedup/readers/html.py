"""Web pages: the text of their blocks, one a line, and what their head says of title, address, date and source.

With trafilatura installed (`[html]`) it chooses the article on the page, and the plain reader below stands in where it
finds none. The plain reader leaves out what is never read (scripts, hidden elements, navigation) and no more.
"""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING

from dedup import dates
from dedup.article import Article, Unreadable
from dedup.encoding import decode
from dedup.errors import InputError
from dedup.patterns import lazy
from dedup.readers import compression
from dedup.readers.frontmatter import host
from dedup.readers.options import ReadOptions

if TYPE_CHECKING:
    from dedup.sources import Source

_CHARSET = lazy(
    rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,200}?encoding=["']([\w.:-]{2,40})""", re.I)
_BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr html li main menu nav ol p pre section summary table tbody td "
    "tfoot th thead title tr ul".split())
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_UNREAD = frozenset(
    "audio button canvas iframe math nav noscript object option script select style svg template textarea "
    "video".split())
_CLOSED_BY_NEXT = {
    "p": _BLOCKS - {"br"}, "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "td": {"td", "th", "tr"},
    "th": {"td", "th", "tr"}, "tr": {"tr"}, "option": {"option"}}
_HIDDEN = lazy(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)(?![\w-])", re.I)
_NAME = lazy(r"<(/?)([A-Za-z][^\s/>]{0,100})")
_ATTRIBUTE = lazy(r"[\s/]*(>|[^\s/>][^\s/>=]*)(?:\s*(=)\s*)?")
_BARE = lazy(r"[^\s>]*")
_HUGE_NUMBER = lazy(r"&#\d{8,};?")
_RAW = {tag: lazy(f"</{tag}(?=[\\s/>])", re.I) for tag in "iframe script style textarea title".split()}
_SPACES = lazy(r"[ \t\r\n\f\v]+")
_TITLES = ("og:title", "twitter:title")
_DATES = ("article:published_time", "datepublished", "date", "dc.date", "dcterms.created", "pubdate", "publishdate",
          "parsely-pub-date", "sailthru.date")


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable]:
    """The one article of a page."""
    data = compression.whole(source, options.limits)
    if not data:
        raise InputError("an empty file (remove it, or fetch it again)")
    yield parse(decode(data, declared_charset(data)), source.path)


def declared_charset(data: bytes) -> str | None:
    """The charset that a page declares in its first bytes."""
    found = _CHARSET.search(data[:4096])
    return (found.group(1) or found.group(2)).decode("ascii") if found else None


def parse(page: str, path: str, *, line: int | None = None, url: str | None = None, plain: bool = False) -> Article:
    """A decoded page as an article; `plain` keeps to the plain reader."""
    page = page.replace("\0", "\ufffd")
    reader = _Page(page)
    text = None if plain else _trafilatura(page)
    url = reader.address or url
    return Article(
        "", path, text or reader.text(), line, host(url) or reader.meta.get("og:site_name"),
        next(filter(None, (dates.normalise(reader.meta.get(name)) for name in _DATES)), None), url,
        next((reader.meta[name] for name in _TITLES if name in reader.meta), None) or reader.title or None, reader.lang)


def _trafilatura(page: str) -> str | None:
    try:
        import trafilatura
    except ImportError:
        return None
    try:
        return trafilatura.extract(page, include_comments=False, include_tables=True, deduplicate=False) or None
    except Exception:  # whatever a page makes lxml do, the plain reader still reads it
        return None


class _Page:
    """Collects a page's lines, and which of them stand inside its only article or main element."""

    def __init__(self, page: str, keep_hidden: bool = False) -> None:
        self.page, self.keep_hidden = page, keep_hidden
        self.meta: dict[str, str] = {}
        self.address: str | None = None
        self.title = ""
        self.lang: str | None = None
        self.lines: list[tuple[str, int]] = []  # text, how many articles are open around it
        self.pieces: list[str] = []
        self.open: list[tuple[str, bool]] = []  # element, whether it hides what is inside
        self.counts: Counter[str] = Counter()  # of the open elements
        self.hiding = self.preformatted = self.inside = self.regions = 0
        for kind, name, values in tokens(page):
            if kind == "text":
                self.data(name)
            elif kind == "start":
                self.start(name, values)
            else:
                self.end(name)
        self.end_line()

    def text(self) -> str:
        """The page's lines; those of its article alone if it has one that holds most of its text."""
        inside = [line for line, region in self.lines if region]
        size = sum(len(line) for line, _ in self.lines)
        lines = inside if self.regions == 1 and 2 * sum(map(len, inside)) > size else [line for line, _ in self.lines]
        if not lines and not self.keep_hidden:
            return _Page(self.page, keep_hidden=True).text()  # a page that scripts reveal, or an element never closed
        return "\n".join(lines)

    def start(self, tag: str, values: dict[str, str]) -> None:
        self.note(tag, values)
        if self.open and tag in _CLOSED_BY_NEXT.get(self.open[-1][0], ()):
            self.close_element(len(self.open) - 1)
        if tag in _BLOCKS:
            self.end_line()
        if tag in _VOID:
            return
        if self.keep_hidden:
            hides = tag in _UNREAD and tag != "nav"
        else:
            hides = tag in _UNREAD or tag not in ("html", "body", "main", "article") and _is_hidden(values)
        self.open.append((tag, hides))
        self.counts[tag] += 1
        self.hiding += hides
        self.preformatted += tag == "pre"
        if tag in ("article", "main"):
            self.regions += not self.inside
            self.inside += 1

    def end(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_line()
        if self.counts[tag]:
            at = len(self.open) - 1
            while self.open[at][0] != tag:
                at -= 1
            self.close_element(at)

    def data(self, text: str) -> None:
        if self.counts["title"] and not self.hiding:
            self.title = self.title or _SPACES.sub(" ", text).strip()
        elif not self.hiding:
            self.pieces.append(text)

    def close_element(self, at: int) -> None:
        """Closes an open element and everything still open inside it."""
        for tag, hides in self.open[at:]:
            self.counts[tag] -= 1
            self.hiding -= hides
            self.preformatted -= tag == "pre"
            self.inside -= tag in ("article", "main")
        del self.open[at:]

    def end_line(self) -> None:
        """Ends the current line of text."""
        text = "".join(self.pieces)
        self.pieces.clear()
        for line in text.splitlines() if self.preformatted else (_SPACES.sub(" ", text),):
            if line.strip():
                self.lines.append((line.rstrip() if self.preformatted else line.strip(), self.inside))

    def note(self, tag: str, values: dict[str, str]) -> None:
        """What an element says about the page."""
        if tag == "meta":
            name = (values.get("property") or values.get("name") or values.get("itemprop") or "").lower()
            if name and values.get("content", "").strip():
                self.meta.setdefault(name, values["content"].strip())
                if name == "og:url" and values["content"].startswith("http"):
                    self.address = self.address or values["content"].strip()
        elif tag == "link" and values.get("rel", "").lower() == "canonical":
            if values.get("href", "").startswith("http"):
                self.address = values["href"].strip()
        elif tag == "html" and values.get("lang"):
            self.lang = self.lang or values["lang"].strip()[:20]
        elif tag == "time" and values.get("datetime"):
            self.meta.setdefault("date", values["datetime"])


def tokens(page: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """("text", text, {}), ("start", tag, attributes) and ("end", tag, {}) in order, as browsers cut a page.

    Not html.parser of the standard library: its time is quadratic in the length of pages that leave things unclosed.
    """
    at, end = 0, len(page)
    unclosed: set[str] = set()  # quotation marks of which none follows any more
    while at < end:
        mark = page.find("<", at)
        mark = end if mark < 0 else mark
        if mark > at:
            yield "text", _unescaped(page[at:mark]), {}
        at = mark
        if at >= end:
            return
        if found := _NAME.match(page, at):
            tag = found.group(2).lower()
            at, values = _attributes(page, found.end(), unclosed)
            if at < 0:
                return  # the page breaks off inside a tag
            yield ("end" if found.group(1) else "start"), tag, values
            if page[at - 2] == "/" and tag in ("svg", "math"):
                yield "end", tag, {}
            elif tag in _RAW and not found.group(1):
                close = _RAW[tag].search(page, at)
                close_at = close.start() if close else end
                if close_at > at and tag == "title":
                    yield "text", _unescaped(page[at:close_at]), {}
                at = close_at
        elif page.startswith("<!--", at):
            at = page.find("-->", at + 2)
            at = end if at < 0 else at + 3
        elif page.startswith(("<!", "<?", "</"), at):
            at = page.find(">", at)
            at = end if at < 0 else at + 1
        else:
            yield "text", "<", {}
            at += 1


def _attributes(page: str, at: int, unclosed: set[str]) -> tuple[int, dict[str, str]]:
    """Where a tag ends (after its >; -1: nowhere) and its attributes, of one that stands twice the first."""
    values: dict[str, str] = {}
    while found := _ATTRIBUTE.match(page, at):
        at = found.end()
        if found.group(1) == ">":
            return at, values
        value = ""
        if found.group(2):
            quote = page[at:at + 1]
            close = page.find(quote, at + 1) if quote in ("'", '"') and quote not in unclosed else -1
            if close >= 0:
                value, at = page[at + 1:close], close + 1
            else:
                if quote in ("'", '"'):
                    unclosed.add(quote)
                bare = _BARE.match(page, at)
                value, at = (bare.group(), bare.end()) if bare else ("", at)
        if len(values) < 100:
            values.setdefault(found.group(1).lower(), _unescaped(value))
    return -1, values


def _unescaped(text: str) -> str:
    return unescape(_HUGE_NUMBER.sub("\ufffd", text)) if "&" in text else text


def _is_hidden(values: dict[str, str]) -> bool:
    if "hidden" in values:
        return values["hidden"].lower() != "until-found"
    return bool(_HIDDEN.search(values.get("style", "")))
