"""Arrays of any size: in files instead of memory, in the narrowest type."""
from __future__ import annotations

import gc
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.arrays import Pile, mapped, narrow


@given(st.lists(st.lists(st.integers(0, 255), max_size=12), max_size=6), st.sampled_from([1, 2, 3]))
def test_a_pile_holds_what_was_put_on_it(pieces, columns):
    pieces = [piece[:len(piece) // columns * columns] for piece in pieces]
    pile = Pile()
    shape = (-1,) if columns == 1 else (-1, columns)
    for piece in [[], *pieces]:
        pile.add(np.array(piece, np.uint16).reshape(shape))
    rows = pile.rows()
    assert rows.dtype == np.uint16 and rows.shape[1:] == shape[1:]
    assert rows.ravel().tolist() == sum(pieces, [])


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only Linux lists open files")
def test_a_pile_leaves_no_open_file():
    before = len(os.listdir("/proc/self/fd"))
    rows = mapped(np.arange(5))
    del rows
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("count, wanted", [(0, np.int32), (1 << 31, np.int32), ((1 << 31) + 1, np.int64)])
def test_the_narrowest_type_holds_the_largest_number(count, wanted):
    assert narrow(count) is wanted and np.iinfo(wanted).max >= count - 1
