"""Candidate pairs → copies: exact Jaccard and containment on masked shingles, then the guards."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dedup.arrays import np
from dedup.article import Pair
from dedup.guards import MOST, Evidence, Form, Side, Words, digest, edition, objection, overlapping, template
from dedup.short import ALIKE, PART, SHORT, similarity, slots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.engines import Engine

_PARTS = 12  # contained articles that are looked at to tell a digest
_FORMS = 256  # articles whose forms are kept at hand
SHORTER = 0.85  # an abridged copy has at most that share of the shingles of the whole one
_MOSTLY = 0.6  # ... and shares at least so many of its own with it
_CERTAIN = 0.95  # Jaccard from which long articles need no alignment


class Verifier:
    """Judges pairs of articles: symmetric, and the same whatever else is in the corpus.

    sizes: how many distinct shingles each masked article has; overlap(i, j): how many two have in common; text_of: the
    masked text of a number; words: those of these texts, where they have been made together.
    threshold: Jaccard from which two articles are copies; containment: share of the smaller one that must stand in the
    larger one. Both only unless a guard objects.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        overlap: Callable[[int, int], int],
        text_of: Callable[[int], str],
        *,
        threshold: float,
        containment: float,
        words: Words | None = None,
    ) -> None:
        self.sizes, self.overlap, self.text_of, self.words = sizes, overlap, text_of, words
        self.threshold, self.containment = threshold, containment
        self._inside: dict[int, list[int]] = {}  # the smaller articles of which a part may stand in an article
        self._digests: dict[int, bool] = {}
        self._forms: OrderedDict[int, Form] = OrderedDict()
        self._scores: dict[tuple[int, int], tuple[float, float]] = {}

    @classmethod
    def of(cls, engine: Engine, hashes: NDArray[np.uint64], offsets: NDArray[np.int64], text_of: Callable[[int], str], *,
           threshold: float, containment: float, words: Words | None = None,
           sizes: NDArray[np.int64] | None = None) -> Verifier:
        """One for articles whose sorted distinct shingle hashes stand one behind the other (CSR), of these sizes."""
        def overlap(left: int, right: int) -> int:
            return int(engine.overlaps(hashes, offsets, np.array([[left, right]]))[0])

        return cls(np.diff(offsets) if sizes is None else sizes, overlap, text_of,  # type: ignore[arg-type]
                   threshold=threshold, containment=containment, words=words)

    def hopeful_of(self, pairs: NDArray[np.int64], overlaps: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Those of the candidate pairs int64 [m, 2], left < right, with these exact overlaps int64 [m], that are copies
        unless a guard objects."""
        sizes = np.asarray(self.sizes)
        left, right = pairs[:, 0], pairs[:, 1]
        jaccard, share = scores(overlaps, sizes[left], sizes[right])
        some = np.flatnonzero(hopeful(sizes[pairs], overlaps, self.threshold, self.containment))
        found = list(zip(left[some].tolist(), right[some].tolist()))
        self._note(found, list(zip(jaccard[some].tolist(), share[some].tolist())))
        return found

    def hopeful(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """The same of pairs whose overlaps are not known yet."""
        found = {}
        for left, right in pairs:
            jaccard, share = self.scores(left, right)
            short = min(self.sizes[left], self.sizes[right]) < SHORT and share > 0
            if jaccard >= self.threshold or share >= self.containment or short:
                found[left, right] = jaccard, share
        self._note(list(found), list(found.values()))
        return list(found)

    def _note(self, pairs: Sequence[tuple[int, int]], scores: Sequence[tuple[float, float]]) -> None:
        self._scores.update(zip(pairs, scores))
        for (one, other), (alike, _) in zip(pairs, scores):
            if alike < self.threshold:
                small, large = (other, one) if self.sizes[one] > self.sizes[other] else (one, other)
                self._inside.setdefault(large, []).append(small)

    def __call__(self, left: int, right: int) -> Pair | None:
        """The pair of two different articles if they are copies."""
        left, right = min(left, right), max(left, right)
        jaccard, share = self.scores(left, right)
        verdict = self._decide(left, right, jaccard, share)
        if verdict.match == "containment" and verdict.evidence and self._digest(left, right, verdict.evidence):
            return None
        return Pair(left, right, verdict.match, jaccard, share) if verdict.match else None

    @property
    def holders(self) -> list[int]:
        """Articles in which a part of others may stand, by the pairs told so far."""
        return list(self._inside)

    def _digest(self, left: int, right: int, evidence: Evidence) -> bool:
        """Whether the larger one of a pair holds other articles of the corpus besides the smaller one."""
        large = left if evidence.large.form is self.form(left) else right
        if evidence.large.cover >= MOST:
            return False
        if large not in self._digests:
            self._digests[large] = self._holds_several(large)
        return self._digests[large]

    def _holds_several(self, large: int) -> bool:
        stories: list[tuple[int, Side]] = []
        for small in self._inside.get(large, [])[:_PARTS]:
            evidence = Evidence(self.form(small), self.form(large))
            if evidence.part and template(evidence) is None:
                stories.append((small, evidence.side(self.form(large))))
        if not digest([place for _, place in stories]):
            return False
        # what stands at one place in articles that are no copies of each other is no story but boilerplate
        strangers = {
            number for one, (left, here) in enumerate(stories) for right, there in stories[:one]
            if overlapping(here, there) and not self._alike(left, right) for number in (left, right)}
        return digest([place for number, place in stories if number not in strangers])

    def _alike(self, left: int, right: int) -> bool:
        return self._decide(left, right, *self.scores(min(left, right), max(left, right))).match is not None

    def _decide(self, left: int, right: int, jaccard: float, share: float) -> Verdict:
        least = int(min(self.sizes[left], self.sizes[right]))
        return decide(self.form(left), self.form(right), jaccard, share, self.threshold, self.containment, least)

    def scores(self, left: int, right: int) -> tuple[float, float]:
        """(Jaccard, containment in the smaller) of two articles, left < right."""
        known = self._scores.get((left, right))
        if known is not None:
            return known
        one, other, overlap = int(self.sizes[left]), int(self.sizes[right]), self.overlap(left, right)
        return overlap / max(one + other - overlap, 1), overlap / max(min(one, other), 1)

    def form(self, number: int) -> Form:
        """The form of an article, from the cache or made anew."""
        form = self._forms.pop(number, None)
        if form is None:
            text = self.text_of(number)
            form = self.words.form(number, text) if self.words else Form(text)
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


def hopeful(sizes: NDArray[np.int64], overlaps: NDArray[np.int64], threshold: float, containment: float) -> NDArray[np.bool_]:
    """Which pairs of articles of these sizes int64 [m, 2] are copies unless a guard objects."""
    jaccard, share = scores(overlaps, sizes[:, 0], sizes[:, 1])
    return (jaccard >= threshold) | (share >= containment) | ((sizes.min(axis=1) < SHORT) & (overlaps > 0))


class Verdict(NamedTuple):
    """The rule by which two articles are copies (exact, jaccard, containment, edit) or None, why, and the evidence."""

    match: str | None
    reason: str
    evidence: Evidence | None = None


def decide(left: Form, right: Form, jaccard: float, share: float, threshold: float, containment: float,
           least: int = 0) -> Verdict:
    """Whether two articles of this Jaccard and containment are copies. `least`: tokens that either has, if not more."""
    # most copies differ in little: they are told apart by their scores, without a look at their tokens
    if not (least and jaccard < 1) and left.same_words(right) and (left.size or left.text == right.text):
        return Verdict("exact", "the same words")
    least = least if least >= 2 * SHORT else min(left.size, right.size)
    if not least:
        return Verdict(None, "no words to compare")
    if jaccard >= max(threshold, _CERTAIN) and least >= 2 * SHORT:
        # so few differences in so long an article cannot be the slots of a template
        against = edition(left, right)
        return Verdict(None, against) if against else Verdict("jaccard", f"Jaccard {jaccard:.2f}")
    evidence = Evidence(left, right)
    if least < SHORT:
        against = objection(evidence, contained=False, changed=slots(evidence.small.form.size))
        if against:
            return Verdict(None, against, evidence)
        alike = similarity(left.tokens, right.tokens)
        if alike >= ALIKE:
            return Verdict("edit", f"edit similarity {alike:.2f}", evidence)
        containment = max(containment, PART)
    if jaccard >= threshold:
        against = objection(evidence, contained=False)
        return Verdict(None, against, evidence) if against else Verdict("jaccard", f"Jaccard {jaccard:.2f}", evidence)
    if share >= containment:
        against = objection(evidence, contained=True)
        reason = f"{share:.2f} of the smaller one stands in the other"
        return Verdict(None, against, evidence) if against else Verdict("containment", reason, evidence)
    return Verdict(None, f"Jaccard {jaccard:.2f}, containment {share:.2f}")


def relation(*, same: bool, folded: bool, size: int, canonical_size: int, similarity: float) -> str:
    """How an article relates to its canonical.

    exact: the `same` text; reformatted: the same words (`folded`); abridged, expanded: mostly a part of it, or it a part
    of the article, and a good deal shorter, or longer; edited: anything else. size: shingles; similarity: Jaccard.
    """
    if same:
        return "exact"
    if folded:
        return "reformatted"
    smaller, larger = sorted([size, canonical_size])
    share = similarity / (1 + similarity) * (size + canonical_size) / max(smaller, 1)
    if smaller >= SHORTER * larger or share < _MOSTLY:
        return "edited"
    return "abridged" if size < canonical_size else "expanded"
