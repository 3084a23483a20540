"""Compiled twins in use, or not, for a while."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dedup.boilerplate import compiled


@contextmanager
def in_use(twins: bool) -> Iterator[None]:
    """What is told within is told by the compiled twins, or by what they are twins of."""
    if twins:
        pytest.importorskip("numba")
    before = compiled.at_hand()
    compiled.use("numba" if twins else "numpy")
    try:
        yield
    finally:
        compiled.use("numba" if before else "numpy")
