"""CSV and TSV: one record a row, streaming; the first row names the fields.

The separator is the one (of comma, semicolon, tab and bar) by which the first row has the text field. Quotation marks
that are never closed, and rows longer than the first, are errors: read leniently they would swallow what follows.
"""
from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from dedup import encoding
from dedup.article import Article, Unreadable
from dedup.errors import InputError
from dedup.patterns import lazy
from dedup.readers import compression, fields
from dedup.readers.options import Limits, ReadOptions, too_long

if TYPE_CHECKING:
    from dedup.sources import Source

_SAMPLE = 1 << 18
_STATED = lazy(r"\"?sep=(\\t|[^\w\s\"]|\t)\"?\r?\n?", 2)  # 2: re.IGNORECASE


@dataclass(frozen=True, slots=True)
class _Layout:
    header: list[str]
    names: list[str]  # the header with repeated names told apart
    delimiter: str
    newline: str
    first: str  # Excel's line `sep=;`, where there is one
    mark: bool  # whether a byte order mark opens the file


def read(source: Source, options: ReadOptions) -> Iterator[Article | Unreadable]:
    """Every row but the first, which is number 0; blank rows do not count."""
    with compression.opened(source, options.limits) as stream:
        charset, mark = _charset(stream, source, options.limits)
        text = io.TextIOWrapper(stream, charset, errors="surrogateescape", newline="")
        layout = _layout(_Lines(text, options.limits.article), source, options.text_field, mark,
                         options.html_field or options.text_field)
        rows = csv.reader(_Lines(text, options.limits.article), delimiter=layout.delimiter, strict=True)
        csv.field_size_limit(options.limits.article)
        number = 0
        while True:
            record = None
            try:
                number += 1  # before the row is read: one that cannot be read counts, too
                row = next(rows, None)
                if row is None:
                    return
                if not row:
                    number -= 1
                    continue
                record = _record(row, layout)
                yield fields.article(record, source.path, number, options)
            except compression.StreamError as error:
                yield Unreadable(source.path, f"{error}; nothing is read from row {number} on", number)
                return
            except (InputError, csv.Error) as error:
                own = fields.own_id(fields.get(record, options.id_field)) if record else ""
                yield Unreadable(source.path, _explained(error), number, own or None)


def rewrite(source: Source, kept: Iterable[tuple[Article, str]], stream: BinaryIO, text_field: str) -> None:
    """The kept rows with their cleaned texts, laid out like the source, in UTF-8."""
    limits, rows = Limits(), iter(kept)
    first = next(rows)  # who keeps nothing of a source writes none
    with compression.opened(source, limits) as raw:
        charset, mark = _charset(raw, source, limits)
        text = io.TextIOWrapper(raw, charset, errors="surrogateescape", newline="")
        layout = _layout(_Lines(text, limits.article), source, text_field, mark,
                         next(iter(first[0].record or ()), ""))
    header = layout.header if text_field in layout.names else [*layout.header, text_field]
    out = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
    if layout.mark:
        out.write("\ufeff")
    out.write(layout.first)
    line = io.StringIO(newline="")
    writer = csv.writer(line, delimiter=layout.delimiter)  # which quotes a lone \r only if \r\n ends its lines
    for row in itertools.chain([header], (
            fields.replaced(article.record or {}, text_field, cleaned).values()
            for article, cleaned in itertools.chain([first], rows))):
        writer.writerow(row)
        out.write(line.getvalue().removesuffix("\r\n") + layout.newline)
        line.seek(0)
        line.truncate()
    out.detach()


def _record(row: list[str], layout: _Layout) -> dict[str, str]:
    if len(row) > len(layout.names) and any(row[len(layout.names):]):
        raise InputError(
            f"{len(row)} fields where the first row has {len(layout.names)} (is a separator not quoted?)")
    if any("\udc80" <= char <= "\udcff" for value in row if not value.isascii() for char in value):
        raise InputError("invalid bytes for the charset of the file (convert it to UTF-8)")
    return dict(zip(layout.names, row))


def _charset(stream: BinaryIO, source: Source, limits: Limits) -> tuple[str, bool]:
    """The charset of a file by its beginning, and whether a byte order mark stands there, which is passed over."""
    with compression.opened(source, limits) as other:
        sample = other.read(_SAMPLE)
    mark, name = encoding.mark(sample)
    if mark:
        stream.read(len(mark))
        return name, True
    cut = sample.rfind(b"\n")
    sample = sample[:cut] if cut > 0 else sample
    # UTF-8 with broken characters in it stays UTF-8 here: only the rows that hold them are errors
    return ("utf-8" if encoding.is_damaged(sample, 0) else encoding.charset(sample)), False


def _layout(lines: Iterator[str], source: Source, text_field: str, mark: bool, html_field: str = "") -> _Layout:
    first, stated = next(lines, ""), ""
    if found := _STATED.fullmatch(first):
        first, stated = next(lines, ""), first
    if not first.strip():
        raise InputError("no first row that names the columns")
    header: list[str] = []
    for delimiter in (found[1].replace("\\t", "\t") if found else "\t,;|" if source.format == ".tsv" else ",;\t|"):
        try:
            row = next(csv.reader([first], delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        header = header or row
        if not {text_field, html_field}.isdisjoint(row):
            names = [name if name not in row[:at] else f"{name}.{at + 1}" for at, name in enumerate(row)]
            return _Layout(row, names, delimiter, "\r\n" if first.endswith("\r\n") else "\n", stated, mark)
    listed = ", ".join(repr(name[:40]) for name in header[:8])
    raise InputError(f"no column {text_field!r}; it has {listed} (name the right one with --text-field)")


class _Lines:
    """The lines of a stream; one that is too long is passed over and raised as an error."""

    def __init__(self, text: io.TextIOWrapper, most: int) -> None:
        self.text, self.most = text, most

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self.text.readline(self.most + 1)
            if len(line) > self.most and not line.endswith("\n"):
                while (rest := self.text.readline(_SAMPLE)) and not rest.endswith("\n"):
                    pass
                raise too_long("the line", self.most)
        except UnicodeDecodeError as error:  # bytes that are no UTF-16 cannot be kept aside as those that are no UTF-8
            raise compression.StreamError(f"damaged: not {error.encoding.upper()}, as it says it is") from None
        if not line:
            raise StopIteration
        return line


def _explained(error: Exception) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quotation mark in this row is never closed; nothing after it is read"
    if "field larger" in text:
        return str(too_long("a field", csv.field_size_limit()))
    return text if isinstance(error, InputError) else f"broken CSV: {text}"
