"""Regular expressions that are compiled when they are first used.

The package holds a hundred. A commit hook needs a few of them, and would wait longer for all than for its answer.
"""
from __future__ import annotations

import re
from typing import Any, AnyStr, Generic, cast


class _Lazy(Generic[AnyStr]):
    """Looks like the compiled pattern, and costs no more from the second use of a method on."""

    def __init__(self, *arguments: Any) -> None:
        self._arguments = arguments

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._arguments), name)
        setattr(self, name, found)
        return found


def lazy(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """The pattern, to be called like `re.compile`."""
    return cast("re.Pattern[AnyStr]", _Lazy(pattern, flags))
