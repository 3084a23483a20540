"""HTML → tokens, as browsers cut a page.

Not html.parser of the standard library: its time is quadratic in the length of pages that leave things unclosed.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from dedup.patterns import lazy

_NAME = lazy(r"<(/?)([A-Za-z][^\s/>]{0,100})")
_ATTRIBUTE = lazy(r"[\s/]*(>|[^\s/>][^\s/>=]*)(?:\s*(=)\s*)?")
_BARE = lazy(r"[^\s>]*")
_HUGE_NUMBER = lazy(r"&#\d{8,};?")
_RAW = {tag: lazy(f"</{tag}(?=[\\s/>])", re.I) for tag in "iframe script style textarea title".split()}


def tokens(page: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """("text", text, {}), ("start", tag, attributes), ("end", tag, {}) and ("json", linked data, {}) in order."""
    at, end = 0, len(page)
    unclosed: set[str] = set()  # quotation marks of which none follows any more
    while at < end:
        mark = page.find("<", at)
        mark = end if mark < 0 else mark
        if mark > at:
            yield "text", _unescaped(page[at:mark]), {}
        at = mark
        if at >= end:
            return
        if found := _NAME.match(page, at):
            tag = found.group(2).lower()
            at, values = _attributes(page, found.end(), unclosed)
            if at < 0:
                return  # the page breaks off inside a tag
            yield ("end" if found.group(1) else "start"), tag, values
            if page[at - 2] == "/" and tag in ("svg", "math"):
                yield "end", tag, {}
            elif tag in _RAW and not found.group(1):
                close = _RAW[tag].search(page, at)
                close_at = close.start() if close else end
                if close_at > at and tag == "title":
                    yield "text", _unescaped(page[at:close_at]), {}
                elif tag == "script" and values.get("type", "").strip().lower() == "application/ld+json":
                    yield "json", page[at:close_at], {}
                at = close_at
        elif page.startswith("<!--", at):
            at = page.find("-->", at + 2)
            at = end if at < 0 else at + 3
        elif page.startswith(("<!", "<?", "</"), at):
            at = page.find(">", at)
            at = end if at < 0 else at + 1
        else:
            yield "text", "<", {}
            at += 1


def _attributes(page: str, at: int, unclosed: set[str]) -> tuple[int, dict[str, str]]:
    """Where a tag ends (after its >; -1: nowhere) and its attributes, of one that stands twice the first."""
    values: dict[str, str] = {}
    while found := _ATTRIBUTE.match(page, at):
        at = found.end()
        if found.group(1) == ">":
            return at, values
        value = ""
        if found.group(2):
            quote = page[at:at + 1]
            close = page.find(quote, at + 1) if quote in ("'", '"') and quote not in unclosed else -1
            if close >= 0:
                value, at = page[at + 1:close], close + 1
            else:
                if quote in ("'", '"'):
                    unclosed.add(quote)
                bare = _BARE.match(page, at)
                value, at = (bare.group(), bare.end()) if bare else ("", at)
        if len(values) < 100:
            values.setdefault(found.group(1).lower(), _unescaped(value))
    return -1, values


def _unescaped(text: str) -> str:
    return unescape(_HUGE_NUMBER.sub("\ufffd", text)) if "&" in text else text
