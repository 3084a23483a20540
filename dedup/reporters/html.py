"""`--format html`: one self-contained page to look at, search, review and print, which loads nothing.

What is listed stands in the page as JSON; texts are compressed (zlib, base64) and unpacked by the browser when they are
opened, so that ten thousand clusters stay quick. Everything that comes from articles passes through autoescape or
`textContent`, under a content security policy that allows the page's own script by its hash.
"""
from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from dedup import __version__, doubts
from dedup.article import Boilerplate, Member, Result, Span
from dedup.reporters import charts, spread
from dedup.reporters.output import (RenderOptions, TextStream, alike, boilerplate_rows, dumps, errors, name, ordered, place,
                                    title)
from dedup.terminal import line, plain

CLUSTERS = 50_000  # more are left to the JSON report
ROWS = 2_000  # of boilerplate and of errors
PACKED = 128 << 20  # characters of compressed texts, after which clusters are listed without
PAIRS = 1_000  # doubtful pairs
PLACES, NAMES = 100, 5_000  # articles of a rule that are shown with what was removed of them, and that are named
CONTEXT = 160  # characters before and behind what was removed


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`, piece by piece: the texts never stand in memory together."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["line"] = line
    environment.filters["lag"] = spread.lag
    environment.filters["place"] = lambda error: plain(place(error.path, error.line))
    environment.filters["cut"] = _cut
    page = _Page(result, options)
    pieces = environment.get_template("report.html.jinja").generate(
        result=result, version=__version__, summary=result.summary, settings=_settings(result),
        notes=[line(note) for note in (*result.notes, *options.notes)], relations=_relations(result),
        sources=[row._replace(name=line(row.name)) for row in spread.sources(result)],
        flows=[flow._replace(first=line(flow.first), later=line(flow.later)) for flow in spread.flows(result)],
        charts=charts.all_of(result), boilerplate=page.rules, doubtful=len(page.doubts), errors=errors(result), limit=ROWS,
        clusters_limit=CLUSTERS, csp_hash=_hash, texts=lambda: map(Markup, page.texts()),
        index=lambda: Markup(_script(page.index)))  # after the texts: they fill it
    with TextStream(out) as text:
        for piece in pieces:
            text.write(piece)


class _Page:
    """What the page holds in two forms: packed texts to stream, and the index that is filled on the way."""

    def __init__(self, result: Result, options: RenderOptions) -> None:
        self._result = result
        self.rules = boilerplate_rows(result)
        self._rule = {(row.key, row.cls): number for number, row in enumerate(self.rules[:ROWS])}
        self.doubts = doubts.listed(result, decided=options.overrides)[:PAIRS]
        self._at: dict[int, tuple[int, int]] = {}  # article → cluster in the page, place among its members
        self.index: dict[str, Any] = {"clusters": [], "pairs": [], "rules": [line(row.cls) for row in self.rules[:ROWS]],
                                      "overrides": [list(wish) for wish in options.overrides]}

    def texts(self) -> Iterator[str]:
        """A JSON array in pieces: the packed texts of each cluster, related pair and rule, or null where the page has grown
        too large."""
        size, first = 0, True
        for piece in self._packed():
            data = "null"
            if size < PACKED:
                data = f'"{base64.b64encode(zlib.compress(dumps(piece()).encode(), 9)).decode()}"'
            size += len(data)
            yield data if first else ",\n" + data
            first = False

    def _packed(self) -> Iterator[Callable[[], list[Any]]]:
        """What is to be packed, in order, while the index is filled."""
        result, index = self._result, self.index
        for at, cluster in enumerate(ordered(result)[:CLUSTERS]):
            self._at.update((member.article, (at, place)) for place, member in enumerate(cluster.members))
            index["clusters"].append({"n": cluster.number, "t": _cut(title(result, cluster.canonical), 300),
                                      "w": line(cluster.reason), "m": [self._member(member) for member in cluster.members]})
            yield partial(self._texts, [member.article for member in cluster.members])
        texts = len(index["clusters"])
        for one in self.doubts:
            pair: dict[str, Any] = {"d": round(one.doubt, 4), "y": line(one.why)}
            if one.cluster is not None:
                if one.right in self._at:
                    index["pairs"].append({**pair, "c": self._at[one.right]})
                continue
            index["pairs"].append({**pair, "a": self._article(one.left), "b": self._article(one.right), "x": texts})
            texts += 1
            yield partial(self._texts, [one.left, one.right])
        index["places"] = texts
        for row in self.rules[:ROWS]:
            yield partial(self._places, row)

    def _texts(self, numbers: Sequence[int]) -> list[list[Any]]:
        return [_pieces(self._result.text_of(number), self._result.removed_of(number)) for number in numbers]

    def _article(self, number: int) -> list[Any]:
        """What the page says of an article: name, source, date, the same in seconds, title, id, characters, stripped."""
        entry, removed = self._result.entries[number], self._result.removed_of(number)
        moment = spread.when(entry.date)
        own = entry.id if not set(entry.id) & set("\t\r\n") else None  # a file of overrides cannot hold such an id
        return [plain(name(entry)), line(entry.source or ""), spread.day(entry.date or ""), moment and moment.seconds,
                _cut(title(self._result, number), 300), own, len(self._result.text_of(number)),
                sum(span.end - span.start for span in removed)]

    def _member(self, member: Member) -> list[Any]:
        """The same of an article in a cluster, and: relation, degree, share, why, doubt, the rules that removed something."""
        share = member.containment if member.match == "containment" else member.similarity
        rules = {self._rule.get((span.rule, span.kind)) for span in self._result.removed_of(member.article)} - {None}
        return [*self._article(member.article), member.relation and line(member.relation),
                alike(member) if member.relation else "", share and round(float(share), 4), line(member.reason),
                round(doubts.of(member, self._result.settings), 4), sorted(rules)]

    def _places(self, row: Boilerplate) -> list[Any]:
        """Where a rule removed something: [name, title, source, date, its cluster and place there or null, before, removed,
        behind] for the first, without the last three for the others."""
        found: list[Any] = []
        for number in row.where[:NAMES]:
            entry = self._result.entries[number]
            known = [plain(name(entry)), _cut(title(self._result, number)) if len(found) < PLACES else "",
                     line(entry.source or ""), spread.day(entry.date or ""), self._at.get(number)]
            span = next((span for span in self._result.removed_of(number) if (span.rule, span.kind) == (row.key, row.cls)),
                        None) if len(found) < PLACES else None
            if span is not None:
                text = self._result.text_of(number)
                known += [_visible(text[max(span.start - CONTEXT, 0):span.start]), _visible(text[span.start:span.end]),
                          _visible(text[span.end:span.end + CONTEXT])]
            found.append(known)
        return [row.articles, found]


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


def _cut(text: str, most: int = 160) -> str:
    """The text, with an ellipsis where it is cut."""
    return text if len(text) <= most else text[:most].rstrip() + "…"


_NEWLINE = re.compile(r"\r\n?")
_LAYOUT = re.compile(r"[^\n\t]+")


def _visible(text: str) -> str:
    """The text with its lines and tabs, every other control or direction character spelled out."""
    return text if text.isprintable() else _LAYOUT.sub(lambda run: plain(run.group()), _NEWLINE.sub("\n", text))


def _relations(result: Result) -> list[tuple[str, int]]:
    """How many copies stand in which relation to what is kept."""
    counts = Counter(line(member.relation or "copy") for cluster in result.clusters for member in cluster.members
                     if member.article != cluster.canonical)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


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
