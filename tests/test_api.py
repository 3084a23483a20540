"""The Python interface gives what the command line gives."""
import doctest
import json
import runpy
from pathlib import Path

import pytest

import dedup
from dedup import api
from dedup.cli import main

SAMPLES = Path(__file__).parent.parent / "samples"


def test_scan_gives_clusters_and_texts():
    result = dedup.scan(SAMPLES / "estuary", jobs=1)
    assert result.summary["articles"] == len(result) == len(list((SAMPLES / "estuary").iterdir()))
    [cluster] = result.clusters
    assert {article.id for article in cluster} == {"bridge.txt", "bridge-cut.txt", "bridge-scraped.md"}
    assert cluster.canonical == cluster.members[0] == result[cluster.canonical.id] and cluster.canonical.kept
    assert cluster.copies == cluster.members[1:] and all(copy.relation and copy.reason for copy in cluster.copies)
    assert cluster.canonical.original == (SAMPLES / "estuary" / cluster.canonical.path).read_text("utf-8")
    assert 0 < len(cluster.canonical.text) < len(cluster.canonical.original)
    assert len(result.kept) == result.summary["unique"] and result["week.txt"].cluster is None


def test_records_are_what_the_command_line_writes(tmp_path):
    out = tmp_path / "decided.jsonl"
    assert main(["scan", str(SAMPLES / "wire.jsonl"), "--annotate", str(out), "-q", "--isolated"]) == 0
    written = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert list(dedup.scan(SAMPLES / "wire.jsonl").records()) == written
    given = [json.loads(line) for line in (SAMPLES / "wire.jsonl").read_text("utf-8").splitlines()]
    ours = list(dedup.scan(records=given).records())
    assert [row["dedup"] for row in ours] == [row["dedup"] for row in written] and ours[0]["path"] == "records"


STORY = "The harbour authority closed the northern pier on Monday after divers found cracks in two of its pillars."


def kinds():
    """The same records in every form that there is a library for."""
    records = [{"id": 7, "text": STORY, "n": 1.5}, {"id": 8, "text": "Rain in the west."}, {"id": 9, "text": STORY}]
    yield "list", lambda: records
    yield "generator", lambda: (record for record in records)
    yield "texts", lambda: [record["text"] for record in records]
    yield "pandas", lambda: pytest.importorskip("pandas").DataFrame(records)
    yield "pyarrow", lambda: pytest.importorskip("pyarrow").Table.from_pylist(records)
    yield "polars", lambda: pytest.importorskip("polars").DataFrame(records)
    yield "datasets", lambda: pytest.importorskip("datasets").Dataset.from_list(records)


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in kinds()])
def test_records_come_in_every_usual_form(make):
    result = dedup.scan(records=make())
    assert [(article.kept, article.relation) for article in result] == [(True, None), (True, None), (False, "exact")]
    assert [article.original for article in result] == [STORY, "Rain in the west.", STORY] and not result.errors


def test_a_reference_of_records_and_overrides_of_tuples():
    result = dedup.scan(records=[{"id": "a", "text": STORY}, {"id": "b", "text": "Rain."}], against=[{"id": "z", "text": STORY}])
    [cluster] = result.clusters
    assert cluster.canonical.id == "z" and cluster.canonical.original == STORY and [copy.id for copy in cluster.copies] == ["a"]
    assert [article.id for article in result] == ["a", "b"] and [article.id for article in result.kept] == ["b"]
    apart = dedup.scan(records=[{"id": "a", "text": STORY}, {"id": "b", "text": STORY}], overrides=[("different", "a", "b")])
    assert apart.clusters == []


def test_an_index_is_made_and_used(tmp_path):
    first = dedup.scan(SAMPLES, index=tmp_path / "x.idx")
    assert (tmp_path / "x.idx").exists()
    again = dedup.scan(SAMPLES, index=tmp_path / "x.idx")
    assert [[article.id for article in cluster] for cluster in again.clusters] == [
        [article.id for article in cluster] for cluster in first.clusters]


@pytest.mark.parametrize(("arguments", "words"), [
    ({"records": "a text"}, "DataFrame"), ({"records": [3]}, "number 1 is no mapping"), ({"records": 5}, "not int"),
    ({"records": [], "overrides": [("alike", "a", "b")]}, "alike"), ({"records": [], "against": "nowhere"}, "nowhere"),
    ({"records": [], "overrides": [("same", "a", "b"), ("different", "b", "a")]}, "both same and different"),
    ({"paths": SAMPLES, "lang": "xx"}, "no language with rules")])
def test_what_makes_no_sense_is_refused(arguments, words):
    with pytest.raises(dedup.DedupError, match=words):
        dedup.scan(**arguments)


def test_a_record_without_a_text_is_an_error_and_the_rest_is_scanned():
    result = dedup.scan(records=[{"id": "a", "text": None}, {"id": "b", "text": STORY}])
    assert [article.id for article in result] == ["b"] and result.errors[0].line == 1
    assert [row["id"] for row in result.records()] == ["a", "b"]


def test_pandas_and_arrow_hold_every_article_with_its_decision():
    pandas, pyarrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"id": ["a", "b", "c"], "text": [STORY, "Rain.", STORY], "when": pandas.Timestamp("2024-03-04")})
    result = dedup.scan(records=frame)
    got = result.to_pandas()
    assert list(got[got["dedup.kept"]]["id"]) == ["a", "b"] and got["dedup.cluster"].tolist() == [1, pandas.NA, 1]
    assert got["when"].tolist() == frame["when"].tolist(), "values of a frame come back as they were"
    table = result.to_arrow()
    assert pyarrow.types.is_struct(table.schema.field("dedup").type)
    assert [row["kept"] for row in table["dedup"].to_pylist()] == [True, True, False]
    assert len(dedup.scan(records=[]).to_pandas()) == 0


@pytest.mark.parametrize("name", ["r.html", "r.json", "r.csv"])
def test_reports_are_written_by_suffix(tmp_path, name):
    dedup.scan(SAMPLES).report(tmp_path / name)
    assert b"w-1002" in (tmp_path / name).read_bytes()
    with pytest.raises(dedup.DedupError, match="no report has the suffix"):
        dedup.scan(SAMPLES / "kanal").report(tmp_path / "r.pdf")


def test_the_examples_of_the_page_work_and_the_page_is_made_from_the_docstrings(monkeypatch):
    monkeypatch.chdir(SAMPLES.parent)
    assert doctest.testmod(api).failed == 0
    place = SAMPLES.parent / "docs" / "python.py"
    made = runpy.run_path(str(place))["page"]()
    assert made == place.with_suffix(".md").read_text("utf-8"), "python docs/python.py > docs/python.md"


def test_settings_are_checked():
    with pytest.raises(dedup.DedupError, match="did you mean 'threshold'"):
        dedup.scan(SAMPLES, treshold=0.5)


def test_strip_gives_text_and_spans():
    text = (SAMPLES / "estuary" / "bridge-scraped.md").read_text("utf-8")
    stripped = dedup.strip(text)
    assert len(stripped.text) < len(text) and stripped.removed
    assert dedup.strip(stripped.text) == (stripped.text, ())


def test_a_text_without_boilerplate_is_left_alone():
    text = "The council met on Tuesday. It voted to repair the bridge, said its chair, Ada Lund.\n"
    assert dedup.strip(text) == (text, ())
