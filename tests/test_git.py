"""Odd repositories: no commit yet, work trees, submodules, shallow clones, names, pointers, merges."""
import json
import os
import sys

import pytest
import repositories as repo
from repositories import COPY, OTHER, TEXT, THIRD

from dedup import cli, gate, git
from dedup.errors import ConfigError, DedupError, InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository with one article."""
    repo.alone(monkeypatch)
    top = tmp_path / "r"
    top.mkdir()
    repo.run_git(top, "init", "-q")
    put(top, "there.txt", TEXT)
    repo.run_git(top, "commit", "-qm", "one")
    return top


def put(folder, name, text):
    """Stage a file."""
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
    repo.run_git(folder, "add", "-A")


def ask(folder, since=None, environ=None, **more):
    """The answer of the gate with its own index, cold and then warm; both must be the same."""
    repository = git.Repository.find(str(folder))
    answers = []
    for _ in range(2):
        with gate.own_index(repository, gate.spec(repo.SETTINGS)) as index:
            answers.append(gate.scan(repository, gate.ask(repository, since, environ or {}), repo.SETTINGS, index, **more))
    first, second = answers
    assert repo.rendered(first.result) == repo.rendered(second.result) and first.result.notes == second.result.notes
    return second


def pairs(answer):
    """The ids of each cluster, the canonical first."""
    return [[member["id"] for member in cluster["members"]] for cluster in repo.clusters(answer)]


def test_the_staged_content_counts_and_not_the_file(folder):
    put(folder, "new.txt", COPY)
    (folder / "new.txt").write_text(OTHER)
    assert pairs(ask(folder)) == [["new.txt", "there.txt"]]
    (folder / "untracked.txt").write_text(TEXT)
    assert pairs(ask(folder)) == [["new.txt", "there.txt"]]


def test_a_different_article_passes(folder):
    put(folder, "new.txt", OTHER)
    answer = ask(folder)
    assert answer.warm and not pairs(answer) and [entry.id for entry in answer.result.entries] == ["new.txt"]


def test_git_is_only_read(folder):
    put(folder, "new.txt", COPY)
    before = (folder / ".git" / "index").read_bytes(), repo.run_git(folder, "status", "--porcelain"), \
        repo.run_git(folder, "count-objects", "-v")
    ask(folder)
    assert before == ((folder / ".git" / "index").read_bytes(), repo.run_git(folder, "status", "--porcelain"),
                      repo.run_git(folder, "count-objects", "-v"))


def test_before_the_first_commit(tmp_path):
    repo.run_git(tmp_path, "init", "-q")
    put(tmp_path, "a.txt", TEXT)
    put(tmp_path, "b.txt", COPY)
    answer = ask(tmp_path)
    assert answer.changed is None and pairs(answer) == [["a.txt", "b.txt"]]


def test_nothing_staged_means_everything(folder):
    put(folder, "new.txt", COPY)
    repo.run_git(folder, "commit", "-qm", "two")
    answer = ask(folder)
    assert answer.changed is None and pairs(answer) == [["new.txt", "there.txt"]]
    assert "nothing has changed" in answer.result.notes[0]


def test_outside_of_a_repository(tmp_path):
    with pytest.raises(InputError, match="no git work tree"):
        git.Repository.find(str(tmp_path))


def test_a_work_tree_shares_the_index_and_has_its_own_state(folder, tmp_path):
    ask(folder)
    repo.run_git(folder, "worktree", "add", "-q", str(tmp_path / "w"), "-b", "other")
    put(tmp_path / "w", "new.txt", COPY)
    put(folder, "fine.txt", OTHER)
    assert pairs(ask(tmp_path / "w")) == [["new.txt", "there.txt"]]
    assert pairs(ask(folder)) == []
    repo.run_git(tmp_path / "w", "commit", "-qm", "two")
    put(tmp_path / "w", "again.txt", TEXT)
    assert pairs(ask(tmp_path / "w")) == [["again.txt", "new.txt", "there.txt"]]
    assert pairs(ask(folder)) == []
    assert len(list((folder / ".git" / "dedup").iterdir())) == 1


def test_a_submodule_is_a_repository_of_its_own(folder, tmp_path):
    outer = tmp_path / "outer"
    outer.mkdir()
    repo.run_git(outer, "init", "-q")
    repo.run_git(outer, "submodule", "--quiet", "add", str(folder), "sub")
    put(outer, "new.txt", COPY)
    assert pairs(ask(outer)) == []
    put(outer / "sub", "new.txt", COPY)
    assert pairs(ask(outer / "sub")) == [["new.txt", "there.txt"]]


def test_since_a_revision_and_in_a_shallow_clone(folder, tmp_path):
    repo.run_git(folder, "checkout", "-qb", "topic")
    put(folder, "new.txt", COPY)
    repo.run_git(folder, "commit", "-qm", "two")
    put(folder, "other.txt", OTHER)
    repo.run_git(folder, "commit", "-qm", "three")
    repo.run_git(folder, "checkout", "-q", "main")
    put(folder, "on-main.txt", THIRD)
    repo.run_git(folder, "commit", "-qm", "four")
    repo.run_git(folder, "checkout", "-q", "topic")
    answer = ask(folder, since="main")
    assert pairs(answer) == [["new.txt", "there.txt"]] and len(answer.changed) == 2
    assert pairs(ask(folder, since="HEAD~1")) == []
    with pytest.raises(ConfigError, match="no revision here"):
        ask(folder, since="nowhere")
    with pytest.raises(ConfigError):
        ask(folder, since="--output=x")
    repo.run_git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "topic", folder.as_uri(), "shallow")
    repo.run_git(tmp_path / "shallow", "fetch", "-q", "--depth", "1", "origin", "main:main")
    answer = ask(tmp_path / "shallow", since="main")
    assert pairs(answer) == [["new.txt", "there.txt"]] and "no common commit" in answer.result.notes[0]


def test_the_range_of_a_push(folder):
    first = repo.run_git(folder, "rev-parse", "HEAD").strip()
    put(folder, "new.txt", COPY)
    repo.run_git(folder, "commit", "-qm", "two")
    last = repo.run_git(folder, "rev-parse", "HEAD").strip()
    put(folder, "staged.txt", TEXT)  # is not pushed
    answer = ask(folder, environ={"PRE_COMMIT_FROM_REF": first, "PRE_COMMIT_TO_REF": last})
    assert pairs(answer) == [["new.txt", "there.txt"]]


@pytest.mark.parametrize("name", [
    "with space.txt", "line\nend.txt", b"caf\xe9.txt", "ünï/Ω.txt", "-dash.txt", 'quo"te\\.txt', ":(glob)x.txt", "a\tb.txt"])
def test_odd_names(folder, name):
    put(folder, name, COPY)
    (cluster,) = pairs(ask(folder))
    assert len(cluster) == 2 and "there.txt" in cluster
    repo.run_git(folder, "commit", "-qm", "two")
    put(folder, "third.txt", TEXT)
    assert len(pairs(ask(folder))[0]) == 3


def test_a_folder_with_a_line_end_in_its_name(tmp_path):
    folder = tmp_path / "a\nb"
    folder.mkdir()
    repo.run_git(folder, "init", "-q")
    put(folder, "a.txt", TEXT)
    repo.run_git(folder, "commit", "-qm", "one")
    put(folder, "b.txt", COPY)
    assert pairs(ask(folder)) == [["a.txt", "b.txt"]]


def test_links_hidden_files_and_other_formats_are_no_articles(folder):
    (folder / "link.txt").symlink_to("there.txt")
    put(folder, ".hidden.txt", TEXT)
    put(folder, ".github/x.md", TEXT)
    put(folder, "code.py", TEXT)
    answer = ask(folder)
    assert pairs(answer) == [] and not answer.result.entries


def test_pointers_are_skipped_with_a_note(folder):
    put(folder, "big.txt", "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n")
    put(folder, "data.txt.dvc", "outs:\n- md5: 0\n  path: data.txt\n")
    put(folder, "new.txt", COPY)
    answer = ask(folder)
    assert pairs(answer) == [["new.txt", "there.txt"]] and not answer.result.errors
    assert [note for note in answer.result.notes if "1 Git LFS pointer file was skipped" in note]
    assert [note for note in answer.result.notes if "1 .dvc pointer file was skipped" in note]
    put(folder, "tells.txt", f"version https://git-lfs.github.com/spec/v1 is how {TEXT * 2}")  # an article on pointers
    assert "tells.txt" in [entry.id for entry in ask(folder).result.entries]


def test_errors_count_in_changed_files_only(folder):
    put(folder, "old.txt", b"\xff\xfe\x00bad\x00")
    put(folder, "old.jsonl", '{"text": "x"}\n{"text": \n')
    repo.run_git(folder, "commit", "-qm", "two")
    put(folder, "new.txt", OTHER)
    assert not ask(folder).result.errors
    put(folder, "new.jsonl", json.dumps({"text": TEXT}) + "\n{\n")
    answer = ask(folder)
    assert [(error.path, error.line) for error in answer.result.errors] == [("new.jsonl", 2)]
    assert pairs(answer) == [["new.jsonl#1", "there.txt"]]


@pytest.mark.parametrize("warm", [True, False])
def test_what_could_not_be_read_for_want_of_a_library_is_read_once_it_is_there(folder, monkeypatch, warm):
    zstandard = pytest.importorskip("zstandard")
    if warm:
        put(folder, "other.txt", OTHER)
        ask(folder)
    put(folder, "new.txt.zst", zstandard.compress(COPY.encode()))
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "zstandard", None)
        for _ in range(2):
            [error] = ask(folder).result.errors
            assert "needs an optional library" in error.error
    answer = ask(folder)
    assert pairs(answer) == [["new.txt.zst", "there.txt"]] and not answer.result.errors


def test_what_git_had_not_is_read_once_it_is_fetched(folder):
    put(folder, "other.txt", OTHER)
    ask(folder)
    put(folder, "new.txt", COPY)
    blob = repo.run_git(folder, "rev-parse", ":new.txt").strip()
    (folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    [error] = ask(folder).result.errors
    assert "git has no object" in error.error
    repo.run_git(folder, "hash-object", "-w", "new.txt")
    answer = ask(folder)
    assert pairs(answer) == [["new.txt", "there.txt"]] and not answer.result.errors


def test_records_that_share_an_id(folder):
    put(folder, "a.jsonl", "".join(json.dumps({"id": "x", "text": text}) + "\n" for text in (TEXT, OTHER)))
    assert pairs(ask(folder)) == [["a.jsonl#1", "there.txt"]]
    put(folder, "b.jsonl", json.dumps({"id": "there.txt", "text": COPY}) + "\n")
    assert pairs(ask(folder)) == [["a.jsonl#1", "b.jsonl#1", "there.txt#1"]]


def test_paths_exclude_and_ignore_files_narrow_the_corpus(folder):
    put(folder, "b/new.txt", COPY)
    put(folder, "b/more.txt", TEXT)
    assert pairs(ask(folder, below=[b"b"])) == [["b/more.txt", "b/new.txt"]]
    put(folder, "b/.dedupignore", "new.*\n")
    assert pairs(ask(folder)) == [["b/more.txt", "there.txt"]]
    put(folder, ".dedupignore", "b/\n")
    assert pairs(ask(folder)) == []


def test_a_path_that_is_not_there_is_an_error(folder, monkeypatch, capfd):
    monkeypatch.chdir(folder)
    put(folder, "b/new.txt", COPY)
    assert cli.main(["scan", "--staged", "--check", "b"]) == 0 and cli.main(["scan", "--staged", "--check", "."]) == 1
    assert cli.main(["scan", "--staged", "--check", "bb"]) == cli.main(["scan", "--since", "HEAD", "--check", "bb"]) == 2
    assert "bb: no such file or directory" in capfd.readouterr().err


def test_an_unfinished_merge_is_an_error(folder):
    repo.run_git(folder, "checkout", "-qb", "topic")
    put(folder, "there.txt", TEXT + "One.\n")
    repo.run_git(folder, "commit", "-qm", "two")
    repo.run_git(folder, "checkout", "-q", "main")
    put(folder, "there.txt", TEXT + "Two.\n")
    repo.run_git(folder, "commit", "-qm", "three")
    with pytest.raises(AssertionError):
        repo.run_git(folder, "merge", "-q", "topic")
    with pytest.raises(DedupError, match="not merged yet"):
        ask(folder)


def test_a_blob_that_is_not_there_decides_nothing(folder):
    ask(folder)
    put(folder, "new.txt", COPY)
    blob = repo.run_git(folder, "rev-parse", "HEAD:there.txt").strip()
    path = folder / ".git" / "objects" / blob[:2] / blob[2:]
    os.chmod(path, 0o600)
    path.unlink()
    repository = git.Repository.find(str(folder))
    git._blobs.cache_clear()
    with gate.own_index(repository, gate.spec(repo.SETTINGS)) as index:
        answer = gate.scan(repository, gate.ask(repository, None, {}), repo.SETTINGS, index)
    assert answer.warm and pairs(answer) == []
    assert [note for note in answer.result.notes if note.startswith("there.txt: git does not have")]


def test_indexes_of_old_versions_go_when_a_new_one_comes(folder):
    ask(folder)
    [kept] = (folder / ".git" / "dedup").iterdir()
    old, recent = (kept.with_name(name) for name in ("0123456789abcdef.sqlite", "fedcba9876543210.sqlite"))
    old.write_bytes(kept.read_bytes())
    recent.write_bytes(kept.read_bytes())
    os.utime(old, (0, 0))
    ask(folder)
    assert old.exists()  # nothing is looked for while all is as it was
    kept.unlink()
    ask(folder)
    assert kept.exists() and recent.exists() and not old.exists()
