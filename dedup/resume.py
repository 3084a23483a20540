"""What an unfinished run has worked out: an index of its own beside its output, there until the run ends."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from dedup import gate
from dedup.index import Index


@contextlib.contextmanager
def opened(target: Path, wanted: Mapping[str, object]) -> Iterator[Index]:
    """The index of a run that writes `target`; one of other settings, or a damaged one, is made anew.

    It stays when the run does not come to its end, and is removed when it does.
    """
    path = target.with_name(f".{target.name}.resume")
    with gate.renewed(path, wanted) as index:
        yield index
    gate.discard(path)
