"""Every step at which a run can die or be refused: inputs whole, outputs old or new, the next run as if none had been.

A step is an audit event of the interpreter: each opening, renaming, making, listing and removing of a file or folder.
"""
import errno
import os
import shutil
import sys

import pytest

from dedup import journal, sources, write
from dedup.errors import DedupError
from dedup.sources import MANIFEST
from results import read_all, rereader, result_of
from test_write import make, tree

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
STEPS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.listdir", "os.scandir", "os.chmod", "os.utime",
         "shutil.rmtree")


def attempt(action, step, kill):
    """Runs `action` in a child in which the step of this number kills it or fails; its exit status.

    0: it went through before, 1: it failed with an error of ours, 2: with any other, 3: it went on, 9: it was killed.
    """
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    left = step

    def hook(event, arguments):
        nonlocal left
        if event not in STEPS or event == "open" and not isinstance(arguments[0], (str, bytes)):
            return
        if "/lib/python" in os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes)) else False:
            return
        left -= 1
        if left == 0:
            if kill:
                os._exit(9)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    status = 2
    try:
        sys.addaudithook(hook)
        action()
        status = 0 if left > 0 else 3
    except DedupError:
        status = 1
    finally:
        os._exit(status)


def steps(prepare, before, check, kill):
    """Prepares and runs an action once for every step of it, in a fresh copy `now` of `before`; returns how many."""
    now = before.with_name("now")
    for step in range(1, 2000):
        shutil.copytree(before, now, symlinks=True)
        status = attempt(prepare(now), step, kill)
        check(now, status)
        shutil.rmtree(now)
        if status == 0:
            return step - 1
    raise AssertionError("endless")


@pytest.fixture
def world(tmp_path):
    """A folder `news`, and what it looked like when an earlier output was written to `out` and `out.jsonl`."""
    before = tmp_path / "before"
    make(before / "news", a_txt="Body\n[ad] buy\n", b_txt="Old text\n", c_md="Gone soon", sub__d_txt="Deep")
    scan(before, "out", False)
    scan(before, "out.jsonl", False)
    (before / "news/c.md").unlink()
    make(before / "news", b_txt="New text\n", e_html="<p>A page", sub__f_jsonl='{"text": "one"}\n{"text": "two"}\n')
    make(before / "out", mine_txt="my own file")
    (before / "empty").mkdir()
    return before


def scanned(world, output, overwrite):
    """The writing that is left to do after a scan."""
    found, _ = sources.find([str(world / "news")], output=world / output)
    result = result_of(read_all(found))
    return lambda: write.write_outputs(result, found, rereader(), world / output, overwrite=overwrite)


def scan(world, output, overwrite):
    scanned(world, output, overwrite)()


@pytest.mark.parametrize("output, overwrite, kill", [
    pytest.param(output, overwrite, kill, id=f"{output}-{'killed' if kill else 'disk-full'}",
                 marks=() if (output, kill) in (("out", True), ("out.jsonl", False)) else pytest.mark.slow)
    for output, overwrite in (("fresh/deep", False), ("empty", False), ("out", True), ("new.jsonl", False),
                              ("out.jsonl", True))
    for kill in (True, False)])
def test_outputs_are_old_or_new_and_the_next_run_makes_them_new(world, output, overwrite, kill):
    old = tree(world)
    done = world.with_name("done")
    shutil.copytree(world, done)
    scan(done, output, overwrite)
    new = tree(done)
    in_place = output in ("out", "empty")

    def check(now, status):
        assert status in ((0, 9) if kill else (0, 1, 3))
        state = tree(now)
        visible = {name: data for name, data in state.items() if "/." not in f"/{name}"}
        for name, data in visible.items():
            assert data in (old.get(name), new.get(name)), name
        for name in old:
            if name.startswith("news/") or name == "out/mine.txt":
                assert state[name] == old[name]
        if not in_place:
            written = [{name: data for name, data in files.items() if name.startswith("fresh")}
                       for files in (visible, old, new)]
            assert written[0] in written[1:]
        if status == 1 and not in_place:
            assert state == visible, "a failed run leaves nothing behind"
        if status in (0, 3):
            assert state == new
        if state != new:  # else it died after its work was done
            scan(now, output, overwrite)
        assert tree(now) == new

    assert steps(lambda now: scanned(now, output, overwrite), world, check, kill) > 10


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "disk-full"])
def test_changes_in_place_can_always_be_undone(tmp_path, kill):
    before = tmp_path / "before"
    make(before, a_txt="one", b_txt="two", c_txt="three")
    old = tree(before)

    def change(now):
        edits = [(path, path.read_bytes(), path.read_bytes().upper()) for path in sorted(now.glob("*.txt"))]
        return lambda: journal.replace(edits, now / "log")

    def check(now, status):
        assert status in ((0, 9) if kill else (0, 1, 3))
        for name, data in old.items():
            assert (now / name).read_bytes() in (data, data.upper())
        if (now / "log").exists() and (now / "log").read_bytes():
            assert all(not item.error for item in journal.undo(now / "log"))
        assert {name: (now / name).read_bytes() for name in old} == old

    assert steps(change, before, check, kill) > 10


def test_a_manifest_is_there_in_the_end(world):
    scan(world, "out", True)
    assert MANIFEST in tree(world / "out")
