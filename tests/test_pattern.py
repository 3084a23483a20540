"""What a pattern says without being run holds for whatever it matches."""
from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dedup.boilerplate.pattern import branches, few, openings, slow, ways

PATTERNS = ["read more", "(?:read|see) also", "(?:sign up|subscribe)(?: now)? for (?:our|the) newsletters?", "©|\\(c\\)",
            "\\d{1,2} comments?", "(?:a|b)c{0,2}d", "no (?:matter|way){1,3}+!", "(?:|x)y", "every (?:gift|cent|little bit)",
            "підтримайте нас", "支持我们|订阅"]


@pytest.mark.parametrize("pattern, expected", [
    ("read more", {("more", "read")}),
    ("(?:read|see) also", {("also", "read"), ("also", "see")}),
    ("colou?rs", {("colo",)}),
    ("\\d+ ?%", {("%",)}),
    ("\\d{1,3}", {()}),
    ("(?:foo|\\d)", {()}),
    ("(?:foo|foobar) x", {("foo",)}),  # what the longer one needs the shorter one needs, too
    ("支持(?:我们|他们)", {("我们", "支持"), ("他们", "支持")}),
])
def test_ways(pattern: str, expected: set[tuple[str, ...]]) -> None:
    assert set(ways(pattern)) == expected


@pytest.mark.parametrize("pattern, expected", [
    ("read more", ("read more",)),
    ("(?:please )?(?:read|see)\\b.{0,9}", ("please read", "please see", "read", "see")),
    ("colou?rs", ("colors", "colours")),
    ("a{0,3}b", ("a", "b")),
    ("a{2}b", ("a",)),
    ("(?:foo|foobar) x", ("foo x", "foobar x")),
    ("(?:foo|foobar)", ("foo",)),  # what begins with the longer one begins with the shorter one, too
    ("[ab]c\\d", ("ac", "bc")),
    ("\\d{1,3}", ("",)),
    ("(?:foo|\\d)", ("",)),
    ("(?i)foo", ("",)),
])
def test_openings(pattern: str, expected: tuple[str, ...]) -> None:
    assert openings(pattern) == expected


def test_of_many_openings_fewer_letters_are_kept() -> None:
    assert openings("|".join(f"wo{a}{b}{c}" for a in "abcd" for b in "efgh" for c in "ijkl")) == tuple(
        f"wo{a}{b}" for a in "abcd" for b in "efgh")


def _matching(pattern: str) -> st.SearchStrategy[tuple[str, str]]:
    return st.tuples(st.just(pattern), st.from_regex(pattern, fullmatch=True))


@given(st.sampled_from(PATTERNS).flatmap(_matching))
def test_what_matches_holds_all_words_of_a_way_and_begins_as_told(case: tuple[str, str]) -> None:
    pattern, text = case
    assume(re.fullmatch(pattern, text))
    assert any(all(word in text.casefold() for word in way) for way in ways(pattern))
    assert (lines := few(pattern)) is None or text in lines
    assert text.startswith(openings(pattern))


@pytest.mark.parametrize("pattern, expected", [
    ("a|b", ["a", "b"]),
    ("(?:(?:a|b)|c(?:d|e))", ["a", "b", "c(?:d|e)"]),
    ("(?:a)(?:b|c)", ["(?:a)(?:b|c)"]),
    ("(?:a|b){1,3}|", ["(?:a|b){1,3}", ""]),
    (r"[|]|[]|]|[^]|]|[\]|]|\||\(|x", ["[|]", "[]|]", "[^]|]", r"[\]|]", r"\|", r"\(", "x"]),
    ("(?i)a|b", ["(?i)a|b"]),
])
def test_branches(pattern: str, expected: list[str]) -> None:
    assert branches(pattern) == expected


@given(st.sampled_from(PATTERNS).flatmap(_matching), st.sampled_from(PATTERNS))
def test_a_pattern_matches_what_a_branch_of_it_matches(case: tuple[str, str], other: str) -> None:
    for pattern in (case[0], other, f"{other}|{case[0]}", f"(?:{case[0]}|(?:{other}))"):
        for text in (case[1], f"a {case[1]} b"):
            for matches in (re.fullmatch, re.match, re.search):
                assert bool(matches(pattern, text)) == any(matches(branch, text) for branch in branches(pattern))


def test_slow_patterns_are_named() -> None:
    assert slow("a{1,9}b{1,9}") is None
    assert "must have an end" in (slow("a+") or "")
    assert "possessive" in (slow("(?:a{1,3}b){1,9}") or "")
