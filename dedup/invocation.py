"""How a message names a command of this program, so that it works in the user's shell.

In the environment of a hook there is a `dedup` that the user's PATH does not have.
"""
from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

CONFIG = ".pre-commit-config.yaml"


def program(environ: Mapping[str, str] = os.environ) -> str:
    """`dedup` where a shell finds it, else a longer name that works; quoted for a shell."""
    from shutil import which

    folder = os.path.dirname(sys.executable)
    ours = os.path.join(folder, "dedup")
    hook = in_pre_commit(environ)  # which puts its own folder on the PATH, for us alone
    path = os.pathsep.join(part for part in environ.get("PATH", "").split(os.pathsep)
                           if not hook or os.path.realpath(part) != os.path.realpath(folder))
    found = which("dedup", path=path)
    named = os.path.basename(sys.argv[0]) == "dedup"
    if found and (hook or named or os.path.samefile(os.path.dirname(found), folder)):
        return "dedup"
    if os.path.exists(ours):
        return _quoted(ours)
    python = which("python", path=path)
    here = python and os.path.realpath(os.path.dirname(python)) == os.path.realpath(folder)
    return f"{'python' if here else _quoted(sys.executable)} -m dedup"


def accept(environ: Mapping[str, str] = os.environ, top: str = ".") -> str:
    """The command that accepts duplicates among what is staged."""
    if in_pre_commit(environ):
        try:
            if "dedup-baseline" in Path(top, CONFIG).read_text("utf-8", "replace"):
                return "pre-commit run --hook-stage manual dedup-baseline"
        except OSError:
            pass
    return f"{program(environ)} scan --staged --update-baseline"


def in_pre_commit(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether pre-commit runs this."""
    return "PRE_COMMIT" in environ


def _quoted(path: str) -> str:
    home = os.path.expanduser("~")
    if path.startswith(home + os.sep):
        return "~" + shlex.quote(path[len(home):])
    return shlex.quote(path)
