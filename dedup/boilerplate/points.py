"""What each kind of evidence is worth: the one table of names that `--explain` shows, and the points they stand for.

The points of cues stand with their rules, in `rules/*.toml`. The scale: from MASK points on a block is left out of matching,
from STRIP on it leaves the text, so that "worth STRIP" is enough by itself and "worth -STRIP" saves a block from any cue.
Most points were chosen by hand on development pages; where they were measured on sites that had been left out, it says so.
"""
from __future__ import annotations

from typing import NamedTuple

MASK, STRIP = 4, 6
DOUBTED = "more than half would go"


class Worth(NamedTuple):
    """What a kind of evidence is worth, in points; of which kind it is, "" where it speaks for content; and why."""

    points: int
    kind: str
    why: str


WORTH = {
    # the block by itself, beside its cues
    "short": Worth(1, "form", "a label of at most four words: titles are longer"),
    "edge": Worth(1, "form", "outside the body of the page"),
    "tail": Worth(1, "form", "a paragraph behind the body with two cues that speaks to the reader"),
    "calls": Worth(1, "form", "a strong cue of a class that only sites write; 788 words of boilerplate to 19 of content"),
    "between paragraphs": Worth(-1, "", "a heading of navigation between two paragraphs may be a sub-heading"),
    "no form around": Worth(-3, "", "consent texts stand below forms; without one the story quotes it"),
    "topic": Worth(-3, "", "a paragraph of the body with a cue of what the headline is about"),
    "prose": Worth(-3, "", "a phrase in a paragraph; only notices that speak to the reader for the outlet are that long"),
    "headline": Worth(-STRIP, "", "the first line: what labels say is said in headlines, too"),
    # its neighbours
    "neighbours": Worth(2, "form", "next to a line that is masked by its own cue"),
    "menu": Worth(4, "form", "an entry with a cue in a run of short lines"),
    "menu line": Worth(STRIP, "form", "a line without a cue in such a run"),
    "appeal": Worth(8, "form", "in a run that asks the reader again and again; outweighs \"prose\""),
    "half an appeal": Worth(-STRIP, "", "the rest of it stays, so this does"),
    "consent window": Worth(STRIP, "form", "between lines that ask for consent"),
    "comment thread": Worth(STRIP, "form", "below the line that opens one"),
    "listed under a heading": Worth(STRIP, "form", "in the list that a heading of links opens"),
    "its list stays": Worth(-STRIP, "", "a heading goes with its list or not at all"),
    "continues a label": Worth(STRIP, "form", "the address below its label"),
    "split title": Worth(STRIP, "form", "a piece of a title that a label announced"),
    # the page
    "page frame": Worth(STRIP, "form", "outside the body of a page that was scraped with everything around"),
    "inside a raw page": Worth(2, "form", "a line with a cue in the body of such a page"),
    "said before": Worth(STRIP, "form", "the page says it twice"),
    DOUBTED: Worth(-STRIP, "", "nothing but the frame speaks against the paragraph, and little would be left"),
    # the copies
    "alone-edge": Worth(2, "consensus", "in no other copy, before or behind all that they share"),
    "alone-inside": Worth(1, "consensus", "in no other copy, between what they share; only with a strong cue"),
    "lines of one copy": Worth(STRIP, "consensus", "three headlines or more behind the body that no other copy has"),
}
