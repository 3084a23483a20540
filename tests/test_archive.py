"""An index that stands for an archive: what it remembers, what it says of its table, the daily run."""
from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import repositories as repo

from dedup import archive, cli, gate
from dedup.index import Index

NOTE = "dedup: the table of recurrent blocks is that of "


@pytest.fixture
def dedup(capfd, monkeypatch, tmp_path):
    """The command line in a folder of its own: its exit status and what it printed."""
    repo.alone(monkeypatch)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> SimpleNamespace:
        capfd.readouterr()
        status = cli.main([*map(str, arguments)])
        return SimpleNamespace(status=status, **dict(zip(("out", "err"), capfd.readouterr())))
    return run


def days(*counts: int) -> list[Path]:
    """Folders of articles here, some of which are copies of earlier ones, all under an appeal that no cue knows."""
    rng, texts, found = random.Random(7), [], []
    for day, count in enumerate(counts):
        folder = Path(f"day{day}")
        folder.mkdir()
        found.append(folder)
        for number in range(count):
            texts.append(repo.edited(rng, rng.choice(texts)) if texts and rng.random() < 0.3 else
                         f"{repo.article(rng)}\nThe tides of {repo.PLACES[day]} are printed on page nine, as ever\n")
            (folder / f"{day}-{number:03}.txt").write_text(texts[-1])
    return found


def clusters(report: str) -> list[dict]:
    return json.loads(report)["clusters"]


def test_a_daily_run_compares_with_all_that_was_put_in_before(dedup):
    first, *others = days(40, 6, 5)
    assert dedup("index", "build", "x", first).status == 0
    for number, day in enumerate(others, 1):
        shutil.copy("x", "y")  # the same table
        ran = dedup("scan", day, "--index", "x", "--append", "--format", "json")
        plain = dedup("scan", day, *(word for earlier in (first, *others[:number - 1]) for word in ("--against", earlier)),
                      "--index", "y", "--format", "json")
        assert ran.status == 0 and ran.out == plain.out and clusters(ran.out)
        with Index("x") as index:
            assert archive.paths(index) == [str(first), *map(str, others[:number])]
    again = dedup("scan", others[0], "--index", "x", "--append", "--format", "json")  # it is no reference for itself
    assert "no reference" not in again.err
    with Index("x") as index:
        assert archive.paths(index) == [str(first), *map(str, others)]


def test_what_a_table_was_made_of_is_said_unless_it_is_that_of_the_corpus(dedup):
    first, second = days(20, 3)
    assert NOTE not in dedup("scan", first, "--index", "x").err  # made of it
    assert NOTE not in dedup("scan", first, "--index", "x").err
    older = dedup("scan", first, second, "--index", "x").err
    assert NOTE in older and "of 20 articles (this scan has 23)" in older and "dedup index build x PATH…" in older
    assert NOTE not in dedup("scan", first, second, "--index", "x", "--boilerplate", "off").err
    assert dedup("index", "add", "x", first, second, "--renew").out == "x: 0 articles more; recurrent blocks made anew from 23\n"
    assert NOTE not in dedup("scan", second, first, "--index", "x").err  # the same articles, whatever they are called
    assert NOTE not in dedup("scan", second, "--against", first, "--index", "x").err
    (second / "more.txt").write_text(repo.TEXT)
    assert "dedup index add x --renew" in dedup("scan", first, second, "--index", "x").err


def test_a_table_is_renewed_when_a_tenth_has_come(dedup):
    first, second, third, fourth = days(30, 22, 3, 3)
    assert dedup("index", "build", "x", first).status == 0
    with Index("x") as index:
        old = index.snapshot_id
    assert NOTE in dedup("scan", second, "--index", "x", "--append").err
    with Index("x") as index:
        assert index.snapshot_id == old and archive.since(index) > archive.FEW and archive.due(index)
    ran = dedup("scan", third, "--index", "x", "--append", "--format", "json")
    plain = dedup("scan", third, "--against", first, "--against", second, "--format", "json")
    assert NOTE not in ran.err and ran.out == plain.out  # the very same, what was stripped included
    with Index("x") as index:
        assert index.snapshot_id != old and archive.frozen(index).articles == 55 and not archive.due(index)
        assert archive.paths(index) == [str(first), str(second), str(third)]
    assert "made anew" not in dedup("index", "add", "x", fourth).out


@pytest.mark.parametrize(("rows", "new", "due"), [(0, 20, False), (0, 21, True), (200, 20, False), (1000, 100, False),
                                                  (1000, 101, True)])
def test_due(tmp_path, rows, new, due):
    with gate.opened(tmp_path / "x", {"num_perm": 128}) as index, index.transaction():
        assert not archive.due(index)
        index.put("frozen", archive.Frozen("2026-01-01", rows, "", rows)._asdict())
        index.db.execute("INSERT INTO articles (number) VALUES (?)", (rows + new,))
        assert archive.since(index) == new and archive.due(index) == due


def test_an_index_is_a_reference(dedup):
    first, second = days(25, 4)
    dedup("index", "build", "x", first)
    shutil.copy("x", "y")
    by_index = dedup("scan", second, "--against", "x", "--format", "json")
    by_path = dedup("scan", second, "--against", first, "--index", "y", "--format", "json")
    assert by_index.status == 0 and by_index.out == by_path.out and clusters(by_index.out)
    with Index("x") as index:
        assert archive.paths(index) == [str(first)]


def test_an_index_and_its_articles_may_move_together(dedup, tmp_path):
    first, second = days(10, 3)
    Path("kept").mkdir()
    first.rename("kept/first")
    dedup("index", "build", "kept/x", "kept/first")
    os.rename("kept", "moved")
    assert dedup("scan", second, "--against", "moved/x").status == 0
    shutil.move("moved/first", "elsewhere")
    done = dedup("scan", second, "--against", "moved/x")
    assert done.status == 2 and "moved/first, whose articles it stands for, is not there any more" in done.err


def test_a_run_that_fails_puts_nothing_in(dedup):
    first, second, third = days(30, 25, 3)
    dedup("index", "build", "x", first)
    dedup("scan", second, "--index", "x", "--append", "-q")
    Path("taken").write_text("")
    before = dedup("index", "info", "x").out
    done = dedup("scan", third, "--index", "x", "--append", "-o", "out.jsonl", "--overrides", "none")
    assert done.status == 2 and dedup("index", "info", "x").out == before
    with pytest.raises(ZeroDivisionError), gate.opened(Path("x"), _spec(Path("x"))) as index:
        with archive.adding(index, [str(third)], index.get("spec")) as anew:
            assert anew and index.count() == 0
            raise ZeroDivisionError
    assert dedup("index", "info", "x").out == before


def _spec(path: Path) -> dict:
    with Index(path) as index:
        return index.get("spec")


@pytest.mark.parametrize("arguments", [
    ["day0", "--append"], ["-", "--index", "x", "--append"], ["--files0-from", "x", "--index", "x", "--append"]])
def test_append_wants_paths_and_an_index(dedup, arguments):
    days(1)
    done = dedup("scan", *arguments)
    assert done.status == 2 and "--append puts PATHs into an index" in done.err


def test_an_index_that_stands_for_nothing_is_no_reference(dedup):
    first, second = days(3, 3)
    dedup("scan", first, "--index", "x")
    for flags in (["--against", "x"], ["--index", "x", "--append"]):
        done = dedup("scan", second, *flags)
        assert done.status == 2 and "does not say where its articles are" in done.err
    assert dedup("scan", second, "--index", "new", "--append").status == 0  # made by it
    assert dedup("scan", first, "--index", "new", "--append").status == 0


def test_the_gate_renews_its_table_by_itself(tmp_path):
    rng = random.Random(3)
    repo.run_git(tmp_path, "init", "-q")

    def put(*names: str) -> None:
        for name in names:
            (tmp_path / name).write_text(repo.article(rng))
        repo.run_git(tmp_path, "add", "-A")

    with gate.opened(tmp_path / ".git/x", gate.spec(repo.SETTINGS)) as index:
        put("a.txt", "b.txt")
        repo.run_git(tmp_path, "commit", "-qm", "a")
        put("c.txt")
        assert not repo.ask(tmp_path, index).warm
        put(*(f"{n}.txt" for n in range(archive.FEW)))
        answer = repo.ask(tmp_path, index)
        assert answer.warm and "20 came or were edited since" in answer.result.notes[-1]
        repo.run_git(tmp_path, "commit", "-qm", "many")
        put("more.txt")
        assert repo.ask(tmp_path, index).warm  # looked at before it came
        answer = repo.ask(tmp_path, index)
        assert not answer.warm and not any("table" in note for note in answer.result.notes)
        assert repo.ask(tmp_path, index).warm
