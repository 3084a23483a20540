"""How right a run was, as text."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dedup.evaluate import Report
from dedup.terminal import line


def render(report: Report) -> str:
    """Pairwise precision, recall, F1, the adjusted Rand index, and some errors of each kind."""
    what = "pair" if report.gold == 1 else "pairs"
    rows = [f"{report.articles} articles, {report.gold} {what} of copies in the gold, {report.found} found",
            f"precision {report.precision:.4f}", f"recall    {report.recall:.4f}", f"F1        {report.f1:.4f}"]
    if report.ari is not None:
        rows.append(f"ARI       {report.ari:.4f}")
    for title, pairs in (("joined, should not be", report.wrong), ("not joined, should be", report.missed)):
        rows += [f"{title}: {line(left)}  {line(right)}" for left, right in pairs]
    if report.missing:
        ids = "id of the gold is" if len(report.missing) == 1 else "ids of the gold are"
        rows.append(f"{len(report.missing)} {ids} not in the corpus, {line(report.missing[0])} for one")
    return "\n".join(rows) + "\n"


def planted(counts: Mapping[str, tuple[int, int]]) -> str:
    """Recall of planted copies by the kind of edit."""
    width = max(map(len, counts), default=0)
    rows = [f"{kind:{width}}  {found:5} of {total:5} found  {found / total:.3f}" for kind, (found, total) in counts.items()]
    return "\n".join(["planted copies, by what was done to them", *rows]) + "\n"


def s_curve(bands: int, rows: int, points: Iterable[tuple[float, float]], threshold: float) -> str:
    """The probability that a pair of a Jaccard similarity becomes a candidate."""
    shown: Sequence[tuple[float, float]] = list(points)
    table = [f"  {similarity:.2f}  {chance:6.4f}  {'#' * round(chance * 40)}" for similarity, chance in shown]
    return "\n".join([f"LSH: {bands} bands of {rows} rows; a pair becomes a candidate with this probability "
                      f"(threshold {threshold:g})", *table]) + "\n"
