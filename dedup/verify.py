"""Candidate pairs → copies: exact Jaccard and containment on masked shingles, then what would be lost."""
from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from dedup import roundup
from dedup.arrays import np
from dedup.article import Pair, Related
from dedup.decision import FILLINGS, SHORT, Evidence, Verdict, decide
from dedup.fillings import Wording
from dedup.tokenized import HashedTexts, TokenizedText

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.engines import Engine

STORIES = 12  # articles that may stand in a larger one and are looked at to tell a round-up
SIBLINGS = 4  # articles near one that are looked at to tell whether it was made from a template
OVERLAPPING = 12  # articles that one is compared with to tell whether they overlap
_KEPT = 256  # tokenized articles that are kept at hand
SHORTER = 0.85  # an abridged copy has at most that share of the shingles of the whole one
_MOSTLY = 0.6  # ... and shares at least so many of its own with it


class Verifier:
    """Judges pairs of articles: symmetric, and the same in whatever order.

    sizes: how many distinct shingles each masked article has; overlap(i, j): how many two have in common; text_of: the
    masked text of a number; hashed: the tokens of these texts, where an engine has hashed them together.
    threshold: Jaccard from which two articles are copies; containment: share of the smaller one that must stand in the
    larger one. Both only if nothing of weight would be lost (`decision`).

    Two things are known of a pair only from other pairs, which `hopeful` is told of: whether the larger article is a
    round-up, and whether both were made from a template. Articles near one show that: where a template was filled,
    each of them says something else; where copies were edited, all of them but one say the same.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        overlap: Callable[[int, int], int],
        text_of: Callable[[int], str],
        *,
        threshold: float,
        containment: float,
        hashed: HashedTexts | None = None,
    ) -> None:
        self.sizes, self.overlap, self.text_of, self.hashed = sizes, overlap, text_of, hashed
        self.threshold, self.containment = threshold, containment
        self._near: dict[int, list[int]] = {}  # article → those that may be copies of it, in order
        self._roundups: dict[int, bool] = {}
        self._frames: dict[int, frozenset[int] | None] = {}
        self._texts: OrderedDict[int, TokenizedText] = OrderedDict()
        self._scores: dict[tuple[int, int], tuple[float, float]] = {}

    @classmethod
    def of(cls, engine: Engine, hashes: NDArray[np.uint64], offsets: NDArray[np.int64], text_of: Callable[[int], str], *,
           threshold: float, containment: float, hashed: HashedTexts | None = None,
           sizes: NDArray[np.int64] | None = None) -> Verifier:
        """One for articles whose sorted distinct shingle hashes stand one behind the other (CSR), of these sizes."""
        def overlap(left: int, right: int) -> int:
            return int(engine.overlaps(hashes, offsets, np.array([[left, right]]))[0])

        return cls(np.diff(offsets) if sizes is None else sizes, overlap, text_of,  # type: ignore[arg-type]
                   threshold=threshold, containment=containment, hashed=hashed)

    def hopeful_of(self, pairs: NDArray[np.int64], overlaps: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Which of the candidate pairs int64 [m, 2], left < right, with these exact overlaps int64 [m], score high enough
        to be copies."""
        sizes = np.asarray(self.sizes)
        left, right = pairs[:, 0], pairs[:, 1]
        jaccard, share = scores(overlaps, sizes[left], sizes[right])
        some = np.flatnonzero(hopeful(sizes[pairs], overlaps, self.threshold, self.containment))
        found = list(zip(left[some].tolist(), right[some].tolist()))
        self._note(found, list(zip(jaccard[some].tolist(), share[some].tolist())))
        return found

    def hopeful(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Which of the pairs score high enough to be copies; their overlaps are not known yet."""
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
        for one, other in pairs:
            for article, near in ((one, other), (other, one)):
                listed = self._near.setdefault(article, [])
                if len(listed) < STORIES:
                    listed.append(near)

    def __call__(self, left: int, right: int) -> Pair | None:
        """The pair of two different articles if they are copies."""
        left, right = min(left, right), max(left, right)
        verdict = self.judge(left, right)
        return Pair(left, right, verdict.match, *self.scores(left, right)) if verdict.match else None

    def judge(self, left: int, right: int) -> Verdict:
        """Whether two articles, left < right, are copies, and why."""
        verdict = decide(self.text(left), self.text(right), *self.scores(left, right), self.threshold, self.containment)
        evidence = verdict.evidence
        if not evidence or not evidence.fillings or not evidence.lossless:
            pass
        elif verdict.match and evidence.telling and self._fills_a_slot(left, right, evidence):
            return Verdict(None, f"one filling of a template for another: {evidence.filling()}", evidence)
        elif evidence.objection == evidence.about_something_else and (
                self._frame(left) == frozenset() and not self._frame(right)):
            verdict = Verdict(verdict.rule, f"{evidence.filling()}: edits, by the articles near them", evidence, verdict.rule)
        if verdict.match == "containment" and evidence and self._is_roundup(left, right, evidence):
            return Verdict(None, "the larger one is made of several articles", evidence)
        return verdict

    def overlapping(self, pairs: Iterable[tuple[int, int]]) -> list[Related]:
        """Which of the pairs share passages of weight while each holds something of its own. Of each article, pairs with
        the first OVERLAPPING others are looked at."""
        looked_at: Counter[int] = Counter()
        found = []
        for left, right in pairs:
            if max(looked_at[left], looked_at[right]) < OVERLAPPING:
                looked_at.update((left, right))
                evidence = Evidence(self.text(left), self.text(right))
                if evidence.overlapping:
                    own = max(1 - cover for cover in evidence.cover)
                    found.append(Related(left, right, round(evidence.cover[0], 4), round(own, 4)))
        return found

    @property
    def noted(self) -> list[int]:
        """The articles of which those near decide something, by the pairs told so far."""
        return list(self._near)

    def _frame(self, article: int) -> frozenset[int] | None:
        """The tokens of an article with which slots of its template begin, empty where there is no template.

        Articles near it that say something else show that: at a slot they differ from each other, or some of them agree
        with the article; where they all agree on something else, the article was edited. None where that is open.
        """
        if article not in self._frames:
            values: dict[int, list[Wording]] = {}
            siblings = 0
            for near in self._near.get(article, [])[:SIBLINGS]:
                evidence = Evidence(self.text(article), self.text(near))
                if len(evidence.fillings) >= FILLINGS and evidence.lossless:
                    siblings += 1
                    ours = evidence.left is self.text(article)
                    for filling in evidence.fillings:
                        place, value = (filling.left_at, filling.right) if ours else (filling.right_at, filling.left)
                        values.setdefault(place, []).append(value)
            several = sum(len(set(others)) > 1 for others in values.values())
            slots = frozenset(place for place, others in values.items()
                              if len(set(others)) > 1 or len(others) < siblings)
            self._frames[article] = (
                slots if several >= FILLINGS else frozenset() if siblings == SIBLINGS and not several else None)
        return self._frames[article]

    def _fills_a_slot(self, left: int, right: int, evidence: Evidence) -> bool:
        """Whether two articles differ in a slot of the template from which either was made."""
        turned = evidence.left is not self.text(left)
        return any((filling.right_at if turned else filling.left_at) in (self._frame(left) or ())
                   or (filling.left_at if turned else filling.right_at) in (self._frame(right) or ())
                   for filling in evidence.fillings)

    def _is_roundup(self, left: int, right: int, evidence: Evidence) -> bool:
        """Whether the larger one of a pair holds other articles of the corpus besides the smaller one."""
        if evidence.cover[1] >= roundup.MOST:
            return False
        large = left if evidence.right is self.text(left) else right
        if large not in self._roundups:
            self._roundups[large] = self._holds_several(large)
        return self._roundups[large]

    def _holds_several(self, large: int) -> bool:
        stories: list[tuple[int, roundup.Place]] = []
        for small in self._near.get(large, []):
            evidence = Evidence(self.text(small), self.text(large))
            if evidence.right is self.text(large) and (place := roundup.place(evidence)) and not evidence.template:
                stories.append((small, place))
        if not roundup.is_roundup([place for _, place in stories]):
            return False
        # what stands at one place in articles that are no copies of each other is no story but boilerplate
        strangers = {
            number for at, (left, here) in enumerate(stories) for right, there in stories[:at]
            if here.overlaps(there) and not self.judge(min(left, right), max(left, right)).match
            for number in (left, right)}
        return roundup.is_roundup([place for number, place in stories if number not in strangers])

    def scores(self, left: int, right: int) -> tuple[float, float]:
        """(Jaccard, containment in the smaller) of two articles, left < right."""
        known = self._scores.get((left, right))
        if known is not None:
            return known
        one, other, overlap = int(self.sizes[left]), int(self.sizes[right]), self.overlap(left, right)
        return overlap / max(one + other - overlap, 1), overlap / max(min(one, other), 1)

    def text(self, number: int) -> TokenizedText:
        """An article as it is aligned, from the cache or made anew."""
        found = self._texts.pop(number, None)
        if found is None:
            text = self.text_of(number)
            found = self.hashed.of(number, text) if self.hashed else TokenizedText(text)
        self._texts[number] = found
        if len(self._texts) > _KEPT:
            self._texts.popitem(last=False)
        return found


def scores(
    overlaps: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(Jaccard, containment in the smaller) of sets of the given sizes; 0 where one is empty."""
    union, smaller = left + right - overlaps, np.minimum(left, right)
    return overlaps / np.maximum(union, 1), overlaps / np.maximum(smaller, 1)


def hopeful(sizes: NDArray[np.int64], overlaps: NDArray[np.int64], threshold: float, containment: float) -> NDArray[np.bool_]:
    """Which pairs of articles of these sizes int64 [m, 2] score high enough to be copies."""
    jaccard, share = scores(overlaps, sizes[:, 0], sizes[:, 1])
    return (jaccard >= threshold) | (share >= containment) | ((sizes.min(axis=1) < SHORT) & (overlaps > 0))


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
