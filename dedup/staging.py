"""Outputs that appear whole or not at all, whatever happens while they are written.

A file is written beside its place under a hidden name and renamed. A folder is written whole under a hidden name; a new
one is then renamed, one that exists is changed file by file from there, a change that the next run finishes if this one
is killed in the middle.
"""
from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dedup.errors import OutputError, reason
from dedup.sources import MANIFEST, is_manifest, shown

_READY = ".dedup-ready"


@contextmanager
def file(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes are in `path` once the block ends well. What is no regular file is written directly."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        mode = None
    with _told(path):
        if mode is not None and not stat.S_ISREG(mode):
            if stat.S_ISDIR(mode):
                raise OutputError(f"{shown(str(path))}: a folder stands there; choose another name")
            with open(path, "wb") as stream:  # not what it links to: a pipe behind /dev/stdout has no name of its own
                yield stream
            return
        path = Path(os.path.realpath(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = _beside(path)
        try:
            with open(part, "xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            if mode is not None:
                os.chmod(part, stat.S_IMODE(mode))
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def folder(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """A folder to write into, which must end with a manifest in it; its files are in `path` once the block ends well.

    A folder that is not empty is only changed if it holds a manifest of ours and `overwrite` is set: then the files
    that the old manifest lists go, the new ones come, any other file stays. Raises OutputError.
    """
    with _told(path):
        if path.exists() and not path.is_dir():
            raise OutputError(f"{shown(str(path))}: a file stands there; choose a folder, or NAME.jsonl")
        if not path.exists():
            path = Path(os.path.realpath(path))
            path.parent.mkdir(parents=True, exist_ok=True)
            part = _beside(path)
            part.mkdir()
        else:
            finished = _finish(path)
            allow(path, overwrite or finished)
            part = _beside(path / "output")
            part.mkdir()
        try:
            yield part
            _commit(part, path)
        finally:
            _drop(part, ignore_errors=True)


def _drop(folder: Path, *, ignore_errors: bool = False) -> None:
    import shutil  # here, since a commit hook writes no folder

    shutil.rmtree(folder, ignore_errors=ignore_errors)


def writable(path: Path) -> None:
    """Raises OutputError where a file cannot be put in the place of `path`, or one into it if it is a folder."""
    if path.exists() and not path.is_file() and not path.is_dir():
        return  # a device or a pipe is written to as it is
    place = Path(os.path.realpath(path))
    while not place.is_dir() and place != place.parent:
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        raise OutputError(f"{shown(str(path))}: cannot be written: {shown(str(place))} is read-only (check its permissions)")


def allow(path: Path, overwrite: bool) -> None:
    """Raises OutputError where a folder may not be written to; one that a killed run left half changed may."""
    if not path.is_dir() or (path / _READY).is_dir() or all(_is_part(name) for name in os.listdir(path)):
        return
    if not is_manifest(path / MANIFEST):
        raise OutputError(f"{shown(str(path))}: not empty, and not an output of dedup; choose another folder")
    if not overwrite:
        raise OutputError(f"{shown(str(path))}: holds an earlier output; replace it with --overwrite")


def _commit(part: Path, path: Path) -> None:
    if not path.exists():
        os.rename(part, path)
        return
    new, old = _files(part), _listed(path / MANIFEST)
    for name in new:
        target = path / name
        if _leads_away(path, name) or target.is_dir() or os.path.lexists(target) and name not in old | {MANIFEST}:
            raise OutputError(f"{shown(str(target))}: something that is not ours stands in the way; move it elsewhere")
    os.rename(part, path / _READY)  # from here on the change is finished, by the next run if need be
    _finish(path)


def _finish(path: Path) -> bool:
    """Carries out a change that is ready, if there is one: old files go, new ones come, the manifest last."""
    ready = path / _READY
    if not ready.is_dir():
        return False
    new = _files(ready)
    if (ready / MANIFEST).exists():  # the old manifest is still in place, and so may be the old files
        wanted = _listed(ready / MANIFEST)
        for name in sorted(_listed(path / MANIFEST) - wanted):
            if not _leads_away(path, name):
                _remove(path, name)
    for name in sorted(new, key=lambda name: (name == MANIFEST, name)):
        if _leads_away(path, name):
            raise OutputError(f"{shown(str(path / name))}: a link leads out of the output folder; remove it")
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(ready / name, path / name)
    _drop(ready)
    return True


def _files(folder: Path) -> set[str]:
    def fail(error: OSError) -> None:  # by default a folder that cannot be listed is passed over as if it were empty
        raise error

    walk = os.walk(folder, onerror=fail)
    return {os.path.relpath(os.path.join(at, name), folder) for at, _, names in walk for name in names}


def _listed(manifest: Path) -> set[str]:
    """The files that a manifest lists, as far as they lie in its folder; OSError where it cannot be read."""
    names: set[str] = set()
    try:
        stream = open(manifest, "rb")
    except FileNotFoundError:
        return names
    with stream:
        for line in stream:
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue  # edited by hand: what stood there is no longer known to be ours
            name = record.get("output") if isinstance(record, dict) else None
            if isinstance(name, str) and name and not os.path.isabs(name) and ".." not in re.split(r"[/\\]", name):
                names.add(os.path.normpath(name))
    return names


def _remove(path: Path, name: str) -> None:
    (path / name).unlink(missing_ok=True)
    for parent in Path(name).parents:
        if parent != Path("."):
            try:
                (path / parent).rmdir()
            except OSError:
                break


def _leads_away(path: Path, name: str) -> bool:
    """Whether a folder on the way to a file is a link, which could lead out of the output."""
    return any((path / parent).is_symlink() for parent in Path(name).parents if parent != Path("."))


def _beside(path: Path) -> Path:
    """A hidden name of our own beside a path, after clearing away what dead runs left under such names."""
    stem = f".{path.name[:100]}.dedup-"
    for name in os.listdir(path.parent):
        if name.startswith(stem) and name[len(stem):].isdigit() and not _is_alive(int(name[len(stem):])):
            leftover = path.parent / name
            if leftover.is_dir() and not leftover.is_symlink():
                _drop(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
    return path.parent / f"{stem}{os.getpid()}"


def _is_part(name: str) -> bool:
    return name == _READY or re.fullmatch(r"\..*\.dedup-\d+", name, re.S) is not None


def _is_alive(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turns what the system says of a failed write into an error that names the output."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{shown(str(path))}: cannot be written: {reason(error)}") from error
