"""The hot kernels behind one interface. All engines give the same arrays, bit for bit; they differ in speed alone.

shingle(texts, ngram)                → (uint64 hashes, int64 offsets [n+1]): each masked text's sorted distinct shingles
sign(hashes, offsets, num_perm, seed)→ uint32 [n, num_perm], all ones for an empty article
sketch(texts, ngram, num_perm, seed) → Sketches of both, in one go; texts may come as UTF-8
candidates(signatures, bands, rows, *, keys, cap)
                                     → (int64 pairs [m, 2], left < right, sorted, distinct; number of capped buckets)
overlaps(hashes, offsets, pairs)     → int64 [m]: how many shingles the two share
words(texts)                         → (uint64, int64 offsets [n+1]): the hash of each word of each text, but for its lowest
                                       bits: BEGINS is set where a line ("\n") begins, FIGURE in a word with a digit
runs(left, right)                    → int64 [k, 3]: what `alignment.equal_runs` finds in two arrays uint64

`keys` (uint64 [n]) are digests of the masked articles: equal ones count as one article, represented by the first.
"""
from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from dedup.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dedup.sketches import Sketches

    Hashes = npt.NDArray[np.uint64]
    Signatures = npt.NDArray[np.uint32]
    Ints = npt.NDArray[np.int64]

ENGINES = {
    "datasketch": "dedup.engines.datasketch_",
    "numpy": "dedup.engines.numpy_",
    "numba": "dedup.engines.numba_",
}


alone = False  # whether no other program in this process uses the same libraries: the command says so
BEGINS, FIGURE = 1, 2  # the lowest bits of a word
Texts: TypeAlias = "Sequence[str] | Sequence[bytes]"  # bytes: UTF-8


class Engine(Protocol):
    """What a module in ENGINES offers; arrays as described above."""

    def shingle(self, texts: Sequence[str], ngram: int) -> tuple[Hashes, Ints]: ...

    def sign(self, hashes: Hashes, offsets: Ints, num_perm: int, seed: int) -> Signatures: ...

    def sketch(self, texts: Texts, ngram: int, num_perm: int, seed: int) -> Sketches: ...

    def candidates(
        self, signatures: Signatures, bands: int, rows: int, *, keys: Hashes, cap: int = ...
    ) -> tuple[Ints, int]: ...

    def overlaps(self, hashes: Hashes, offsets: Ints, pairs: Ints) -> Ints: ...

    def words(self, texts: Sequence[str]) -> tuple[Hashes, Ints]: ...

    def runs(self, left: Hashes, right: Hashes) -> Ints: ...


def string(text: str | bytes) -> str:
    """A text as a string."""
    return text if isinstance(text, str) else text.decode("utf-8", "surrogatepass")


def load(name: str) -> Engine:
    """The engine of this name. Raises ConfigError for an unknown one, MissingExtra when its library is missing."""
    if name not in ENGINES:
        raise ConfigError(f"unknown engine {name!r}; there are {', '.join(ENGINES)}")
    if name == "datasketch" and find_spec(name) is None:
        raise MissingExtra("the datasketch engine", "datasketch")
    try:
        return cast(Engine, import_module(ENGINES[name]))
    except ImportError as error:
        raise MissingExtra(f"the {name} engine", "fast") from error
