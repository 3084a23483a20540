"""CSV, Parquet and WARC, in and out; the files in cases/formats were written by sqlite3, DuckDB, wget and warcio."""
import csv
import datetime
import gzip
import io
import json
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.article import Article, Unreadable
from dedup.readers import Limits, ReadOptions
from results import one
from test_write import annotated, lines, scan

FILES = Path(__file__).parent / "cases/formats"


def put(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# CSV

def test_a_csv_of_sqlite_and_its_canonical_rows(tmp_path):
    quoted, formula, last = one(FILES / "sqlite.csv")
    assert (quoted.id, quoted.text, quoted.source, quoted.line) == (
        "1", 'A "quoted" line\nand another, with commas', "herald.example", 1)
    assert (formula.text, last.line) == ("=1+1", 3)
    scan(tmp_path / "out", FILES / "sqlite.csv")
    assert (tmp_path / "out/sqlite.csv").read_bytes() == (
        b'id,text,site\r\n1,"A ""quoted"" line\nand another, with commas",herald.example\r\n2,=1+1,post.example\r\n'
        b"3,Tail,\r\n")


@pytest.mark.parametrize("name, data, texts", [
    ("a.csv", "\ufefftext;n\r\né;1\r\n\r\nb;2", ["é", "b"]),
    ("a.tsv", "n\ttext\n1\ta,b\n", ["a,b"]),
    ("a.csv", "text|n\na,b|1\n", ["a,b"]),
    ("a.csv", "text\na\n", ["a"]),
    ("a.csv", "text,text,\na,b,c\n", ["a"]),
    ("a.csv", "text,n\n" + "".join(f"Le café n° {n} est fermé à Orléans,{n}\n" for n in range(9)),
     [f"Le café n° {n} est fermé à Orléans" for n in range(9)]),
], ids=["excel", "tsv", "bar", "one-column", "twice", "cp1252"])
def test_separators_and_charsets(tmp_path, name, data, texts):
    charset = "cp1252" if "Orléans" in data else "utf-8"
    items = one(put(tmp_path, name, data.encode(charset)))
    assert [item.text for item in items] == texts
    assert [item.line for item in items] == list(range(1, len(texts) + 1))


def test_utf16_as_excel_saves_it(tmp_path):
    assert one(put(tmp_path, "a.tsv", "text\tn\r\nŁódź\t1\r\n".encode("utf-16")))[0].text == "Łódź"


@pytest.mark.parametrize("data, before, why, after", [
    (b"text,n\na,1\nb,1,2\nc,1\n", ["a"], "3 fields where the first row has 2", ["c"]),
    (b'text,n\na,1\n"b"x,2\nc,1\n', ["a"], "broken CSV", ["c"]),
    (b'text,n\na,1\n"b,2\nc,1\n', ["a"], "never closed", []),
    ("text,n\né,1\n".encode() + b"b\xff,2\nc,1\n", ["é"], "invalid bytes", ["c"]),
    (b"text,n\na,1\n" + b"x" * 2000 + b",2\nc,1\n", ["a"], "max-article", ["c"]),
    (b"n,text\n1,a\n2\n3,c\n", ["a"], "no field 'text'", ["c"]),
])
def test_a_bad_row_is_one_error_and_the_rest_is_read(tmp_path, data, before, why, after):
    items = one(put(tmp_path, "a.csv", data), ReadOptions(limits=Limits(article=1000)))
    assert [item.text for item in items if isinstance(item, Article)] == before + after
    errors = [item for item in items if isinstance(item, Unreadable)]
    assert len(errors) == 1 and why in errors[0].error and errors[0].line == 2


@pytest.mark.parametrize("data, why", [
    (b"", "no first row"),
    (b"\n\n", "no first row"), (b"title,body\na,b\n", "no column 'text'; it has 'title', 'body'"),
    (b"te\0xt,\n", "NUL")])
def test_a_file_that_is_no_table_of_articles(tmp_path, data, why):
    assert [why in item.error for item in one(put(tmp_path, "a.csv", data))] == [True]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)


@settings(max_examples=25)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6), st.sampled_from(",;\t|"), st.booleans())
def test_what_csv_writes_is_read_and_written_back(rows, delimiter, crlf):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n" if crlf else "\n")
    writer.writerows([("text", "n"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = put(Path(folder), "a.csv", out.getvalue())
        assert [(item.text, item.record["n"]) for item in one(path)] == rows
        scan(Path(folder, "out"), path)
        kept = [row for at, row in enumerate(rows) if row[0] not in [text for text, _ in rows[:at]]]
        if not any("[ad]" in text for text, _ in rows):
            written = Path(folder, "out/a.csv").read_bytes().decode()
            assert sorted(csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)) == sorted(
                [["text", "n"], *map(list, kept)])


# Parquet

def test_a_parquet_of_duckdb_and_its_canonical_rows(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    source = FILES / "duckdb.parquet"
    first, second, third = one(source)
    assert (first.id, first.date, first.source) == ("1", "2024-11-19T03:25:00", "herald.example")
    assert first.record["extra"] == {"k": 1.5} and third.record["tags"] is None
    row = annotated(source)[0]
    assert (row["date"], row["tags"]) == ("2024-11-19T03:25:00.123456", ["a", "b"])
    scan(tmp_path / "out", source)
    before, after = pq.read_table(source), pq.read_table(tmp_path / "out/duckdb.parquet")
    assert after.schema == before.schema
    assert after.to_pylist() == [before.to_pylist()[0], {**before.to_pylist()[1], "text": ""}]


def test_records_of_any_shape_become_one_parquet_file(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    rows = [{"id": 1, "text": "a", "n": 1, "mixed": 1, "deep": {"x": 1}, "tags": ["x"], "when": None},
            {"id": 2, "text": "b", "n": 2.5, "mixed": "one", "deep": {}, "tags": [], "late": True},
            {"id": 3, "text": "c", "n": None, "mixed": None, "deep": None, "big": 10**30}]
    folder = tmp_path / "in"
    folder.mkdir()
    put(folder, "a.jsonl", "\n".join(map(json.dumps, rows)))
    put(folder, "b.txt", "plain")
    scan(tmp_path / "out.parquet", folder)
    got = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["text"] for row in got] == ["a", "b", "c", "plain"]
    assert [row["n"] for row in got] == [1.0, 2.5, None, None]
    assert [row["tags"] for row in got] == [["x"], [], None, None]
    assert json.loads(got[0]["deep"]) == {"x": 1} and got[0]["dedup"]["kept"]
    assert [row["path"] for row in got] == ["a.jsonl"] * 3 + ["b.txt"]
    assert len(lines((tmp_path / "out.manifest.jsonl").read_bytes())) == 4
    assert [item.text for item in one(tmp_path / "out.parquet")] == ["a", "b", "c", "plain"]


def test_odd_types_of_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    table = pa.table({
        "text": pa.array(["a", "b", None]).dictionary_encode(), "id": pa.array([1, None, 3], pa.int8()),
        "date": pa.array([1731986700123456789, None, 0], pa.timestamp("ns")), "blob": [b"\xff", b"", None],
        "day": [datetime.date(2024, 1, 2), None, None], "nan": [float("nan"), 1.0, None]})
    pq.write_table(table, tmp_path / "a.parquet")
    first, second, error = one(tmp_path / "a.parquet")
    assert (first.date, first.id, second.id, error.error) == (
        "2024-11-19T03:25:00", "1", "", "its field 'text' is no text but null")
    assert json.dumps(annotated(tmp_path / "a.parquet")[0], allow_nan=False)
    scan(tmp_path / "out", tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "out/a.parquet").column("date").to_pylist()[0].value % 1000 == 789 if (
        "pandas" in sys.modules) else pq.read_table(tmp_path / "out/a.parquet").num_rows == 2


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1", b"no"])
def test_a_damaged_parquet_is_one_error(tmp_path, data):
    pytest.importorskip("pyarrow")
    assert [type(item) for item in one(put(tmp_path, "a.parquet", data))] == [Unreadable]


@settings(max_examples=15)
@given(st.integers(0, 1140), st.integers(0, 255))
def test_no_damaged_parquet_crashes(at, byte):
    pytest.importorskip("pyarrow")
    data = bytearray((FILES / "duckdb.parquet").read_bytes())
    data[at] = byte
    with tempfile.TemporaryDirectory() as folder:
        one(put(Path(folder), "a.parquet", bytes(data)))


# WARC

def test_a_warc_of_wget():
    page, text, chunked = one(FILES / "wget.warc.gz")
    assert "Henrike Dahl" in page.text and page.title == "Night ferry to require tickets from March"
    assert page.url == "https://www.islander.example/news/night-ferry-tickets" and page.date == "2024-11-13T07:40:00Z"
    assert text.text == "A plain page, café.\n" and text.url == "http://127.0.0.1:8765/b.txt"
    assert "with an é in it" in chunked.text
    assert [item.line for item in (page, text, chunked)] == [3, 5, 11]


def test_a_wet_of_warcio_and_its_canonical_records(tmp_path):
    first, second = one(FILES / "warcio.wet.gz")
    assert (first.text, first.url, first.source, first.date) == (
        "Extracted text, zażółć.\nSecond line.\n", "https://www.herald.example/1", "herald.example",
        "2024-11-19T03:25:00Z")
    scan(tmp_path / "out", FILES / "warcio.wet.gz")
    rows = lines(gzip.decompress((tmp_path / "out/warcio.wet.jsonl.gz").read_bytes()))
    assert [(row["id"], row["url"]) for row in rows] == [
        ("warcio.wet.gz#2", "https://www.herald.example/1"), ("warcio.wet.gz#3", "https://post.example/2")]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_damaged_warc_crashes(data):
    raw = bytearray(gzip.decompress((FILES / "wget.warc.gz").read_bytes()))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at:at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    with tempfile.TemporaryDirectory() as folder:
        one(put(Path(folder), "a.warc", bytes(raw)))


@pytest.mark.parametrize("data", [b"", b"\r\n", b"no", b"WARC/1.0\r\n", b"WARC/1.0\r\n\r\n",
                                  b"WARC/1.0\r\nContent-Length: 5\r\n\r\nabc",
                                  b"WARC/1.0\r\nContent-Length: -5\r\n\r\nabc",
                                  b"WARC/1.0\r\nContent-Length: 99999999999999999999\r\n\r\nabc"])
def test_a_damaged_warc_is_one_error(tmp_path, data):
    assert [type(item) for item in one(put(tmp_path, "a.warc", data))] == [Unreadable]


def test_a_long_record_is_one_error_and_the_next_is_read(tmp_path):
    def record(text):
        return b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (len(text), text)

    items = one(put(tmp_path, "a.wet", record(b"a") + record(b"b" * 5000) + record(b"c")),
                ReadOptions(limits=Limits(article=1000)))
    assert [(item.line, getattr(item, "text", None)) for item in items] == [(1, "a"), (2, None), (3, "c")]


def test_a_missing_library_names_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pip install 'article-dedup[parquet]'" in one(put(tmp_path, "a.parquet", b"x"))[0].error


def test_a_table_that_is_not_the_utf16_it_says_is_read_up_to_there(tmp_path):
    rows = "id,text\n" + "".join(f"{number},Some text\n" for number in range(9000))
    whole = b"\xff\xfe" + rows.encode("utf-16-le")
    for data, least in ((b"\xfe\xffid,text\n1,Text\n", 0), (whole[:-1], 8000), (whole + b"\x00\xd8\n\0", 8000)):
        *articles, error = one(put(tmp_path, "a.csv", data))
        assert "UTF-16" in error.error and len(articles) >= least
