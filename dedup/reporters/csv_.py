"""`--format csv`: one row for every article that has copies, UTF-8, with a heading.

    cluster,id,path,line,kept,canonical,relation,match,similarity,containment,reason,title,source,date

`kept` is true or false; `relation` to `containment` are empty for the canonical, `reason` says why it is kept.
"""
from __future__ import annotations

import csv
from typing import BinaryIO

from dedup.article import Result
from dedup.reporters.output import RenderOptions, TextStream, member_record

COLUMNS = tuple("cluster id path line kept canonical relation match similarity containment reason title source date".split())


class _Rows:
    """Rows as the csv module writes them, which quotes all line ends only when rows end in "\\r\\n"."""

    def __init__(self, text: TextStream) -> None:
        self._text = text

    def write(self, row: str) -> int:
        return self._text.write(row.removesuffix("\r\n") + "\n")


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`."""
    with TextStream(out) as text:
        rows = csv.DictWriter(_Rows(text), COLUMNS)
        rows.writeheader()
        for cluster in result.clusters:
            canonical = result.entries[cluster.canonical].id
            for member in cluster.members:
                kept = member.article == cluster.canonical
                rows.writerow({**member_record(result, member), "cluster": cluster.number, "canonical": canonical,
                               "kept": str(kept).lower(), "reason": cluster.reason if kept else member.reason})
