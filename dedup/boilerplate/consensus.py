"""What copies of one article say about its blocks: what copies of different sources share is the article.

What one copy has alone, at an edge or between two blocks that follow each other in another copy, is likely a leftover
of its page. It is evidence, no proof: an outlet may have added a paragraph of its own to a wire story.
"""
from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dedup.article import Block
from dedup.boilerplate.likeness import letters, words

PRESENT = 0.6  # share of a block's word trigrams found in a copy from which it stands there
ABSENT = 0.25  # and up to which it does not; between the two nothing is said
_APART = 6  # words between two neighbours in a copy that count as adjacent
_N = 3

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy as its words in a row, so that it does not matter where an extractor broke its lines."""

    foreign: bool  # its source is known to be another one
    row: tuple[str, ...]
    grams: frozenset[Gram]
    lines: frozenset[bytes]  # letters of each block

    def share(self, grams: Sequence[Gram], squeezed: bytes) -> float:
        """How much of a block stands here, in [0, 1]."""
        if squeezed in self.lines:
            return 1.0
        return sum(map(self.grams.__contains__, grams)) / len(grams) if grams else 0.0

    def places(self, gram: Gram) -> Sequence[int]:
        """Where a trigram stands."""
        return _places(self.row).get(gram, ())


def evidence(blocks: Sequence[Block], source: str | None,
             copies: Sequence[tuple[Sequence[Block], str | None]]) -> dict[int, str]:
    """For blocks of an article (by place) what its verified copies say; blocks of which they say nothing are left out.

    "shared": stands in a copy of another source. "alone-edge": in no other copy, before or after all that is shared
    with one of them. "alone-inside": in no other copy, between two blocks that are adjacent in one of them.
    Sources that are not known (None) are not known to differ, so such copies protect nothing. A copy with the same
    words throughout says nothing at all, whatever its source; several such copies count as one.
    """
    squeezed = letters(blocks)
    found = [words(block.text) for block in blocks]
    others = _others(b"".join(squeezed), source, copies)
    if not others:
        return {}
    grams = [_grams(row) for row in found]
    shares = [[copy.share(some, own) if own else 0.0 for some, own in zip(grams, squeezed)] for copy in others]
    present = [[at for at, value in enumerate(share) if value >= PRESENT] for share in shares]
    said: dict[int, str] = {}
    for place, own in enumerate(squeezed):
        if not own:
            continue
        if any(copy.foreign and share[place] >= PRESENT for copy, share in zip(others, shares)):
            said[place] = "shared"
        elif all(share[place] <= ABSENT for share in shares):
            spots = {_spot(place, found, copy, at) for copy, at in zip(others, present)}
            if said_here := next((name for name in ("alone-edge", "alone-inside") if name in spots), None):
                said[place] = said_here
    return said


def _others(own: bytes, source: str | None, copies: Sequence[tuple[Sequence[Block], str | None]]) -> list[_Copy]:
    """The copies that differ from the article and from one another."""
    distinct: dict[bytes, _Copy] = {}
    for blocks, other in copies:
        squeezed, row, grams, lines = _index(tuple(blocks))
        if squeezed and squeezed != own:
            foreign = source is not None and other is not None and other != source
            distinct[squeezed] = _Copy(foreign or squeezed in distinct and distinct[squeezed].foreign, row, grams, lines)
    return list(distinct.values())


@lru_cache(maxsize=16)
def _index(blocks: tuple[Block, ...]) -> tuple[bytes, tuple[str, ...], frozenset[Gram], frozenset[bytes]]:
    """The letters of a copy, its words, its word shingles and its lines; asked for once by each other copy."""
    row = tuple(word for block in blocks for word in words(block.text))
    lines = letters(blocks)
    return b"".join(lines), row, frozenset(_grams(row)), frozenset(lines)


@lru_cache(maxsize=16)
def _places(row: tuple[str, ...]) -> dict[Gram, list[int]]:
    """Where each trigram of a copy stands."""
    places: dict[Gram, list[int]] = {}
    for at, gram in enumerate(_grams(row)):
        places.setdefault(gram, []).append(at)
    return places


def _grams(row: Sequence[str]) -> list[Gram]:
    return list(zip(*(row[at:] for at in range(_N))))


def _spot(place: int, found: Sequence[Sequence[str]], copy: _Copy, present: Sequence[int]) -> str:
    """Where a block that a copy does not have stands with respect to those which it has, by their places."""
    after = bisect(present, place)
    if not present:
        return ""
    if after in (0, len(present)):
        return "alone-edge"
    ends = copy.places(tuple(found[present[after - 1]][-_N:]))
    starts = copy.places(tuple(found[present[after]][:_N]))
    adjacent = any(0 <= start - (end + _N) <= _APART for end in ends for start in starts)
    return "alone-inside" if adjacent else ""
