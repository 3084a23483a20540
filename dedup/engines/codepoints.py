"""What array engines need to know of each code point, worked out from `shingles` itself as code points turn up.

Most text is *plain*: it folds character by character. A character for which that does not hold (a combining accent, a
ligature, a conjoining jamo …) is BOUND, and a text with one, or with a seam between scripts, is folded by
`shingles.fold` first. Nothing is packaged, so the tables always agree with the Unicode version of the interpreter.
"""
from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dedup import shingles

FOLDED = (1 << 21) - 1  # the folded code point, 0 for separators
WORD, UNSPACED, MARK, DROPPED, LATIN, CYRILLIC, GREEK, BOUND, KNOWN, LINE, DIGIT = (1 << bit for bit in range(21, 32))
_KINDS = {shingles.SEPARATOR: 0, shingles.WORD: WORD, shingles.UNSPACED: UNSPACED, shingles.MARK: MARK}
_SCRIPTS = {shingles.LATIN: LATIN, shingles.CYRILLIC: CYRILLIC, shingles.GREEK: GREEK, None: 0}

# Written by `learn` alone, always with the same values. Zeros, of which the system makes pages when they are touched.
TABLE = np.zeros(0x110000, dtype=np.uint32)


def learn(codepoints: npt.NDArray[np.uint32]) -> None:
    """Work out the entries of those code points that are still unknown."""
    for codepoint in set(codepoints[TABLE[codepoints] == 0].tolist()):  # np.unique would import numpy.ma
        TABLE[codepoint] = KNOWN | describe(chr(codepoint))


def describe(character: str) -> int:
    """The entry of one character."""
    folded = shingles.fold(character)
    if not _context_free(character):
        return _entry(character) | BOUND
    if not folded:
        return DROPPED
    if character == "\n":
        return LINE
    if len(folded) == 1:
        return _entry(folded)
    return _entry(character) | BOUND if shingles.tokens(folded) else 0  # "…" is three separators, or one


def _entry(folded: str) -> int:
    sort = _KINDS[shingles.kind(folded)]
    digit = DIGIT if unicodedata.category(folded) == "Nd" else 0
    return (sort | ord(folded) if sort else 0) | _SCRIPTS[shingles.script(folded)] | digit


def _context_free(character: str) -> bool:
    """Whether normalisation never joins or reorders it with a neighbour that is context-free too.

    Canonical composition joins a character only with one that stands second in some decomposition, and canonical
    ordering moves only characters of different non-zero combining classes past each other; of these we let in one
    class, the viramas of Indic scripts (9), and what folding drops in any case.
    """
    if character.isascii():
        return True
    if character > "\uffff" and shingles.kind(character) in (shingles.WORD, shingles.MARK):
        return False  # rare scripts: not worth a table of their compositions
    parts = unicodedata.normalize("NFKD", character)
    if not shingles.fold(character):
        return not any(part in _seconds() for part in parts)
    classes = (0, 9) if len(parts) == 1 else (0,)
    return unicodedata.combining(parts[0]) in classes and parts[0] not in _seconds()


@cache
def _seconds() -> frozenset[str]:
    """The characters of the Basic Multilingual Plane that may be joined to the one before them."""
    jamo = {*map(chr, range(0x1161, 0x1176)), *map(chr, range(0x11A8, 0x11C3))}  # composed by rule (Unicode 3.12)
    pairs = filter(None, map(unicodedata.decomposition, map(chr, range(0x80, 0x3100))))
    return frozenset(jamo | {chr(int(pair[5:], 16)) for pair in pairs if pair[0] != "<" and pair[4:5] == " "})


learn(np.arange(0x80, dtype=np.uint32))
