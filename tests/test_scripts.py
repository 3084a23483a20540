"""Copies in fifteen scripts, hidden by noise that no reader sees, and other articles in each of them."""
import json
import unicodedata
from pathlib import Path

import pytest

from dedup.cli import main

STORIES = json.loads((Path(__file__).parent / "cases" / "scripts.json").read_text("utf-8"))
ENDS = ".。。।։።"
ZERO_WIDTH_SPACE, SOFT_HYPHEN = "\u200b", "\u00ad"


def decomposed(text):
    return unicodedata.normalize("NFD", text)


def spaced_unseen(text):
    return "".join(letter + (ZERO_WIDTH_SPACE, SOFT_HYPHEN, "")[at % 3] for at, letter in enumerate(text))


def shouted(text):
    return text.upper()


def quoted_otherwise(text):
    return "«" + text.replace(",", " ,").replace(" ", "\u00a0", 5) + "»"


def cut(text):
    """Without its last sentence, or the last fifth where sentences have no marks."""
    last = max(text.rstrip(ENDS).rfind(end) for end in ENDS)
    return text[:last + 1] if last > 0 else text[:len(text) * 4 // 5]


NOISE = (decomposed, spaced_unseen, shouted, quoted_otherwise, cut)


@pytest.mark.parametrize("noise", NOISE, ids=lambda noise: noise.__name__)
def test_a_copy_is_found_in_every_script_and_another_article_is_none(noise, tmp_path):
    records = []
    for script, (bridge, library) in STORIES.items():
        records += [(f"{script} bridge", bridge), (f"{script} copy", noise(bridge)), (f"{script} library", library)]
    source, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in records), "utf-8")
    assert main(["scan", str(source), "--annotate", str(out), "--isolated", "-q"]) == 0
    found = {}
    for line in out.read_text("utf-8").splitlines():
        record = json.loads(line)
        if record["dedup"]["cluster"]:
            found.setdefault(record["dedup"]["cluster"], set()).add(record["id"])
    assert sorted(map(sorted, found.values())) == sorted([f"{script} bridge", f"{script} copy"] for script in STORIES)


def test_the_scripts_are_what_they_are_called():
    assert len(STORIES) >= 12
    for script, texts in STORIES.items():
        wanted = {"Han": "CJK", "Kana": "HIRAGANA"}.get(script, script.upper())
        for text in texts:
            letters = [unicodedata.name(letter).split()[0] for letter in text if letter.isalpha()]
            assert letters.count(wanted) > .3 * len(letters), script
