"""Workers: tasks in order, what is given to all of them, and processes that inherit nothing."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dedup import workers
from dedup.errors import DedupError

SPAWNED = """
import multiprocessing, sys
multiprocessing.get_all_start_methods = lambda: ["spawn"]
from dedup.boilerplate import repeats
from dedup.cli import main
repeats._WORTH = repeats._BATCH = 3
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""


def _times(factor: int, value: int) -> int:
    return factor * value


def _dies(value: int) -> int:
    os._exit(9)


@pytest.mark.parametrize("jobs", [1, 3])
def test_answers_come_in_the_order_of_the_tasks(jobs: int) -> None:
    assert list(workers.run(_times, range(100), jobs, 7)) == [7 * value for value in range(100)]


def test_a_worker_that_dies_is_an_error() -> None:
    with pytest.raises(DedupError, match="a worker process died"):
        list(workers.run(_dies, range(4), 2))


def test_processes_that_inherit_nothing_do_the_same(tmp_path: Path) -> None:
    """As where there is no fork: everything travels by pickle."""
    (tmp_path / "spawned.py").write_text(SPAWNED, encoding="utf-8")
    for number in range(12):
        body = "\n\n".join(" ".join(f"word{(number * 31 + line * 7 + at * at) % 997}" for at in range(60)) + "."
                           for line in range(4))
        closing = f"Read our newsletter, issue {number}, every single week.\n"
        (tmp_path / f"{number:02}.txt").write_text(f"{body}\n\n{closing}", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(workers.__file__).parents[1])}
    found = []
    for program, jobs in ((["spawned.py"], "2"), (["-m", "dedup"], "1")):
        out = tmp_path / f"out{jobs}.jsonl"
        subprocess.run([sys.executable, *program, "scan", ".", "--isolated", "-q", "--jobs", jobs, "--annotate", str(out)],
                       cwd=tmp_path, env=environment, check=True)
        found.append(out.read_bytes())
        out.unlink()
    assert found[0] == found[1] and found[0].count(b"\n") == 12
