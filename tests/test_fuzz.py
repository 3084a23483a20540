"""Damaged files of every format, and of every kind that the program keeps: what is in them or an error, never anything else.

TEST_FUZZ=N tries N of each instead of a few: an hour's fuzzing is TEST_FUZZ=3000.
"""
import gzip
import json
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
import repositories as repo
from fuzzing import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup import baseline, cli, evaluate, features, gate, journal, overrides, settings as settings_, sources, spans
from dedup.article import Article, Unreadable, cut
from dedup.blocks import split
from dedup.boilerplate import strip
from dedup.boilerplate.repeats import Repeats
from dedup.engines import ENGINES
from dedup.errors import DedupError
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
    b"\x1b[2J", b"PAR1", b"null", b"-1", b"=", b"\t", b"(?", b"{9999}", b"#"])
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), PIECES, st.sampled_from([1, 1, 1, 2, 40, 3000])),
                 min_size=1, max_size=6)
hard = settings(max_examples=examples(8), suppress_health_check=list(HealthCheck))


def damaged(data: bytes, edits) -> bytes:
    """Some pieces of it replaced by others."""
    data = bytearray(data)
    for where, gone, piece, times in edits:
        at = int(where * len(data))
        data[at:at + gone] = piece * times
    return bytes(data)


@pytest.mark.parametrize("name", SEEDS)
@hard
@given(edits=EDITS)
def test_a_damaged_file_is_articles_and_errors(name, edits):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(damaged(SEEDS[name], edits))
        for item in one(path, OPTIONS):
            assert isinstance(item, (Article, Unreadable)) and item.path == name
            (item.text if isinstance(item, Article) else item.error).encode("utf-8")
            if isinstance(item, Unreadable):
                assert item.error and "\n" not in item.error and len(item.error) < 1000


# --- files of the program's own -------------------------------------------------------------------------------------------

RULES = b"""[[rule]]
id = "own.one"
class = "donation"
pattern = "give (?:us )?(?:a|some) (?:coin|note)s?"
anchor = "phrase"
weight = 6
examples = ["Give us a coin"]
counterexamples = ["A coin"]
"""


def configured(path: Path) -> None:
    settings_.resolve({}, config=str(path), environ={})


def undone(path: Path) -> None:
    journal.undo(path)


OURS = {
    "baseline.json": (json.dumps({"ab12" * 8: "known", "cd34" * 8: ""}, indent=1).encode(), baseline.read),
    "overrides.tsv": (b"same\ta\tb\ndifferent\ta\tc\n# none\n", overrides.read),
    "gold.tsv": (b"id\tcluster\na\t1\nb\t1\nc\t2\n", lambda path: evaluate.read_gold(
        path.read_text("utf-8", "replace").splitlines(), ["a", "b", "c"])),
    "pairs.tsv": (b"a\tb\t1\na\tc\t0\nb\tc\t0.3\n", lambda path: evaluate.read_gold(
        path.read_text("utf-8", "replace").splitlines(), ["a", "b", "c"])),
    "pyproject.toml": (b"[tool.dedup]\nthreshold = 0.6\nrules = ['a.toml']\nexclude = ['x']\nlang = 'de'\n", configured),
    "setup.cfg": (b"[tool:dedup]\nthreshold = 0.6\nkeep = longest, earliest\nmax-article = 5M\n", configured),
    "rules.toml": (RULES, lambda path: features.ruleset.__wrapped__((str(path),))),
    "table.json": (Repeats().to_bytes().replace(b"[]", b'[{"key":"k","hosts":3,"edge":true,"diverse":false,"topical":false,'
                   b'"source":null,"example":"Give","hashes":[1,2],"pairs":[3],"keys":[4],"bands":[]}]'),
                   lambda path: Repeats.from_bytes(path.read_bytes())),
    "a.manifest.jsonl": (b'{"path": "a", "output": "b", "dedup": {}}\n', sources.is_manifest),
    ".dedupignore": (b"*.bak\n!keep.txt\n/a/**/b\n[a-c]x\n", lambda path: sources.find([path.parent])),
}


@pytest.mark.parametrize("name", OURS)
@hard
@given(edits=EDITS)
def test_a_damaged_file_of_ours_is_read_or_refused(name, edits):
    data, read = OURS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(damaged(data, edits))
        try:
            read(path)
        except DedupError as error:
            assert str(error)


@pytest.mark.parametrize("data", [
    b"", b"\0", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"a = " + b"[" * 100_000, b"a=" + b"{b=" * 9000, b"tool = 1",
    b"[tool]\ndedup = 1", b"[tool.dedup]\nrules = {}", b"[tool:dedup]\nngram = 1e999", b"allow = 1", b"rule = 1", b"[[rule]]",
    b"rule = [1]", b"words = 1", b"[words]\nsecond = 1", RULES.replace(b'"A coin"', b"1"), RULES.replace(b'"own.one"', b"[]"),
    RULES.replace(b"6", b"inf"), RULES.replace(b"give", b"(" * 3000), RULES.replace(b"give", b"a{1,65536}"), b"*\n" * 30_000,
    b'{"format": "dedup block table 2", "kinds": [1]}', b'{"format": "dedup block table 2", "kinds": 1}', b"\t\n", b"a\ta\t9e999",
], ids=lambda data: ascii(data[:20]))
@pytest.mark.parametrize("name", OURS)
def test_what_is_something_else_is_read_or_refused(name, data, tmp_path):
    tmp_path.joinpath(name).write_bytes(data)
    try:
        OURS[name][1](tmp_path / name)
    except DedupError as error:
        assert str(error) and len(str(error)) < 1000


@hard
@given(edits=EDITS)
def test_a_damaged_journal_is_read_or_refused(edits):
    with tempfile.TemporaryDirectory() as folder:
        texts = [Path(folder, name) for name in ("a.txt", "b.txt")]
        for path in texts:
            path.write_bytes(b"old")
        log = Path(folder, "log")
        journal.replace([(path, b"old", b"new") for path in texts], log)
        log.write_bytes(damaged(log.read_bytes(), edits))
        try:
            journal.undo(log)
        except DedupError as error:
            assert str(error)
        assert all(path.read_bytes() in (b"old", b"new") for path in texts)


@pytest.fixture(scope="module")
def tracked(tmp_path_factory):
    """A repository with something staged, the index of it, and what the gate says."""
    folder = tmp_path_factory.mktemp("r")
    story = repo.Story(folder, 3)
    for _ in range(4):
        story.step()
    name = tmp_path_factory.mktemp("index") / "index"
    with gate.opened(name, gate.spec(repo.SETTINGS)) as index:
        repo.ask(folder, index)
        story.step()
        expected = repo.clusters(repo.ask(folder, index))
    return folder, name.read_bytes(), expected


@hard
@given(edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), PIECES, st.just(1)), min_size=1, max_size=3),
       cut_off=st.booleans())
def test_a_damaged_index_is_said_to_be_or_does_no_harm(tracked, edits, cut_off):
    folder, data, expected = tracked
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "index")
        pieces = [(where, len(piece), piece, 1) for where, _, piece, _ in edits]  # in its place: pages stay where they are
        path.write_bytes(damaged(data, edits if cut_off else pieces))
        spec = gate.spec(repo.SETTINGS)
        try:
            with gate.existing(path) as index:
                index.info()
        except DedupError as error:
            assert str(error)
        try:
            with gate.opened(path, spec) as index:
                found = repo.clusters(repo.ask(folder, index))
        except DedupError as error:
            assert str(error)
        else:
            assert found == expected


# --- texts ------------------------------------------------------------------------------------------------------------------

WORDS = [line for path in sorted(SAMPLES.rglob("*.*")) for line in path.read_text("utf-8", "replace").splitlines() if line][:400]
LINES = st.sampled_from(WORDS) | st.text(max_size=40) | st.sampled_from([
    "Subscribe to our newsletter", "Read more: [here](http://x)", "© 2024 All rights reserved", "* * *", "|---|---|",
    "<p>", "</div><div>", "![](", "[[[[", "**Share this**", "1 comment", "Comments", "\u202e", "\ufeff", "\ud800", "\0",
    "Anzeige", "相关阅读", "Читайте также", "اشترك", "a" * 3000, "Follow us. " * 40, "“" * 50, "- " * 30, "\u200b" * 9])
ENDS = st.sampled_from(["\n", "\n\n", "\r\n", "\r", "\u2028", " ", "", "\n \n", "\x85", "\x0c"])
TEXTS = st.lists(st.tuples(LINES, ENDS), max_size=30).map(lambda parts: "".join(map("".join, parts)))


@hard
@given(text=TEXTS, lang=st.sampled_from([None, "en", "de", "zh", "xx", ""]))
def test_any_text_is_judged_and_what_is_left_is_part_of_it(text, lang):
    found = features.judge(text, features.Recipe(), lang=lang)
    blocks = split(text)
    assert all(left.end <= right.start for left, right in zip(blocks, blocks[1:]))
    assert all(left.end <= right.start for left, right in zip(found, found[1:]))
    removed, masks = strip.removed(found), strip.masked(found)
    assert all(0 <= span.start < span.end <= len(text) for span in removed)
    assert all(any(start <= span.start and span.end <= end for start, end in masks) for span in removed)
    kept = cut(text, removed)
    assert cut(kept, strip.removed(features.judge(kept, features.Recipe(), lang=lang))) == kept
    spans.masked_text(text, masks)


INSTALLED = [name for name in sorted(ENGINES) if name != "numba" or find_spec("numba")]


@hard
@given(texts=st.lists(TEXTS, min_size=1, max_size=8), copies=st.lists(st.tuples(st.integers(0, 7), EDITS), max_size=4))
def test_any_corpus_is_scanned_alike_by_all_engines(texts, copies):
    every = [text.encode("utf-8", "surrogatepass") for text in texts]
    every += [damaged(every[at % len(texts)], edits) for at, edits in copies]
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(every):
            Path(folder, f"{number}.txt").write_bytes(data)
        reports = []
        for engine in INSTALLED:
            report = Path(folder, f"{engine}.report")
            status = cli.main(["scan", folder, "--exclude", "*.report", "--isolated", "--jobs", "1", "--engine", engine, "-q",
                               "--format", "jsonl", "--report", str(report), "--errors", "warn"])
            assert status == 0
            reports.append(report.read_bytes().replace(engine.encode(), b"ENGINE"))
        assert reports == reports[:1] * len(reports)
