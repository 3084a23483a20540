"""What a pattern says without being run holds for whatever it matches."""
from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dedup.boilerplate.pattern import few, slow, ways

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


def _matching(pattern: str) -> st.SearchStrategy[tuple[str, str]]:
    return st.tuples(st.just(pattern), st.from_regex(pattern, fullmatch=True))


@given(st.sampled_from(PATTERNS).flatmap(_matching))
def test_what_matches_holds_all_words_of_a_way(case: tuple[str, str]) -> None:
    pattern, text = case
    assume(re.fullmatch(pattern, text))
    assert any(all(word in text.casefold() for word in way) for way in ways(pattern))
    assert (lines := few(pattern)) is None or text in lines


def test_slow_patterns_are_named() -> None:
    assert slow("a{1,9}b{1,9}") is None
    assert "must have an end" in (slow("a+") or "")
    assert "possessive" in (slow("(?:a{1,3}b){1,9}") or "")
