"""Small folders of articles, each with the copies that a careful reader would join.

`cases/match` was looked at while the limits of `decision.py` were chosen: every case holds. `cases/blind_match` was written
by somebody who knew neither the code nor other cases, and only totals came back while choosing: its share is bounded.
"""
from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import dedup

CASES = Path(__file__).parent / "cases"
WANTED = re.compile(r"expected groups: (\[.*?\]) \(all")
BLIND = 0.9  # share of the blind cases that must hold


def listed(*lists: str) -> list[Path]:
    """The folders that lists (kind<TAB>folder) name, as far as their copies are told as groups."""
    rows = [(name, row) for name in lists for row in (CASES / name).read_text("utf-8").splitlines()]
    folders = [(CASES / name).parent / row.split("\t")[1] for name, row in rows if row and not row.startswith("#")]
    return [folder for folder in folders if WANTED.search((folder / "expected.txt").read_text("utf-8"))]


def wanted(folder: Path) -> set[frozenset[str]]:
    """The groups of ids that are copies of one article."""
    found = WANTED.search((folder / "expected.txt").read_text("utf-8"))
    assert found
    return {frozenset(group) for group in ast.literal_eval(found[1])}


def joined(folder: Path) -> set[frozenset[str]]:
    """The groups of ids that a scan joins."""
    result = dedup.scan(folder / "in", jobs=1).result
    return {frozenset(result.entries[member.article].id for member in cluster.members) for cluster in result.clusters}


@pytest.mark.parametrize("folder", listed("match/cases.tsv", "match/passing.tsv"), ids=lambda folder: folder.name)
def test_what_a_careful_reader_joins(folder: Path) -> None:
    assert joined(folder) == wanted(folder)


def test_cases_of_a_writer_who_knew_nothing_of_the_code() -> None:
    folders = listed("blind_match/cases.tsv")
    wrong = [folder.name for folder in folders if joined(folder) != wanted(folder)]
    assert len(folders) > 100 and len(wrong) <= (1 - BLIND) * len(folders), wrong
