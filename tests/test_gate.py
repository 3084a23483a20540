"""The gate: changed articles among all tracked ones, warm and cold, and against a full scan."""
import contextlib
import json
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from dedup import arrays, cli, gate
from dedup.boilerplate.repeats import Repeats
from dedup.reporters import REPORTERS
import repositories as repo

HEAVY = {"numpy", "click", "datasketch", "scipy", "numba", "multiprocessing", "jinja2"}
SEQUENCES = int(os.environ.get("TEST_SEQUENCES", "4"))
FIRST = int(os.environ.get("TEST_FIRST_SEQUENCE", "5"))  # 6 has short articles that only their rarer shingles join


@pytest.mark.parametrize("seed", [*range(FIRST, FIRST + SEQUENCES), 4344])  # there, parts of others stand in no copy of them
def test_warm_verdict_is_that_of_a_full_scan_along_random_histories(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(arrays, "at_hand", lambda: False)  # as in a hook, where nothing has imported NumPy
    folder = tmp_path / "r"
    folder.mkdir()
    story = repo.Story(folder, seed)
    with gate.opened(tmp_path / "index", gate.spec(repo.SETTINGS)) as index:
        assert not repo.ask(folder, index).warm
        snapshot = Repeats.from_bytes(index.snapshot.to_bytes())
        for _ in range(5):
            story.step()
            answer = repo.ask(folder, index)
            names = repo.run_git(folder, "diff", "--cached", "--name-only", "--no-renames", "-z").split("\0")[:-1]
            assert answer.warm or not names
            clusters = repo.full_scan(folder, snapshot)
            found = repo.clusters(answer)
            expected = repo.touching(clusters, set(names)) if names else clusters
            assert [cluster | {"cluster": 0} for cluster in found] == [cluster | {"cluster": 0} for cluster in expected]


def test_the_warm_path_imports_nothing_heavy(tmp_path):
    """Not even where a copy is found; `rapidfuzz` only judges short texts."""
    story = repo.Story(tmp_path, 1)
    (tmp_path / "copy.txt").write_text(max((path.read_text() for path in story.files()), key=len))
    repo.run_git(tmp_path, "add", "-A")
    program = ("import sys; from dedup.__main__ import main; status = main(['scan', '--staged', '--check', '-q']); "
               f"print(status, sorted({HEAVY} & set(sys.modules)))")
    environment = repo.environment(PYTHONPATH=str(Path(__file__).parent.parent))
    for _ in range(2):  # the first one fills the index
        done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == "1 []\n", done.stderr


@pytest.mark.parametrize("flags", [
    [], ["--check"], ["-q"], ["--quiet", "--check"], *(["--format", form] for form in REPORTERS), ["--format=json", "--check"],
    ["--format", "none"], ["--format"], ["--check", "--threshold", ".6"], ["--checks"], ["--help"], ["."]])
def test_plain_flags_are_understood_as_the_command_line_understands_them(tmp_path, flags):
    story = repo.Story(tmp_path, 1)
    (tmp_path / "copy.txt").write_text(max((path.read_text() for path in story.files()), key=len))
    repo.run_git(tmp_path, "add", "-A")
    said = []
    for way in ("from dedup.__main__ import main", "from dedup.cli import main"):
        program = f"import sys; {way}; raise SystemExit(main(['scan', '--staged', *sys.argv[1:]]))"
        done = subprocess.run([sys.executable, "-c", program, *flags], cwd=tmp_path, capture_output=True,
                              env=repo.environment(PYTHONPATH=str(Path(__file__).parent.parent)))
        said.append((done.returncode, done.stdout, done.stderr))
    assert said[0] == said[1]


def test_plain_flags_meet_errors_as_the_command_line_does(tmp_path):
    said = []
    for way in ("from dedup.__main__ import main", "from dedup.cli import main"):
        program = f"import sys; {way}; raise SystemExit(main(['scan', '--staged', '--check']))"
        for more in ({}, {"DEDUP_THRESHOLD": "9"}, {"PATH": ""}):
            done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True,
                                  env=repo.environment(PYTHONPATH=str(Path(__file__).parent.parent)) | more)
            assert done.returncode == 2 and done.stderr.startswith("dedup: error: ") and done.stderr.count("\n") == 1
            said.append(done.stderr)
    assert said[:3] == said[3:]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["scan", "--staged"]])
def test_a_report_that_cannot_be_written(tmp_path, arguments):
    repo.Story(tmp_path, 1)
    said = []
    for way in ("from dedup.__main__ import main", "from dedup.cli import main"):
        program = f"import sys; {way}; raise SystemExit(main({arguments}))"
        environment = repo.environment(PYTHONPATH=str(Path(__file__).parent.parent))
        reader, nobody = os.pipe()
        os.close(reader)
        for target in (os.open("/dev/full", os.O_WRONLY), nobody):
            done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, stdout=target, stderr=subprocess.PIPE,
                                  env=environment)
            os.close(target)
            said.append((done.returncode, done.stderr))
    assert said[:2] == said[2:]


def test_two_hooks_at_once_give_the_verdicts_they_give_one_by_one(tmp_path):
    """Two work trees share an index. Real processes, at first without an index, then each with something new."""
    first, second = tmp_path / "r", tmp_path / "w"
    first.mkdir()
    repo.run_git(first, "init", "-q")
    (first / "there.txt").write_text(repo.TEXT)
    (first / "other.txt").write_text(repo.OTHER)
    repo.run_git(first, "add", "-A")
    repo.run_git(first, "commit", "-qm", "one")
    repo.run_git(first, "worktree", "add", "-q", str(second), "-b", "second")
    command = [sys.executable, "-m", "dedup", "scan", "--staged", "--check", "--format", "json"]
    environment = repo.environment(PYTHONPATH=str(Path(__file__).parent.parent))
    for turn in range(4):
        (first / f"copy-{turn}.txt").write_text(repo.TEXT.replace(" said ", f" told {turn} of us ", 2))
        (second / f"new-{turn}.txt").write_text(repo.article(random.Random(100 + turn)))
        for folder in (first, second):
            repo.run_git(folder, "add", "-A")
        hooks = [subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                 for folder in (first, second)]
        told = [hook.communicate() for hook in hooks]
        assert [hook.returncode for hook in hooks] == [1, 0], told
        [cluster], none = (json.loads(out)["clusters"] for out, _ in told)
        assert {member["path"] for member in cluster["members"]} == {"there.txt", *(f"copy-{n}.txt" for n in range(turn + 1))}
        assert none == [] and all(line.startswith(b"dedup: the table of recurrent blocks is that of ")
                                  for _, err in told for line in err.splitlines())
    with gate.own_index(gate.git.Repository.find(str(first)), gate.spec(repo.SETTINGS)) as index:
        index.info()  # raises when it is damaged


def test_damage_that_comes_to_light_while_a_hook_runs_costs_it_time_only(tmp_path, monkeypatch, capfd):
    repo.run_git(tmp_path, "init", "-q")
    (tmp_path / "there.txt").write_text(repo.TEXT)
    (tmp_path / "other.txt").write_text(repo.OTHER)
    repo.run_git(tmp_path, "add", "-A")
    repo.run_git(tmp_path, "commit", "-qm", "one")
    (tmp_path / "copy.txt").write_text(repo.TEXT + "More.\n")
    repo.run_git(tmp_path, "add", "-A")
    for name in set(os.environ) - set(repo.environment()):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def verdict():
        assert cli.main(["scan", "--staged", "--check", "--format", "json", "--isolated"]) == 1
        return capfd.readouterr().out

    verdict()
    expected = verdict()
    [file] = (tmp_path / ".git/dedup").glob("*.sqlite")
    for damage in ("DELETE FROM articles", "UPDATE articles SET digest = x'00'", "UPDATE bands SET data = zeroblob(9)",
                   "UPDATE contents SET own = NULL"):
        with contextlib.closing(sqlite3.connect(file)) as db, db:
            db.execute(damage)
        assert verdict() == expected
        assert verdict() == expected
