"""One pair explained, as data: the scores, the verdict and what would turn it, and a diff of the two texts."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dedup import engines, lsh
from dedup.guards import SHORT, Evidence, Form, objection
from dedup.shingles import UNSPACED, fold, kind
from dedup.verify import decide, relation, scores

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
class Explanation:
    """Why two articles are copies or not.

    raw, masked: scores with and without what counts as boilerplate. match: the rule by which they are copies, None when
    they are none; reason: in words. relation: of the left one to the right one. objection: what speaks against them
    however high they score. Without one, they are copies by Jaccard for every threshold up to `flip_threshold`, and by
    containment for every one up to `flip_containment`; None where no threshold makes them copies. colliding: the bands,
    of `bands`, in which LSH proposes the pair. cover: the share of the prose of left and right in shared passages.
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
    cover: tuple[float, float]
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
    one, other = Form(masked_left), Form(masked_right)
    match, reason, _ = decide(one, other, masked.similarity, masked.containment, threshold, containment)
    evidence = Evidence(one, other)
    short = min(len(one.tokens), len(other.tokens)) < SHORT
    against_jaccard = objection(evidence, contained=False) if masked.similarity else None
    against_part = objection(evidence, contained=True) if masked.containment else None
    bands, rows = lsh.bands_and_rows(threshold, recall, num_perm)
    signatures = kernels.sign(hashes[offsets[2]:], offsets[2:] - offsets[2], num_perm, seed)[:, :bands * rows]
    same = (signatures[0] == signatures[1]).reshape(bands, rows).all(axis=1) if min(masked.left, masked.right) else []
    cover = evidence.small.cover, evidence.large.cover
    return Explanation(
        raw=raw,
        masked=masked,
        match=match,
        reason=reason,
        relation=relation(same=left == right, folded=one.tokens == other.tokens, size=masked.left, canonical_size=masked.right,
                          similarity=masked.similarity) if match else None,
        objection=None if match else (against_part if masked.similarity < threshold else against_jaccard),
        flip_threshold=masked.similarity if masked.similarity and not against_jaccard and not short else None,
        flip_containment=masked.containment if masked.containment and not against_part and not short else None,
        bands=bands,
        rows=rows,
        colliding=tuple(np.flatnonzero(same).tolist()),
        cover=cover if evidence.small.form is one else cover[::-1],
        diff=tuple(diff(masked_left, masked_right)),
    )


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
