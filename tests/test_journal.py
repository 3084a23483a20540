"""In-place changes and undoing them: every byte comes back, whenever it stopped."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import journal
from dedup.errors import InputError, OutputError


def edits(folder, *pairs):
    result = []
    for number, (old, new) in enumerate(pairs):
        path = folder / f"{number}.txt"
        path.write_bytes(old)
        result.append((path, old, new))
    return result


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=50), st.binary(max_size=50)), min_size=1, max_size=5))
def test_every_byte_comes_back(pairs):
    with tempfile.TemporaryDirectory() as folder:
        wanted = edits(Path(folder), *pairs)
        log = journal.replace(wanted, Path(folder, "log"))
        assert [path.read_bytes() for path, _, _ in wanted] == [new for _, new in pairs]
        if log is None:
            assert all(old == new for old, new in pairs)
            return
        for _ in range(2):
            assert all(not done.error for done in journal.undo(log))
            assert [path.read_bytes() for path, _, _ in wanted] == [old for old, _ in pairs]


def test_mode_times_and_links_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_bytes(b"old")
    path.chmod(0o640)
    os.utime(path, ns=(10**18, 10**18))
    link.symlink_to(path)
    log = journal.replace([(link, b"old", b"new")])
    assert log.parent == tmp_path / "state/dedup"
    assert link.is_symlink() and path.read_bytes() == b"new" and path.stat().st_mode & 0o777 == 0o640
    journal.undo(log)
    assert (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode & 0o777) == (b"old", 10**18, 0o640)


def test_what_changed_since_is_left_alone_and_the_rest_comes_back(tmp_path):
    wanted = edits(tmp_path, (b"a", b"A"), (b"b", b"B"), (b"c", b"C"))
    log = journal.replace(wanted, tmp_path / "log")
    (tmp_path / "1.txt").write_bytes(b"mine")
    (tmp_path / "2.txt").unlink()
    done = {Path(item.path).name: item.error[:13] for item in journal.undo(log)}
    assert done == {"0.txt": "", "1.txt": "changed since", "2.txt": ""}
    assert [(tmp_path / f"{n}.txt").read_bytes() for n in range(3)] == [b"a", b"mine", b"c"]


def test_a_file_that_is_not_as_read_is_not_touched(tmp_path):
    first, second, third = edits(tmp_path, (b"a", b"A"), (b"b", b"B"), (b"c", b"C"))
    second[0].write_bytes(b"changed")
    with pytest.raises(OutputError, match=r"1\.txt: .*run again; dedup undo .*log puts back the 1"):
        journal.replace([first, second, third], tmp_path / "log")
    assert [path.read_bytes() for path, _, _ in (first, second, third)] == [b"A", b"changed", b"c"]
    journal.undo(tmp_path / "log")
    assert first[0].read_bytes() == b"a"


def test_names_that_are_no_unicode(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9\n.txt")
    path.write_bytes(b"old")
    log = journal.replace([(path, b"old", b"new")], tmp_path / "log")
    assert not journal.undo(log)[0].error and path.read_bytes() == b"old"


@pytest.mark.parametrize("content", [b"", b"no", b"{}", b"[]", b'{"dedup-journal": 99}\n', b"\xff", b"[" * 100_000])
def test_what_is_no_journal_is_refused(tmp_path, content):
    (tmp_path / "log").write_bytes(content)
    with pytest.raises(InputError, match="not a journal|damaged"):
        journal.undo(tmp_path / "log")
    with pytest.raises(InputError, match="no such file"):
        journal.undo(tmp_path / "none")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_journal_never_writes_anything_but_the_old_content(data):
    with tempfile.TemporaryDirectory() as folder:
        wanted = edits(Path(folder), (b"old text", b"new"), (b"second", b"2"))
        log = journal.replace(wanted, Path(folder, "log"))
        raw = bytearray(log.read_bytes())
        for _ in range(data.draw(st.integers(1, 5))):
            at = data.draw(st.integers(0, len(raw) - 1))
            raw[at:at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        log.write_bytes(raw)
        try:
            journal.undo(log)
        except InputError:
            pass
        for path, old, new in wanted:
            assert path.read_bytes() in (old, new)


def test_a_journal_cut_anywhere_restores_what_it_holds(tmp_path):
    wanted = edits(tmp_path, (b"a", b"A"), (b"b", b"B"))
    log = journal.replace(wanted, tmp_path / "log")
    whole = log.read_bytes()
    starts = [at for at in range(len(whole)) if at == 0 or whole[at - 1] == 10]
    for cut in range(starts[1], len(whole), 7):
        log.write_bytes(whole[:cut])
        for path, _, new in wanted:
            path.write_bytes(new)
        journal.undo(log)
        assert wanted[0][0].read_bytes() == (b"a" if cut >= starts[2] - 1 else b"A")


def test_killed_at_random_moments_nothing_is_lost(tmp_path):
    script = """
import sys
from pathlib import Path
from dedup import journal
folder = Path(sys.argv[1])
edits = [(path, path.read_bytes(), path.read_bytes().upper()) for path in sorted(folder.glob("*.txt"))]
print("ready", flush=True)
journal.replace(edits, folder / "log")
"""
    import random
    import time

    for round_ in range(6):
        folder = tmp_path / str(round_)
        folder.mkdir()
        for number in range(60):
            (folder / f"{number:02}.txt").write_bytes(b"text of %d" % number)
        process = subprocess.Popen([sys.executable, "-c", script, folder], stdout=subprocess.PIPE,
                                   cwd=Path(__file__).parent.parent)
        process.stdout.readline()
        time.sleep(random.Random(round_).random() * .05)
        process.kill()
        process.wait()
        process.stdout.close()
        for number in range(60):
            assert (folder / f"{number:02}.txt").read_bytes() in (b"text of %d" % number, b"TEXT OF %d" % number)
        if (folder / "log").exists() and (folder / "log").read_bytes():
            journal.undo(folder / "log")
        assert [path.read_bytes() for path in sorted(folder.glob("*.txt"))] == [b"text of %d" % n for n in range(60)]
