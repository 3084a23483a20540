"""Changes to the user's own files, each of them written down before it is made, so that `undo` restores every byte.

A journal is a file of JSON lines: a first line that names the format, then for every change the file, the digests
before and after, its mode and times, and its old content. A line is on disk before its file is touched; a file is
replaced whole, by renaming.
"""
from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import stat
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dedup.errors import InputError, OutputError, reason
from dedup.sources import shown

FORMAT = "dedup-journal"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Undone:
    """What `undo` did with one file: `error` is "" where its old content is back, or never went."""

    path: str
    error: str = ""


def folder() -> Path:
    """Where journals are kept: $XDG_STATE_HOME/dedup, by default ~/.local/state/dedup."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "dedup"


def replace(edits: Sequence[tuple[Path, bytes, bytes]], journal: Path | None = None) -> Path | None:
    """Carries out (file, content as read, new content) one by one; returns the journal, None if there is nothing to do.

    A file that no longer holds what was read is not touched. Raises OutputError, naming the journal if anything was
    changed by then.
    """
    edits = [edit for edit in edits if edit[1] != edit[2]]
    if not edits:
        return None
    path, done = journal, 0
    try:
        path = journal or _fresh(folder())
        with open(path, "xb" if journal else "wb") as log:
            _append(log, {FORMAT: VERSION})
            for file, old, new in edits:
                _change(log, file, old, new)
                done += 1
    except OSError as error:
        note = f"; dedup undo {path} puts back the {done} changed before" if done else ""
        name = shown(str(error.filename2 or error.filename or path or folder()))
        raise OutputError(f"{name}: cannot be changed: {reason(error)}{note}") from error
    return path


def undo(journal: Path) -> list[Undone]:
    """Puts back what a journal wrote down, newest first. Files that were changed since are left alone and told.

    Doing it twice changes nothing more. Raises InputError where the file is no journal.
    """
    entries = list(_entries(journal))
    return [_restored(entry) for entry in reversed(entries)]


def _fresh(place: Path) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=".jsonl", prefix=time.strftime("undo-%Y%m%d-%H%M%S-"), dir=place)
    os.close(handle)
    return Path(name)


def _change(log: Any, file: Path, old: bytes, new: bytes) -> None:
    place = os.path.realpath(file)  # a link stays a link: what it points to is changed
    status = os.stat(place)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", place)
    if Path(place).read_bytes() != old:
        raise OSError(errno.EBUSY, "it changed while it was worked on; run again", place)
    _append(log, {
        "path": base64.b64encode(os.fsencode(place)).decode(), "shown": shown(place), "before": _digest(old),
        "after": _digest(new), "mode": stat.S_IMODE(status.st_mode), "times": [status.st_atime_ns, status.st_mtime_ns],
        "content": base64.b64encode(zlib.compress(old)).decode()})
    _put(place, new, stat.S_IMODE(status.st_mode), None)


def _append(log: Any, entry: dict[str, Any]) -> None:
    log.write(json.dumps(entry).encode() + b"\n")
    log.flush()
    os.fsync(log.fileno())


def _put(place: str, data: bytes, mode: int, times: Sequence[int] | None) -> None:
    """Replaces a file whole, keeping owner and mode as far as we may."""
    handle, part = tempfile.mkstemp(prefix=f".{os.path.basename(place)[:100]}.dedup-", dir=os.path.dirname(place))
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if hasattr(os, "chown") and os.path.exists(place):
            owner = os.stat(place)
            try:
                os.chown(part, owner.st_uid, owner.st_gid)
            except OSError:
                pass
        os.chmod(part, mode)
        if times is not None:
            os.utime(part, ns=(times[0], times[1]))
        os.replace(part, place)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _entries(journal: Path) -> Iterator[dict[str, Any]]:
    name = shown(str(journal))
    try:
        lines = journal.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"{name}: {reason(error)}") from None
    for number, line in enumerate(lines, 1):
        last = number == len(lines)  # cut short while it was written: its file was not touched yet
        try:
            entry = json.loads(line) if line or not last else None
        except (ValueError, RecursionError):
            entry = None
            if not last:
                raise InputError(f"{name}: line {number} is damaged; nothing was put back") from None
        if number == 1:
            if not isinstance(entry, dict) or entry.get(FORMAT) != VERSION:
                raise InputError(f"{name}: not a journal of this version of dedup")
        elif isinstance(entry, dict) and {"path", "before", "after", "content", "mode", "times"} <= entry.keys():
            yield entry
        elif not last:
            raise InputError(f"{name}: line {number} is damaged; nothing was put back")


def _restored(entry: dict[str, Any]) -> Undone:
    place = ""
    try:
        place = os.fsdecode(base64.b64decode(entry["path"]))
        old = zlib.decompress(base64.b64decode(entry["content"]))
        if _digest(old) != entry["before"]:
            return Undone(shown(place), "the journal is damaged here")
        now = _digest(Path(place).read_bytes()) if os.path.exists(place) else None
        if now == entry["before"]:
            return Undone(shown(place))
        if now is not None and now != entry["after"]:
            return Undone(shown(place), "changed since, left as it is (move it away and undo again for the old one)")
        _put(place, old, int(entry["mode"]), [int(value) for value in entry["times"][:2]])
        return Undone(shown(place))
    except OSError as error:
        return Undone(shown(place), reason(error))
    except (ValueError, TypeError, IndexError, zlib.error):
        return Undone(shown(place), "the journal is damaged here")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
