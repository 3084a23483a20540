"""A web page as lines of text in the elements that hold them."""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from dedup.patterns import lazy
from dedup.readers.markup import tokens

BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr html li main menu nav ol p pre section summary table tbody td "
    "tfoot th thead title tr ul".split())
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_UNREAD = frozenset(
    "audio button canvas iframe math nav noscript object option rp rt script select style svg template textarea "
    "video".split())
_UNREAD_ROLES = frozenset("alertdialog dialog menu menubar navigation search tablist toolbar tooltip".split())
_CLOSED_BY_NEXT = {
    "p": BLOCKS - {"br"}, "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "td": {"td", "th", "tr"},
    "th": {"td", "th", "tr"}, "tr": {"tr"}, "option": {"option"}, "rt": {"rt", "rp"}, "rp": {"rt", "rp"}}
_HIDDEN = lazy(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)(?![\w-])", 2)  # 2: re.IGNORECASE
_SPACES = lazy(r"[ \t\r\n\f\v]+")
_LONG = 80  # characters of a text that is worth looking for where it is hidden
_DEEPEST = 50  # lists and objects inside each other, in linked data


class Element(NamedTuple):
    """An element that may hold lines: `parent` is its number among the elements, smaller than its own (-1: none)."""

    parent: int
    tag: str
    role: str
    names: str  # its class and id
    part: str  # its itemprop


class Line(NamedTuple):
    """A line of text, how many of its characters are links, and the innermost block element that holds it."""

    text: str
    linked: int
    element: int


class Page:
    """What a page holds: `lines` in `elements`, and what it says of itself in `meta`, `title`, `lang` and `address`.

    Scripts, navigation, hidden elements and the like hold no lines. With `keep_hidden` hidden elements do: for pages
    that a script reveals, and those where a hidden element is never closed.
    """

    def __init__(self, markup: str, keep_hidden: bool = False) -> None:
        self.keep_hidden = keep_hidden
        self.meta: dict[str, str] = {}
        self.address: str | None = None
        self.title = ""
        self.lang: str | None = None
        self.body = ""  # the article's text as linked data states it
        self.elements: list[Element] = []
        self.lines: list[Line] = []
        self.unseen = 0  # characters of long texts in hidden elements
        self._pieces: list[str] = []
        self._linked = 0
        self._holder = -1
        self._open: list[tuple[str, bool, int]] = []  # tag, whether it hides what is inside, the element that holds it
        self._counts: Counter[str] = Counter()  # of the open elements
        self._hiding = 0
        for kind, name, values in tokens(markup):
            if kind == "text":
                self._data(name)
            elif kind == "start":
                self._start(name, values)
            elif kind == "end":
                self._end(name)
            else:
                self._linked_data(name)
        self._end_line()

    def _start(self, tag: str, values: dict[str, str]) -> None:
        self._note(tag, values)
        if self._open and tag in _CLOSED_BY_NEXT.get(self._open[-1][0], ()):
            self._close(len(self._open) - 1)
        if tag in BLOCKS:
            self._end_line()
        if tag in _VOID:
            return
        if self.keep_hidden:
            hides = tag in _UNREAD and tag != "nav"
        else:
            hides = tag in _UNREAD or tag not in ("html", "body", "main", "article") and _is_hidden(values)
        above = self._open[-1][2] if self._open else -1
        if tag in BLOCKS and not self._hiding:
            self.elements.append(Element(above, tag, values.get("role", "").strip().lower(),
                                         f"{values.get('class', '')} {values.get('id', '')}"[:500],
                                         values.get("itemprop", "")))
            above = len(self.elements) - 1
        self._open.append((tag, hides, above))
        self._counts[tag] += 1
        self._hiding += hides

    def _end(self, tag: str) -> None:
        if tag in BLOCKS:
            self._end_line()
        if self._counts[tag]:
            at = len(self._open) - 1
            while self._open[at][0] != tag:
                at -= 1
            self._close(at)

    def _data(self, text: str) -> None:
        if self._hiding:
            if len(text) >= _LONG and all(not hides or tag not in _UNREAD for tag, hides, _ in self._open):
                self.unseen += len(text)
            return
        if self._counts["title"]:
            self.title = self.title or _SPACES.sub(" ", text).strip()
            return
        if not self._pieces:
            if not text.strip() and not self._counts["pre"]:
                return
            self._holder = self._open[-1][2] if self._open else -1
        self._pieces.append(text)
        if self._counts["a"]:
            self._linked += len(text.strip())

    def _close(self, at: int) -> None:
        """Closes an open element and everything still open inside it."""
        for tag, hides, _ in self._open[at:]:
            self._counts[tag] -= 1
            self._hiding -= hides
        del self._open[at:]

    def _end_line(self) -> None:
        """Ends the current line of text."""
        if not self._pieces:
            return
        text = "".join(self._pieces)
        self._pieces.clear()
        kept = bool(self._counts["pre"])
        for line in text.splitlines() if kept else (_SPACES.sub(" ", text),):
            if line.strip():
                self.lines.append(Line(line.rstrip() if kept else line.strip(), self._linked, self._holder))
        self._linked = 0

    def _note(self, tag: str, values: dict[str, str]) -> None:
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

    def _linked_data(self, text: str) -> None:
        """What schema.org data say of the article: its text, its date."""
        try:
            found = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            return
        for thing in _things(found):
            body, date = thing.get("articleBody"), thing.get("datePublished")
            if isinstance(body, str) and len(body) > len(self.body):
                self.body = body
            if isinstance(date, str) and date.strip() and "headline" in thing:
                self.meta.setdefault("datepublished", date.strip())


def _things(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a JSON value, outermost first."""
    level = [value]
    for _ in range(_DEEPEST):
        if not level:
            return
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                yield item
                below += item.values()
            elif isinstance(item, list):
                below += item
        level = below


def _is_hidden(values: dict[str, str]) -> bool:
    if "hidden" in values:
        return values["hidden"].lower() != "until-found"
    if "role" in values and values["role"].strip().lower() in _UNREAD_ROLES:
        return True
    return "style" in values and bool(_HIDDEN.search(values["style"]))
