"""The index: the same verdicts with it and without, refusals, damage, other processes, kill -9."""
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import repositories as repo

from dedup import cli, gate, pipeline, postings, shingles, sources
from dedup.blocks import split
from dedup.boilerplate.repeats import Repeats
from dedup.errors import DedupError
from dedup.index import Index, Refused
from dedup.sealing import Damaged, seal, unseal
from dedup.settings import Settings

ROOT = Path(__file__).parent.parent
KILLS = int(os.environ.get("TEST_KILLS", "6"))
SETTINGS = Settings(jobs=1, engine="numpy")
SPEC = gate.spec(SETTINGS)


def corpus(folder: Path, articles: int, seed: int = 1) -> Path:
    """A folder of articles, some of them copies."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    texts: list[str] = []
    for number in range(articles):
        texts.append(repo.edited(rng, rng.choice(texts)) if texts and rng.random() < 0.3 else repo.article(rng) + repo.APPEAL)
        (folder / f"{number:03}.txt").write_text(texts[-1])
    return folder


def scan(folder: Path, index: Index | None = None, settings: Settings = SETTINGS) -> bytes:
    found, failed = sources.find([folder])
    return repo.rendered(pipeline.scan(found, settings, failed=failed, index=index))


@pytest.fixture
def dedup(capfd, monkeypatch):
    """The command line in this process: its exit status and what it printed."""
    for name in set(os.environ) - set(repo.environment()):
        monkeypatch.delenv(name)

    def run(*arguments):
        capfd.readouterr()
        status = cli.main(list(map(str, arguments)))
        return SimpleNamespace(returncode=status, **dict(zip(("stdout", "stderr"), capfd.readouterr())))
    return run


def test_a_scan_with_an_index_says_what_a_scan_without_says(tmp_path):
    folder = corpus(tmp_path / "in", 30)
    plain = scan(folder)
    with gate.opened(tmp_path / "x", SPEC) as index:
        assert scan(folder, index) == plain  # it is built
        assert scan(folder, index) == plain  # all is known
        (folder / "010.txt").write_text((folder / "000.txt").read_text() + "More.\n")
        frozen = Repeats.from_bytes(index.snapshot.to_bytes())
        with gate.opened(tmp_path / "y", SPEC) as other:
            with other.transaction():
                other.freeze(frozen)
            assert scan(folder, index) == scan(folder, other)  # a part is known, or nothing but the snapshot


def test_an_index_has_samples_though_the_scan_that_fills_it_asks_for_none(tmp_path):
    folder = corpus(tmp_path / "in", 12)
    for number in range(4):
        story = (folder / f"{number:03}.txt").read_text()
        (folder / f"part{number}.txt").write_text(story[:len(story) // 2])
    plain, without = scan(folder), scan(folder, None, SETTINGS._replace(containment=1.1))
    assert b'"match": "containment"' in plain and b'"match": "containment"' not in without
    with gate.opened(tmp_path / "x", SPEC) as index:
        assert scan(folder, index, SETTINGS._replace(containment=1.1)) == without
        assert scan(folder, index) == plain


def test_the_snapshot_says_the_same_from_the_file_and_from_memory(tmp_path):
    folder = corpus(tmp_path / "in", 40)
    with gate.opened(tmp_path / "x", SPEC) as index:
        scan(folder, index)
        assert index.snapshot.kinds and index.snapshot.id == index.snapshot_id
        frozen = Repeats.from_bytes(index.snapshot.to_bytes())
        for path in sorted(folder.iterdir()):
            text = path.read_text()
            for other in (text, text.replace(" our ", " the "), text.replace("e", "a", 300)):  # its blocks in other words
                pieces = split(other)
                assert index.snapshot.evidence(pieces) == frozen.evidence(pieces)


def test_an_index_is_frozen_until_it_is_built_again(tmp_path, dedup):
    folder = corpus(tmp_path / "in", 20)
    assert dedup("index", "build", tmp_path / "x", folder).returncode == 0
    with Index(tmp_path / "x") as index:
        first = index.snapshot_id
    corpus(folder, 40, seed=2)
    assert dedup("scan", folder, "--index", tmp_path / "x", "-q").returncode == 0
    with Index(tmp_path / "x") as index:
        assert index.snapshot_id == first and index.last() > 20
    assert dedup("index", "build", tmp_path / "x", folder).returncode == 0
    with Index(tmp_path / "x") as index:
        assert index.snapshot_id != first


@pytest.mark.parametrize("change, word", [
    ({"ngram": 4}, "ngram 5, and this run has ngram 4"), ({"seed": 2}, "seed"), ({"num_perm": 64}, "num_perm"),
    ({"threshold": 0.5}, "bands"), ({"boilerplate": "mask"}, "boilerplate 'strip'"), ({"lang": "de"}, "lang"),
    ({"disable": ("share",)}, "disable"), ({"text_field": "body"}, "fields")])
def test_an_index_built_otherwise_is_refused_with_the_reason(tmp_path, change, word):
    with gate.opened(tmp_path / "x", SPEC):
        pass
    with pytest.raises(Refused, match=word):
        with gate.opened(tmp_path / "x", gate.spec(SETTINGS._replace(**change))):
            pass


def test_an_index_of_another_specification_of_shingles_is_refused_with_the_remedy(tmp_path, monkeypatch):
    with gate.opened(tmp_path / "x", SPEC):
        pass
    monkeypatch.setattr(shingles, "SPEC", shingles.SPEC + 1)
    with pytest.raises(Refused, match="built with shingles .*dedup index build"):
        with gate.opened(tmp_path / "x", gate.spec(SETTINGS)):
            pass


def test_settings_that_rows_do_not_depend_on_are_not_refused(tmp_path):
    with gate.opened(tmp_path / "x", SPEC):
        pass
    with gate.opened(tmp_path / "x", gate.spec(SETTINGS._replace(containment=0.9, keep=("earliest",), jobs=3))):
        pass


def test_other_rules_are_refused(tmp_path, dedup):
    folder = corpus(tmp_path / "in", 4)
    (tmp_path / "own.toml").write_text('[[rule]]\nid = "own.x"\nclass = "ad"\npattern = "xyzzy"\nweight = 5\n')
    assert dedup("index", "build", tmp_path / "x", folder).returncode == 0
    done = dedup("scan", folder, "--index", tmp_path / "x", "--rules", tmp_path / "own.toml")
    assert done.returncode == 2 and "built with rules" in done.stderr and "dedup index build" in done.stderr


@pytest.mark.parametrize("damage", ["cut", "zeros", "names", "spec"])
def test_damage_is_detected_said_and_mended_on_request(tmp_path, dedup, damage):
    folder, file = corpus(tmp_path / "in", 12), tmp_path / "x"
    assert dedup("index", "build", file, folder).returncode == 0
    data = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(data[:len(data) // 2])
    elif damage == "names":
        file.write_bytes(data.replace(b"tracked_file", b"\x80racked_file", 1))
    elif damage == "spec":
        file.write_bytes(data.replace(b"spec{", b"spek{"))
    else:
        with sqlite3.connect(file) as db:  # a row that SQLite has no reason to doubt
            db.execute("UPDATE articles SET hashes = zeroblob(length(hashes))")
    for command in (("index", "info", file), ("scan", folder, "--index", file)):
        done = dedup(*command)
        assert done.returncode == 2 and "damaged" in done.stderr and "dedup index build" in done.stderr, done.stderr
    assert dedup("index", "build", file, folder).returncode == 0
    assert dedup("scan", folder, "--index", file, "--format", "json").stdout.encode() == scan(folder)


@pytest.mark.parametrize("kind", ["records", "database"])
def test_a_file_that_is_no_index_is_never_replaced(tmp_path, dedup, kind):
    folder, file = corpus(tmp_path / "in", 4), tmp_path / "news.jsonl"
    if kind == "records":
        file.write_text('{"id": "1", "text": "The only copy of an article."}\n' * 500)
    else:
        with sqlite3.connect(file) as db:
            db.execute("CREATE TABLE others (x)")
    before = file.read_bytes()
    for command in (("index", "build", file, folder), ("index", "build", file, tmp_path / "swapped.idx"), ("index", "info", file),
                    ("index", "prune", file, folder), ("scan", folder, "--index", file)):
        done = dedup(*command)
        assert done.returncode == 2 and "is no index of dedup" in done.stderr and "name another file" in done.stderr, done.stderr
        assert file.read_bytes() == before, command
    file.write_bytes(b"")  # nothing is lost there
    assert dedup("index", "build", file, folder).returncode == 0


@pytest.mark.parametrize("table", ["articles (number", "kind_hashes (value", "kinds (number"])
def test_a_schema_that_lost_a_key_is_damage(tmp_path, dedup, table):
    folder, file = corpus(tmp_path / "in", 12), tmp_path / "x"
    assert dedup("index", "build", file, folder).returncode == 0
    schema = f"{table} INTEGER PRIMARY".encode()
    data = file.read_bytes()
    assert schema in data
    file.write_bytes(data.replace(schema, schema.replace(b"PRIMARY", b"PR00ARY")))  # what follows is then part of the type
    done = dedup("index", "info", file)
    assert done.returncode == 2 and "damaged" in done.stderr, done.stderr


def test_seals_hold_for_their_place_only():
    assert unseal(seal(b"data", 7), 7) == b"data"
    for bad, place in ((seal(b"data", 7), 8), (seal(b"data", 7)[:-1], 7), (b"", 7), (None, 7)):
        with pytest.raises(Damaged):
            unseal(bad, place)


def test_prune_drops_what_is_gone_and_nothing_else(tmp_path, dedup):
    folder = corpus(tmp_path / "in", 20)
    file = tmp_path / "x"
    assert dedup("index", "build", file, folder).returncode == 0
    for number in range(5):
        (folder / f"{number:03}.txt").unlink()
    plain = dedup("scan", folder, "--index", file, "--format", "json").stdout
    with Index(file) as index:
        before = index.info()["articles"]
    done = dedup("index", "prune", file, folder)
    assert done.returncode == 0 and "dropped" in done.stdout
    with Index(file) as index:
        assert before - 5 <= index.info()["articles"] < before
    assert dedup("scan", folder, "--index", file, "--format", "json").stdout == plain
    (folder / "007.txt").unlink()
    assert dedup("index", "prune", file).stdout == f"{file}: 1 article dropped\n"  # it knows where its articles are
    assert dedup("scan", folder, "--index", tmp_path / "y", "-q").returncode == 0
    refused = dedup("index", "prune", tmp_path / "y")
    assert refused.returncode == 2 and "name the PATHs" in refused.stderr


def test_no_index_is_an_error_with_the_way_out(tmp_path, dedup):
    for command in ("info", "prune"):
        done = dedup("index", command, tmp_path / "none")
        assert done.returncode == 2 and "dedup index build" in done.stderr
        assert not (tmp_path / "none").exists()


def test_postings_find_what_was_put_in(tmp_path):
    rng = np.random.default_rng(1)
    keys = rng.integers(0, 1 << 63, 3000).astype(np.uint64) * np.uint64(2)
    keys[:700] = keys[0]  # a list longer than a chunk
    keys[700], keys[701] = 0, (1 << 64) - 2
    articles = rng.integers(0, 100_000, 3000)
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE bands (first INTEGER PRIMARY KEY, data BLOB)")
    postings.write(db, "bands", keys, articles)
    expected: dict[int, list[int]] = {}
    for key, number in zip(keys.tolist(), articles.tolist()):
        expected.setdefault(key, []).append(number)
    odd = [key + 1 for key in expected]
    found = postings.read(db, "bands", [*expected, *odd])
    assert found == {key: sorted(value) for key, value in expected.items()}
    postings.write(db, "bands", keys[:0], articles[:0])
    assert postings.read(db, "bands", [5]) == {}


def test_several_scans_at_once_share_an_index(tmp_path):
    """They wait for each other, none fails, and all say the same, whoever builds it."""
    folder = corpus(tmp_path / "in", 12)
    command = [sys.executable, "-m", "dedup", "scan", folder, "--index", tmp_path / "x", "--format", "json"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, env=repo.environment(PYTHONPATH=str(ROOT))) for _ in range(3)]
    assert [run.communicate()[0] for run in runs] == [scan(folder)] * 3
    with Index(tmp_path / "x") as index:
        assert index.info()["articles"] == 12


def test_a_reader_is_not_disturbed_by_a_writer(tmp_path, dedup):
    folder = corpus(tmp_path / "in", 6)
    assert dedup("index", "build", tmp_path / "x", folder).returncode == 0
    with Index(tmp_path / "x") as writer, Index(tmp_path / "x") as reader:
        with writer.transaction():
            writer.put("mark", 1)
            with reader.transaction(write=False):
                assert reader.get("mark") is None and reader.info()["articles"] == 6
        assert reader.get("mark") == 1


def update(file: Path, folder: Path) -> None:
    """What a hook does to the index, and more: most of the file is written anew."""
    with gate.opened(file, gate.spec(repo.SETTINGS)) as index:
        repo.ask(folder, index)
        with index.transaction():
            index.put("merged", -1)
            index.merge()


def test_an_update_killed_at_any_moment_leaves_a_whole_index_and_the_same_verdict(tmp_path):
    """With TEST_KILLS=200, at 200 random moments."""
    folder = tmp_path / "r"
    folder.mkdir()
    story = repo.Story(folder, 5)
    for _ in range(20):
        story.add()
    story.commit()
    file, rng = tmp_path / "x", random.Random(3)
    whole, killed = 0.3, 0
    with gate.opened(file, gate.spec(repo.SETTINGS)) as index:
        repo.ask(folder, index)
        snapshot = Repeats.from_bytes(index.snapshot.to_bytes())
    for _ in range(KILLS):
        story.add()
        story.step()
        began, child = time.monotonic(), os.fork()
        if not child:
            update(file, folder)
            os._exit(0)
        deadline, done = began + rng.random() * whole, 0
        while not done and time.monotonic() < deadline:
            time.sleep(0.001)
            done, _ = os.waitpid(child, os.WNOHANG)
        if done:
            whole = 1.2 * (time.monotonic() - began)
        else:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            killed += 1
        with gate.opened(file, gate.spec(repo.SETTINGS)) as index:
            index.info()  # raises when it is damaged
            answer = repo.ask(folder, index)
            names = {path.decode() for path, _ in gate.git.Repository.find(str(folder)).changes("HEAD", None)}
            clusters = repo.full_scan(folder, snapshot)
            expected = repo.touching(clusters, names) if names else [{**cluster, "cluster": 0} for cluster in clusters]
            touched = names or {path.relative_to(folder).as_posix() for path in story.files()}
            assert repo.touching(repo.clusters(answer), touched) == expected
    assert killed or KILLS < 5


def test_a_snapshot_that_another_process_froze_first_is_kept(tmp_path):
    folder = corpus(tmp_path / "in", 20)
    with gate.opened(tmp_path / "x", SPEC) as index:
        other = Repeats()
        found, _ = sources.find([folder])
        ready = pipeline.prepare(found, SETTINGS, None, 1, pipeline.silent)
        with index.transaction():
            index.freeze(other)
        before = index.snapshot_id
        pipeline.extract(ready.corpus, ready.recipe, ready.table, 1, pipeline.silent, index)
        assert index.snapshot_id == before == other.id
        assert index.last() == 0  # rows that were made with another table are not kept


def test_errors_of_the_index_are_ours(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(DedupError):
        Index(tmp_path / "folder")
