"""When two blocks count as the same: a cheap key for all of them, word features for those worth a close look.

The key is equal for blocks that differ in case, figures, punctuation, markup or spacing only. The features see through
more: words at which appeals vary from page to page (names of outlets and authors, months) become one placeholder, and
two blocks are of one kind when the Jaccard similarity of their word bigrams reaches `ALIKE`.
"""
from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence

from dedup.blocks import form

ALIKE = 0.6
LONGEST = 250  # tokens; a longer block is an article in one line and is compared by its key only
_KEYS = 4  # smallest trigram hashes by which blocks find each other
_MASK = (1 << 64) - 1

# Thai, Lao, Myanmar, Khmer, kana, Han: written without spaces, so a character is a word
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w)+")
_TOKEN = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[\w'’@.-])+|[^\w\s]")
_DROP = bytes(byte for byte in range(128) if not chr(byte).isalpha())
_MARKUP = ("<", "](", "http", "www.")
_SIGNS = re.compile(rb"\xe2[\x80-\x82].|\xc2.|\xef\xbb\xbf")  # U+0080-00BF, U+2000-20BF: quotes, dashes, money


def words(text: str) -> list[str]:
    """The words of a text in lower case; in scripts without spaces its characters."""
    return _WORD.findall(text.casefold())


def squeeze(text: str) -> bytes:
    """What is left of a block for its key: its letters. Empty when it has none.

    Equal for blocks of equal `blocks.form`, and for some more; cheap, as every block of a corpus passes here.
    """
    if any(mark in text for mark in _MARKUP):
        text = form(text)
    if text.isascii():
        return text.lower().encode().translate(None, _DROP)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return _SIGNS.sub(b"", text.lower().encode("utf-8", "surrogatepass").translate(None, _DROP))


def key(letters: bytes) -> int:
    """A 64-bit hash, the same in every process and on every machine."""
    return int.from_bytes(hashlib.blake2b(letters, digest_size=8).digest(), "little")


def length(text: str) -> int:
    """About how many words; characters where words are not spaced."""
    spaces = text.count(" ") + 1
    return spaces if text.isascii() or len(text) < 12 * spaces else len(_WORD.findall(text))


def template(text: str) -> list[str]:
    """The words of a block with its names as one placeholder each.

    A name is a run of words in capitals after the first word of a sentence. Where names would be half of the words or
    more (headlines, German) nothing is replaced, as little would be left to compare.
    """
    plain: list[str] = []
    named: list[str] = []
    names, start = 0, True
    for token in _TOKEN.findall(_figures(text)):
        if not any(map(str.isalnum, token)):
            start = start or token in ".!?:;\"“”«»•|–—"
            continue
        bare = token.strip(".'’-")
        small = bare.casefold()
        plain.append(small)
        if (bare[:1].isupper() and not start) or "@" in token:
            names += 1
            if not named or named[-1] != "◇":
                named.append("◇")
        else:
            named.append(small)
        start = token[-1] == "."
    return named if names * 2 < len(plain) and len(plain) - names >= 3 else plain


def _figures(text: str) -> str:
    return re.sub(r"[$€£¥₽₴₹]?\d[\d.,:]*\s?[$€£¥₽₴₹%]?", "0 ", re.sub(r"(?:https?://|www\.)\S+", "0", text))


def features(text: str) -> tuple[frozenset[int], tuple[int, ...]]:
    """(word bigrams of the template as hashes, the keys by which similar blocks are looked up).

    Both empty where a block is too short (under three words) or too long to be compared fuzzily.
    """
    if not text or len(text) > LONGEST * 12:
        return frozenset(), ()
    hashes = [zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in template(_plain(text))]
    if not 3 <= len(hashes) <= LONGEST:
        return frozenset(), ()
    padded = [1, *hashes, 2]
    pairs = frozenset((a * 0x9E3779B97F4A7C15 + b) & _MASK for a, b in zip(padded, padded[1:]))
    keys = {_mix(a * 0x9E3779B97F4A7C15 + b * 0xC2B2AE3D27D4EB4F + c)
            for a, b, c in zip(padded, padded[1:], padded[2:])}
    return pairs, tuple(sorted(keys)[:_KEYS])


def _plain(text: str) -> str:
    """The text without tags and Markdown marks, as `blocks.form` takes them off, in its own case."""
    if "<" in text:
        text = re.sub(r"</?[A-Za-z][^<>]{0,200}>", "", text)
    if "](" in text:
        text = re.sub(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}\)", r"\1", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.translate(_MARKS)


_MARKS = str.maketrans("", "", "*_`~#>|\u00ad\u200b\u200c\u200d\u2060\ufeff")


def _mix(value: int) -> int:
    value &= _MASK
    value = ((value ^ (value >> 33)) * 0xFF51AFD7ED558CCD) & _MASK
    return value ^ (value >> 33)


def similarity(left: frozenset[int], right: frozenset[int]) -> float:
    """Jaccard similarity of two sets of features; 0 where one is empty."""
    if not left or not right:
        return 0.0
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared)


def grams(pieces: Iterable[Sequence[str]], n: int = 3) -> set[tuple[str, ...]]:
    """The word n-grams of pieces of one text, each piece by itself; a piece shorter than n is one gram."""
    found: set[tuple[str, ...]] = set()
    for piece in pieces:
        if len(piece) < n:
            if piece:
                found.add(tuple(piece))
        else:
            found.update(zip(*(piece[at:] for at in range(n))))
    return found


def containment(left: set[tuple[str, ...]], right: set[tuple[str, ...]]) -> float:
    """Share of the smaller set found in the larger; 0 where one is empty."""
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0
