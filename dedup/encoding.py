"""Bytes → text: byte order mark, strict UTF-8, declared charset, a guess by charset-normalizer, in that order.

What cannot be text is refused rather than guessed at: bytes with NULs (binary, or UTF-16 without a mark) and UTF-8 that
was damaged, since another charset would turn every accent of it into rubbish.
"""
from __future__ import annotations

import codecs
import re

from dedup.errors import InputError
from dedup.patterns import lazy

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"%PDF-", "a PDF"), (b"PK\x03\x04", "a zip archive or office document"), (b"\x1f\x8b", "gzip data: name it .gz"),
    (b"\x28\xb5\x2f\xfd", "zstd data: name it .zst"), (b"\x89PNG", "an image"), (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"), (b"\x7fELF", "a program"), (b"PAR1", "Parquet: name it .parquet"),
    (b"\xd0\xcf\x11\xe0", "an old office document"), (b"BZh", "bzip2 data"), (b"\xfd7zXZ", "xz data"),
)
_SUPERSETS = {  # as the WHATWG's Encoding Standard has it: who declares the one often writes the other
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs"}
_WEB = ("cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "cp932", "cp949",
        "euc_jp", "gb18030", "big5hkscs", "big5", "shift_jis", "euc_kr",
        "koi8_r", "koi8_u", "iso8859_2", "iso8859_7", "iso8859_5")
_TAGS = lazy(rb"<(?:script|style)\b.{0,100000}?</|<[^>]{0,2000}>", re.I | re.S)
_UNSEEN = lazy(r"[\x80-\x9f]")  # control characters that no text has: where they come out, quotation marks were meant
_STRAY = 0.01
_PLAUSIBLE = 0.95
_MARKED = frozenset("‘’‚“”„«»‹›–—…·•¡¿§©®™°€£ªº\xa0\xad")  # what may stand at a word in any language
_CONTROL = lazy(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 1 << 16
_BEYOND = lazy(r"(?<=[^\W\d_])[^\x00-\x7f]|[^\x00-\x7f](?=[^\W\d_])")
_LATIN = lazy(r"[\x00-\u024f\u1e00-\u1eff\u2000-\u214f\ufffd]*")
_EUROPEAN = {  # the everyday letters beyond ASCII of the languages that are written in each, likeliest charset first
    "cp1252": "éèàùâêîôûçëïüöäßáíóúñãõåæøœ",
    "cp1254": "çğıöşüâîû",
    "cp1250": "ěščřžýáíéúůťďňłąęćżźśńóőűöüäßçăâîşţđ",
    "iso8859_2": "ěščřžýáíéúůťďňłąęćżźśńóőűöüäßçăâîşţđ",
    "cp1257": "āčēģīķļņšūžąęėįųõäöüåø",
}


class DamagedUTF8(InputError):
    """UTF-8 but for a few bytes."""


class UnknownCharset(InputError):
    """Text in no charset that is known."""


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of some bytes, without the byte order mark, newlines untouched. Raises InputError."""
    bom, name = mark(data)
    if bom:
        return _strict(data[len(bom):], name)
    return _strict(data, charset(data, declared))


def decode_page(data: bytes, declared: str | None = None) -> tuple[str, bool]:
    """The text of a web page as browsers read it, and whether bytes had to be replaced by U+FFFD.

    A NUL, a stray byte or a character cut in half spoils itself alone. Raises InputError for what is no page at all.
    """
    bom, name = mark(data)
    if bom:
        return _lenient(data[len(bom):], name)
    if name := _sixteen(data):
        return _lenient(data, name)
    whole = data.replace(b"\0", b"")
    if not whole:
        raise InputError("binary data: nothing but NULs")
    try:
        name = charset(whole, declared, page=True)
    except DamagedUTF8:
        name = "utf-8"
    except UnknownCharset:
        name = _named(declared) or "cp1252"
    text, replaced = _lenient(data, name)
    return text, replaced or len(whole) < len(data)


def _lenient(data: bytes, name: str) -> tuple[str, bool]:
    try:
        return data.decode(name), False
    except UnicodeDecodeError:
        return data.decode(name, "replace"), True


def _sixteen(data: bytes) -> str:
    """The name of UTF-16 without a byte order mark, whose ASCII has a NUL at every other byte; "" for other data."""
    sample = data[:_SAMPLE]
    for name, at in (("utf-16-le", 1), ("utf-16-be", 0)):
        nulls = sample[at::2].count(0)
        if nulls > len(sample) / 5 and sample[1 - at::2].count(0) < nulls / 20:
            return name
    return ""


def mark(data: bytes) -> tuple[bytes, str]:
    """The byte order mark that some bytes begin with and the charset it announces; (b"", "") without one."""
    return next(((bom, name) for bom, name in _MARKS if data.startswith(bom)), (b"", ""))


def charset(data: bytes, declared: str | None = None, page: bool = False) -> str:
    """The charset of bytes without a byte order mark, which they are valid in. Raises InputError."""
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise InputError(f"not text but {what}")
    at = data.find(b"\0")
    if at >= 0:
        raise InputError(f"binary data (NUL at byte {at}), or UTF-16 without a byte order mark (convert it to UTF-8)")
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        wrong = error
    if len(_CONTROL.findall(data[:_SAMPLE])) > len(data[:_SAMPLE]) / 100:
        raise InputError("binary data: too many control characters for a text")
    if is_damaged(data, wrong.start):
        line = data.count(b"\n", 0, wrong.start) + 1
        raise DamagedUTF8(f"invalid UTF-8 at byte {wrong.start} (line {line}): damaged text (fetch it again, or drop "
                          "the wrong bytes with iconv -c -f utf-8 -t utf-8)")
    return (declared and _declared(data, declared)) or _guess(data, wrong, page)


def _strict(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise InputError(f"invalid {name.upper()} at byte {error.start}, though a byte order mark says so") from None


def _declared(data: bytes, declared: str) -> str | None:
    """The charset that is declared, if the data are valid in it, or all but one in a hundred characters beyond ASCII."""
    name = _named(declared)
    if not name:
        return None
    try:
        text = data.decode(name, "replace")
    except (LookupError, ValueError):
        return None
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return name if text.count("\ufffd") <= beyond * _STRAY else None


def _named(declared: str | None) -> str | None:
    """Python's name for a declared charset, which is a superset where browsers read one."""
    try:
        name = codecs.lookup(declared or "").name
        return _SUPERSETS.get(name, name) if isinstance("".encode(name), bytes) else None  # "rot13" is a codec, too
    except (LookupError, ValueError, TypeError):
        return None


def is_damaged(data: bytes, start: int) -> bool:
    """Whether bytes are UTF-8 but for a few: more characters beyond ASCII are whole than broken."""
    text = data[max(0, start - _SAMPLE):start + 4 * _SAMPLE].decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(char > "\x7f" for char in text) - broken
    return whole >= broken > 0


def _guess(data: bytes, wrong: UnicodeDecodeError, page: bool = False) -> str:
    from charset_normalizer import from_bytes

    start = max(0, wrong.start - _SAMPLE // 2)
    sample = data if len(data) <= 2 * _SAMPLE else data[start:start + 2 * _SAMPLE]
    if page:
        sample = _TAGS.sub(b" ", sample)
        if name := _european(data, sample):
            return name
    matches = from_bytes(sample, preemptive_behaviour=False, cp_isolation=list(_WEB) if page else None)
    ranked = [matches[at] for at in range(len(matches))]
    names = [match.encoding for match in ranked[:5]]
    if names and _LATIN.fullmatch(sample.decode(names[0], "replace")):
        # charset-normalizer cannot tell these apart in a short text: the one whose letters are in everyday use wins
        def unlikely(name: str) -> tuple[bool, float]:
            text = sample.decode(name, "replace")
            return bool(_UNSEEN.search(text)), -_usual(text, _EUROPEAN[name])

        names = sorted(_EUROPEAN, key=unlikely) + names
    for name in names:
        try:
            data.decode(name)
            return name
        except (UnicodeDecodeError, LookupError):
            continue
    raise UnknownCharset(f"invalid UTF-8 at byte {wrong.start}, and no other charset fits; convert it to UTF-8")


def _european(data: bytes, sample: bytes) -> str | None:
    """The charset in which a page has hardly a letter that no European language uses; None where there is none."""
    for name, usual in _EUROPEAN.items():
        text = sample.decode(name, "replace")
        letters = [char.lower() in usual for char in _BEYOND.findall(text) if char not in _MARKED]
        letters += [False for before, char in zip(text, text[1:]) if char > "\x7f" and before.islower() and char.isupper()]
        if letters and sum(letters) >= _PLAUSIBLE * len(letters) and not _UNSEEN.search(text) and "\ufffd" not in text:
            try:
                data.decode(name)
                return name
            except UnicodeDecodeError:
                continue
    return None


def _usual(text: str, letters: str) -> float:
    """The share of a text's characters beyond ASCII inside and at words that are everyday letters."""
    beyond = _BEYOND.findall(text)
    return sum(char.lower() in letters for char in beyond) / len(beyond) if beyond else 1.0
