"""What a scan annotated gives its reports again, and a review of its doubtful pairs decides the next scan."""
import io
import json
from pathlib import Path

import pytest

from dedup import decided, doubts, records
from dedup.article import Article, Related, Result
from dedup.cli import main
from dedup.overrides import read
from dedup.readers import ReadOptions
from dedup.review import Session, laid, passages
from dedup.terminal import width
from report_results import sample

SAMPLES = Path(__file__).parent.parent / "samples"


def run(capfd, *arguments):
    status = main([*map(str, arguments), "--isolated"])
    return status, *capfd.readouterr()


@pytest.fixture
def annotated(tmp_path, capfd):
    def annotate(name="decided.jsonl", *flags):
        assert run(capfd, "scan", SAMPLES, "--annotate", tmp_path / name, "-q", *flags)[0] == 0
        return tmp_path / name
    return annotate


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.tsv.gz", "a.parquet"])
def test_a_report_made_again_is_that_of_the_scan(annotated, capfd, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    again = json.loads(run(capfd, "report", annotated(name), "--format", "json")[1])
    first = json.loads(run(capfd, "scan", SAMPLES, "--format", "json")[1])
    assert again.pop("settings") == {"threshold": 0.7, "containment": 0.25} and first.pop("settings")
    assert again == first and again["summary"]["clusters"] == 5


def test_texts_and_removals_come_back_to_the_letter(annotated):
    result = decided.load(annotated(), ReadOptions(), {})
    texts = {entry.id: result.text_of(number) for number, entry in enumerate(result.entries)}
    assert texts["estuary/ferry.txt"] == (SAMPLES / "estuary/ferry.txt").read_text("utf-8")
    for number in range(result.count):
        for span in result.removed_of(number):
            assert result.text_of(number)[span.start:span.end].strip()
    assert len(result.boilerplate) > 10 and all(len(row.where) == row.articles for row in result.boilerplate)


def test_a_canonical_of_a_reference_corpus_is_named_though_it_is_not_there(tmp_path, capfd):
    place = tmp_path / "decided.jsonl"
    run(capfd, "scan", SAMPLES / "estuary", "--against", SAMPLES / "ferry-islander.html", "--annotate", place, "-q")
    result = decided.load(place, ReadOptions(), {})
    assert result.references == 1 and result.entries[-1].id == "ferry-islander.html"
    assert "ferry-islander.html" in run(capfd, "report", place)[1]


@pytest.mark.parametrize(("content", "words"), [
    ('{"id": "a", "text": "x"}\n', ["no field 'dedup'", "--annotate"]), ("no json\n", ["not a record in JSON", "--annotate"]),
    ('{"id": "a", "body": "x", "dedup": {"cluster": null, "reason": ""}}\n', ["no text", "--text-field"])])
def test_what_is_no_annotated_file_is_refused_with_the_remedy(tmp_path, capfd, content, words):
    (tmp_path / "a.jsonl").write_text(content)
    for command in ("report", "review"):
        status, _, err = run(capfd, command, tmp_path / "a.jsonl")
        assert status == 2 and all(word in err for word in words) and err.count("\n") == 1


def test_a_report_never_takes_the_place_of_what_it_is_made_from(annotated, capfd):
    file = annotated()
    before = file.read_bytes()
    status, _, err = run(capfd, "report", file, "--report", file)
    assert status == 2 and "choose another name" in err and file.read_bytes() == before


def test_files_to_delete_are_named_only_where_they_are(annotated, capfd, tmp_path):
    file = annotated()
    status, out, err = run(capfd, "report", file, "--format", "paths0", "--root", tmp_path)
    assert (status, out) == (2, "") and "--root" in err
    paths = run(capfd, "report", file, "--format", "paths0", "--root", SAMPLES)[1].split("\0")[:-1]
    assert paths == [str(SAMPLES / name) for name in ("estuary/bridge-cut.txt", "estuary/bridge.txt", "estuary/ferry.txt",
                                                      "kanal/schleuse-kurier.txt")]


def test_the_most_doubtful_pair_comes_first_and_exact_copies_never(annotated, capfd):
    rows = [row.split("\t") for row in run(capfd, "review", annotated(), "--list")[1].splitlines()[1:]]
    assert rows[0][1:4] == ["same", "w-1001", "w-1003"]
    assert [float(row[0]) for row in rows] == sorted((float(row[0]) for row in rows), reverse=True)
    assert "w-1007" not in str(rows), "the same words"


def with_related() -> Result:
    return sample()._replace(related=(Related(0, 3, 0.9, 0.2), Related(1, 3, 0.1, 0.9)))


def test_overlapping_pairs_are_doubtful_too_and_what_was_decided_is_not_asked_again(tmp_path):
    found = doubts.listed(with_related())
    assert [(one.left, one.right, one.joined) for one in found[:2]] == [(0, 3, False), (0, 1, True)]
    assert "overlapping: 90%" in found[0].why and found[-1].doubt == pytest.approx(0.1)
    (tmp_path / "o.tsv").write_text("different\tweather.txt\tharbour/gazette.txt\n")
    ids = [entry.id for entry in sample().entries]
    left = doubts.listed(with_related(), decided=read(tmp_path / "o.tsv"))
    assert {ids[3], ids[0]} == {"weather.txt", "harbour/gazette.txt"} and len(left) == len(found) - 1


@pytest.mark.parametrize(("answers", "expected"), [
    ("y\nn\nq\n", ["same", "different"]), ("s\nn\n", ["different"]), ("y\nb\nn\nq\n", ["different"]), ("", []),
    ("x\n?\ny\nq\n", ["same"]), ("m\ny\n", ["same"])])
def test_answers_are_saved_behind_what_was_there(tmp_path, answers, expected):
    path, out = tmp_path / "overrides.tsv", io.StringIO()
    path.write_text("# mine\nsame\ta\tb")
    found = doubts.listed(with_related())
    Session(with_related(), found, path, None, io.StringIO(answers), out, False).ask()
    kept, *rows = path.read_text().split("same\ta\tb")
    assert kept == "# mine\n" and [one.word for one in read(path)][1:] == expected
    assert "Pair 1 of 3" in out.getvalue() and "Gazette · 2024-03-04" in out.getvalue()


def test_the_next_scan_obeys_and_the_next_review_asks_no_more(annotated, capfd, tmp_path, monkeypatch):
    file, path = annotated(), tmp_path / "o.tsv"
    monkeypatch.setattr("sys.stdin", io.StringIO("n\ny\nq\n"))
    status, out, _ = run(capfd, "review", file, "--overrides", path)
    assert status == 0 and "2 answers saved" in out
    assert [one.word for one in read(path)] == ["different", "same"]
    again = annotated("again.jsonl", "--overrides", path)
    places = {row["id"]: row["dedup"]["cluster"] for row in map(json.loads, again.read_text("utf-8").splitlines())}
    assert places["w-1001"] is not None and places["w-1001"] != places["w-1003"]
    listed = run(capfd, "review", again, "--overrides", path, "--list")[1]
    assert "w-1001\tw-1003" not in listed and len(listed.splitlines()) == 4


@pytest.mark.parametrize("color", [False, True])
def test_differences_stand_side_by_side_with_the_words_around_them(color):
    same = " ".join(f"word{n}" for n in range(40))
    [(left, right)] = passages(f"{same} old end {same}", f"{same} new end {same}")
    rows = list(laid(left, 30, color))
    assert ("[old]" in " ".join(rows)) is not color and "word20" not in " ".join(rows)
    assert color or {width(row) for row in rows} == {30}
    assert list(passages(same, same)) == []


def test_overlapping_pairs_go_through_annotated_records_and_back(tmp_path):
    result = with_related()
    decisions = records.Decisions(result)
    with open(tmp_path / "d.jsonl", "wb") as out:
        for number, entry in enumerate(result.entries):
            article = Article(entry.id, entry.path, result.text_of(number), entry.line, entry.source, entry.date)
            out.write(records.line(decisions.record(number, article)))
    again = decided.load(tmp_path / "d.jsonl", ReadOptions(), {})
    assert again.related == result.related and again.entries == result.entries
    assert [[one.article for one in cluster.members] for cluster in again.clusters] == [[0, 1, 2], [4, 5]]
    row = json.loads((tmp_path / "d.jsonl").read_text("utf-8").splitlines()[3])
    assert row["dedup"]["related"] == [{"id": "harbour/gazette.txt", "relation": "overlapping", "shared": 0.9, "own": 0.2},
                                       {"id": "harbour/mirror.txt", "relation": "overlapping", "shared": 0.1, "own": 0.9}]
