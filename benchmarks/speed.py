"""dedup and other libraries side by side: `python benchmarks/speed.py --data FOLDER` (--help for more).

Every tool is a process of its own, from JSON Lines to clusters, on the same cores; rounds are interleaved, medians printed.
The first run of dedup is one where nothing has been compiled yet. The corpora are real text where a folder with it is given
(by $DEDUP_DATA otherwise), and a made-up one.

With --quality also: precision is the share of pairs put together that exact Jaccard connects. Recall is the share of articles
with an exact partner (Jaccard at the threshold) that are put together with one of theirs, and of all such pairs. In a made-up
corpus the copies are known, however they were changed: precision and recall of pairs against those, too.
"""
from __future__ import annotations

import argparse
import gzip
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

REAL = {  # by name, where each lies in the folder
    "outlets": "neardup/outlets/docs.jsonl.gz",
    "residual": "boilerplate/residual/docs.jsonl.gz",
    "raw": "boilerplate/raw/docs.jsonl.gz",
    "extractors": "neardup/extractors/docs.jsonl.gz",
}
MADE_UP = "made-up"
OFF = ["--boilerplate", "off", "--containment", "1.1"]  # what the others do: Jaccard of the whole page
OURS = {
    "dedup, base": ["--engine", "numpy"],
    "dedup, [fast]": ["--engine", "auto"],
    "dedup, base, off": [*OFF, "--engine", "numpy"],
    "dedup, [fast], off": [*OFF, "--engine", "auto"],
}
YARDSTICK = "datasketch"


def command(tool: str, options: argparse.Namespace, source: Path, out: Path) -> list[str]:
    """The command line of a tool."""
    threshold = str(options.threshold)
    if tool in OURS:
        return [sys.executable, "-m", "dedup", "scan", "--isolated", "--format", "json", *OURS[tool], "--jobs", str(options.cores),
                "--threshold", threshold, "--report", str(out), str(source)]
    return [options.python, str(HERE / "peers.py"), tool, str(source), threshold, str(out)]


def run(arguments: list[str], cores: int, compiled: Path) -> tuple[float, float, float] | None:
    """Seconds, CPU seconds and peak memory of the largest process in MB; None where it fails. `compiled`: where numba keeps things."""
    def pin() -> None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])

    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "RAYON_NUM_THREADS": str(cores), "NUMBA_CACHE_DIR": str(compiled)}
    start = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
                               preexec_fn=pin if os.name == "posix" else None)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    return None if status else (seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


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


def corpora(options: argparse.Namespace, folder: Path) -> list[tuple[str, Path]]:
    """The corpora that are asked for and there: name and JSON Lines."""
    found = []
    for name in options.corpus or [*REAL, MADE_UP]:
        source = folder / f"{name}.jsonl"
        if name == MADE_UP:
            corpus.write(options.articles, source)
        elif options.data and (packed := options.data / REAL[name]).exists():
            source.write_bytes(gzip.decompress(packed.read_bytes()))
        else:
            print(f"{name}: not there")
            continue
        found.append((name, source))
    return found


def measured(name: str, source: Path, options: argparse.Namespace, folder: Path) -> list[dict[str, object]]:
    """A row for each tool that ran on a corpus."""
    with open(source, encoding="utf-8") as lines:
        ids = {str(json.loads(line)["id"]): number for number, line in enumerate(lines)}
    tools = options.tool or [*OURS, *peers.PEERS]
    out = {tool: folder / f"{name}{at}.npy" for at, tool in enumerate(tools)}
    cold, warm = folder / f"cold-{name}", folder / "warm"
    first = {tool: run(command(tool, options, source, out[tool]), options.cores, cold) for tool in tools if tool in OURS}
    times: dict[str, list[tuple[float, float, float]]] = {tool: [] for tool in tools}
    for _ in range(options.rounds):
        for tool in tools:
            if figures := run(command(tool, options, source, out[tool]), options.cores, warm):
                times[tool].append(figures)
    rows: list[dict[str, object]] = []
    for tool in tools:
        if not times[tool]:
            print(f"{name:11}{tool:20} not installed, or it failed")
            continue
        seconds, cpu, memory = (median(column) for column in zip(*times[tool]))
        rows.append({"corpus": name, "tool": tool, "cores": options.cores, "articles": len(ids), "megabytes": source.stat().st_size / 1e6,
                     "first": first[tool][0] if first.get(tool) else None, "seconds": seconds, "cpu_seconds": cpu, "peak_mb": memory})
        if options.quality:
            rows[-1] |= quality(labels(tool, out[tool], ids), source, options.threshold)
    return rows


def quality(clusters: np.ndarray, source: Path, threshold: float) -> dict[str, float]:
    """Precision and recall of clusters."""
    with open(source, encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    pairs = exact.pairs(texts, threshold)
    connected = np.array(peers.components(len(texts), pairs.tolist()))
    articles, recall = found(clusters, pairs)
    told = {"precision": agreement(clusters, connected)[0], "recall_articles": articles, "recall_pairs": recall}
    if (gold := source.with_suffix(".gold.npy")).exists():
        told["planted_precision"], told["planted_recall"] = agreement(clusters, np.load(gold))
    return told


def show(rows: list[dict]) -> None:
    """The rows of one corpus."""
    first = rows[0]
    print(f"\n{first['corpus']}: {first['articles']:,} articles, {first['megabytes']:.0f} MB, cores for each: {first['cores']}")
    print(f"{'tool':20}{'first run':>10}{'seconds':>9}{'CPU s':>8}{'docs/s':>9}{'MB':>7}{'x ' + YARDSTICK:>14}")
    yardstick = next((row["seconds"] for row in rows if row["tool"] == YARDSTICK), None)
    for row in rows:
        began = f"{row['first']:10.2f}" if row["first"] else f"{'':10}"
        times = f"{yardstick / row['seconds']:14.2f}" if yardstick else ""
        print(f"{row['tool']:20}{began}{row['seconds']:9.2f}{row['cpu_seconds']:8.2f}{row['articles'] / row['seconds']:9.0f}"
              f"{row['peak_mb']:7.0f}{times}")
        if "precision" in row:
            print(" " * 20 + ", ".join(f"{key} {value:.4f}" for key, value in row.items() if "precision" in key or "recall" in key))
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("DEDUP_DATA") or None, help="folder with real text")
    parser.add_argument("--corpus", action="append", choices=[*REAL, MADE_UP], help="one to run on, as often as given; else all")
    parser.add_argument("--articles", type=int, default=10_000, help="of the made-up corpus")
    parser.add_argument("--cores", type=int, default=1, help="for each tool")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--tool", action="append", choices=[*OURS, *peers.PEERS], help="one to run, as often as given; else all")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the other libraries")
    parser.add_argument("--quality", action="store_true", help="also precision and recall of what is put together")
    parser.add_argument("--json", type=Path, help="also write the rows here")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = corpora(options, folder)
        if sources and any(tool in OURS for tool in options.tool or OURS):  # a warm run finds what it needs compiled
            run([sys.executable, "-m", "dedup", "scan", "--isolated", "--engine", "numba", str(sources[0][1])],
                options.cores, folder / "warm")
        for corpus_name, source in sources:
            if some := measured(corpus_name, source, options, folder):
                show(some)
                rows += some
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
