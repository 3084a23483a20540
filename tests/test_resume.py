"""A run that is killed goes on where it was: nothing is worked out twice, and the output is that of an undisturbed run."""
import json
import os
import random
import signal
import sqlite3

import pytest

from dedup import pipeline
from dedup.cli import main

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
WORDS = [start + end for start in ("bar", "len", "mor", "tis", "ved", "sul") for end in ("and", "ick", "ow", "en", "ul")]


def corpus(folder, seed=1):
    chance = random.Random(seed)
    stories = [" ".join(chance.choices(WORDS, k=120)) + "." for _ in range(450)]
    texts = stories + [story + "\n\nPlease support us with a gift." for story in stories[:40]]
    path = folder / "news.jsonl"
    path.write_text("".join(json.dumps({"id": f"a{at}", "text": text}) + "\n" for at, text in enumerate(texts)), "utf-8")
    return path


def scan(source, target, *more):
    return main(["scan", str(source), "--annotate", str(target), "--isolated", "-q", "--jobs", "1", *more])


def known(path):
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM articles").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def killed(source, target, kept, enough):
    """A run that is killed as soon as `enough` articles are worked out and more are wanted; how many were when it was dead."""
    child = os.fork()
    if not child:
        extract = pipeline._extract_batch

        def extract_or_die(*arguments):
            if known(kept) >= enough:
                os.kill(os.getpid(), signal.SIGKILL)
            return extract(*arguments)

        pipeline._extract_batch = extract_or_die
        scan(source, target, "--resume")
        os._exit(0)
    os.waitpid(child, 0)
    return known(kept)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(pipeline, "BATCH_BYTES", 4000)


def test_a_killed_run_goes_on_and_writes_what_an_undisturbed_one_would(tmp_path, small_batches, monkeypatch):
    source, target, kept = corpus(tmp_path), tmp_path / "out.jsonl", tmp_path / ".out.jsonl.resume"
    assert scan(source, tmp_path / "plain.jsonl") == 0
    first = killed(source, target, kept, 10)
    second = killed(source, target, kept, first + 10)
    assert 10 <= first < second < 490 and not target.exists()
    done = []
    extract = pipeline._extract_batch
    monkeypatch.setattr(pipeline, "_extract_batch", lambda corpus, recipe, table, files, numbers: (
        done.append(len(numbers)), extract(corpus, recipe, table, files, numbers))[1])
    assert scan(source, target, "--resume") == 0
    assert sum(done) == 490 - second
    assert target.read_bytes() == (tmp_path / "plain.jsonl").read_bytes() and not kept.exists()


def test_what_another_corpus_left_is_not_used(tmp_path, small_batches):
    source, target, kept = corpus(tmp_path), tmp_path / "out.jsonl", tmp_path / ".out.jsonl.resume"
    assert killed(source, target, kept, 10) >= 10
    corpus(tmp_path, seed=2)
    assert scan(source, target, "--resume") == scan(source, tmp_path / "plain.jsonl") == 0
    assert target.read_bytes() == (tmp_path / "plain.jsonl").read_bytes()


@pytest.mark.parametrize("left", [b"", b"no database", b"SQLite format 3\0 but damaged"])
def test_a_damaged_file_is_made_anew(tmp_path, left):
    source, kept = corpus(tmp_path), tmp_path / ".out.jsonl.resume"
    kept.write_bytes(left)
    assert scan(source, tmp_path / "out.jsonl", "--resume") == 0
    assert not kept.exists()


def test_resume_needs_a_file_to_keep_its_work_beside(tmp_path, capsys):
    assert main(["scan", str(corpus(tmp_path)), "--resume", "--isolated"]) == 2
    assert "--resume keeps its work beside" in capsys.readouterr().err
