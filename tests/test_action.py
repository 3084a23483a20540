"""The GitHub action: what its script makes of its inputs."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import repositories as repo

yaml = pytest.importorskip("yaml")
ACTION = yaml.safe_load((Path(__file__).parents[1] / "action.yml").read_text("utf-8"))


def words(tmp_path: Path, **inputs: str) -> list[str]:
    """The command line that the last step runs, for these inputs beside the defaults."""
    recorder = tmp_path / "dedup" / "bin" / "dedup"
    recorder.parent.mkdir(parents=True)
    recorder.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    recorder.chmod(0o755)
    step = ACTION["runs"]["steps"][-1]
    values = {name: inputs.get(name, spec["default"]) for name, spec in ACTION["inputs"].items()}
    env = {key: values[re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", value)[1]]  # type: ignore[index]
           for key, value in step["env"].items()}
    done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], check=True,
                          capture_output=True, text=True, env={**os.environ, "RUNNER_TEMP": str(tmp_path), **env})
    return done.stdout.split("\0")[:-1]


@pytest.mark.parametrize(("inputs", "expected"), [
    pytest.param({}, ["--format", "github", "--check", "--", "."], id="defaults"),
    pytest.param({"paths": "my news\n-odd\n", "args": "--since\norigin/main\n--threshold\n0.8"},
                 ["--format", "github", "--since", "origin/main", "--threshold", "0.8", "--", "my news", "-odd"],
                 id="spaces and options"),
    pytest.param({"format": "sarif", "report": "out dir/x.sarif", "args": ""},
                 ["--format", "sarif", "--report", "out dir/x.sarif", "--", "."], id="report"),
    pytest.param({"paths": "$(touch owned)\n`touch owned`\n*"},
                 ["--format", "github", "--check", "--", "$(touch owned)", "`touch owned`", "*"], id="nothing is run"),
])
def test_inputs_become_words(tmp_path: Path, inputs: dict[str, str], expected: list[str]) -> None:
    assert words(tmp_path, **inputs) == ["scan", *expected]


def test_no_input_is_pasted_into_a_script() -> None:
    steps: list[dict[str, Any]] = ACTION["runs"]["steps"]
    assert all("${{" not in step["run"] for step in steps)


@pytest.mark.parametrize(("text", "status"), [(repo.COPY, 1), (repo.OTHER, 0)])
def test_a_pull_request_is_compared_with_its_target(tmp_path: Path, text: str, status: int) -> None:
    """The last step for real, in a checkout as of a pull request: a merge commit, no branch, `origin/main` there."""
    origin, checkout = tmp_path / "origin", tmp_path / "checkout"
    origin.mkdir()
    repo.run_git(origin, "init", "-q")
    put(origin, "there.txt", repo.TEXT)
    repo.run_git(origin, "checkout", "-qb", "topic")
    put(origin, "new.txt", text)
    repo.run_git(origin, "checkout", "-q", "main")
    put(origin, "meanwhile.txt", repo.THIRD)
    repo.run_git(origin, "checkout", "-q", "--detach")
    repo.run_git(origin, "merge", "-q", "--no-edit", "topic")
    repo.run_git(tmp_path, "clone", "-q", str(origin), str(checkout))
    repo.run_git(checkout, "checkout", "-q", repo.run_git(origin, "rev-parse", "HEAD").strip())
    program = tmp_path / "dedup" / "bin" / "dedup"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m dedup \"$@\"\n")
    program.chmod(0o755)
    env = repo.environment(RUNNER_TEMP=str(tmp_path), PYTHONPATH=str(Path(__file__).parents[1]), PATHS=".", FORMAT="github",
                           ARGS="--since\norigin/main\n--check\n", REPORT="", GITHUB_ACTIONS="true")
    done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", ACTION["runs"]["steps"][-1]["run"]],
                          cwd=checkout, env=env, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert ("::warning file=new.txt" in done.stdout) == bool(status) and "meanwhile.txt" not in done.stdout


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    repo.run_git(folder, "add", "-A")
    repo.run_git(folder, "commit", "-qm", name)
