"""What is screened in one pass is what trying every rule would find."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.blocks import split
from dedup.boilerplate import cues, strip
from dedup.boilerplate.form import normal, size
from dedup.boilerplate.lexicon import Told, lexicons, unquoted
from dedup.boilerplate.screen import Screen

CASES = Path(__file__).parent / "cases" / "boilerplate"
RULES = cues.load()
LANGUAGES = ("en", "de", "ru", "zh")


def read(lang: str, name: str) -> list:
    found: list = json.loads((CASES / lang / f"{name}.json").read_text("utf-8"))
    return found


LINES = {lang: [line for name in ("cues", "traps") for case in read(lang, name) for line in case["lines"]] for lang in LANGUAGES}
PARAGRAPHS = {lang: [line for article in read(lang, "articles") for line in article] for lang in LANGUAGES}
GLUE = st.sampled_from([" ", "  ", '"', ' "', '" ', "\u201c", "\u00a0", "\u00ad", " [x](y) ", "*", "", ", ", "\ud800"])


def mixed(lang: str) -> st.SearchStrategy[str]:
    """Lines of furniture and paragraphs, run together with signs that come off or bring words together."""
    part = st.sampled_from(LINES[lang]) | st.sampled_from(PARAGRAPHS[lang]) | st.sampled_from(LINES["en"])
    return st.lists(st.tuples(part, GLUE), min_size=1, max_size=4).map(lambda parts: "".join(map("".join, parts)).strip())


def every(lang: str, text: str) -> set[str]:
    """The rules that match a text when each is tried."""
    line = normal(text)
    return {rule.id for code in {"any", "en", lang} for rule in RULES.language(code).rules
            if size(line if rule.anchor == "line" else text) <= rule.words
            and rule.matches(unquoted(line) if rule.anchor == "phrase" else line)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_screened_is_what_every_rule_says(lang: str) -> None:
    words = lexicons(RULES, [""], [lang], frozenset())[0]

    @settings(deadline=None, max_examples=60)
    @given(mixed(lang))
    def check(text: str) -> None:
        credits = {rule.id for code in ("any", "en", lang) for rule in RULES.language(code).rules if rule.kind == "credit"}
        expected = every(lang, text[:400])
        for _ in ("anew", "remembered"):
            told = Told(words)
            words.tell([text[:400]], told)
            said = told[text[:400]]
            assert {rule.id for rule in said.hits} in (expected - credits, set())
            assert bool(said.hits) or not expected or bool(expected & credits)
            assert said.credit or not expected & credits
            assert (text[:400] in told.cued) == bool(said.hits)

    check()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(LANGUAGES).flatmap(lambda lang: st.lists(mixed(lang), max_size=8)), min_size=1, max_size=4))
def test_articles_judged_together_are_judged_as_alone(articles: list[list[str]]) -> None:
    texts = ["\n".join(lines) for lines in articles]
    given = [strip.Given(text, split(text)) for text in texts]
    assert strip.judge_all(given, RULES) == [strip.judge(text, split(text), RULES) for text in texts]


def test_few_paragraphs_are_looked_at_closely() -> None:
    screen = RULES.watched(("any", "en"))[0].screen
    lines = [normal(line) for line in PARAGRAPHS["en"] if len(line) > 100]
    assert len(list(filter(None, map(screen, lines)))) < .1 * len(lines)


@pytest.mark.parametrize("anchor, found", [
    ("line", ["read more"]), ("start", ["read more", "read more here"]), ("end", ["read more", "please read more"]),
    ("phrase", ["read more", "read more here", "please read more", "to read more of it"])])
def test_where_a_pattern_may_stand(anchor: str, found: list[str]) -> None:
    screen = Screen([("nothing", "line"), ("read more", anchor), ("nothing", "phrase")])
    lines = ["read more", "read more here", "please read more", "to read more of it", "read", ""]
    assert {line for line in lines if screen(line) == [1]} == set(found)
    assert all(screen(line) in ([], [1]) for line in lines)


def test_a_screen_of_nothing_finds_nothing() -> None:
    assert Screen([])("anything") == []


def test_what_re2_cannot_read_is_told() -> None:
    with pytest.raises(ValueError, match="RE2 cannot read"):
        Screen([(r"(a)(?=b)", "line")])
