"""What copies of one article say about its blocks."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.blocks import split
from dedup.boilerplate.consensus import ABSENT, PRESENT, Copies, read

BODY = ["The river rose four metres in one night and carried away the old bridge.",
        "Nobody was hurt, the fire brigade of the valley said on Sunday morning.",
        "A ferry will carry school children across until the army has built a crossing.",
        "The mayor asked for patience and for dry blankets."]
APPEAL = "If our reporting matters to you, consider a small gift today."


def evidence(text, source, *copies):
    return Copies([(read(split(copy)), other) for copy, other in copies]).evidence(read(split(text)), source)


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


def test_unspaced_scripts():
    body = ["昨晚河水上涨四米，冲走了旧桥。", "消防队周日早上表示无人受伤。", "市长请求大家耐心等待。"]
    assert judged([*body, "请支持我们的新闻工作。"], "a", (["".join(body)], "b")) == ["shared"] * 3 + ["alone-edge"]


def test_nothing_to_compare_with():
    assert evidence("", "a", ("x", "b")) == {}
    assert evidence("x y z", "a") == {}
    assert evidence("x y z", "a", ("", "b")) == {}
    assert evidence("12\n\n34", "a", ("x", "b")) == {}
    assert judged(BODY, "a", (["Quite another story altogether, of sheep and goats."], "b")) == [None] * 4


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
