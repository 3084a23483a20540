#!/usr/bin/env python3
"""Seconds and shuffled bytes of every stage on Spark, beside the same scan on one machine, and what more would need.

usage: spark.py FILE… [--master local[2]] [--no-check]
FILE: records as JSONL (benchmarks/corpus.py makes some), the smallest first. Checks that both write the same bytes.
CPU seconds are those of this process and all below it, Spark's and Python's: they say the same on a busy machine.
The last lines are computed, not measured: what each article costs in every stage, for the second FILE and later what
each article *more* than in the first one costs, times 100 million and 10 billion.
"""
from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dedup import sources
from dedup.settings import Settings
from dedup.spark import run

FAR = (100_000_000, 10_000_000_000)
FIXED = ("session",)  # the same for any number of articles


@dataclass
class Stage:
    """What one stage took."""

    seconds: float = 0.0
    cpu: float = 0.0
    shuffled: int = 0


def cpu_below(process: int) -> float:
    """CPU seconds of a process and all that it started."""
    parents, spent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone meanwhile
        parents[int(stat.parent.name)] = int(fields[1])
        spent[int(stat.parent.name)] = sum(map(int, fields[11:15]))

    def ours(one: int) -> bool:
        while one in parents and one != process:
            one = parents[one]
        return one == process

    return sum(ticks for one, ticks in spent.items() if ours(one)) / os.sysconf("SC_CLK_TCK")


def shuffled(events: Path) -> Iterator[tuple[float, int]]:
    """(when it ended, bytes it wrote for others) of every task."""
    for file in sorted(path for path in events.rglob("*") if path.is_file()):
        for line in file.read_text("utf-8").splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerTaskEnd" and "Task Metrics" in event:
                written = event["Task Metrics"]["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                yield event["Task Info"]["Finish Time"] / 1000, written


def measured(file: Path, master: str, out: Path, events: Path) -> tuple[dict[str, Stage], int]:
    """What every stage took, in order, and the number of articles."""
    began: list[tuple[str, float, float]] = []

    def at(stage: str, *_: int) -> None:
        began.append((stage, time.time(), cpu_below(os.getpid())))

    at("session")
    found, failed = sources.find([str(file)])
    events.mkdir()
    outcome = run.scan(
        master, found, Settings(), str(out), failed=failed, progress=at,
        spark_settings={"spark.eventLog.enabled": "true", "spark.eventLog.dir": events.as_uri(), "spark.driver.memory": "3g",
                        "spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "false",
                        "spark.sql.autoBroadcastJoinThreshold": "-1"})  # joins as of a large corpus
    at("end")
    stages: dict[str, Stage] = {}
    tasks = list(shuffled(events))
    for (name, start, before), (_, end, after) in zip(began, began[1:]):
        stage = stages.setdefault(name, Stage())
        stage.seconds += end - start
        stage.cpu += max(after - before, 0)  # at the end Spark's processes are gone
        stage.shuffled += sum(size for when, size in tasks if start <= when < end)
    return stages, outcome.summary["articles"]


def shown(stages: dict[str, Stage], articles: int, less: dict[str, Stage], fewer: int) -> None:
    """The table, and what follows from it: `less` and `fewer` are those of the first file, or nothing."""
    print(f"{'stage':12} {'seconds':>8} {'CPU s':>8} {'MB shuffled':>12} {'µs CPU/article':>15} {'bytes/article':>14}")
    cpu = size = 0.0
    for name, stage in stages.items():
        base = less.get(name, Stage())
        more_cpu = 0.0 if name in FIXED else max(stage.cpu - base.cpu, 0) / (articles - fewer)
        more_size = (stage.shuffled - base.shuffled) / (articles - fewer)
        cpu, size = cpu + more_cpu, size + more_size
        print(f"{name:12} {stage.seconds:8.1f} {stage.cpu:8.1f} {stage.shuffled / 1e6:12.1f} {more_cpu * 1e6:15.0f} "
              f"{more_size:14.0f}")
    total = [sum(getattr(stage, name) for stage in stages.values()) for name in ("seconds", "cpu", "shuffled")]
    print(f"{'all':12} {total[0]:8.1f} {total[1]:8.1f} {total[2] / 1e6:12.1f} {cpu * 1e6:15.0f} {size:14.0f}")
    for count in FAR:
        print(f"computed for {count:,}: {cpu * count / 3600:,.0f} core hours, {size * count / 1e12:,.2f} TB shuffled, "
              "if every stage went on so")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--no-check", action="store_true", help="no run on one machine beside it")
    options = parser.parse_args()
    first: tuple[dict[str, Stage], int] = {}, 0
    for file in options.files:
        with tempfile.TemporaryDirectory(prefix="dedup-spark-") as name:
            folder = Path(name)
            stages, articles = measured(file, options.master, folder / "spark.jsonl", folder / "events")
            print(f"\n{articles:,} articles on {options.master}")
            shown(stages, articles, *first)
            first = first if first[1] else (stages, articles)
            if not options.no_check:
                start, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
                command = [sys.executable, "-m", "dedup", "scan", str(file), "--isolated", "-q"]
                subprocess.run([*command, "--annotate", str(folder / "one.jsonl")], check=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                same = (folder / "one.jsonl").read_bytes() == (folder / "spark.jsonl").read_bytes()
                print(f"one machine  {time.time() - start:8.1f} {spent:8.1f}   records {'equal' if same else 'DIFFER'}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
