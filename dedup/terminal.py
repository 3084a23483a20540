"""Text made safe and measured for a terminal: names and articles come from strangers."""
from __future__ import annotations

import unicodedata

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\x1b"}
_JOINERS = "\u200c\u200d"  # spelling in Persian and Indic scripts, and in emoji
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def _shown(char: str) -> str:
    if char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return char
    code = ord(char)
    if char in _NAMED:
        return _NAMED[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plain(text: str) -> str:
    """The text with every control, direction and line-breaking character spelled out, lone surrogates too."""
    if text.isprintable():  # also refuses the spaces other than " ": those are looked at one by one
        return text
    return "".join(map(_shown, text))


def counted(number: int, one: str, many: str = "") -> str:
    """A number and what it counts: "1 file", "2,000 files"; `many` where that is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(count: int) -> str:
    """A number of bytes as a person says it: "812 bytes", "24 KB", "1.3 GB"."""
    amount, unit = float(count), "bytes"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if amount < 10 and unit not in ("bytes", "KB") else f"{amount:.0f} {unit}"


def line(text: str) -> str:
    """A text on one line: runs of white space become one space, the rest as `plain`."""
    return plain(" ".join(text.split()))


def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """Columns a text takes in a terminal."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def fit(text: str, columns: int) -> str:
    """The text cut to at most `columns`, with an ellipsis where something is missing."""
    if len(text) <= columns and width(text) <= columns:
        return text
    kept, used = [], 0
    for char in text[:4 * columns]:
        used += _cells(char)
        if used > columns - 1:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def ends(text: str, columns: int) -> str:
    """The first and last words of a text of more than `columns`, with an ellipsis between them; no word is cut."""
    if width(text) <= columns:
        return text
    words = text.split(" ")
    head, tail, used = list[str](), list[str](), 1
    while words:
        side, word = (head, words.pop(0)) if width(" ".join(head)) <= width(" ".join(tail)) else (tail, words.pop())
        used += width(word) + 1
        if used > columns and head and tail:
            return " ".join([*head, "…", *tail[::-1]])
        side.append(word)
    return text  # of so few words that one would have to be cut


def elided(text: str, columns: int) -> str:
    """The text cut to at most `columns` in its middle: of a path, both ends tell more than the beginning."""
    if len(text) <= columns and width(text) <= columns:
        return text
    head = fit(text, max(columns // 3, 2))
    tail, room = "", columns - width(head)
    for char in text[:-columns - 1:-1]:
        if width(char + tail) > room:
            break
        tail = char + tail
    return head + tail


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of at most `columns`, broken between words; a longer word is broken where it must be."""
    lines, current = [], ""
    for word in text.split(" "):
        if current and width(current) + 1 + width(word) <= columns:
            current = f"{current} {word}"
            continue
        if current:
            lines.append(current)
        current = word
        while width(current) > columns:
            cut = next(at for at in range(1, len(current) + 1) if at == len(current) or width(current[:at + 1]) > columns)
            lines.append(current[:cut])
            current = current[cut:]
    return [*lines, current]


def paint(text: str, style: str, color: bool) -> str:
    """The text in a style ("bold", "dim", "red", …; "": none) when `color`."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color and text and style else text
