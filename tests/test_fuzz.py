"""Damaged files of every format: articles and errors, never anything else.

DEDUP_FUZZ=N tries N damaged files of each format instead of a few.
"""
import gzip
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.article import Article, Unreadable
from dedup.readers import Limits, ReadOptions
from results import one

SAMPLES = Path(__file__).parent.parent / "samples"
FORMATS = Path(__file__).parent / "cases/formats"
OPTIONS = ReadOptions(limits=Limits(article=100_000, ratio=100, expanded=1_000_000))
WIRE = (SAMPLES / "wire.jsonl").read_bytes()
SEEDS = {
    "a.txt": (SAMPLES / "kanal/schleuse-kurier.txt").read_bytes(),
    "a.md": b"---\ntitle: A\ndate: 2024-01-01\n---\n" + (SAMPLES / "estuary/bridge-scraped.md").read_bytes(),
    "a.html": (SAMPLES / "ferry-islander.html").read_bytes(),
    "a.jsonl": WIRE,
    "a.jsonl.gz": gzip.compress(WIRE),
    "a.csv": (FORMATS / "sqlite.csv").read_bytes(),
    "a.tsv": (FORMATS / "sqlite.csv").read_bytes().replace(b",", b"\t"),
    "a.parquet": (FORMATS / "duckdb.parquet").read_bytes(),
    "a.warc": gzip.decompress((FORMATS / "wget.warc.gz").read_bytes()),
    "a.warc.gz": (FORMATS / "wget.warc.gz").read_bytes(),
    "a.wet.gz": (FORMATS / "warcio.wet.gz").read_bytes(),
}
PIECES = st.binary(max_size=12) | st.sampled_from([
    b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\n\n", b'"', b"'", b"<", b"<!--", b"&#", b"]]>", b"{",
    b"[[[[", b"\\u", b"\\ud800", b"---\n", b"\xc3", b"\xe2\x80\xa8", b"999999999999999999999", b"NaN", b"\x1f\x8b",
    b"WARC/1.0\r\n", b"\r\n\r\n", b"Content-Length: -1\r\n", b",,,,", b"<script>", b"</", b"charset=utf-7",
    b"\x1b[2J", b"PAR1"])


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=int(os.environ.get("DEDUP_FUZZ", 8)), deadline=None,
          suppress_health_check=list(HealthCheck))
@given(edits=st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 30), PIECES, st.integers(1, 40)), min_size=1, max_size=6))
def test_a_damaged_file_is_articles_and_errors(name, edits):
    data = bytearray(SEEDS[name])
    for where, gone, piece, times in edits:
        at = int(where * len(data))
        data[at:at + gone] = piece * times
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        for item in one(path, OPTIONS):
            assert isinstance(item, (Article, Unreadable)) and item.path == name
            (item.text if isinstance(item, Article) else item.error).encode("utf-8")
            if isinstance(item, Unreadable):
                assert item.error and "\n" not in item.error and len(item.error) < 1000
