"""Which rules may match which of many lines, told for all of them at once in arrays.

Whatever a rule matches holds one of its keys: how its match begins, or a word of it. A line that holds none, and begins
like none of the others, is not looked at; one that holds some is asked about the rules whose keys they are, and may
still match none.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dedup.arrays import Array, np
from dedup.boilerplate.cues import Branch, Rule
from dedup.boilerplate.form import Lines
from dedup.boilerplate.hashes import LONG, hashed, hashed_each

SHORT = 16  # words of a line up to which it may be asked about rules that have no good key
_WINDOW = 4  # bytes that are hashed at every second place, for good keys
_BRIEF = 2  # and at every place, for those of short lines
_FEW = 20  # keys that are too short for that and are looked for one by one
_HEAD = 4  # bytes by which the beginning of a line is told
_FACTOR = 0x9E3779B1  # of the hash of a window
_BITS = 16  # of that hash
_TOGETHER = 1 << 15  # windows that are hashed together: what fits into the caches

Asking = dict[Any, list[tuple[Rule, Branch]]]  # by key


class Screen:
    """The keys of some rules, and how lines begin that the others match."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        good, brief = Asking(), Asking()
        self.bare: list[tuple[Rule, Branch]] = []  # those without any key, that are for lines of up to SHORT words
        for rule, branch in [(rule, branch) for rule in rules for branch in rule.branches if not rule.opened(branch)]:
            keys = [key.encode("utf-8", "surrogatepass") for key in _keys(branch)]
            least = min(map(len, keys))
            if least or rule.words > SHORT:
                for key in keys:
                    (brief if least <= _WINDOW and rule.words <= SHORT else good).setdefault(key, []).append((rule, branch))
            else:
                self.bare.append((rule, branch))
        self._good, self._brief = _Keys(good, _WINDOW, 2), _Keys(brief, _BRIEF, 1)
        self._heads = _Heads({opening.encode("utf-8", "surrogatepass") for rule in rules for branch in rule.branches
                              if rule.opened(branch) for opening in branch.openings})
        self.blind = self._good.blind or self._brief.blind

    def branches(self, lines: Lines, sizes: Array) -> dict[int, list[tuple[Rule, Branch]]]:
        """What may match which of the lines, by its number; `sizes` are their words."""
        found = self._good.asked(lines, sizes)
        if len(short := np.flatnonzero(sizes <= SHORT)):
            for at, more in self._brief.asked(lines.part(short), sizes[short]).items():
                found.setdefault(int(short[at]), []).extend(more)
            for one in self.bare:
                for at in short[sizes[short] <= one[0].words].tolist():
                    found.setdefault(at, []).append(one)
        return found

    def begun(self, lines: Lines) -> list[int]:
        """The lines that begin like what other rules match."""
        return self._heads.begun(lines)


class _Heads:
    """How some lines begin."""

    def __init__(self, heads: Iterable[bytes]) -> None:
        self._tables: dict[int, Array] = {}  # by how many bytes: whether a hash of so many is that of one
        for head in {head[:_HEAD] for head in heads}:
            table = self._tables.setdefault(len(head), np.zeros(1 << _BITS, bool))
            table[_hash(np.array([int.from_bytes(head, "little")], np.uint32), len(head))] = True

    def begun(self, lines: Lines) -> list[int]:
        heads = _windows(lines.data + bytes(4), 1)[lines.heads()]
        some = [table[_hash(heads, size)] for size, table in self._tables.items()]
        return np.flatnonzero(np.logical_or.reduce(some)).tolist() if some else []


class _Keys:
    """Keys, with what is asked where one stands; windows of so many bytes are hashed, one at every so many places."""

    def __init__(self, asking: Asking, window: int, step: int) -> None:
        self._window, self._step = window, step
        cut = Asking()
        for key, some in asking.items():
            cut.setdefault(key[:LONG], []).extend(some)
        least = window + step - 1  # bytes of a key that holds a whole window wherever it stands
        self._short = sorted(key for key in cut if len(key) < least)
        self.blind = len(self._short) > _FEW or b"" in cut
        long = sorted(cut.keys() - set(self._short))
        self._kinds = sorted({(len(key), offset) for key in long for offset in range(step)})  # sizes, and where a window is
        self._begins = np.zeros(1 << _BITS, np.uint32)  # by the hash of a window: of which of those keys have it, as bits
        for bit, (size, offset) in enumerate(self._kinds):
            parts = [int.from_bytes(key[offset:offset + window], "little") for key in long if len(key) == size]
            self._begins[_hash(np.array(parts, np.uint32), window)] |= 1 << bit
        self._may = self._begins != 0
        values = hashed_each(long).tolist()
        self._values = np.array(sorted(values), np.uint64)
        self._asking = [*map(cut.__getitem__, self._short), *(cut[key] for _, key in sorted(zip(values, long)))]
        self._most = np.array([max(rule.words for rule, _ in some) for some in self._asking])

    def asked(self, lines: Lines, words: Array) -> dict[int, list[tuple[Rule, Branch]]]:
        """What is asked of which of the lines of so many words."""
        found: dict[int, list[tuple[Rule, Branch]]] = {}
        if not self._asking:
            return found
        some = [*self._singly(lines.data), *self._together(lines.data)]
        places, numbers = map(np.concatenate, zip(*some))
        of = np.searchsorted(lines.ends, places)
        judged = words[of] <= self._most[numbers]
        for line, number in sorted({*zip(of[judged].tolist(), numbers[judged].tolist())}):
            found.setdefault(line, []).extend(self._asking[number])
        return found

    def _singly(self, data: bytes) -> Iterable[tuple[Array, Array]]:
        """Where short keys stand, and their numbers."""
        for number, key in enumerate(self._short):
            places = []
            at = data.find(key)
            while at >= 0:
                places.append(at)
                at = data.find(key, at + 1)
            yield np.array(places, np.int64), np.full(len(places), number)

    def _together(self, data: bytes) -> Iterable[tuple[Array, Array]]:
        """The same of the others."""
        if not self._kinds:
            return
        data += bytes(2 * LONG)
        windows = _windows(data, self._step)
        begun = np.concatenate([start + np.flatnonzero(self._may.take(_hash(windows[start:start + _TOGETHER], self._window)))
                                for start in range(0, len(windows), _TOGETHER)])
        kinds = self._begins[_hash(windows[begun], self._window)]
        begun *= self._step
        some = [begun[kinds & 1 << bit > 0] - offset for bit, (_, offset) in enumerate(self._kinds)]
        starts, sizes = np.concatenate(some), np.repeat([size for size, _ in self._kinds], [*map(len, some)])
        values = hashed(data, starts, sizes)
        near = np.searchsorted(self._values[:-1], values)
        there = self._values[near] == values
        yield starts[there], near[there] + len(self._short)


def _keys(branch: Branch) -> tuple[str, ...]:
    """Texts one of which stands in all that a branch matches: its openings, or words of its ways, whichever say more."""
    every = max(set(branch.ways[0]).intersection(*branch.ways), key=len, default="")  # a word of all of them
    words = (every,) if len(every) >= _WINDOW else tuple(way[0] if way else "" for way in branch.ways)
    return max(branch.openings, words, key=lambda keys: min(map(len, keys)))


def _windows(data: bytes, step: int) -> Array:
    """The four bytes from every so-many-th place on."""
    return np.ndarray((len(data) - 4) // step + 1, "<u4", data, 0, (step,))


def _hash(windows: Array, size: int) -> Array:
    """A hash of the first bytes of each window."""
    return windows * np.uint32(_FACTOR << 8 * (4 - size) & 0xFFFFFFFF) >> np.uint32(32 - _BITS)
