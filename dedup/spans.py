"""Spans of many articles in a few arrays."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from dedup.arrays import np, stretches
from dedup.article import Span
from dedup.patterns import lazy
from dedup.repair import repaired


class SpanTable(NamedTuple):
    """Spans of articles 0..n-1: row `offsets[i]:offsets[i+1]` of `places` [m, 2] and `labels` [m] are those of article i."""

    offsets: np.ndarray  # int64 [n+1]
    places: np.ndarray  # int64 [m, 2], start and end
    labels: np.ndarray  # int32 [m], into `names`
    names: tuple[tuple[str, str, tuple[str, ...]], ...]  # kind, rule, evidence

    @classmethod
    def build(cls, spans: Sequence[Sequence[Span]]) -> SpanTable:
        """The table of the spans of each article."""
        flat = [span for row in spans for span in row]
        names = sorted({(span.kind, span.rule, span.evidence) for span in flat})
        number = {name: k for k, name in enumerate(names)}
        return cls(_offsets([len(row) for row in spans]),
                   np.array([(span.start, span.end) for span in flat], np.int64).reshape(-1, 2),
                   np.array([number[span.kind, span.rule, span.evidence] for span in flat], np.int32), tuple(names))

    @classmethod
    def plain(cls, spans: Sequence[Sequence[tuple[int, int]]]) -> SpanTable:
        """The table of mere places, without labels."""
        places = np.array([place for row in spans for place in row], np.int64).reshape(-1, 2)
        return cls(_offsets([len(row) for row in spans]), places, np.zeros(len(places), np.int32), (("", "", ()),))

    @classmethod
    def join(cls, tables: Sequence[SpanTable], order: np.ndarray) -> SpanTable:
        """Tables one behind the other, their rows then put in `order` (row i of the answer is row order[i])."""
        names = sorted({name for table in tables for name in table.names})
        number = {name: k for k, name in enumerate(names)}
        labels = [np.array([number[name] for name in table.names], np.int32)[table.labels]
                  for table in tables if len(table.labels)]
        counts = np.concatenate([np.diff(table.offsets) for table in tables] or [np.zeros(0, np.int64)])
        index, offsets = reorder(counts, order)
        places = np.concatenate([table.places for table in tables] or [np.zeros((0, 2), np.int64)])
        flat = np.concatenate(labels) if labels else np.zeros(0, np.int32)
        return cls(offsets, places[index], flat[index], tuple(names))

    def places_of(self, article: int) -> np.ndarray:
        """The places [k, 2] of one article's spans."""
        return self.places[self.offsets[article]:self.offsets[article + 1]]

    def row(self, article: int) -> tuple[Span, ...]:
        """The spans of one article."""
        low, high = self.offsets[article:article + 2].tolist()
        return () if low == high else tuple(
            Span(start, end, *self.names[label])
            for (start, end), label in zip(self.places[low:high].tolist(), self.labels[low:high].tolist()))


def gather(parts: Iterable[np.ndarray], counts: Sequence[np.ndarray], order: np.ndarray,
           room: Callable[[int], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """One flat array of rows from those of several parts, in `order`, and its offsets.

    counts: the lengths of the rows of each part, 0 where one is not in `order`; room: makes the array, of so many values.
    Part by part, since an index of all would be as large as the rows; each part may be gone when the next one comes.
    """
    offsets = _offsets(np.concatenate(counts)[order])
    starts = np.zeros(sum(map(len, counts)), np.int64)
    starts[order] = offsets[:-1]
    flat = room(int(offsets[-1]))
    row = 0
    for part, sizes in zip(parts, counts):
        flat[stretches(starts[row:row + len(sizes)], sizes)] = part
        row += len(sizes)
    return flat, offsets


def reorder(counts: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For rows of the given lengths in one flat array: the index that puts them in `order`, and the new offsets."""
    starts = np.cumsum(counts) - counts
    return stretches(starts[order], counts[order]), _offsets(counts[order])


def _offsets(counts: Sequence[int] | np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.asarray(counts, np.int64))]).astype(np.int64)


_BREAK = lazy(r"</?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6]|blockquote|section|article)\b[^<>]{0,500}>", re.I)
_TAG = lazy(r"</?[A-Za-z][^<>]{0,500}>")
_TARGET = lazy(r"\]\([^()\s]{0,2000}(?:\s\"[^\"\n]{0,300}\")?\)")


def masked_text(text: str, masks: Sequence[tuple[int, int]] | np.ndarray) -> str:
    """What of a text is compared: the pieces between the spans, one to a line, repaired, without tags and link targets."""
    text = repaired(_pieces(text, masks) if len(masks) else text)
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub(" ", text))
    return _TARGET.sub("]", text) if "]" in text and "](" in text else text  # one letter is found faster than two


def whole_text(data: bytes) -> bytes:
    """The same of a text in UTF-8 of which nothing is masked: most have nothing that goes, and need not be decoded."""
    if b"<" in data or b"&" in data or b"\\u" in data or b"]" in data and b"](" in data or not data.isascii():
        return masked_text(data.decode("utf-8", "surrogatepass"), ()).encode("utf-8", "surrogatepass")
    return data


def _pieces(text: str, masks: Sequence[tuple[int, int]] | np.ndarray) -> str:
    pieces, at = [], 0
    for start, end in masks:
        if start > at:
            pieces.append(text[at:start])
        at = end
    pieces.append(text[at:])
    return "\n".join(pieces)
