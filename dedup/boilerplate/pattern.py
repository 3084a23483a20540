"""Patterns of rules: whether one is slow, and its wider form for RE2, which looks for all rules of a language at once."""
from __future__ import annotations

import re
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from dedup.patterns import lazy

WIDEST = 80  # the widest repeat a pattern may have: with no repeat inside a repeat, matching is linear

_COUNTED = 2  # times up to which repeats are counted
_BEYOND = r"\x{80}-\x{10ffff}"  # what is not ASCII
_PART = lazy(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}\+?|[*+?]\+|\(\?>", re.DOTALL)
_WIDER = {r"\b": "", r"\B": "", r"\Z": r"\z", r"\w": f"[0-9A-Za-z_{_BEYOND}]", r"\d": f"[0-9{_BEYOND}]",
          r"\s": rf"[\s\x0b\x1c-\x1f{_BEYOND}]"}
_KINDS = lazy(r"\\[wWdDsS]")
_ESCAPED = lazy(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^\x00-\x7f]))")


def slow(pattern: str) -> str | None:
    """Why a pattern could need more than linear time, or None.

    Every repeat has an end, one inside another takes what it can and never gives back, and no path through the pattern
    meets more than four wide ones.
    """
    try:
        wide = _wide(parser.parse(pattern), 0)
    except ValueError as error:
        return str(error)
    return "more than four wide repeats (over {0,6}) in a row" if wide > 4 else None


def _wide(tree: Any, depth: int) -> int:
    """How many wide repeats the worst path meets."""
    count = 0
    for operator, argument in tree:
        if operator in (sre.GROUPREF, sre.GROUPREF_EXISTS, sre.ASSERT, sre.ASSERT_NOT):
            raise ValueError("back-references and look-around are not allowed")
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            most = int(argument[1])
            if most > WIDEST:
                raise ValueError(f"repeats must have an end, at most {{0,{WIDEST}}}")
            if depth and most > 1 and operator is not sre.POSSESSIVE_REPEAT:
                raise ValueError("a repeat inside a repeat must be possessive, like {0,9}+")
            count += (most > 6 and operator is not sre.POSSESSIVE_REPEAT) + _wide(argument[2], depth + (most > 1))
        elif operator is sre.BRANCH:
            count += max(_wide(branch, depth) for branch in argument[1])
        elif operator is sre.SUBPATTERN:
            count += _wide(argument[3], depth)
        elif operator is sre.ATOMIC_GROUP:
            count += _wide(argument, depth)
    return count


def wider(pattern: str) -> str:
    """A pattern for RE2 that matches all that this one matches, and as a rule little more.

    Word boundaries are left out, which RE2 has for ASCII only; letters, figures and blanks beyond ASCII are not told apart;
    a repeat may go on without end: an automaton that counts to 80 has thousands of states.
    """
    return _PART.sub(_wider, pattern)


def _wider(part: re.Match[str]) -> str:
    sign = part.group()
    if sign[0] == "[":
        return _wider_set(sign)
    if sign[0] == "{":
        least, comma, most = sign.rstrip("+")[1:-1].partition(",")
        if not (least or most):
            return sign  # no repeat
        if comma and (not most or int(most) > _COUNTED):
            return "+" if int(least or 0) else "*"
        return f"{{{least or 0}{comma}{most}}}"
    if sign == "(?>":
        return "(?:"
    if sign[0] in "*+?":
        return sign[0]
    return _WIDER[sign] if sign in _WIDER else _spelt(sign)


def _wider_set(sign: str) -> str:
    """A set of letters: one of what is not meant loses its kinds of letters, any other has those beyond ASCII with them."""
    if sign.startswith("[^"):
        rest = _KINDS.sub("", sign)
        return _spelt(rest) if rest != "[^]" else "(?s:.)"
    return _spelt(_KINDS.sub(lambda kind: _WIDER.get(kind.group(), f"[{kind.group()}]")[1:-1], sign))


def _spelt(text: str) -> str:
    r"""With \x{…} for \u…, and without a backslash before what is not ASCII."""
    return _ESCAPED.sub(lambda sign: sign[3] or f"\\x{{{sign[1] or sign[2]}}}", text)
