"""Temporary folders of a run: gone with what is kept in them, or at the latest with the command."""
from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

from dedup.workers import held_back

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

_made: ContextVar[list[str]] = ContextVar("_made")


def folder() -> TemporaryDirectory[str]:
    """A new folder, which lives as long as the object."""
    from tempfile import TemporaryDirectory

    with held_back():  # a signal would leave one that nobody knows of
        made = TemporaryDirectory(prefix="dedup-", ignore_cleanup_errors=True)
        with suppress(LookupError):  # of no command: a program that calls this one
            _made.get().append(made.name)
    return made


@contextmanager
def cleared() -> Iterator[None]:
    """Folders made in here are gone afterwards, whatever refers to them or stopped them from being removed."""
    token = _made.set([])
    try:
        yield
    finally:
        left = [name for name in _made.get() if os.path.exists(name)]
        _made.reset(token)
        if left:
            import shutil

            for name in left:
                shutil.rmtree(name, ignore_errors=True)
