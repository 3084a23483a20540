"""What is looked up by its beginning or its words, or screened in arrays, is what trying every rule would find."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import arrays
from dedup.blocks import split
from dedup.boilerplate import cues, strip
from dedup.boilerplate.form import Lines, normal
from dedup.boilerplate.hashes import LONG
from dedup.boilerplate.lexicon import LINE, Lexicon, Told, lexicons, unquoted
from dedup.boilerplate.screen import SHORT, Screen

CASES = Path(__file__).parent / "cases" / "boilerplate"
RULES = cues.load()
LANGUAGES = ("en", "de", "ru", "zh")


def read(lang: str, name: str) -> list:
    found: list = json.loads((CASES / lang / f"{name}.json").read_text("utf-8"))
    return found


LINES = {lang: [line for name in ("cues", "traps") for case in read(lang, name) for line in case["lines"]] for lang in LANGUAGES}
PARAGRAPHS = {lang: [line for article in read(lang, "articles") for line in article] for lang in LANGUAGES}
GLUE = st.sampled_from([" ", "  ", '"', ' "', '" ', "\u201c", "\u00a0", "\u00ad", " [x](y) ", "*", "", ", "])


def mixed(lang: str) -> st.SearchStrategy[str]:
    """Lines of furniture and paragraphs, run together with signs that come off or bring words together."""
    part = st.sampled_from(LINES[lang]) | st.sampled_from(PARAGRAPHS[lang]) | st.sampled_from(LINES["en"])
    return st.lists(st.tuples(part, GLUE), min_size=1, max_size=4).map(lambda parts: "".join(map("".join, parts)).strip())


def every(words: Lexicon, text: str) -> set[str]:
    """The rules that match a text when each is tried."""
    line, size = normal(text), text.count(" ") + 1
    return {rule.id for rule in words.rules if size <= rule.words and any(
        branch.matches(unquoted(line) if rule.anchor == "phrase" else line, rule.anchor) for branch in rule.branches)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_looked_up_is_what_every_rule_says(lang: str) -> None:
    words = lexicons(RULES, [""], [lang], frozenset())[0]

    @settings(deadline=None, max_examples=60)
    @given(mixed(lang))
    def check(text: str) -> None:
        looked = {rule.id for rule, branch in words.watch.branches(normal(text), text.count(" ") + 1)
                  if branch.matches(unquoted(normal(text)) if rule.anchor == "phrase" else normal(text), rule.anchor)}
        assert looked == every(words, text)
        told = Told(words)
        words.known.clear()
        words.tell([text], told)
        assert told[text].hits == words._said(text).hits and told[text].credit == words._said(text).credit

    check()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(LANGUAGES).flatmap(lambda lang: st.lists(mixed(lang), max_size=8)), min_size=1, max_size=4))
def test_articles_judged_together_are_judged_as_alone(articles: list[list[str]]) -> None:
    texts = ["\n".join(lines) for lines in articles]
    given = [strip.Given(text, split(text)) for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "at_hand", lambda: False)  # as in a hook, where nothing has imported NumPy
        alone = [strip.judge(text, split(text), RULES) for text in texts]
    assert strip.judge_all(given, RULES) == alone


def test_few_rules_are_asked_about_a_long_paragraph() -> None:
    words = lexicons(RULES, [""], ["en"], frozenset())[0]
    long = [normal(line) for line in PARAGRAPHS["en"] if len(line) > LINE and line.count(" ") >= SHORT]
    screen = Screen([rule for rule in words.rules if rule.words > SHORT])
    asked = screen.branches(Lines.joined(long), np.full(len(long), SHORT + 1))
    assert len(asked) < .3 * len(long)
    assert sum(map(len, asked.values())) < len(long)


@given(st.lists(st.text("ab\u20ac\U0001f600 ", max_size=40), max_size=9),
       st.sampled_from(["ab ba", "a", "ba", "\u20aca", "\u20acabab", "b" * 17, "aab"]), st.sampled_from([SHORT, 99]))
def test_a_screen_finds_every_line_with_a_key(lines: list[str], key: str, most: int) -> None:
    rule = cues.Rule("x", "nav", "phrase", 1, "line", "any", most, (cues.Branch(key, ((),), (key,)),), frozenset())
    screen = Screen([rule])
    assert not screen.blind
    asked = screen.branches(Lines.joined(lines), np.ones(len(lines), int))
    sought = key.encode()[:LONG]  # of a longer key only so much is asked for
    assert sorted(asked) == [at for at, line in enumerate(lines) if sought in line.encode()]
    assert all(one == (rule, rule.branches[0]) for some in asked.values() for one in some)
