"""The README agrees with the program: what it shows is run, on the samples, as a reader would."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import repositories as repo

from dedup import settings
from dedup.cli import cli, main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.S))
FILES = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", README, re.S))
COMMANDS = [*re.findall(r"^dedup .*", SHELL, re.M),
            *(line.strip().removeprefix("cmd: ").removeprefix("- ") for text in FILES.values() for line in text.splitlines()
              if re.match(r"\s*(cmd:|-) dedup ", line))]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_shown_exists_with_its_flags(line):
    line = re.sub(r'"\$\(.*\)"', "-", line)
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


def recipes():
    """What is marked `<!-- run -->` or `<!-- run: what it needs -->`, by heading, as (needs, [(language, code)])."""
    found = {}
    for part in re.split(r"^(?=##)", README, flags=re.M):
        for needs, blocks in re.findall(r"<!-- run(.*?) -->\n((?:```\w+\n.*?```\n)+)", part, re.S):
            group = found.setdefault(part.splitlines()[0].strip("# "), (set(), []))
            group[0].update(re.findall(r"[\w-]+", needs))
            group[1].extend((language, code, "1" in needs) for language, code in re.findall(r"```(\w+)\n(.*?)```", blocks, re.S))
    return found


RECIPES = recipes()
SETUP = RECIPES["Using it"][1].pop(0)


@pytest.fixture
def reader(tmp_path):
    """Runs code as somebody who has just installed `dedup` and stands where the samples are."""
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    program = tmp_path / "bin" / "dedup"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m dedup \"$@\"\n")
    program.chmod(0o755)
    environment = repo.environment(PATH=f"{program.parent}:{os.environ['PATH']}", PYTHONPATH=str(ROOT), HOME=str(tmp_path))
    environment.pop("XDG_STATE_HOME", None)

    def run(language, code, fails=False, **more):
        words = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}[language]
        done = subprocess.run([*words, code], cwd=tmp_path, env=environment | more, capture_output=True, text=True)
        assert (done.returncode, "rror" in done.stderr) == (int(fails), False), done.stderr
        return done.stdout
    run.folder = tmp_path
    run(*SETUP)
    return run


@pytest.mark.parametrize("heading", RECIPES)
def test_recipes_work_as_printed(heading, reader):
    needs, blocks = RECIPES[heading]
    for name in needs - {"exit", "status", "1"}:
        if not shutil.which(name) and not find_spec(name):
            pytest.skip(f"not installed: {name}")
    printed = "".join(reader(*block) for block in blocks)
    CHECKS.get(heading, lambda folder, printed: None)(reader.folder, printed)


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def check_pipeline(folder, printed):
    assert printed.splitlines() == ["w-1002\tedited\tw-1001", "w-1003\tedited\tw-1001", "w-1007\treformatted\tw-1004"]
    assert len(lines(folder / "kept.jsonl")) == len(lines(folder / "news.jsonl")) - 3
    assert lines(folder / "kept.jsonl")[0].keys() == lines(folder / "news.jsonl")[0].keys() | {"path", "dedup"}


def check_leaks(folder, printed):
    assert "w-1007" in (folder / "leaks.csv").read_text()
    assert len(lines(folder / "test-clean.jsonl")) == len(lines(folder / "test.jsonl")) - 1


def check_deleted(folder, printed):
    before = ROOT / "samples" / "estuary"
    left = {path.name for path in (folder / "articles").iterdir()}
    assert left == {path.name for path in before.iterdir()} - {"bridge.txt", "bridge-cut.txt"}
    assert all((folder / "articles" / name).read_bytes() == (before / name).read_bytes() for name in left)


def check_pandas(folder, printed):
    assert "w-1001" in printed and "w-1002" not in printed


def check_manual(folder, printed):
    pages = {path.name for path in folder.glob("*.1")}
    assert pages >= {"dedup.1", "dedup-scan.1", "dedup-index-add.1"}
    assert r"\-\-append" in (folder / "dedup-scan.1").read_text()


def check_daily(folder, printed):
    counts = re.findall(r"(?m)^\d+ articles: \d+ unique", printed)
    assert counts == ["7 articles: 6 unique"] and "recurrent blocks made anew from" in printed


def check_gate(folder, printed):
    assert len(re.findall(r"(?m)^  \w+ +schleuse-blatt\.txt$", printed)) == 2
    assert (folder / "corpus" / ".dedup-baseline.json").exists()


CHECKS = {"Shell completion": check_manual, "Every day's articles": check_daily,
          "A cleaning pipeline with JSON Lines": check_pipeline, "Test-set leakage": check_leaks,
          "Deleting copies": check_deleted, "pandas": check_pandas, "A gate for corpus repositories": check_gate}


def test_the_stage_for_dvc_makes_what_it_says(reader):
    yaml = pytest.importorskip("yaml")
    [stage] = yaml.safe_load(FILES["dvc.yaml"])["stages"].values()
    assert all((reader.folder / path).exists() for path in stage["deps"])
    reader("sh", stage["cmd"])
    assert all((reader.folder / path).exists() for path in [*stage["outs"], *stage["metrics"]])
    assert json.loads((reader.folder / "dedup.json").read_text())["summary"]["duplicates"] == 2


def test_the_ci_files_are_in_order():
    yaml = pytest.importorskip("yaml")
    for text in FILES.values():
        assert yaml.safe_load(text)
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    [used] = yaml.safe_load(FILES[".pre-commit-config.yaml"])["repos"]
    assert {hook["id"] for hook in used["hooks"]} == hooks
    [job] = yaml.safe_load(FILES[".github/workflows/articles.yml"])["jobs"].values()
    assert job["steps"][-1]["with"].keys() <= yaml.safe_load((ROOT / "action.yml").read_text())["inputs"].keys()


def test_the_settings_shown_exist():
    [block] = re.findall(r"```toml\n(\[tool.*?)```", README, re.S)
    settings.resolve(tomllib.loads(block)["tool"]["dedup"], isolated=True)


def test_the_rule_shown_is_one_and_a_rule_must_keep_to_its_examples(tmp_path, capfd):
    [(name, block)] = re.findall(r"```toml\n# (\S+)\n(.*?)```", README, re.S)
    text = "The pier opens on Monday, the harbour board said.\n\nFerries will leave every hour.\n\nOpen it in our app\n"
    (tmp_path / "page.txt").write_text(text)
    (tmp_path / name).write_text(block)
    assert main(["strip", "--rules", str(tmp_path / name), "--isolated", str(tmp_path / "page.txt")]) == 0
    assert capfd.readouterr().out == text.removesuffix("Open it in our app\n")
    (tmp_path / "other.toml").write_text(block.replace("Read this in our app", "Get our app"))
    assert main(["strip", "--rules", str(tmp_path / "other.toml"), "--isolated", str(tmp_path / "page.txt")]) == 2
    assert "rule 'our.app': the example 'Get our app' does not match its pattern" in capfd.readouterr().err


@pytest.mark.parametrize(("words", "expected"), [
    ("dedup sc", {"scan"}), ("dedup scan --thr", {"--threshold"}), ("dedup scan --engine nu", {"numpy", "numba"}),
    ("dedup scan --format cs", {"csv"}), ("dedup index ", {"build", "add", "info", "prune"}), ("dedup scan sam", {"sam"}),
    ("dedup strip sam", {"sam"}), ("dedup scan -o cl", {"cl"})])
def test_shell_completion(reader, words, expected):
    """`plain` words are offered as they are, after `file` the shell offers file names."""
    assert 'eval "$(dedup completion bash)"' in SHELL
    assert "complete -o nosort -F _dedup_completion dedup" in reader("sh", "dedup completion bash")
    told = reader("sh", "dedup", _DEDUP_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split(" ")) - 1))
    rows = [line.split(",", 1) for line in told.splitlines()]
    assert {row[1] for row in rows} == expected
    assert {row[0] for row in rows} == ({"file"} if "sam" in expected or "cl" in expected else {"plain"})


def test_ci_runs_the_test_command_of_the_readme():
    command = next(line for line in SHELL.splitlines() if "pytest" in line)
    assert command in (ROOT / ".ci" / "run").read_text("utf-8")


def test_every_command_is_documented():
    for name in cli.commands:
        assert f"dedup {name}" in README
