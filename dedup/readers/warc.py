"""WARC and WET archives: pages and extracted texts, one article a record; all else in them is passed over."""
from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, BinaryIO

from dedup import dates
from dedup.article import Article, Unreadable
from dedup.encoding import decode
from dedup.errors import InputError
from dedup.readers import compression, html
from dedup.readers.compression import StreamError
from dedup.readers.frontmatter import host
from dedup.readers.options import Limits, ReadOptions, too_long

if TYPE_CHECKING:
    from dedup.sources import Source

_LINE = 1 << 16  # bytes of a header line
_PAGES = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.I)


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable]:
    """The articles of an archive; their number is that of the record, counting the passed-over ones too."""
    number = 0
    with compression.opened(source, options.limits) as stream:
        while True:
            number += 1
            try:
                headers = _headers(stream)
                if headers is None:
                    break
                data = _body(stream, headers, options.limits.article)
                kind = headers.get("warc-type", "")
                if kind not in ("response", "conversion"):
                    continue
                if data is None:
                    raise too_long("the record", options.limits.article)
                article = _article(headers, data, source.path, number, options.limits)
                if article:
                    yield article
            except StreamError as error:
                yield Unreadable(source.path, f"{error}; nothing is read from record {number} on", number)
                return
            except InputError as error:
                yield Unreadable(source.path, str(error), number)
    if number == 1:
        raise InputError("no record in it")


def _headers(stream: BinaryIO) -> dict[str, str] | None:
    """The headers of the next record, names in lower case; None at the end."""
    line = b"\r\n"
    while line in (b"\r\n", b"\n"):
        line = stream.readline(_LINE)
    if not line:
        return None
    if not line.startswith(b"WARC/"):
        raise StreamError("damaged archive: no WARC record where one should begin")
    headers = {}
    while (line := stream.readline(_LINE)) not in (b"\r\n", b"\n"):
        if not line.endswith(b"\n"):
            raise StreamError("damaged archive: it breaks off in the headers of a record")
        name, _, value = line.decode("utf-8", "replace").partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers


def _body(stream: BinaryIO, headers: Mapping[str, str], most: int) -> bytes | None:
    """The bytes of a record; None where they are more than `most`, which are passed over."""
    length = headers.get("content-length", "")
    if not length.isascii() or not length.isdigit() or len(length) > 15:
        raise StreamError("damaged archive: a record without its length")
    left = int(length)
    data = stream.read(min(left, most))
    left -= len(data)
    whole = left == 0
    while left and (rest := stream.read(min(left, 1 << 20))):
        left -= len(rest)
    if left:
        raise StreamError("damaged archive: it breaks off in a record")
    return data if whole else None


def _article(headers: Mapping[str, str], data: bytes, path: str, number: int, limits: Limits) -> Article | None:
    url = headers.get("warc-target-uri", "").strip("<> ") or None  # wget puts it in brackets
    date = dates.normalise(headers.get("warc-date"))
    if headers["warc-type"] == "conversion":
        return Article("", path, decode(data), number, host(url), date, url)
    head, _, data = data.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    http = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    kind = http.get("content-type", "").partition(";")[0].strip().lower()
    if status.split(" ")[1:2] != ["200"] or kind not in (*_PAGES, "text/plain"):
        return None
    if http.get("transfer-encoding", "").lower() == "chunked":
        data = _joined(data)
    data = _inflated(data, http.get("content-encoding", "").lower(), limits)
    found = _CHARSET.search(http.get("content-type", ""))
    charset = found.group(1) if found else None
    if kind == "text/plain":
        return Article("", path, decode(data, charset), number, host(url), date, url)
    page = html.parse_bytes(data, charset or html.declared_charset(data), path, line=number, url=url)
    return page._replace(date=page.date or date)


def _joined(data: bytes) -> bytes:
    """A body sent in chunks; as it is where the crawler has joined them and left the header."""
    parts: list[bytes] = []
    at = 0
    while True:
        end = data.find(b"\r\n", at)
        size = data[at:end].partition(b";")[0].strip()
        if end < 0 or not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            return b"".join(parts) if parts else data
        if int(size, 16) == 0:
            return b"".join(parts)
        parts.append(data[end + 2:end + 2 + int(size, 16)])
        at = end + 4 + int(size, 16)


def _inflated(data: bytes, coding: str, limits: Limits) -> bytes:
    if coding in ("identity", "", "utf-8"):
        return data
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise InputError(f"a page sent as {coding[:20]!r}, which is not read")
    for window in (47, -15):  # with a header, or bare, as some servers send deflate
        try:
            page = zlib.decompressobj(window).decompress(data, limits.article + 1)
        except zlib.error:
            continue
        if len(page) > limits.article:
            raise too_long("the page", limits.article)
        return page
    if data[:200].lstrip()[:1] == b"<":
        return data  # decoded by the crawler, which left the header
    raise InputError("a page whose compressed data is damaged")
