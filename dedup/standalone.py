"""Boilerplate off single texts, each on its own: what `dedup strip` does."""
from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dedup import features, readers, sources
from dedup.article import Span, Unreadable, cut
from dedup.boilerplate import points
from dedup.boilerplate import strip as stripping
from dedup.encoding import decode
from dedup.errors import InputError, reason
from dedup.terminal import counted, fit, line, width

EXTRACTED = (".html", ".htm", ".xhtml", ".mhtml", ".mht", ".pdf", ".docx")  # files of one article that are not its text
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Piece:
    """One text before and after, and why."""

    name: str
    data: bytes  # as read; b"" where the text was extracted from something else
    before: str
    after: str
    judgements: tuple[stripping.Judgement, ...]
    spans: tuple[Span, ...]

    @property
    def doubted(self) -> bool:
        """Whether more than half of the text would have gone, so that only what is certain went."""
        return any(what == points.DOUBTED for one in self.judgements for what, _ in one.parts)

    def encoded(self) -> bytes:
        """The stripped text as UTF-8, with the byte order mark it had; the very bytes that were read where nothing goes."""
        if self.before == self.after and self.data:
            return self.data
        return (BOM if self.data.startswith(BOM) else b"") + self.after.encode("utf-8", "surrogatepass")

    def in_place(self) -> bytes:
        """The new content of the file. Raises InputError where writing text back would change more than the removal."""
        mark = BOM if self.data.startswith(BOM) else b""
        if not self.data:
            raise InputError("holds more than text, so it cannot be changed in place; without --in-place its text is printed")
        if self.data != mark + self.before.encode("utf-8", "surrogatepass"):
            raise InputError("is not UTF-8, so it cannot be changed in place: convert it")
        return self.encoded()


def strip(name: str, stdin: BinaryIO | None, recipe: features.Recipe) -> Piece:
    """One file (or stdin) with its boilerplate found. Raises InputError for what cannot be read."""
    text, lang, data = _read(name, stdin)
    judgements = features.judge(text, recipe, lang=lang)
    spans = stripping.removed(judgements)
    return Piece(name, data, text, cut(text, spans), tuple(judgements), spans)


def _read(name: str, stdin: BinaryIO | None) -> tuple[str, str | None, bytes]:
    if stdin is not None:
        data = stdin.read()
        return decode(data), None, data
    format, compression = sources.named(name)
    if format in EXTRACTED or compression and format in (".txt", ".text", ".md", ".markdown"):
        article = next(readers.read(sources.Source(name, name, name, format, compression)))
        if isinstance(article, Unreadable):
            raise InputError(article.error)
        return article.text, article.lang, b""
    if format not in (".txt", ".text", ".md", ".markdown"):
        raise InputError("holds records: use dedup scan --annotate or --output")
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise InputError(reason(error)) from None
    return decode(data), None, data


def losses(piece: Piece, shown: int = 5) -> Iterator[str]:
    """What a text loses, for people: a line with its name and the count, then one for each class with how it begins."""
    taken = counted(sum(span.end - span.start for span in piece.spans), "character")
    yield f"{piece.name}: {counted(len(piece.spans), 'piece')} of boilerplate, {taken}"
    kinds = Counter(span.kind for span in piece.spans)
    first = {span.kind: span for span in reversed(piece.spans)}
    labels = {kind: f"{count} × {kind}" for kind, count in kinds.most_common(shown)}
    columns = max(map(width, labels.values()), default=0)
    for kind, label in labels.items():
        yield f"  {label:{columns}}  {fit(line(piece.before[first[kind].start:first[kind].end]), 60)}"
    if 0 < shown < len(kinds):
        yield f"  … and {counted(len(kinds) - shown, 'more class', 'more classes')}; --explain shows all"


def explanation(piece: Piece) -> str:
    """Every block with its verdict and score, what the score is made of, and how it begins."""
    lines = [f"{piece.name}\n"]
    for judgement in piece.judgements:
        verdict = "strip" if judgement.strip else "mask" if judgement.mask else "keep"
        parts = ", ".join(f"{name} {points:+g}" for name, points in judgement.parts)
        start = " ".join(piece.before[judgement.start:judgement.end].split())
        shown = start if len(start) <= 60 else start[:59] + "…"
        label = f" {judgement.kind}: {judgement.rule}" if judgement.kind else f" {judgement.rule}" if judgement.rule else ""
        lines.append(f"  {verdict:5} {judgement.score:+6.2f}{label}  {shown!r}\n")
        if parts:
            lines.append(f"               {parts}\n")
    return "".join(lines)


def difference(piece: Piece) -> str:
    """A unified diff from the text to the stripped text; empty where nothing changes."""
    name = "stdin" if piece.name == "-" else piece.name
    lines = difflib.unified_diff(piece.before.splitlines(keepends=True), piece.after.splitlines(keepends=True),
                                 f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
