"""`dedup scan --staged` as a commit hook calls it: with plain flags only, which are understood without a library."""
from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

from dedup.reporters import REPORTERS


class Wishes(NamedTuple):
    """The flags besides --staged."""

    check: bool = False
    quiet: bool = False
    format: str = "text"


def understood(words: Sequence[str]) -> Wishes | None:
    """What the arguments ask for; None when there is anything but --staged, --check, -q, --quiet and --format FORM."""
    wishes = Wishes()
    left = iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        if name == "--format":
            form = value if equals else next(left, "")
            if form not in REPORTERS.modules:
                return None
            wishes = wishes._replace(format=form)
        elif word == "--check":
            wishes = wishes._replace(check=True)
        elif word in ("-q", "--quiet"):
            wishes = wishes._replace(quiet=True)
        elif word != "--staged":
            return None
    return wishes


def main(wishes: Wishes) -> int:
    """Scan what is staged, report, and return the exit status."""
    from dedup import git

    git.Repository.expect()
    from dedup import console, settings

    def command() -> int:
        try:
            values, _ = settings.resolve({})
            answer, home = console.scan_changes((), None, None, None, wishes.quiet, values)
            return console.conclude(answer.result, [console.Report(wishes.format)], "stdout", wishes.quiet, 0, values,
                                    wishes.check, None, False, changed=answer.changed, new=answer.new, again=answer.again,
                                    home=home)
        except BrokenPipeError:
            raise console.PipeClosed from None
        except KeyboardInterrupt:
            print(file=sys.stderr)  # behind the ^C
            raise

    return console.run(command)
