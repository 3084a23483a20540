"""Round-ups: articles that are made of several others, and so are a copy of none of them."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dedup.decision import Evidence

MOST = 0.6  # share of a round-up that no single story in it reaches
STORY = 40  # tokens of a story in a round-up, at least
PART = 0.4  # share of a story that stands in a round-up, at least: many print the beginning only
LEAD = 100  # tokens of the beginning of a story ...
LEAD_SHARE = 0.8  # ... of which so much must stand there
COMPACT = 0.7  # share of the stretch from a story's first to its last token in the round-up that is the story's
APART = 0.2  # overlap, in the smaller one, up to which two stories stand in separate places


class Place(NamedTuple):
    """Where a story stands in a larger article: [start, end) of tokens, and how many of them are the story's."""

    start: int
    end: int
    tokens: int

    def overlaps(self, other: Place) -> bool:
        """Whether two stories have more than an edge in common."""
        common = min(self.end, other.end) - max(self.start, other.start)
        return common >= APART * min(self.tokens, other.tokens)


def place(evidence: Evidence) -> Place | None:
    """Where the smaller article stands in the larger one, if it may be one story of several there."""
    spans = evidence.places[1]
    if not spans or evidence.cover[0] < PART or evidence.cover[1] >= MOST:
        return None
    lead = min(LEAD, evidence.left.size)
    if sum([max(min(end, lead) - start, 0) for start, end in evidence.places[0]]) < LEAD_SHARE * lead:
        return None
    start, end = min(start for start, _ in spans), max(end for _, end in spans)
    tokens = sum([end - start for start, end in spans])
    return Place(start, end, tokens) if tokens >= max(STORY, COMPACT * (end - start)) else None


def is_roundup(places: Sequence[Place]) -> bool:
    """Whether two of the stories that an article holds stand in separate places of it (abridged copies overlap)."""
    return any(not one.overlaps(other) for at, one in enumerate(places) for other in places[:at])
