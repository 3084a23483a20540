"""`--format json`: the whole report as one strict JSON document, one cluster a line, without times.

    {"version", "settings", "summary",
     "clusters": [{"cluster", "canonical", "reason",
                   "members": [{"id", "path", "line", "relation", "match", "similarity", "containment"}]}],
     "boilerplate": [{"kind", "key", "class", "articles", "characters", "example"}],
     "errors": [{"path", "line", "error"}]}
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from dedup import __version__
from dedup.article import Result
from dedup.reporters.output import (RenderOptions, TextStream, boilerplate_record, boilerplate_rows, cluster_record,
                                    dumps, error_record, errors)


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`."""
    with TextStream(out) as text:
        text.write(f'{{"version": {dumps(__version__)},\n"settings": {dumps(result.settings)},\n')
        text.write(f'"summary": {dumps(result.summary)}')
        _array(text, "clusters", (cluster_record(result, cluster) for cluster in result.clusters))
        _array(text, "boilerplate", map(boilerplate_record, boilerplate_rows(result)))
        _array(text, "errors", map(error_record, errors(result)))
        text.write("}\n")


def _array(text: TextStream, key: str, records: Iterable[dict[str, Any]]) -> None:
    """One member of the document, written record by record: a report of a million clusters needs no memory."""
    text.write(f',\n"{key}": [')
    separator = "\n"
    for record in records:
        text.write(separator + dumps(record))
        separator = ",\n"
    text.write("]" if separator == "\n" else "\n]")
