"""What is mistyped ends a run before it starts, with the name that was meant; suffixes mean what they say."""
import csv
import json

import pytest

from dedup import settings
from dedup.cli import main
from dedup.console import Misuse, Report, reports
from dedup.errors import ConfigError

STORY = "The harbour authority closed the northern pier on Monday after divers found cracks in two of its pillars.\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("a.txt", STORY), ("b.txt", STORY), ("c.txt", "Rain in the west, sun in the east.\n")):
        (tmp_path / "news" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "news" / name).write_text(text)
    return tmp_path


def run(capfd, *arguments):
    status = main([*arguments, "--isolated"])
    return status, *capfd.readouterr()


@pytest.mark.parametrize("errors", ["fail", "warn"])
@pytest.mark.parametrize(("flag", "there", "content", "typed"), [
    ("--against", "archive", None, "archve"), ("--overrides", "overrides.tsv", "same\ta.txt\tb.txt\n", "overides.tsv"),
    ("--baseline", "accepted.json", "{}", "acepted.json"), ("--index", "archive.idx", "index", "archvie.idx")])
def test_a_mistyped_input_ends_the_run_before_it_starts(folder, capfd, monkeypatch, flag, there, content, typed, errors):
    if content is None:
        (folder / there).mkdir()
    elif content == "index":
        assert run(capfd, "index", "build", there, "news")[0] == 0
    else:
        (folder / there).write_text(content)
    assert run(capfd, "scan", "news", flag, there)[0] == 0
    monkeypatch.setattr("dedup.pipeline.scan", None)
    status, out, err = run(capfd, "scan", "news", flag, typed, "--errors", errors, "-o", "out")
    assert (status, out) == (2, "") and typed in err and f"did you mean '{there}'" in err and err.count("\n") == 1
    assert not (folder / "out").exists()


@pytest.mark.parametrize("name", ["2024.idx", "corpus-de.idx", "x.idx"])
def test_another_index_beside_the_first_is_no_slip(folder, capfd, name):
    for known in ("2023.idx", "corpus-en.idx", "y.idx"):
        assert run(capfd, "scan", "news", "--index", known, "-q")[0] == 0
    status, _, err = run(capfd, "scan", "news", "--index", name)
    assert status == 0 and f"{name}: a new index" in err


@pytest.mark.parametrize(("code", "words"), [
    ("xx", "known: "), ("eng", "did you mean 'en'"), ("english", "is not the code"), ("en-GB", None), ("de", None), ("RU", None)])
def test_languages_without_rules_are_refused(code, words):
    if words is None:
        assert settings.resolve({"lang": code}, isolated=True)[0].lang == code
        return
    with pytest.raises(ConfigError, match=words):
        settings.resolve({"lang": code}, isolated=True)


@pytest.mark.parametrize(("name", "words"), [
    ("DEDUP_TRESHOLD", r"\$DEDUP_TRESHOLD: unknown setting 'treshold'; did you mean 'threshold'"),
    ("DEDUP_ZZZ", "known: threshold, "), ("DEDUP_THRESHOLD", None), ("_DEDUP_COMPLETE", None), ("DEDUPLICATE", None)])
def test_unknown_variables_are_refused_with_the_nearest_known_one(tmp_path, name, words):
    if words is None:
        settings.resolve({}, environ={name: "0.6"}, start=tmp_path)
        return
    with pytest.raises(ConfigError, match=words):
        settings.resolve({}, environ={name: "0.6"}, start=tmp_path)
    settings.resolve({}, environ={name: "0.6"}, isolated=True)


@pytest.mark.parametrize(("format_", "files", "expected"), [
    (None, [], [("text", None)]), ("html", [], [("html", None)]), (None, ["-"], [("text", None)]),
    (None, ["a.html", "b.sarif", "c.JSON"], [("html", "a.html"), ("sarif", "b.sarif"), ("json", "c.JSON")]),
    ("paths0", ["doomed"], [("paths0", "doomed")]), ("sarif", ["results.json"], [("sarif", "results.json")]),
    ("github", ["log.txt"], [("github", "log.txt")]), ("html", ["page.xyz"], [("html", "page.xyz")]),
    (None, ["/dev/stderr"], [("text", "/dev/stderr")])])
def test_a_report_has_the_form_that_its_suffix_says(format_, files, expected):
    assert reports(format_, files) == [Report(*one) for one in expected]


@pytest.mark.parametrize(("format_", "file", "words"), [
    ("json", "a.html", ".html is html"), ("html", "a.txt", ".txt is text"), (None, "a.pdf", "known: .txt"),
    ("html", "a.sarif", ".sarif is sarif")])
def test_a_report_that_would_belie_its_suffix_is_refused(format_, file, words):
    with pytest.raises(Misuse, match=words):
        reports(format_, [file])


def test_several_reports_come_from_one_run_and_what_was_written_is_told(folder, capfd):
    status, out, err = run(capfd, "scan", "news", "--report", "r.html", "--report", "r.json", "--annotate", "d.csv", "-o", "out")
    assert (status, out) == (0, "")
    assert (folder / "r.html").read_text().startswith("<!doctype html>") and json.loads((folder / "r.json").read_text())
    for told in ("r.html: html report, ", "r.json: json report, ", "d.csv: 3 articles with decisions, ",
                 "out: 2 canonical versions of 3 articles"):
        assert told in err
    assert run(capfd, "scan", "news", "--report", "q.json", "-q") == (0, "", "")
    assert run(capfd, "scan", "news", "--report", "r.json", "--report", "./r.json")[0] == 2


def test_annotated_records_are_written_as_csv(folder, capfd):
    assert run(capfd, "scan", "news", "--annotate", "d.csv", "-q")[0] == 0
    rows = list(csv.DictReader((folder / "d.csv").open(newline="", encoding="utf-8")))
    assert [row["id"] for row in rows] == ["a.txt", "b.txt", "c.txt"] and rows[0]["text"] == STORY
    assert [row["dedup.kept"] for row in rows] == ["true", "false", "true"] and rows[1]["dedup.relation"] == "exact"


@pytest.mark.parametrize("name", ["out.json", "out.xlsx", "out.csv", "out.tar.gz"])
def test_no_folder_is_made_under_the_name_of_a_file(folder, capfd, monkeypatch, name):
    monkeypatch.setattr("dedup.pipeline.scan", None)
    status, _, err = run(capfd, "scan", "news", "-o", name)
    assert status == 2 and "one file is written as .jsonl" in err and not (folder / name).exists()


@pytest.mark.parametrize("name", ["d.json", "d.xlsx", "d.txt", "d.json.gz"])
def test_records_are_not_annotated_under_a_suffix_of_something_else(folder, capfd, monkeypatch, name):
    monkeypatch.setattr("dedup.pipeline.scan", None)
    status, _, err = run(capfd, "scan", "news", "--annotate", name)
    assert status == 2 and ".parquet" in err and not (folder / name).exists()
