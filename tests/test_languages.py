"""Stop words counted in arrays are those that are counted one by one, whatever else a text holds."""
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dedup.boilerplate import languages

WORDS = sorted({word for code in languages.LATIN for word in languages.stopwords(code)})
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
    assert languages.likely(["Storm"])["Storm"] == set(languages.LATIN)
    assert languages.likely(["Мост закрыт"])["Мост закрыт"] == {"ru", "uk"}


def test_no_stop_word_is_longer_than_what_is_compared_of_it() -> None:
    assert max(len(word.encode()) for word in WORDS) <= languages.LONG
