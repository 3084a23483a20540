"""Reasons to doubt that two articles which share much are copies of one article.

Every guard looks at the two (masked) articles alone, so that a pair is judged the same wherever it is met. A guard
never makes a copy; it only takes one back.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from dedup.alignment import Passage, Sequence3, covered, passages
from dedup.shingles import fold, tokens

SHORT = 50  # tokens below which an article is decided by edit similarity
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_][\w'’-]*")
_COVER = 0.75  # share of the smaller article that its shared passages must cover
_AGREE = 0.5  # share of the smaller set of names and figures that must be common


class Form:
    """What the guards need of one article, each part made when first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def tokens(self) -> list[str]:
        """The folded tokens."""
        return tokens(fold(self.text))

    @cached_property
    def sequence(self) -> Sequence3:
        """The tokens, ready to be aligned."""
        return Sequence3(self.tokens)

    @cached_property
    def specifics(self) -> tuple[frozenset[str], frozenset[str]]:
        """(names, numbers): capitalised words that never stand in lower case here, and figures."""
        words = set(_WORD.findall(self.text))
        numbers = frozenset(word for word in words if word[0].isdigit())
        plain = {word for word in words if word[0].islower()}
        names = frozenset(low for word in words if word[0].isupper() and (low := word.lower()) not in plain)
        return names, numbers


class Evidence:
    """Two articles side by side: `small` is the one with fewer tokens (the left one when they are equal)."""

    def __init__(self, left: Form, right: Form) -> None:
        self.small, self.large = (right, left) if len(right.tokens) < len(left.tokens) else (left, right)

    @cached_property
    def passages(self) -> list[Passage]:
        """The shared passages, in the order of the smaller article."""
        return passages(self.small.sequence, self.large.sequence)

    @cached_property
    def cover(self) -> float:
        """Share of the smaller article that lies in shared passages."""
        size = self.small.sequence.size
        spans = [(passage.left, passage.left_end) for passage in self.passages]
        return float(np.count_nonzero(covered(spans, size))) / size if size else 0.0

    @cached_property
    def agreement(self) -> tuple[float, float]:
        """Share of common names, and of common numbers, in the article with fewer of them; 1 where there is none."""
        return tuple(map(_common, self.small.specifics, self.large.specifics))  # type: ignore[return-value]


def _common(one: Iterable[str], other: Iterable[str]) -> float:
    one, other = set(one), set(other)
    return len(one & other) / min(len(one), len(other)) if one and other else 1.0


def template(evidence: Evidence) -> str | None:
    """The same sentences about something else: scores, weather, earnings, the announcement of every week."""
    names, numbers = evidence.agreement
    many = min(len(evidence.small.specifics[1]), len(evidence.large.specifics[1])) >= 4
    if names < _AGREE or (many and numbers < _AGREE and names < 0.9):
        return f"the names ({names:.2f}) and figures ({numbers:.2f}) are mostly others"
    return None


def background(evidence: Evidence) -> str | None:
    """Only a part is common: a background passage, a long quotation, boilerplate nobody recognised."""
    if evidence.cover < _COVER:
        return f"shared passages cover only {evidence.cover:.2f} of the smaller article"
    return None


def objection(evidence: Evidence, *, contained: bool) -> str | None:
    """Why the two are no copies after all, or None. `contained`: their Jaccard alone does not make them copies."""
    return template(evidence) or (background(evidence) if contained else None)
