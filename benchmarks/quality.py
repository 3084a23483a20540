#!/usr/bin/env python3
"""How right dedup is, and its peers on the same articles: a table of pairwise precision, recall, F1 and ARI.

usage: quality.py [--python PYTHON] DOCS.jsonl CLUSTERS.tsv [-- dedup scan options]

Each peer runs as its documentation shows it: word 5-grams, 128 permutations, its own LSH, connected components. Of one
that does not run, the table says why. `dedup` is run as a command with its defaults. Records have `id` and `text`.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

import peers
from dedup.evaluate import read_gold, score

Clusters = Mapping[str, object]


def peer(name: str, python: str, docs: Path, ids: list[str], threshold: float) -> Clusters | str:
    """The clusters of another library, run as `peers.py` runs it, or why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.npy")
        command = [python, str(Path(__file__).with_name("peers.py")), name, str(docs), str(threshold), str(out)]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            return (run.stderr.strip().splitlines() or ["it failed"])[-1]
        return dict(zip(ids, np.load(out).tolist()))


def ours(docs: Path, options: list[str]) -> Clusters:
    """`dedup scan` as a user runs it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.jsonl"
        command = [sys.executable, "-m", "dedup", "scan", str(docs), "--annotate", str(out), "-q", *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        records = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    return {record["id"]: record["dedup"]["cluster"] for record in records}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the other libraries")
    parser.add_argument("options", nargs="*", help="of dedup scan, after --")
    given = parser.parse_args()
    with open(given.docs, encoding="utf-8") as lines:
        ids = [str(json.loads(line)["id"]) for line in lines]
    with open(given.gold, encoding="utf-8") as lines:
        gold = read_gold(lines, ids, str(given.gold))
    runs: list[tuple[str, Callable[[], Clusters | str]]] = [("dedup", lambda: ours(given.docs, given.options))]
    for name in peers.PEERS:
        for threshold in (0.5, 0.7, 0.8) if name != "datatrove" else (0.7,):  # whose bands are fixed
            runs.append((f"{name} {threshold}", partial(peer, name, given.python, given.docs, ids, threshold)))
    print("| | precision | recall | F1 | ARI | seconds |\n|---|---|---|---|---|---|")
    for name, run in runs:
        start = time.perf_counter()
        found = run()
        if isinstance(found, str):
            print(f"| {name} | {found} | | | | |", flush=True)
            continue
        seconds = time.perf_counter() - start
        report = score(gold, found)
        ari = "" if report.ari is None else f"{report.ari:.4f}"
        figures = f"{report.precision:.4f} | {report.recall:.4f} | {report.f1:.4f} | {ari} | {seconds:.1f}"
        print(f"| {name} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
