"""Which rules may match which of many lines, told for all of them at once in arrays.

Whatever a rule matches holds one of its keys: how its match begins, or a word of it. A line that holds none is not
looked at; one that holds some is asked about the rules whose keys they are, and may still match none.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from dedup.arrays import Array, np
from dedup.boilerplate.cues import Branch, Rule

SHORT = 16  # words of a line up to which it may be asked about rules that have no good key
_WINDOW = 4  # letters that are hashed at every place, for good keys
_BRIEF = 2  # and for those of short lines
_FEW = 20  # keys shorter than a window that are looked for one by one
_BATCH = 1 << 16  # code points that are hashed together: what fits into the caches
_FACTORS = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D

Asking = dict[Any, list[tuple[Rule, Branch]]]  # by key


class Screen:
    """The keys of some rules, but for those that are told by how a line begins."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        good, brief = Asking(), Asking()
        self.bare: list[tuple[Rule, Branch]] = []  # those without any key, that are for lines of up to SHORT words
        for rule, branch in [(rule, branch) for rule in rules for branch in rule.branches if not rule.opened(branch)]:
            keys = _keys(branch)
            least = min(map(len, keys))
            if least or rule.words > SHORT:
                for key in keys:
                    (brief if least < _WINDOW and rule.words <= SHORT else good).setdefault(key, []).append((rule, branch))
            else:
                self.bare.append((rule, branch))
        self._good, self._brief = _Keys(good, _WINDOW), _Keys(brief, _BRIEF)
        self.blind = self._good.blind or self._brief.blind

    def branches(self, lines: Sequence[str], sizes: Sequence[int]) -> list[list[tuple[Rule, Branch]]]:
        """What may match each of the lines, none of which has a line end; `sizes` are their words."""
        found = self._good.asked(lines, sizes)
        short = [at for at, size in enumerate(sizes) if size <= SHORT]
        for at, more in zip(short, self._brief.asked([lines[at] for at in short], [sizes[at] for at in short])):
            found[at] += more
            found[at] += [one for one in self.bare if sizes[at] <= one[0].words]
        return found


class _Keys:
    """Keys, with what is asked where one stands; windows of so many letters are hashed."""

    def __init__(self, asking: Asking, window: int) -> None:
        self._window, self._longest = window, 3 * window  # letters of a key that are looked for: three windows
        cut = Asking()
        for key, some in asking.items():
            cut.setdefault(key[:self._longest], []).extend(some)
        bits = 2 + 4 * window  # of the hash of a window, by which it is found in a table
        self._low, self._shift = np.uint32((1 << bits) - 1), 32 - bits  # the first ones say nothing of the last letter
        self._short = sorted(key for key in cut if len(key) < window)
        self.blind = len(self._short) > _FEW or "" in cut
        self._sizes = np.array(sorted({len(key) for key in cut} - set(map(len, self._short))), np.int64)
        self._begins = np.zeros(1 << bits, np.uint16)  # by the last bits of a window: sizes of keys that begin so, as bits
        self._ends = np.zeros(1 << bits, bool)  # by the first bits of the hash of a key: whether there is one
        alike = Asking()  # what is asked, by hash of a key
        for size in self._sizes.tolist():
            keys = [key for key in cut if len(key) == size]
            windows, starts = _windows("".join(keys), window), np.arange(0, size * len(keys), size)
            self._begins[windows[starts] & self._low] |= 1 << size
            values = _value(windows, starts, size - window)
            self._ends[values >> self._shift] = True
            for value, key in zip(values.tolist(), keys):
                alike.setdefault(value, []).extend(cut[key])
        self._values = np.array(sorted(alike), np.uint32)
        self._asking = [*map(cut.__getitem__, self._short), *map(alike.__getitem__, sorted(alike))]
        self._most = np.array([max(rule.words for rule, _ in some) for some in self._asking])

    def asked(self, lines: Sequence[str], words: Sequence[int]) -> list[list[tuple[Rule, Branch]]]:
        """What is asked of each of the lines of so many words."""
        found: list[list[tuple[Rule, Branch]]] = [[] for _ in lines]
        for part in _batches(lines) if self._asking else ():
            ends = np.cumsum([len(line) + 1 for line in lines[part]])
            text = "\n".join(lines[part]) + "\n" * self._longest
            sizes = np.array(words[part])
            met = set[tuple[int, int]]()
            for places, numbers in self._places(text):
                of = np.searchsorted(ends, places, "right")
                judged = sizes[of] <= self._most[numbers]
                met.update(zip(of[judged].tolist(), np.broadcast_to(numbers, len(of))[judged].tolist()))
            for line, number in sorted(met):
                found[part.start + line] += self._asking[number]
        return found

    def _places(self, text: str) -> Iterator[tuple[Array, Array]]:
        """Where keys stand, and their numbers."""
        for number, key in enumerate(self._short):
            yield np.array([*_find(text, key)], np.int64), np.array(number)
        if not len(self._values):
            return
        windows = _windows(text, self._window)
        sizes = self._begins.take(windows[:-self._longest] & self._low)  # behind which only line ends stand
        begun = np.flatnonzero(sizes != 0)
        sizes = sizes[begun]
        some = [begun[sizes & 1 << size > 0] for size in self._sizes]
        starts, more = np.concatenate(some), np.repeat(self._sizes - self._window, [*map(len, some)])
        value = _value(windows, starts, more)
        may = np.flatnonzero(self._ends.take(value >> self._shift))  # nearly all others are told from keys by this
        starts, value = starts[may], value[may]
        near = np.searchsorted(self._values[:-1], value)
        there = self._values[near] == value
        yield starts[there], near[there] + len(self._short)


def _keys(branch: Branch) -> tuple[str, ...]:
    """Texts one of which stands in all that a branch matches: its openings, or words of its ways, whichever say more."""
    every = max(set(branch.ways[0]).intersection(*branch.ways), key=len, default="")  # a word of all of them
    words = (every,) if len(every) >= _WINDOW else tuple(way[0] if way else "" for way in branch.ways)
    return max(branch.openings, words, key=lambda keys: min(map(len, keys)))


def _windows(text: str, size: int) -> Array:
    """A hash of the two or four letters from every place on, but for the last few."""
    two, four, _ = map(np.uint32, _FACTORS)
    windows = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    windows = windows[:-1] * two + windows[1:]
    return windows[:-2] * four + windows[2:] if size == _WINDOW else windows * four


def _value(windows: Array, starts: Array, more: int | Array) -> Array:
    """A hash of the letters of a window from each start on, and so many more."""
    _, factor, last = map(np.uint32, _FACTORS)
    return (windows[starts] * factor + windows[starts + more // 2]) * last + windows[starts + more]


def _find(text: str, key: str) -> Iterator[int]:
    at = text.find(key)
    while at >= 0:
        yield at
        at = text.find(key, at + 1)


def _batches(lines: Sequence[str]) -> Iterator[slice]:
    start = 0
    for end, size in enumerate(accumulate(map(len, lines)), 1):
        if end == len(lines) or size // _BATCH > (size - len(lines[end - 1])) // _BATCH:
            yield slice(start, end)
            start = end
