"""The baseline: what is accepted is not reported again, until it changes."""
import json
import os
from types import SimpleNamespace

import pytest
import repositories as repo
from repositories import COPY, OTHER, TEXT

from dedup import baseline, cli
from dedup.errors import ConfigError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with a pair of copies and another article."""
    repo.alone(monkeypatch)
    monkeypatch.chdir(tmp_path)
    for name, text in (("a.txt", TEXT), ("b.txt", COPY), ("c.txt", OTHER)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def dedup(capfd):
    def run(*arguments):
        capfd.readouterr()
        status = cli.main(list(map(str, arguments)))
        return SimpleNamespace(status=status, **dict(zip(("out", "err"), capfd.readouterr())))
    return run


def test_only_duplicates_beyond_the_baseline_fail_the_check(folder, dedup):
    assert dedup("scan", ".", "--check").status == 1
    assert not (folder / baseline.NAME).exists()  # only --update-baseline writes it
    assert dedup("scan", ".", "--check", "--update-baseline").status == 0
    done = dedup("scan", ".", "--check", "--format", "json")
    assert done.status == 0 and json.loads(done.out)["clusters"] == [] and "1 accepted" in done.err
    (folder / "d.txt").write_text(OTHER + "One more sentence stands here.\n")
    done = dedup("scan", ".", "--check", "--format", "json")
    assert done.status == 1
    assert [[member["id"] for member in cluster["members"]] for cluster in json.loads(done.out)["clusters"]] in (
        [["c.txt", "d.txt"]], [["d.txt", "c.txt"]])


def test_the_file_is_an_object_with_one_sorted_line_for_each_pair(folder, dedup):
    (folder / "d.txt").write_text(OTHER + "One more sentence stands here.\n")
    dedup("scan", ".", "--update-baseline", "-q")
    text = (folder / baseline.NAME).read_text()
    found = json.loads(text)
    assert len(found) == 2 and set(found.values()) == {""}
    assert text.splitlines() == ["{", *(f'  "{pair}": ""{"," * (pair != max(found))}' for pair in sorted(found)), "}"]


def test_reasons_are_kept(folder, dedup):
    dedup("scan", ".", "--update-baseline", "-q")
    found = json.loads((folder / baseline.NAME).read_text())
    baseline.write(folder / baseline.NAME, dict.fromkeys(found, "zwei Ausgaben, „beide“ gewollt"))
    dedup("scan", ".", "--update-baseline", "-q")
    assert baseline.read(folder / baseline.NAME) == dict.fromkeys(found, "zwei Ausgaben, „beide“ gewollt")


def test_a_rename_stays_accepted_and_an_edit_is_asked_about_again(folder, dedup):
    dedup("scan", ".", "--update-baseline", "-q")
    (folder / "b.txt").rename(folder / "0.txt")
    assert dedup("scan", ".", "--check").status == 0
    (folder / "0.txt").write_text(COPY + "A sentence more.\n")
    done = dedup("scan", ".", "--check")
    assert done.status == 1 and "1 entry meets no duplicate any more; --update-baseline drops it" in done.err
    assert dedup("scan", ".", "--check", "--update-baseline").status == 0
    assert len(baseline.read(folder / baseline.NAME)) == 1


def test_an_empty_baseline_is_valid(folder, dedup):
    (folder / "b.txt").unlink()
    assert dedup("scan", ".", "--update-baseline").status == 0
    assert baseline.read(folder / baseline.NAME) == {}


@pytest.mark.parametrize("text", ["[]", "{", '{"x": 1}', "\xff"])
def test_what_is_no_baseline_is_an_error(folder, dedup, text):
    (folder / "x.json").write_text(text, "latin-1")
    done = dedup("scan", ".", "--baseline", "x.json")
    assert done.status == 2 and "baseline" in done.err
    with pytest.raises(ConfigError):
        baseline.read(folder / "x.json")


def test_a_baseline_that_is_named_must_be_there(folder, dedup):
    done = dedup("scan", ".", "--baseline", "none.json")
    assert done.status == 2 and "--update-baseline" in done.err
    assert dedup("scan", ".", "--baseline", "none.json", "--update-baseline", "--check").status == 0


def test_the_baseline_does_not_change_what_is_written(folder, dedup):
    dedup("scan", ".", "--update-baseline", "-q")
    assert dedup("scan", ".", "-o", folder / "out", "-q").status == 0
    assert len(list((folder / "out").glob("*.txt"))) == 2


def test_a_hook_reads_the_baseline_and_adds_to_it_on_request(folder, dedup):
    repo.run_git(folder, "init", "-q")
    repo.run_git(folder, "add", "a.txt", "c.txt")
    repo.run_git(folder, "commit", "-qm", "one")
    repo.run_git(folder, "add", "b.txt")
    assert dedup("scan", "--staged", "--check").status == 1
    assert dedup("scan", "--staged", "--check", "--update-baseline").status == 0
    assert dedup("scan", "--staged", "--check").status == 0
    (folder / "d.txt").write_text(OTHER + "One more sentence stands here.\n")
    repo.run_git(folder, "commit", "-qm", "two")
    repo.run_git(folder, "add", "d.txt")
    done = dedup("scan", "--staged", "--check")
    assert done.status == 1 and "meet no duplicate" not in done.err  # a part says nothing of the rest
    dedup("scan", "--staged", "--update-baseline")
    assert len(baseline.read(folder / baseline.NAME)) == 2


def test_a_hook_in_a_folder_below_has_the_baseline_and_the_paths_of_the_repository(folder, dedup, monkeypatch):
    repo.run_git(folder, "init", "-q")
    repo.run_git(folder, "add", "a.txt", "c.txt")
    repo.run_git(folder, "commit", "-qm", "one")
    repo.run_git(folder, "add", "b.txt")
    (folder / "below").mkdir()
    (folder / "below/b.txt").write_text("Something else under the same name.\n")
    at_the_top = dedup("scan", "--staged", "--format", "paths0").out
    monkeypatch.chdir(folder / "below")
    for flags in (["--staged"], ["--since", "HEAD"]):  # the second one by way of the whole command line
        doomed = dedup("scan", *flags, "--format", "paths0").out.split("\0")
        assert doomed == [str(folder / name) if name else "" for name in at_the_top.split("\0")], "not below/b.txt"
        assert not os.path.exists(".dedup-baseline.json")
    assert dedup("scan", "--staged", "--check").status == 1
    assert dedup("scan", "--staged", "--update-baseline").status == 0
    assert dedup("scan", "--staged", "--check").status == dedup("scan", "--since", "HEAD", "--check").status == 0
    assert len(baseline.read(folder / baseline.NAME)) == 1 and os.listdir() == ["b.txt"]


def test_a_cluster_keeps_the_members_that_are_not_accepted(folder, dedup):
    dedup("scan", ".", "--update-baseline", "-q")
    (folder / "e.txt").write_text(TEXT.replace(" said ", " insisted ", 1))
    done = dedup("scan", ".", "--check", "--format", "json")
    members = [member["id"] for cluster in json.loads(done.out)["clusters"] for member in cluster["members"]]
    assert done.status == 1 and "e.txt" in members
