"""NumPy, imported when something is first asked of it: a commit hook has less to do than that import takes."""
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

    class _NumPy:
        """Looks like the module, and costs no more from the second use of a name on."""

        def __getattr__(self, name):
            import numpy

            found = getattr(numpy, name)
            setattr(self, name, found)
            return found

    np = _NumPy()


def stretches(starts: Array, sizes: Array) -> Array:
    """The numbers from each start on, so many of each, end to end."""
    ends = np.cumsum(sizes)
    return np.repeat(starts + sizes - ends, sizes) + np.arange(ends[-1] if len(ends) else 0)


def narrow(count: int) -> type[Any]:
    """The type of numbers below `count` and of -1 that takes the least memory."""
    return np.int32 if count <= 1 << 31 else np.int64


def components(left: Array, right: Array, count: int) -> Array:
    """The smallest number in the connected component of each of 0..count-1, by edges between them."""
    least = np.arange(count)
    while True:
        ones, others = least[left], least[right]
        apart = ones != others
        if not apart.any():
            return least
        left, right, ones, others = (some[apart] for some in (left, right, ones, others))
        np.minimum.at(least, np.maximum(ones, others), np.minimum(ones, others))
        while (least[least] < least).any():
            least = least[least]


def cuts(ordered: Array, size: int) -> Array:
    """Where to cut sorted numbers into parts of some `size` of them, equal ones together."""
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    return starts[np.flatnonzero(np.diff(starts // size, prepend=-1))][1:]


class Pile:
    """Rows of values that come in pieces, one behind the other in a file without a name: they take no memory."""

    def __init__(self) -> None:
        from tempfile import TemporaryFile

        self._file = TemporaryFile()
        self._like: Array | None = None

    def add(self, rows: Array) -> None:
        """Put these behind the others, which are of the same type and as wide."""
        if self._like is None:
            self._like = rows[:0].copy()
        self._file.write(np.ascontiguousarray(rows, self._like.dtype).data)

    def rows(self) -> Array:
        """All of them, mapped, where any piece came; nothing may be added any more."""
        assert self._like is not None
        with self._file as file:
            file.flush()
            if not file.tell():
                return self._like
            return np.asarray(np.memmap(file, self._like.dtype, "r")).reshape(-1, *self._like.shape[1:])


def mapped(values: Array) -> Array:
    """The same values in a file."""
    pile = Pile()
    pile.add(values)
    return pile.rows()


def load() -> None:
    """Import NumPy now, before worker processes would each do so."""
    import numpy  # noqa: F401


def at_hand() -> bool:
    """Whether NumPy is there already; what little there is to do is done without it if not. Both ways say the same."""
    return "numpy" in sys.modules or sys.byteorder == "big"
