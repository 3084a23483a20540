"""Which lines of a web page are its article.

Evidence is what HTML itself says (elements, roles, itemprop, linked data), where the prose and where the links stand,
and what classes and ids are called. Each element of the page gets points; one with too few goes, with all it holds,
unless it holds so much of the page's prose that it cannot be beside the point.
"""
from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from dedup.patterns import lazy
from dedup.readers.page import HEADINGS, Element, Line, Page

GALLERY = 0.25  # share of the text in captions from which they are the article
_SHOWN = frozenset("table blockquote pre ul ol p".split())  # what a figure may show besides a picture
_PARTS = HEADINGS | frozenset("p pre blockquote li ul ol dt dd dl tr figure figcaption".split())  # too small for an article
_TEXT = frozenset("p div li section".split())
PROSE = 80  # bytes of UTF-8 from which a line may be prose: 80 Latin letters, 40 Cyrillic, 27 Chinese
LONG = 320  # from which it is, though no sentence ends in it, as none does in Thai
BODY = 5.0  # points for itemprop=articleBody
GOES = -2.0  # points at which an element goes
SMALL = 0.2  # share of the page's text that any box beside the article may hold
SHARE = 6.0  # points for the whole of the page's text, of which that is the first part without any
TITLE = 2.5  # points for holding the headline
PROSAIC = 0.7  # bytes of prose to a character, from which what stands around an element belongs to it
LINKS = -2.5  # points for being links through and through
DOUBT = -2.0  # points of an element, or of one of the NEAR elements around it, that leave the word to others
NEAR = 3
MOST = 0.8  # share of the text that the article's element holds at least
ASIDE = 0.1  # what a line that is no prose counts, beside one that is
REST = 500  # prose, in bytes, from which a page is more than the comments and consent windows on it
_ENDS = lazy(r"[.!?…。！？।؟۔։၊။]")
_BETWEEN = lazy(r"[\W_]+")
_JOINTS = lazy(r"[-_]+")
_HUMP = lazy(r"(?<=[a-z])(?=[A-Z])")


class _Totals:
    """Of each element: what its lines weigh, their characters, those of links, and their number."""

    def __init__(self, page: Page, kept: Sequence[bool]) -> None:
        count = len(page.elements)
        self.weight, self.size, self.linked, self.lines = [0.0] * count, [0] * count, [0] * count, [0] * count
        self.all = 0.0
        for line, keep in zip(page.lines, kept):
            if keep:
                weight = weight_of(line)
                self.all += weight
                if line.element >= 0:
                    self.weight[line.element] += weight
                    self.size[line.element] += len(line.text)
                    self.linked[line.element] += min(line.linked, len(line.text))
                    self.lines[line.element] += 1
        for at in range(count - 1, -1, -1):
            above = page.elements[at].parent
            if above >= 0:
                self.weight[above] += self.weight[at]
                self.size[above] += self.size[at]
                self.linked[above] += self.linked[at]
                self.lines[above] += self.lines[at]

    def share(self, element: int) -> float:
        """How much of the page's text an element holds."""
        return self.weight[element] / self.all if self.all else 0.0


def weight_of(line: Line) -> float:
    """How much of a line is running text, in bytes: a tenth where it is short or no sentence, nothing in a link."""
    own = len(line.text) - line.linked
    if 2 * own <= len(line.text):
        return 0.0
    size = len(line.text.encode("utf-8", "surrogatepass"))
    return size if size >= LONG or size >= PROSE and _ENDS.search(line.text) else ASIDE * size


def article(page: Page, *others: str) -> list[str]:
    """The lines of the page's article, in order.

    `others` are texts of the article as others state it: linked data, another extractor. Then running text stays if any
    says so, and a short line if this module and another do.
    """
    voices = [_squashed(text) for text in others]
    found = []
    doubtful = _doubtful(page) if voices else []
    for line, ours in zip(page.lines, _kept(page)):
        prose = weight_of(line) >= PROSE
        alone = not voices or prose and not (line.element >= 0 and doubtful[line.element])
        if ours and alone or voices and (ours or prose) and _is_in(line.text, voices):
            found.append(line.text)
    return found


def _doubtful(page: Page) -> list[bool]:
    """Of each element: whether it, or one near around it, speaks against being the article."""
    own = [points(element) for element in page.elements]
    doubtful = []
    for at, element in enumerate(page.elements):
        value = own[at]
        for _ in range(NEAR):
            if element.parent < 0:
                break
            value = min(value, own[element.parent])
            element = page.elements[element.parent]
        doubtful.append(value <= DOUBT)
    return doubtful


def _is_in(text: str, voices: Sequence[str]) -> bool:
    own = _squashed(text)
    return any(own in voice for voice in voices)


def _squashed(text: str) -> str:
    return _BETWEEN.sub("", text).lower()


def _kept(page: Page) -> list[bool]:
    """Of each line: whether it is of the article, by the page alone."""
    lines, elements = page.lines, page.elements
    title = next((line.element for line in lines if line.element >= 0 and elements[line.element].tag == "h1"), -1)
    around = _around(elements, title)
    gone = _apart(elements, around)
    kept = _outside(lines, gone)
    if sum(weight for line, keep in zip(lines, kept) if keep and (weight := weight_of(line)) >= PROSE) < REST:
        gone, kept = [False] * len(elements), [True] * len(lines)
    gone = _unwanted(page, _Totals(page, kept), around, gone)
    kept = _outside(lines, gone)
    if not any(kept):
        kept = [True] * len(lines)  # all of it looks like what stands around an article
    kept = [keep and within for keep, within in zip(kept, _inside(page, _Totals(page, kept), title))]
    _tidy(page, kept)
    return kept


class _Evidence(NamedTuple):
    """What evidence.toml holds."""

    elements: Mapping[str, float]
    roles: Mapping[str, float]
    names: Sequence[tuple[re.Pattern[str], float]]
    apart: re.Pattern[str]


@cache
def _evidence() -> _Evidence:
    stored = tomllib.loads(files(__package__).joinpath("evidence.toml").read_text("utf-8"))
    names = [(_pattern(entry), entry["points"]) for entry in stored["names"].values()]
    return _Evidence(stored["elements"], stored["roles"], names, _pattern(stored["apart"]))


def _pattern(entry: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """The parts, words and tokens of an entry as one pattern."""
    ways = [*entry.get("parts", ()),
            *(f"(?<![a-z])(?:{word})(?![a-z])" for word in entry.get("words", ())),
            *(f"(?<!\\S)(?:{token})(?!\\S)" for token in entry.get("tokens", ()))]
    return re.compile("|".join(ways))


def points(element: Element) -> float:
    """What an element says of itself: below nothing where it is not the article, above where it is."""
    return _points(element.tag, element.role, element.part, _names(element))


@lru_cache(4096)  # a page, and a site, has few that differ
def _points(tag: str, role: str, part: str, names: str) -> float:
    evidence = _evidence()
    found = evidence.elements.get(tag, 0.0) + evidence.roles.get(role, 0.0)
    if part.lower() == "articlebody":
        found += BODY
    if names:
        matched = [value for pattern, value in evidence.names if pattern.search(names)]
        found += min([0.0, *matched]) + max([0.0, *matched])
    return found


@lru_cache(4096)
def _is_apart(names: str) -> bool:
    return bool(names) and bool(_evidence().apart.search(names))


def _names(element: Element) -> str:
    """An element's class and id, its words joined by hyphens; "" where they speak of the whole page."""
    if element.names == " " or element.tag in ("html", "body"):
        return ""
    return _joined(element.names)


@lru_cache(4096)
def _joined(names: str) -> str:
    return _JOINTS.sub("-", _HUMP.sub("-", names).lower())


def _around(elements: Sequence[Element], at: int) -> list[bool]:
    """Of each element: whether it is, or holds, the one at that place."""
    around = [False] * len(elements)
    while at >= 0:
        around[at] = True
        at = elements[at].parent
    return around


def _outside(lines: Sequence[Line], gone: Sequence[bool]) -> list[bool]:
    return [line.element < 0 or not gone[line.element] for line in lines]


def _apart(elements: Sequence[Element], around: Sequence[bool]) -> list[bool]:
    """Of each element: whether it holds what readers wrote, or asks for consent: often more than the article."""
    gone = [False] * len(elements)
    for at, element in enumerate(elements):
        gone[at] = element.parent >= 0 and gone[element.parent] or (
            not around[at] and element.tag not in HEADINGS and _is_apart(_names(element)))
    return gone


def _unwanted(page: Page, totals: _Totals, around: Sequence[bool], apart: Sequence[bool]) -> list[bool]:
    """Of each element: whether it is no part of the article."""
    elements = page.elements
    gone = list(apart)
    captions = sum(totals.share(at) for at, element in enumerate(elements) if element.tag == "figcaption")
    shows = {elements[at].parent for at, element in enumerate(elements) if element.tag in _SHOWN}
    for at, element in enumerate(elements):
        if gone[at] or element.parent >= 0 and gone[element.parent]:
            gone[at] = True
            continue
        if element.tag in ("figure", "figcaption") and (captions > GALLERY or at in shows):
            continue
        if not totals.lines[at]:
            continue
        value = points(element) + SHARE * max(0.0, totals.share(at) - SMALL) + TITLE * around[at]
        if totals.lines[at] > 1 or element.tag == "li":
            value += LINKS * totals.linked[at] / totals.size[at]
        gone[at] = value <= GOES
    return gone


def _inside(page: Page, totals: _Totals, title: int) -> list[bool]:
    """Of each line: whether it stands in the article's own element, or between the title and it."""
    elements, lines = page.elements, page.lines
    best = -1
    for at in range(len(elements)):
        if totals.share(at) >= MOST and (best < 0 or elements[at].parent == best):
            best = at  # an element further in comes later
    while best >= 0 and (above := elements[best].parent) >= 0:
        more = totals.size[above] - totals.size[best]
        links = totals.linked[above] - totals.linked[best]
        if more and elements[best].tag not in _PARTS and totals.weight[above] - totals.weight[best] < PROSAIC * more and (
                elements[above].tag != "article" or links > 0.3 * more):
            break
        best = above
    if best < 0:
        return [True] * len(lines)
    inside = _within(elements, best)
    found = [line.element >= 0 and inside[line.element] for line in lines]
    if title >= 0 and not inside[title]:
        first = next((at for at, line in enumerate(lines) if line.element == title), len(lines))
        for at in range(first, found.index(True)):
            found[at] = True
    return found


def _tidy(page: Page, kept: list[bool]) -> None:
    """Takes off lines that are one link, as long as that is not what the page is made of, and headings of nothing."""
    lines, elements = page.lines, page.elements
    tag = [elements[line.element].tag if line.element >= 0 else "" for line in lines]
    links = [at for at, line in enumerate(lines) if kept[at] and line.linked >= 0.9 * len(line.text) and tag[at] in _TEXT]
    if 4 * sum(len(lines[at].text) for at in links) < sum(len(line.text) for line, keep in zip(lines, kept) if keep):
        for at in links:
            kept[at] = False
    filled = [False] * 7  # by rank: whether something stands between a heading of it and the next one, or the end
    for at in range(len(lines) - 1, -1, -1):
        if tag[at] in HEADINGS and weight_of(lines[at]) < PROSE:
            rank = int(tag[at][1])
            kept[at] = kept[at] and (rank == 1 or filled[rank])
            filled[rank:] = [False] * (7 - rank)
        elif kept[at]:
            filled = [True] * 7


def _within(elements: Sequence[Element], top: int) -> list[bool]:
    """Of each element: whether it is, or stands in, the one at that place."""
    inside = [False] * len(elements)
    for at in range(top, len(elements)):
        above = elements[at].parent
        inside[at] = at == top or above >= 0 and inside[above]
    return inside
