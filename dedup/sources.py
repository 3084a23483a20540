"""Which bytes to read: folders, files, standard input and NUL-separated lists, in a fixed order.

A folder is walked for files whose suffix a reader knows. Left out are hidden names, what ignore files or `exclude`
name, and earlier outputs of this program. A PATH that is named outright is read whatever the ignore files say.
Links are followed, but no file is read twice: a link to a file that is read anyway is passed over, so that deleting
the copies that a report names can never take the last original.
"""
from __future__ import annotations

import errno
import json
import os
import stat
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from dedup import ignore, remote
from dedup.article import Unreadable
from dedup.beside import Beside, is_decided
from dedup.errors import ConfigError, InputError, MissingExtra, reason

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

BUFFER = 1 << 16  # bytes that are read ahead
COMPRESSED = (".gz", ".zst")
SUFFIXES = frozenset(
    ".txt .text .md .markdown .html .htm .xhtml .mhtml .mht .xml .rss .atom .json .jsonl .ndjson .csv .tsv .parquet "
    ".warc .wet .epub .pdf .docx".split())
MANIFEST = "dedup-manifest.jsonl"
_OTHER_FORMAT = {
    **dict.fromkeys((".html", ".htm", ".xhtml", ".mhtml", ".mht", ".epub", ".pdf", ".docx"), ".txt"),
    **dict.fromkeys((".warc", ".wet", ".xml", ".rss", ".atom"), ".jsonl")}


class Source(NamedTuple):
    """One file to read: `path` as shown (POSIX slashes, valid Unicode), `real` as the system knows it.

    `target` is where its canonical version goes below an output folder, unique among all sources even on a file system
    that ignores case and Unicode normalisation.
    """

    path: str
    real: str
    target: str
    format: str  # the suffix that chooses the reader, e.g. ".jsonl"
    compression: str = ""  # "", ".gz" or ".zst"
    walked: bool = False  # found in a folder: if it turns out to hold no articles that is no error
    blob: str = ""  # git's name for the content, where it is a tracked one

    def open(self) -> BinaryIO:
        """The bytes as stored, not decompressed. Raises OSError."""
        return open(self.real, "rb", BUFFER)

    def size(self) -> int:
        """How many bytes, roughly. Raises OSError."""
        return os.stat(self.real).st_size


class Remote(Source):
    """One file elsewhere: `real` is its address."""

    __slots__ = ()

    def open(self) -> BinaryIO:
        """The bytes as stored. Raises InputError and MissingExtra."""
        return remote.opened(self.real)

    def size(self) -> int:
        """How many bytes; 0 where nobody says. Raises InputError and MissingExtra."""
        return remote.size(self.real)


def kind(name: str) -> tuple[str, str]:
    """(format, compression) by the suffixes of a file name; format is "" where no reader is known."""
    stem, suffix = os.path.splitext(name.lower())
    compression = suffix if suffix in COMPRESSED else ""
    suffix = os.path.splitext(stem)[1] if compression else suffix
    return (suffix if suffix in SUFFIXES else ""), compression


def named(name: str) -> tuple[str, str]:
    """The same for a file that is read because it is named: what is unknown is taken for text."""
    format_, compression = kind(name)
    return format_ or ".txt", compression


def find(
    paths: Sequence[str | os.PathLike[str]],
    *,
    exclude: Iterable[str] = (),
    files0_from: str | None = None,
    output: Path | Iterable[Path] | None = None,
    stdin: BinaryIO | None = None,
    notes: list[str] | None = None,
) -> tuple[list[Source], list[Unreadable]]:
    """The files to read, in the order of the PATHs and by name within a folder, and what could not be opened.

    `exclude` are patterns as in .gitignore, relative to the common parent; they hold for every file. `output` names
    the places that will be written: nothing is read from there. `notes` is given what else lies in the folders and is not
    read, by kind. Raises ConfigError where an output is, or holds, a
    PATH, and for a bad pattern; InputError for an unusable list of files.
    """
    names = [os.fspath(path) for path in paths]
    if files0_from is not None:
        names += _listed(files0_from, stdin)
    names = list(dict.fromkeys(matched for name in names for matched in _matched(name)))
    outputs = {os.path.realpath(path) for path in ([output] if isinstance(output, Path) else output or ())}
    try:
        excluded = ignore.strict(exclude)
    except ValueError as error:
        raise ConfigError(f"exclude: not a pattern: {error}") from None
    search = _Search(_common_parent([os.path.abspath(name) for name in names if _is_local(name)]), excluded, outputs)
    for name in names:
        if name == "-":
            search.found.append(_spooled(stdin))
        elif remote.is_remote(name):
            search.remote(name)
        else:
            search.start(name)
    if notes is not None:
        notes += search.beside.notes()
    return list(_settled(search.found, several=len(names) > 1)), search.errors


def shown(path: str) -> str:
    """A path as valid Unicode with forward slashes: a byte that is no UTF-8 becomes \\xNN."""
    if os.sep == "/" and path.isascii():
        return path
    return path.replace(os.sep, "/").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_manifest(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a manifest that this program wrote: empty, or records with a decision each."""
    try:
        with open(path, "rb") as stream:
            first = stream.readline(1 << 24)
        record = json.loads(first) if first else {"path": "", "dedup": {}}
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(record, dict) and {"path", "output", "dedup"} <= record.keys() or not first


def manifest_beside(path: str | os.PathLike[str]) -> Path:
    """The manifest of an output that is one file: that of `news.jsonl.gz` is `news.manifest.jsonl`."""
    path, name = Path(path), os.path.basename(path)
    for suffix in (*COMPRESSED, ".jsonl", ".parquet"):
        name = name.removesuffix(suffix)
    return path.with_name(f"{name}.manifest.jsonl")


class _Found(NamedTuple):
    real: str
    relative: str  # to the common parent
    base: str  # the PATH under which it was found
    below: str  # its path below that PATH; its name where it is the PATH
    format: str
    compression: str


class _Search:
    """Walks the PATHs. Real folders and files come before links, so that what is read does not hang on the order."""

    def __init__(self, parent: str, exclude: GitIgnoreSpec, outputs: set[str]) -> None:
        self.parent, self.exclude, self.outputs = parent, exclude, outputs
        self.found: list[_Found] = []
        self.errors: list[Unreadable] = []
        self.files: set[str] = set()  # real paths of the files that are read
        self.folders: set[str] = set()  # real paths of the folders that were walked
        self.beside = Beside([], [])
        self.again: set[str] = set()  # PATHs that are earlier outputs themselves, and read since they are named

    def start(self, name: str) -> None:
        """One PATH of the command line."""
        path = os.path.abspath(name)
        real = os.path.realpath(path)
        for output in self.outputs:
            if real == output or real.startswith(os.path.join(output, "")):
                raise ConfigError(f"{shown(name)}: the output {shown(output)} is or holds it; choose another place")
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            return self.fail(path, error)
        if not stat.S_ISDIR(mode):
            if not self.exclude.match_file(self.relative(path)):
                self.file(path, real, path, os.path.basename(path))
            return None
        before = len(self.found)
        self.walk(path, ignore.around(path))
        self.found[before:] = sorted(self.found[before:], key=lambda found: shown(found.relative))
        return None

    def remote(self, url: str) -> None:
        """One PATH that is an address, with all that lies below it."""
        try:
            base, urls = remote.find(url)
        except (InputError, MissingExtra) as error:
            self.errors.append(Unreadable(url, str(error)))
            return
        for found in urls:
            below = found.removeprefix(base).lstrip("/") or os.path.basename(found)
            if found != base and "/." in f"/{below}" or self.exclude.match_file(below):
                continue
            if found != base and not kind(found)[0]:
                self.beside.unread.append(found)
            elif found not in self.files:
                self.files.add(found)
                self.found.append(_Found(found, found, base, below, *named(found.partition("?")[0])))

    def walk(self, base: str, rules: ignore.Rules) -> None:
        """Everything below a folder."""
        folders, links = [(base, rules)], list[tuple[str, ignore.Rules]]()
        while folders or links:
            if folders:
                self.folder(base, *folders.pop(), folders, links)
            else:
                first = min(range(len(links)), key=lambda at: links[at][0])
                self.link(base, *links.pop(first), folders)

    def folder(self, base: str, folder: str, rules: ignore.Rules, folders: list[tuple[str, ignore.Rules]],
               links: list[tuple[str, ignore.Rules]]) -> None:
        """One folder: its files are noted, its folders and links put on the lists."""
        real = os.path.realpath(folder)
        if real in self.folders:
            return
        self.folders.add(real)
        try:
            with os.scandir(folder) as entries:
                listing = {entry.name: entry for entry in entries}
        except OSError as error:
            return self.fail(folder, error)
        if MANIFEST in listing and is_manifest(os.path.join(folder, MANIFEST)):
            if folder != base:
                self.beside.own.append(self.show(folder) + "/")
                return
            self.again.add(base)
        rules = rules.below(folder, listing)
        for name, entry in listing.items():
            is_folder = entry.is_dir(follow_symlinks=False)
            if name.startswith(".") or self.left_out(entry.path, os.path.join(real, name), rules, is_folder):
                continue
            if entry.is_symlink():
                links.append((entry.path, rules))
            elif is_folder:
                folders.append((entry.path, rules))
            elif not kind(name)[0]:
                self.beside.unread.append(self.show(entry.path))
            elif _is_output(folder, name, listing) or base not in self.again and is_decided(entry.path):
                self.beside.own.append(self.show(entry.path))
            else:
                self.file(entry.path, os.path.join(real, name), base, _below(entry.path, base))

    def link(self, base: str, path: str, rules: ignore.Rules, folders: list[tuple[str, ignore.Rules]]) -> None:
        """Follows a link to a file or a folder, unless it was read already or leads back to itself."""
        real, holder = os.path.realpath(path), os.path.realpath(os.path.dirname(path))
        try:
            is_folder = stat.S_ISDIR(os.stat(path).st_mode)
        except OSError as error:
            if kind(path)[0] or error.errno == errno.ELOOP:
                self.fail(path, error)
            return
        if not is_folder:
            if kind(path)[0]:
                self.file(path, real, base, _below(path, base))
        elif holder == real or holder.startswith(os.path.join(real, "")):
            self.errors.append(Unreadable(self.show(path), "symlink loop: it leads back to a folder that holds it "
                                                           "(remove the link or exclude it)"))
        elif not self.left_out(path, real, rules, is_folder):
            folders.append((path, rules))

    def file(self, path: str, real: str, base: str, below: str) -> None:
        if real not in self.files and real not in self.outputs:
            self.files.add(real)
            self.found.append(_Found(path, self.relative(path), base, below, *named(path)))

    def left_out(self, path: str, real: str, rules: ignore.Rules, is_folder: bool) -> bool:
        return (
            real in self.outputs
            or bool(self.exclude.patterns) and self.exclude.match_file(self.relative(path) + "/" * is_folder)
            or rules.ignores(path, is_folder)
        )

    def relative(self, path: str) -> str:
        return _below(path, self.parent) if self.parent else path

    def show(self, path: str) -> str:
        return shown(self.relative(path))

    def fail(self, path: str, error: OSError) -> None:
        self.errors.append(Unreadable(self.show(path), reason(error)))


def _is_output(folder: str, name: str, listing: Iterable[str]) -> bool:
    """Whether a file is a manifest of ours, or an earlier `-o FILE`: such a manifest stands beside it."""
    if kind(name)[0] not in (".jsonl", ".parquet"):
        return False
    manifest = name if name == MANIFEST or name.endswith(".manifest.jsonl") else manifest_beside(name).name
    return manifest in listing and is_manifest(os.path.join(folder, manifest))


def _is_local(name: str) -> bool:
    return name != "-" and not remote.is_remote(name)


def _matched(name: str) -> list[str]:
    """The paths that a pattern names which the shell has left alone; the name itself where there is none."""
    if not _is_local(name) or not remote.MAGIC.search(name) or os.path.exists(name):
        return [name]
    import glob

    return sorted(glob.glob(name, recursive=True)) or [name]


def _common_parent(paths: Sequence[str]) -> str:
    """The deepest folder that holds every PATH; "" on Windows where they lie on different drives."""
    if not paths:
        return os.getcwd()
    try:
        return os.path.commonpath([path if os.path.isdir(path) else os.path.dirname(path) for path in paths])
    except ValueError:
        return ""


def _listed(name: str, stdin: BinaryIO | None) -> list[str]:
    """The names in a NUL-separated list (GNU's --files0-from)."""
    try:
        if name == "-":
            data = (stdin or sys.stdin.buffer).read()
        else:
            with open(name, "rb") as stream:
                data = stream.read()
    except OSError as error:
        raise InputError(f"--files0-from {shown(name)}: {reason(error)}") from None
    names = data.removesuffix(b"\0").split(b"\0") if data else []
    if b"" in names:
        number = names.index(b"") + 1
        raise InputError(f"--files0-from {shown(name)}: name {number} is empty; put one NUL between names")
    if len(names) == 1 and b"\n" in names[0].strip() and not os.path.exists(names[0]):
        raise InputError(f"--files0-from {shown(name)}: lines, not NUL-separated names; make it with find -print0")
    return [os.fsdecode(item) for item in names]


def _spooled(stdin: BinaryIO | None) -> _Found:
    """Standard input in a temporary file: it is read more than once, and by several processes."""
    import atexit
    import shutil
    import tempfile

    stream = stdin or sys.stdin.buffer
    handle, path = tempfile.mkstemp(prefix="dedup-stdin-")
    atexit.register(_remove, path)
    with open(handle, "wb") as spool:
        shutil.copyfileobj(stream, spool, 1 << 20)
    with open(path, "rb") as spool:
        magic = spool.read(4)
    compression = ".gz" if magic[:2] == b"\x1f\x8b" else ".zst" if magic == b"\x28\xb5\x2f\xfd" else ""
    return _Found(path, "-", "-", "stdin.jsonl" + compression, ".jsonl", compression)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def _settled(found: Sequence[_Found], several: bool) -> Iterator[Source]:
    """The sources with their place in an output folder, names made unique."""
    names = {item.base: os.path.basename(item.base) for item in found}
    shared = Counter(_same(name) for name in names.values())
    paths: set[str] = set()
    targets = _Targets()
    for item in found:
        name = names[item.base]
        if not several or item.base == "-" or item.base == item.real and shared[_same(name)] == 1:
            target = item.below
        elif shared[_same(name)] > 1:  # two PATHs of one name: their whole paths tell them apart
            target = item.relative
        else:
            target = os.path.join(name, item.below)
        path, number = shown(item.relative), 1
        while path in paths:  # two names of bytes that are no UTF-8 may be shown alike
            number += 1
            path = f"{shown(item.relative)}~{number}"
        paths.add(path)
        source = Remote if remote.is_remote(item.real) else Source
        yield source(path, item.real, targets(_canonical_name(shown(target), item)), item.format, item.compression,
                     walked=item.base != item.real)


def _canonical_name(target: str, item: _Found) -> str:
    """What the canonical version is called: text of a page is no page, records of an archive are no archive."""
    suffix = _OTHER_FORMAT.get(item.format)
    if not suffix:
        return target
    stem = target[:len(target) - len(item.compression)]
    return stem + suffix + target[len(stem):]


class _Targets:
    """Gives each name back, or the next free NAME~2 before the suffixes, blind to case and Unicode normalisation.

    No name is that of the manifest, or of a folder that another name needs.
    """

    def __init__(self) -> None:
        self.files = {MANIFEST}
        self.folders = {""}

    def __call__(self, name: str) -> str:
        folder, slash, base = name.rpartition("/")
        number, wanted = 1, folder
        while not self.folder(_same(folder)):
            number += 1
            folder = f"~{number}/{wanted}"
        start = 1 if base.startswith(".") else 0
        stem, dot, suffixes = base[start:].partition(".")
        name, number = f"{folder}{slash}{base}", 1
        while (key := _same(name)) in self.files or key in self.folders:
            number += 1
            name = f"{folder}{slash}{base[:start]}{stem}~{number}{dot}{suffixes}"
        self.files.add(key)
        return name

    def folder(self, key: str) -> bool:
        """Takes a folder and those above it; False where a file has the name of one."""
        if key in self.folders:
            return True
        above = [key]
        while (at := above[-1].rfind("/")) > 0:
            above.append(above[-1][:at])
        if not self.files.isdisjoint(above):
            return False
        self.folders.update(above)
        return True


def _same(name: str) -> str:
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _below(path: str, folder: str) -> str:
    """The path from a folder to something in it."""
    prefix = folder if folder.endswith(os.sep) else folder + os.sep
    return path[len(prefix):] if path.startswith(prefix) else os.path.relpath(path, folder)
