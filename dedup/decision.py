"""Whether two articles are copies: what would be lost if one of them were dropped?

The two are aligned word by word. What stands in one of them only is its *own*: an article may be dropped only if next to
nothing is its own. What stands at the same place of both in other words is either an edit, or another *filling* of a slot
in a sentence that a template made; articles that differ in fillings are different articles, however much they share.

Everything here looks at the two masked articles alone, so that a pair is judged the same wherever it is met.
`benchmarks/limits.py` shows what other limits would decide, with whole sources left out.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dedup.alignment import Passage, Run, passages, uncovered
from dedup.fillings import Filling, Wording, has_figure, pieces, unlike
from dedup.once import once
from dedup.tokenized import TokenizedText

OWN_SHARE = 0.4  # share of an article's words that may be its own: more is no editing
LABEL = 0.5  # words that a word of a menu, a label or a title counts for
OWN_PASSAGE = 60  # words of prose in a row that may be its own: more is a paragraph of some weight,
OWN_PASSAGE_SHARE = 0.06  # ... and so much of a long article is not: a caption, a note about the author
WHOLE = 0.9  # share of an article from which on it stands in the other one whole, wherever that is
PART = 0.6  # share of the larger article below which what the two share is a part of it
LEAD = 100  # tokens of prose with which an article begins
OPENING = 0.3  # share of them that two copies have in common, unless one stands in the other whole
VERBATIM = 0.65  # share of what two articles share that must be word for word: rewritten copies keep .84, misread ones .7
SLOT = 10  # words that a slot holds at most: what is longer is a passage of its own
FILLINGS = 3  # different fillings from which on a frame may be at work
FILLED = 0.045  # filled words to a shared word: updates and rewordings change .04 at most, templates .05 and more
SHORT = 50  # tokens below which an article is short: a single figure or name may be all its news
SHORT_FILLED = 0.12  # ... and as many filled words as this are another item, if no figure and no name differs
ALIKE = 0.8  # edit similarity of their tokens from which two short articles are copies
SHORT_CONTAINMENT = 0.6  # containment that a short article needs at least: its few shingles are easily shared
OVERLAP = 0.4  # share of the smaller article that stands in the other one, from which the two overlap
OVERLAP_WORDS = 60  # ... and words of it: less is a quotation, or boilerplate that nobody recognised


class Own(NamedTuple):
    """What stands in one of two articles only. Words that face others of the other article at the same place count twice:
    a paragraph that was put in leaves what is said as it was, one that stands for another says something else."""

    share: float  # of its words
    passage: float  # words of prose in a row, at most
    words: float  # of the whole article

    @property
    def limit(self) -> float:
        """Words of prose in a row that may be its own."""
        return max(OWN_PASSAGE, OWN_PASSAGE_SHARE * self.words)

    @property
    def light(self) -> bool:
        """Whether nothing of weight would be lost with the article."""
        return self.share <= OWN_SHARE and self.passage <= self.limit


class Evidence:
    """Two articles side by side; `left` is the one with fewer tokens (of equally many, the first in code point order)."""

    def __init__(self, one: TokenizedText, other: TokenizedText) -> None:
        turned = other.text < one.text if one.size == other.size else other.size < one.size
        self.left, self.right = (other, one) if turned else (one, other)

    @once
    def passages(self) -> list[Passage]:
        """The passages that the two share, in the order of the left one."""
        return passages(self.left.sequence, self.right.sequence)

    @once
    def places(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Where these passages stand in the left and in the right one: [start, end) of tokens, in the same order."""
        return ([(one.left, one.left_end) for one in self.passages], [(one.right, one.right_end) for one in self.passages])

    @once
    def own(self) -> tuple[Own, Own]:
        """What stands in the left one only, and in the right one only."""
        left, right = self.places
        return _own(self.left, left, self.right, right), _own(self.right, right, self.left, left)

    @once
    def covered(self) -> tuple[int, int]:
        """How many tokens of the left and of the right article stand in shared passages."""
        return _covered(self.places[0], self.left.size), _covered(self.places[1], self.right.size)

    @once
    def cover(self) -> tuple[float, float]:
        """The share of the left and of the right article in shared passages."""
        return self.covered[0] / max(self.left.size, 1), self.covered[1] / max(self.right.size, 1)

    @once
    def shared(self) -> float:
        """Words of the left article that stand in the right one, edited at most."""
        return self.covered[0] * self.left.words_a_token

    @once
    def _runs(self) -> list[Run]:
        """Where the two are equal, word for word, in the order of the left one."""
        return [run for passage in self.passages for run in passage.runs]

    @once
    def verbatim(self) -> float:
        """Share of the shared passages of the left article that is word for word the same."""
        return min(sum([length for _, _, length in self._runs]) / max(self.covered[0], 1), 1.0)

    @once
    def quoted(self) -> bool:
        """Whether the smaller article is quoted, or told again, inside another one: copies keep the top of a story."""
        if self.cover[0] >= WHOLE or self.cover[1] >= PART:
            return False
        prose, lead = self.right.prose, 0
        for _ in range(min(LEAD, prose.count(1))):
            lead = prose.index(1, lead) + 1
        shared = sum([prose.count(1, start, min(end, lead)) for start, end in self.places[1] if start < lead])
        return shared < OPENING * prose.count(1, 0, lead)

    @once
    def lossless(self) -> bool:
        """Whether one of the two might be dropped without a loss."""
        return any(own.light for own in self.own)

    @once
    def fillings(self) -> list[Filling]:
        """What differs at the same place and says something else; the same wordings again do not count."""
        left, right = self.left, self.right
        found: dict[tuple[Wording, Wording], Filling] = {}
        for (start, end), (first, last) in self._slots():
            for at, to, one, other in pieces(left.tokens[start:end], right.tokens[first:last]):
                if (one, other) not in found and (words := unlike(one, other)):
                    found[one, other] = Filling(one, other, words, start + at, first + to)
        return [*found.values()]

    def _slots(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """Places of both articles between equal runs, or before the first one, where there is something in both: not too
        long, and no whole lines, for a title or a by-line that was changed is no slot in a sentence."""
        left, right = self.left, self.right
        start = first = 0
        for end, last, length in self._runs:
            if 0 < (end - start) * left.words_a_token <= SLOT and 0 < (last - first) * right.words_a_token <= SLOT and not (
                    _whole_lines(left, start, end) and _whole_lines(right, first, last)):
                yield (start, end), (first, last)
            start, first = end + length, last + length

    @once
    def filled(self) -> float:
        """Words in fillings to a word of what is shared."""
        return sum([filling.words for filling in self.fillings]) * self.left.words_a_token / max(self.shared, 1)

    @once
    def template(self) -> bool:
        """Whether the two are the same sentences about something else: scores, weather, the notice of another street."""
        if not self.fillings:
            return False
        if self.left.size < SHORT:
            return self.filled > SHORT_FILLED or self.telling
        return len(self.fillings) >= FILLINGS and self.filled > FILLED

    @once
    def telling(self) -> bool:
        """Whether any filling is another figure or another name (any other word where the text knows no capitals)."""
        return any(has_figure(one.left) and has_figure(one.right) for one in self.fillings) or any(
            not (self.left.names.isdisjoint(one.left) or self.right.names.isdisjoint(one.right)) for one in self.fillings)

    @once
    def edition(self) -> tuple[str, str] | None:
        """The years of which the two are editions: the titles name different ones and differ in nothing else."""
        (years, rest), (others, more) = self.left.years, self.right.years
        if years == others or len(years) != len(others) or rest != more or len(rest) < 2:
            return None
        return next((one, other) for one, other in zip(years, others) if one != other)

    @once
    def objection(self) -> str | None:
        """Why the two are no copies whatever their scores are, in words, or None."""
        if self.edition:
            return f"the titles name different years: {self.edition[0]} and {self.edition[1]}"
        if not self.lossless:
            return f"each holds text of its own: {_told(self.own[0])} of one, {_told(self.own[1])} of the other"
        if self.quoted:
            return (f"{self.cover[0]:.0%} of the smaller one stands inside the larger one, which begins with something else "
                    f"and shares {self.cover[1]:.0%}")
        if self.verbatim < VERBATIM:
            return f"only {self.verbatim:.0%} of what they share is word for word the same"
        return self.about_something_else

    @once
    def about_something_else(self) -> str | None:
        """That a template was filled otherwise, in words, or None."""
        return f"the same sentences about something else: {self.filling()}" if self.template else None

    def filling(self) -> str:
        """The fillings that weigh most, in words."""
        weighty = sorted(self.fillings, key=lambda one: -one.words)[:3]
        more = len(self.fillings) - len(weighty)
        told = [f"“{' '.join(one.left)}” for “{' '.join(one.right)}”" for one in weighty]
        return ", ".join(told) + (f" and {more} more" if more else "")

    @once
    def overlapping(self) -> bool:
        """Whether the two share passages of some weight, and each holds something of its own."""
        return (not (self.lossless and not self.quoted) and not self.template and self.shared >= OVERLAP_WORDS
                and self.cover[0] >= OVERLAP)


class Verdict(NamedTuple):
    """Whether two articles are copies, and why.

    match: exact, jaccard, containment or edit, None for no copies; rule: by which of these they score high enough, whatever
    speaks against it; evidence: None where the scores decided.
    """

    match: str | None
    reason: str
    evidence: Evidence | None = None
    rule: str | None = None


def decide(left: TokenizedText, right: TokenizedText, jaccard: float, share: float, threshold: float,
           containment: float) -> Verdict:
    """Whether two articles of this Jaccard and this containment of the smaller one are copies."""
    if left.same_words(right) and (left.size or left.text == right.text):
        return Verdict("exact", "the same words")
    least = min(left.size, right.size)
    if not least:
        return Verdict(None, "no words to compare")
    match, reason = _rule(left, right, jaccard, share, threshold, containment)
    if match is None:
        return Verdict(None, reason)
    evidence = Evidence(left, right)
    against = evidence.objection
    return Verdict(None, against, evidence, match) if against else Verdict(match, reason, evidence, match)


def _rule(left: TokenizedText, right: TokenizedText, jaccard: float, share: float, threshold: float,
          containment: float) -> tuple[str | None, str]:
    """The rule by which two articles are copies unless something would be lost, and the score that says so."""
    if jaccard >= threshold:
        return "jaccard", f"Jaccard {jaccard:.2f}"
    if min(left.size, right.size) < SHORT:
        alike = similarity(left.tokens, right.tokens)
        if alike >= ALIKE:
            return "edit", f"edit similarity {alike:.2f}"
        containment = max(containment, SHORT_CONTAINMENT)
    if share >= containment:
        return "containment", f"{share:.2f} of the smaller one stands in the other"
    return None, f"Jaccard {jaccard:.2f}, containment {share:.2f}"


def similarity(left: Sequence[str], right: Sequence[str]) -> float:
    """1 - (insertions + deletions) / (tokens of both): rapidfuzz's normalised Indel similarity over tokens."""
    from rapidfuzz.distance import Indel

    return float(Indel.normalized_similarity(left, right))


def _own(article: TokenizedText, places: Sequence[tuple[int, int]], other: TokenizedText,
         others: Sequence[tuple[int, int]]) -> Own:
    """What stands in an article outside the shared passages at `places`; `others`: where those stand in the other one."""
    edges = sorted((start, end, at) for at, (start, end) in enumerate(places))
    words = passage = 0.0
    for start, end in uncovered(places, article.size):
        before = [at for first, last, at in edges if last <= start]
        behind = [at for first, last, at in edges if first >= end]
        facing = range(others[before[-1]][1] if before else 0, others[behind[0]][0] if behind else other.size)
        faced = len(facing) - _covered([(max(first, facing.start), min(last, facing.stop)) for first, last in others
                                        if first < facing.stop and last > facing.start], other.size) if facing else 0
        twice = min(faced * other.words_a_token / article.words_a_token, end - start)
        if twice * article.words_a_token <= SLOT:
            twice = 0
        prose = article.prose.count(1, start, end)
        words += (prose + LABEL * (end - start - prose)) * (1 + twice / (end - start))
        passage = max(passage, prose + min(twice, prose))
    return Own(words / max(article.size, 1), passage * article.words_a_token, article.size * article.words_a_token)


def _covered(places: Sequence[tuple[int, int]], size: int) -> int:
    return size - sum([end - start for start, end in uncovered(places, size)])


def _told(own: Own) -> str:
    return f"{own.share:.0%} of the words ({own.passage:.0f} in a row)"


def _whole_lines(article: TokenizedText, start: int, end: int) -> bool:
    return bool(article.begins[start]) and (end == article.size or bool(article.begins[end]))
