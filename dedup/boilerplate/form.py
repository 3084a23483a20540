"""What the form of a block says, whatever its language: length, sentences, links, list marks, whom it addresses.

That length, links and neighbours tell prose from the rest is jusText's idea (Pomikálek 2011); here it is without HTML.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

from dedup.patterns import lazy

WINDOW = 400  # what patterns see of either end of a long block, in characters

_LINK = lazy(r"!?\[([^\[\]]{0,300})\]\(([^()\s]{0,500})[^()]{0,100}\)")
_TAG = lazy(r"</?[A-Za-z][^<>]{0,200}>")
_URL = lazy(r"(?:https?://|www\.)\S{1,500}")
_SPACE = lazy(r"\s+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
                         "–": "-", "—": "-",
                         "\u00a0": " ", "\u202f": " ", "\u00ad": None, "\u200b": None, "\ufeff": None, "\u200e": None,
                         "\u200f": None, "*": None, "_": " ", "`": None, "ё": "е", "：": ":", "，": ",", "？": "?",
                         "！": "!", "（": "(", "）": ")", "｜": "|", "、": ",", "،": ",",
                         "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ـ": None,
                         **dict.fromkeys(map(chr, range(0x64b, 0x653)))})
_EDGE = "¿¡ \t#>|•·-+:›‹→←▸▶►▼▾↓↑…¶=~/\\✉☰×⋅○●■◆★☆"
_DECOR = _EDGE + ".,;!。！，؛،"
_BULLET = lazy(r"\s*(?:[*+•·▪◦‣-]|\d{1,3}[.)])\s")
_HEADING = lazy(r"\s*(?:#{1,6}\s|(?:#{1,6}\s{0,2})?\*\*[^*]{1,200}\*\*\W{0,3}\Z)")
_TERMINAL = lazy(r"[.!?。！？؟।…][\"'”’»)\]*_]{0,4}\Z")
_FULL = lazy(r"[.。।][\"'”’»)\]*_]{0,4}\Z")
_SENTENCE = lazy(r"[.!?؟।][\"'”’»)\]]{0,2}\s|[。！？]")
_QUOTED = lazy(r"[\"“„«「『]")
_PRICE = lazy(r"[$€£¥₽₴₹]\s?\d|\d\s?(?:[$€£¥₽₴₹元]|zł|руб|грн|eur\b|usd\b|доллар|euro)", re.IGNORECASE)
_WORD = lazy(r"\w+")
_UNSPACED = lazy("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_DIGIT = lazy(r"\d")


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one block."""

    normal: str  # the line as patterns see it: no markup, casefolded, at most 2 × WINDOW characters
    words: int  # whitespace words; two characters of an unspaced script count as one
    terminal: bool  # ends like a sentence
    full: bool  # ends with a full stop
    sentences: int  # sentence ends inside
    heading: bool  # Markdown heading, or all of it bold
    title: bool  # Markdown heading of the first level
    bullet: bool
    link: float  # share of the characters that are link text or addresses
    quoted: bool
    price: bool
    digits: int

    @property
    def prose(self) -> bool:
        """Text in sentences, as articles are written."""
        return self.words >= 12 and (self.terminal or self.sentences > 0) and self.link < .6

    @property
    def short(self) -> bool:
        """A title, a label or a menu entry: too short and too open for a paragraph."""
        return self.words <= 12 and not self.terminal and not self.sentences


def fold(text: str) -> str:
    """Quotes, dashes and letters that vary made plain, casefolded; markup and spaces as they are."""
    return (text if text.isascii() else text.translate(_QUOTES)).casefold()


def normal(text: str) -> str:
    """A line as cue patterns see it: casefolded, without links, tags and marks, with plain quotes and dashes.

    >>> normal("## **Related article:** <u>How</u> it began…")
    'related article: how it began'
    """
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "<" in text:
        text = _TAG.sub("", text)
    return _SPACE.sub(" ", text.translate(_QUOTES)).strip(_DECOR).casefold()


def measure(text: str) -> Form:
    """The form of a block's text (one line, without surrounding whitespace)."""
    size = len(text)
    head = text if size <= 2 * WINDOW else text[:WINDOW] + " " + text[-WINDOW:]
    link = 0.0
    if "](" in head or "http" in head or "www." in head:
        inside = sum(len(match.group(1)) for match in _LINK.finditer(head))
        plain = _LINK.sub(r"\1", head)
        inside += sum(len(match.group()) for match in _URL.finditer(plain))
        link = min(1.0, inside / max(1, len(plain)))
    line = normal(head)
    words = text.count(" ") + 1
    if not text.isascii():
        unspaced = len(_UNSPACED.findall(head))
        if unspaced:
            words += int(unspaced * size / len(head)) // 2
    tail = text[-8:]
    return Form(line, words, _TERMINAL.search(tail) is not None,
                _FULL.search(tail) is not None, len(_SENTENCE.findall(head)),
                _HEADING.match(head) is not None, text.startswith("# "), _BULLET.match(head) is not None, link,
                _QUOTED.search(head) is not None, _PRICE.search(head) is not None, len(_DIGIT.findall(head)))
