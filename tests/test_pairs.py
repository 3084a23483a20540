"""What a careful reader would call the same article, edited, is a copy; the same event written anew is not."""
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import contained, engines
from dedup.guards import Evidence, Form, Words, edition, template, with_prose
from dedup.verify import Verifier, decide

CASES = sorted((Path(__file__).parent / "cases" / "pairs").glob("*.txt"))
THRESHOLD, CONTAINMENT = 0.7, 0.25


def verifier(texts, words=None):
    engine = engines.load("numpy")
    hashes, offsets = engine.shingle(texts, 5)
    return Verifier.of(engine, hashes, offsets, texts.__getitem__, threshold=THRESHOLD, containment=CONTAINMENT, words=words)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case(case):
    texts = [text.strip() for text in case.read_text("utf-8").split("=====\n")]
    judge = verifier(texts)
    found, back = judge(0, 1), judge(1, 0)
    assert found == back, "the verdict depends on the order"
    engine = engines.load("numpy")
    words, offsets = engine.words(texts)
    ready = Words(with_prose(words), offsets, engine, {0: 0, 1: 1})
    assert verifier(texts, ready)(0, 1) == found, "the verdict depends on the way"
    why = decide(*map(Form, texts), *judge.scores(0, 1), THRESHOLD, CONTAINMENT).reason
    assert (found is not None) == case.stem.startswith("copy"), why


@pytest.mark.parametrize("case", [case for case in CASES if case.stem.startswith("copy")], ids=lambda case: case.stem)
def test_copies_become_candidates(case):
    texts = [text.strip() for text in case.read_text("utf-8").split("=====\n")]
    hashes, offsets = engines.load("numpy").shingle(texts, 5)
    pairs, _ = contained.candidates(*contained.sample(hashes, offsets), threshold=CONTAINMENT)
    assert pairs.tolist() == [[0, 1]]


def test_an_article_is_a_copy_of_itself_unless_it_is_empty():
    texts = [text.strip() for case in CASES for text in case.read_text("utf-8").split("=====\n")]
    judge = verifier(texts + texts)
    for number in range(len(texts)):
        assert judge(number, number + len(texts)).match == "exact"


def test_a_digest_is_no_copy_of_what_it_holds():
    stories = [case.read_text("utf-8").split("=====\n")[0] for case in CASES if "same-appeal" in case.stem
               or "same-event" in case.stem or "earnings" in case.stem]
    digest = "The day in brief\n\n" + "\n\n".join(stories)
    texts = [*stories, digest]
    judge = verifier(texts)
    hopeful = judge.hopeful([(number, len(stories)) for number in range(len(stories))])
    assert len(hopeful) == len(stories)
    assert not any(judge(*pair) for pair in hopeful)


def test_pairs_one_by_one_are_as_hopeful_as_all_at_once():
    texts = [text.strip() for case in CASES for text in case.read_text("utf-8").split("=====\n")] + ["", "One word more."]
    hashes, offsets = engines.load("numpy").shingle(texts, 5)
    pairs = np.column_stack(np.triu_indices(len(texts), 1))
    one_by_one, at_once = verifier(texts), verifier(texts)
    hopeful = at_once.hopeful_of(pairs, engines.load("numpy").overlaps(hashes, offsets, pairs))
    assert len(hopeful) > 50
    assert one_by_one.hopeful(map(tuple, pairs.tolist())) == hopeful
    assert [one_by_one.scores(*pair) for pair in pairs.tolist()] == [at_once.scores(*pair) for pair in pairs.tolist()]


@pytest.mark.parametrize("left, right, other", [
    ("The regatta of 2019 at Lanesby", "The regatta of 2021 at Lanesby", True),
    ("*The Regatta of 2019*, at Lanesby", "the regatta of 2021 at Lanesby", True),
    ("\u30ec\u30ac\u30c3\u30bf\uff12\uff10\uff11\uff19\u5e74", "\u30ec\u30ac\u30c3\u30bf\uff12\uff10\uff12\uff11\u5e74", True),
    ("The regatta of 2019 at Lanesby", "The regatta of 2019 at Lanesby", False),
    ("The regatta of 2019 at Lanesby", "The regatta of 2021 at Sursett", False),
    ("The regatta of 2019 at Lanesby", "The 2021 regatta at Lanesby", False),
    ("The 31st regatta at Lanesby", "The 32nd regatta at Lanesby", False),
    ("2019 to 2021", "2,0192021", False),
])
def test_titles_that_differ_in_the_year_alone_are_of_two_editions(left, right, other):
    """Whatever stands before them that has no words, and below them."""
    assert bool(edition(Form(f"* * *\n\n{left}\nIt rained in 2018."), Form(f"{right}\n\nIt rained."))) == other
    assert bool(edition(Form(right), Form(left))) == other


words = st.lists(st.sampled_from("the pier was closed by divers who found cracks in it on Thursday".split()), max_size=60)


@given(words, words, st.lists(st.tuples(st.integers(0, 120), words.map(lambda some: some[:4])), max_size=6))
def test_no_more_differs_than_is_told_at_a_glance(first, second, edits):
    left = [*first, *(f"word{at}" for at in range(60)), *second]
    right = [*second, *left]
    for place, some in edits:
        right[place:place + len(some)] = some
    evidence = Evidence(Form(" ".join(left)), Form(" ".join(right)))
    assert evidence.most >= evidence.differing


WRITTEN = st.lists(
    st.sampled_from(["Anna", "anna", "3Com", "iMac", "of", "the", "12", "É", "“Ah”", "_Foo", "won", "won."]), min_size=8)
OTHERS = ["Bert", "bert", "13", "lost", "“No", "É", "Foo", "foo_lost", "foo", "xʼbert", "bertʼx", "Lost", "lo\u00adst", "7lost"]


@given(WRITTEN, st.lists(st.tuples(st.integers(0, 40), st.sampled_from(OTHERS)), max_size=9))
@pytest.mark.parametrize("name", ["numpy", "numba"])
def test_what_may_be_a_name_is_no_less_than_what_is_one(name, words, changes):
    other = words * 3
    for at, word in changes:
        other[at % len(other)] = word
    texts = [" ".join(words * 3), " ".join(other)]
    engine = engines.load(name)
    hashes, offsets = engine.words(texts)
    ready = Words(with_prose(hashes), offsets, engine, {0: 0, 1: 1})
    plain, quick = Evidence(*map(Form, texts)), Evidence(*(ready.form(number, text) for number, text in enumerate(texts)))
    assert quick.changed == plain.changed and template(quick) == template(plain)
    assert plain.slots >= quick.slots >= plain.changed[2]
