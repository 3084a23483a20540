"""The command line kept to its contract, on small folders of real files."""
import gzip
import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from dedup.cli import CHOICES, EXAMPLES, FORMATS, cli, main
from dedup.engines import ENGINES
from dedup.reporters import REPORTERS

STORY = """Harbour board approves new ferry pier after two-year dispute

The harbour board of Lindvik voted eight to three on Tuesday to build a second ferry pier on the north quay, ending a
dispute that had split the town since the spring of the year before last.

"We have heard every argument twice," board chair Signe Aaltonen said after the vote. "Now we will pour concrete."

Opponents, among them the owners of four fish smokehouses on the quay, had warned that the pier would cut off the morning
light and the lorries alike. The board answered with a delivery lane and a lower roof.

Work is to begin in March and to last fourteen months, at a cost that the board puts at nine million kroner.
"""
OTHER = """Night trains return to the valley line

From December a sleeper will again run up the valley, eleven years after the last one was withdrawn for want of
passengers, the railway said on Monday.

The train will leave the capital at ten in the evening and reach the upper stations before breakfast. Tickets go on sale
next week; the cheapest berth costs about as much as a night in a hostel.

Residents who had campaigned for the service said they would meet the first train with a brass band.
"""
EDITED = STORY.replace("eight to three", "eight votes to three").replace("ending a\ndispute", "which ends a\ndispute")


@pytest.fixture
def folder(tmp_path):
    there = tmp_path / "news"
    there.mkdir()
    (there / "a.txt").write_text(STORY)
    (there / "b.md").write_text(EDITED)
    (there / "c.txt").write_text(OTHER)
    return there


def run(capfd, *arguments):
    status = main([str(argument) for argument in arguments])
    out, err = capfd.readouterr()
    return status, out, err


def annotated(capfd, *arguments):
    status, out, _ = run(capfd, "scan", *arguments, "--annotate", "-", "-q")
    return status, [json.loads(line) for line in out.splitlines()]


def test_a_report_names_copies_and_counts(folder, capfd):
    status, out, err = run(capfd, "scan", folder)
    assert status == 0
    assert "a.txt" in out and "b.md" in out
    assert "3 articles: 2 unique, 1 copy in 1 cluster" in out


def test_json_report_has_the_fields_of_the_contract(folder, capfd):
    status, out, _ = run(capfd, "scan", folder, "--format", "json")
    report = json.loads(out)
    assert list(report) == ["version", "settings", "summary", "clusters", "boilerplate", "errors", "related", "sources", "flows"]
    assert report["summary"] == {"articles": 3, "unique": 2, "clusters": 1, "duplicates": 1, "unreadable": 0,
                                 "characters_removed": report["summary"]["characters_removed"]}
    [cluster] = report["clusters"]
    assert list(cluster) == ["cluster", "canonical", "reason", "members"]
    assert cluster["members"][0]["id"] == cluster["canonical"]
    assert list(cluster["members"][1])[:7] == ["id", "path", "line", "relation", "match", "similarity", "containment"]


def test_annotate_has_every_article_in_input_order_with_its_decision(folder, capfd):
    status, rows = annotated(capfd, folder)
    assert [row["id"] for row in rows] == ["a.txt", "b.md", "c.txt"]
    decisions = [row["dedup"] for row in rows]
    assert [set(decision) for decision in decisions] == 3 * [{
        "cluster", "canonical", "kept", "relation", "match", "similarity", "containment", "reason", "removed"}]
    assert decisions[0]["cluster"] == decisions[1]["cluster"] == 1 and decisions[2]["cluster"] is None
    dropped = next(decision for decision in decisions if not decision["kept"])
    assert dropped["relation"] == "edited" and dropped["match"] == "jaccard" and .7 <= dropped["similarity"] < 1
    assert decisions[2]["kept"] and decisions[2]["relation"] is None and decisions[2]["similarity"] is None


def test_input_fields_stay_and_an_old_decision_is_replaced(tmp_path, capfd):
    source = tmp_path / "x.jsonl"
    source.write_text(json.dumps({"id": 7, "text": OTHER, "tags": ["rail"], "dedup": "old"}) + "\n")
    _, [row] = annotated(capfd, source)
    assert row["id"] == 7 and row["tags"] == ["rail"] and row["dedup"]["kept"] is True and row["path"] == "x.jsonl"


def test_records_without_id_are_numbered_and_colliding_ids_are_places(tmp_path, capfd):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "part.jsonl").write_text("".join(
            json.dumps(record) + "\n" for record in ({"id": "1", "text": f"{name} {OTHER}"}, {"text": f"{name} {STORY}"})))
    status, out, err = run(capfd, "scan", tmp_path, "--format", "json")
    ids = sorted(member["id"] for cluster in json.loads(out)["clusters"] for member in cluster["members"])
    assert ids == ["one/part.jsonl#1", "one/part.jsonl#2", "two/part.jsonl#1", "two/part.jsonl#2"]
    assert err.count("PATH#N") + err.count("share") >= 1, "one warning"


def test_check_exits_1_with_duplicates_and_0_without(folder, capfd):
    assert run(capfd, "scan", folder, "--check", "-q")[0] == 1
    (folder / "b.md").unlink()
    assert run(capfd, "scan", folder, "--check", "-q")[0] == 0


def test_bad_inputs_are_one_line_each_the_rest_runs_and_the_status_is_2(folder, capfd):
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "bad.jsonl").write_text('{"text": "x y z"}\n{"text": \n{"no text": 1}\n')
    (folder / "loop.txt").symlink_to("loop.txt")
    status, out, err = run(capfd, "scan", folder, "--check", "--format", "json")
    report = json.loads(out)
    assert status == 2 and report["summary"]["articles"] == 4 and report["summary"]["clusters"] == 1
    places = {(error["path"], error["line"]) for error in report["errors"]}
    assert places == {("empty.txt", None), ("binary.txt", None), ("bad.jsonl", 2), ("bad.jsonl", 3), ("loop.txt", None)}
    assert len([line for line in err.splitlines() if "Traceback" in line]) == 0
    assert run(capfd, "scan", folder, "--check", "-q", "--errors", "warn")[0] == 1


def test_a_missing_path_is_an_error_and_the_rest_still_runs(folder, capfd):
    status, out, err = run(capfd, "scan", folder, folder / "nowhere")
    assert status == 2 and "nowhere" in err and "1 copy in 1 cluster" in out


@pytest.mark.parametrize("arguments", [
    ["scan"], ["scan", "x", "--threshold", "2"], ["scan", "x", "--keep", "nicest"], ["scan", "x", "-o", "-", "--annotate", "-"],
    ["strip", "a", "b"], ["scan", "x", "--no-such-flag"], ["scan", "x", "--format", "xml"]])
def test_usage_errors_exit_2_with_one_clear_line(arguments, capfd):
    status, out, err = run(capfd, *arguments)
    assert status == 2 and not out and "rror" in err and "Traceback" not in err


def test_output_holds_canonical_versions_only_and_is_not_read_again(folder, capfd):
    out = folder / "clean"
    assert run(capfd, "scan", folder, "-o", out, "-q")[0] == 0
    names = sorted(os.listdir(out))
    assert names == ["a.txt", "c.txt", "dedup-manifest.jsonl"] or names == ["b.md", "c.txt", "dedup-manifest.jsonl"]
    first = {name: (out / name).read_bytes() for name in names}
    assert run(capfd, "scan", folder, "-o", out, "-q")[0] == 2, "not without --overwrite"
    assert run(capfd, "scan", folder, "-o", out, "-q", "--overwrite")[0] == 0
    assert {name: (out / name).read_bytes() for name in sorted(os.listdir(out))} == first
    rows = [json.loads(line) for line in first["dedup-manifest.jsonl"].splitlines()]
    assert {row["id"] for row in rows} == {"a.txt", "b.md", "c.txt"}


def test_inputs_are_never_touched(folder, capfd, tmp_path):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    run(capfd, "scan", folder, "-o", tmp_path / "out.jsonl", "--annotate", tmp_path / "all.jsonl", "--report", tmp_path / "r.txt")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_paths0_lists_files_of_dropped_copies(folder, capfd):
    _, out, _ = run(capfd, "scan", folder, "--format", "paths0")
    [dropped] = [path for path in out.split("\0") if path]
    assert os.path.basename(dropped) in ("a.txt", "b.md") and os.path.exists(dropped)


def test_overrides_are_obeyed(folder, capfd, tmp_path):
    wishes = tmp_path / "wishes.tsv"
    wishes.write_text("different\ta.txt\tb.md\nsame\ta.txt\tc.txt\n")
    _, rows = annotated(capfd, folder, "--overrides", wishes)
    clusters = {row["id"]: row["dedup"]["cluster"] for row in rows}
    assert clusters["a.txt"] == clusters["c.txt"] == 1 and clusters["b.md"] is None
    assert {row["dedup"]["match"] for row in rows if not row["dedup"]["kept"]} == {"override"}
    wishes.write_text("same\ta.txt\tno-such-id\n")
    assert run(capfd, "scan", folder, "--overrides", wishes)[0] == 2


def test_against_a_reference_corpus(folder, capfd, tmp_path):
    reference = tmp_path / "reference"
    reference.mkdir()
    (reference / "a.txt").write_text(STORY)
    (reference / "twin.txt").write_text(STORY)
    (reference / "nobody.txt").write_text(OTHER.replace("valley", "mountain").replace("e", "i"))
    status, out, _ = run(capfd, "scan", folder, "--against", reference, "--format", "json")
    report = json.loads(out)
    assert report["summary"]["articles"] == 3 and report["summary"]["duplicates"] == 2 and report["summary"]["unique"] == 1
    for named, why in ((reference, "in the reference corpus; first by id"), (reference / "a.txt", "in the reference corpus")):
        out = run(capfd, "scan", folder, "--against", named, "--format", "json")[1]
        assert [cluster["reason"] for cluster in json.loads(out)["clusters"]] == [why]
    _, rows = annotated(capfd, folder, "--against", reference)
    assert [row["id"] for row in rows] == ["a.txt", "b.md", "c.txt"]
    for row in rows[:2]:
        assert row["dedup"]["kept"] is False and row["dedup"]["canonical_in"] == "reference"
    assert rows[2]["dedup"]["kept"] is True and "canonical_in" not in rows[2]["dedup"]
    run(capfd, "scan", folder, "--against", reference, "-o", tmp_path / "out", "-q")
    assert sorted(os.listdir(tmp_path / "out")) == ["c.txt", "dedup-manifest.jsonl"]


def test_a_reference_with_the_same_names_is_another_file(folder, capfd, tmp_path, monkeypatch):
    """`new/` against `archive/`, in both of which there is an a.txt."""
    archive = tmp_path / "archive"
    archive.mkdir()
    for name, text in (("a.txt", STORY), ("c.txt", STORY.replace("e", "i"))):
        (archive / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    doomed = run(capfd, "scan", folder, "--against", archive, "--format", "paths0")[1]
    assert doomed.split("\0") == [str(folder / "a.txt"), str(folder / "b.md"), ""]
    github = run(capfd, "scan", folder, "--against", archive, "--format", "github")[1]
    assert "file=news/a.txt" in github and "Exact copy of archive/a.txt, which is kept" in github
    [found, _] = json.loads(run(capfd, "scan", folder, "--against", archive, "--format", "sarif")[1])["runs"][0]["results"]
    places = [found[key][0]["physicalLocation"]["artifactLocation"]["uri"] for key in ("locations", "relatedLocations")]
    assert places == ["news/a.txt", "archive/a.txt"]
    (tmp_path / "wishes").write_text("different\ta.txt\tb.md\n")
    (archive / "a.txt").write_text(OTHER.upper())
    rows = annotated(capfd, folder, "--against", archive, "--overrides", tmp_path / "wishes")[1]
    assert [row["dedup"]["kept"] for row in rows] == [True, True, False]


def test_no_article_is_a_reference_for_itself(folder, capfd, tmp_path):
    (tmp_path / "link.txt").symlink_to(folder / "a.txt")
    (tmp_path / "old.md").write_text(OTHER)
    alone = run(capfd, "scan", folder, "--format", "paths0")[1]
    for against, more in ((folder, ""), (tmp_path / "link.txt", ""), (tmp_path, f"{folder / 'c.txt'}\0")):
        status, out, err = run(capfd, "scan", folder, "--against", against, "--format", "paths0")
        assert (status, out) == (0, alone + more) and "scanned, too, and no reference" in err
    assert run(capfd, "scan", "-", "--against", "-")[0] == 2


def test_stdin_and_files0(folder, capfd):
    script = "import sys; from dedup.cli import main; raise SystemExit(main(['scan', '-', '--format', 'json']))"
    records = "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in (("x", STORY), ("y", EDITED)))
    done = subprocess.run([sys.executable, "-c", script], input=records.encode(), capture_output=True)
    assert json.loads(done.stdout)["summary"]["duplicates"] == 1
    listing = folder / "list"
    listing.write_bytes(b"\0".join(str(folder / name).encode() for name in ("a.txt", "b.md")))
    status, out, _ = run(capfd, "scan", "--files0-from", listing, "--format", "json")
    assert json.loads(out)["summary"] | {"characters_removed": 0} == {
        "articles": 2, "unique": 1, "clusters": 1, "duplicates": 1, "unreadable": 0, "characters_removed": 0}


def test_a_closed_pipe_is_silent(folder):
    script = f"{sys.executable} -m dedup scan '{folder}' --annotate - -q | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.stdout == "0\n" and done.stderr == ""


@pytest.mark.parametrize("variant", [["--jobs", "2"], ["--engine", "datasketch"], ["--engine", "numba"], ["--format", "json"]])
def test_same_bytes_whatever_the_order_workers_engine_and_hash_seed(folder, tmp_path, variant):
    if "numba" in variant:
        pytest.importorskip("numba")
    for number in range(6):
        text = STORY.replace("Lindvik", f"Town{number}") if number % 2 else OTHER + f"Note {number}.\n"
        (folder / f"n{number}.txt").write_text(text)

    def output(seed, paths, arguments):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run([sys.executable, "-m", "dedup", "scan", *paths, "--format", "json", "--isolated", *arguments],
                              env=environment, capture_output=True, check=True, cwd=folder).stdout

    names = sorted(os.listdir(folder))
    assert output("0", names, []) == output("1", names[::-1], variant)


@pytest.mark.parametrize("engine, jobs, told", [
    ("auto", "1", "the numpy engine, 1 worker"), ("datasketch", "2", "the datasketch engine, 2 workers"),
    ("numba", "1", "the numba engine, 1 worker")])
def test_what_it_ran_by_is_told_where_more_is_asked_for_and_in_no_report(folder, capfd, engine, jobs, told):
    if engine == "numba":
        pytest.importorskip("numba")
    flags = "--engine", engine, "--jobs", jobs
    _, plain, _ = run(capfd, "scan", folder, "-v")
    _, out, spoken = run(capfd, "scan", folder, "-v", *flags)
    assert f"dedup: run by {told}\n" in spoken and out == plain
    assert "run by" not in run(capfd, "scan", folder, *flags)[2] + run(capfd, "scan", folder, "-v", "-q", *flags)[2]


def test_gzip_and_folders_mix(folder, capfd):
    with gzip.open(folder / "d.jsonl.gz", "wt") as out:
        out.write(json.dumps({"id": "zipped", "text": STORY}) + "\n")
    _, rows = annotated(capfd, folder)
    assert {row["id"]: row["dedup"]["cluster"] for row in rows} == {"a.txt": 1, "b.md": 1, "c.txt": None, "zipped": 1}


def test_flags_offer_what_there_is():
    assert FORMATS == tuple(REPORTERS)
    assert CHOICES["engine"] == ("auto", *ENGINES)


def test_strip_reads_stdin_and_files_and_says_what_would_change(tmp_path, capfd):
    text = STORY + "\nShare this article\n\nSubscribe to our newsletter\n"
    page = tmp_path / "p.txt"
    page.write_text(text)
    assert run(capfd, "strip", page) == (0, STORY + "\n", "") or run(capfd, "strip", page)[1].rstrip() == STORY.rstrip()
    status, out, _ = run(capfd, "strip", "--check", "--diff", page)
    assert status == 1 and "-Share this article" in out
    assert run(capfd, "strip", "--explain", page)[1].count("strip") >= 2
    (tmp_path / "q.txt").write_text(STORY)
    assert run(capfd, "strip", "--check", tmp_path / "q.txt") == (0, "", "")
    status, out, err = run(capfd, "strip", "--check", page, tmp_path / "q.txt")
    assert (status, out) == (1, "") and err.splitlines() == [
        f"dedup: would change: {page}: 2 pieces of boilerplate, 48 characters",
        "  1 × nav-heading  Share this article", "  1 × newsletter   Subscribe to our newsletter"]


def test_a_path_with_nothing_to_read_is_told_from_one_without_copies(folder, tmp_path, capfd):
    (tmp_path / "empty").mkdir()
    assert run(capfd, "scan", folder, "-o", tmp_path / "earlier/clean.jsonl", "-q")[0] == 0
    for named in ("empty", "earlier"):
        for arguments in (["scan", tmp_path / named], ["scan", folder, "--against", tmp_path / named],
                          ["eval", "--inject", tmp_path / named], ["index", "build", tmp_path / "x.idx", tmp_path / named]):
            status, _, err = run(capfd, *arguments)
            assert status == 0 and f"{tmp_path / named}: nothing to read there" in err, arguments
    assert run(capfd, "scan", folder, "--against", tmp_path / "empty", "-q")[2] == ""
    for arguments in ([folder], [folder, "--against", folder], [tmp_path / "earlier/clean.jsonl"]):
        assert "nothing to read" not in run(capfd, "scan", *arguments)[2]


def test_eval_tells_what_it_could_not_read(folder, tmp_path, capfd):
    gold = tmp_path / "gold.tsv"
    gold.write_text("a.txt\t1\nb.md\t1\n")
    assert run(capfd, "eval", gold, folder)[::2] == (0, "") == run(capfd, "eval", "--inject", folder)[::2]
    assert "LSH: 25 bands" in run(capfd, "eval", gold, folder, "-v")[1]
    (folder / "r.jsonl").write_text("{broken\n")
    for arguments in ([gold, folder], ["--inject", folder]):
        status, out, err = run(capfd, "eval", *arguments)
        assert status == 2 and "LSH" not in out and "r.jsonl:1: broken JSON" in err
    status, _, err = run(capfd, "eval", gold, tmp_path / "nowhere")
    assert status == 2 and err.index("nowhere: no such file") < err.index("none of its ids")


@pytest.mark.parametrize(("flags", "words"), [
    (["-o", "x.jsonl", "--annotate", "x.jsonl"], ["--annotate", "--output", "x.jsonl"]),
    (["-o", "x.jsonl", "--annotate", "../here/x.jsonl"], ["--annotate", "--output"]),
    (["-o", "x.jsonl.gz", "--report", "x.manifest.jsonl"], ["--report", "the manifest of --output"]),
    (["-o", "x", "--report", "x/dedup-manifest.jsonl"], ["--report", "the manifest of --output"]),
    (["-o", "x", "--annotate", "x"], ["--annotate", "--output"]),
    (["--annotate", "x.jsonl", "--report", "link"], ["--annotate", "--report"]),
    (["--index", "x.jsonl", "--report", "x.jsonl"], ["--report", "--index"]),
    (["-o", "mine.jsonl"], ["mine.jsonl", "--overwrite"]),
    (["-o", "mine"], ["mine", "not an output of dedup"]),
])
def test_what_cannot_be_written_is_told_before_the_work(folder, tmp_path, capfd, monkeypatch, flags, words):
    here = tmp_path / "here"
    (here / "mine").mkdir(parents=True)
    (here / "mine/thesis.txt").write_text("precious")
    (here / "mine.jsonl").write_text("precious")
    (here / "link").symlink_to("x.jsonl")
    monkeypatch.chdir(here)
    monkeypatch.setattr("dedup.pipeline.scan", None)
    status, _, err = run(capfd, "scan", folder, *flags)
    assert status == 2 and "internal" not in err and all(word in err for word in words), err
    assert sorted(path.name for path in here.iterdir()) == ["link", "mine", "mine.jsonl"]


def test_outputs_beside_each_other_and_into_one_device_are_fine(folder, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(capfd, "scan", folder, "-o", "x", "--annotate", "x.jsonl", "--report", "y/x.json", "--index", "x.idx")[0] == 0
    assert run(capfd, "scan", folder, "--annotate", os.devnull, "--report", os.devnull)[::2] == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="no names for streams here")
def test_a_pipe_behind_a_link_is_written_to(folder):
    command = [sys.executable, "-m", "dedup", "scan", str(folder), "-q", "--annotate"]
    written = subprocess.run([*command, "/dev/stdout"], stdout=subprocess.PIPE, check=True)
    assert written.stdout == subprocess.run([*command, "-"], stdout=subprocess.PIPE, check=True).stdout
    assert len(written.stdout.splitlines()) == 3


def test_a_folder_that_may_not_be_written_to_is_told_before_the_work(folder, tmp_path, capfd, monkeypatch):
    (tmp_path / "shut").mkdir()
    monkeypatch.setattr("dedup.pipeline.scan", None)
    monkeypatch.setattr(os, "access", lambda path, mode: os.path.realpath(path) != os.path.realpath(tmp_path / "shut"))
    for flag in ("-o", "--annotate", "--report"):
        status, _, err = run(capfd, "scan", folder, flag, tmp_path / "shut/x.jsonl")
        assert status == 2 and "is read-only (check its permissions)" in err


def test_strip_in_place_takes_a_file_of_two_names_once(tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    page, other = tmp_path / "p.txt", tmp_path / "r.txt"
    for path in (page, other):
        path.write_text(STORY + "\nShare this article\n\nSubscribe to our newsletter\n")
    (tmp_path / "link.txt").symlink_to(page)
    status, _, err = run(capfd, "strip", "--in-place", page, page, tmp_path / "link.txt", other)
    assert status == 0 and "2 files changed" in err and err.count("dedup: taken off ") == 2
    assert page.read_text() == other.read_text() and "newsletter" not in page.read_text()
    assert (tmp_path / "link.txt").is_symlink()


def test_json_that_is_named_is_records(folder, tmp_path, capfd):
    lines = "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in (("x", STORY), ("y", EDITED)))
    for name, content in (("lines.json", lines), ("lines.JSON.gz", gzip.compress(lines.encode()))):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        assert [row["id"] for row in annotated(capfd, tmp_path / name)[1]] == ["x", "y"]
        assert "holds records" in run(capfd, "strip", tmp_path / name)[2]
    (tmp_path / "array.json").write_text(json.dumps([{"id": "x", "text": STORY}]))
    assert [row["id"] for row in annotated(capfd, tmp_path / "array.json")[1]] == ["x"]
    (tmp_path / "array.jsonl").write_text(json.dumps([{"id": "x", "text": STORY}]))
    status, _, err = run(capfd, "scan", tmp_path / "array.jsonl")
    assert status == 2 and "array.jsonl:1: a JSON list, not an object (a JSON array? name the file .json)" in err
    (tmp_path / "notes").write_text('[{"this": "is no JSON file"}]')
    assert annotated(capfd, tmp_path / "notes")[1][0]["id"] == "notes"
    (folder / "package.json").write_text("{}")
    status, _, err = run(capfd, "scan", folder)
    assert status == 0 and "JSON that holds no articles: package.json" in err
    status, _, err = run(capfd, "scan", folder / "package.json")
    assert status == 2 and "no field 'text'" in err


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_streams_that_are_closed_are_done_without(folder):
    dedup = f"{shlex.quote(sys.executable)} -m dedup scan"
    for command, wanted in ((f"{dedup} {folder} <&- 2>&-", b"3 articles: 2 unique"), (f"{dedup} - <&-", b"0 articles"),
                            (f"{dedup} {folder} >&-", b"")):
        done = subprocess.run(["sh", "-c", command], capture_output=True)
        assert done.returncode == 0 and wanted in done.stdout and b"internal" not in done.stderr, (command, done)


def test_config_shows_where_values_come_from(tmp_path, capfd, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[tool.dedup]\nthreshold = 0.6\nkeep = "latest"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEDUP_NGRAM", "4")
    status, out, _ = run(capfd, "config", "show", "--recall", ".9")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert rows["threshold"] == ["0.6", str(tmp_path / "pyproject.toml")] and rows["keep"][0] == "latest"
    assert rows["ngram"] == ["4", "$DEDUP_NGRAM"] and rows["recall"] == ["0.9", "--recall"]
    (tmp_path / "pyproject.toml").write_text("[tool.dedup]\ntreshold = 0.6\n")
    status, out, err = run(capfd, "config", "show")
    assert status == 2 and "did you mean 'threshold'" in err


def test_every_help_fits_80_columns_and_its_examples_exist(capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for name, command in commands(cli):
        _, out, _ = run(capfd, *name, "--help")
        assert max(map(len, out.splitlines())) <= 80
        assert "Examples:" in out or name[-1:] in (["index"], ["config"], ["info"], ["prune"])
    for line in re.findall(r"^  (dedup .*?)(?:   |$)", "\n".join(EXAMPLES.values()), re.M):
        words = shlex.split(line.split("|")[0].split(">")[0])[1:]
        if words[0].isupper():
            continue
        command = cli
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        flags = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= flags


def commands(group, path=()):
    yield list(path), group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


@pytest.mark.parametrize(("arguments", "words"), [
    (["scan", "nowhere"], ["nowhere", "no such file", "check the name"]),
    (["scan", "a.txt", "-q", "nowhere"], ["nowhere", "check the name"]),
    (["scan", "a.txt", "--threshold", "high"], ["--threshold", "'high'", "is not a number"]),
    (["scan", "a.txt", "--seed", "-1"], ["--seed", "is not between 0 and 4294967295"]),
    (["scan", "a.txt", "--max-memory", "lots"], ["--max-memory", "'lots' is not a size such as 500K"]),
    (["scan", "a.txt", "--lang", "English language"], ["--lang", "is not the code of a language, such as en"]),
    (["scan", "a.txt", "--disable", "en.donatoin"], ["disable", "no rule or class", "did you mean"]),
    (["scan", "a.txt", "-o", "out.csv"], ["out.csv", ".jsonl", "a folder of this name would be out.csv/"]),
    (["scan", "a.txt", "--config", "none.toml"], ["none.toml", "check the name"]),
    (["scan", "a.txt", "--overrides", "none.tsv"], ["none.tsv", "check the name"]),
    (["scan", "a.txt", "--rules", "none.toml"], ["none.toml", "cannot read these rules"]),
    (["scan", "a.txt", "--index", "a.txt"], ["a.txt", "is no index of dedup", "name another file"]),
    (["index", "info", "none.idx"], ["none.idx", "dedup index build"]),
    (["strip", "."], [".: is a directory (name the files in it)"]),
    (["strip", "r.jsonl"], ["r.jsonl", "use dedup scan"]),
    (["compare", "a.txt", "b.txt", "--in", "a.txt"], ["'b.txt'", "did you mean 'a.txt'?"]),
    (["compare", "a.txt", "r.jsonl"], ["one article each", "--in FILE"]),
    (["compare", "a.txt", "./a.txt"], ["A and B are one file"]),
    (["eval", "gold.tsv", "a.txt"], ["gold.tsv", "none of its ids", "'x1' for one", "an id is"]),
    (["undo", "none"], ["none", "check the name"]),
    (["scan", "r.jsonl", "--text-field", "body"], ["r.jsonl:1", "no field 'body'", "--text-field"]),
])
def test_errors_say_what_where_and_what_to_do(tmp_path, monkeypatch, capfd, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(STORY)
    (tmp_path / "r.jsonl").write_text(json.dumps({"text": STORY}) + "\n" + json.dumps({"text": OTHER}) + "\n")
    (tmp_path / "gold.tsv").write_text("x1\t1\nx2\t1\n")
    status, _, err = run(capfd, *arguments)
    assert status == 2 and "Errno" not in err and "internal" not in err
    for word in words:
        assert word in err


def test_a_class_that_is_switched_off_takes_nothing_off(tmp_path, capfd):
    """Whatever found it: a rule, repetition, or the place beside something else."""
    (tmp_path / "news").mkdir()
    appeal = "We have no owner but our readers, and every line of this page is paid for by them, month after month."
    for number in range(4):
        words = " ".join(f"word{number}{at}" for at in range(80))
        (tmp_path / "news" / f"{number}.txt").write_text(
            f"Headline number {number}\n\nA report about {words}.\n\n{appeal}\n\nShare this article\n\nAsk me again next time\n")
    classes = ["--disable", ""]
    for _ in range(9):
        _, out, _ = run(capfd, "scan", tmp_path / "news", "--format", "json", *(classes if classes[1] else []))
        rows = json.loads(out)["boilerplate"]
        assert not {row["class"] for row in rows} & set(classes[1].split(","))
        if not rows:
            break
        classes[1] = ",".join([rows[0]["class"], *filter(None, classes[1].split(","))])
    assert classes[1] and not rows


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_a_terminal_is_told_how_far_a_run_is(folder, tmp_path):
    """Each phase by name at once; nothing is left on the line in the end."""
    leader, follower = os.openpty()
    with subprocess.Popen([sys.executable, "-m", "dedup", "scan", str(folder), "-o", str(tmp_path / "out"), "--isolated"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=follower) as process:
        os.close(follower)
        told = b""
        while True:
            try:
                part = os.read(leader, 1 << 16)
            except OSError:
                break
            told += part
            if not part:
                break
    os.close(leader)
    last = told.rpartition(b"\r\x1b[K")[2].decode()
    assert process.returncode == 0 and last.startswith("dedup: ") and "2 canonical versions of 3 articles" in last
    for phase in ("reading", "looking for repeated blocks", "looking for boilerplate", "looking for similar articles", "writing"):
        assert phase.encode() in told
