#!/usr/bin/env python3
"""What other limits of `dedup/decision.py` would decide, with whole sources left out of the choosing.

usage: limits.py [--data FOLDER …]     FOLDER holds docs.jsonl[.gz] and clusters.tsv (id<TAB>cluster)

Sources: the cases in tests/cases (looked at, and blind), and three seeds of the made-up wire. Of every pair of articles that
is compared, the evidence is kept; then each limit is tried over a grid on all sources but one, and the best value is scored
on the one left out, beside the value in force. Pairwise F1, a Markdown table.
"""
from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import wire

from dedup import decision, engines, match, pipeline, sources
from dedup.settings import resolve
from dedup.spans import masked_text
from dedup.tokenized import TokenizedText

CASES = Path(__file__).parent.parent / "tests" / "cases"
GRIDS = {
    "OWN_SHARE": (0.2, 0.25, 0.3, 0.35, 0.4, 0.5), "OWN_PASSAGE": (30, 40, 50, 60, 80, 120),
    "OWN_PASSAGE_SHARE": (0.0, 0.03, 0.06, 0.1, 0.15), "VERBATIM": (0.5, 0.6, 0.65, 0.7, 0.8),
    "FILLED": (0.025, 0.035, 0.045, 0.06, 0.08), "SHORT_FILLED": (0.06, 0.12, 0.2),
}


class Compared(NamedTuple):
    """Two articles that were compared: the evidence, the scores, and whether they are copies."""

    evidence: decision.Evidence
    jaccard: float
    share: float
    copies: bool


def pairs(path: str, gold: dict[str, str]) -> Iterator[Compared]:
    """The candidate pairs of a corpus that score high enough to be copies."""
    settings, _ = resolve({"jobs": 1}, isolated=True)
    found, _ = sources.find([path])
    ready = pipeline.prepare(found, settings, None, 1, pipeline.silent)
    corpus, known = ready.corpus, ready.found
    limits = pipeline.limits_of(settings)
    first = match.Twins.of(corpus, known, ()).first(len(corpus))
    candidates, _ = match.candidates(known, first, ready.recipe, limits)
    texts = [masked_text(corpus.text(number), known.mask(number)) for number in range(len(corpus))]
    kernels = engines.load("numpy")
    hashes, offsets = kernels.shingle(texts, settings.ngram)
    text = lru_cache(maxsize=2000)(lambda number: TokenizedText(texts[number]))
    for (left, right), both in zip(candidates.tolist(), kernels.overlaps(hashes, offsets, candidates).tolist()):
        one, other = (int(offsets[number + 1] - offsets[number]) for number in (left, right))
        jaccard, share = both / max(one + other - both, 1), both / max(min(one, other), 1)
        if jaccard >= limits.threshold or share >= limits.containment:
            ids = [corpus.entries[number].id for number in (left, right)]
            yield Compared(decision.Evidence(text(left), text(right)), jaccard, share,
                           gold.get(ids[0], ids[0]) == gold.get(ids[1], ids[1]))


def groups(folder: Path) -> dict[str, str] | None:
    """The gold of a case: id → group; None where it tells no groups."""
    found = re.search(r"expected groups: (\[.*?\]) \(all", (folder / "expected.txt").read_text("utf-8"))
    return found and {id: str(at) for at, group in enumerate(ast.literal_eval(found[1])) for id in group}


def every(data: list[Path]) -> Iterator[tuple[str, list[Compared]]]:
    """The sources, each with its pairs."""
    for name in ("match", "blind_match"):
        cases = [folder for folder in sorted((CASES / name).iterdir()) if folder.is_dir()]
        told = [(folder, gold) for folder in cases if (gold := groups(folder)) is not None]
        yield name, [pair for folder, gold in told for pair in pairs(str(folder / "in"), gold)]
    for seed in (1, 2, 3):
        with tempfile.TemporaryDirectory() as folder:
            docs, gold = Path(folder, "docs.jsonl"), {}
            with open(docs, "w", encoding="utf-8") as out:
                for number, (outlet, text, cluster) in enumerate(wire.corpus(seed)):
                    out.write(json.dumps({"id": f"w{number:04}", "site": outlet, "text": text}) + "\n")
                    gold[f"w{number:04}"] = cluster
            yield f"wire {seed}", list(pairs(str(docs), gold))
    for folder in data:
        gold = dict(line.split("\t")[:2] for line in (folder / "clusters.tsv").read_text("utf-8").splitlines())
        yield folder.name, list(pairs(str(next(folder.glob("docs.jsonl*"))), gold))


def f1(compared: list[Compared], **limits: float) -> float:
    """Pairwise F1 of the decision with some limits changed."""
    before = {name: getattr(decision, name) for name in limits}
    try:
        for name, value in limits.items():
            setattr(decision, name, value)
        right = wrong = missed = 0
        for pair in compared:
            evidence = decision.Evidence(pair.evidence.left, pair.evidence.right)
            for name in ("passages", "own", "fillings"):  # what no limit of the grid changes
                setattr(evidence, name, getattr(pair.evidence, name))
            joined = evidence.objection is None
            right, wrong, missed = right + (joined and pair.copies), wrong + (joined and not pair.copies), missed + (
                pair.copies and not joined)
        return 2 * right / max(2 * right + wrong + missed, 1)
    finally:
        for name, value in before.items():
            setattr(decision, name, value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, action="append", default=[])
    found = dict(every(parser.parse_args().data))
    print("| limit | in force | " + " | ".join(f"{name} left out" for name in found) + " |")
    print("|---" * (len(found) + 2) + "|")
    for name, grid in GRIDS.items():
        cells = []
        scores = {value: {source: f1(some, **{name: value}) for source, some in found.items()} for value in grid}
        for source, some in found.items():
            best = max(grid, key=lambda value: sum(scores[value][other] for other in found if other != source))
            cells.append(f"{f1(some):.3f}; {best:g}: {scores[best][source]:.3f}")
        print(f"| {name} | {getattr(decision, name):g} | " + " | ".join(cells) + " |")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
