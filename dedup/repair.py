"""Damage that a text took on its way, undone for comparing: nothing made here is ever published."""
from __future__ import annotations

import html
import re

from dedup.patterns import lazy

_ENTITY = lazy(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ESCAPE = lazy(r"\\u([0-9a-fA-F]{4})")
# The bytes 80 to BF, of which UTF-8 makes the ends of letters, as Windows 1252 and 1251 show them.
_LATIN = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_CYRILLIC = "\x80-\xbfЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџЎўЈҐЁЄЇІіґё№єјЅѕї"
_MISREAD = lazy(f"[ÂÃÄÅâ][{_LATIN}]|(?:[Ð-ßà-ô][{_LATIN}]{{1,3}}){{2}}|(?:[РС][{_CYRILLIC}]){{2}}")


def repaired(text: str) -> str:
    """The text with HTML entities (escaped up to twice) and \\uXXXX escapes resolved, and UTF-8 that was read as
    Windows 1252, 1251 or Latin-1 read aright (by ftfy)."""
    for _ in range(2):
        if "&" not in text or not _ENTITY.search(text):
            break
        text = html.unescape(text)
    if "\\u" in text:
        text = _ESCAPE.sub(_character, text)
    if not text.isascii() and _MISREAD.search(text):
        import ftfy

        text = ftfy.fix_encoding(text)
    return text


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16))
