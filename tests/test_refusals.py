"""What a refused commit says: who came, who was there, what to do; and that what it says to do works."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import repositories as repo

from dedup import invocation
from dedup.errors import MissingExtra

ROOT = Path(__file__).parent.parent


@pytest.fixture
def refused(tmp_path):
    """A repository with an article, a copy of which is staged, and another article; and its gate."""
    repo.run_git(tmp_path, "init", "-q")
    (tmp_path / "first one.txt").write_text(repo.TEXT)
    repo.run_git(tmp_path, "add", "-A")
    repo.run_git(tmp_path, "commit", "-qm", "first")
    (tmp_path / "second.txt").write_text(repo.COPY)
    (tmp_path / "other.txt").write_text(repo.OTHER)
    repo.run_git(tmp_path, "add", "-A")

    def gate(*arguments: str, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dedup", "scan", *(arguments or ("--staged", "--check"))]
        return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
    gate.folder = tmp_path
    return gate


def environment() -> dict[str, str]:
    return repo.environment(PYTHONPATH=str(ROOT))


def commands(report: str) -> list[str]:
    """The commands it offers, in order."""
    return re.findall(r"(?m)^  (\S.*)\n {6}\S", report)


def test_it_says_which_is_staged_and_which_was_there(refused):
    done = refused()
    assert done.returncode == 1
    assert re.search(r"(?m)^  staged   second\.txt\n  tracked  first one\.txt\n", done.stdout), done.stdout
    assert "other.txt" not in done.stdout
    assert done.stdout.endswith("2 staged articles: 1 copy of what is there or comes with it\n")


@pytest.mark.parametrize("choice", range(3))
@pytest.mark.parametrize("below", [False, True])
def test_whatever_it_offers_lets_the_commit_pass(refused, choice, below):
    folder = refused.folder / "below" if below else refused.folder
    folder.mkdir(exist_ok=True)
    offered = commands(refused(folder=folder).stdout)
    assert len(offered) == 4
    subprocess.run(offered[choice], shell=True, check=True, cwd=folder, env=environment(), capture_output=True)
    assert refused(folder=folder).returncode == 0
    assert (refused.folder / "second.txt").exists()


def test_the_override_it_offers_is_one(refused):
    subprocess.run(commands(refused().stdout)[3], shell=True, check=True, cwd=refused.folder)
    assert refused("--staged", "--check", "--overrides", "overrides.tsv").returncode == 0


def test_of_a_revision_it_speaks_of_changed_articles(refused):
    repo.run_git(refused.folder, "commit", "-qm", "second")
    done = refused("--since", "HEAD~1", "--check")
    assert "  changed  second.txt\n  tracked  first one.txt\n" in done.stdout and "--cached" not in done.stdout
    subprocess.run(commands(done.stdout)[2], shell=True, check=True, cwd=refused.folder, env=environment(), capture_output=True)
    assert refused("--since", "HEAD~1", "--check").returncode == 0


def test_records_are_taken_out_of_their_file(refused):
    (refused.folder / "many.jsonl").write_text('{"text": "%s"}\n' % repo.COPY.replace("\n", "\\n"))
    repo.run_git(refused.folder, "rm", "-qf", "second.txt")
    repo.run_git(refused.folder, "add", "-A")
    done = refused()
    assert "  staged   many.jsonl:1\n" in done.stdout and "git rm --cached" not in done.stdout
    assert commands(done.stdout)[0].startswith("(1 copy is a record")


def test_where_nothing_was_accepted_yet_it_says_how_to_begin(refused):
    repo.run_git(refused.folder, "commit", "-qm", "both")
    done = refused()
    assert done.returncode == 1
    again = re.search(r"to begin with, accept what is there: (.*) writes \.dedup-baseline\.json", done.stderr)[1]
    subprocess.run(again, shell=True, check=True, cwd=refused.folder, env=environment(), capture_output=True)
    assert refused().returncode == 0 and "to begin with" not in refused().stderr


def program(path: Path, name: str = "dedup") -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_text("#!/bin/sh\n")
    (path / name).chmod(0o755)
    return path


def test_a_command_is_named_as_the_users_shell_finds_it(tmp_path, monkeypatch):
    home, hook, mine = tmp_path / "home", tmp_path / "home/.cache/py env", tmp_path / "mine"
    program(hook / "bin")
    program(mine)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(sys, "executable", str(hook / "bin/python"))
    monkeypatch.setattr(sys, "argv", [str(hook / "bin/dedup")])

    def named(*folders: Path, **more: str) -> str:
        return invocation.program({"PATH": os.pathsep.join(map(str, folders)), **more})
    assert named(hook / "bin") == "dedup"  # installed there, and active
    assert named(hook / "bin", PRE_COMMIT="1") == "~'/.cache/py env/bin/dedup'"  # active only in the hook
    assert named(hook / "bin", mine, PRE_COMMIT="1") == "dedup"
    assert named() == "~'/.cache/py env/bin/dedup'"
    (hook / "bin/dedup").unlink()
    assert named() == "~'/.cache/py env/bin/python' -m dedup"
    program(hook / "bin", "python")
    assert named(hook / "bin") == "python -m dedup"


def test_the_hook_that_accepts_is_named_where_it_is_configured(tmp_path):
    assert "--update-baseline" in invocation.accept({"PATH": "", "PRE_COMMIT": "1"}, str(tmp_path))
    (tmp_path / invocation.CONFIG).write_text("hooks: [{id: dedup}, {id: dedup-baseline}]")
    assert invocation.accept({"PRE_COMMIT": "1"}, str(tmp_path)) == "pre-commit run --hook-stage manual dedup-baseline"
    assert "--update-baseline" in invocation.accept({"PATH": ""}, str(tmp_path))


@pytest.mark.parametrize(("inside", "remedy"), [
    (False, "pip install 'article-dedup[zstd]'"), (True, "additional_dependencies: ['article-dedup[zstd]']")])
def test_what_is_missing_is_installed_where_the_program_runs(inside, remedy, monkeypatch):
    monkeypatch.setenv("PRE_COMMIT", "1") if inside else monkeypatch.delenv("PRE_COMMIT", raising=False)
    assert str(MissingExtra("reading .zst", "zstd")).endswith(remedy)


def test_the_smallest_install_has_all_that_a_gate_needs():
    """What setup.cfg asks for but datasketch, and what that asks for in turn, by the versions installed here."""
    from configparser import ConfigParser
    from importlib.metadata import PackageNotFoundError, requires

    def name(requirement: str) -> str:
        return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")

    lines = [line for line in (ROOT / "requirements-gate.txt").read_text().splitlines() if not line.startswith("#")]
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg")
    wanted = [line for line in parser["options"]["install_requires"].split("\n") if line and name(line) != "datasketch"]
    assert set(wanted) <= set(lines)
    names, asked = set(map(name, lines)), list(map(name, wanted))
    while asked:
        one = asked.pop()
        assert one in names, f"{one} is missing in requirements-gate.txt"
        try:
            asked += [name(more) for more in requires(one) or () if "extra ==" not in more and "platform" not in more]
        except PackageNotFoundError:
            pass
    assert not {"datasketch", "scipy"} & names


def test_without_datasketch_all_but_its_engine_and_other_permutations_works(refused, tmp_path_factory):
    """What a hook's environment has: whoever looks for the two packages finds none."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(
        "import sys\nclass Without:\n    def __init__(self, finder):\n        self.finder = finder\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        gone = name.partition('.')[0] in ('datasketch', 'scipy')\n"
        "        return None if gone else self.finder.find_spec(name, path, target)\n"
        "    def __getattr__(self, name):\n        return getattr(self.finder, name)\n"
        "sys.meta_path[:] = map(Without, sys.meta_path)\n")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "dedup", *arguments], cwd=refused.folder, capture_output=True, text=True,
                              env=environment() | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"})
    assert run("scan", "--staged", "--check").returncode == 1
    assert run("scan", ".", "--format", "html", "--report", "r.html").returncode == 0
    assert run("compare", "second.txt", "other.txt").returncode == 0
    assert run("eval", "--inject", ".").returncode == 0
    for flags in (["--num-perm", "64"], ["--engine", "datasketch"]):
        done = run("scan", ".", *flags)
        assert done.returncode == 2 and done.stderr.endswith("needs an optional library: pip install datasketch\n"), done.stderr
