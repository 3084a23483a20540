"""The command line: flags → settings → pipeline → output and report → exit status. The only module that knows click."""
from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import click

from dedup import __version__, settings as settings_
from dedup.console import (Misuse, PipeClosed, Progress, Report, columns, conclude, expect_inputs, expect_some, reports, run,
                           scan_changes, tell, warn, written)
from dedup.errors import InputError
from dedup.terminal import counted

EXAMPLES = {
    "dedup": """
  dedup scan articles/              what is there twice, and what goes
  dedup scan articles/ -o clean/    one clean version of each article
  dedup strip page.txt              one text without its boilerplate
  dedup COMMAND --help              all options of a command, with examples
""",
    "scan": """
  dedup scan articles/ -o clean/     canonical versions and a manifest
  dedup scan news.jsonl --annotate decided.jsonl
                                     every record with its decision
  dedup scan articles/ --report r.html --report r.sarif
                                     to look at, and for code scanning
  dedup scan test/ --against train/  which of these are in a reference corpus?
  dedup scan --staged --check        is what you are about to commit there?
  dedup scan articles/ --format paths0 | xargs -0 rm
                                     delete files of dropped copies only
""",
    "strip": """
  dedup strip page.txt > clean.txt   one text, to stdout
  dedup strip --explain page.txt     each block with its score, and why
  dedup strip --diff *.txt           what would change
  dedup strip --in-place *.txt       rewrite files; dedup undo puts them back
""",
    "compare": """
  dedup compare a.txt b.txt          two files
  dedup compare id-1 id-2 --in news.jsonl
                                     two records of a corpus
""",
    "eval": """
  dedup eval gold.tsv news.jsonl     against your own gold
  dedup eval --inject news.jsonl     how many planted copies are found
""",
    "report": """
  dedup report decided.jsonl --report r.html
""",
    "review": """
  dedup scan news.jsonl --annotate decided.jsonl
  dedup review decided.jsonl         y, n or skip; saved to overrides.tsv
  dedup scan news.jsonl --overrides overrides.tsv
""",
    "build": """
  dedup index build corpus.idx archive/
  dedup scan new/ --against corpus.idx
""",
    "add": """
  dedup index add corpus.idx 2026-12-01/
  dedup scan 2026-12-02/ --index corpus.idx --append
                                     compare with all that is there, and add
  dedup index add corpus.idx --renew make the table of recurrent blocks anew
""",
    "undo": """
  dedup undo dedup-journal-1.jsonl   the name that strip --in-place printed
""",
    "init": """
  dedup config init                  a section for pyproject.toml
  dedup config init --threshold .8 --keep longest
""",
    "completion": """
  echo 'eval "$(dedup completion bash)"' >> ~/.bashrc
  echo 'eval "$(dedup completion zsh)"' >> ~/.zshrc
  dedup completion fish > ~/.config/fish/completions/dedup.fish
""",
    "show": """
  dedup config show                  what holds here
  dedup config show --threshold .6   what would hold with this flag
""",
}


PATH = click.Path()  # shells complete it
FILES, DETAILS = 20, 5  # of `strip`: up to how many changed files it says what went, and how much of it


def examples(name: str) -> str:
    return f"\b\nExamples:{EXAMPLES[name].rstrip()}"


class GroupedCommand(click.Command):
    """A command whose help lists its options under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                groups.setdefault(getattr(parameter, "heading", "Other"), []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)


class HeadedOption(click.Option):
    """An option that knows under which heading it stands."""

    def __init__(self, *args: Any, heading: str = "Other", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heading = heading


def option(*names: str, heading: str, **kwargs: Any) -> Callable[[Callable], Callable]:
    if kwargs.get("metavar") in ("FILE", "PATH"):
        kwargs["type"] = PATH
    return click.option(*names, cls=HeadedOption, heading=heading, **kwargs)


def offered(choices: Sequence[str], ctx: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """What a shell completes the value of an option to."""
    return [choice for choice in choices if choice.startswith(begun)]


def setting(name: str, heading: str, *short: str) -> Callable[[Callable], Callable]:
    """The flag of a setting; its value is checked where settings are resolved, so that all origins err alike."""
    data = settings_.metadata(name)
    default = data["default"]
    shown = settings_.shown(name, default)
    many = name in ("rules", "exclude")
    note = f"  [default: {shown}]" if shown != "-" and name != "jobs" else ""
    metavar = data["metavar"] or {float: "FLOAT", int: "INT"}.get(type(default), "TEXT")
    if isinstance(default, bool):
        return option(f"--{name.replace('_', '-')}", name, heading=heading, default=None, is_flag=True, help=data["help"])
    if name in CHOICES:
        metavar = "|".join(CHOICES[name])
    return option(f"--{name.replace('_', '-')}", name, *short, heading=heading, default=None, multiple=many,
                  metavar=metavar, help=data["help"] + note,
                  shell_complete=partial(offered, CHOICES[name]) if name in CHOICES else None)


FORMATS = ("text", "json", "jsonl", "csv", "github", "sarif", "html", "paths0")  # a test holds this to reporters.REPORTERS
CHOICES = {"boilerplate": ("strip", "mask", "off"), "engine": ("auto", "datasketch", "numpy", "numba"),
           "errors": ("fail", "warn"), "color": ("auto", "always", "never")}

MATCHING = ("threshold", "containment", "recall", "ngram", "num_perm", "seed")
BOILERPLATE = ("boilerplate", "rules", "disable", "lang")
FIELDS = ("text_field", "html_field", "lines", "id_field", "source_field", "date_field", "max_article")


def settings_options(*names: str, heading: str) -> Callable[[Callable], Callable]:
    def decorate(function: Callable) -> Callable:
        for name in reversed(names):
            function = setting(name, heading)(function)
        return function
    return decorate


def resolve(flags: dict[str, Any], config: str | None, isolated: bool) -> tuple[settings_.Settings, dict[str, str]]:
    given = {name: list(value) if isinstance(value, tuple) else value
             for name, value in flags.items() if value is not None and value != ()}
    return settings_.resolve(given, config=config, isolated=isolated)


def configuration(function: Callable) -> Callable:
    function = option("--isolated", is_flag=True, heading="Configuration",
                      help="ignore configuration files and DEDUP_* variables")(function)
    return option("--config", heading="Configuration", metavar="FILE",
                  help="read settings from FILE instead of the nearest pyproject.toml or setup.cfg")(function)


def reporting(function: Callable) -> Callable:
    function = option("--report", heading="Report", metavar="FILE", multiple=True,
                      help="write the report to FILE instead of stdout, in the form that its suffix says "
                           "(may be repeated)")(function)
    return option("--format", "format_", type=click.Choice(FORMATS), metavar="|".join(FORMATS), heading="Report",
                  help="form of the report  [default: text, or as the suffix of --report says]")(function)


def wanted_reports(format_: str | None, files: Sequence[str]) -> list[Report]:
    try:
        return reports(format_, files)
    except Misuse as error:
        raise click.UsageError(str(error)) from None


class Root(click.Group):
    """A group that keeps a closed pipe from click, which would make it exit status 1, and commands in their order."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
            return answer
        except BrokenPipeError:
            raise PipeClosed from None


@click.group(cls=Root, epilog=examples("dedup"),
             context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dedup", message="%(prog)s %(version)s")
def cli() -> None:
    """Find near-duplicate articles, strip their boilerplate, keep one canonical version of each."""


# --- scan ---------------------------------------------------------------------------------------------------------


@cli.command(cls=GroupedCommand, epilog=examples("scan"),
             short_help="Find copies, choose what to keep, strip boilerplate.")
@click.argument("paths", type=PATH, nargs=-1, metavar="[PATH…]")
@option("--files0-from", heading="Input", metavar="FILE", help="read NUL-separated paths from FILE (- for stdin)")
@settings_options(*FIELDS, "exclude", heading="Input")
@option("--index", metavar="FILE", heading="Input",
        help="keep what was found out about articles, and the table of recurrent blocks, in FILE")
@option("--append", is_flag=True, heading="Input",
        help="compare with all that --index stands for, and put the scanned articles in")
@option("--staged", is_flag=True, heading="Git", help="only what staged articles are copies of, among all tracked ones")
@option("--since", metavar="REF", heading="Git", help="the same for articles that differ from where the branch left REF")
@option("-o", "--output", heading="Output", metavar="PATH",
        help="write canonical versions: a folder, or a file ending .jsonl, .jsonl.gz, .jsonl.zst or .parquet; - is stdout")
@option("--annotate", heading="Output", metavar="FILE",
        help="write every record with its decision: .jsonl, .csv, .tsv or .parquet; - is stdout, JSONL")
@option("--overwrite", is_flag=True, heading="Output", help="replace an output folder that holds a manifest of ours")
@reporting
@option("-q", "--quiet", is_flag=True, heading="Report", help="no report on stdout, no progress, no warnings; errors only")
@option("-v", "--verbose", count=True, heading="Report", help="more detail; tracebacks for internal errors")
@settings_options("color", heading="Report")
@settings_options(*MATCHING, heading="Matching")
@option("--against", heading="Matching", multiple=True, metavar="PATH",
        help="a reference corpus: compared with, never dropped, in no output")
@option("--overrides", heading="Matching", metavar="FILE", help="TSV of same|different<TAB>id<TAB>id: your word over ours")
@settings_options("keep", heading="Matching")
@settings_options(*BOILERPLATE, heading="Boilerplate")
@option("--check", is_flag=True, heading="Exit status", help="exit 1 when there are duplicates that the baseline does not list")
@option("--baseline", metavar="FILE", heading="Exit status",
        help="accepted duplicates, which are not reported  [default: .dedup-baseline.json here; in git's top folder with "
             "--staged or --since]")
@option("--update-baseline", is_flag=True, heading="Exit status", help="accept all duplicates found: write them to the baseline")
@settings_options("errors", heading="Exit status")
@settings_options("jobs", "engine", "max_memory", heading="Running")
@option("--resume", is_flag=True, heading="Running",
        help="keep what is worked out beside the output until the run ends; given again after an interruption, go on from there")
@option("--spark", metavar="MASTER", heading="Running",
        help="run on Spark: local[4], spark://HOST:7077, yarn, …, or submit for the master that spark-submit names; "
             "writes --annotate FILE (.parquet: a folder) and counts on stdout")
@configuration
def scan(paths: tuple[str, ...], files0_from: str | None, output: str | None, annotate: str | None, overwrite: bool,
         format_: str | None, report: tuple[str, ...], quiet: bool, verbose: int, against: tuple[str, ...], overrides: str | None,
         check: bool, index: str | None, append: bool, staged: bool, since: str | None, baseline: str | None,
         update_baseline: bool, resume: bool, spark: str | None, config: str | None, isolated: bool, **flags: Any) -> int:
    """Find which articles are copies of which, choose the one to keep of each, and take the boilerplate off.

    PATH… are files and folders of .txt, .md, .html, .json, .jsonl and the like (plain, .gz or .zst), patterns, or addresses
    (s3://…, https://…); - reads JSONL from stdin.
    Inputs are never changed.
    """
    wanted = wanted_reports(format_, report)
    expect_inputs(against, overrides, baseline, update_baseline, index)
    if spark is not None:
        if (annotate in (None, "-") or output or report or format_ not in (None, "text") or against or index or staged or since
                or baseline or update_baseline or resume):
            raise click.UsageError("--spark writes --annotate FILE and counts: --output, --report, --format, --against, --index, "
                                   "--staged, --since, --resume and baselines are for one machine")
        return scan_spark(spark, paths, files0_from, str(annotate), overwrite, quiet, overrides, check,
                          resolve(flags, config, isolated)[0])
    if staged or since is not None:
        if staged and since is not None or output or annotate or files0_from or against or resume or "-" in paths:
            raise click.UsageError("--staged and --since only report, on tracked files: they exclude each other, --output, "
                                   "--annotate, --against, --files0-from, --resume and -")
        values, _ = resolve(flags, config, isolated)
        try:
            answer, home = scan_changes(paths, since, index, overrides, quiet, values)
        except Misuse as error:
            raise click.UsageError(str(error)) from None
        return conclude(answer.result, wanted, "stdout", quiet, verbose, values, check, baseline, update_baseline,
                        changed=answer.changed, new=answer.new, again=answer.again, home=home)
    from dedup import archive, gate, overrides as overrides_, resume as resume_
    from dedup import pipeline, readers, sources, write

    if not paths and files0_from is None:
        raise click.UsageError("nothing to scan: give files or folders, or - for stdin")
    if append and (not index or not paths or "-" in paths or files0_from):
        raise click.UsageError("--append puts PATHs into an index, which reads them again: give PATHs and --index FILE")
    if "-" in paths and "-" in against:
        raise click.UsageError("stdin is read once: it cannot be compared with itself")
    given = [("--output", output), ("--annotate", annotate), *(("--report", file) for file in report)]
    streams = [flag for flag, value in given if value == "-"]
    if len(streams) > 1:
        raise click.UsageError(f"{' and '.join(streams)} both want stdout: give one of them a file")
    values, _ = resolve(flags, config, isolated)
    wishes = overrides_.read(Path(overrides)) if overrides else ()
    targets = [Path(path) for _, path in given if path not in (None, "-")]
    if annotate not in (None, "-"):
        write.expect_annotated(Path(annotate))
    beside: list[str] = []
    found, failed = sources.find(paths, exclude=values.exclude, files0_from=files0_from, output=targets, notes=beside)
    compared, index = archive.reference(against, index, append)
    reference, unopened = sources.find(compared, exclude=values.exclude, output=targets)
    if not quiet:
        expect_some(paths, found, failed)
        expect_some(compared, reference, unopened)
    scanned = {os.path.realpath(source.real) for source in found} if reference else ()
    elsewhere = [source for source in reference if os.path.realpath(source.real) not in scanned]
    both = len(reference) - len(elsewhere)
    if both:  # else each would be a copy of itself, and paths0 would name the last one there is
        reference = elsewhere
        if not quiet and not append:
            warn(f"{counted(both, 'file of --against is', 'files of --against are')} scanned, too, and no reference")
    if output is not None and output != "-" and not output.endswith(write.FILE_SUFFIXES):
        if (sources.kind(output)[0] or write.is_data(output)) and not output.endswith("/") and not os.path.isdir(output):
            raise click.UsageError(f"--output {output}: one file is written as {', '.join(write.FILE_SUFFIXES)}; "
                                   f"a folder of this name would be {output}/")
    if resume and (index or not targets):
        raise click.UsageError("--resume: what is worked out is in --index anyway" if index else
                               "--resume keeps its work beside an --output, --annotate or --report: give one a file")
    others = [("--annotate", annotate), *(("--report", file) for file in report), ("--index", index)]
    write.expect(Path(output) if output not in (None, "-") else None,
                 [(flag, Path(path)) for flag, path in others if path not in (None, "-")], overwrite)
    kept: AbstractContextManager[Any] = nullcontext()
    if index:
        kept = gate.opened(Path(index), gate.spec(values))
    elif resume:
        kept = resume_.opened(targets[0], gate.spec(values))
    with (kept as known, Progress(quiet) as progress,
          archive.adding(known if append else None, paths, gate.spec(values))):
        result = pipeline.scan(found, values, failed=[*failed, *unopened], against=reference, overrides=wishes,
                               index=known, resume=resume, progress=progress)
        result = result._replace(notes=(*beside, *result.notes))
        if output is not None or annotate is not None:
            progress("writing", 0, 0)
        reread = partial(readers.read, options=pipeline.read_options(values))
        if output == "-":
            write.canonical_lines(result, found, reread, sys.stdout.buffer, text_field=values.text_field)
        elif output is not None:
            write.write_outputs(result, found, reread, Path(output), text_field=values.text_field, overwrite=overwrite)
        if annotate is not None:
            articles = chain(failed, unopened, chain.from_iterable(map(reread, found)))
            if annotate == "-":
                write.annotate(result, articles, sys.stdout.buffer, text_field=values.text_field)
            else:
                write.annotated_file(result, articles, Path(annotate), text_field=values.text_field)
    if not quiet:
        for place, what in ((output, f"{counted(result.kept, 'canonical version')} of {counted(result.count, 'article')}"),
                            (annotate, f"{counted(result.count, 'article')} with decisions")):
            if place not in (None, "-"):
                written(place, what)
    return conclude(result, wanted, "stderr" if streams and not report else "stdout", quiet, verbose, values, check,
                    baseline, update_baseline, files={source.path: source.real for source in found},
                    references={source.path: source.real for source in reference}, overrides=wishes)


def scan_spark(master: str, paths: tuple[str, ...], files0_from: str | None, annotate: str, overwrite: bool, quiet: bool,
               overrides: str | None, check: bool, values: settings_.Settings) -> int:
    """The same scan on a cluster: records to a file, counts to stdout."""
    from dedup import overrides as overrides_
    from dedup import sources
    from dedup.reporters import text
    from dedup.spark import run

    if not paths and files0_from is None:
        raise click.UsageError("nothing to scan: give files or folders")
    wishes = overrides_.read(Path(overrides)) if overrides else ()
    found, failed = sources.find(paths, exclude=values.exclude, files0_from=files0_from, output=[Path(annotate)])
    with Progress(quiet) as progress:
        outcome = run.scan(master, found, values, annotate, failed=failed, overrides=wishes, overwrite=overwrite,
                           progress=progress)
    if not quiet:
        click.echo(text.summary(outcome.summary))
        for note in outcome.notes:
            warn(note)
        tell(outcome.errors)
    if outcome.summary["unreadable"] and values.errors == "fail":
        return 2
    return 1 if check and outcome.summary["clusters"] else 0


# --- strip --------------------------------------------------------------------------------------------------------


@cli.command(cls=GroupedCommand, epilog=examples("strip"), short_help="Take the boilerplate off texts, each alone.")
@click.argument("files", type=PATH, nargs=-1, metavar="FILE… | -", required=True)
@option("--in-place", is_flag=True, heading="Output", help="rewrite the files; dedup undo puts them back")
@option("--diff", is_flag=True, heading="Output", help="show what would change as a unified diff")
@option("--explain", is_flag=True, heading="Output", help="show every block with its score and what it is made of")
@option("--check", is_flag=True, heading="Exit status", help="exit 1 when any text would change")
@option("-v", "--verbose", count=True, heading="Output", help="tracebacks for internal errors")
@settings_options("rules", "disable", "lang", heading="Boilerplate")
@configuration
def strip(files: tuple[str, ...], in_place: bool, diff: bool, explain: bool, check: bool, verbose: int,
          config: str | None, isolated: bool, **flags: Any) -> int:
    """Take the boilerplate off texts, each file alone; - is stdin.

    One text goes to stdout; several need --in-place, --diff, --explain or --check.
    """
    from dedup import features, invocation, standalone

    if len(files) > 1 and not (in_place or diff or explain or check):
        raise click.UsageError("several files need --in-place, --diff, --explain or --check")
    if in_place and "-" in files:
        raise click.UsageError("stdin cannot be changed in place")
    values, _ = resolve(flags, config, isolated)
    recipe = features.Recipe(rules=values.rules, disabled=values.disable, lang=values.lang)
    changed = failed = 0
    edits: list[tuple[Path, bytes, bytes]] = []
    pieces: list[standalone.Piece] = []
    for file in {os.path.realpath(file): file for file in files}.values() if in_place else files:
        try:
            piece = standalone.strip(file, sys.stdin.buffer if file == "-" else None, recipe)
            if in_place and piece.before != piece.after:
                edits.append((Path(file), piece.data, piece.in_place()))
                pieces.append(piece)
        except InputError as error:
            warn(f"{file}: {error}")
            failed += 1
            continue
        if piece.before != piece.after:
            changed += 1
            if check and not (in_place or diff or explain):
                warn("would change: " + "\n".join(standalone.losses(piece, DETAILS)))
        if piece.doubted:
            warn(f"{file}: more than half of the text would have gone; only what is certain did")
        if explain:
            click.echo(standalone.explanation(piece), nl=False)
        if diff:
            click.echo(standalone.difference(piece), nl=False)
        if not (in_place or diff or explain or check):
            sys.stdout.buffer.write(piece.encoded())
    if edits:
        from dedup import journal

        path = journal.replace(edits)
        for piece in pieces:
            warn("taken off " + "\n".join(standalone.losses(piece, DETAILS if len(pieces) <= FILES else 0)))
        warn(f"{counted(len(edits), 'file')} changed; {invocation.program()} undo {path} "
             f"puts {'it' if len(edits) == 1 else 'them'} back")
    return 2 if failed else 1 if check and changed else 0


# --- undo, compare, eval ------------------------------------------------------------------------------------------


@cli.command(cls=GroupedCommand, epilog=examples("undo"))
@click.argument("journal", metavar="JOURNAL", type=click.Path(path_type=Path))
def undo(journal: Path) -> int:
    """Put back what strip --in-place changed."""
    from dedup import journal as journal_

    failed = 0
    for change in journal_.undo(journal):
        click.echo(f"{change.path}: {change.error or 'put back'}")
        failed += bool(change.error)
    return 2 if failed else 0


@cli.command(cls=GroupedCommand, epilog=examples("compare"), short_help="Explain why two articles are copies, or not.")
@click.argument("left", type=PATH, metavar="A")
@click.argument("right", type=PATH, metavar="B")
@option("--in", "corpus", heading="Input", multiple=True, metavar="PATH", help="A and B are ids of articles in PATH")
@settings_options(*FIELDS, heading="Input")
@settings_options(*MATCHING, heading="Matching")
@settings_options(*BOILERPLATE, heading="Boilerplate")
@configuration
def compare(left: str, right: str, corpus: tuple[str, ...], config: str | None, isolated: bool, **flags: Any) -> int:
    """Explain one pair: scores, verdict, what would turn it, which bands collide, and what differs.

    A and B are two files or, with --in, two ids of a corpus.
    """
    from dedup import questions
    from dedup.reporters import pair

    values, _ = resolve(flags, config, isolated)
    with Progress(quiet=False) as progress:
        explained = questions.explain(*questions.pick(left, right, corpus, values, progress), values)
    click.echo(pair.render(explained, left, right, threshold=values.threshold, containment=values.containment,
                           width=columns(sys.stdout)), nl=False)
    return 0


@cli.command("eval", cls=GroupedCommand, epilog=examples("eval"),
             short_help="Measure recall and precision on your corpus.")
@click.argument("paths", type=PATH, nargs=-1, metavar="[GOLD] PATH…", required=True)
@option("--inject", is_flag=True, heading="Evaluation",
        help="no GOLD: plant edited copies of the articles and count which are found")
@option("--count", type=click.IntRange(1), default=200, show_default=True, heading="Evaluation",
        help="articles that get planted copies")
@option("-v", "--verbose", count=True, heading="Evaluation",
        help="also how LSH finds candidates, by similarity; tracebacks for internal errors")
@settings_options(*FIELDS, "exclude", heading="Input")
@settings_options(*MATCHING, "keep", heading="Matching")
@settings_options(*BOILERPLATE, heading="Boilerplate")
@settings_options("jobs", "engine", heading="Running")
@configuration
def evaluate(paths: tuple[str, ...], inject: bool, count: int, verbose: int, config: str | None, isolated: bool,
             **flags: Any) -> int:
    """Measure precision, recall, F1 and ARI against GOLD, or with --inject recall on planted copies.

    GOLD is a TSV of id<TAB>cluster, or of id<TAB>id<TAB>1 or 0 for pairs that are or are not copies.
    """
    from dedup import lsh, questions, sources
    from dedup.reporters import scores

    if not inject and len(paths) < 2:
        raise click.UsageError("want a GOLD file and a PATH, or --inject and a PATH")
    values, _ = resolve(flags, config, isolated)
    found, failed = sources.find(paths if inject else paths[1:], exclude=values.exclude)
    expect_some(paths if inject else paths[1:], found, failed)
    tell(failed)
    with Progress(quiet=False) as progress:
        if inject:
            planted, errors = questions.inject(found, values, count, progress)
            table = scores.planted(planted)
        else:
            report, errors = questions.measure(Path(paths[0]), found, values, progress)
            table = scores.render(report)
    click.echo(table, nl=False)
    if verbose:
        bands, rows = lsh.bands_and_rows(values.threshold, values.recall, values.num_perm)
        click.echo("\n" + scores.s_curve(bands, rows, lsh.s_curve(bands, rows), values.threshold), nl=False)
    tell(errors)
    return 2 if (failed or errors) and values.errors == "fail" else 0


# --- what was decided ---------------------------------------------------------------------------------------------


@cli.command("report", cls=GroupedCommand, epilog=examples("report"), short_help="Any report again, without another scan.")
@click.argument("file", type=PATH, metavar="DECIDED")
@settings_options(*FIELDS[:-1], heading="Input")
@option("--root", heading="Input", metavar="PATH", default=".",
        help="the folder that the paths of the articles are in, for github, sarif and paths0  [default: .]")
@option("--overrides", heading="Input", metavar="FILE", help="the overrides that the scan obeyed: the HTML report adds to them")
@reporting
@option("-v", "--verbose", count=True, heading="Report", help="more detail; tracebacks for internal errors")
@settings_options("color", heading="Report")
@settings_options("threshold", "containment", heading="Matching")
@configuration
def report_again(file: str, root: str, overrides: str | None, format_: str | None, report: tuple[str, ...], verbose: int,
                 config: str | None, isolated: bool, **flags: Any) -> int:
    """Report on DECIDED, what scan --annotate wrote, in any form, without scanning again.

    The settings of the scan are not recorded there: give those of matching again if they were not the defaults.
    """
    from dedup import questions

    wanted = wanted_reports(format_, report)
    values, _ = resolve(flags, config, isolated)
    questions.report(file, wanted, values, root, overrides, verbose)
    return 0


@cli.command(cls=GroupedCommand, epilog=examples("review"), short_help="Decide doubtful pairs one by one.")
@click.argument("file", type=PATH, metavar="DECIDED")
@settings_options(*FIELDS[:-1], heading="Input")
@option("--overrides", heading="Output", metavar="FILE", default="overrides.tsv",
        help="what you decide is added to FILE, pairs that are there are not asked again  [default: overrides.tsv]")
@option("--list", "listed", is_flag=True, heading="Output", help="only list the pairs, as TSV, the most doubtful first")
@option("-v", "--verbose", count=True, heading="Output", help="tracebacks for internal errors")
@settings_options("color", heading="Output")
@settings_options("threshold", "containment", heading="Matching")
@configuration
def review(file: str, overrides: str, listed: bool, verbose: int, config: str | None, isolated: bool, **flags: Any) -> int:
    """Decide, one by one, the doubtful pairs of DECIDED, what scan --annotate wrote: the most doubtful first.

    Each answer is saved at once; dedup scan --overrides obeys. dedup report DECIDED --report r.html offers the same in a
    browser.
    """
    from dedup import review as review_

    values, _ = resolve(flags, config, isolated)
    return review_.run(file, Path(overrides), values, listed=listed, key=click.getchar if sys.stdin.isatty() else None)


# --- index --------------------------------------------------------------------------------------------------------


@cli.group()
def index() -> None:
    """The persistent index of articles."""


@index.command("build", cls=GroupedCommand, epilog=examples("build"), short_help="Build an index of articles.")
@click.argument("file", type=PATH, metavar="FILE")
@click.argument("paths", type=PATH, nargs=-1, metavar="PATH…", required=True)
@settings_options(*FIELDS, "exclude", heading="Input")
@settings_options(*MATCHING, heading="Matching")
@settings_options(*BOILERPLATE, heading="Boilerplate")
@settings_options("jobs", "engine", heading="Running")
@option("-v", "--verbose", count=True, heading="Running", help="tracebacks for internal errors")
@configuration
def index_build(file: str, paths: tuple[str, ...], verbose: int, config: str | None, isolated: bool, **flags: Any) -> int:
    """Build the index FILE from the articles in PATH…, in place of what is there.

    The table of recurrent blocks is made anew and frozen. An index that is there and whole stays until this one is.
    """
    from dedup import gate, sources

    values, _ = resolve(flags, config, isolated)
    found, failed = sources.find(paths, exclude=values.exclude, output=[Path(file)])
    expect_some(paths, found, failed)
    with Progress(quiet=False) as progress:
        articles, errors = gate.build(Path(file), found, paths, values, progress)
    tell([*failed, *errors])
    click.echo(f"{file}: {counted(articles, 'article')}")
    return 2 if (failed or errors) and values.errors == "fail" else 0


@index.command("add", cls=GroupedCommand, epilog=examples("add"), short_help="Put more articles into an index.")
@click.argument("file", type=PATH, metavar="FILE")
@click.argument("paths", type=PATH, nargs=-1, metavar="[PATH…]")
@option("--renew", is_flag=True, heading="Running", help="make the table of recurrent blocks anew, though it is not due")
@settings_options(*FIELDS, "exclude", heading="Input")
@settings_options(*MATCHING, heading="Matching")
@settings_options(*BOILERPLATE, heading="Boilerplate")
@settings_options("jobs", "engine", heading="Running")
@option("-v", "--verbose", count=True, heading="Running", help="tracebacks for internal errors")
@configuration
def index_add(file: str, paths: tuple[str, ...], renew: bool, verbose: int, config: str | None, isolated: bool,
              **flags: Any) -> int:
    """Put the articles of PATH… into FILE, which from then on stands for them, too.

    Once a tenth as many articles have come as the table of recurrent blocks was made of, it is made anew from all PATHs.
    """
    from dedup import gate

    values, _ = resolve(flags, config, isolated)
    if not paths and not renew:
        raise click.UsageError("nothing to add: give files or folders, or --renew")
    with Progress(quiet=False) as progress:
        new, given, anew, errors = gate.add(Path(file), paths, values, renew=renew, progress=progress)
    tell(errors)
    click.echo(f"{file}: {counted(new, 'article')} more" + (f"; recurrent blocks made anew from {given:,}" if anew else ""))
    return 2 if errors and values.errors == "fail" else 0


@index.command("info", cls=GroupedCommand, short_help="Show what an index holds.")
@click.argument("file", type=PATH, metavar="FILE")
def index_info(file: str) -> int:
    """Show what FILE was built with and holds; check that it is whole."""
    from dedup import gate

    with gate.existing(Path(file)) as found:
        info = found.info()
    for name, value in info.items():
        shown = ",".join(map(str, value)) if isinstance(value, list) else f"{value:,}" if name == "bytes" else str(value)
        click.echo(f"{name:12}  {shown or '-'}")
    return 0


@index.command("prune", cls=GroupedCommand, short_help="Drop articles that are gone.")
@click.argument("file", type=PATH, metavar="FILE")
@click.argument("paths", type=PATH, nargs=-1, metavar="[PATH…]")
@settings_options(*FIELDS, "exclude", heading="Input")
@configuration
def index_prune(file: str, paths: tuple[str, ...], config: str | None, isolated: bool, **flags: Any) -> int:
    """Drop from FILE what is not in PATH… any more.

    Without PATH: in those it stands for, or, of an index of --staged, among what is tracked.
    """
    from dedup import archive, gate, sources

    values, _ = resolve(flags, config, isolated)
    found, failed = sources.find(paths, exclude=values.exclude)
    if failed:
        raise InputError(f"{failed[0].path}: {failed[0].error}; nothing was dropped")
    with gate.existing(Path(file)) as known:
        if not paths and known.get("paths"):
            found, failed = sources.find(archive.paths(known), exclude=values.exclude)
        gone = gate.prune(known, found if paths or known.get("paths") else None, values)
        if paths:
            with known.transaction():
                archive.remember(known, paths, only=True)
    click.echo(f"{file}: {counted(gone, 'article')} dropped")
    return 0


# --- config -------------------------------------------------------------------------------------------------------


@cli.group()
def config() -> None:
    """Settings and where they come from."""


@config.command("show", cls=GroupedCommand, epilog=examples("show"))
@settings_options(*settings_.NAMES, heading="Settings")
@configuration
def config_show(config: str | None, isolated: bool, **flags: Any) -> int:
    """Show every resolved setting, with where it came from."""
    values, origins = resolve(flags, config, isolated)
    width = max(map(len, settings_.NAMES))
    for name in settings_.NAMES:
        value = settings_.shown(name, getattr(values, name))
        click.echo(f"{name.replace('_', '-'):{width}}  {value:36}  {origins[name]}")
    return 0


@config.command("init", cls=GroupedCommand, epilog=examples("init"), short_help="Write a configuration to begin with.")
@click.argument("file", type=PATH, metavar="[FILE]", default="pyproject.toml")
@settings_options(*settings_.NAMES, heading="Settings")
def config_init(file: str, **flags: Any) -> int:
    """Put a section [tool.dedup] with every setting into FILE, by default the pyproject.toml here.

    Those that are given hold; the others stand there with their defaults, commented out.
    """
    from dedup import template

    values, origins = resolve(flags, None, True)
    given = {name for name, origin in origins.items() if origin != "default"}
    template.add(Path(file), values, given)
    set_ = f"sets {', '.join(sorted(given)).replace('_', '-')}; all other settings" if given else "sets nothing yet: all settings"
    click.echo(f"{file}: {template.SECTION} {set_} stand there, commented out")
    return 0


# --- completion ---------------------------------------------------------------------------------------------------

SHELLS = ("bash", "zsh", "fish")


@cli.command(cls=GroupedCommand, epilog=examples("completion"), short_help="Print what lets a shell complete commands.")
@click.argument("shell", type=click.Choice(SHELLS), metavar="|".join(SHELLS))
def completion(shell: str) -> int:
    """Print the script that lets a shell complete commands, options, their values and file names."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "dedup", "_DEDUP_COMPLETE").source())
    return 0


# --- the way out --------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)

    def command() -> int:
        try:
            status = cli.main(arguments, prog_name="dedup", standalone_mode=False)
            return status if isinstance(status, int) else 0
        except click.exceptions.Exit as exit:
            return exit.exit_code
        except click.ClickException as error:
            error.show()
            return 2
        except click.Abort:
            raise KeyboardInterrupt from None

    return run(command, any(word == "--verbose" or word.startswith("-v") for word in arguments))
