"""What the form of a block says, whatever its language: length, sentences, links, list marks, whom it addresses.

That length, links and neighbours tell prose from the rest is jusText's idea (Pomikálek 2011); here it is without HTML.
"""
from __future__ import annotations

import re

from dedup.once import once
from dedup.patterns import lazy

LISTED = 25  # words from which a line of names is no sentence
WINDOW = 400  # what patterns see of either end of a long block, in characters

_LINK = lazy(r"!?\[([^\[\]]{0,300})\]\(([^()\s]{0,500})[^()]{0,100}\)")
_TAG = lazy(r"</?[A-Za-z][^<>]{0,200}>")
_URL = lazy(r"(?:https?://|www\.)\S{1,500}")
_CASES = bytes(ord("A" if chr(code).isupper() else "a" if chr(code).islower() else " " if chr(code).isspace() else ".")
               for code in range(128)) + bytes(128)  # of ASCII, what kind of sign each is
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
                         "–": "-", "—": "-",
                         "\u00a0": " ", "\u202f": " ", "\u00ad": None, "\u200b": None, "\ufeff": None, "\u200e": None,
                         "\u200f": None, "*": None, "_": " ", "`": None, "ё": "е", "：": ":", "，": ",", "？": "?",
                         "！": "!", "（": "(", "）": ")", "｜": "|", "、": ",", "،": ",",
                         "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ـ": None, "ی": "ي", "ک": "ك", "\u200c": None,
                         **dict(zip("άέήίόύώϊϋΐΰΆΈΉΊΌΎΏ", "αεηιουωιυιυΑΕΗΙΟΥΩ")),  # capitals come without accents
                         "İ": "i", "ı": "i",  # letters of Turkish whose case folding is a matter of taste
                         **{chr(one): f"{chr(base)}{chr(mark)}" for one, base, mark in (  # letters with a dot, in one sign
                             (0x958, 0x915, 0x93c), (0x959, 0x916, 0x93c), (0x95a, 0x917, 0x93c), (0x95b, 0x91c, 0x93c),
                             (0x95c, 0x921, 0x93c), (0x95d, 0x922, 0x93c), (0x95e, 0x92b, 0x93c), (0x95f, 0x92f, 0x93c),
                             (0x9dc, 0x9a1, 0x9bc), (0x9dd, 0x9a2, 0x9bc), (0x9df, 0x9af, 0x9bc))},
                         **dict.fromkeys(map(chr, range(0x64b, 0x653)))})
_ODD = lazy("[%s]" % re.escape("".join(map(chr, _QUOTES))))
_ASCII = bytes(range(128))
_EDGE = "¿¡ \t#>|•·-+:›‹→←▸▶►▼▾↓↑…¶=~/\\✉☰×⋅○●■◆★☆"
_DECOR = _EDGE + ".,;!。！，؛،।"
_BULLET = lazy(r"\s*(?:[*+•·▪◦‣-]|\d{1,3}[.)])\s")
_HEADING = lazy(r"\s*(?:#{1,6}\s|(?:#{1,6}\s{0,2})?\*\*[^*]{1,200}\*\*\W{0,3}\Z)")
_TERMINAL = lazy(r"[.!?。！？؟।…][\"'”’»)\]*_]{0,4}\Z")
_FULL = lazy(r"[.。।][\"'”’»)\]*_]{0,4}\Z")
_SENTENCE = lazy(r"[.!?؟।。！？](?:(?<=[。！？])|[\"'”’»)\]]{0,2}\s)")
_UNSPACED = lazy("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def fold(text: str) -> str:
    """Quotes, dashes and letters that vary made plain, emphasis dropped, casefolded; spaces as they are."""
    text = _plain(text)
    if "*" in text or "_" in text or "`" in text:
        text = text.replace("*", "").replace("`", "").replace("_", " ")
    return text.casefold()


def _plain(text: str) -> str:
    """What varies and is not ASCII made plain."""
    for sign in () if text.isascii() else set(_ODD.findall(strange(text))):
        text = text.replace(sign, sign.translate(_QUOTES))
    return text


def strange(text: str) -> str:
    """What of a text is not ASCII: to look through that takes a fraction of the time where little is."""
    if text.isascii():
        return ""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")


def normal(text: str) -> str:
    """A line as cue patterns see it: casefolded, without links, tags and marks, with plain quotes and dashes.

    >>> normal("## **Related article:** <u>How</u> it began…")
    'related article: how it began'
    """
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "<" in text:
        text = _TAG.sub("", text)
    text = fold(text)
    if "  " in text or not text.isprintable():  # there are other spaces than single blanks
        text = " ".join(text.split())
    return text.strip(_DECOR)


def ends(text: str) -> str:
    """What of a block patterns see."""
    return text if len(text) <= 2 * WINDOW else text[:WINDOW] + " " + text[-WINDOW:]


def size(text: str) -> int:
    """Words by whitespace; two characters of an unspaced script count as one."""
    words = text.count(" ") + 1
    if not text.isascii() and _UNSPACED.search(strange(seen := ends(text))):
        words += int(len(_UNSPACED.findall(seen)) * len(text) / len(seen)) // 2
    return words


class Form:
    """The form of one block's text (one line, without surrounding whitespace), looked at as it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @once
    def ends(self) -> str:
        """What of it patterns see."""
        return ends(self.text)

    @once
    def words(self) -> int:
        """Words by whitespace; two characters of an unspaced script count as one."""
        return size(self.text)

    @once
    def normal(self) -> str:
        """The line as patterns see it: no markup, casefolded, at most 2 × WINDOW characters."""
        return normal(self.ends)

    @once
    def terminal(self) -> bool:
        """Ends like a sentence."""
        return _TERMINAL.search(self.text[-8:]) is not None

    @once
    def full(self) -> bool:
        """Ends with a full stop."""
        return _FULL.search(self.text[-8:]) is not None

    @once
    def sentences(self) -> bool:
        """A sentence ends inside."""
        return _SENTENCE.search(self.ends) is not None

    @once
    def heading(self) -> bool:
        """A Markdown heading, or all of it bold."""
        return _HEADING.match(self.ends) is not None

    @once
    def title(self) -> bool:
        """A Markdown heading of the first level."""
        return self.text.startswith("# ")

    @once
    def bullet(self) -> bool:
        """An entry of a list."""
        return _BULLET.match(self.ends) is not None

    @once
    def link(self) -> float:
        """Share of the characters that are link text or addresses."""
        head = self.ends
        if "](" not in head and "http" not in head and "www." not in head:
            return 0.0
        inside = sum(len(match.group(1)) for match in _LINK.finditer(head))
        plain = _LINK.sub(r"\1", head)
        inside += sum(len(match.group()) for match in _URL.finditer(plain))
        return min(1.0, inside / max(1, len(plain)))

    @once
    def prose(self) -> bool:
        """Text in sentences, as articles are written."""
        return (self.words >= 12 and (self.terminal or self.sentences) and self.link < .6
                and not (self.words >= LISTED and self.names))

    @once
    def names(self) -> bool:
        """Most of its words begin with a capital letter and go on in small ones: a list of names or titles in one line."""
        letters = f" {self.ends}".encode("ascii", "replace")  # whatever is not ASCII may begin a word, with a capital letter
        signs, strange = letters.translate(_CASES), 0 if self.ends.isascii() else letters.count(b"?")
        if 3 * (signs.count(b" A") + strange) <= 2 * signs.count(b" aa"):  # of the words that count some are left out
            return False
        words = [word[:2] for word in self.ends.split() if word[:2].isalpha()]
        return 2 * len(words) > LISTED and 3 * sum(map(str.istitle, words)) > 2 * len(words)

    @once
    def short(self) -> bool:
        """A title, a label or a menu entry: too short and too open for a paragraph."""
        return self.words <= 12 and not self.terminal and not self.sentences
