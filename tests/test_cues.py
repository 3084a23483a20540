"""Cue rules: the packaged ones keep their word on their own examples, bad files are refused with rule and reason."""
from __future__ import annotations

import time
from pathlib import Path

import pytest

from dedup.blocks import split
from dedup.boilerplate import cues, strip
from dedup.boilerplate.form import normal
from dedup.boilerplate.lexicon import languages, unquoted
from dedup.boilerplate.screen import Screen
from dedup.errors import ConfigError

RULES = cues.load()
PARSED = [cues.parse(name, data, name.removesuffix(".toml")) for name, data in RULES.sources]
PACKAGED = [rule for language in PARSED for rule in language.rules]


@pytest.mark.parametrize("rule", PACKAGED, ids=lambda rule: rule.id)
def test_examples_match_and_counterexamples_do_not(rule: cues.Rule) -> None:
    assert rule.examples and len(rule.counterexamples) >= len(rule.examples)
    for example in rule.examples:
        line = normal(example)
        assert rule.matches(line), example
        assert len(line.split()) <= rule.words, example
    for example in rule.counterexamples:
        assert not rule.matches(normal(example)), example


@pytest.mark.parametrize("rule", PACKAGED, ids=lambda rule: rule.id)
def test_a_line_that_matches_is_looked_at(rule: cues.Rule) -> None:
    screen = Screen([("nothing", "phrase"), (rule.pattern, rule.anchor)])
    for example in rule.examples:
        for line in map(normal, (example, f"({example})", f"Zwölf {example}, нет", f"**{example}**", f'{example} "ja"')):
            spoken = unquoted(line) if rule.anchor == "phrase" else line
            assert screen(spoken) == [1] or not rule.matches(spoken), line


def test_ids_are_unique() -> None:
    ids = [rule.id for rule in PACKAGED]
    assert len(ids) == len(set(ids))


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = "[[rule]]\nid = 'own.one'\nclass = 'related'\nweight = 6\npattern = 'my widget'\n"


def test_own_rules_and_allow_list(tmp_path: Path) -> None:
    rules = cues.load([_write(tmp_path, "allow = ['our privacy policy']\n" + GOOD)])
    assert [rule.id for language in rules.own for rule in language.rules] == ["own.one"]
    assert rules.allowed[0].fullmatch("our privacy policy")
    assert rules.version != RULES.version == cues.load().version


@pytest.mark.parametrize("text, reason", [
    ("[[rule", "not a TOML file"),
    ("[rules]\n", "unknown table 'rules'"),
    (GOOD + "weigth = 3\n", "'own.one': unknown field 'weigth'"),
    (GOOD.replace("6", "'6'"), "'own.one': weight must be int"),
    (GOOD.replace("weight = 6", "weight = 60"), "weight must be from 1 to 10"),
    (GOOD.replace("class = 'related'\n", ""), "'own.one': class is missing"),
    (GOOD.replace("id = 'own.one'\n", ""), "rule 1: id is missing"),
    (GOOD + "anchor = 'middle'\n", "anchor 'middle' is not one of"),
    (GOOD.replace("my widget", "my (widget"), "bad pattern"),
    (GOOD.replace("my widget", "my .*widget"), "repeats must have an end"),
    (GOOD.replace("my widget", "(?:a{1,9}b?){1,9}"), "a repeat inside a repeat"),
    (GOOD.replace("my widget", r"(a)\1"), "back-references"),
    (GOOD.replace("own.one", "en.share.line"), "'en.share.line': this id stands in en.toml already"),
    (GOOD + GOOD, "'own.one': this id stands in"),
    ("allow = ['(']\n", "allow: '(': missing )"),
    ("allow = ['fine', '.*never']\n", "allow: '.*never': repeats must have an end"),
    ("allow = ['(?:a{1,9}b?){1,9}']\n", "a repeat inside a repeat"),
    ("allow = ['a{1,9}b{1,9}c{1,9}d{1,9}e{1,9}']\n", "more than four wide repeats"),
    ("allow = [3]\n", "allow: 3: "),
])
def test_bad_rule_files_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        cues.load([path])
    assert "own.toml" in str(error.value) and reason in str(error.value)


def test_patterns_of_an_allow_list_take_linear_time(tmp_path: Path) -> None:
    rules = cues.load([_write(tmp_path, "allow = ['our .{1,60} and .{1,60} of .{1,60}', '(?:free ?){1,9}+ entry']\n")])
    seconds = []
    for size in (100_000, 1_000_000):
        for line in ("our and of " * size, "free " * size):
            start = time.process_time()
            strip.judge(text := line[:size], split(text), rules, lang="en")
            seconds.append(time.process_time() - start)
    assert max(seconds) < 1


def test_missing_rule_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere.toml"):
        cues.load([tmp_path / "nowhere.toml"])


@pytest.mark.parametrize("text, code", [
    ("これはひらがなだけのぶんです", "ja"), ("港湾局は木曜日に桟橋を閉鎖した", "ja"), ("港口管理局周四关闭了北码头", "zh"),
    ("أغلق الميناء الرصيف الشمالي", "ar"), ("Порт закрыл северный причал", "ru")])
def test_a_script_tells_the_language(text: str, code: str) -> None:
    assert code in languages(cues.load(), [text], [None])[0]
