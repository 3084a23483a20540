"""The Python interface gives what the command line gives."""
from pathlib import Path

import pytest

import dedup

SAMPLES = Path(__file__).parent.parent / "samples"


def test_scan_gives_clusters_and_texts():
    result = dedup.scan(SAMPLES / "estuary", jobs=1)
    assert result.summary["articles"] == len(list((SAMPLES / "estuary").iterdir()))
    [cluster] = result.clusters
    assert {result.entries[member.article].id for member in cluster.members} == {
        "bridge.txt", "bridge-cut.txt", "bridge-scraped.md"}


def test_settings_are_checked():
    with pytest.raises(dedup.DedupError, match="did you mean 'threshold'"):
        dedup.scan(SAMPLES, treshold=0.5)


def test_strip_gives_text_and_spans():
    text = (SAMPLES / "estuary" / "bridge-scraped.md").read_text("utf-8")
    stripped = dedup.strip(text)
    assert len(stripped.text) < len(text) and stripped.removed
    assert dedup.strip(stripped.text) == (stripped.text, ())


def test_a_text_without_boilerplate_is_left_alone():
    text = "The council met on Tuesday. It voted to repair the bridge, said its chair, Ada Lund.\n"
    assert dedup.strip(text) == (text, ())
