"""Articles in thirty languages by a writer who knew neither rules nor code: how many lines of boilerplate go, how many of
content with them. `N.gold.tsv` says of each line whether it is boilerplate (B), content (C) or either (?).

The bounds are what is reached, to be raised; the lines are not to be looked at when rules are written.
"""
from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import dedup

CASES = Path(__file__).parent / "cases" / "blind_strip"
REMOVED, LOST = 0.64, 0.005  # at least this share of the boilerplate lines goes, at most that one of the content lines


def counts(language: Path, folder: Path) -> Counter[tuple[str, bool]]:
    """How many lines of each kind stay (True) or go (False) when the articles of a language are scanned together."""
    for article in language.glob("*.txt"):
        shutil.copy(article, folder)
    found: Counter[tuple[str, bool]] = Counter()
    for article in dedup.scan(folder, jobs=1):
        left = Counter(map(str.strip, article.text.split("\n")))
        gold = language / Path(article.path).with_suffix(".gold.tsv").name
        for row in gold.read_text("utf-8").splitlines():
            kind, _, line = row.partition("\t")
            found[kind, left[line.strip()] > 0] += 1
            left[line.strip()] -= 1
    return found


def test_lines_of_thirty_languages(tmp_path: Path) -> None:
    found: Counter[tuple[str, bool]] = Counter()
    languages = sorted(path for path in CASES.iterdir() if path.is_dir())
    for language in languages:
        (folder := tmp_path / language.name).mkdir()
        found += counts(language, folder)
    removed = found["B", False] / (found["B", False] + found["B", True])
    lost = found["C", False] / (found["C", False] + found["C", True])
    assert len(languages) == 30 and removed >= REMOVED and lost <= LOST, (removed, lost)
