"""The command line: flags → settings → pipeline → output and report → exit status. The only module that knows click."""
from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from dedup import __version__, settings as settings_
from dedup.errors import DedupError

EPILOG_SCAN = """\b
Examples:
  dedup scan articles/                      what is there twice, and what would be removed
  dedup scan articles/ -o clean/            canonical versions and a manifest
  dedup scan news.jsonl --annotate out.jsonl   every record with its decision
  dedup scan articles/ --check              exit status 1 when there are duplicates
  dedup scan articles/ --format paths0 | xargs -0 rm   delete files that hold only dropped copies
"""


class GroupedCommand(click.Command):
    """A command whose help lists its options under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
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
    return click.option(*names, cls=HeadedOption, heading=heading, **kwargs)


def setting(name: str, heading: str, *short: str) -> Callable[[Callable], Callable]:
    """The flag of a setting; its value is checked where settings are resolved, so that all origins err alike."""
    data = settings_.metadata(name)
    default = data["default"]
    shown = ",".join(default) if isinstance(default, tuple) else str(default)
    many = name in ("rules", "exclude")
    note = f"  [default: {shown}]" if shown and name not in ("jobs", "max_memory") else ""
    metavar = data["metavar"] or {float: "FLOAT", int: "INT"}.get(type(default), "TEXT")
    if name in CHOICES:
        metavar = "|".join(CHOICES[name])
    return option(f"--{name.replace('_', '-')}", name, *short, heading=heading, default=None, multiple=many,
                  metavar=metavar, help=data["help"] + note)


CHOICES = {"boilerplate": ("strip", "mask", "off"), "engine": ("auto", "datasketch", "numpy", "numba"),
           "errors": ("fail", "warn"), "color": ("auto", "always", "never")}

MATCHING = ("threshold", "containment", "recall", "ngram", "num_perm", "seed")
BOILERPLATE = ("boilerplate", "rules", "disable", "lang")
FIELDS = ("text_field", "id_field", "source_field", "date_field")
RUNNING = ("exclude", "errors", "engine", "jobs", "max_memory", "color")


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
    function = option("--isolated", is_flag=True, heading="Configuration", help="ignore configuration files and DEDUP_* variables")(function)
    return option("--config", heading="Configuration", metavar="FILE", help="read settings from FILE instead of the nearest pyproject.toml or setup.cfg")(function)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dedup", message="%(prog)s %(version)s")
def cli() -> None:
    """Find near-duplicate articles, strip their boilerplate, keep one canonical version of each."""


def warn(message: str) -> None:
    click.echo(f"dedup: {message}", err=True)


# --- scan ---------------------------------------------------------------------------------------------------------


@cli.command(cls=GroupedCommand, epilog=EPILOG_SCAN)
@click.argument("paths", nargs=-1, metavar="PATH…")
@option("--files0-from", heading="Input", metavar="FILE", help="read NUL-separated paths from FILE (- for stdin)")
@settings_options(*FIELDS, "exclude", heading="Input")
@option("-o", "--output", heading="Output", metavar="PATH", help="write canonical versions: a folder, or a file ending .jsonl, .jsonl.gz, .jsonl.zst or .parquet; - is stdout")
@option("--annotate", heading="Output", metavar="FILE", help="write every record with its decision as JSONL; - is stdout")
@option("--overwrite", is_flag=True, heading="Output", help="replace an output folder that holds a manifest of ours")
@option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, heading="Report", help="form of the report")
@option("--report", heading="Report", metavar="FILE", help="write the report to FILE instead of stdout")
@option("-q", "--quiet", is_flag=True, heading="Report", help="no report on stdout, no progress and no warnings")
@option("-v", "--verbose", count=True, heading="Report", help="more detail; tracebacks for internal errors")
@settings_options("color", heading="Report")
@settings_options(*MATCHING, heading="Matching")
@option("--overrides", heading="Matching", metavar="FILE", help="TSV of same|different<TAB>id<TAB>id: your word over ours")
@settings_options("keep", heading="Matching")
@settings_options(*BOILERPLATE, heading="Boilerplate")
@option("--check", is_flag=True, heading="Exit status", help="exit 1 when there are duplicates")
@settings_options("errors", heading="Exit status")
@settings_options("jobs", "engine", "max_memory", heading="Running")
@configuration
def scan(paths: tuple[str, ...], files0_from: str | None, output: str | None, annotate: str | None, overwrite: bool,
         format_: str, report: str | None, quiet: bool, verbose: int, overrides: str | None, check: bool,
         config: str | None, isolated: bool, **flags: Any) -> int:
    """Find which articles are copies of which, choose the one to keep of each, and take the boilerplate off.

    PATH… are files and folders of .txt, .md, .html, .jsonl and the like (plain, .gz or .zst); - reads JSONL from stdin.
    Inputs are never changed.
    """
    from dedup import overrides as overrides_, pipeline, reporters, sources, write

    if not paths and files0_from is None:
        raise click.UsageError("nothing to scan: give files or folders, or - for stdin")
    if [output, annotate, report].count("-") > 1:
        raise click.UsageError("only one of --output, --annotate and --report can take stdout")
    values, _ = resolve(flags, config, isolated)
    say = silence if quiet else warn
    wishes = overrides_.read(Path(overrides)) if overrides else ()
    write.check_output(output, overwrite)
    with sources.find(paths, exclude=values.exclude, files0_from=files0_from, output=output) as found:
        run = pipeline.scan(found, values, overrides=wishes, progress=Progress(quiet))
    return 0


# --- config -------------------------------------------------------------------------------------------------------


@cli.group()
def config() -> None:
    """Settings and where they come from."""


@config.command("show", cls=GroupedCommand)
@settings_options(*settings_.NAMES, heading="Settings")
@configuration
def config_show(config: str | None, isolated: bool, **flags: Any) -> int:
    """Show every resolved setting, with where it came from."""
    values, origins = resolve(flags, config, isolated)
    width = max(map(len, settings_.NAMES))
    for name in settings_.NAMES:
        value = getattr(values, name)
        shown = ",".join(value) if isinstance(value, tuple) else str(value)
        click.echo(f"{name.replace('_', '-'):{width}}  {shown or '-':24}  {origins[name]}")
    return 0


# --- the way out --------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, 1 (found, with --check), 2 (error), 130 (interrupted)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    verbose = any(word == "--verbose" or word.startswith("-v") for word in arguments)
    try:
        status = cli.main(arguments, prog_name="dedup", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as exit:
        return exit.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except DedupError as error:
        warn(f"error: {error}")
        return 2
    except (KeyboardInterrupt, click.Abort):
        warn("interrupted")
        return 130
    except BrokenPipeError:
        # The reader has gone; point stdout elsewhere so that the interpreter's last flush is silent too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if verbose:
            traceback.print_exc()
        warn(f"internal error: {type(error).__name__}: {error} (-v shows where; please report it)")
        return 2
