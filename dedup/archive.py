"""What an index of an archive remembers besides features: its PATHs, and of what its table was made.

An index spares finding out again what is known of articles, at a price: recurrent blocks are
looked up in a table that was made once. Whoever gets a result by an older table is told so; where
articles are added, the table is made anew once enough have come.
"""
from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dedup.errors import InputError
from dedup.index import Index
from dedup.sources import shown
from dedup.terminal import counted

if TYPE_CHECKING:
    from dedup.corpus import Corpus

SHARE, FEW = 10, 20  # a table is due when a tenth of its articles have come, and more than these
_MAGIC = b"SQLite format 3\0"


class Frozen(NamedTuple):
    """The corpus of which the table was made."""

    day: str
    articles: int
    corpus: str  # its key
    rows: int  # articles that differ


def freeze(index: Index, corpus: Corpus, rows: int) -> None:
    """Write down of which corpus the table was made; inside a transaction."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    index.put("frozen", Frozen(day, len(corpus), corpus.key(), rows)._asdict())


def frozen(index: Index) -> Frozen | None:
    """Of what the table was made; None before there is one."""
    found = index.get("frozen")
    return Frozen(**found) if found else None


def since(index: Index) -> int:
    """How many articles have come since the table was made, versions of one counted each."""
    made = frozen(index)
    return max(index.last() - made.rows, 0) if made else 0


def due(index: Index) -> bool:
    """Whether the table is to be made anew where that is offered."""
    made = frozen(index)
    return made is not None and since(index) > max(made.rows // SHARE, FEW)


def note(index: Index, corpus: Corpus | None = None) -> str | None:
    """What the reader of a result should know of the table; None where it is that of the very corpus.

    corpus: what was scanned; None: whatever is tracked.
    """
    made, new = frozen(index), since(index)
    if made is None or (made.corpus == corpus.key() if corpus is not None else not new):
        return None
    now = f"this scan has {len(corpus):,}" if corpus is not None else f"{new:,} came or were edited since"
    if index.get("tree") is not None or corpus is None:
        enough = max(made.rows // SHARE, FEW) + 1
        renew = f"it is made anew after {enough:,}, or now if you remove {index.path}"
    elif index.get("paths"):
        renew = f"renew it: dedup index add {index.path} --renew"
    else:
        renew = f"renew it: dedup index build {index.path} PATH…"
    of = f"{made.day}, of {counted(made.articles, 'article')}"
    return (f"the table of recurrent blocks is that of {of} ({now}); a scan without it may mask others; {renew}")


# --- the PATHs it stands for ------------------------------------------------------------------------------------------


def is_index(path: str) -> bool:
    """Whether a file is an index, by its first bytes."""
    try:
        with open(path, "rb") as stream:
            return stream.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def paths(index: Index) -> list[str]:
    """The PATHs whose articles it stands for, as seen from here. Raises InputError where one is gone."""
    found = [os.path.relpath(os.path.join(index.path.parent, path)) for path in index.get("paths", [])]
    for path in found:
        if not os.path.exists(path):
            raise InputError(
                f"{index.path}: {shown(path)}, whose articles it stands for, is not there any more; put it "
                f"back, or name the PATHs that are: dedup index build {index.path} PATH…")
    return found


def remember(index: Index, more: Sequence[str], *, only: bool = False) -> None:
    """Let it stand for more PATHs (`only`: for no others); inside a transaction."""
    home = os.path.realpath(index.path.parent)
    new = [os.path.relpath(os.path.realpath(path), home) for path in more]  # both may be moved together
    index.put("paths", list(dict.fromkeys([*([] if only else index.get("paths", [])), *new])))


def reference(against: Sequence[str], index: str | None, append: bool) -> tuple[list[str], str | None]:
    """The PATHs to compare with, where an index among them stands for its own; and the index to use."""
    found: list[str] = []
    for path in against:
        if os.path.isfile(path) and is_index(path):
            found += remembered(path)
            index = index or path
        else:
            found.append(path)
    if append and index is not None and os.path.exists(index):
        found += [path for path in remembered(index) if path not in found]
    return found, index


def remembered(path: str) -> list[str]:
    """The PATHs of an index in a file. Raises InputError where it stands for none."""
    with Index(path) as index:
        if not index.empty and (index.get("paths") or []):
            return paths(index)
    raise InputError(f"{path}: does not say where its articles are; build it again: "
                     f"dedup index build {path} PATH…")


@contextlib.contextmanager
def adding(index: Index | None, more: Sequence[str], wanted: Mapping[str, object], *,
           renew: bool = False) -> Iterator[bool]:
    """Within it articles of `more` are put in; afterwards the index stands for them, too.

    Yields whether the table is made anew meanwhile: what was known is given up when the new is whole,
    not before. Does nothing without an index.
    """
    if index is None:
        yield False
        return
    anew = renew or due(index)
    with index.transaction() if anew else contextlib.nullcontext():
        if anew:
            kept = index.get("paths", [])
            index.create(wanted)
            index.put("paths", kept)
        yield anew
        with index.transaction():
            remember(index, more)
