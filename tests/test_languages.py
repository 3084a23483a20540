"""Stop words counted in arrays are those that are counted one by one, whatever else a text holds."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.boilerplate import cues, languages, lexicon

TOLD = languages._data().told
WORDS = sorted({word for code in TOLD for word in languages.stopwords(code)})
ODD = ["Storm", "THE", "straße", "\x00", "é", "日本", "Ǆ", "the\x00", "notwithstandingly", "notwithstanding" * 2, "\ud800"]
GAPS = [*filter(str.isspace, map(chr, range(0x110000))), " \t"]
WORDS_OF_ALL = st.sampled_from(WORDS) | st.sampled_from(ODD) | st.text(max_size=5)
LINES = st.tuples(st.sampled_from(GAPS), st.lists(WORDS_OF_ALL, max_size=40)
                  ).map(lambda one: one[0].join(one[1]))


@given(st.lists(LINES, min_size=1, max_size=40))
def test_words_are_counted_together_as_alone(samples: list[str]) -> None:
    assert languages.counted(samples) == languages.counts(samples)


@given(st.lists(LINES, max_size=20))
def test_a_text_is_of_the_languages_that_it_is_of_by_itself(samples: list[str]) -> None:
    together = languages.likely(samples)
    assert together == {sample: languages.likely([sample])[sample] for sample in samples}


def test_a_sample_in_one_language_is_told_by_its_words() -> None:
    english = "They said that it was not the first time that the river had been over the wall of the old town."
    assert languages.likely([english])[english] == {"en"}


@pytest.mark.parametrize("text, codes", [
    ("Storm", ()), ("Мост закрыт", ()), ("جسر", ()), ("", ()), ("Γέφυρα", {"el"}), ("다리", {"ko"})])
def test_what_a_few_words_do_not_tell_is_left_open(text: str, codes: set[str]) -> None:
    assert languages.likely([text])[text] == set(codes)


@pytest.mark.parametrize("text, codes", [
    ("Storm", {code for code, scripts in languages._data().scripts_of.items() if "Latn" in scripts}),
    ("Мост закрыт", {"bg", "ru", "sr", "uk"}), ("جسر", {"ar", "fa"}), ("日本", {"zh"}), ("みなと", {"ja"})])
def test_the_script_says_which_languages_a_text_may_be_in(text: str, codes: set[str]) -> None:
    assert languages.written(text) == codes


ARTICLES = {path.name: "\n".join(sum(json.loads((path / "articles.json").read_text("utf-8")), []))
            for path in sorted((Path(__file__).parent / "cases" / "boilerplate").iterdir())}


@pytest.mark.parametrize("code", ARTICLES)
def test_an_article_is_told_by_its_words_whatever_is_said_of_it(code: str) -> None:
    rules = cues.load()
    for said in (None, code, "en", "xx", "fr-CA", "ja"):
        found = set(lexicon.languages(rules, [ARTICLES[code]], [said])[0]) - {"any", "en"}
        assert code == "en" or code in found and len(found) <= 3, said
        assert "ja" not in found or code == "ja"


@pytest.mark.parametrize("main, other", [("de", "es"), ("sv", "fi"), ("en", "tr"), ("ru", "el")])
def test_a_page_whose_end_is_in_another_language_is_in_both(main: str, other: str) -> None:
    text = 5 * f"{ARTICLES[main]}\n" + ARTICLES[other]
    assert {main, other} <= set(lexicon.languages(cues.load(), [text], [main])[0])


def test_no_stop_word_is_longer_than_what_is_compared_of_it() -> None:
    assert max(len(word.encode()) for word in WORDS) <= languages.LONG
