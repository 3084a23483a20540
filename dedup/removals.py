"""What was removed, by the rule or block that decided: in which articles, and examples of it."""
from __future__ import annotations

from array import array
from collections.abc import Callable

from dedup.article import Boilerplate, Example, Span
from dedup.patterns import lazy

EXAMPLES = 5  # of each rule or block, of different words
LENGTH = 200  # code points of the example that is shown in a list
_BLOCK = lazy(r"[0-9a-f]{12}")  # the key of a recurrent block, where a rule has a name with dots


class _Row:
    """What one rule or block removed so far."""

    def __init__(self) -> None:
        self.where, self.characters = array("I"), 0
        self.examples: dict[str, Example] = {}  # by their words

    def add(self, article: int, start: int, end: int, text_of: Callable[[int], str]) -> None:
        if not self.where or self.where[-1] != article:
            self.where.append(article)
            if len(self.examples) < EXAMPLES:
                self.examples.setdefault(" ".join(text_of(article)[start:end].split()), Example(article, start, end))
        self.characters += end - start


def listed(articles: int, text_of: Callable[[int], str],
           removed_of: Callable[[int], tuple[Span, ...]]) -> tuple[tuple[Boilerplate, ...], int]:
    """What was removed of articles 0..n-1 by rule or block, most articles first; and how many characters in all."""
    rows: dict[tuple[str, str], _Row] = {}  # by rule and class
    for article in range(articles):
        for start, end, kind, rule, _ in removed_of(article):
            rows.setdefault((rule, kind), _Row()).add(article, start, end, text_of)
    found = [Boilerplate("block" if _BLOCK.fullmatch(rule) else "rule", rule, kind, len(row.where), row.characters,
                         next(iter(row.examples))[:LENGTH], row.where, tuple(row.examples.values()))
             for (rule, kind), row in rows.items()]
    found.sort(key=lambda row: (-row.articles, -row.characters, row.key, row.cls))
    return tuple(found), sum(row.characters for row in found)
