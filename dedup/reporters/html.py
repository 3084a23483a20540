"""`--format html`: one self-contained page to look at, search and print, which loads nothing.

What is listed stands in the page as JSON; the texts of a cluster are compressed (zlib, base64) and unpacked by the
browser when the cluster is opened, so that ten thousand clusters stay quick. Everything that comes from articles passes
through autoescape or `textContent`, under a content security policy that allows the page's own script by its hash.
"""
from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO

from dedup import __version__
from dedup.article import Cluster, Member, Result, Span
from dedup.reporters.output import (RenderOptions, TextStream, alike, boilerplate_rows, dumps, errors, heading, name,
                                    place)
from dedup.terminal import line, plain

CLUSTERS = 50_000  # more are left to the JSON report
ROWS = 2_000  # of boilerplate and of errors
PACKED = 128 << 20  # characters of compressed texts, after which clusters are listed without


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`, piece by piece: the texts never stand in memory together."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["line"] = line
    environment.filters["place"] = lambda error: plain(place(error.path, error.line))
    page = _Page(result)
    pieces = environment.get_template("report.html.jinja").generate(
        result=result, version=__version__, summary=result.summary, settings=_settings(result),
        notes=[line(note) for note in (*result.notes, *options.notes)], relations=_relations(result),
        sources=_sources(result), boilerplate=boilerplate_rows(result), errors=errors(result), limit=ROWS,
        clusters_limit=CLUSTERS, csp_hash=_hash, texts=lambda: map(Markup, page.texts()),
        index=lambda: Markup(_script(page.index)))  # after the texts: they fill it
    with TextStream(out) as text:
        for piece in pieces:
            text.write(piece)


class _Page:
    """The clusters in two forms: packed texts to stream, and the index that is filled on the way."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self.index: list[dict[str, Any]] = []

    def texts(self) -> Iterator[str]:
        """A JSON array in pieces: the packed texts of each cluster, or null where the page has grown too large."""
        size = 0
        for cluster in self._result.clusters[:CLUSTERS]:
            packed, entry = self._cluster(cluster, size < PACKED)
            size += len(packed)
            yield (",\n" if self.index else "") + packed
            self.index.append(entry)

    def _cluster(self, cluster: Cluster, with_texts: bool) -> tuple[str, dict[str, Any]]:
        result, articles, members, title = self._result, [], [], ""
        for member in cluster.members:
            text, removed = result.text_of(member.article), result.removed_of(member.article)
            if member.article == cluster.canonical:
                title = heading(text, removed)[:300]
            if with_texts:
                articles.append(_pieces(text, removed))
            members.append(self._member(member, len(text), sum(span.end - span.start for span in removed)))
        packed = "null"
        if with_texts:
            data = zlib.compress(dumps(articles).encode(), 9)
            packed = f'"{base64.b64encode(data).decode()}"'
        return packed, {"n": cluster.number, "t": title, "w": line(cluster.reason), "m": members}

    def _member(self, member: Member, length: int, removed: int) -> list[Any]:
        entry = self._result.entries[member.article]
        share = member.containment if member.match == "containment" else member.similarity
        return [plain(name(entry)), line(entry.source or ""), line(entry.date or ""), _when(entry.date),
                member.relation and line(member.relation), alike(member) if member.relation else "",
                share and round(float(share), 4), line(member.reason), length, removed]


def _pieces(text: str, removed: Sequence[Span]) -> list[Any]:
    """A text for the page: kept pieces as strings, removed ones as [text, class, rule, evidence]."""
    pieces: list[Any] = []
    at = 0
    for span in removed:
        if span.start > at:
            pieces.append(_visible(text[at:span.start]))
        why = map(line, (span.kind, span.rule, ", ".join(span.evidence)))
        pieces.append([_visible(text[span.start:span.end]), *why])
        at = span.end
    return [*pieces, _visible(text[at:])] if at < len(text) else pieces


_NEWLINE = re.compile(r"\r\n?")
_LAYOUT = re.compile(r"[^\n\t]+")


def _visible(text: str) -> str:
    """The text with its lines and tabs, every other control or direction character spelled out."""
    return text if text.isprintable() else _LAYOUT.sub(lambda run: plain(run.group()), _NEWLINE.sub("\n", text))


def _when(date: str | None) -> int | None:
    """Seconds since 1970 of an ISO 8601 or RFC 2822 date (without a zone: UTC), None for anything else."""
    if not date:
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(date.strip())
            return int((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _relations(result: Result) -> list[tuple[str, int]]:
    """How many copies stand in which relation to what is kept."""
    counts = Counter(line(member.relation or "copy") for cluster in result.clusters for member in cluster.members
                     if member.article != cluster.canonical)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _sources(result: Result) -> list[tuple[str, int, int, int]]:
    """(source, articles, kept of those that have copies, dropped), the largest first; nothing without named sources."""
    if not any(entry.source for entry in result.entries):
        return []
    kept, dropped = Counter[str](), Counter[str]()
    for cluster in result.clusters:
        for member in cluster.members:
            count = kept if member.article == cluster.canonical else dropped
            count[result.entries[member.article].source or ""] += 1
    articles = Counter(entry.source or "" for entry in result.entries[:result.count])
    return [(line(source), number, kept[source], dropped[source])
            for source, number in sorted(articles.items(), key=lambda item: (-item[1], item[0]))]


def _settings(result: Result) -> list[tuple[str, str]]:
    def shown(value: Any) -> str:
        return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return [(line(key.replace("_", "-")), line(shown(value))) for key, value in result.settings.items()]


def _script(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it can end the element or open a comment."""
    return dumps(value).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _hash(text: str) -> str:
    """The source expression of a content security policy that allows exactly this script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
