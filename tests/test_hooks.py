"""The hooks as pre-commit runs them: installed from a clone of this project, in real commits, merges and pushes."""
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import repositories as repo

ROOT = Path(__file__).parent.parent
TEXT, OTHER, THIRD = (text + repo.APPEAL for text in (repo.TEXT, repo.OTHER, repo.THIRD))
WAY = repo.article(random.Random(5)) + repo.APPEAL
COPY = TEXT.replace(" said ", " told us ", 2)
CONFIG = f"""
default_install_hook_types: [pre-commit, pre-merge-commit, pre-push]
repos:
- repo: {ROOT}
  rev: REV
  hooks:
  - id: dedup
"""


def pre_commit() -> str:
    beside = f"{Path(sys.executable).parent}:{Path(sys.prefix) / 'bin'}"
    found = shutil.which("pre-commit", path=beside) or shutil.which("pre-commit")
    if found is None:
        pytest.skip("pre-commit is not installed")
    return found


def published() -> dict[str, dict[str, str]]:
    """The hooks file: id → field → value (it uses plain scalars only)."""
    hooks: dict[str, dict[str, str]] = {}
    for entry in re.split(r"(?m)^- ", (ROOT / ".pre-commit-hooks.yaml").read_text())[1:]:
        fields = dict(re.findall(r"(?m)^ *(\w+): +(.*?)(?:  #.*)?$", entry))
        hooks[fields["id"]] = fields
    return hooks


def test_the_hooks_file_says_what_the_hooks_need():
    hooks = published()
    assert set(hooks) == {"dedup", "dedup-baseline", "dedup-strip"}
    assert hooks["dedup"]["pass_filenames"] == "false" and hooks["dedup"]["require_serial"] == "true"
    assert "pass_filenames" not in hooks["dedup-strip"]


@pytest.mark.parametrize("id, entry", [(id, fields["entry"]) for id, fields in published().items()])
def test_entries_are_commands_that_exist(id, entry, tmp_path):
    from dedup import cli

    program, command, *options = entry.split()
    assert program == "dedup"
    known = {name for parameter in cli.cli.commands[command].params for name in parameter.opts}
    assert known >= set(options)


@pytest.mark.parametrize("name, wanted", [
    ("a.txt", True), ("a b/c.md", True), ("x.html", True), ("x.xhtml", True), ("x.htm", True), ("n.jsonl", True),
    ("n.jsonl.gz", True), ("n.csv", True), ("n.parquet", True), ("code.py", False), ("txt", False), ("a.txt.py", False),
    ("a.json", True), ("a.rss", True), ("a.docx", True), ("a.doc", False), ("notes.txt~", False)])
def test_the_pattern_of_files_matches_what_readers_read(name, wanted):
    from dedup import sources

    assert bool(re.search(published()["dedup"]["files"], name)) == wanted == bool(sources.kind(name)[0])


@pytest.fixture(scope="module")
def hook(tmp_path_factory):
    """The environment that pre-commit made for the hooks; skips where it cannot."""
    folder = tmp_path_factory.mktemp("hook")
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True).returncode:
        pytest.skip("not a git clone of the project: nothing to install the hooks from")
    clone = folder / "project"
    repo.run_git(folder, "clone", "-q", str(ROOT), str(clone))
    config = CONFIG.replace(str(ROOT), str(clone)).replace("REV", repo.run_git(clone, "rev-parse", "HEAD").strip())
    top = folder / "r"
    top.mkdir()
    repo.run_git(top, "init", "-q")
    (top / ".pre-commit-config.yaml").write_text(config)
    environment = repo.environment(PRE_COMMIT_HOME=str(folder / "home"), PYTHONDONTWRITEBYTECODE="")

    def run(*command, cwd=top):
        return subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True)
    run.top, run.clone, run.home = top, clone, folder / "home"
    run.shell = environment | {"PATH": f"{Path(pre_commit()).parent}:/usr/local/bin:/usr/bin:/bin"}
    done = run(pre_commit(), "install", "--install-hooks")
    if done.returncode:
        pytest.skip(f"pre-commit could not install the hooks (no network?): {(done.stdout + done.stderr)[-300:]}")
    return run


def commit(hook, name: str, text: str) -> subprocess.CompletedProcess:
    (hook.top / name).write_text(text)
    hook("git", "add", "-A")
    return hook("git", "commit", "-m", name)


@pytest.mark.slow
def test_commits_merges_and_pushes(hook, tmp_path):
    assert commit(hook, "first.txt", TEXT).returncode == 0
    refused = commit(hook, "same.txt", TEXT)
    assert refused.returncode == 1 and "first.txt" in refused.stdout + refused.stderr
    refused = commit(hook, "same.txt", COPY)
    assert refused.returncode == 1 and "  staged   same.txt\n  tracked  first.txt\n" in refused.stdout + refused.stderr
    assert commit(hook, "same.txt", OTHER).returncode == 0  # another article with the same appeal
    assert hook("git", "status", "--porcelain").stdout == ""
    assert hook(pre_commit(), "run", "--all-files").returncode == 0

    hook("git", "checkout", "-qb", "topic", "HEAD~1")
    assert commit(hook, "third.txt", THIRD).returncode == 0
    hook("git", "checkout", "-q", "main")
    merged = hook("git", "merge", "--no-edit", "topic")
    assert merged.returncode == 0, merged.stderr
    hook("git", "checkout", "-qb", "double", "HEAD~1")
    assert commit(hook, "fourth.txt", THIRD.replace(" said ", " told us ", 2)).returncode == 0  # third.txt is not here
    hook("git", "checkout", "-q", "main")
    merged = hook("git", "merge", "--no-edit", "double")
    assert merged.returncode and "third.txt" in merged.stdout + merged.stderr
    hook("git", "merge", "--abort")

    repo.run_git(tmp_path, "init", "-q", "--bare", "remote.git")
    hook("git", "remote", "add", "origin", tmp_path / "remote.git")
    assert hook("git", "push", "-q", "origin", "main").returncode == 0
    (hook.top / "fifth.txt").write_text(COPY)
    hook("git", "add", "-A")
    assert hook("git", "commit", "-qm", "unchecked", "--no-verify").returncode == 0
    refused = hook("git", "push", "-q", "origin", "main")
    assert refused.returncode and "fifth.txt" in refused.stdout + refused.stderr
    assert hook(pre_commit(), "run", "--all-files").returncode == 1


@pytest.mark.slow
def test_what_a_refusal_offers_works_in_the_users_shell(hook):
    """The user has pre-commit and no `dedup`: by the program's own path, then by the hook that is there for it."""
    hook("git", "checkout", "-qb", "accepting")
    assert commit(hook, "way.txt", WAY).returncode in (0, 1)
    for number, configured in enumerate((False, True)):
        if configured:
            config = hook.top / ".pre-commit-config.yaml"
            config.write_text(config.read_text().replace("id: dedup\n", "id: dedup\n  - id: dedup-baseline\n"))
            hook("git", "add", "-A")
        refused = commit(hook, f"copy-{number}.txt", WAY.replace(" said ", f" told {number} of us ", 2))
        assert refused.returncode == 1
        command = re.search(r"\n  (.*)\n +or keep both", refused.stdout + refused.stderr)[1]
        assert ("dedup-baseline" in command) == configured
        done = subprocess.run(command, shell=True, cwd=hook.top, env=hook.shell, capture_output=True, text=True)
        assert done.returncode == 0 or "files were modified" in done.stdout, done.stdout + done.stderr
        assert hook("git", "add", "-A").returncode == 0 and hook("git", "commit", "-m", "both").returncode == 0


@pytest.mark.slow
def test_an_environment_of_hooks_is_small(hook):
    packages = {path.name.lower() for path in Path(hook.home).rglob("site-packages/*")}
    assert "dedup" in packages and "numpy" in packages and not packages & {"scipy", "datasketch"}


@pytest.mark.slow
def test_strip_changes_files_as_formatters_do(hook):
    (hook.top / ".pre-commit-config.yaml").write_text(
        (hook.top / ".pre-commit-config.yaml").read_text().replace("id: dedup\n", "id: dedup-strip\n"))
    path = hook.top / "appeal.txt"
    path.write_text(repo.article(random.Random(4)) + "\n" + repo.APPEAL)
    hook("git", "add", "-A")
    first = hook("git", "commit", "-m", "appeal")
    assert first.returncode and "files were modified by this hook" in first.stdout + first.stderr
    assert "newsletter" not in path.read_text()
    hook("git", "add", "-A")
    assert hook("git", "commit", "-m", "appeal").returncode == 0
