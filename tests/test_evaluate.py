"""Scores against gold, and copies planted to measure recall."""
import pytest
from hypothesis import given, strategies as st

from dedup.errors import InputError
from dedup.evaluate import EDITS, inject, read_gold, recall_by_kind, score


def test_clusters():
    gold = read_gold(["id\tcluster", "a\t1", "b\t1", "c\t1", "d\t2", "gone\t2"], "abcd")
    report = score(gold, {"a": 7, "b": 7, "c": None, "d": 7})
    assert (report.gold, report.found, report.hits) == (3, 3, 1)
    assert report.precision == report.recall == report.f1 == pytest.approx(1 / 3)
    assert report.wrong == (("a", "d"),) and report.missed == (("a", "c"),) and report.missing == ("gone",)


def test_pairs_may_be_labelled():
    gold = read_gold(["left\tright\tjaccard", "b\ta\t.9", "a\tc\t0.1", "c\td\tsame", "b\tc\tdifferent"], "abcd")
    assert gold.pairs == {("a", "b"): True, ("a", "c"): False, ("c", "d"): True, ("b", "c"): False}
    report = score(gold, {"a": 1, "b": 1, "c": 1, "d": None})
    assert (report.gold, report.found, report.hits) == (2, 3, 1)


def test_pairs_are_told_from_clusters_by_their_ids():
    assert read_gold(["a\tb", "c\td"], "abcd").clusters is None
    assert read_gold(["a\tb", "c\td"], "ac").pairs is None


@pytest.mark.parametrize("lines", [["a"], ["a\t"], ["a\t1", "a\t2"], ["a\tb\tperhaps"]])
def test_bad_gold_names_its_line(lines):
    with pytest.raises(InputError, match=f"gold:{len(lines)}"):
        read_gold(lines, "ab")


@given(st.lists(st.integers(0, 4), min_size=2, max_size=12), st.lists(st.integers(0, 4), min_size=12, max_size=12))
def test_scores_agree_with_counting_pairs(gold, found):
    ids = [f"{number:02}" for number in range(len(gold))]
    report = score(read_gold([f"{id}\tc{cluster}" for id, cluster in zip(ids, gold)], ids), dict(zip(ids, found)))
    pairs = [(a, b) for a in range(len(ids)) for b in range(a)]
    assert report.gold == sum(gold[a] == gold[b] for a, b in pairs)
    assert report.found == sum(found[a] == found[b] for a, b in pairs)
    assert report.hits == sum(gold[a] == gold[b] and found[a] == found[b] for a, b in pairs)
    assert report.ari <= 1 and (report.ari == 1) == (report.hits == report.gold == report.found)


TEXT = "\n\n".join(
    f"On day {number} the committee met for {number + 3} hours and heard witness number {number * 7}, who spoke of "
    f"{' and '.join(f'matter{number}{letter}' for letter in 'abcdefgh')}." for number in range(12))


def test_planted_copies_depend_on_seed_and_ids_alone():
    articles = [(f"a{number}", TEXT.replace("committee", f"committee of {number}")) for number in range(8)]
    planted = list(inject(articles, 3))
    assert planted == list(inject(articles[::-1], 3))
    assert {copy.kind for copy in planted} == set(EDITS) and len(planted) == 3 * len(EDITS)
    assert all((copy.text == dict(articles)[copy.original]) == (copy.kind == "exact") for copy in planted)


def test_planted_copies_of_unspaced_text():
    text = "北京时间周三上午，当地政府宣布新的交通规定将于下月生效。市民对此反应不一，有人支持，也有人反对。" * 8
    assert {copy.kind for copy in inject([("a", text)], 1)} >= {"exact", "edited", "abridged", "framed"}


def test_recall_by_kind():
    found = recall_by_kind([("a", "edited", "x"), ("a", "edited", "y"), ("b", "framed", "z")],
                           {"a": 1, "x": 1, "y": 2, "b": None, "z": None})
    assert found == {"edited": (1, 2), "framed": (0, 1)}
