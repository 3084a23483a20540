"""What copies of one article say about its blocks: what copies of different sources share is the article.

What one copy has alone, at an edge or between two blocks that follow each other in another copy, is likely a leftover
of its page. It is evidence, no proof: an outlet may have added a paragraph of its own to a wire story.
"""
from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise

from dedup.arrays import np
from dedup.boilerplate.likeness import letters_of, lines_of_words, places_of_words
from dedup.once import once

PRESENT = 0.6  # share of a block's word trigrams found in a copy from which it stands there
ABSENT = 0.25  # and up to which it does not; between the two nothing is said
_APART = 6  # words between two neighbours in a copy that count as adjacent
_N = 3
_SPREAD = 0x9FB21C651E98DF25
_POWER = 0x9E3779B97F4A7C15  # of the polynomial over the bytes of a word
_PIECE = 1 << 16  # bytes for which its powers are at hand


class Copies:
    """The verified copies of one article, ready to be asked about each of them.

    Those with the same letters throughout count as one, of all their sources. Of each the words are compared in a row, so
    that it does not matter where an extractor broke its lines.
    """

    def __init__(self, texts: Sequence[Sequence[str]], speaking: Sequence[tuple[int, str | None]]) -> None:
        """`texts`: the blocks of each, by number; `speaking`: those that say something of the others, each with its source,
        None where that is not known."""
        self._texts = texts
        self._ends = [*accumulate(map(len, texts), initial=0)]
        self._letters = letters_of([*chain.from_iterable(texts)])
        self._lettered = np.array([*map(bool, self._letters)], bool)
        wholes = [b"".join(self._letters[start:end]) for start, end in pairwise(self._ends)]
        sources: dict[bytes, set[str | None]] = {}
        for number, source in speaking:
            sources.setdefault(wholes[number], set()).add(source)
        self._sources = [*sources.values()]
        self._numbers = [*{wholes[number]: number for number, _ in speaking}.values()]  # one for each
        lines = [frozenset(self._letters[self._own(number)]) for number in self._numbers]
        # [copies, blocks]: a copy says nothing without letters, nor to a text with the same letters throughout
        self._lines = _table([[*map(some.__contains__, self._letters)] for some in lines], self._letters)
        others = _table([[bool(whole) and whole != other for other in wholes] for whole in sources], texts)
        self._others = others.repeat(np.diff(self._ends), axis=1)

    def _own(self, number: int) -> slice:
        return slice(self._ends[number], self._ends[number + 1])

    def shared(self, number: int, source: str | None) -> list[int]:
        """The blocks of a text (by place) that stand in a copy of another source than this.

        Sources that are not known (None) are not known to differ, so such copies protect nothing. A copy with the same
        words throughout says nothing at all, whatever its source.
        """
        foreign = [source is not None and not sources <= {source, None} for sources in self._sources]
        if not any(foreign):
            return []
        found: list[int] = np.flatnonzero(self._present[foreign, self._own(number)].any(axis=0)).tolist()
        return found

    def alone(self, number: int) -> dict[int, str]:
        """The blocks of a text (by place) that stand in no other copy, and where.

        "alone-edge": before or after all that is shared with one of them. "alone-inside": between two blocks that are
        adjacent in one of them.
        """
        own = self._own(number)
        if not self._unmet[own].any():
            return {}
        absent = np.flatnonzero(self._absent[own]).tolist()
        if not absent:
            return {}
        having = [(copy, places) for copy, some in enumerate(self._present[:, own].tolist())
                  if (places := [place for place, there in enumerate(some) if there])]
        return {place: spot for place in absent if (spot := self._spot(place, own.start, having))}

    @once
    def _unmet(self) -> np.ndarray:
        """Which blocks have letters that make up no block of another copy, where there is one: the others are not absent."""
        return self._lettered & ~(self._lines & self._others).any(axis=0) & self._others.any(axis=0)

    @once
    def _shares(self) -> np.ndarray:
        """How much of each block stands in each copy, in [0, 1], [copies, blocks]: its trigrams, or all of it as a block."""
        first, last, grams = self._grams
        held = _held(grams, [*map(self._row, self._numbers)], first, last)
        return np.where(self._lines, 1, held / np.maximum(last - first, 1)) * self._lettered

    @once
    def _present(self) -> np.ndarray:
        """Which blocks stand in which other copies."""
        return self._others & (self._shares >= PRESENT)

    @once
    def _absent(self) -> np.ndarray:
        """Which blocks stand in no other copy."""
        return self._unmet & ~(self._others & (self._shares > ABSENT)).any(axis=0)

    @once
    def _grams(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the trigrams of each block begin and end, and those of all texts, one behind the other."""
        ends, words = self._words
        last = np.maximum(ends[1:] - _N + 1, 0)
        return np.minimum(ends[:-1], last), last, (words[:-2] * np.uint64(_SPREAD) + words[1:-1]) * np.uint64(_SPREAD) + words[2:]

    @once
    def _words(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the words of each block end, behind a 0, and those of all texts, as hashes."""
        counts, words = hashed(lines_of_words([*chain.from_iterable(self._texts)]))
        return np.concatenate([[0], np.cumsum(counts)]), words

    def _row(self, number: int) -> slice:
        """Where the trigrams of a text stand."""
        own = self._own(number)
        first, end = self._words[0][[own.start, own.stop]].tolist()
        return slice(first, max(first, end - _N + 1))

    def _spot(self, place: int, start: int, copies: Sequence[tuple[int, Sequence[int]]]) -> str:
        """Where a block that no copy has stands with respect to those, given by their places, which each of them has."""
        first, last, grams = self._grams
        between = []
        for copy, present in copies:
            after = bisect(present, place)
            if after in (0, len(present)):
                return "alone-edge"
            before, behind = start + present[after - 1], start + present[after]
            if first[before] < last[before] and first[behind] < last[behind]:
                between.append((grams[self._row(self._numbers[copy])], grams[last[before] - 1], grams[first[behind]]))
        return "alone-inside" if any(_adjacent(*one) for one in between) else ""


def _adjacent(row: np.ndarray, end: int, start: int) -> bool:
    """Whether one trigram stands somewhere right behind another."""
    ends, starts = np.flatnonzero(row == end) + _N, np.flatnonzero(row == start)
    next_ = starts.searchsorted(ends)
    there = next_ < len(starts)
    return bool((starts[next_[there]] - ends[there] <= _APART).any())


def _table(rows: Sequence[Sequence[bool]], columns: Sequence[object]) -> np.ndarray:
    return np.array(rows, bool).reshape(len(rows), len(columns))


def _held(grams: np.ndarray, copies: Sequence[slice], first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """How many of the trigrams [first, last) of each block stand in each copy, [copies, blocks]."""
    _, names = np.unique(grams, return_inverse=True)
    held = np.zeros((len(copies), len(grams)), bool)
    for copy, row in enumerate(copies):
        held[copy, names[row]] = True
    counts = np.zeros((len(held), len(grams) + 1), np.int32)
    np.cumsum(held[:, names], axis=1, dtype=np.int32, out=counts[:, 1:])
    return counts[:, last] - counts[:, first]


def hashed(lines: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """How many words each of some `lines_of_words` has, and a hash uint64 of each word: Σ byte_i · POWER^i mod 2^64."""
    data = np.frombuffer(b"\n".join(lines), np.uint8)
    counts, starts, ends = places_of_words(data, len(lines))
    # the sum over a word, as if it began with the text; then it is divided by what its first byte was multiplied with
    (powers, inverses), pieces = _powers(), range(0, len(data), _PIECE)
    sums = np.zeros(len(data) + 1, np.uint64)
    for at in pieces:
        part = data[at:at + _PIECE]
        np.multiply(part, powers[:len(part)], out=sums[at + 1:at + 1 + len(part)])
        if at:
            sums[at + 1:at + 1 + len(part)] *= np.uint64(pow(_POWER, at, 1 << 64))
    np.cumsum(sums, out=sums)
    found = (sums[ends] - sums[starts]) * inverses[starts % _PIECE]
    if len(pieces) > 1:
        found *= np.array([pow(_POWER, -at, 1 << 64) for at in pieces], np.uint64)[starts // _PIECE]
    return counts, found


@lru_cache(maxsize=1)
def _powers() -> tuple[np.ndarray, np.ndarray]:
    """POWER^i, and what undoes it, for the places of a piece."""
    rows = [np.full(_PIECE, factor, np.uint64) for factor in (_POWER, pow(_POWER, -1, 1 << 64))]
    for row in rows:
        row[0] = 1
        np.multiply.accumulate(row, out=row)
    return rows[0], rows[1]
