"""What surrounds the program: a configuration to begin with, completion, the container's recipe, the smallest install."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import repositories as repo

from dedup import cli, settings, template

ROOT = Path(__file__).parent.parent


@pytest.fixture
def dedup(capfd, monkeypatch, tmp_path):
    repo.alone(monkeypatch)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> SimpleNamespace:
        capfd.readouterr()
        status = cli.main([*map(str, arguments)])
        return SimpleNamespace(status=status, **dict(zip(("out", "err"), capfd.readouterr())))
    return run


# --- config init ------------------------------------------------------------------------------------------------------


def uncommented(text: str) -> str:
    return re.sub(r"(?m)^# (?=[a-z-]+ = )", "", text)


def test_a_new_configuration_changes_nothing_and_shows_all(dedup, tmp_path):
    before = dedup("config", "show").out
    assert dedup("config", "init").status == 0
    assert dedup("config", "show").out == before
    text = (tmp_path / "pyproject.toml").read_text()
    table = tomllib.loads(uncommented(text))["tool"]["dedup"]
    assert [name.replace("-", "_") for name in table] == list(settings.NAMES)
    assert settings.resolve(table, isolated=True)[0] == settings.Settings()


def test_what_is_given_holds(dedup):
    flags = ["--threshold", ".8", "--max-memory", "2G", "--keep", "source:Q \"x\",longest", "--lang", "de",
             "--exclude", "a*", "--exclude", "ä\\b"]
    expected = [line.split("--")[0] for line in dedup("config", "show", *flags).out.splitlines()]
    assert dedup("config", "init", *flags).status == 0
    told = dedup("config", "show").out.splitlines()
    assert [line.split(os.getcwd())[0] for line in told] == expected
    assert sum(line.endswith("pyproject.toml") for line in told) == 5


@pytest.mark.parametrize("before", ['[project]\nname = "x"\n', '[project]\nname = "x"', "# nothing", '[tool.black]\n\n'])
def test_what_is_in_the_file_stays(dedup, tmp_path, before):
    (tmp_path / "pyproject.toml").write_text(before)
    assert dedup("config", "init", "--ngram", "4").status == 0
    after = (tmp_path / "pyproject.toml").read_text()
    assert after.startswith(before) and tomllib.loads(after)["tool"]["dedup"] == {"ngram": 4}
    again = dedup("config", "init")
    assert again.status == 2 and "has settings of dedup already" in again.err
    assert (tmp_path / "pyproject.toml").read_text() == after


@pytest.mark.parametrize(("name", "before"), [
    ("pyproject.toml", "[x\n"), ("pyproject.toml", "[tool.dedup]\n"), ("setup.cfg", "[tool:dedup]\nngram = 4\n"),
    ("pyproject.toml", "tool = 3\n")])
def test_what_cannot_be_added_to_is_left_alone(dedup, tmp_path, name, before):
    (tmp_path / name).write_text(before)
    done = dedup("config", "init")
    assert done.status == 2 and name in done.err and "internal" not in done.err
    assert (tmp_path / name).read_text() == before and len(list(tmp_path.iterdir())) == 1


def test_every_value_is_toml():
    values = settings.Settings(keep=("a\"b", "ü"), text_field="x\\y", max_article=3, max_memory=5 << 20)
    table = tomllib.loads(template.section(values, settings.NAMES))["tool"]["dedup"]
    assert table.pop("keep") == list(values.keep)  # it is no chain of policies
    assert settings.resolve(table, isolated=True)[0]._replace(keep=values.keep) == values


# --- completion -------------------------------------------------------------------------------------------------------


def test_completion_in_bash(tmp_path):
    """As a user sets it up; the words after the last one typed."""
    program = tmp_path / "dedup"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m dedup \"$@\"\n")
    program.chmod(0o755)
    script = ('eval "$(dedup completion bash)"; complete -p dedup; '
              'COMP_WORDS=(dedup index ad); COMP_CWORD=2; _dedup_completion dedup; echo "${COMPREPLY[@]}"')
    environment = repo.environment(PATH=f"{tmp_path}:{os.environ['PATH']}", PYTHONPATH=str(ROOT))
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["complete -o nosort -F _dedup_completion dedup", "add"], done.stderr


@pytest.mark.parametrize(("shell", "words"), [
    ("bash", "complete -o"), ("zsh", "#compdef dedup"), ("fish", "complete --no-files")])
def test_a_script_for_each_shell(dedup, shell, words):
    assert words in dedup("completion", shell).out
    assert dedup("completion", "tcsh").status == 2


# --- container --------------------------------------------------------------------------------------------------------


def stages() -> list[str]:
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text()).replace("\\\n", " ")
    return re.split(r"(?m)^FROM ", text)[1:]


def test_the_recipe_of_the_container_names_what_is_there():
    build, image = stages()
    assert {name for name in re.findall(r"[\w-]+\.txt", build)} == {"requirements-gate.txt"}
    assert "COPY --from=build /opt/dedup /opt/dedup" in image and "/opt/dedup/bin:$PATH" in image
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not {"dedup", "samples", "setup.cfg", "pyproject.toml", "README.md", "LICENSE", "requirements-gate.txt"} & set(ignored)


@pytest.mark.slow
def test_the_steps_of_the_recipe_make_an_environment_that_works(tmp_path):
    """The RUN steps of the first stage, on a copy without what .dockerignore leaves out; needs a package index."""
    source, target = tmp_path / "source", tmp_path / "opt"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(
        *(line.removeprefix("**/").strip("/") for line in (ROOT / ".dockerignore").read_text().split())))
    steps = [line.removeprefix("RUN ") for line in stages()[0].splitlines() if line.startswith("RUN ")]
    assert len(steps) == 2
    script = "set -e\n" + "\n".join(step.replace("/opt/dedup", str(target)) for step in steps)
    environment = repo.environment(EXTRAS="")
    environment.pop("PYTHONPATH", None)
    made = subprocess.run(["sh", "-c", script], cwd=source, env=environment, capture_output=True, text=True)
    if made.returncode and re.search("No matching distribution|ConnectionError|timed out", made.stderr):
        pytest.skip("no package index")
    assert made.returncode == 0, made.stderr
    assert not list(target.rglob("scipy")) and not list(target.rglob("datasketch"))
    done = subprocess.run([target / "bin/dedup", "scan", source / "samples/estuary"], cwd=tmp_path, env=environment,
                          capture_output=True, text=True)
    assert done.returncode == 0 and "6 unique, 2 copies" in done.stdout
