"""MHTML: a page as browsers save it, with all that belongs to it in one file."""
from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import TYPE_CHECKING

from dedup.article import Article
from dedup.errors import InputError
from dedup.readers import compression, html
from dedup.readers.options import ReadOptions

if TYPE_CHECKING:
    from dedup.sources import Source


def read(source: Source, options: ReadOptions) -> Iterator[Article]:
    """The page that the file is of."""
    message = message_from_bytes(compression.whole(source, options.limits))
    part = next((part for part in message.walk() if part.get_content_type() in ("text/html", "application/xhtml+xml")), None)
    data = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(data, bytes):
        raise InputError("no page in it: not MHTML, or damaged (save it again)")
    charset = part.get_content_charset() or html.declared_charset(data)
    yield html.parse_bytes(data, charset, source.path, url=_address(part) or _address(message))


def _address(message: Message) -> str | None:
    found = str(message.get("Snapshot-Content-Location") or message.get("Content-Location") or "").strip()
    return found if found.startswith("http") else None
