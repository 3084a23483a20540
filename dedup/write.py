"""What a run writes: every record with its decision, or the canonical versions with a manifest.

Inputs are read once more, in the order in which they were read before, and paired with the decisions; a text that has
changed meanwhile is an error, never a wrong cut.
"""
from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from dedup import flat, records, staging
from dedup.article import Article, Result, Unreadable
from dedup.errors import ConfigError, OutputError
from dedup.readers import READERS, compression, is_records
from dedup.records import Decisions
from dedup.sources import COMPRESSED, MANIFEST, Source, is_manifest, manifest_beside, shown

FILE_SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
Item = Article | Unreadable
Reread = Callable[[Source], Iterable[Item]]


def expect(output: Path | None, others: Sequence[tuple[str, Path]], overwrite: bool) -> None:
    """Raises what the writing is bound to end in, before hours of work: ConfigError, OutputError or MissingExtra.

    others: the files besides the output and its manifest, each with the flag that names it.
    """
    places = list(others)
    if output is not None:
        is_file = str(output).endswith(FILE_SUFFIXES)
        places += [("--output", output),
                   ("the manifest of --output", manifest_beside(output) if is_file else output / MANIFEST)]
    taken: dict[str, str] = {}
    for name, path in places:
        first = taken.get(os.path.realpath(path))
        taken[os.path.realpath(path)] = name
        if first is not None and (path.is_dir() or not _is_device(path)):
            raise ConfigError(f"{first} and {name} are both {shown(str(path))}: give one of them another name")
        staging.writable(path)
    if output is not None and is_file:
        _allow_file(output, overwrite)
        with compressed(io.BytesIO(), output.suffix if output.suffix in COMPRESSED else "") as stream:
            _write_file(output, stream, ())  # the library may be missing
    elif output is not None:
        staging.allow(output, overwrite)


_DATA = (".json", ".xml", ".rss", ".xlsx", ".xls", ".arrow", ".feather", ".avro", ".zip", ".tar", ".gz", ".zst", ".bz2", ".xz",
         ".pdf", ".docx", ".epub", ".mhtml", ".sarif", ".db", ".sqlite")


def is_data(name: str) -> bool:
    """Whether a name ends as files of data do that are not written: nobody means a folder by it."""
    return name.lower().endswith(_DATA)


ANNOTATED = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")  # what --annotate can write


def expect_annotated(path: Path) -> None:
    """Raises ConfigError where a suffix names a form in which records with their decisions are not written."""
    suffix = _form(path)
    if suffix and suffix not in ANNOTATED and not _is_device(path):
        raise ConfigError(f"--annotate {shown(str(path))}: is not written as {suffix}, but as {', '.join(ANNOTATED)}, "
                          "or the first of them with .gz or .zst behind")
    if suffix == ".parquet":
        import_module("dedup.readers.parquet")._arrow()  # the library may be missing


def _form(path: Path) -> str:
    """The suffix that says how a file is written: that of `a.jsonl.gz` is `.jsonl`."""
    name = path.name.lower()
    return Path(name.removesuffix(path.suffix.lower()) if path.suffix.lower() in COMPRESSED else name).suffix


def write_outputs(
    result: Result, sources: Sequence[Source], reread: Reread, output: Path, *, text_field: str = "text",
    overwrite: bool = False,
) -> None:
    """Writes the canonical versions and the manifest to a folder, or to a file by its suffix. Raises OutputError."""
    place = os.path.realpath(output)
    for source in sources:
        if source.real == place or source.real.startswith(os.path.join(place, "")):
            raise OutputError(f"{shown(str(output))}: is or holds the input {source.path}; choose another place")
    if str(output).endswith(FILE_SUFFIXES):
        canonical_file(result, sources, reread, output, text_field=text_field, overwrite=overwrite)
    else:
        canonical_folder(result, sources, reread, output, text_field=text_field, overwrite=overwrite)


def annotate(result: Result, articles: Iterable[Item], out: BinaryIO, *, text_field: str = "text", form: str = ".jsonl") -> None:
    """Every input, in input order, as a record with its decision, in the form that a suffix names."""
    _write_rows(form, out, annotated(result, articles, text_field))


def annotated(result: Result, articles: Iterable[Item], text_field: str) -> Iterator[dict[str, Any]]:
    """Every input, in input order, as a record with its decision. Raises OutputError where one has changed since."""
    decisions = Decisions(result)
    for number, item in Pairing(result)(articles, last=True):
        yield records.unreadable(item) if isinstance(item, Unreadable) else decisions.record(number, item, text_field)


def annotated_file(result: Result, articles: Iterable[Item], path: Path, *, text_field: str = "text") -> None:
    """The same in a file, which appears whole or not at all, as its suffix says."""
    with opened(path) as out:
        annotate(result, articles, out, text_field=text_field, form=_form(path))


def canonical_lines(
    result: Result, sources: Sequence[Source], reread: Reread, out: BinaryIO, *, text_field: str = "text"
) -> None:
    """The canonical versions as JSON Lines on a stream."""
    for record in _canonical_records(result, sources, reread, text_field, None):
        out.write(records.line(record))


def canonical_file(
    result: Result, sources: Sequence[Source], reread: Reread, path: Path, *, text_field: str = "text",
    overwrite: bool = False,
) -> None:
    """The canonical versions as one file of records, its manifest beside it."""
    _allow_file(path, overwrite)
    with opened(path) as stream:
        if _is_device(path):
            return _write_file(path, stream, _canonical_records(result, sources, reread, text_field, None))
        with staging.file(manifest_beside(path)) as lines:
            listing = _Manifest(lines, path.name)
            _write_file(path, stream, _canonical_records(result, sources, reread, text_field, listing))
    return None


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _allow_file(path: Path, overwrite: bool) -> None:
    manifest = manifest_beside(path)
    for place in () if _is_device(path) else (path, manifest):
        if place.exists() and not overwrite and not is_manifest(manifest):
            raise OutputError(f"{shown(str(place))}: exists, and is no output of dedup; replace it with --overwrite")


def canonical_folder(
    result: Result, sources: Sequence[Source], reread: Reread, path: Path, *, text_field: str = "text",
    overwrite: bool = False,
) -> None:
    """The canonical versions, each in a file like its source, and the manifest."""
    decisions, pairing = Decisions(result), Pairing(result)
    folders: set[Path] = set()
    with staging.folder(path, overwrite) as part, open(part / MANIFEST, "wb") as listing:
        for error in _unopened(result, sources):
            _Manifest(listing, None)(-1, error, decisions)
        for source in sources:
            manifest = _Manifest(listing, source.target)
            items = _kept(pairing(reread(source)), decisions, manifest)
            first = next(items, None)
            if first is not None:
                target = part / source.target
                if target.parent not in folders:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    folders.add(target.parent)
                with open(target, "wb") as raw, compressed(raw, source.compression) as stream:
                    _write_source(source, stream, _again(first, items), decisions, text_field)
        pairing.end()


class Pairing:
    """Finds for every input, as it is read again, the number it had; OutputError where the two readings differ."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.numbers = iter(result.order)

    def __call__(self, items: Iterable[Item], last: bool = False) -> Iterator[tuple[int, Item]]:
        """(number, article), or (-1, error), for what is read of one source, or of all if it is the `last`."""
        for item in items:
            if isinstance(item, Unreadable):
                yield -1, item
                continue
            number = next(self.numbers, -1)
            entry = self.result.entries[number] if number >= 0 else None
            if entry is None or (entry.path, entry.line) != (item.path, item.line):
                raise self.changed(item.path)
            if self.result.text_of(number) != item.text:
                raise self.changed(item.path)
            yield number, item
        if last:
            self.end()

    def end(self) -> None:
        """Raises OutputError if something that was read before is no longer there."""
        number = next(self.numbers, None)
        if number is not None:
            raise self.changed(self.result.entries[number].path)

    def changed(self, path: str) -> OutputError:
        return OutputError(f"{path}: changed while it was worked on; nothing was written, run again")


class _Manifest:
    """Writes the manifest's line for one input; `output` is the file that canonical versions go to."""

    def __init__(self, stream: BinaryIO, output: str | None) -> None:
        self.stream, self.output = stream, output

    def __call__(self, number: int, item: Item, decisions: Decisions) -> None:
        if isinstance(item, Unreadable):
            line = records.unreadable(item)
            decision = line.pop("dedup")
        else:
            entry = decisions.result.entries[number]
            line = {"id": entry.id, "path": entry.path, "line": entry.line}
            decision = decisions.of(number)
        kept = decision.get("kept", False)
        self.stream.write(records.line({**line, "output": self.output if kept else None, "dedup": decision}))


def _kept(
    pairs: Iterable[tuple[int, Item]], decisions: Decisions, manifest: _Manifest | None
) -> Iterator[tuple[int, Article]]:
    for number, item in pairs:
        if manifest:
            manifest(number, item, decisions)
        if isinstance(item, Article) and decisions.kept(number):
            yield number, item


def _canonical_records(
    result: Result, sources: Sequence[Source], reread: Reread, text_field: str, manifest: _Manifest | None
) -> Iterator[dict[str, Any]]:
    decisions, pairing = Decisions(result), Pairing(result)
    if manifest:
        for error in _unopened(result, sources):
            manifest(-1, error, decisions)
    for source in sources:
        for number, article in _kept(pairing(reread(source)), decisions, manifest):
            yield decisions.record(number, article, text_field)
    pairing.end()


def _write_source(
    source: Source, stream: BinaryIO, kept: Iterable[tuple[int, Article]], decisions: Decisions, text_field: str
) -> None:
    """The canonical versions of one source in its own format; pages become text, archives records."""
    if is_records(source) and source.format not in (".jsonl", ".ndjson"):
        cleaned = ((article, decisions.cleaned(number)) for number, article in kept)
        import_module(f"dedup.readers.{READERS[source.format]}").rewrite(source, cleaned, stream, text_field)
        return
    for number, article in kept:
        if article.line is None:
            stream.write(decisions.cleaned(number).encode("utf-8"))
        else:
            stream.write(records.line(decisions.record(number, article, text_field)))


def _write_file(path: Path, stream: BinaryIO, rows: Iterable[dict[str, Any]]) -> None:
    _write_rows(_form(path), stream, rows)


def _write_rows(form: str, stream: BinaryIO, rows: Iterable[dict[str, Any]]) -> None:
    if form == ".parquet":
        import_module("dedup.readers.parquet").write(rows, stream)
    elif form in flat.SEPARATORS:
        flat.write(rows, stream, flat.SEPARATORS[form])
    else:
        for row in rows:
            stream.write(records.line(row))


def _unopened(result: Result, sources: Sequence[Source]) -> Iterator[Unreadable]:
    """The errors of inputs that did not become sources: missing files, loops."""
    paths = {source.path for source in sources}
    return (error for error in result.errors if error.path not in paths)


def _again(first: tuple[int, Article], rest: Iterable[tuple[int, Article]]) -> Iterator[tuple[int, Article]]:
    yield first
    yield from rest


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A stream to a file that appears whole or not at all, compressed as its suffix says."""
    with staging.file(path) as raw:
        with compressed(raw, path.suffix if path.suffix in COMPRESSED else "") as stream:
            yield stream


@contextmanager
def compressed(raw: BinaryIO, suffix: str) -> Iterator[BinaryIO]:
    """A stream that compresses into another; the same input gives the same bytes."""
    if not suffix:
        yield raw
        return
    stream = compression.writer(raw, suffix)
    try:
        yield stream
    finally:
        stream.close()
