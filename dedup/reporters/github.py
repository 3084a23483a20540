"""`--format github`: workflow commands that GitHub shows as annotations: a warning on each newcomer, an error on what
could not be read, and one notice that sums up (GitHub shows ten warnings a step, the log holds all).
"""
from __future__ import annotations

from typing import BinaryIO

from dedup.article import Result
from dedup.reporters import text as text_report
from dedup.reporters.output import RenderOptions, TextStream, error_place, errors, findings, local, sentence
from dedup.terminal import plain


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`."""
    with TextStream(out) as text:
        for finding in findings(result, options.changed):
            entry = local(result, finding.article, options)
            text.write(_command("warning", sentence(result, finding, options), file=entry.path, line=entry.line or 1,
                                title="Duplicate article"))
        for error in errors(result):
            entry = error_place(error, options)
            text.write(_command("error", error.error, file=entry.path, line=entry.line or 1, title="Unreadable input"))
        text.write(_command("notice", text_report.summary(result.summary), title="dedup"))


def _command(kind: str, message: str, **properties: object) -> str:
    pairs = ",".join(f"{key}={plain(_escaped(str(value), ':,'))}" for key, value in properties.items())
    return f"::{kind} {pairs}::{_escaped(plain(message))}\n"


def _escaped(value: str, more: str = "") -> str:
    """Percent signs, line ends and `more` as the runner reads them back."""
    for char in f"%\r\n{more}":
        value = value.replace(char, f"%{ord(char):02X}")
    return value
