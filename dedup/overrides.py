"""The user's word over ours: pairs of ids that are, or are not, copies."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from dedup.errors import ConfigError, reason


class Override(NamedTuple):
    """One line of the file: `same` or `different`, and two ids."""

    word: str
    left: str
    right: str


def read(path: Path) -> tuple[Override, ...]:
    """The lines `same|different<TAB>id<TAB>id` of a file; blank lines and lines that start with # do not count."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a list of overrides ({reason(error)})") from None
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 3 or fields[0] not in ("same", "different") or not all(fields):
            raise ConfigError(f"{path}:{number}: want same or different, an id and an id, separated by tabs")
        found.append(Override(*fields))
    return checked(found, str(path))


def checked(found: Sequence[Override], where: str) -> tuple[Override, ...]:
    """The overrides; ConfigError where two of them contradict each other."""
    verdicts: dict[frozenset[str], str] = {}
    for override in found:
        if verdicts.setdefault(frozenset(override[1:]), override.word) != override.word:
            raise ConfigError(f"{where}: {override.left!r} and {override.right!r} are said to be both same and different")
    return tuple(found)
