"""What the machine does to a run: a full or read-only disk, little memory, dead workers, files that go or change under it.

Each time the inputs are whole, the output is the old one or the new one, and the next run makes the new one.
TEST_FAULTS sets how often each is tried.
"""
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dedup import pipeline, readers, sources, write
from dedup.article import cut
from dedup.cli import main
from dedup.errors import DedupError
from dedup.settings import Settings
from test_write import tree

SAMPLES = Path(__file__).parent.parent / "samples"
TRIES = int(os.environ.get("TEST_FAULTS", "6"))


def arguments(world: Path, output: Path, jobs: int = 1) -> list[str]:
    return ["scan", str(world / "in"), "-o", str(output / "out"), "--overwrite", "--annotate", str(output / "all.jsonl"),
            "--report", str(output / "report.json"), "--format", "json", "--isolated", "-q", "--jobs", str(jobs)]


@pytest.fixture
def world(tmp_path):
    """Inputs, and in `done` what an undisturbed run makes of them."""
    shutil.copytree(SAMPLES, tmp_path / "in")
    (tmp_path / "done").mkdir()
    assert main(arguments(tmp_path, tmp_path / "done")) == 0
    return tmp_path


def visible(folder: Path) -> dict[str, bytes]:
    """What is in a folder, hidden files left out, under the names that an undisturbed run would have written."""
    place = os.fsencode(str(folder))
    return {name: data.replace(place, b"/PLACE") for name, data in tree(folder).items() if "/." not in f"/{name}"}


@pytest.fixture
def disk(world):
    """A disk of our own: mounts it with a size and options."""
    place = world / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "dedup", place], capture_output=True).returncode:
            pytest.skip("may not mount a disk")
        return place

    yield mount
    subprocess.run(["umount", place], capture_output=True)


def test_a_full_disk_keeps_the_old_output_or_has_the_new(world, disk, capfd):
    new, inputs = visible(world / "done"), tree(world / "in")
    place = disk("size=100m")
    needed = sum(-len(data) // 4096 * -4096 for data in new.values())
    failed = 0
    for size in [needed * share // TRIES for share in range(1, TRIES)]:
        subprocess.run(["mount", "-o", f"remount,size={max(size, 4096)}", place], check=True)
        status = main(arguments(world, place))
        assert status in (0, 2) and tree(world / "in") == inputs
        if status == 2:
            failed += 1
            assert "no space left" in capfd.readouterr().err
        assert visible(place).items() <= new.items()
        subprocess.run(["mount", "-o", "remount,size=100m", place], check=True)
        assert main(arguments(world, place)) == 0
        assert visible(place) == new
        for entry in place.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    assert failed > 1


def test_a_read_only_disk_is_an_error(world, disk, capfd):
    place = disk("size=100m")
    assert main(arguments(world, place)) == 0
    old = tree(place)
    (world / "in/estuary/ferry.txt").write_text("Something else.\n")
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    assert main(arguments(world, place)) == 2
    assert "read-only" in capfd.readouterr().err and tree(place) == old
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(place))
        assert main(["strip", "--in-place", str(world / "in/estuary/bridge-scraped.md"), "--isolated"]) == 2
    assert "read-only" in capfd.readouterr().err
    assert (world / "in/estuary/bridge-scraped.md").read_bytes() == (SAMPLES / "estuary/bridge-scraped.md").read_bytes()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")
def test_a_worker_that_is_killed_ends_the_run_and_the_next_one_is_undisturbed(world):
    for number in range(12):  # enough for several workers
        shutil.copytree(SAMPLES / "estuary", world / "in" / f"{number}")
    (world / "now").mkdir()
    assert main(arguments(world, world / "done")) == 0
    new, chance, died = visible(world / "done"), random.Random(TRIES), 0
    program = [sys.executable, "-m", "dedup", *arguments(world, world / "now", 2)]
    for _ in range(TRIES):
        with subprocess.Popen(program, stderr=subprocess.PIPE, text=True) as process:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            while process.poll() is None:
                try:
                    several = children.read_text().split()
                    if several and chance.random() < 0.3:
                        os.kill(int(chance.choice(several)), signal.SIGKILL)
                        break
                except (FileNotFoundError, ProcessLookupError):
                    break
                time.sleep(0.01)
            said = process.communicate(timeout=120)[1]
        assert process.returncode in (0, 2), said
        if process.returncode:
            died += 1
            assert said == "dedup: error: a worker process died, perhaps for want of memory: try fewer --jobs\n"
            assert visible(world / "now") in ({}, new)
    assert died
    assert subprocess.run(program).returncode == 0 and visible(world / "now") == new


@pytest.mark.parametrize("jobs", [1, 2])
def test_little_memory_is_an_error_or_enough(world, jobs):
    """Limits on the address space from too little for the imports up to enough; never a hang, never a part of an output."""
    (world / "now").mkdir()
    new, statuses = visible(world / "done"), []
    for megabytes in (*range(120, 240, max(10, 240 // TRIES)), 1000):
        done = subprocess.run([sys.executable, "-m", "dedup", *arguments(world, world / "now", jobs)], capture_output=True,
                              text=True, timeout=240,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20)))
        statuses.append(done.returncode)
        assert done.returncode in (0, 2), (megabytes, done.stderr)
        assert "dedup: error: " in done.stderr or done.returncode == 0, (megabytes, done.stderr)
        assert visible(world / "now") in ({}, new)
    assert statuses[0] == 2 and statuses[-1] == 0


def mischief(world: Path, chance: random.Random) -> None:
    """Something happens to an input."""
    path = chance.choice(sorted(path for path in (world / "in").rglob("*") if path.is_file()))
    what = chance.randrange(6)
    if what == 0:
        path.unlink()
    elif what == 1:
        path.write_bytes(path.read_bytes()[:chance.randrange(400)])
    elif what == 2:
        path.write_bytes(chance.randbytes(5000))
    elif what == 3:
        shutil.rmtree(path.parent)
    elif what == 4:
        path.write_text("All of it is new.\n\n" * chance.randrange(1, 300))
    else:
        path.unlink()
        path.mkdir()


def test_inputs_that_go_or_change_during_a_run_are_errors_or_as_they_were_read(world):
    """In the middle of any phase, and between reading and writing: what is written was read, and is in no other's place."""
    before = world / "before"
    shutil.copytree(world / "in", before)
    for seed in range(4 * TRIES):
        shutil.rmtree(world / "in", ignore_errors=True)
        shutil.copytree(before, world / "in")
        chance = random.Random(seed)
        left = chance.randrange(1, 12)

        def progress(phase, done, total):
            nonlocal left
            left -= 1
            if not left:
                mischief(world, chance)

        values = Settings(jobs=1)
        out = world / f"out{seed}"
        found, failed = sources.find([world / "in"])
        try:
            result = pipeline.scan(found, values, failed=failed, progress=progress)
            if left > 0:
                mischief(world, chance)

            def reread(source):
                return readers.read(source, pipeline.read_options(values))
            write.write_outputs(result, found, reread, out)
        except DedupError as error:
            assert str(error)
            assert not [name for name in tree(world) if name.startswith(f"out{seed}") and "/." not in f"/{name}"]
            continue
        read = {entry.path: cut(result.text_of(number), result.removed_of(number)) for number, entry in enumerate(result.entries)}
        shown = {source.target: source.path for source in found}
        for name, data in tree(out).items():
            if name.endswith((".txt", ".md")):
                assert data.decode("utf-8", "surrogatepass") == read[shown[name]], (seed, name)
        shutil.rmtree(out)
