"""The README agrees with the program."""
import re
import shlex
from pathlib import Path

import pytest

from dedup.cli import cli, main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.S))
COMMANDS = [line for line in SHELL.splitlines() if line.startswith("dedup ")]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_shown_exists_with_its_flags(line):
    words = shlex.split(line.split("|")[0].split(">")[0], comments=True)[1:]
    command = cli
    while words and not words[0].startswith("-") and hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help", "-h"}
    flags = {word.split("=")[0] for word in words if word.startswith("-") and word != "-"}
    assert flags <= known


@pytest.mark.parametrize("shown", re.findall(r"<!-- output of: dedup (.*?) -->\n```text\n(.*?)```", README, re.S),
                         ids=lambda shown: shown[0])
def test_output_shown_is_real(shown, capfd, monkeypatch):
    monkeypatch.chdir(ROOT)
    arguments, output = shown
    assert main(shlex.split(arguments) + ["--isolated"]) == 0
    assert capfd.readouterr().out.rstrip() == output.rstrip()


def test_ci_runs_the_test_command_of_the_readme():
    command = next(line for line in SHELL.splitlines() if "pytest" in line)
    assert command in (ROOT / ".ci" / "run").read_text("utf-8")


def test_every_command_is_documented():
    for name in cli.commands:
        assert f"dedup {name}" in README
