"""When two blocks count as the same: a cheap key for all of them, word features for those worth a close look.

The key is equal for blocks that differ in case, figures, punctuation, markup or spacing only. The features see through
more: words at which appeals vary from page to page (names of outlets and authors, months) become one placeholder, and
two blocks are of one kind when the Jaccard similarity of their word bigrams reaches `ALIKE`.
"""
from __future__ import annotations

import hashlib
import unicodedata
import zlib
from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from typing import Any

from dedup import arrays
from dedup.arrays import Array, np
from dedup.article import Block
from dedup.blocks import form
from dedup.boilerplate.form import strange
from dedup.lanes import Lanes
from dedup.patterns import lazy

ALIKE = 0.6
LONGEST = 250  # words; a longer block is an article in one line and is compared by its key only
_CODEC = "utf-8", "surrogatepass"
_FEW = 64  # texts that are worked on together
_LONG_WORD = 48  # bytes; the number of a longer word is worked out by itself
_KEYS = 4  # smallest trigram hashes by which blocks find each other

# written without spaces: Thai, Lao, Myanmar and Khmer in letters, of which any few in a row count as a word; kana and Han
_LETTERS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = f"{_LETTERS}\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_IN_A_ROW = 5  # letters: about a word of Thai
# what stands over, under and between letters belongs to words, though \w has nothing of it
_MARKS_OF_LETTERS = ("\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
                     "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09d7\u09e2\u09e3"
                     "\u0a01-\u0a03\u0a3c-\u0a51\u0a70-\u0a75\u0a81-\u0a83\u0abc-\u0acd"
                     "\u0b01-\u0b03\u0b3c-\u0b57\u0b82\u0bbe-\u0bd7"
                     "\u0c00-\u0c04\u0c3c-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6"
                     "\u0d00-\u0d03\u0d3b-\u0d4d\u0d57\u0d81-\u0d83\u0dca-\u0ddf"
                     "\u0f71-\u0f84")
_NO_SPACES = lazy(f"[{_UNSPACED}]")
_LETTER = lazy(f"[{_LETTERS}]")
_CHARACTERS_OR_WORD = lazy(rf"[{_LETTERS}]+|[{_UNSPACED}]|(?:(?![{_UNSPACED}])[\w{_MARKS_OF_LETTERS}])+")
_NO_WORD = lazy(rf"[^\x00-\x7f\w{_MARKS_OF_LETTERS}]")
_BLANKS = bytes(byte if byte in b"\n_" or byte > 127 or chr(byte).isalnum() else 32 for byte in range(256))
_DROP = bytes(byte for byte in range(128) if not chr(byte).isalpha() and byte != 10)
_OFTEN = 400  # characters up to which a block with some of it may stand in many articles
_LOWER = bytes(range(65)) + bytes(range(97, 123)) + bytes(range(91, 256))
_HIGH = bytes(range(128, 256))
_SIGNS = lazy("[\u0080-\u00bf\u2000-\u203f\u2080-\u20bf]+")  # quotes, dashes, money: in UTF-8 C2, E2 80, E2 82
_TAG = lazy(r"</?[A-Za-z][^<>]{0,200}>")
_LINK = lazy(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}\)")
_MARKS = "*_`"
_SIGNS_OF_MARKUP = str.maketrans("", "", "*_`~#>|")
_ADDRESSED = "⌘".encode()  # what stands for an address
_URL = lazy(r"(?:https?://|www\.)\S+")
_FIGURE = lazy(r"\d[\d.,:]*")
_ZEROS, _ZERO = str.maketrans("123456789", 9 * "0"), lazy("0[0.,:]*")
_CAPITAL = "A-Z\u00c0-\u00de\u0391-\u03ab\u0400-\u042f"
# words in capitals that do not open a sentence
_NAME = lazy(rf"[{_CAPITAL}](?<=[a-z0-9,;)’'\u00df-\u00ff\u03b1-\u03ce\u0430-\u045f] [{_CAPITAL}])[\w'’.-]*"
             rf"(?: (?:(?:of|the|and|&|de|la|der|des) ){{0,2}}[{_CAPITAL}][\w'’.-]*)*")
_ADDRESS = lazy(r"\S*@\S+")
_NAMED = "\x1fxnamex"  # begins with a space that hardly any text has, by which names are counted


def words(text: str) -> list[str]:
    """The words of a text in lower case; in scripts without spaces its characters, or the letters from each on."""
    if not text.isascii() and _NO_SPACES.search(text):
        return _unspaced(text.casefold())
    return _blanked(text.casefold()).decode(*_CODEC).split()


def _unspaced(text: str) -> list[str]:
    found: list[str] = []
    for word in _CHARACTERS_OR_WORD.findall(text):
        if _LETTER.match(word):
            found += [word[at:at + _IN_A_ROW] for at in range(len(word))]
        else:
            found.append(word)
    return found


def lines_of_words(texts: Sequence[str]) -> list[bytes]:
    """The words of each text, none of which has a line end, in UTF-8 with blanks between them."""
    return _spaced("\n".join(texts)).split(b"\n") if texts else []


def _spaced(text: str) -> bytes:
    """The words of each line with blanks between them: splitting it is much faster than findall."""
    if not text.isascii() and _NO_SPACES.search(odd := strange(text)):
        return "\n".join([" ".join(_unspaced(line)) for line in text.casefold().split("\n")]).encode(*_CODEC)
    if not text.isascii() and 8 * len(odd) < len(text):
        # mostly quotes and dashes: ASCII without them, and folded much faster
        for sign in set(_NO_WORD.findall(odd)):
            if sign == sign.casefold():
                text = text.replace(sign, " ")
    return _blanked(text.casefold())


def places_of_words(data: Array, count: int) -> tuple[Array, Array, Array]:
    """Of the bytes uint8 of `count` lines of words: how many words each line has, and where the words begin and end."""
    blank = np.ones(len(data) + 2, bool)
    np.less_equal(data, 32, out=blank[1:-1])
    edges = np.flatnonzero(blank[1:] != blank[:-1])
    starts, ends = edges[::2], edges[1::2]
    cuts = np.searchsorted(starts, np.flatnonzero(data == 10))
    return np.diff(np.concatenate([[0], cuts, [len(starts)]]))[:count], starts, ends


def numbers(lines: Sequence[bytes]) -> tuple[Array, Array]:
    """How many words each of some `lines_of_words` has, and the CRC-32 of each word.

    A checksum of many bytes is the XOR of what each of them adds, which depends on how many of the word stand behind it.
    """
    text = b"\n".join(lines)
    data = np.frombuffer(text, np.uint8)
    counts, starts, ends = places_of_words(data, len(lines))
    if not len(ends):
        return counts, np.zeros(0, np.uint32)
    of_byte, of_size = _checksums()
    behind = np.repeat(ends, np.diff(np.concatenate([[0], ends])))
    behind -= np.arange(1, len(behind) + 1)
    np.minimum(behind, _LONG_WORD - 1, out=behind)
    behind *= 256
    behind += data[:len(behind)]
    found = np.bitwise_xor.accumulate(of_byte[behind])[ends - 1]
    found[1:] ^= found[:-1].copy()
    sizes = ends - starts
    found ^= of_size[np.minimum(sizes, _LONG_WORD)]
    for at in np.flatnonzero(sizes > _LONG_WORD).tolist():
        found[at] = zlib.crc32(text[starts[at]:ends[at]])
    return counts, found


@lru_cache(maxsize=1)
def _checksums() -> tuple[Array, Array]:
    """What a byte adds to a CRC-32 with 0, 1 … bytes behind it, blanks nothing; and the CRC-32 of so many zeros."""
    zeros = [zlib.crc32(bytes(size)) for size in range(_LONG_WORD + 1)]
    added = [zlib.crc32(bytes([byte]) + bytes(behind)) ^ zeros[behind + 1] if byte > 32 else 0
             for behind in range(_LONG_WORD) for byte in range(256)]
    return np.array(added, np.uint32), np.array(zeros, np.uint32)


def _blanked(text: str) -> bytes:
    r"""The text with a blank for all that is no \w and no line end."""
    if not text.isascii():
        for sign in set(_NO_WORD.findall(strange(text))):
            text = text.replace(sign, " ")
    return text.encode(*_CODEC).translate(_BLANKS)


def letters(blocks: Sequence[Block]) -> list[bytes]:
    """What is left of each block for its key: its letters. Empty for one that has none.

    Equal for blocks of equal `blocks.form`, and for some more; cheap, as every block of a corpus passes here.
    """
    return letters_of([block.text for block in blocks])


def letters_of(texts: Sequence[str]) -> list[bytes]:
    """The same of the texts of blocks."""
    text = "\n".join(texts)
    if _marked(text):
        text = "\n".join([(_unmarked if len(one) > _OFTEN else _often_unmarked)(one) if _marked(one) else one for one in texts])
    found = text.encode(*_CODEC).translate(_LOWER, _DROP).split(b"\n")[:len(texts)]
    hard = []
    for at, squeezed in enumerate(found):
        if not squeezed.isascii():
            plain = squeezed.translate(None, _HIGH)
            quotes = 3 * (squeezed.count(b"\xe2\x80") + squeezed.count(b"\xe2\x82")) + 2 * squeezed.count(b"\xc2")
            high = len(squeezed) - len(plain)
            if high == quotes:  # most English text: nothing beyond ASCII but quotes and dashes
                found[at] = plain
            elif quotes or high != 3 * squeezed.count(_ADDRESSED):  # which is as it should be
                hard.append(at)
    if hard:
        lines = text.split("\n")
        text = unicodedata.normalize("NFKC", _SIGNS.sub("", "\n".join([lines[at] for at in hard]))).lower()
        for at, squeezed in zip(hard, text.encode(*_CODEC).translate(None, _DROP).split(b"\n")):
            found[at] = squeezed
    return found


def _marked(text: str) -> bool:
    """Whether there may be markup or addresses in a text."""
    return "<" in text or "]" in text and "](" in text or "http" in text or "www." in text  # one letter is found faster


def _unmarked(text: str) -> str:
    """A block with markup or addresses in its `form`, as far as letters go."""
    if not text.isascii():
        return form(text)
    if "<" in text:
        text = _TAG.sub("", text)
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    return _URL.sub("⌘", text.translate(_SIGNS_OF_MARKUP).lower())


_often_unmarked = lru_cache(maxsize=4096)(_unmarked)  # most blocks with markup or addresses recur: menus, appeals


def key(squeezed: bytes) -> int:
    """A 64-bit hash, the same in every process and on every machine; 0 for no letters."""
    return int.from_bytes(hashlib.blake2b(squeezed, digest_size=8).digest(), "little") if squeezed else 0


def length(text: str) -> int:
    """About how many words; characters where words are not spaced."""
    spaces = text.count(" ") + 1
    return spaces if len(text) < 12 * spaces or text.isascii() else len(words(text))


def scan(texts: Sequence[str]) -> tuple[list[int], list[int]]:
    """(keys, tokens) of the texts of blocks; both 0 for a block without letters."""
    found = letters_of(texts)
    return list(map(key, found)), [length(text) if some else 0 for text, some in zip(texts, found)]


def scan_blocks(blocks: Sequence[Block]) -> tuple[Array, Array]:
    """(keys uint64, tokens int32), one of each for every block; both 0 for a block without letters."""
    keys, tokens = scan([block.text for block in blocks])
    return np.array(keys, np.uint64), np.array(tokens, np.int32)


def templates(texts: Sequence[str]) -> list[bytes]:
    """The words of blocks, blanks between them, with their names as one placeholder each and figures as 0.

    A name is a run of words in capitals that do not open a sentence. Where names would be half of the words or more
    (headlines, German) nothing is replaced, as little would be left to compare.
    """
    ascii = [text for text in texts if text.isascii()]  # many together; others would make each other slow
    lines = chain.from_iterable(_templates(ascii[at:at + _FEW]) for at in range(0, len(ascii), _FEW))
    return [next(lines) if text.isascii() else _templates([text])[0] for text in texts]


def _templates(texts: Sequence[str]) -> list[bytes]:
    text = "\n".join([_without_markup(one) if "<" in one or "](" in one else one for one in texts])
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    for mark in _MARKS:
        text = text.replace(mark, "")
    if "http" in text or "www." in text:
        text = _URL.sub("0", text)
    # of ASCII: a sign that is the same for all figures is found much faster
    text = _ZERO.sub("0", text.translate(_ZEROS)) if text.isascii() else _FIGURE.sub("0", text)
    found = _spaced(text).split(b"\n")
    named = _NAME.sub(_NAMED, text)
    if "@" in named:
        named = _ADDRESS.sub(_NAMED, named)
    lines, sign = named.split("\n"), _NAMED[0]
    more = [new.count(sign) - old.count(sign) for new, old in zip(lines, text.split("\n"))]
    some = [at for at, names in enumerate(more) if names]
    for at, line in zip(some, lines_of_words([lines[at] for at in some])):
        kept = len(line.split()) - more[at]
        if kept >= 3 and 2 * kept > len(found[at].split()):
            found[at] = line
    return found


def _without_markup(text: str) -> str:
    """A block without tags and addresses of links."""
    if "<" in text:
        text = _TAG.sub("", text)
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    return text


MIX, _PAIR, _TRIPLE = 0xFF51AFD7ED558CCD, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
_LANES = Lanes(64)


def mix(values: Array) -> Array:
    """Well spread hashes of 64-bit numbers."""
    values = (values ^ (values >> np.uint64(33))) * np.uint64(MIX)
    return values ^ (values >> np.uint64(33))


def _plain_mix(lanes: int, count: int) -> int:
    """`mix` of numbers in lanes."""
    lanes = _LANES.cut((lanes ^ _LANES.shift(lanes, count, 33)) * MIX, count)
    return lanes ^ _LANES.shift(lanes, count, 33)


class Features:
    """Word features of blocks, worked out together: bigrams as hashes, and the keys by which similar blocks meet.

    Both are empty where a block is too short (under three words) or too long to be compared fuzzily.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        found = templates([text if len(text) <= LONGEST * 12 else "" for text in texts])
        worked_out: Callable[[Sequence[bytes]], tuple[list[int], Any, Any]] = _hashed if arrays.at_hand() else _plainly_hashed
        self._ends, self._pairs, self._triples = worked_out(found)

    def pairs(self, at: int) -> frozenset[int]:
        """The bigrams of a block."""
        return frozenset(self._part(self._pairs, at, 1).tolist())

    def keys(self, at: int) -> list[int]:
        """The lookup keys of a block: its smallest trigrams."""
        return sorted(set(self._part(self._triples, at, 2).tolist()))[:_KEYS]

    def every_key(self) -> tuple[Array, Array]:
        """How many lookup keys each block has, and all of them, end to end."""
        ends = np.array(self._ends, np.int64)
        sizes = np.maximum(np.diff(ends, prepend=0) - 2, 0)
        of = np.flatnonzero(sizes)
        sizes = sizes[of]
        starts = np.cumsum(sizes) - sizes
        rest = np.asarray(self._triples, np.uint64)[arrays.stretches(ends[of] - 2 - sizes, sizes)]
        last = np.uint64(0xFFFFFFFFFFFFFFFF)
        blocks, keys = [], []
        for _ in range(_KEYS):  # the smallest that is left of each
            least = np.minimum.reduceat(rest, starts) if len(of) else rest
            blocks.append(of[least < last])
            keys.append(least[least < last])
            rest[rest == np.repeat(least, sizes)] = last
        found = np.concatenate(blocks)
        return np.bincount(found, minlength=len(ends)), np.concatenate(keys)[np.argsort(found, kind="stable")]

    def every_pair(self) -> tuple[Array, Array]:
        """How many bigrams each block has, and all of them, end to end."""
        ends = np.array(self._ends, np.int64)
        sizes = np.diff(ends, prepend=0)
        inside = np.ones(ends[-1] if len(ends) else 0, bool)
        inside[ends[sizes > 0] - 1] = False
        return sizes - (sizes > 0), np.asarray(self._pairs, np.uint64)[:len(inside)][inside]

    def _part(self, row: Any, at: int, short: int) -> Any:
        start = self._ends[at - 1] if at else 0
        return row[start:max(start, self._ends[at] - short)]


def _hashed(lines: Sequence[bytes]) -> tuple[list[int], Array, Array]:
    """Where the words of each line end, with one before and one behind them, and hashes of all bigrams and trigrams."""
    sizes, found = numbers(lines)
    compared = (sizes >= 3) & (sizes <= LONGEST)
    ends = np.cumsum(np.where(compared, sizes + 2, 0))
    last = ends[compared] - 1
    flat = np.zeros((ends[-1] if len(ends) else 0) + 2, np.uint64)
    inner = np.ones(len(flat), bool)
    for number, places in (1, last - sizes[compared] - 1), (2, last), (0, [-2, -1]):
        flat[places] = number
        inner[places] = False
    flat[inner] = found[np.repeat(compared, sizes)]
    pairs = mix(flat[:-1] * np.uint64(_PAIR) + flat[1:])
    return ends.tolist(), pairs, mix(pairs[:-1] ^ (flat[2:] * np.uint64(_TRIPLE)))


def _plainly_hashed(lines: Sequence[bytes]) -> tuple[list[int], array[int], array[int]]:
    """The same without NumPy."""
    rows = [[1, *map(zlib.crc32, row), 2] if 3 <= len(row) <= LONGEST else [] for row in map(bytes.split, lines)]
    ends = list(accumulate(map(len, rows)))
    words = [*chain.from_iterable(rows), 0, 0]
    flat, count = _LANES.pack(words), len(words) - 1
    pairs = _plain_mix(_LANES.cut(_LANES.first(flat, count) * _PAIR + _LANES.behind(flat, 1), count), count)
    count -= 1
    triples = _plain_mix(_LANES.first(pairs, count) ^ _LANES.cut(_LANES.behind(flat, 2) * _TRIPLE, count), count)
    return ends, _LANES.unpack(pairs, count + 1), _LANES.unpack(triples, count)


def similarity(left: frozenset[int], right: frozenset[int]) -> float:
    """Jaccard similarity of two sets of features; 0 where one is empty."""
    if not left or not right:
        return 0.0
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared)
