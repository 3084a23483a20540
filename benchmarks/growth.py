#!/usr/bin/env python3
"""What every stage of a scan takes, how that grows, and what more articles would take: `python benchmarks/growth.py FILE…`

FILE: JSON Lines (benchmarks/corpus.py makes some), the smallest first. Memory is that of all processes together, without
the pages of files; on disk is what the temporary folder's file system got, so nothing else should write to it. `growth` is
the power of the number of articles with which CPU seconds grew since the FILE before: 1 is linear.
The last lines are computed, not measured: what every article of the last FILE took more than in the FILE before (which takes
a start's fixed cost out), times 10 and 100 million.
"""
from __future__ import annotations

import argparse
import contextlib
import math
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dedup import pipeline, sources  # noqa: E402
from dedup.settings import Settings  # noqa: E402

FAR = (10_000_000, 100_000_000)


class Taken(NamedTuple):
    """What one stage took."""

    seconds: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0  # MB, the most at once
    disk: float = 0.0  # MB more than at the start, at its end


class Watch:
    """Looks twice a second at the memory of this process and its workers."""

    def __init__(self) -> None:
        self._most, self._lock, self._end = 0, threading.Lock(), threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._end.wait(0.5):
            self._look()

    def _look(self) -> None:
        memory = sum(map(_anonymous, [os.getpid(), *_workers()]))
        with self._lock:
            self._most = max(self._most, memory)

    def most(self) -> int:
        """The most bytes that all together had since this was asked last."""
        self._look()
        with self._lock:
            most, self._most = self._most, 0
        return most

    def stop(self) -> None:
        self._end.set()


def _workers() -> list[int]:
    return [int(child) for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()]


def _anonymous(process: int) -> int:
    """Bytes of its own memory, what it shares with others in parts; no file's."""
    with contextlib.suppress(OSError):  # gone meanwhile
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss_Anon:"):
                return int(line.split()[1]) << 10
    return 0


def _cpu() -> float:
    """Seconds that this process and its workers have spent, those that have ended and those that run."""
    ticks = 0
    for worker in _workers():
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return sum(os.times()[:4]) + ticks / os.sysconf("SC_CLK_TCK")


def _used() -> int:
    return shutil.disk_usage(tempfile.gettempdir()).used


def measured(file: Path, settings: Settings) -> tuple[dict[str, Taken], int]:
    """What every stage took, in order, and the number of articles."""
    watch, used = Watch(), _used()
    looks: list[tuple[str, float, float, float, float]] = []

    def at(stage: str, *_: int) -> None:
        if not looks or looks[-1][0] != stage:
            looks.append((stage, time.time(), _cpu(), watch.most() / 1e6, (_used() - used) / 1e6))

    at("start")
    result = pipeline.scan(sources.find([str(file)])[0], settings, progress=at)
    at("end")
    watch.stop()
    stages: dict[str, Taken] = {}
    for (name, start, before, _, _), (_, end, after, memory, disk) in zip(looks, looks[1:]):
        old = stages.get(name, Taken())
        stages[name] = Taken(old.seconds + end - start, old.cpu + after - before, max(old.memory, memory), max(old.disk, disk))
    return stages, result.count


def shown(stages: dict[str, Taken], articles: int, less: dict[str, Taken], fewer: int) -> None:
    """The table, and what follows from it: `less` and `fewer` are those of the file before, or nothing."""
    print(f"\n{articles:,} articles\n{'stage':26}{'seconds':>9}{'CPU s':>9}{'µs CPU':>9}{'growth':>8}{'MB':>8}{'MB on disk':>12}")
    every = [*stages.items(), ("all", total(stages))]
    for name, taken in every:
        base = (total(less) if name == "all" else less.get(name, Taken())) if less else Taken()
        growth = math.log(taken.cpu / base.cpu) / math.log(articles / fewer) if base.cpu > 0 < taken.cpu else math.nan
        print(f"{name:26}{taken.seconds:9.1f}{taken.cpu:9.1f}{taken.cpu / articles * 1e6:9.1f}{growth:8.2f}{taken.memory:8.0f}"
              f"{taken.disk:12.0f}")
    if fewer:
        more = [(big - small) / (articles - fewer) for big, small in zip(total(stages), total(less))]
        for count in FAR:
            seconds, _, memory, disk = (each * count for each in more)
            print(f"computed for {count:,}: {seconds / 3600:,.1f} hours, {memory / 1e3:,.0f} GB of memory, {disk / 1e3:,.0f} GB on disk")


def total(stages: dict[str, Taken]) -> Taken:
    """All stages together."""
    seconds, cpu, memory, disk = zip(*stages.values())
    return Taken(sum(seconds), sum(cpu), max(memory), max(disk))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--boilerplate", default="strip", choices=["strip", "mask", "off"])
    parser.add_argument("--engine", default="auto", choices=["auto", "numpy", "numba"])
    options = parser.parse_args()
    before: tuple[dict[str, Taken], int] = {}, 0
    for file in options.files:
        stages, articles = measured(file, Settings(boilerplate=options.boilerplate, engine=options.engine))
        shown(stages, articles, *before)
        sys.stdout.flush()
        before = stages, articles


if __name__ == "__main__":
    main()
