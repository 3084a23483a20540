"""Whole runs that are killed, interrupted or terminated at random moments: nothing is lost, the next run is undisturbed.

TEST_FAULTS sets how many moments are tried.
"""
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from dedup.cli import main
from test_write import tree

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
SAMPLES = Path(__file__).parent.parent / "samples"
MOMENTS = int(os.environ.get("TEST_FAULTS", "24"))
STATUS = {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: 130, signal.SIGTERM: 143}


def scan(world, jobs=2):
    return main(["scan", str(world / "in"), "-o", str(world / "out"), "--overwrite", "--annotate", str(world / "out.jsonl"),
                 "--report", str(world / "report.json"), "--format", "json", "--isolated", "-q", "--jobs", str(jobs)])


def strip(world):
    files = [str(path) for path in sorted((world / "in" / "estuary").glob("*.txt"))]
    return main(["strip", "--in-place", *files, "--isolated"])


def disturbed(action, world, sent, delay, temporary):
    """Runs `action` in a process that gets a signal after a delay; its exit status."""
    asking = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, asking)  # or one in the first moment would end the tests in the child
    child = os.fork()
    if not child:
        status = 130
        try:
            os.setpgid(0, 0)
            os.environ["TMPDIR"] = str(temporary)
            import tempfile

            tempfile.tempdir = None
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 1)
            os.dup2(null, 2)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, asking)
            status = action(world)
        finally:  # a signal before the program has begun is not its business
            os._exit(status)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, asking)
    time.sleep(delay)
    try:
        os.kill(child, sent)
    except ProcessLookupError:
        pass
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        os.killpg(child, signal.SIGKILL)  # workers of a killed process
    except (ProcessLookupError, PermissionError):
        pass
    return status


@pytest.fixture
def world(tmp_path):
    """Samples, and the outputs of an earlier run over fewer of them."""
    world = tmp_path / "world"
    shutil.copytree(SAMPLES / "kanal", world / "in" / "kanal")
    assert scan(world, 1) == 0
    shutil.copytree(SAMPLES / "estuary", world / "in" / "estuary")
    return world


def seconds(action, world):
    start = time.perf_counter()
    action(world)
    return time.perf_counter() - start


def moments(action, world, takes):
    """(moment, signal, exit status, folder it ran in, its temporary folder) of runs that got a signal at a random moment."""
    chance, now, temporary = random.Random(MOMENTS), world.with_name("now"), world.with_name("tmp")
    for moment in range(MOMENTS):
        shutil.copytree(world, now)
        temporary.mkdir()
        sent = list(STATUS)[moment % 3]
        status = disturbed(action, now, sent, chance.uniform(0, 1.1 * takes), temporary)
        assert status in (0, STATUS[sent], -sent), (moment, sent)
        yield moment, sent, status, now, temporary
        shutil.rmtree(now)
        shutil.rmtree(temporary)


def test_a_scan_that_is_stopped_leaves_the_old_outputs_or_the_new(world):
    old, done = tree(world), world.with_name("done")
    shutil.copytree(world, done)
    takes = seconds(scan, done)
    new = tree(done)
    stopped = left = 0
    for moment, sent, status, now, temporary in moments(scan, world, takes):
        stopped += status != 0
        for name, data in tree(now).items():
            known = old.get(name) if name.startswith("in/") else (old.get(name), new.get(name))
            assert "/." in f"/{name}" or data in (known if isinstance(known, tuple) else (known,)), (moment, name)
        assert all(tree(now)[name] == data for name, data in old.items() if name.startswith("in/"))
        if sent != signal.SIGKILL:
            left += len(list(temporary.iterdir()))
            hidden = [name for name in tree(now) if "/." in f"/{name}"]  # what is ready, the next run puts in its place
            assert all(name.startswith("out/.dedup-ready/") for name in hidden), (moment, sent)
        assert scan(now, 1) == 0
        assert {name: data.replace(b"/now/", b"/done/") for name, data in tree(now).items()} == new, moment
    assert stopped > MOMENTS / 4
    assert left <= MOMENTS / 24  # Python itself, asked for the first time, tries a file where temporary ones go


def test_changes_in_place_that_are_stopped_leave_old_files_or_new_and_the_next_run_ends_them(world):
    old, done = tree(world / "in"), world.with_name("done")
    shutil.copytree(world, done)
    takes = seconds(strip, done)
    new = tree(done / "in")
    assert new != old
    for moment, _, _, now, _ in moments(strip, world, takes):
        assert all(tree(now / "in").get(name) in (old[name], new[name]) for name in old), moment
        assert strip(now) == 0
        assert {name: tree(now / "in")[name] for name in old} == {name: new[name] for name in old}, moment
