"""What stands at the same place of two articles, in other words: an edit, or another filling of a template's slot.

Nothing here knows a language. What tells an edit is that both say the same: letters that are mostly the same (misread,
spelled otherwise), the same sound (another transliteration), the same figures (written otherwise), a figure where the
other has words.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from dedup.shingles import UNSPACED, kind, script

ALIKE = 0.75  # normalised Indel similarity of letters from which two wordings are one, spelled or misread otherwise
LETTERS = 4  # letters from which a Latin, Cyrillic or Greek word counts as one with a content of its own
FEW_LETTERS = 2  # ... and of any other script with spaces between words
SOUNDS = 4  # consonants from which one may be another without the name being another
_FIGURES = re.compile(r"\d+")
# Consonants that transliterations use for each other, as in Soundex (Russell 1918), and h for g and kh.
_SOUND = {letter: group for group, letters in enumerate(("bfpvw", "cghjkqsxz", "dt", "l", "mn", "r")) for letter in letters}

Wording = tuple[str, ...]


class Filling(NamedTuple):
    """Two wordings that say different things at the same place of two articles."""

    left: Wording
    right: Wording
    words: int  # with a content of their own, in either
    left_at: int  # the token with which it begins
    right_at: int


def pieces(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int, Wording, Wording]]:
    """The wordings that stand for each other once the tokens that both have are taken out, each with where it begins."""
    from rapidfuzz.distance import LCSseq

    at = to = end = last = 0  # where a piece begins and ends in either
    for code in LCSseq.opcodes(left, right):
        if code.tag == "equal":
            if end > at and last > to:
                yield at, to, tuple(left[at:end]), tuple(right[to:last])
            at, to = code.src_end, code.dest_end
        end, last = code.src_end, code.dest_end
    if end > at and last > to:
        yield at, to, tuple(left[at:end]), tuple(right[to:last])


def unlike(one: Wording, other: Wording) -> int:
    """How many words with a content of their own say something else in either wording: 0 for an edit."""
    return 0 if same(one, other) else min(sum(map(_has_content, one)), sum(map(_has_content, other)))


@lru_cache(maxsize=1 << 14)
def same(one: Wording, other: Wording) -> bool:
    """Whether two wordings may say the same."""
    left, right = "".join(one), "".join(other)
    figures, others = _values(one), _values(other)
    if figures or others:
        return figures == others or not (figures and others)
    if left == right:
        return True
    from rapidfuzz.distance import Indel, Levenshtein

    if Indel.normalized_similarity(left, right) >= ALIKE:
        return True
    sound, echo = _sound(left), _sound(right)
    return sound == echo and len(sound) > 1 or min(len(sound), len(echo)) >= SOUNDS and Levenshtein.distance(sound, echo) == 1


def has_figure(wording: Wording) -> bool:
    """Whether there is a figure in it."""
    return any(not token.isalpha() and _FIGURES.search(token) for token in wording)


def _values(wording: Wording) -> list[int]:
    return sorted(int(figure) for token in wording if not token.isalpha() for figure in _FIGURES.findall(token))


def _sound(letters: str) -> tuple[int, ...]:
    """The groups of the consonants of Latin letters, each once in a row; () for any other script."""
    found: list[int] = []
    for letter in letters:
        group = _SOUND.get(letter)
        if group is not None and found[-1:] != [group]:
            found.append(group)
    return tuple(found)


@lru_cache(maxsize=1 << 14)
def _has_content(token: str) -> bool:
    """Whether a token is more than a particle, by its length: articles and prepositions are short in all languages."""
    if not token.isalpha() and _FIGURES.search(token) or kind(token[0]) == UNSPACED:
        return True
    return len(token) >= (FEW_LETTERS if script(token[0]) is None else LETTERS)
