"""`--format text` of `--staged` and `--since`: for whoever is refused a commit: which article came, which was there, what to do."""
from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from dedup import invocation
from dedup.article import Result
from dedup.reporters.output import Finding, RenderOptions, TextStream, findings, heading, kinship, local, name
from dedup.terminal import counted, fit, line, paint, plain, width, wrapped

SHOWN = 20  # findings without -v
NAMES = 5  # in a command


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`."""
    from dedup.reporters import text

    found = list(findings(result, options.changed))
    with TextStream(out) as stream:
        for words in (*_found(result, found, options), *text._errors(result, options)):
            stream.write(words + "\n")
        if found:
            for words in _remedies(result, found, options):
                stream.write(words + "\n")
        stream.write(paint(_summary(found, options), "bold", options.color) + "\n")


def _found(result: Result, found: Sequence[Finding], options: RenderOptions) -> Iterator[str]:
    shown = len(found) if options.verbose or len(found) <= SHOWN + 1 else SHOWN
    for finding in found[:shown]:
        headline = heading(result.text_of(finding.article), result.removed_of(finding.article))
        yield paint(f"“{fit(headline, max(options.width, 40) - 2)}”" if headline else "(no text)", "bold", options.color)
        there = options.new if options.changed and finding.other in options.changed else "tracked"
        columns = max(len(options.new), len("tracked"))
        yield f"  {paint(options.new.ljust(columns), 'yellow', options.color)}  {_named(result, finding.article)}"
        yield f"  {paint(there.ljust(columns), 'green', options.color)}  {_named(result, finding.other)}"
        kept = f"the {options.new} one would be kept" if finding.kept else f"the {there} one is kept"
        said = f"{kinship(finding.member)}; {kept}: {line(finding.cluster.reason)}"
        yield from (paint(" " * (columns + 4) + words, "dim", options.color)
                    for words in wrapped(said, max(options.width - columns - 4, 20)))
        yield ""
    if shown < len(found):
        yield f"  … and {len(found) - shown:,} more; -v shows all\n"


def _named(result: Result, article: int) -> str:
    return plain(name(result.entries[article]))


def _remedies(result: Result, found: Sequence[Finding], options: RenderOptions) -> Iterator[str]:
    """What to do: each a command to paste, and what it is for."""
    changed = options.changed or ()
    new = _files(result, (finding.article for finding in found), options)
    old = _files(result, (finding.other for finding in found if finding.other not in changed), options)
    remove = "git rm --cached --" if options.new == "staged" else "git rm --"
    called = invocation.program()
    left, right = (shlex.quote(line(result.entries[article].id)) for article in (found[0].article, found[0].other))
    rows = [(f"{remove} {new}", "leave the copy out" + (" (the file itself stays)" if options.new == "staged" else ""))] if new else []
    rows += [(f"git rm -- {old}", "or have it in place of the one that was there")] if old else []
    rows.append((invocation.accept() if options.new == "staged" else f"{called} {options.again} --update-baseline",
                 "or keep both, and git add .dedup-baseline.json"))
    rows.append((f"printf 'different\\t%s\\t%s\\n' {left} {right} >> overrides.tsv",
                 "or never take these two for one again: needs --overrides overrides.tsv"
                 + (" in the hook's args" if invocation.in_pre_commit() else "")))
    if records := sum(result.entries[finding.article].line is not None for finding in found):
        rows.insert(0, (f"({counted(records, 'copy is a record', 'copies are records')} of a larger file)",
                        "take the lines named above out of it"))
    yield paint("What to do", "bold", options.color)
    for command, why in rows:
        yield f"  {command}"
        yield paint(f"      {why}", "dim", options.color)
    yield ""


def _files(result: Result, articles: Iterable[int], options: RenderOptions) -> str:
    """The files of articles that have one to themselves, as words of a command given here."""
    entries = [local(result, article, options) for article in articles]
    paths = list(dict.fromkeys(os.path.relpath(entry.path) if os.path.isabs(entry.path) else entry.path
                               for entry in entries if entry.line is None))
    return " ".join(plain(shlex.quote(path)) for path in paths[:NAMES]) + (" …" if len(paths) > NAMES else "")


def _summary(found: Sequence[Finding], options: RenderOptions) -> str:
    new = len(options.changed or ())
    copies = len({finding.article for finding in found})
    return (f"{counted(new, f'{options.new} article')}: "
            + (f"{counted(copies, 'copy', 'copies')} of what is there or comes with it" if copies else "no copies"))
