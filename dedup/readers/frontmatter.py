"""What a text says about itself: front matter (`key: value` between lines of ---) and a leading heading."""
from __future__ import annotations

import re
from urllib.parse import urlsplit

from dedup import dates
from dedup.patterns import lazy

_FENCE = lazy(r"\s*---[ \t]*\r?\n(.{0,20000}?)^(?:---|\.\.\.)[ \t]*\r?$", re.S | re.M)
_ENTRY = lazy(r"([A-Za-z][\w-]{0,40})[ \t]*:[ \t]+(\S.{0,2000}?)[ \t]*\r?$", re.M)
_HEADING = lazy(r"#{1,2}[ \t]+(\S.{0,300}?)[ \t#]*$")
_ADDRESS = lazy(r"https?://[^\s<>\"]{4,2000}")
_NAMES = {
    "title": ("title", "headline"),
    "url": ("url", "link", "canonical", "canonical_url", "source_url", "original_url"),
    "date": ("date", "published", "pubdate", "published_at", "date_published"),
    "source": ("site", "source", "publisher", "outlet", "sitename"),
    "lang": ("lang", "language"),
}


def metadata(text: str) -> dict[str, str]:
    """What a text states of title, url, date (ISO), source and lang, in its front matter, first or last lines."""
    body = text.lstrip("\ufeff \t\r\n")
    fence = _FENCE.match(body) if body.startswith("---") else None
    stated = _stated(fence.group(1)) if fence else {}
    found = {key: stated[name] for key, names in _NAMES.items() for name in reversed(names) if name in stated}
    if fence:
        body = body[fence.end():].lstrip()
    if body.startswith("#"):
        lines = [line.strip() for line in body[:4000].splitlines() if line.strip()][:2]
        if heading := _HEADING.fullmatch(lines[0]):
            found.setdefault("title", heading.group(1).strip("* "))
            if len(lines) > 1 and dates.normalise(lines[1]):
                found.setdefault("date", lines[1])
    last = text[-2100:].rstrip().rpartition("\n")[2].strip()
    if last.startswith("http") and _ADDRESS.fullmatch(last):
        found.setdefault("url", last)
    if not _ADDRESS.fullmatch(found.get("url", "")):
        found.pop("url", None)
    if "date" in found:
        found["date"] = dates.normalise(found["date"], found.get("lang")) or ""
    return {key: value for key, value in found.items() if value}


def host(url: str | None) -> str | None:
    """The host of an address without `www.`, by which a source is known when nothing names it."""
    try:
        name = urlsplit(url or "").hostname
    except ValueError:
        return None
    return name.removeprefix("www.") if name else None


def _stated(block: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    for name, value in _ENTRY.findall(block):
        if value[:1] == value[-1:] and value[0] in "\"'" and len(value) > 1:
            value = value[1:-1]
        entries.setdefault(name.lower().replace("-", "_"), value.strip())
    return entries
