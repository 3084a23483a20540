"""The text report of `--staged` and `--since`, for whoever is refused a commit.

It says which article came, which was there, and what to do, in commands to paste.
"""
from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from dedup import invocation
from dedup.article import Result
from dedup.reporters.output import (Finding, RenderOptions, TextStream, findings, heading, kinship,
                                    local, name)
from dedup.terminal import counted, fit, line, paint, plain, wrapped

SHOWN = 20  # findings without -v
NAMES = 5  # files in a command
TRACKED = "tracked"


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`."""
    from dedup.reporters import text

    found = list(findings(result, options.changed))
    with TextStream(out) as stream:
        for section in (_findings(result, found, options), text._errors(result, options),
                        _remedies(result, found, options)):
            stream.writelines(words + "\n" for words in section)
        stream.write(paint(_summary(found, options), "bold", options.color) + "\n")


def _findings(result: Result, found: Sequence[Finding], options: RenderOptions) -> Iterator[str]:
    shown = len(found) if options.verbose or len(found) <= SHOWN + 1 else SHOWN
    for finding in found[:shown]:
        yield from _finding(result, finding, options)
    if shown < len(found):
        yield f"  … and {len(found) - shown:,} more; -v shows all\n"


def _finding(result: Result, finding: Finding, options: RenderOptions) -> Iterator[str]:
    """The headline, a line for each of the two, and how they are related."""
    came, there = options.new, options.new if finding.other in (options.changed or ()) else TRACKED
    columns = max(len(options.new), len(TRACKED))
    headline = heading(result.text_of(finding.article), result.removed_of(finding.article))
    quoted = f"“{fit(headline, max(options.width, 40) - 2)}”" if headline else "(no text)"
    yield paint(quoted, "bold", options.color)
    for word, article, style in ((came, finding.article, "yellow"), (there, finding.other, "green")):
        label = paint(word.ljust(columns), style, options.color)
        yield f"  {label}  {plain(name(result.entries[article]))}"
    kept = f"the {came} one would be kept" if finding.kept else f"the {there} one is kept"
    said = f"{kinship(finding.member)}; {kept}: {line(finding.cluster.reason)}"
    for words in wrapped(said, max(options.width - columns - 4, 20)):
        yield paint(" " * (columns + 4) + words, "dim", options.color)
    yield ""


def _remedies(result: Result, found: Sequence[Finding], options: RenderOptions) -> Iterator[str]:
    """Each way out as a command, and what it is for."""
    if not found:
        return
    yield paint("What to do", "bold", options.color)
    for command, why in _ways(result, found, options):
        yield f"  {command}"
        yield paint(f"      {why}", "dim", options.color)
    yield ""


def _ways(result: Result, found: Sequence[Finding], options: RenderOptions) -> Iterator[tuple[str, str]]:
    staged, changed = options.new == "staged", options.changed or ()
    records = sum(result.entries[finding.article].line is not None for finding in found)
    if records:
        what = counted(records, "copy is a record", "copies are records")
        yield f"({what} of a larger file)", "take the lines named above out of it"
    new = _files(result, (finding.article for finding in found), options)
    if new and staged:
        yield f"git rm --cached -- {new}", "leave the copy out (the file itself stays)"
    elif new:
        yield f"git rm -- {new}", "leave the copy out"
    old = _files(result, (pair.other for pair in found if pair.other not in changed), options)
    if old:
        yield f"git rm -- {old}", "or have it in place of the one that was there"
    again = f"{invocation.program()} {options.again} --update-baseline"
    yield invocation.accept() if staged else again, "or keep both, and git add .dedup-baseline.json"
    pair = " ".join(shlex.quote(line(result.entries[number].id)) for number in found[0][:2])
    where = " in the hook's args" if invocation.in_pre_commit() else ""
    yield (f"printf 'different\\t%s\\t%s\\n' {pair} >> overrides.tsv",
           f"or never take these two for one again: needs --overrides overrides.tsv{where}")


def _files(result: Result, articles: Iterable[int], options: RenderOptions) -> str:
    """The files of articles that have one to themselves, as words of a command given here."""
    entries = [local(result, article, options) for article in articles]
    paths = [os.path.relpath(entry.path) if os.path.isabs(entry.path) else entry.path
             for entry in entries if entry.line is None]
    words = [plain(shlex.quote(path)) for path in dict.fromkeys(paths)]
    return " ".join(words[:NAMES]) + (" …" if len(words) > NAMES else "")


def _summary(found: Sequence[Finding], options: RenderOptions) -> str:
    copies = len({finding.article for finding in found})
    said = f"{counted(copies, 'copy', 'copies')} of what is there or comes with it" if copies else "no copies"
    return f"{counted(len(options.changed or ()), f'{options.new} article')}: {said}"
