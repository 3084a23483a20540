"""A slow pattern is told, and whatever a pattern matches its wider form matches too."""
from __future__ import annotations

import re

import pytest
import re2
from hypothesis import assume, given
from hypothesis import strategies as st

from dedup.boilerplate import cues
from dedup.boilerplate.pattern import slow, wider

PATTERNS = [
    "read more", "(?:sign up|subscribe)(?: now)? for (?:our|the) newsletters?", r"©|\(c\)", r"\d{1,2} comments?", "(?:|x)y",
    "(?:a|b)c{0,2}d", "no (?:matter|way){1,3}+!", "подд(?:ержите|ержка) нас", "支持我们|订阅", r"\w{2,30}+ (?:by|от)",
    r"[\w.' -]{1,30} on x\b", r"[^\W\d_]{1,9}\s?%", r"[^\w]{1,3}x", r"\S{1,80}@\S{1,20}", "[]a]b?", r"[^]\s]{,3}z", "(?>ab?)c",
    r"\u00e9t\U000000e9", r"[\u00e9\d]{2}", "(?i)foo", "a{2}b{3,}c{1,2}"]
RULES = cues.load()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_wider_form_matches_whatever_a_pattern_matches(pattern: str) -> None:
    wide = re2.compile(wider(pattern))

    @given(st.from_regex(pattern, fullmatch=True))
    def check(text: str) -> None:
        assume(re.fullmatch(pattern, text) and not re.search("[\ud800-\udfff]", text))
        assert wide.fullmatch(text)

    check()


@pytest.mark.parametrize("pattern, other", [
    ("read more", "read some more"), (r"\d{1,2} comments?", "no comments"), (r"[^\W\d_]{1,9}\s?%", "%"), ("[^a-z]{1,9}", "abc"),
    (r"\bfoo\b", "fo"), ("a{2}b", "ab"), (r"\w{2,30}+ by", "! by"), ("(?>ab?)c", "abb"), ("支持我们|订阅", "支持")])
def test_the_wider_form_does_not_match_everything(pattern: str, other: str) -> None:
    assert not re2.compile(wider(pattern)).search(other)


@pytest.mark.parametrize("code", RULES.codes)
def test_packaged_patterns_take_linear_time(code: str) -> None:
    assert [(rule.id, reason) for rule in RULES.language(code).rules if (reason := slow(rule.pattern))] == []


def test_slow() -> None:
    assert slow("a{1,9}b{1,9}") is None
    assert "must have an end" in (slow("a+") or "")
    assert "possessive" in (slow("(?:a{1,3}b){1,9}") or "")
    assert "look-around" in (slow("a(?=b)") or "")
