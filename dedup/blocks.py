"""Text → blocks with offsets, and the form in which blocks are compared."""
from __future__ import annotations

import unicodedata

from dedup.article import Block
from dedup.patterns import lazy

_LINE = lazy(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_TAG = lazy(r"</?[A-Za-z][^<>]{0,200}>")
_LINK = lazy(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}\)")
_MARKS = lazy(r"[*_`~#>|]+")
_URL = lazy(r"(?:https?://|www\.)\S+")
_DIGITS = lazy(r"\d+")
_MONEY = lazy(r"[$€£¥₽₴₹]\s?0[.,0]*|\b0[.,0]*\s?[$€£¥₽₴₹]")
_SIGN_OF_MONEY = lazy("[$€£¥₽₴₹]")
_INVISIBLE = lazy("[\u00ad\u200b\u200c\u200d\u2060\ufeff\u202a-\u202e\u2066-\u2069]+")


def _lines(text: str) -> tuple[list[str], int]:
    """The lines of a text, and how many characters of line end each of them is without."""
    return (_LINE.findall(text), 0) if "\r" in text else (text.split("\n"), 1)


def split(text: str) -> list[Block]:
    """The blocks of a text in order: one for every line that is not blank.

    Their [start, end) cover the text without gap or overlap: blank lines belong to the block before them, leading ones
    to the first. A text of blank lines only is one block with an empty `text`.
    """
    starts: list[int] = []
    contents: list[str] = []
    at = 0
    lines, ending = _lines(text)
    for line in lines:
        content = line.strip()
        if content:
            starts.append(at if starts else 0)
            contents.append(content)
        at += len(line) + ending
    if not starts:
        return [Block(0, len(text), "")] if text else []
    return [Block(*place) for place in zip(starts, [*starts[1:], len(text)], contents)]


def texts(text: str) -> list[str]:
    """The `text` of each block of a text, for less than the blocks cost."""
    return [content for line in _lines(text)[0] if (content := line.strip())] or ([""] if text else [])


def form(text: str) -> str:
    """The form in which blocks are compared: two blocks that differ in markup, case, figures or dates of figures only agree.

    Tags go before Markdown marks, digits become 0, prices and addresses placeholders. Never published.
    """
    if "<" in text:
        text = _TAG.sub("", text)
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    text = _MARKS.sub("", text)
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = text.casefold()
    if "http" in text or "www." in text:
        text = _URL.sub("⌘", text)
    text = _DIGITS.sub("0", text)
    if _SIGN_OF_MONEY.search(text):
        text = _MONEY.sub("¤", text)
    return " ".join(text.split())
