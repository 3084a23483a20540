"""How results are shown: one module for each `--format`, in the order in which they are offered.

Each has `render(result, out, *, options)`, which writes UTF-8 (paths0: file names) to the binary stream `out` and
leaves it open. To add one: a module with that function, and its line here.
"""
from dedup.reporters import csv_, github, html, json_, jsonl, paths0, sarif, text
from dedup.reporters.output import RenderOptions

REPORTERS = {
    "text": text,
    "json": json_,
    "jsonl": jsonl,
    "csv": csv_,
    "github": github,
    "sarif": sarif,
    "html": html,
    "paths0": paths0,
}

__all__ = ["REPORTERS", "RenderOptions"]
