"""What lies in a folder beside the articles: files of other kinds, and earlier outputs of this program."""
from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import NamedTuple

from dedup.notes import listed
from dedup.terminal import counted

KINDS = 5  # that are named of files that are not read
_OURS = frozenset(("cluster", "canonical", "kept"))  # the keys of a decision that every record of ours has
_GENERATOR, _HEAD = b'<meta name="generator" content="dedup">', 200  # what a report of ours says, in its first bytes
_FIRST = 1 << 24  # bytes of a first record


class Beside(NamedTuple):
    """The paths of files that no reader knows, and of earlier outputs."""

    unread: list[str]
    own: list[str]

    def notes(self) -> Iterator[str]:
        """What the user is told of them."""
        if self.own:
            yield f"earlier output of dedup, not read: {listed(sorted(self.own))}"
        if self.unread:
            kinds: dict[str, list[str]] = {}
            for path in sorted(self.unread):
                kinds.setdefault(os.path.splitext(path)[1].lower() or "no suffix", []).append(path)
            most = sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0]))
            shown = [f"{len(paths):,} {suffix} ({paths[0]}{', …' if len(paths) > 1 else ''})" for suffix, paths in most[:KINDS]]
            rest = sum(len(paths) for _, paths in most[KINDS:])
            yield (f"{counted(len(self.unread), 'file')} of other kinds not read: {', '.join(shown)}"
                   + (f", {rest:,} others" if rest else ""))


def is_decided(path: str) -> bool:
    """Whether a file is JSON Lines of which the first record carries a decision of ours (--annotate), or a report of ours."""
    if not path.lower().endswith((".jsonl", ".html")):
        return False
    try:
        with open(path, "rb") as stream:
            if path.lower().endswith(".html"):
                return _GENERATOR in stream.read(_HEAD)
            first = stream.readline(_FIRST)
    except OSError:
        return False
    if b'"dedup"' not in first:
        return False
    try:
        decision = json.loads(first).get("dedup")
    except (ValueError, RecursionError, AttributeError):
        return False
    return isinstance(decision, dict) and (_OURS <= decision.keys() or decision.keys() == {"error"})
