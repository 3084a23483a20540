"""What git knows: the tracked files at their staged content, what changed, the bytes of blobs. Nothing is written."""
from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import IO, BinaryIO, NamedTuple

from dedup.errors import ConfigError, InputError
from dedup.sources import Source, kind, shown

REGULAR = ("100644", "100755")  # what holds an article: no link, no submodule
POINTER = "a Git LFS pointer: the text is not in git"
ABSENT = "git has no object"
_LFS = b"version https://git-lfs.github.com/spec/"
_POINTER_BYTES = 1024  # git-lfs's own limit for a pointer
_WHERE = ("rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir")
_TYPICAL = 4096  # bytes of an article, where the size is not asked for


class Change(NamedTuple):
    """A path as it is now: its blob, or None where no regular file is there any more."""

    path: bytes
    blob: str | None


class Repository(NamedTuple):
    """A work tree. `tree` is that of HEAD, None before the first commit."""

    top: str
    common: str  # git's folder, the same for all work trees
    tree: str | None

    @classmethod
    def find(cls, folder: str = ".") -> Repository:
        """The repository around a folder. Raises InputError where there is none."""
        done = _run(folder, *_WHERE, "HEAD^{tree}")
        lines = os.fsdecode(done.stdout).split("\n")
        if done.returncode == 0 and len(lines) == 4:
            return cls(*lines[:3])
        done = _run(folder, *_WHERE)  # no commit yet, or no repository; or a line end in a name
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
            raise InputError(f"{shown(os.path.abspath(folder))}: no git work tree ({said})")
        top = os.fsdecode(_run(folder, *_WHERE[:3]).stdout)[:-1]
        common = os.fsdecode(_run(folder, *_WHERE[:2], _WHERE[3]).stdout)[:-1]
        tree = _run(folder, "rev-parse", "--verify", "--quiet", "HEAD^{tree}")
        return cls(top, common, tree.stdout.decode().strip() or None if not tree.returncode else None)

    @staticmethod
    def expect(folder: str = ".") -> None:
        """Let git look for the repository while whoever will ask for it is still being imported."""
        command = folder, *_WHERE, "HEAD^{tree}"
        with suppress(ConfigError):  # said when it is asked for
            _begun[command] = _start(*command)

    def expect_changes(self) -> None:
        """Let git find out what is staged while whoever will ask for it is still being imported."""
        if self.tree is not None:
            command = _difference(self.tree, None)
            _begun[self.top, *command] = _start(self.top, *command)
            _blobs(self.top, os.getpid()).start()

    def run(self, *arguments: str) -> bytes:
        """What git prints. Raises InputError with what it says when it fails."""
        done = _run(self.top, *arguments)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
            raise InputError(f"git {arguments[0]}: {said or f'exit status {done.returncode}'}")
        return done.stdout

    def tree_of(self, revision: str) -> str | None:
        """The tree of a revision; None where there is no such thing."""
        if revision.startswith("-"):
            raise ConfigError(f"{revision!r} is no revision")
        done = _run(self.top, "rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}")
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def fork(self, revision: str, head: str = "HEAD") -> tuple[str, str | None]:
        """(the tree from which the two went apart, a note). A shallow clone may not know; then that of `revision`."""
        tree = self.tree_of(revision)
        if tree is None:
            raise ConfigError(
                f"{revision!r} is no revision here; fetch it first (a shallow clone has few: fetch-depth: 0)")
        done = _run(self.top, "merge-base", revision, head)
        if done.returncode == 0 and (base := self.tree_of(done.stdout.decode().strip())):
            return base, None
        return tree, (f"{revision} and {head} have no common commit here (a shallow clone?): "
                      f"compared with {revision} itself")

    def staged(self) -> list[Change]:
        """Every tracked path with its staged content. Raises InputError during an unfinished merge."""
        found = []
        for record in _records(self.run("ls-files", "-s", "-z")):
            head, _, path = record.partition(b"\t")
            mode, blob, stage = head.decode().split(" ")
            if stage != "0":
                raise InputError(f"{shown(os.fsdecode(path))}: not merged yet; resolve the conflict first")
            found.append(Change(path, blob if mode in REGULAR else None))
        return found

    def listed(self, tree: str) -> list[Change]:
        """Every path of a tree."""
        found = []
        for record in _records(self.run("ls-tree", "-r", "-z", tree)):
            head, _, path = record.partition(b"\t")
            mode, _, blob = head.decode().split(" ")
            found.append(Change(path, blob if mode in REGULAR else None))
        return found

    def changes(self, old: str, new: str | None) -> list[Change]:
        """What differs from the tree `old` in the tree `new`, or (None) in what is staged."""
        fields = _records(self.run(*_difference(old, new)))
        found = {}
        for head, path in zip(fields, fields):
            _, mode, _, blob, status = head.decode().split(" ")
            if status == "U":
                raise InputError(f"{shown(os.fsdecode(path))}: not merged yet; resolve the conflict first")
            found[path] = blob if mode in REGULAR else None
        return [Change(path, blob) for path, blob in found.items()]

    def has(self, tree: str) -> bool:
        """Whether a tree is (still) here."""
        return _run(self.top, "cat-file", "-e", tree).returncode == 0


def _records(data: bytes) -> Iterator[bytes]:
    return iter(data.split(b"\0")[:-1])


def _difference(old: str, new: str | None) -> tuple[str, ...]:
    quiet = ("-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "--ignore-submodules=none")
    return ("diff-index", "--cached", *quiet, old, "--") if new is None else ("diff-tree", *quiet, old, new, "--")


_begun: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}  # what git works on already: folder and command


def _start(folder: str, *arguments: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(["git", *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise ConfigError("git is not installed, or not on the PATH") from None


def _run(folder: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    with _begun.pop((folder, *arguments), None) or _start(folder, *arguments) as process:
        try:
            out, said = process.communicate()
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, said)


class Blobs:
    """The contents of blobs, through one `git cat-file --batch`."""

    def __init__(self, top: str) -> None:
        self.top = top
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts git, unless it runs."""
        if self.process is None:
            # a partial clone must not fetch the whole corpus behind the user's back
            self.process = subprocess.Popen(["git", "cat-file", "--batch"], cwd=self.top, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                            env={**os.environ, "GIT_NO_LAZY_FETCH": "1"})

    def read(self, blob: str) -> bytes:
        """Raises OSError for a blob that is not here (a partial clone, a damaged repository)."""
        self.start()
        asked, told = self._pipes()
        asked.write(blob.encode() + b"\n")
        asked.flush()
        head = told.readline().split()
        if len(head) != 3:
            raise OSError(f"{ABSENT} {blob[:12]}: fetch it")
        data = told.read(int(head[2]) + 1)[:-1]
        if len(data) != int(head[2]):
            raise OSError(f"git broke off while reading object {blob[:12]}")
        return data

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self.process is not None and self.process.stdin is not None and self.process.stdout is not None
        return self.process.stdin, self.process.stdout

    def close(self) -> None:
        """Ends git."""
        if self.process is not None:
            asked, told = self._pipes()
            asked.close()
            told.close()
            self.process.wait()
            self.process = None


@lru_cache(maxsize=1)
def _blobs(top: str, process: int) -> Blobs:
    return Blobs(top)


class Blob(Source):
    """A tracked file at one content."""

    __slots__ = ()

    def open(self) -> BinaryIO:
        """The bytes of the blob, never those of the file. Raises OSError, and InputError for a pointer to elsewhere."""
        data = _blobs(self.real, os.getpid()).read(self.blob)  # each worker talks to a git of its own
        if len(data) <= _POINTER_BYTES and data.startswith(_LFS):
            raise InputError(POINTER)
        return io.BytesIO(data)

    def size(self) -> int:
        """What an article typically has: to ask git would take longer than it helps."""
        return _TYPICAL


def source(top: str, path: bytes, blob: str) -> Blob | None:
    """The tracked file as a source; None where no reader knows it or a part of its path is hidden."""
    name = os.fsdecode(path)
    format, compression = kind(name)
    if not format or name.startswith(".") or "/." in name:
        return None
    where = shown(name)
    return Blob(where, top, where, format, compression, walked=True, blob=blob)
