"""One pair explained, as data: the scores, the verdict and what would turn it, and a diff of the two texts."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dedup import engines, lsh
from dedup.decision import (
    FILLED, FILLINGS, OWN_SHARE, SHORT, SHORT_FILLED, VERBATIM, Evidence, Own, decide,
)
from dedup.shingles import UNSPACED, fold, kind
from dedup.tokenized import TokenizedText
from dedup.verify import relation, scores

_PIECE = re.compile(r"\s*\S+\s*")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the masked texts: `both` (the same words; the texts may differ in form), `left` or `right` only."""

    where: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Scores:
    """Exact scores of two shingle sets, and their sizes."""

    similarity: float
    containment: float
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of evidence: what was measured, its limit, and whether the value is beyond it."""

    name: str
    value: float
    limit: float
    unit: str  # "share", "words" or "fillings"

    @property
    def beyond(self) -> bool:
        """Whether it speaks against a copy, together with what else must hold."""
        return self.value > self.limit


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two articles are copies or not.

    raw, masked: scores with and without what counts as boilerplate. match: the rule by which they are copies, None when
    they are none; reason: in words. relation: of the left one to the right one. objection: what speaks against them
    however high they score. Without one, they are copies by Jaccard for every threshold up to `flip_threshold`, and by
    containment for every one up to `flip_containment`; None where no threshold makes them copies. colliding: the bands,
    of `bands`, in which LSH proposes the pair. own: what stands in the left and in the right article only; evidence: all
    that was weighed, with its limits; fillings: what differs at the same place and says something else.
    """

    raw: Scores
    masked: Scores
    match: str | None
    reason: str
    relation: str | None
    objection: str | None
    flip_threshold: float | None
    flip_containment: float | None
    bands: int
    rows: int
    colliding: tuple[int, ...]
    own: tuple[Own, Own]
    evidence: tuple[Finding, ...]
    fillings: tuple[tuple[str, str], ...]
    diff: tuple[Segment, ...]


def explain(
    left: str,
    right: str,
    masked_left: str,
    masked_right: str,
    *,
    threshold: float,
    containment: float,
    recall: float = 0.98,
    ngram: int = 5,
    num_perm: int = 128,
    seed: int = 1,
    engine: str = "numpy",
) -> Explanation:
    """Explain a pair from the texts as read and as masked, with the settings of a scan."""
    kernels = engines.load(engine)
    hashes, offsets = kernels.shingle([left, right, masked_left, masked_right], ngram)
    overlaps = kernels.overlaps(hashes, offsets, np.array([[0, 1], [2, 3]], np.int64))
    sizes = np.diff(offsets)
    jaccard, share = scores(overlaps, sizes[[0, 2]], sizes[[1, 3]])
    raw, masked = (Scores(float(jaccard[at]), float(share[at]), int(sizes[2 * at]), int(sizes[2 * at + 1]))
                   for at in (0, 1))
    one, other = TokenizedText(masked_left), TokenizedText(masked_right)
    verdict = decide(one, other, masked.similarity, masked.containment, threshold, containment)
    match, reason = verdict.match, verdict.reason
    evidence = Evidence(one, other)
    short = min(one.size, other.size) < SHORT
    against = evidence.objection if masked.containment else None
    turned = evidence.left is not one
    bands, rows = lsh.bands_and_rows(threshold, recall, num_perm)
    signatures = kernels.sign(hashes[offsets[2]:], offsets[2:] - offsets[2], num_perm, seed)[:, :bands * rows]
    same = (signatures[0] == signatures[1]).reshape(bands, rows).all(axis=1) if min(masked.left, masked.right) else []
    own = evidence.own[::-1] if turned else evidence.own
    return Explanation(
        raw=raw,
        masked=masked,
        match=match,
        reason=reason,
        relation=relation(same=left == right, folded=one.tokens == other.tokens, size=masked.left, canonical_size=masked.right,
                          similarity=masked.similarity) if match else None,
        objection=None if match else against,
        flip_threshold=masked.similarity if masked.similarity and not against and not short else None,
        flip_containment=masked.containment if masked.containment and not against and not short else None,
        bands=bands,
        rows=rows,
        colliding=tuple(np.flatnonzero(same).tolist()),
        own=own,
        evidence=tuple(_findings(evidence, own)),
        fillings=tuple((" ".join(one.right), " ".join(one.left)) if turned else (" ".join(one.left), " ".join(one.right))
                       for one in evidence.fillings),
        diff=tuple(diff(masked_left, masked_right)),
    )


def _findings(evidence: Evidence, own: tuple[Own, Own]) -> Iterator[Finding]:
    for side, what in zip(("left", "right"), own):
        yield Finding(f"in the {side} one only", what.share, OWN_SHARE, "share")
        yield Finding(f"longest passage in the {side} one only", what.passage, what.limit, "words")
    short = evidence.left.size < SHORT
    yield Finding("different fillings", len(evidence.fillings), 0 if short else FILLINGS - 1, "fillings")
    yield Finding("reworded in what is shared", 1 - evidence.verbatim, 1 - VERBATIM, "share")
    yield Finding("filled words in what is shared", evidence.filled, SHORT_FILLED if short else FILLED, "share")


def diff(left: str, right: str) -> Iterator[Segment]:
    """The two texts side by side, in order; the lefts of all segments are the left text, the rights the right one.

    A longest common subsequence of words (of characters in scripts without spaces), by rapidfuzz.
    """
    from rapidfuzz.distance import LCSseq

    ones, others = list(_pieces(left)), list(_pieces(right))
    codes = LCSseq.opcodes([_key(piece) for piece in ones], [_key(piece) for piece in others])
    for code in codes:
        mine = "".join(ones[code.src_start:code.src_end])
        theirs = "".join(others[code.dest_start:code.dest_end])
        if code.tag == "equal":
            yield Segment("both", mine, theirs)
            continue
        if mine:
            yield Segment("left", mine, "")
        if theirs:
            yield Segment("right", "", theirs)


def _pieces(text: str) -> Iterator[str]:
    """The words of a text with the whitespace around them, so that nothing is lost."""
    end = 0
    for found in _PIECE.finditer(text):
        end = found.end()
        piece = found[0]
        if any(kind(character) == UNSPACED for character in piece):
            yield from piece
        else:
            yield piece
    if text[end:]:
        yield text[end:]


def _key(piece: str) -> str:
    folded = fold(piece)
    return "".join(character for character in folded if character.isalnum()) or folded.strip()
