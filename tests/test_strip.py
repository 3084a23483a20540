"""Judging blocks: cases in eleven languages, laws that hold for any text, and how evidence from outside weighs."""
from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.article import cut
from dedup.blocks import split
from dedup.boilerplate import cues, strip

CASES = Path(__file__).parent / "cases" / "boilerplate"
LANGUAGES = sorted(path.name for path in CASES.iterdir())
RULES = cues.load()


def read(lang: str, name: str) -> Any:
    return json.loads((CASES / lang / f"{name}.json").read_text("utf-8"))


def placed(article: list[str], place: str, lines: list[str], gap: str = "\n") -> str:
    if place == "all":
        return gap.join(lines)
    at = {"head": 0, "middle": len(article) // 2, "tail": len(article)}[place]
    return gap.join([*article[:at], *lines, *article[at:]])


def stripped(text: str, **more: Any) -> str:
    return cut(text, strip.removed(strip.judge(text, split(text), RULES, **more)))


def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_cues_go_and_the_article_stays(lang: str) -> None:
    articles = read(lang, "articles")
    wanted, gone = 0, 0
    left = []
    for number, case in enumerate(read(lang, "cues")):
        article = articles[number % len(articles)]
        text = placed(article, case["place"], case["lines"], "\n\n" if number % 3 else "\n")
        kept = lines_of(stripped(text, lang=lang if number % 2 else None))
        assert [line for line in article if line not in kept] == [], case
        wanted += len(case["lines"])
        gone += len(case["lines"]) - sum(line in kept for line in case["lines"])
        left += [line for line in case["lines"] if line in kept]
    assert gone >= .85 * wanted, left


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_taken_from_a_trap(lang: str) -> None:
    articles = read(lang, "articles")
    lost = []
    for case in read(lang, "traps"):
        for article in articles:
            text = placed(article, case["place"], case["lines"])
            kept = stripped(text)
            if kept != text:
                lost.append((case["about"], [line for line in lines_of(text) if line not in lines_of(kept)]))
    assert lost == []


def test_there_are_enough_cases() -> None:
    for name in ("cues", "traps"):
        assert sum(len(read(lang, name)) for lang in LANGUAGES) >= 300
