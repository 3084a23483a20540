"""Which of many patterns may match a line, told for all of them in one pass: by RE2, in time linear in the line."""
from __future__ import annotations

from collections.abc import Iterable

from dedup.boilerplate.pattern import wider
from dedup.patterns import lazy

_FORMS = {"line": r"(?:%s)\z", "start": "(?:%s)", "end": r"(?:%s)\z", "phrase": "(?:%s)"}
_MEMORY = 48 << 20  # bytes that the states of one automaton may take; when they are full it begins anew
_SURROGATES = lazy("[\ud800-\udfff]")


class Screen:
    """Some patterns by their anchors, in two automata: those that begin with the line, and those that stand anywhere."""

    def __init__(self, patterns: Iterable[tuple[str, str]]) -> None:
        """`patterns`: (pattern, anchor) of each. ValueError for one that RE2 cannot read."""
        import re2

        options = re2.Options()
        options.max_mem, options.never_capture, options.log_errors = _MEMORY, True, False
        first, anywhere = re2.Set.MatchSet(options), re2.Set.SearchSet(options)
        self._sets = []
        numbers: dict[bool, list[int]] = {True: [], False: []}
        for number, (pattern, anchor) in enumerate(patterns):
            begins = anchor in ("line", "start")
            try:
                (first if begins else anywhere).Add(_FORMS[anchor] % wider(pattern))
            except re2.error as error:
                raise ValueError(f"RE2 cannot read {pattern!r}") from error
            numbers[begins].append(number)
        for one, some in (first, numbers[True]), (anywhere, numbers[False]):
            if some:
                one.Compile()
                self._sets.append((one.Match, some))

    def __call__(self, line: str) -> list[int]:
        """The numbers of the patterns that may match a line."""
        try:
            data = line.encode()
        except UnicodeEncodeError:
            data = _SURROGATES.sub("\ufffd", line).encode()
        found = list[int]()
        for match, numbers in self._sets:
            if some := match(data):
                found += map(numbers.__getitem__, some)
        return found
