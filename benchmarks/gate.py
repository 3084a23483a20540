#!/usr/bin/env python3
"""How long the gate takes: a git repository of generated articles, its first scan, and a commit of five more.

usage: gate.py FOLDER [--articles 100000] [--runs 11] [--jobs 0]

Makes FOLDER (some 2.5 KB an article, 20 outlets with an appeal each) unless it is there, times `dedup scan --staged` with an
empty index (cold), then as whole processes with five more articles staged, of which one is an edited copy (warm), each time
other ones. Medians, and user + system time of the process and of git below it.
"""
from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bre cla dro fle gri plo stra tri ven mar".split()
FUNCTION = "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which".split()
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT", "DEDUP_"))}
ENVIRONMENT |= {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A",
                "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull, "PYTHONPATH": str(Path(__file__).parent.parent)}


class Press:
    """Articles of made-up words, frequent and rare ones, always the same for one seed."""

    def __init__(self, seed: int = 1) -> None:
        self.rng = np.random.default_rng(seed)
        # the most frequent ones are English, so that the rules of one language judge the articles, as they do real ones
        self.words = np.array(FUNCTION + ["".join(self.rng.choice(SYLLABLES, self.rng.integers(1, 5))) for _ in range(20_000 - len(FUNCTION))])
        share = 1 / np.arange(3, 20_003)
        self.share = np.cumsum(share / share.sum())
        self.appeals = [f"Subscribe to the {self.name()} newsletter and support our work: {self.sentence(18)}" for _ in range(20)]

    def name(self) -> str:
        return str(self.words[self.rng.integers(500, len(self.words))]).title()

    def sentence(self, words: int) -> str:
        return " ".join(self.words[np.searchsorted(self.share, self.rng.random(words))]).capitalize() + "."

    def article(self) -> str:
        """Some 400 words in paragraphs of 40, and now and then an appeal."""
        words = self.words[np.searchsorted(self.share, self.rng.random(400))].tolist()
        lines = [" ".join(words[at:at + 20]).capitalize() + "." for at in range(0, 400, 20)]
        text = "\n\n".join(f"{self.name()} said {one} {other}" for one, other in zip(lines[::2], lines[1::2]))
        return f"{text}\n\n{self.appeals[self.rng.integers(20)]}\n" if self.rng.random() < 0.5 else text + "\n"


def git(folder: Path, *arguments: str, data: bytes | None = None) -> bytes:
    return subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, input=data, check=True, capture_output=True).stdout


def make(folder: Path, articles: int) -> None:
    """A repository with one commit, without work tree: the gate looks at what is staged."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", ".")
    press = Press()

    def stream() -> Iterator[bytes]:
        yield b"commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\ndata 0\n"
        for number in range(articles):
            text = press.article().encode()
            yield b"M 100644 inline %02d/%06d.txt\ndata %d\n%s\n" % (number % 100, number, len(text), text)

    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=folder, env=ENVIRONMENT, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for part in stream():
            process.stdin.write(part)
    git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
    git(folder, "read-tree", "HEAD")


def stage(folder: Path, press: Press, turn: int) -> None:
    """Five more articles than in HEAD: four new ones, and one that is there with some words changed."""
    git(folder, "read-tree", "HEAD")
    there = git(folder, "show", f"HEAD:{turn % 100:02}/{turn:06}.txt").decode()
    texts = [press.article() for _ in range(4)] + [there.replace(" said ", " told us ")]
    for number, text in enumerate(texts):
        blob = git(folder, "hash-object", "-w", "--stdin", data=text.encode()).decode().strip()
        git(folder, "update-index", "--add", "--cacheinfo", f"100644,{blob},new/{turn}-{number}.txt")


def timed(folder: Path, *options: str) -> tuple[float, float, str]:
    """Seconds on the clock, seconds of processor time, and the report of `dedup scan --staged`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "dedup", "scan", "--staged", "--format", "github", *options], cwd=folder,
                          env=ENVIRONMENT, capture_output=True, text=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--jobs", default="0")
    parser.add_argument("--keep", action="store_true", help="keep the index of an earlier run instead of timing a cold one")
    arguments = parser.parse_args()
    if not (arguments.folder / ".git" / "index").exists():
        make(arguments.folder, arguments.articles)
    if not arguments.keep:
        shutil.rmtree(arguments.folder / ".git" / "dedup", ignore_errors=True)
        git(arguments.folder, "read-tree", "HEAD")
        wall, used, report = timed(arguments.folder, "--jobs", arguments.jobs)
        print(f"cold: {wall:.1f} s ({arguments.articles / wall:,.0f} articles/s), {used:.1f} s of processor time; {report.splitlines()[-1]}")
    press = Press(time.time_ns())
    walls, processor = [], []
    for turn in range(arguments.runs):
        stage(arguments.folder, press, turn)
        wall, used, report = timed(arguments.folder)
        assert f"file=new/{turn}-4.txt" in report and report.count("::warning") == 1, report
        walls.append(wall)
        processor.append(used)
    print(f"warm, 5 changed, {arguments.runs} runs: median {statistics.median(walls):.3f} s, best {min(walls):.3f} s, "
          f"processor {statistics.median(processor):.3f} s; index "
          f"{sum(path.stat().st_size for path in (arguments.folder / '.git' / 'dedup').iterdir()) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
