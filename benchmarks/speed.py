"""dedup and other libraries side by side: `python benchmarks/speed.py` (--help for more).

Every tool is a process of its own, from JSON Lines to clusters; rounds are interleaved, medians printed.
Precision is the share of pairs put together that exact Jaccard connects. Recall is the share of articles with an exact
partner (Jaccard at the threshold) that are put together with one of theirs, and of all such pairs. In a made-up corpus
the copies are known, however they were changed: precision and recall of pairs against those, too.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import corpus  # noqa: E402
import exact  # noqa: E402
import peers  # noqa: E402

SCAN = ["-m", "dedup", "scan", "--isolated", "--format", "json"]
RAW = [*SCAN, "--boilerplate", "off", "--containment", "1.1"]  # what the others do: Jaccard of the whole page
OURS = {
    "dedup, numpy": ([*RAW, "--engine", "numpy", "--jobs", "1"], 1),
    "dedup, numba": ([*RAW, "--engine", "numba", "--jobs", "1"], 1),
    "dedup, numpy, default": ([*SCAN, "--engine", "numpy"], 0),
    "dedup, numba, default": ([*SCAN, "--engine", "numba"], 0),
}


def command(tool: str, python: str, source: Path, threshold: float, out: Path) -> tuple[list[str], int]:
    """The command line of a tool, and the cores it gets (0: all)."""
    if tool in OURS:
        arguments, cores = OURS[tool]
        return [sys.executable, *arguments, "--threshold", str(threshold), "--report", str(out), str(source)], cores
    return [python, str(HERE / "peers.py"), tool, str(source), str(threshold), str(out)], 1


def run(arguments: list[str], cores: int) -> tuple[int, float, float, float]:
    """Exit status, seconds, CPU seconds, peak memory of the largest process in MB."""
    def pin() -> None:
        if cores and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])

    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "RAYON_NUM_THREADS": str(cores or os.cpu_count())}
    start = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
                               preexec_fn=pin if os.name == "posix" else None)
    _, status, usage = os.wait4(process.pid, 0)
    return status, time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def labels(tool: str, out: Path, ids: dict[str, int]) -> np.ndarray:
    """The cluster of every article; an article alone is a cluster of its own."""
    if tool not in OURS:
        return np.load(out.with_suffix(".npy"))
    clusters = np.arange(len(ids))
    for cluster in json.loads(out.read_text("utf-8"))["clusters"]:
        clusters[[ids[member["id"]] for member in cluster["members"]]] = len(ids) + cluster["cluster"]
    return clusters


def together(clusters: np.ndarray) -> int:
    sizes = np.unique(clusters, return_counts=True)[1]
    return int((sizes * (sizes - 1) // 2).sum())


def agreement(clusters: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """(precision, recall) of the pairs that share a cluster against those that share one in truth."""
    both = np.unique(np.column_stack([clusters, truth]), axis=0, return_inverse=True)[1]
    shared = together(both.reshape(-1))
    return shared / max(together(clusters), 1), shared / max(together(truth), 1)


def found(clusters: np.ndarray, pairs: np.ndarray) -> tuple[float, float]:
    """Of the exact pairs [m, 2]: the share of articles put together with a partner, and of pairs put together."""
    hits = pairs[clusters[pairs[:, 0]] == clusters[pairs[:, 1]]]
    return len(np.unique(hits)) / max(len(np.unique(pairs)), 1), len(hits) / max(len(pairs), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", nargs="?", type=Path, help="JSON Lines with id and text; else a corpus is made")
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--tool", action="append", choices=[*OURS, *peers.PEERS], help="one to run, as often as given; else all")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the other libraries")
    parser.add_argument("--json", type=Path, help="also write the rows here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = options.source or Path(folder, "corpus.jsonl")
        if not options.source:
            corpus.write(options.articles, source)
        with open(source, encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
        ids = {str(record["id"]): number for number, record in enumerate(records)}
        texts = [record["text"] for record in records]
        pairs = exact.pairs(texts, options.threshold)
        connected = np.array(peers.components(len(texts), pairs.tolist()))
        print(f"{len(texts):,} articles, {sum(map(len, texts)) / 1e6:.0f} M characters, {len(pairs):,} pairs at "
              f"Jaccard {options.threshold}; medians of {options.rounds}", flush=True)
        del texts, records
        tools = options.tool or [*OURS, *peers.PEERS]
        times: dict[str, list[tuple[float, float, float]]] = {tool: [] for tool in tools}
        out = {tool: Path(folder, f"out{at}.npy") for at, tool in enumerate(tools)}
        for _ in range(options.rounds):
            for tool in tools:
                status, *figures = run(*command(tool, options.python, source, options.threshold, out[tool]))
                if status == 0:
                    times[tool].append((figures[0], figures[1], figures[2]))
        gold = source.with_suffix(".gold.npy")
        planted = np.load(gold) if gold.exists() else None
        rows = []
        for tool in tools:
            if not times[tool]:
                print(f"{tool:24} not installed, or it failed")
                continue
            wall, cpu, memory = (median(column) for column in zip(*times[tool]))
            clusters = labels(tool, out[tool], ids)
            articles, recall = found(clusters, pairs)
            copies = agreement(clusters, planted) if planted is not None else (float("nan"), float("nan"))
            cores = OURS.get(tool, ("", 1))[1] or os.cpu_count()
            rows.append({"tool": tool, "cores": cores, "seconds": wall, "cpu_seconds": cpu,
                         "articles_per_second": len(ids) / wall, "peak_mb": memory,
                         "precision": agreement(clusters, connected)[0], "recall_articles": articles,
                         "recall_pairs": recall, "planted_precision": copies[0], "planted_recall": copies[1]})
    print(f"\n{'':63}{'exact Jaccard':>23}{'planted copies':>18}\n{'tool':24}{'cores':>6}{'seconds':>9}{'CPU s':>8}"
          f"{'docs/s':>9}{'MB':>7}{'precision':>11}{'articles':>9}{'pairs':>7}{'precision':>11}{'recall':>7}")
    for row in rows:
        print("{tool:24}{cores:6}{seconds:9.2f}{cpu_seconds:8.2f}{articles_per_second:9.0f}{peak_mb:7.0f}"
              "{precision:11.4f}{recall_articles:9.4f}{recall_pairs:7.4f}{planted_precision:11.4f}{planted_recall:7.4f}"
              .format(**row))
    fastest = max(row["articles_per_second"] for row in rows)
    print("\narticles a second")
    for row in rows:
        bar = "█" * max(1, round(40 * row["articles_per_second"] / fastest))
        print(f"{row['tool']:24}{bar} {row['articles_per_second']:,.0f}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
