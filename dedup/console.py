"""What every command of the program ends in: a report, messages on stderr, an exit status. Knows nothing of flags."""
from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from dedup import scratch
from dedup.errors import DedupError, InputError, reason
from dedup.notes import gathered
from dedup.settings import Settings
from dedup.terminal import counted, size


class PipeClosed(Exception):
    """Whoever read our stdout has gone."""


class Misuse(Exception):
    """Arguments that make no sense."""


def warn(message: str) -> None:
    """One line on stderr, plain where that is no terminal."""
    if "\x1b[" in message and not sys.stderr.isatty():
        import re

        message = re.sub(r"\x1b\[[;?0-9]*[a-zA-Z]", "", message)
    print(f"dedup: {message}", file=sys.stderr, flush=True)


def tell(errors: Iterable[Any]) -> None:
    """What could not be read, a line for each kind of error."""
    for where, what in gathered(tuple(errors), lambda path, line: f"{path}:{line}" if line else path):
        warn(f"{where}: {what}")


def expect_some(names: Sequence[str], found: Sequence[Any], failed: Sequence[Any]) -> None:
    """Says so where PATHs hold nothing to read: "no copies" would sound as if there had been something to compare."""
    if names and not found and not failed:
        warn(f"{', '.join(names)}: nothing to read there (files of other formats, and those that are hidden, ignored or earlier "
             "outputs of dedup, are read only if they are named themselves)")


def scan_changes(paths: Sequence[str], since: str | None, index: str | None, overrides: str | None, quiet: bool,
                 values: Settings) -> Any:
    """What changed articles are copies of, among all that git tracks; and where its work tree is, seen from here."""
    from dedup import git

    repository = git.Repository.find()
    if since is None:
        repository.expect_changes()
    from dedup import gate, overrides as overrides_
    from dedup.sealing import Damaged

    top = os.path.realpath(repository.top)
    home = os.path.relpath(top, os.path.realpath(os.getcwd()))
    for path in paths:
        try:
            os.stat(path)
        except OSError as error:
            raise InputError(f"{path}: {reason(error)}") from None
    below = [os.path.relpath(os.path.realpath(path), top) for path in paths]
    if any(path.startswith("..") for path in below):
        raise Misuse(f"PATH outside of the repository {repository.top}")
    wishes = overrides_.read(Path(overrides)) if overrides else ()
    wanted = gate.spec(values)
    for last in (index is not None, True):
        kept = gate.opened(Path(index), wanted) if index else gate.own_index(repository, wanted)
        try:
            with Progress(quiet) as progress, kept as known:
                return gate.scan(repository, gate.ask(repository, since), values, known, overrides=wishes, progress=progress,
                                 below=[os.fsencode("" if path == "." else path) for path in below]), home
        except Damaged:  # an index of our own is away now, and made anew
            if last:
                raise


class Report(NamedTuple):
    """A report that is wanted, and the file it goes to; None: a stream."""

    format: str
    file: str | None = None


FORMATS_OF = {".txt": ("text", "github", "paths0"), ".html": ("html",), ".htm": ("html",), ".json": ("json", "sarif"),
              ".jsonl": ("jsonl",), ".csv": ("csv",), ".sarif": ("sarif",)}  # what a suffix may hold, first what it means


def reports(format_: str | None, files: Sequence[str]) -> list[Report]:
    """The reports that --format and --report ask for: a file gets what its suffix says. Raises Misuse."""
    return [_report(format_, file) for file in files] or [Report(format_ or "text")]


def _report(format_: str | None, file: str) -> Report:
    suffix = os.path.splitext(file)[1].lower()
    allowed = FORMATS_OF.get(suffix, ())
    if file == "-" or not suffix or format_ and not allowed:
        return Report(format_ or "text", None if file == "-" else file)
    if not allowed:
        raise Misuse(f"--report {file}: no report has the suffix {suffix} (known: {', '.join(FORMATS_OF)}); "
                     "take one of these, or name the form with --format")
    if format_ and format_ not in allowed:
        raise Misuse(f"--report {file}: {suffix} is {allowed[0]}, not --format {format_}; leave one of the two out")
    return Report(format_ or allowed[0], file)


def expect_inputs(against: Sequence[str], overrides: str | None, baseline: str | None, update: bool,
                  index: str | None) -> None:
    """Raises what a mistyped name would end in after hours, or worse: in a result that says nothing of it."""
    from dedup import baseline as accepted_

    for flag, names in (("--against", against), ("--overrides", [overrides] if overrides else ())):
        for name in names:
            try:
                if name != "-":
                    os.stat(name)
            except OSError as error:
                raise InputError(f"{flag} {name}: {reason(error)}{similar(name)}") from None
    if baseline is not None:
        try:
            accepted_.read(Path(baseline), required=not update)
        except DedupError as error:
            raise InputError(f"{error}{'' if os.path.exists(baseline) else similar(baseline)}") from None
    if index is not None and not os.path.exists(index):
        meant = [name for name in beside(index) if _slip(name, os.path.basename(index))]
        if meant:
            raise InputError(f"--index {index}: there is no such index; did you mean {meant[0]!r}? (a new one is made by "
                             "dedup index build)")
        warn(f"{index}: a new index, made by this run")


def beside(path: str) -> list[str]:
    """The names in the folder of a path, in order."""
    with suppress(OSError):
        return sorted(os.listdir(os.path.dirname(path.rstrip("/")) or "."))
    return []


def similar(path: str) -> str:
    """A hint at the name beside a missing path that may have been meant, "" where none is near."""
    from dedup.settings import nearest

    return nearest(os.path.basename(path.rstrip("/")), beside(path), 0.75)


def _slip(one: str, other: str) -> bool:
    """Whether two names differ as they do by a slip: a letter too many or too few, or letters that changed places."""
    longer, shorter = sorted((one, other), key=len, reverse=True)
    if len(longer) == len(shorter):
        apart = [at for at, pair in enumerate(zip(one, other)) if pair[0] != pair[1]]
        return (len(apart) == 2 and apart[1] - apart[0] == 1
                and (one[apart[0]], one[apart[1]]) == (other[apart[1]], other[apart[0]]))
    return any(longer[:at] + longer[at + 1:] == shorter and longer[at].isalpha() for at in range(len(longer)))


def conclude(result: Any, wanted: Sequence[Report], stream: str, quiet: bool, verbose: int, values: Settings,
             check: bool, baseline: str | None, update: bool, *, changed: frozenset[int] | None = None,
             new: str = "", again: str = "", files: dict[str, str] | None = None,
             references: dict[str, str] | None = None, home: str = ".", overrides: Sequence[Any] = ()) -> int:
    """Subtract the baseline, report, and return the exit status. `changed`: articles that are `new`; None: none is.

    files, references: paths as shown → paths for the system; home: the folder that the paths and the baseline are in.
    """
    from dedup import baseline as accepted_
    from dedup import reporters
    from dedup.reporters import changes

    file = Path(baseline or Path(home, accepted_.NAME))
    if home != "." and any(report.format in ("paths0", "text") for report in wanted):  # else xargs and git look for them here
        files = {entry.path: os.path.abspath(os.path.join(home, entry.path)) for entry in result.entries}
    accepted = accepted_.read(file, required=baseline is not None and not update)
    left, met = accepted_.subtract(result, accepted)
    notes = list(result.notes)
    if update:
        found = {pair: accepted.get(pair, "") for *_, pair in accepted_.pairs(result)}
        accepted_.write(file, found if changed is None else accepted | found)  # a look at a part forgets nothing
        notes.append(f"{file}: {len(found)} {'duplicate' if len(found) == 1 else 'duplicates'} accepted")
        left, _ = accepted_.subtract(result, found)
    elif check and left.clusters and changed is None and not file.exists():
        from dedup import invocation

        again = invocation.accept() if new else f"{invocation.program()} scan … --update-baseline"
        notes.append(f"to begin with, accept what is there: {again} writes {file}, and only later duplicates count")
    elif accepted:
        stale = len(accepted) - len(met) if changed is None else 0
        if met:
            notes.append(f"{file}: {len(met)} accepted {'duplicate is' if len(met) == 1 else 'duplicates are'} not reported")
        if stale:
            meets, it = ("entry meets", "it") if stale == 1 else ("entries meet", "them")
            notes.append(f"{file}: {stale} {meets} no duplicate any more; --update-baseline drops {it}")
    for report in wanted:
        if report.file is not None or not quiet:
            reporter = changes if changed is not None and report.format == "text" else reporters.REPORTERS[report.format]
            said = show(reporter, left, report.file or stream, values.color, verbose, files or {}, references or {},
                        changed, new, again, overrides)
            notes += [said] if said else []
            if report.file is not None and not quiet:
                written(report.file, f"{report.format} report")
    if not quiet:
        for note in notes:
            warn(note)
        if verbose and result.ran:
            engine, workers = result.ran
            warn(f"run by the {engine} engine, {counted(workers, 'worker')}")
    if not quiet or values.errors == "fail":  # who gets exit status 2 is told why
        tell(result.errors)
    if result.errors and values.errors == "fail":
        return 2
    return 1 if check and left.clusters else 0


def written(path: str, what: str) -> None:
    """Says what is in a file or folder that was written, and how large a file is; nothing of a device."""
    with suppress(OSError):
        if os.path.isfile(path):
            warn(f"{path}: {what}, {size(os.path.getsize(path))}")
        elif os.path.isdir(path):
            warn(f"{path}: {what}")


def show(reporter: Any, result: Any, where: str, color: str, verbose: int, files: dict[str, str], references: dict[str, str],
         changed: frozenset[int] | None = None, new: str = "", again: str = "",
         overrides: Sequence[Any] = ()) -> str | None:
    """Render a report to stdout, stderr or (atomically) a file; what its reader should be told besides."""
    from dedup import staging
    from dedup.reporters import RenderOptions

    stream = {"stdout": sys.stdout, "stderr": sys.stderr}.get(where)
    tty = stream is not None and stream.isatty()
    colored = color == "always" or color == "auto" and tty and "NO_COLOR" not in os.environ
    options = RenderOptions(color=colored, width=columns(stream), verbose=verbose, files=files, references=references,
                            changed=changed, new=new, again=again, overrides=overrides)
    if stream is not None:
        said = reporter.render(result, stream.buffer, options=options)
        stream.flush()
        return said
    with staging.file(Path(where)) as out:
        return reporter.render(result, out, options=options)


def columns(stream: Any) -> int:
    """How wide a report on a stream may be."""
    if stream is None or not stream.isatty():
        return 80
    import shutil

    return min(shutil.get_terminal_size().columns, 120)


_PHASES = {  # in words for who does not know how it is done
    "repetition": "looking for repeated blocks", "masking and signing": "looking for boilerplate",
    "finding candidates": "looking for similar articles", "verifying": "comparing articles",
    "reading candidates again": "reading similar articles again"}


class Progress:
    """One line on a terminal: the phase, how far it is, how long it will take. Nothing in a pipe."""

    def __init__(self, quiet: bool) -> None:
        self.on = not quiet and sys.stderr.isatty()
        self.phase, self.began, self.shown = "", 0.0, 0.0

    def __call__(self, phase: str, done: int, total: int) -> None:
        if not self.on:
            return
        now = time.monotonic()
        if phase != self.phase:
            self.phase, self.began, self.shown = phase, now, -1.0
        if now - self.shown < 0.2:
            return
        self.shown = now
        left = (now - self.began) / done * (total - done) if done else 0
        far = f": {min(done / total, 1):.0%}, {left:.0f} s left" if done and total else " …"
        print(f"\r\x1b[K{_PHASES.get(phase, phase)}{far}", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        if self.on and self.phase:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def trace() -> None:
    """Where an error came from; who has none does not wait for the import."""
    import traceback

    traceback.print_exc()


def run(command: Callable[[], int], verbose: bool = False) -> int:
    """The exit status of a command: its own, which is 0, 1 (found, with --check) or 2 (error), or that of what it raised: 2,
    or 130 and 143 where it was interrupted."""
    asked: list[int] = []

    def stop(number: int, frame: object) -> None:
        asked.append(number)
        raise KeyboardInterrupt

    before = {}
    with suppress(ValueError):  # not the main thread of a program that calls this one: its signals are its own
        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with scratch.cleared():
            status = _status(command, asked, verbose)
            for number in before:  # there is nothing left to stop
                signal.signal(number, signal.SIG_IGN)
        return status
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _status(command: Callable[[], int], asked: Sequence[int], verbose: bool) -> int:
    """As `run`; `asked`: signals, for a library may turn the exception of one into its own."""
    def stopped() -> int:
        warn("terminated" if signal.SIGTERM in asked else "interrupted")
        return 143 if signal.SIGTERM in asked else 130

    try:
        return command()
    except KeyboardInterrupt:
        return stopped()
    except DedupError as error:
        if asked:
            return stopped()
        warn(f"error: {error}")
        return 2
    except PipeClosed:
        # Point stdout elsewhere, so that the interpreter's last flush is silent too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # what the machine refuses while nothing in particular is read or written
        if asked:
            return stopped()
        if verbose:
            trace()
        import tempfile

        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = f" (free some; temporary files are in {tempfile.gettempdir()}, TMPDIR moves them)" if full else ""
        warn(f"error: {error.filename or 'output'}: {(error.strerror or str(error)).lower()}{remedy}")
        return 2
    except MemoryError:
        if verbose:
            trace()
        warn("error: not enough memory: try fewer --jobs, a smaller --max-memory or --max-article, or fewer inputs")
        return 2
    except Exception as error:
        if asked:
            return stopped()
        if verbose:
            trace()
        if isinstance(error, SystemError) and "without" in str(error):  # "without exception set": there was no room for one
            warn("error: not enough memory, or the interpreter has lost an error: try fewer --jobs, or fewer inputs")
            return 2
        warn(f"internal error: {type(error).__name__}: {error} (-v shows where; please report it)")
        return 2
