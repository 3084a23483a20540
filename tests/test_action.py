"""The GitHub action: what its script makes of its inputs."""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

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
