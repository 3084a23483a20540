"""Workers: tasks in order, what is given to all of them, and processes that inherit nothing."""
from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dedup import workers
from dedup.errors import DedupError

MOMENTS = int(os.environ.get("TEST_FAULTS", "24"))
SPAWNED = """
import multiprocessing, sys
multiprocessing.get_all_start_methods = lambda: ["spawn"]
from dedup.boilerplate import repeats, wordings
from dedup.cli import main
repeats._WORTH = wordings._WORTH = wordings._BATCH = 3
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""


def _times(factor: int, value: int) -> int:
    return factor * value


def _appended(memory: list[int], value: int) -> int:
    memory.append(value)
    return len(memory)


def _dies(value: int) -> int:
    os._exit(9)


def _stops(value: int) -> int:
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGSTOP)).start()  # it cannot end before that
    return value


@pytest.mark.parametrize("jobs", [1, 3])
def test_answers_come_in_the_order_of_the_tasks(jobs: int) -> None:
    assert list(workers.run(_times, range(100), jobs, 7)) == [7 * value for value in range(100)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_team_remembers_what_it_has_done(jobs: int) -> None:
    memory: list[int] = []
    with workers.team(jobs, memory) as team:
        next(team(_appended, range(50)))  # nobody asks for the others
        seen = [answer for _ in range(3) for answer in team(_appended, range(50))]
    assert sum(seen) > 150 and (not memory or jobs == 1)


def test_a_worker_that_dies_is_an_error() -> None:
    with pytest.raises(DedupError, match="a worker process died"):
        list(workers.run(_dies, range(4), 2))


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs signals that stop a process")
def test_a_worker_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LATE", 1)
    assert list(workers.run(_stops, range(4), 2)) == [0, 1, 2, 3]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_an_interrupt_at_any_moment_ends_it() -> None:
    """Even where it falls between the taking of a lock and its release."""
    chance = random.Random(MOMENTS)
    list(workers.run(_times, range(4), 2, 7))  # what is imported by now takes no time later
    for moment in range(MOMENTS):
        said, says = os.pipe()
        child = os.fork()
        if not child:
            status = 3
            signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
            try:
                for answer in workers.run(_times, itertools.count(), 2, 7):
                    if not answer:
                        os.write(says, b"working")
            except KeyboardInterrupt:
                status = 130
            finally:
                os._exit(status)
        os.read(said, 7)
        time.sleep(chance.uniform(0, .05))
        os.kill(child, signal.SIGINT)
        end, ended = time.monotonic() + 60, (0, 0)
        while not ended[0] and time.monotonic() < end:
            time.sleep(.001)
            ended = os.waitpid(child, os.WNOHANG)
        if not ended[0]:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        assert ended[0] and os.waitstatus_to_exitcode(ended[1]) == 130, moment
        os.close(said)
        os.close(says)


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
