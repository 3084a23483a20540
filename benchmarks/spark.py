#!/usr/bin/env python3
"""Seconds, shuffled bytes and rows of every stage on Spark, beside the same scan on one machine, and what more would need.

usage: spark.py FILE… [--master local[2]] [--boilerplate strip|mask|off] [--no-check] [--json FILE]
FILE: records as JSONL (benchmarks/corpus.py makes some), the smallest first. Checks that both write the same bytes.
CPU seconds are those of this process and all below it, Spark's and Python's: they say the same on a busy machine.
`growth` is by how much CPU and shuffled bytes grow when articles double, from the FILE before: 1 is linear.
The last lines are computed, not measured: what each article of the last FILE costs in every stage *more* than in the
FILE before (which takes a start's fixed cost out), times 100 million and 10 billion.
"""
from __future__ import annotations

import argparse
import contextlib
import filecmp
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from dedup import sources
from dedup.settings import Settings
from dedup.spark import run, session

FAR = (100_000_000, 10_000_000_000)
FIXED = ("session",)  # the same for any number of articles
SPARK = {"spark.eventLog.enabled": "true", "spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "false",
         "spark.driver.memory": "3g", "spark.sql.autoBroadcastJoinThreshold": "-1"}  # joins as of a large corpus


@dataclass
class Stage:
    """What one stage took: seconds, those of its longest task, and bytes and rows that went from task to task or to the
    tables between stages."""

    seconds: float = 0.0
    cpu: float = 0.0
    longest: float = 0.0
    sent: int = 0
    fetched: int = 0
    stored: int = 0
    rows: int = 0


class Task(NamedTuple):
    """What one task of Spark's moved."""

    ended: float
    seconds: float
    sent: int
    fetched: int
    stored: int
    rows: int


class Clock:
    """CPU seconds of this process and of all that it ever started, looked at twice a second: what a parent that dies is
    told of its children is lost."""

    def __init__(self) -> None:
        self.spent: dict[tuple[int, int], int] = {os_process(): 0}  # (process, when it started) → ticks
        self._lock, self._end = threading.Lock(), threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._end.wait(0.5):
            self.seconds()

    def stop(self) -> None:
        self._end.set()

    def seconds(self) -> float:
        """What all have spent so far."""
        running: dict[int, tuple[int, int, int]] = {}  # process → its parent, when it started, ticks
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # gone meanwhile
                running[int(stat.parent.name)] = fields(stat)
        with self._lock:
            ours = {process for process, _ in self.spent if (process, running.get(process, (0, 0, 0))[1]) in self.spent}
            for process in running:
                line = [process]
                while line[-1] in running and line[-1] not in ours:
                    line.append(running[line[-1]][0])
                if line[-1] in ours:
                    ours.update(line)
            for process in ours & running.keys():
                _, start, ticks = running[process]
                self.spent[process, start] = max(ticks, self.spent.get((process, start), 0))
            return sum(self.spent.values()) / os.sysconf("SC_CLK_TCK")


def fields(stat: Path) -> tuple[int, int, int]:
    """Parent, start and ticks of CPU of a process."""
    found = stat.read_text().rpartition(")")[2].split()
    return int(found[1]), int(found[19]), int(found[11]) + int(found[12])


def os_process() -> tuple[int, int]:
    """This process and when it started."""
    return os.getpid(), fields(Path("/proc/self/stat"))[1]


def tasks(events: Path) -> Iterator[Task]:
    """All tasks in Spark's log."""
    for file in sorted(path for path in events.rglob("*") if path.is_file()):
        for line in file.open(encoding="utf-8"):
            event = json.loads(line)
            if event["Event"] == "SparkListenerTaskEnd" and "Task Metrics" in event:
                metrics = event["Task Metrics"]
                read, written = metrics["Shuffle Read Metrics"], metrics["Output Metrics"]
                began, ended = event["Task Info"]["Launch Time"] / 1000, event["Task Info"]["Finish Time"] / 1000
                yield Task(ended, ended - began, metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"],
                           read["Remote Bytes Read"] + read["Local Bytes Read"], written["Bytes Written"],
                           written["Records Written"])


def measured(file: Path, master: str, settings: Settings, out: Path, events: Path) -> tuple[dict[str, Stage], int]:
    """What every stage took, in order, and the number of articles."""
    began: list[tuple[str, float, float]] = []
    clock = Clock()

    def at(stage: str, *_: int) -> None:
        began.append((stage, time.time(), clock.seconds()))

    at("session")
    found, failed = sources.find([str(file)])
    events.mkdir()
    spark = session.start(master, {**SPARK, "spark.eventLog.dir": events.as_uri()})
    try:  # with a session of ours its end is no part of the last stage
        outcome = run.scan(master, found, settings, str(out), failed=failed, progress=at)
        at("end")
    finally:
        clock.stop()
        spark.stop()
    stages: dict[str, Stage] = {}
    done = list(tasks(events))
    for (name, start, before), (_, end, after) in zip(began, began[1:]):
        stage = stages.setdefault(name, Stage())
        stage.seconds += end - start
        stage.cpu += after - before
        for task in done:
            if start <= task.ended < end:
                stage.longest = max(stage.longest, task.seconds)
                stage.sent += task.sent
                stage.fetched += task.fetched
                stage.stored += task.stored
                stage.rows += task.rows
    return stages, outcome.summary["articles"]


def total(stages: dict[str, Stage]) -> Stage:
    """All stages together."""
    sums = {name: sum(asdict(stage)[name] for stage in stages.values()) for name in asdict(Stage())}
    return Stage(**{**sums, "longest": max(stage.longest for stage in stages.values())})


def growth(more: float, less: float, articles: int, fewer: int) -> str:
    """The power of the number of articles with which something grew."""
    return f"{math.log(more / less) / math.log(articles / fewer):.2f}" if fewer and more > 0 and less > 0 else "-"


def shown(stages: dict[str, Stage], articles: int, less: dict[str, Stage], fewer: int) -> None:
    """The table, and what follows from it: `less` and `fewer` are those of the file before, or nothing."""
    print(f"{'':16}{'':>17}{'longest':>9}{'MB shuffled':>18}{'MB':>9}{'':>12}{'an article more':>19}{'growth':>14}\n"
          f"{'stage':16}{'seconds':>9}{'CPU s':>8}{'task s':>9}{'written':>9}{'read':>9}{'stored':>9}{'rows':>12}"
          f"{'µs CPU':>9}{'bytes':>10}{'CPU':>7}{'bytes':>7}")
    cpu = size = stored = 0.0
    for name, stage in [*stages.items(), ("all", total(stages))]:
        base = (total(less) if less else Stage()) if name == "all" else less.get(name, Stage())
        more = 0.0 if name in FIXED else max(stage.cpu - base.cpu, 0) / (articles - fewer)
        sent = (stage.sent - base.sent) / (articles - fewer)
        if name != "all":
            cpu, size, stored = cpu + more, size + sent, stored + (stage.stored - base.stored) / (articles - fewer)
        else:
            more = cpu
        print(f"{name:16}{stage.seconds:9.1f}{stage.cpu:8.1f}{stage.longest:9.1f}{stage.sent / 1e6:9.1f}{stage.fetched / 1e6:9.1f}"
              f"{stage.stored / 1e6:9.1f}{stage.rows:12,}{more * 1e6:9.0f}{sent:10.0f}"
              f"{growth(stage.cpu, base.cpu, articles, fewer):>7}{growth(stage.sent, base.sent, articles, fewer):>7}")
    for count in FAR:
        print(f"computed for {count:,}: {cpu * count / 3600:,.0f} core hours, {size * count / 1e12:,.2f} TB shuffled, "
              f"{stored * count / 1e12:,.2f} TB of tables, if every stage went on so")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--boilerplate", default="strip", choices=["strip", "mask", "off"])
    parser.add_argument("--no-check", action="store_true", help="no run on one machine beside it")
    parser.add_argument("--json", type=Path, help="also write the stages here")
    options = parser.parse_args()
    settings = Settings(boilerplate=options.boilerplate)
    before: tuple[dict[str, Stage], int] = {}, 0
    figures = {}
    for file in options.files:
        with tempfile.TemporaryDirectory(prefix="dedup-spark-") as name:
            folder = Path(name)
            stages, articles = measured(file, options.master, settings, folder / "spark.jsonl", folder / "events")
            print(f"\n{articles:,} articles on {options.master}, boilerplate {options.boilerplate}")
            shown(stages, articles, *before)
            sys.stdout.flush()
            before = stages, articles
            figures[articles] = {stage: asdict(took) for stage, took in stages.items()}
            if not options.no_check:
                start, usage = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
                command = [sys.executable, "-m", "dedup", "scan", str(file), "--isolated", "-q", "--boilerplate", options.boilerplate]
                subprocess.run([*command, "--annotate", str(folder / "one.jsonl")], check=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                spent = after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime
                same = filecmp.cmp(folder / "one.jsonl", folder / "spark.jsonl", shallow=False)
                print(f"{'one machine':16}{time.time() - start:9.1f}{spent:8.1f}   records {'equal' if same else 'DIFFER'}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
