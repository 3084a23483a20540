#!/usr/bin/env python3
"""How right dedup is, and its peers on the same articles: a table of pairwise precision, recall, F1 and ARI.

usage: quality.py DOCS.jsonl CLUSTERS.tsv [--text-field text] [--id-field id] [dedup scan options after --]

Each peer runs as its documentation shows it: word 5-grams, 128 permutations, its own LSH, connected components. A peer
that is not installed is left out and named. `dedup` is run as a command with its defaults.
"""
from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from dedup.evaluate import read_gold, score

Clusters = Mapping[str, object]
NGRAM, PERMUTATIONS = 5, 128


def words(text: str) -> list[str]:
    """Word n-grams as peers make them: lower case, runs of word characters."""
    tokens = re.findall(r"\w+", text.lower())
    return [" ".join(tokens[at:at + NGRAM]) for at in range(max(1, len(tokens) - NGRAM + 1))]


def components(ids: Iterable[str], pairs: Iterable[tuple[str, str]]) -> Clusters:
    """Connected components (union-find), as every peer clusters."""
    parent = {id: id for id in ids}

    def root(id: str) -> str:
        while parent[id] != id:
            parent[id] = parent[parent[id]]
            id = parent[id]
        return id

    for left, right in pairs:
        parent[root(left)] = root(right)
    return {id: root(id) for id in parent}


def datasketch(texts: Mapping[str, str], threshold: float) -> Clusters:
    """MinHashLSH of datasketch with its own choice of bands."""
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    signatures = {}
    for id, text in texts.items():
        signatures[id] = MinHash(num_perm=PERMUTATIONS)
        signatures[id].update_batch([gram.encode() for gram in words(text)])
        lsh.insert(id, signatures[id])
    return components(texts, ((id, other) for id in texts for other in lsh.query(signatures[id])))


def rensa(texts: Mapping[str, str], threshold: float) -> Clusters:
    """RMinHash and RMinHashLSH of rensa, 16 bands, candidates kept from the threshold on as its README does."""
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, num_bands=16)
    ids, signatures = list(texts), []
    for number, id in enumerate(ids):
        signature = RMinHash(num_perm=PERMUTATIONS, seed=42)
        signature.update(words(texts[id]))
        signatures.append(signature)
        lsh.insert(number, signature)
    pairs = ((ids[number], ids[other]) for number, signature in enumerate(signatures) for other in lsh.query(signature)
             if signature.jaccard(signatures[other]) >= threshold)
    return components(ids, pairs)


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
    parser.add_argument("--text-field", default="text")
    parser.add_argument("--id-field", default="id")
    parser.add_argument("options", nargs="*", help="of dedup scan, after --")
    given = parser.parse_args()
    with open(given.docs, encoding="utf-8") as lines:
        texts = {str(record[given.id_field]): record[given.text_field] for record in map(json.loads, lines)}
    with open(given.gold, encoding="utf-8") as lines:
        gold = read_gold(lines, texts, str(given.gold))
    runs: list[tuple[str, Callable[[], Clusters]]] = [("dedup", lambda: ours(given.docs, given.options))]
    for peer in (datasketch, rensa):
        for threshold in (0.5, 0.7, 0.8):
            runs.append((f"{peer.__name__} {threshold}", lambda peer=peer, threshold=threshold: peer(texts, threshold)))
    print("| | precision | recall | F1 | ARI | seconds |\n|---|---|---|---|---|---|")
    for name, run in runs:
        start = time.perf_counter()
        try:
            found = run()
        except ImportError as error:
            print(f"| {name} | not installed: {error.name} |")
            continue
        seconds = time.perf_counter() - start
        report = score(gold, found)
        ari = "" if report.ari is None else f"{report.ari:.4f}"
        figures = f"{report.precision:.4f} | {report.recall:.4f} | {report.f1:.4f} | {ari} | {seconds:.1f}"
        print(f"| {name} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
