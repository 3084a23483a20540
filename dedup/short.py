"""Short articles: two sentences have too few shingles to be judged by, or found by, shingles."""
from __future__ import annotations

from collections.abc import Sequence

SHORT = 50  # tokens below which an article is short
ALIKE = 0.8  # edit similarity of their tokens from which two short articles are copies
PART = 0.6  # containment that a short article needs at least: its few shingles are easily shared
CHANGED = 0.2  # share of its names and figures that may be others


def similarity(left: Sequence[str], right: Sequence[str]) -> float:
    """1 - (insertions + deletions) / (tokens of both): rapidfuzz's normalised Indel similarity over tokens."""
    from rapidfuzz.distance import Indel

    return float(Indel.normalized_similarity(left, right))
