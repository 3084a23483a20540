"""The same articles, clusters and texts on Spark as on one machine: records equal byte for byte."""
import contextlib
import importlib.util
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from dedup import contained, engines, pipeline, sources
from dedup.cli import main
from dedup.errors import ConfigError
from dedup.settings import Settings

ROOT = Path(__file__).parent.parent


def lacking():
    """Why Spark cannot run here; "" when it can."""
    from dedup.spark import session

    absent = [name for name in ("pyspark", "pandas", "pyarrow") if importlib.util.find_spec(name) is None]
    if absent:
        return f"not installed: {', '.join(absent)}"
    try:
        session.check_java()
    except ConfigError as error:
        return str(error)
    return ""


on_spark = pytest.mark.skipif(bool(lacking()), reason=lacking())
QUICK = {"spark.sql.shuffle.partitions": "3", "spark.sql.codegen.wholeStage": "false",
         "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}

SYLLABLES = "ba da fen gor hul ja kir lam mon ner pol qua rin sat tem vor wex yol zan ul".split()
APPEALS = ["Read more from {site} every morning in our free newsletter, sent to your inbox before breakfast.",
           "Support {site}: our journalism depends on readers like you. Donate today to keep it free for all.",
           "Share this article on Facebook, Twitter and WhatsApp", "Copyright {year} {site}. All rights reserved.",
           "Sign up to receive the weekend letter by our editor {name}, with the best stories of the week and the ones "
           "that you may have missed, free of charge and in your inbox every Saturday morning.",
           "Follow our reporter {name} on all the usual networks for more."]


def corpus(count, seed=1):
    """Records: stories, and copies of them: exact, in capitals, edited, cut, or buried in a page's rest."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) for _ in range(3000)]

    def sentence():
        return " ".join(rng.choices(words, k=rng.randint(8, 16))).capitalize() + "."

    stories = []
    for number in range(count):
        site = f"site{rng.randrange(6)}.example"
        if stories and rng.random() < 0.35:
            paragraphs = list(rng.choice(stories))
            kind = rng.randrange(5)
            if kind == 1:
                paragraphs = [paragraph.upper() for paragraph in paragraphs]
            elif kind == 2:
                paragraphs[rng.randrange(len(paragraphs))] += " " + sentence()
            elif kind == 3 and len(paragraphs) > 3:
                paragraphs = paragraphs[:-1]
            elif kind == 4:
                paragraphs += [sentence() for _ in range(4)]
        else:
            lengths = [rng.randint(1, 4) for _ in range(rng.choice([1, 3, 5, 8]))]
            paragraphs = [" ".join(sentence() for _ in range(length)) for length in lengths]
            stories.append(paragraphs)
        if rng.random() < 0.5:
            appeal = rng.choice(APPEALS).format(site=site, year=2020 + number % 5, name=rng.choice(words).title())
            paragraphs = [*paragraphs, appeal] if rng.random() < 0.8 else [appeal, *paragraphs]
        yield {"id": f"a{number * 7919 % 100003:06}", "site": site, "date": f"2026-01-{1 + number % 28:02}",
               "text": "\n\n".join(paragraphs), "score": number / 7, "tags": ["x", number]}


def written(folder, count):
    """The corpus in three files, with what a real one has: ids that clash, empty texts, lines that cannot be read."""
    folder.mkdir()
    lines = [json.dumps(record) for record in corpus(count)]
    lines[5:5] = [
        '{"id": "twice", "text": "A text of its own."}', '{"id": "twice", "text": ""}', '{"text": ""}', "{broken"]
    for part in range(3):
        (folder / f"part-{part}.jsonl").write_text("\n".join(lines[part::3]) + "\n", "utf-8")
    return folder


def as_parquet(records, file):
    import pyarrow
    import pyarrow.parquet

    rows = [{**record, "id": f"p{record['id']}", "tags": list(map(str, record["tags"]))} for record in records]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file)


def one_machine(paths, out, *flags):
    main(["scan", *map(str, paths), "--isolated", "-q", "--annotate", str(out), *flags])
    return out.read_bytes()


def spark(master, paths, out, *, progress=lambda *_: None, settings=Settings(), conf=(), **kwargs):
    from dedup.spark import run

    found, failed = sources.find([str(path) for path in paths], output=[Path(out)])
    return run.scan(master, found, settings, str(out), failed=failed, progress=progress,
                    spark_settings={**QUICK, **dict(conf)}, **kwargs)


def parquet(folder):
    import pyarrow.parquet

    return [row for part in sorted(Path(folder).glob("part-*")) for row in pyarrow.parquet.read_table(part).to_pylist()]


def same_rows(rows, lines):
    """Parquet rows hold what the JSON lines of one machine hold."""
    expected = [json.loads(line) for line in lines.splitlines()]
    assert len(rows) == len(expected)
    for row, record in zip(rows, expected):
        decision = record.pop("dedup")
        if "error" in decision:
            assert row["dedup"]["error"] == decision["error"]
            continue
        assert {name: value for name, value in row["dedup"].items() if name in decision} == {
            name: value for name, value in decision.items() if name in row["dedup"]}
        assert (row["id"], row["text"]) == (decision.get("id", record["id"]), record["text"])
        if row["fields"]:
            record.pop("text")
            assert json.loads(row["fields"]) == record


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    paths = [ROOT / "samples", written(folder / "in", 2000)]
    return paths, one_machine(paths, folder / "one.jsonl")


@on_spark
@pytest.mark.slow
def test_equal_to_one_machine_on_threads(tmp_path):
    small = written(tmp_path / "in", 150)
    as_parquet(corpus(60, seed=1), small / "more.parquet")
    paths = [ROOT / "samples", small, tmp_path / "not-there"]
    expected = one_machine(paths, tmp_path / "one.jsonl")
    tables = []

    def keep(stage, *_):
        if stage == "features":
            tables.extend(row["table"] for row in parquet(next(tmp_path.glob(".two.jsonl.*")) / "repeats"))

    # with no link to spare for the driver: components by iteration
    outcome = spark("local[2]", paths, tmp_path / "two.jsonl", progress=keep, collected=0)
    assert (tmp_path / "two.jsonl").read_bytes() == expected
    found, _ = sources.find([str(path) for path in paths])
    ready = pipeline.prepare(found, Settings(), None, 1, pipeline.silent)
    table = ready.table.read_bytes()
    assert tables == [table] and len(json.loads(table)["kinds"]) > 5
    assert outcome.summary["duplicates"] > 30 and outcome.summary["unreadable"] == 2
    assert "'twice'" in outcome.notes[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "one.jsonl", "two.jsonl"]  # no work folder left


@on_spark
@pytest.mark.slow
def test_equal_on_processes_of_which_one_is_killed(large, tmp_path):
    paths, expected = large
    killed = []

    def kill(stage, *_):
        if stage == "features" and not killed:
            killed.append(None)
            threading.Timer(2, lambda: killed.append(kill_executor())).start()

    conf = {"spark.executor.memory": "1g"}
    spark("local-cluster[2,1,2048]", paths, tmp_path / "out.parquet", progress=kill, conf=conf)
    assert killed[1:] and killed[1]
    same_rows(parquet(tmp_path / "out.parquet"), expected)


def kill_executor():
    """The process id of one executor of our application, killed."""
    from pyspark.sql import SparkSession

    app = SparkSession.getActiveSession() or SparkSession._instantiatedSession
    app_id = app.sparkContext.applicationId
    for entry in sorted(Path("/proc").glob("[0-9]*/cmdline")):
        with contextlib.suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            if app_id.encode() in words and b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in words:
                os.kill(int(entry.parent.name), signal.SIGKILL)
                return int(entry.parent.name)
    return None


@contextlib.contextmanager
def standalone(folder):
    """The URL of a master with two workers, started for the time."""
    import pyspark

    home = Path(pyspark.__file__).parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"spark://127.0.0.1:{port}"
    environ = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable,
               "PYTHONPATH": str(ROOT), "SPARK_DAEMON_MEMORY": "256m", "SPARK_WORKER_DIR": str(folder)}
    spark_class = [str(home / "bin" / "spark-class")]
    master = [*spark_class, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port),
              "--webui-port", "0"]
    worker = [*spark_class, "org.apache.spark.deploy.worker.Worker", "--cores", "1", "--memory", "1g",
              "--webui-port", "0", "--host", "127.0.0.1", url]
    running = []
    try:
        for command in (master, worker, worker):
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            running.append(subprocess.Popen(command, env=environ, **quiet))
            for _ in range(600 if command is master else 0):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.2)
        yield url
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(30)


@on_spark
@pytest.mark.slow
def test_equal_on_a_standalone_master_with_two_workers(tmp_path):
    small = written(tmp_path / "in", 150)
    expected = one_machine([small], tmp_path / "one.jsonl")
    with standalone(tmp_path / "workers") as master:
        conf = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
                "spark.executor.memory": "700m", "spark.cores.max": "2", "spark.executorEnv.PYTHONPATH": str(ROOT)}
        spark(master, [small], tmp_path / "two.jsonl", conf=conf)
    assert (tmp_path / "two.jsonl").read_bytes() == expected


# --- without a cluster --------------------------------------------------------------------------------------------


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="not installed: pyarrow")
def test_lists_of_sampled_shingles_are_those_of_one_machine():
    import pyarrow

    from dedup.spark import arrow, work

    rng = np.random.default_rng(3)
    sizes = (0, 1, 30, 80, 81, 900)
    sets = [np.unique(rng.integers(0, 1 << 63, size, dtype=np.uint64) * np.uint64(2)) for size in sizes]
    offsets = np.cumsum([0, *map(len, sets)])
    samples, places = contained.sample(np.concatenate(sets), offsets)
    packed = [samples[low:high].tobytes() for low, high in zip(places, places[1:])]
    batch = pyarrow.RecordBatch.from_pydict({"number": list(range(6)), "key": [5, 4, 3, 2, 1, 0], "samples": packed})
    rows = [row for found in work.sampled([batch]) for row in found.to_pylist()]
    bound = (1 << 64) // contained.RATE
    for number, some in enumerate(sets):
        own = [row for row in rows if row["number"] == number]
        below = {row["hash"] for row in own if row["band"] == work.SAMPLED}
        assert below == set(arrow.signed(some[some < bound]).tolist())
        every = {row["hash"] for row in own if row["band"] == work.SHORT}
        short = len(some) <= contained.SHORT and (some >= bound).any()
        assert every == (set(arrow.signed(some).tolist()) if short else set())
        assert all(row["weight"] == (len(below) if row["band"] == work.SAMPLED else len(every)) for row in own)


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="not installed: pyarrow")
def test_band_rows_meet_exactly_where_the_engine_pairs():
    import pyarrow

    from dedup.spark import work

    signatures = np.random.default_rng(5).integers(0, 2, (40, 16), dtype=np.uint32)
    keys = np.arange(1, 41, dtype=np.uint64)
    pairs, _ = engines.load("numpy").candidates(signatures, 4, 4, keys=keys, cap=1000)
    batch = pyarrow.RecordBatch.from_pydict({
        "number": list(range(40)), "key": list(range(40)), "signature": [row.tobytes() for row in signatures]})
    buckets = {}
    for row in next(iter(work.band(4, 4, 16, [batch]))).to_pylist():
        buckets.setdefault((row["band"], row["hash"]), []).append(row["number"])
    met = {(one, other) for some in buckets.values() for one in some for other in some if one < other}
    assert met == set(map(tuple, pairs.tolist()))


def test_order_of_unsigned_numbers_survives():
    from dedup.spark import arrow

    values = np.array([0, 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1], np.uint64)
    signed = arrow.signed(values)
    assert (np.diff(signed) > 0).all() and (arrow.unsigned(signed) == values).all()


@pytest.mark.parametrize("told, message", [
    ('openjdk version "11.0.2" 2019', "is Java 11"), ('java version "1.8.0_292"', "is Java 8"),
    ("hello", "something else")])
def test_wrong_java_is_one_clear_line(tmp_path, monkeypatch, told, message):
    from dedup.spark import session

    (tmp_path / "bin").mkdir()
    java = tmp_path / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho '{told}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ConfigError, match=message):
        session.check_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="there is none in JAVA_HOME"):
        session.check_java()


def test_reason_of_a_skip_names_what_is_lacking(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if importlib.util.find_spec("pyspark"):
        assert lacking().startswith("Spark needs Java 17")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyspark" else name)
    assert lacking() == "not installed: pyspark"


def test_missing_library_is_one_clear_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    (tmp_path / "a.txt").write_text("A text.\n")
    out = str(tmp_path / "out.jsonl")
    assert main(["scan", str(tmp_path / "a.txt"), "--spark", "local[2]", "--annotate", out]) == 2
    assert capsys.readouterr().err == (
        "dedup: error: --spark needs an optional library: pip install 'article-dedup[spark]'\n")


@pytest.mark.parametrize("flags", [[], ["--annotate", "-"], ["--annotate", "x.jsonl", "-o", "y"],
                                   ["--annotate", "x.jsonl", "--format", "json"]])
def test_flags_for_one_machine_are_refused(tmp_path, capsys, flags):
    assert main(["scan", str(tmp_path), "--spark", "local[2]", *flags]) == 2
    assert "for one machine" in capsys.readouterr().err


def test_output_that_cannot_be_is_found_out_first(tmp_path, capsys):
    (tmp_path / "a.txt").write_text("A text.\n")
    (tmp_path / "out.parquet").mkdir()
    for out, message in (("out.parquet", "--overwrite"), ("no/out.jsonl", "there is no folder")):
        assert main(["scan", str(tmp_path / "a.txt"), "--spark", "local[2]", "--annotate", str(tmp_path / out)]) == 2
        assert message in capsys.readouterr().err
