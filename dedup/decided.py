"""The result of a scan, read back from what `dedup scan --annotate` wrote: for reports and reviews without another scan.

The texts as read are rebuilt from the cleaned ones and what was removed; they are spooled, so that memory does not grow
with them. What an annotated file does not hold: the settings, and the texts of a reference corpus.
"""
from __future__ import annotations

import json
import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dedup import dates, flat, removals, scratch
from dedup.article import Cluster, Entry, Member, Related, Result, Span, Unreadable
from dedup.errors import InputError, MissingExtra, reason
from dedup.readers import compression, fields
from dedup.readers.frontmatter import host
from dedup.readers.options import Limits, ReadOptions
from dedup.settings import Settings
from dedup.sources import COMPRESSED, Source

HOW = "make it with dedup scan PATH --annotate FILE"


def load(path: str | os.PathLike[str], options: ReadOptions, settings: Mapping[str, Any]) -> Result:
    """The result that was annotated to a file (.jsonl, .csv, .tsv, .parquet). Raises InputError.

    `settings`: those of the scan as far as they are known.
    """
    name = os.fspath(path)
    spool, articles, errors = _Spool(), list[tuple[Entry, dict[str, Any]]](), list[Unreadable]()
    for number, record in enumerate(_records(name), 1):
        decision = record.get("dedup")
        if not isinstance(decision, dict):
            raise InputError(f"{name}:{number}: no field 'dedup' with a decision: {HOW}")
        if decision.get("error"):
            errors.append(Unreadable(str(record.get("path")), decision["error"], _whole(record.get("line")),
                                     record.get("id") or None))
            continue
        removed = tuple(Span(one["start"], one["end"], one["class"], one["rule"], tuple(one["evidence"]))
                        for one in decision.get("removed") or ())
        spool.add(_rebuilt(record, decision, options, f"{name}:{number}"), removed)
        articles.append((_entry(record, decision, options), {**decision, "removed": None}))
    return _result(articles, errors, spool, settings)


def known(settings: Settings) -> dict[str, Any]:
    """The settings that doubts are told by, as a result holds them."""
    return {"threshold": settings.threshold, "containment": settings.containment}


def _result(articles: Sequence[tuple[Entry, dict[str, Any]]], errors: Sequence[Unreadable], spool: _Spool,
            settings: Mapping[str, Any]) -> Result:
    by_id = sorted(range(len(articles)), key=lambda place: articles[place][0].id)
    entries = [articles[place][0] for place in by_id]
    number = {entry.id: at for at, entry in enumerate(entries)}
    elsewhere: dict[str, int] = {}  # canonicals of a reference corpus, which are not in the file
    groups: dict[int, list[int]] = {}
    for at, place in enumerate(by_id):
        decision = articles[place][1]
        if decision.get("cluster") is not None:
            groups.setdefault(decision["cluster"], []).append(at)
            if decision.get("canonical_in") or decision["canonical"] not in number:
                elsewhere.setdefault(decision["canonical"], len(entries) + len(elsewhere))
    decisions = [articles[place][1] for place in by_id]
    clusters = []
    for cluster, members in sorted(groups.items()):
        first = decisions[members[0]]
        away = elsewhere.get(first["canonical"])
        canonical = number[first["canonical"]] if away is None else away
        reason = decisions[canonical]["reason"] if away is None else "in the reference corpus"
        others = [_member(at, decisions[at]) for at in members if at != canonical]
        if others:
            clusters.append(Cluster(cluster, canonical, reason, (Member(canonical, reason=reason), *others)))
    pairs = [(at, number[other["id"]], other) for at, decision in enumerate(decisions)
             for other in decision.get("related") or () if other["id"] in number]
    related = {Related(min(one, two), max(one, two), other["shared"], other["own"], other["relation"])
               for one, two, other in pairs}
    order = [0] * len(by_id)
    for at, place in enumerate(by_id):
        order[place] = at

    def text_of(at: int) -> str:
        return spool.text(by_id[at]) if at < len(by_id) else ""

    def removed_of(at: int) -> tuple[Span, ...]:
        return spool.removed(by_id[at]) if at < len(by_id) else ()

    rows, characters = removals.listed(len(by_id), text_of, removed_of)
    return Result(settings, [*entries, *(Entry(id, id) for id in elsewhere)], order, tuple(clusters), rows, tuple(errors),
                  characters, text_of, removed_of, related=tuple(sorted(related)), references=len(elsewhere))


def _member(number: int, decision: Mapping[str, Any]) -> Member:
    return Member(number, decision.get("relation"), decision.get("match"), decision.get("similarity"),
                  decision.get("containment"), decision.get("reason") or "")


class _Spool:
    """Texts and what was removed of them, in a temporary file that lives as long as this."""

    def __init__(self) -> None:
        self._folder = scratch.folder()
        self._file = open(Path(self._folder.name, "decided"), "w+b")
        self._ends = array("Q", [0])

    def add(self, text: str, removed: Sequence[Span]) -> None:
        self._file.seek(self._ends[-1])
        self._file.write(json.dumps([text, removed]).encode())
        self._ends.append(self._file.tell())

    def text(self, place: int) -> str:
        return str(self._read(place)[0])

    def removed(self, place: int) -> tuple[Span, ...]:
        return tuple(Span(start, end, kind, rule, tuple(evidence)) for start, end, kind, rule, evidence in self._read(place)[1])

    def _read(self, place: int) -> Any:
        self._file.seek(self._ends[place])
        return json.loads(self._file.read(self._ends[place + 1] - self._ends[place]))


def _records(name: str) -> Iterator[dict[str, Any]]:
    """The records of an annotated file, whatever its form."""
    suffix = os.path.splitext(name)[1].lower()
    packed = suffix if suffix in COMPRESSED else ""
    form = os.path.splitext(name.removesuffix(packed))[1].lower() if packed else suffix
    source = Source(name, name, name, form, packed)
    try:
        if form == ".parquet":
            from dedup.readers import parquet

            yield from (row for batch in parquet._batches(source) for row in parquet._rows(batch))
            return
        with compression.opened(source, Limits()) as stream:
            if form in flat.SEPARATORS:
                yield from flat.read(stream, flat.SEPARATORS[form])
                return
            for number, line in enumerate(stream, 1):
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    record = None
                if not isinstance(record, dict):
                    raise InputError(f"{name}:{number}: not a record in JSON: {HOW}")
                yield record
    except OSError as error:
        raise InputError(f"{name}: {reason(error)}") from None
    except (InputError, MissingExtra) as error:
        raise InputError(str(error) if str(error).startswith(name) else f"{name}: {error}") from None


def _rebuilt(record: Mapping[str, Any], decision: Mapping[str, Any], options: ReadOptions, where: str) -> str:
    """The text as read: what was kept and what was removed, in order."""
    cleaned = _field(record, options.text_field, "text")
    if not isinstance(cleaned, str):
        raise InputError(f"{where}: no text in the field {options.text_field!r} (name the right one with --text-field)")
    pieces, at, done = [], 0, 0  # place in the text as read, and in the cleaned one
    for one in decision.get("removed") or ():
        pieces += [cleaned[done:done + one["start"] - at], one["text"]]
        done += one["start"] - at
        at = one["end"]
    return "".join([*pieces, cleaned[done:]])


def _entry(record: Mapping[str, Any], decision: Mapping[str, Any], options: ReadOptions) -> Entry:
    url = record.get("url") if isinstance(record.get("url"), str) else None
    sources = [_field(record, options.source_field, "source")] if options.source_field else [
        record.get("site"), record.get("source"), host(url)]
    title = record.get("title")
    return Entry(decision.get("id") or fields.own_id(record.get("id")), decision.get("path") or str(record.get("path")),
                 _whole(decision.get("line")), next((one for one in sources if isinstance(one, str) and one), None),
                 dates.normalise(_field(record, options.date_field, "date")), url or None,
                 title[:300] if isinstance(title, str) and title else None)


def _field(record: Mapping[str, Any], name: str, ours: str) -> Any:
    """A field by the user's name for it, or by ours: articles that were no records have ours."""
    value = fields.get(record, name)
    return record.get(ours) if value is None else value


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) or isinstance(value, str) and value.isdigit() else None
