"""What a careful reader would call the same article, edited, is a copy; the same event written anew is not."""
from pathlib import Path

import numpy as np
import pytest

from dedup import contained, engines
from dedup.decision import Evidence, decide
from dedup.tokenized import HashedTexts, TokenizedText
from dedup.verify import Verifier

CASES = sorted((Path(__file__).parent / "cases" / "pairs").glob("*.txt"))
THRESHOLD, CONTAINMENT = 0.7, 0.25


def verifier(texts, hashed=None):
    engine = engines.load("numpy")
    hashes, offsets = engine.shingle(texts, 5)
    return Verifier.of(engine, hashes, offsets, texts.__getitem__, threshold=THRESHOLD, containment=CONTAINMENT, hashed=hashed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case(case):
    texts = [text.strip() for text in case.read_text("utf-8").split("=====\n")]
    judge = verifier(texts)
    found, back = judge(0, 1), judge(1, 0)
    assert found == back, "the verdict depends on the order"
    engine = engines.load("numpy")
    ready = HashedTexts(*engine.words(texts), engine, {0: 0, 1: 1})
    assert verifier(texts, ready)(0, 1) == found, "the verdict depends on the way"
    why = decide(*map(TokenizedText, texts), *judge.scores(0, 1), THRESHOLD, CONTAINMENT).reason
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
    one, two = TokenizedText(f"* * *\n\n{left}\nIt rained in 2018."), TokenizedText(f"{right}\n\nIt rained.")
    assert bool(Evidence(one, two).edition) == bool(Evidence(two, one).edition) == other
    assert bool(Evidence(TokenizedText(right), TokenizedText(left)).edition) == other
