#!/usr/bin/env python3
"""Seconds and shuffled bytes of every stage on Spark, beside the same scan on one machine, and what more would need.

usage: spark.py FILE [--master local[2]] [--no-check]
FILE: records as JSONL (benchmarks/corpus.py makes some). Checks that both write the same bytes. The last lines are
computed, not measured: time and bytes per article of each stage, times 100 million and 10 billion.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dedup import sources
from dedup.settings import Settings
from dedup.spark import run

FAR = (100_000_000, 10_000_000_000)


def spark(file: Path, master: str, out: Path, events: Path) -> tuple[list[tuple[str, float]], int]:
    """[(stage, when it began)], the end last, and the number of articles."""
    began: list[tuple[str, float]] = [("session", time.time())]
    found, failed = sources.find([str(file)])
    events.mkdir()
    outcome = run.scan(
        master, found, Settings(), str(out), failed=failed,
        progress=lambda stage, done, total: began.append((stage, time.time())),
        spark_settings={"spark.eventLog.enabled": "true", "spark.eventLog.dir": events.as_uri(),
                        "spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "false"})
    return [*began, ("end", time.time())], outcome.summary["articles"]


def shuffled(events: Path) -> list[tuple[float, int, float]]:
    """(when it ended, bytes it wrote for others, seconds it ran) of every task."""
    tasks = []
    for file in sorted(path for path in events.rglob("*") if path.is_file()):
        for line in file.read_text("utf-8").splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerTaskEnd" and "Task Metrics" in event:
                metrics, info = event["Task Metrics"], event["Task Info"]
                tasks.append((info["Finish Time"] / 1000, metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"],
                              (info["Finish Time"] - info["Launch Time"]) / 1000))
    return tasks


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--no-check", action="store_true", help="no run on one machine beside it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dedup-spark-") as name:
        folder = Path(name)
        began, articles = spark(options.file, options.master, folder / "spark.jsonl", folder / "events")
        tasks = shuffled(folder / "events")
        print(f"{articles:,} articles on {options.master}")
        print(f"{'stage':12} {'seconds':>8} {'task s':>8} {'MB shuffled':>12} {'µs/article':>11} {'bytes/article':>14}")
        total = [0.0, 0.0]
        for (stage, start), (_, end) in zip(began, began[1:]):
            own = [task for task in tasks if start <= task[0] < end]
            size, work = sum(task[1] for task in own), sum(task[2] for task in own)
            total[0] += work
            total[1] += size
            print(f"{stage:12} {end - start:8.1f} {work:8.1f} {size / 1e6:12.1f} {work / articles * 1e6:11.0f} "
                  f"{size / articles:14.0f}")
        print(f"{'all':12} {began[-1][1] - began[0][1]:8.1f} {total[0]:8.1f} {total[1] / 1e6:12.1f}")
        if not options.no_check:
            start = time.time()
            command = [sys.executable, "-m", "dedup", "scan", str(options.file), "--isolated", "-q"]
            subprocess.run([*command, "--annotate", str(folder / "one.jsonl")], check=True)
            same = (folder / "one.jsonl").read_bytes() == (folder / "spark.jsonl").read_bytes()
            print(f"one machine  {time.time() - start:8.1f}   records {'equal' if same else 'DIFFER'}")
        for count in FAR:
            print(f"computed for {count:,}: {total[0] / articles * count / 3600:,.0f} core hours, "
                  f"{total[1] / articles * count / 1e12:,.2f} TB shuffled, if all stages grew in proportion")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
