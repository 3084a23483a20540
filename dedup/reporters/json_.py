"""`--format json`: the whole report as one strict JSON document, one cluster a line, without times.

    {"version", "settings", "summary",
     "clusters": [{"cluster", "canonical", "reason",
                   "members": [{"id", "path", "line", "relation", "match", "similarity", "containment",
                                "title", "source", "date"}]}],
     "boilerplate": [{"kind", "key", "class", "articles", "characters", "example",
                      "examples": [{"id", "start", "end", "text"}], "ids"}],
     "errors": [{"path", "line", "error"}],
     "related": [{"left", "right", "relation", "shared", "own"}],
     "sources": [{"name", "articles", "kept", "dropped", "first", "later"}],
     "flows": [{"first", "later", "articles", "median_delay"}]}

`ids` are all articles of which a rule or block removed something; `flows` say how often a source published what another had
published first, and how many seconds later.
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from dedup import __version__
from dedup.article import Result
from dedup.reporters import spread
from dedup.reporters.output import (RenderOptions, TextStream, boilerplate_record, boilerplate_rows, cluster_record,
                                    dumps, error_record, errors, flow_record, related_record)


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`."""
    with TextStream(out) as text:
        text.write(f'{{"version": {dumps(__version__)},\n"settings": {dumps(result.settings)},\n')
        text.write(f'"summary": {dumps(result.summary)}')
        _array(text, "clusters", (cluster_record(result, cluster) for cluster in result.clusters))
        _array(text, "boilerplate", (boilerplate_record(result, row) for row in boilerplate_rows(result)))
        _array(text, "errors", map(error_record, errors(result)))
        _array(text, "related", (related_record(result, pair) for pair in result.related))
        _array(text, "sources", (source._asdict() for source in spread.sources(result)))
        _array(text, "flows", map(flow_record, spread.flows(result)))
        text.write("}\n")


def _array(text: TextStream, key: str, records: Iterable[dict[str, Any]]) -> None:
    """One member of the document, written record by record: a report of a million clusters needs no memory."""
    text.write(f',\n"{key}": [')
    separator = "\n"
    for record in records:
        text.write(separator + dumps(record))
        separator = ",\n"
    text.write("]" if separator == "\n" else "\n]")
