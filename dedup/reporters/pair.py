"""One pair explained, as text."""
from __future__ import annotations

from dedup.compare import Explanation, Finding, Scores
from dedup.terminal import ends, line, wrapped

FILLINGS_SHOWN = 6


def render(explained: Explanation, left: str, right: str, *, threshold: float, containment: float, width: int = 80) -> str:
    """What `dedup compare` prints: verdict, scores, what would turn it, and the passages that are not shared."""
    verdict = f"copies by {explained.match}" if explained.match else "not copies"
    rows = [f"left   {line(left)}", f"right  {line(right)}", "", *wrapped(f"{verdict}: {line(explained.reason)}", width)]
    if explained.relation:
        rows.append(f"the left one is {_RELATION[explained.relation]}")
    if explained.objection:
        rows += wrapped(f"what speaks against it: {line(explained.objection)}", width)
    rows += ["", "         Jaccard  containment  shingles left / right",
             _scores("raw", explained.raw), _scores("masked", explained.masked), ""]
    rows.append(_flip("Jaccard", explained.flip_threshold, threshold, "threshold"))
    rows.append(_flip("containment", explained.flip_containment, containment, "containment"))
    bands = ", ".join(str(band + 1) for band in explained.colliding) or "none"
    rows += wrapped(
        f"LSH: {len(explained.colliding)} of {explained.bands} bands of {explained.rows} rows collide ({bands})", width)
    rows += ["", "what would be lost (one of the two may be its own within the limits), and what is filled otherwise"]
    rows += [_finding(finding) for finding in explained.evidence]
    for one, other in explained.fillings[:FILLINGS_SHOWN]:
        rows += [f"    {part}" for part in wrapped(f"“{line(one)}” for “{line(other)}”", max(width, 40) - 4)]
    rows += ["", "    what both have, - left only, + right only (boilerplate is masked)"]
    for segment in explained.diff:
        sign, text = {"both": (" ", segment.left), "left": ("-", segment.left), "right": ("+", segment.right)}[segment.where]
        words = line(" ".join(text.split()))
        if segment.where == "both":
            words = ends(words, 160)
        if words:
            rows += [f"  {sign} {part}" for part in wrapped(words, max(width, 40) - 4)]
    return "\n".join(rows) + "\n"


def _finding(finding: Finding) -> str:
    value, limit = ((f"{number:.1%}" for number in (finding.value, finding.limit)) if finding.unit == "share" else
                    (f"{number:.0f}" for number in (finding.value, finding.limit)))
    return f"  {finding.name:38} {value:>7}  limit {limit:>5}{'  beyond it' if finding.beyond else ''}"


_RELATION = {
    "exact": "the same text", "reformatted": "the same words in another form", "edited": "an edited version",
    "abridged": "an abridged version", "expanded": "an expanded version"}


def _scores(name: str, scores: Scores) -> str:
    return f"{name:8} {scores.similarity:7.4f}  {scores.containment:11.4f}  {scores.left} / {scores.right}"


def _flip(name: str, flip: float | None, now: float, setting: str) -> str:
    if flip is None:
        return f"no --{setting} makes them copies by {name}"
    return f"copies by {name} up to --{setting} {flip:.4f} (now {now:g})"
