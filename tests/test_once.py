"""What is worked out once."""
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dedup.once import Remembered


@given(st.lists(st.integers(0, 20)), st.integers(1, 5))
def test_answers_are_right_and_few(questions, most):
    known = Remembered[int, int](most)
    for question in questions:
        if question not in known:
            known[question] = -question
        assert known[question] == -question and len(known) <= most
