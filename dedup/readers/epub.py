"""EPUB: the documents of a book in their reading order, one article each."""
from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree

from dedup.article import Article, Unreadable
from dedup.encoding import decode_page
from dedup.errors import InputError
from dedup.readers import compression
from dedup.readers.options import Limits, ReadOptions, too_long
from dedup.readers.page import Page

if TYPE_CHECKING:
    from dedup.sources import Source

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, NotImplementedError, RuntimeError,
           ElementTree.ParseError)


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable]:
    """The documents that have a text, numbered from 1 among all that are in the reading order."""
    limits = options.limits._replace(article=options.limits.expanded)
    try:
        book = zipfile.ZipFile(io.BytesIO(compression.whole(source, limits)))
        names = _spine(book, options.limits)
    except _BROKEN as error:
        raise InputError(f"damaged or not EPUB: {str(error)[:200]}") from None
    for number, name in enumerate(names, 1):
        try:
            page = Page(decode_page(_data(book, name, options.limits), "utf-8")[0])
        except (InputError, *_BROKEN) as error:
            yield Unreadable(source.path, f"{name}: {error}", number)
            continue
        if page.lines:
            text = "\n".join(line.text for line in page.lines)
            yield Article("", source.path, text, number, title=page.title or None, lang=page.lang)


def _spine(book: zipfile.ZipFile, limits: Limits) -> list[str]:
    """The names of the documents in reading order."""
    container = ElementTree.fromstring(_data(book, "META-INF/container.xml", limits))
    place = next((element.get("full-path", "") for element in container.iterfind(".//{*}rootfile")), "")
    package = ElementTree.fromstring(_data(book, place, limits))
    items = {item.get("id"): item.get("href", "") for item in package.iterfind(".//{*}item")
             if "html" in item.get("media-type", "") and "nav" not in item.get("properties", "").split()}
    folder = posixpath.dirname(place)
    wanted = [items[entry.get("idref")] for entry in package.iterfind(".//{*}itemref") if entry.get("idref") in items]
    return [posixpath.normpath(posixpath.join(folder, unquote(name))) for name in wanted]


def _data(book: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    with book.open(name) as stream:
        data = stream.read(limits.article + 1)
    if len(data) > limits.article:
        raise too_long("the document", limits.article)
    return data
