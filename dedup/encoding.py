"""Bytes → text: byte order mark, strict UTF-8, declared charset, a guess by charset-normalizer, in that order.

What cannot be text is refused rather than guessed at: bytes with NULs (binary, or UTF-16 without a mark) and UTF-8 that
was damaged, since another charset would turn every accent of it into rubbish.
"""
from __future__ import annotations

import codecs

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


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of some bytes, without the byte order mark, newlines untouched. Raises InputError."""
    bom, name = mark(data)
    if bom:
        return _strict(data[len(bom):], name)
    return _strict(data, charset(data, declared))


def mark(data: bytes) -> tuple[bytes, str]:
    """The byte order mark that some bytes begin with and the charset it announces; (b"", "") without one."""
    return next(((bom, name) for bom, name in _MARKS if data.startswith(bom)), (b"", ""))


def charset(data: bytes, declared: str | None = None) -> str:
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
        raise InputError(f"invalid UTF-8 at byte {wrong.start} (line {line}): damaged text (fetch it again, or drop "
                         "the wrong bytes with iconv -c -f utf-8 -t utf-8)")
    return (declared and _declared(data, declared)) or _guess(data, wrong)


def _strict(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise InputError(f"invalid {name.upper()} at byte {error.start}, though a byte order mark says so") from None


def _declared(data: bytes, declared: str) -> str | None:
    try:
        found = codecs.lookup(declared)
        # browsers read a declared Latin-1 as Windows-1252, and so do the people who declare it
        name = "cp1252" if found.name in ("iso8859-1", "ascii") else found.name
        return name if isinstance(codecs.decode(data, name), str) else None  # "base64" is a codec, too
    except (LookupError, ValueError, TypeError):
        return None


def is_damaged(data: bytes, start: int) -> bool:
    """Whether bytes are UTF-8 but for a few: more characters beyond ASCII are whole than broken."""
    text = data[max(0, start - _SAMPLE):start + 4 * _SAMPLE].decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(char > "\x7f" for char in text) - broken
    return whole >= broken > 0


def _guess(data: bytes, wrong: UnicodeDecodeError) -> str:
    from charset_normalizer import from_bytes

    start = max(0, wrong.start - _SAMPLE // 2)
    sample = data if len(data) <= 2 * _SAMPLE else data[start:start + 2 * _SAMPLE]
    matches = from_bytes(sample, preemptive_behaviour=False)
    ranked = [matches[at] for at in range(len(matches))]
    names = [match.encoding for match in ranked[:5]]
    if names and _LATIN.fullmatch(sample.decode(names[0], "replace")):
        # charset-normalizer cannot tell these apart in a short text: the one whose letters are in everyday use wins
        names = sorted(_EUROPEAN, key=lambda name: -_usual(sample.decode(name, "replace"), _EUROPEAN[name])) + names
    for name in names:
        try:
            data.decode(name)
            return name
        except (UnicodeDecodeError, LookupError):
            continue
    raise InputError(f"invalid UTF-8 at byte {wrong.start}, and no other charset fits; convert it to UTF-8")


def _usual(text: str, letters: str) -> float:
    """The share of a text's characters beyond ASCII inside and at words that are everyday letters."""
    beyond = _BEYOND.findall(text)
    return sum(char.lower() in letters for char in beyond) / len(beyond) if beyond else 1.0
