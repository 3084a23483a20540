"""What a walk leaves out: `.gitignore` inside a git work tree, `.dedupignore` anywhere, both in git's language."""
from __future__ import annotations

import os
import re
import warnings
from collections.abc import Container, Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Rules(NamedTuple):
    """The ignore files that hold at a folder, outermost first; empty ones are not kept."""

    in_git: bool
    specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    def below(self, folder: str, names: Container[str]) -> Rules:
        """These rules and those of a folder further down that holds files of these names."""
        wanted = [name for name in (".gitignore", ".dedupignore")[not self.in_git:] if name in names]
        lines = [line for name in wanted for line in _lines(os.path.join(folder, name))]
        return Rules(self.in_git, (*self.specs, (folder, compiled(lines)))) if lines else self

    def ignores(self, path: str, is_folder: bool) -> bool:
        """Whether the innermost rule that speaks of a path leaves it out."""
        for folder, spec in reversed(self.specs):
            verdict = spec.check_file(path[len(os.path.join(folder, "")):] + "/" * is_folder).include
            if verdict is not None:
                return verdict
        return False


def around(folder: str) -> Rules:
    """The rules that hold at a folder because of the folders above it.

    They reach up to the top of the git work tree, or else to the working folder. Rules that leave out the folder itself
    are void: who names a folder wants it read.
    """
    above, top = [], None
    at = folder
    while True:
        if os.path.exists(os.path.join(at, ".git")):
            top = at
            break
        if os.path.dirname(at) == at:
            break
        at = os.path.dirname(at)
    last = top or os.getcwd()
    at = folder
    while at != last and os.path.dirname(at) != at:
        at = os.path.dirname(at)
        above.append(at)
    rules = Rules(in_git=top is not None)
    if at != last:
        return rules
    if top:
        exclude = _lines(os.path.join(top, ".git", "info", "exclude"))
        rules = Rules(True, ((top, compiled(exclude)),) if exclude else ())
    for outer in reversed(above):
        rules = rules.below(outer, (".gitignore", ".dedupignore"))
    for inner in (folder, *above[:-1]):
        if rules.ignores(inner, is_folder=True):
            return Rules(rules.in_git)
    return rules


def strict(lines: Iterable[str]) -> GitIgnoreSpec:
    """Patterns as a matcher. Raises ValueError for a line that is no pattern."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # "[[" may mean something else to Python one day
        try:
            return _spec(lines)
        except re.error as error:  # a range from z to a, which pathspec lets through
            raise ValueError(str(error)) from None


def _spec(lines: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines, backend="simple")  # others, if installed, refuse large sets of patterns
    except TypeError:  # before pathspec 1.0 there are no others
        return GitIgnoreSpec.from_lines(lines)


def compiled(lines: Iterable[str]) -> GitIgnoreSpec:
    """Patterns as a matcher; as git does, lines that are no pattern are passed over."""
    good = []
    for line in lines:
        try:
            strict([line])
        except ValueError:
            continue
        good.append(line)
    return strict(good)


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return [line for line in stream.read().splitlines() if line.strip() and not line.startswith("#")]
    except OSError:
        return []
