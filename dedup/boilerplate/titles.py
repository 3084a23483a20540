"""Titles that a scraper split over lines, headings or bold pieces: what belongs to a label goes with it, or stays with it."""
from __future__ import annotations

from collections.abc import Sequence

from dedup.boilerplate.evidence import Item
from dedup.boilerplate.languages import SAMPLE, likely, stopwords
from dedup.once import once

LONGEST = 25  # words of a piece of a title
PIECES = 3  # of a title
_EMPTY = (":", "：", "|", "»", ">")  # with which a label ends that stands without its title
_OPEN = (",", "-", "–", "—", ":", "：", "(", "&", "/")  # with which a title ends that goes on
_PAIRS = (("“", "”"), ("„", "“"), ("«", "»"), ("(", ")"), ("「", "」"), ("《", "》"))
_MARKS = " \t*_#~`"


class Titles:
    """The titles of one text."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items

    def after(self, at: int) -> list[int]:
        """The places of the pieces of a title that stand below its label, or go on below what stands next to it."""
        found: list[int] = []
        while len(found) < PIECES and at + 1 < len(self._items):
            text = self._items[at].form.text.strip(_MARKS)
            after = self._items[at + 1]
            if not _piece(after):
                break
            empty = not found and text.endswith(_EMPTY)
            if not (empty or self._open(text) or found and after.form.text.strip(_MARKS)[:1].islower()):
                break
            found.append(at := at + 1)
        return found

    def _open(self, text: str) -> bool:
        """Whether a title goes on: it ends with a word that ends no phrase, or a bracket is not closed."""
        if text.endswith(_OPEN) or any(text.count(left) > text.count(right) for left, right in _PAIRS if left != right):
            return True
        last = text.rpartition(" ")[2]
        return " " in text and last.islower() and last in self._stopwords

    @once
    def _stopwords(self) -> frozenset[str]:
        """The stop words of the languages that the text may be in."""
        sample = "\n".join([item.form.text for item in self._items[:2 * PIECES * LONGEST]])[:SAMPLE]
        return frozenset[str]().union(*map(stopwords, likely([sample])[sample]))


def _piece(item: Item) -> bool:
    form = item.form
    if form.prose or form.full or form.bullet or item.credit or item.own or form.words > LONGEST:
        return False
    return not form.text.strip(_MARKS).endswith(_EMPTY[:2])  # that announces what the article says next
