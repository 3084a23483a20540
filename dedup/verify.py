"""Candidate pairs → copies: exact Jaccard and containment on masked shingles, then the guards."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dedup.article import Pair
from dedup.guards import Evidence, Form, edition, objection
from dedup.short import ALIKE, SHORT, similarity

_FORMS = 4096  # articles whose forms are kept at hand
_SHORTER = 0.85  # an abridged copy has at most that share of the shingles of the whole one
_MOSTLY = 0.6  # ... and shares at least so many of its own with it
_CERTAIN = 0.95  # Jaccard from which long articles need no alignment


class Verifier:
    """Judges pairs of articles: symmetric, and the same whatever else is in the corpus.

    hashes, offsets: sorted distinct shingle hashes of the masked articles (CSR); text_of: the masked text of a number.
    threshold: Jaccard from which two articles are copies; containment: share of the smaller one that must stand in the
    larger one. Both only unless a guard objects.
    """

    def __init__(
        self,
        hashes: NDArray[np.uint64],
        offsets: NDArray[np.int64],
        text_of: Callable[[int], str],
        *,
        threshold: float,
        containment: float,
    ) -> None:
        self.hashes, self.offsets, self.text_of = hashes, offsets, text_of
        self.threshold, self.containment = threshold, containment
        self._forms: OrderedDict[int, Form] = OrderedDict()
        self._scores: dict[tuple[int, int], tuple[float, float]] = {}

    def hopeful(self, pairs: NDArray[np.int64], overlaps: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Those of the candidate pairs int64 [m, 2], left < right, with these exact overlaps int64 [m], that are copies
        unless a guard objects."""
        sizes = np.diff(self.offsets)
        left, right = pairs[:, 0], pairs[:, 1]
        jaccard, share = scores(overlaps, sizes[left], sizes[right])
        short = (np.minimum(sizes[left], sizes[right]) < SHORT) & (overlaps > 0)
        some = np.flatnonzero((jaccard >= self.threshold) | (share >= self.containment) | short)
        found = list(zip(left[some].tolist(), right[some].tolist()))
        self._scores.update(zip(found, zip(jaccard[some].tolist(), share[some].tolist())))
        return found

    def __call__(self, left: int, right: int) -> Pair | None:
        """The pair of two different articles if they are copies."""
        left, right = min(left, right), max(left, right)
        jaccard, share = self.scores(left, right)
        match = decide(self.form(left), self.form(right), jaccard, share, self.threshold, self.containment)[0]
        return Pair(left, right, match, jaccard, share) if match else None

    def scores(self, left: int, right: int) -> tuple[float, float]:
        """(Jaccard, containment in the smaller) of two articles, left < right."""
        known = self._scores.get((left, right))
        if known is not None:
            return known
        one, other = (self.hashes[self.offsets[i]:self.offsets[i + 1]] for i in (left, right))
        overlap = np.array([np.count_nonzero(np.isin(one, other, assume_unique=True))])
        jaccard, share = scores(overlap, np.array([len(one)]), np.array([len(other)]))
        return float(jaccard[0]), float(share[0])

    def form(self, number: int) -> Form:
        """The form of an article, from the cache or made anew."""
        form = self._forms.pop(number, None) or Form(self.text_of(number))
        self._forms[number] = form
        if len(self._forms) > _FORMS:
            self._forms.popitem(last=False)
        return form


def scores(
    overlaps: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(Jaccard, containment in the smaller) of sets of the given sizes; 0 where one is empty."""
    union, smaller = left + right - overlaps, np.minimum(left, right)
    return overlaps / np.maximum(union, 1), overlaps / np.maximum(smaller, 1)


def decide(
    left: Form, right: Form, jaccard: float, share: float, threshold: float, containment: float
) -> tuple[str | None, str]:
    """(the rule by which two articles are copies or None, why): exact, jaccard, containment or edit."""
    if left.tokens == right.tokens:
        same = bool(left.tokens) or left.text == right.text
        return ("exact", "the same words") if same else (None, "no words to compare")
    evidence = Evidence(left, right)
    if min(len(left.tokens), len(right.tokens)) < SHORT:
        if not left.tokens or not right.tokens:
            return None, "no words to compare"
        alike = similarity(left.tokens, right.tokens)
        if alike >= ALIKE:
            against = objection(evidence, contained=False)
            return (None, against) if against else ("edit", f"edit similarity {alike:.2f}")
    if jaccard >= threshold:
        # so few differences in so long an article cannot be the slots of a template
        certain = jaccard >= _CERTAIN and min(len(left.tokens), len(right.tokens)) >= 2 * SHORT
        against = edition(left, right) if certain else objection(evidence, contained=False)
        return (None, against) if against else ("jaccard", f"Jaccard {jaccard:.2f}")
    if share >= containment:
        against = objection(evidence, contained=True)
        return (None, against) if against else ("containment", f"{share:.2f} of the smaller one stands in the other")
    return None, f"Jaccard {jaccard:.2f}, containment {share:.2f}"


def relation(text: str, canonical: str, *, folded: bool, size: int, canonical_size: int, similarity: float) -> str:
    """How an article relates to its canonical.

    exact: the same text; reformatted: the same words (`folded`); abridged, expanded: mostly a part of it, or it a part
    of the article, and a good deal shorter, or longer; edited: anything else. size: shingles; similarity: Jaccard.
    """
    if text == canonical:
        return "exact"
    if folded:
        return "reformatted"
    smaller, larger = sorted([size, canonical_size])
    share = similarity / (1 + similarity) * (size + canonical_size) / max(smaller, 1)
    if smaller >= _SHORTER * larger or share < _MOSTLY:
        return "edited"
    return "abridged" if size < canonical_size else "expanded"
