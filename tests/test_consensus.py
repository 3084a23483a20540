"""What copies of one article say about its blocks."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import copies as copies_
from dedup.blocks import texts
from dedup.boilerplate import consensus
from dedup.boilerplate.consensus import ABSENT, PRESENT, Copies, hashed
from dedup.boilerplate.likeness import lines_of_words, scan
from dedup.corpus import Batch, Blocks

BODY = ["The river rose four metres in one night and carried away the old bridge.",
        "Nobody was hurt, the fire brigade of the valley said on Sunday morning.",
        "A ferry will carry school children across until the army has built a crossing.",
        "The mayor asked for patience and for dry blankets."]
APPEAL = "If our reporting matters to you, consider a small gift today."


def evidence(text, source, *copies):
    some = Copies([texts(text), *(texts(copy) for copy, _ in copies)],
                  [(number, other) for number, (_, other) in enumerate(copies, 1)])
    return dict.fromkeys(some.shared(0, source), "shared") | some.alone(0)


def judged(lines, source, *copies):
    said = evidence("\n".join(lines), source, *(("\n\n".join(copy), other) for copy, other in copies))
    return [said.get(place) for place in range(len(lines))]


def test_what_copies_of_two_sources_share_is_the_article_and_the_rest_a_leftover():
    assert judged([*BODY, APPEAL], "a", (BODY, "b")) == ["shared"] * 4 + ["alone-edge"]
    assert judged([APPEAL, *BODY], "a", (BODY, "b"))[0] == "alone-edge"
    assert judged([*BODY[:2], APPEAL, *BODY[2:]], "a", (BODY, "b"))[2] == "alone-inside"


@pytest.mark.parametrize("own, other", [("a", "a"), (None, "a"), ("a", None), (None, None)])
def test_copies_not_known_to_be_of_two_sources_protect_nothing(own, other):
    assert judged([*BODY, APPEAL], own, (BODY, other)) == [None] * 4 + ["alone-edge"]


def test_a_paragraph_rewritten_in_the_copy_is_no_leftover():
    other = [BODY[0], "Firefighters reported that all inhabitants had got away unharmed.", *BODY[2:]]
    assert judged(BODY, "a", (other, "b"))[1] is None


def test_lines_split_or_merged_by_another_extractor_are_recognised():
    assert judged(BODY, "a", ([" ".join(BODY), APPEAL], "b")) == ["shared"] * 4
    assert judged([" ".join(BODY)], "a", ([*BODY, APPEAL], "b")) == ["shared"]
    assert judged([*BODY[:2], APPEAL, *BODY[2:]], "a", ([" ".join(BODY)], "b"))[2] == "alone-inside"


def test_figures_markup_and_case_do_not_matter():
    other = [f"**{line.upper()}**" for line in [*BODY, APPEAL]]
    assert judged(BODY, "a", (other, "b")) == ["shared"] * 4


def test_what_stands_in_another_copy_as_well_is_not_alone():
    assert judged([*BODY, APPEAL], "a", (BODY, "b"), ([*BODY[:3], APPEAL], "a"))[4] is None


def test_exact_duplicates_change_nothing():
    lines, other = [*BODY, APPEAL], BODY[1:]
    once = judged(lines, "a", (other, "b"))
    assert judged(lines, "a", (other, "b"), (lines, "a"), (lines, "c"), (lines, None), (other, "b")) == once
    assert judged(lines, "a", (lines, "a"), (lines, "b")) == [None] * 5


def test_a_large_cluster_is_read_in_portions(monkeypatch):
    copies = ["\n\n".join([*BODY[:number % 3 + 1], *BODY[2:], f"{word} {APPEAL}", *[f"of {word} alone"] * (number % 5 < 2)])
              for number, word in enumerate(f"{one} {two}" for one in "abcde" for two in "fghi")]
    counted = [scan(texts(copy)) for copy in copies]
    members = Batch(np.arange(20), copies, ("a", "b", None, "c") * 5, (None,) * 20, Blocks(
        np.array([key for keys, _ in counted for key in keys], np.uint64), np.array([n for _, some in counted for n in some]),
        np.zeros(sum(len(keys) for keys, _ in counted), bool), np.cumsum([0, *(len(keys) for keys, _ in counted)])))

    def said():
        return sorted((one.numbers, one.source, one.given, [row.tolist() for row in one.counted])
                      for one in copies_._spoken_of(members, {3, 4}))

    once = said()
    assert {spot for _, _, given, _ in once for spot in given.consensus.values()} == {"shared", "alone-edge"}
    monkeypatch.setattr(copies_, "TASK_BYTES", 1)
    assert said() == once


def test_unspaced_scripts():
    body = ["昨晚河水上涨四米，冲走了旧桥。", "消防队周日早上表示无人受伤。", "市长请求大家耐心等待。"]
    assert judged([*body, "请支持我们的新闻工作。"], "a", (["".join(body)], "b")) == ["shared"] * 3 + ["alone-edge"]


def test_nothing_to_compare_with():
    assert evidence("", "a", ("x", "b")) == {}
    assert evidence("x y z", "a") == {}
    assert evidence("x y z", "a", ("", "b")) == {}
    assert evidence("12\n\n34", "a", ("x", "b")) == {}
    assert judged(BODY, "a", (["Quite another story altogether, of sheep and goats."], "b")) == [None] * 4


def test_trigrams_are_found_in_copies_as_one_by_one():
    grams = np.random.default_rng(7).integers(0, 60, 500).astype(np.uint64) << np.uint64(58)
    copies, first = [slice(0, 40), slice(40, 40), slice(300, 420)], np.arange(0, 450, 9)
    last = first + np.arange(50) % 7
    held = consensus._held(grams, copies, first, last)
    sets = [set(grams[copy].tolist()) for copy in copies]
    assert held.tolist() == [[sum(gram in some for gram in grams[start:end].tolist()) for start, end in zip(first, last)]
                             for some in sets]


LINES = st.lists(st.lists(st.sampled_from("ash birch cedar elm fir larch".split()), max_size=8).map(" ".join), max_size=5)
COPY = st.tuples(LINES, st.sampled_from(["a", "b", None]))


@given(COPY, st.lists(COPY, max_size=4, unique_by=lambda copy: "".join(copy[0]).replace(" ", "")))
def test_blocks_are_shared_and_missed_as_counted_one_by_one(article, copies):
    def trigrams(words):
        return list(zip(words, words[1:], words[2:]))

    def share(line, other):
        if line.replace(" ", "") in [one.replace(" ", "") for one in other]:
            return 1.0
        some, there = trigrams(line.split()), set(trigrams(" ".join(other).split()))
        return sum(gram in there for gram in some) / len(some) if some else 0.0

    lines, source = [line for line in article[0] if line], article[1]
    said = evidence("\n".join(lines), source, *(("\n".join(copy), other) for copy, other in copies))
    others = [(copy, other) for copy, other in copies if (letters := "".join(copy).replace(" ", ""))
              and letters != "".join(lines).replace(" ", "")]
    for place, line in enumerate(lines if others else ()):
        foreign = [copy for copy, other in others if None not in (source, other) and other != source]
        assert (said.get(place) == "shared") == any(share(line, copy) >= PRESENT for copy in foreign)
        if said.get(place, "shared") != "shared":
            assert all(share(line, copy) <= ABSENT for copy, _ in others)
    assert others or not said


@pytest.mark.parametrize("piece", [7, 1 << 16])
def test_words_are_hashed_as_one_by_one(monkeypatch, piece):
    monkeypatch.setattr(consensus, "_PIECE", piece)
    consensus._powers.cache_clear()
    try:
        lines = lines_of_words([" ".join(BODY), "", "of", "¡Año nuevo!", "昨晚河水", "x" * 40, "of of"])
        sizes, found = hashed(lines)
    finally:
        monkeypatch.undo()
        consensus._powers.cache_clear()
    assert sizes.tolist() == [len(line.split()) for line in lines]
    assert found.tolist() == [sum(byte * pow(consensus._POWER, at, 1 << 64) for at, byte in enumerate(word)) % (1 << 64)
                              for line in lines for word in line.split()]


def test_no_lines():
    assert [some.tolist() for some in hashed([])] == [[], []]
