"""`--format paths0`: the files that hold only dropped copies, each path ended by NUL, for `xargs -0`.

A file with a kept article, or with a record that could not be read, is not listed: deleting it would lose something.
"""
from __future__ import annotations

from typing import BinaryIO

from dedup.article import Result
from dedup.reporters.output import RenderOptions, file_name

STDIN = "-"


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`: paths as the file system has them, in code point order."""
    dropped = {member.article for cluster in result.clusters for member in cluster.members
               if member.article != cluster.canonical}
    paths = {result.entries[article].path for article in dropped}
    paths -= {entry.path for article, entry in enumerate(result.entries[:result.count]) if article not in dropped}
    paths -= {error.path for error in result.errors} | {STDIN}
    for path in sorted(paths):
        out.write(file_name(options.files.get(path, path)) + b"\0")
