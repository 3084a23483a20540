"""`--format jsonl`: the report as lines of JSON, each with its `type`, in this order:

    {"type": "run", "version", "settings", "summary"}       one
    {"type": "cluster", …}  {"type": "boilerplate", …}  {"type": "error", …}       as in the JSON report, and then
    {"type": "related", …}  {"type": "source", …}  {"type": "flow", …}
"""
from __future__ import annotations

from typing import BinaryIO

from dedup import __version__
from dedup.article import Result
from dedup.reporters import spread
from dedup.reporters.output import (RenderOptions, TextStream, boilerplate_record, boilerplate_rows, cluster_record,
                                    dumps, error_record, errors, flow_record, related_record)


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`."""
    with TextStream(out) as text:
        run = {"type": "run", "version": __version__, "settings": result.settings, "summary": result.summary}
        text.write(dumps(run) + "\n")
        for cluster in result.clusters:
            text.write(dumps({"type": "cluster", **cluster_record(result, cluster)}) + "\n")
        for row in boilerplate_rows(result):
            text.write(dumps({"type": "boilerplate", **boilerplate_record(result, row)}) + "\n")
        for error in errors(result):
            text.write(dumps({"type": "error", **error_record(error)}) + "\n")
        for pair in result.related:
            text.write(dumps({"type": "related", **related_record(result, pair)}) + "\n")
        for source in spread.sources(result):
            text.write(dumps({"type": "source", **source._asdict()}) + "\n")
        for flow in spread.flows(result):
            text.write(dumps({"type": "flow", **flow_record(flow)}) + "\n")
