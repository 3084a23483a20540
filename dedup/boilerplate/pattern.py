"""What a pattern says without being run: whether it is slow, what stands in all it matches, how that begins, what it is."""
from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

FEW = 1500  # lines that a pattern may stand for to be kept as a list of them
WIDEST = 80  # the widest repeat a pattern may have: with no repeat inside a repeat, matching is linear
MANY = 300  # ways that a sequence may multiply to
SHORTEST = 3  # letters of an ASCII word that tells something
SEVERAL = 40  # beginnings of one pattern that are kept apart if fewer letters of them would do
LONG = 12  # letters of a beginning

Way = frozenset[str]
_SIGN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)  # what is escaped, and a set of letters, is one


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


def ways(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Ways to match a pattern: whatever it matches holds all the words of one of them, the most telling word first.

    A word is a run of letters, or a sign, of the pattern; it may stand inside a word of the text. ((),) when nothing is
    certain.
    """
    found = {_telling(way) for way in _ways(parser.parse(pattern))}
    least = [way for way in found if not any(other < way for other in found)]
    return tuple(sorted(tuple(sorted(way, key=lambda word: (not word.isalpha(), -len(word), word))) for way in least))


def _ways(tree: Any) -> list[Way]:
    """The ways of a sequence; [frozenset()] when nothing is certain."""
    made: list[Way] = [frozenset()]
    run = ""
    for operator, argument in [*tree, (None, None)]:
        letter = chr(argument) if operator is sre.LITERAL else ""
        if letter.isalpha():
            run += letter.casefold()
            continue
        if run:
            made = _both(made, [frozenset([run])])
            run = ""
        if letter and not letter.isalnum() and not letter.isspace():
            made = _both(made, [frozenset([letter])])
        elif operator in (sre.SUBPATTERN, sre.ATOMIC_GROUP):
            made = _both(made, _ways(argument[3] if operator is sre.SUBPATTERN else argument))
        elif operator is sre.BRANCH:
            either = list(dict.fromkeys(way for branch in argument[1] for way in _ways(branch)))
            made = _both(made, either if all(either) else [frozenset()])
        elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT) and argument[0]:
            made = _both(made, _ways(argument[2]))
    return made


def _both(first: list[Way], second: list[Way]) -> list[Way]:
    """Ways to have one of the first and one of the second; of too many, those of the side that tells more."""
    if len(first) * len(second) <= MANY:
        return list(dict.fromkeys(one | other for one, other in product(first, second)))
    return max(first, second, key=lambda side: (min(_length(way) for way in side), -len(side)))


def _length(words: Iterable[str]) -> int:
    return max((len(word) for word in words if word.isalpha()), default=0)


def telling(word: str) -> bool:
    """Whether a word does not stand in every line."""
    return len(word) >= SHORTEST or not word.isascii()


def _telling(way: Way) -> Way:
    """Without the words that tell nothing, as long as there are others."""
    return frozenset(filter(telling, way)) or way


def openings(pattern: str) -> tuple[str, ...]:
    """How the texts begin that a pattern matches: each begins with one of these. ("",) when nothing is certain."""
    tree = parser.parse(pattern)
    if tree.state.flags & ~int(re.UNICODE):
        return ("",)
    ended, going = _begun({""}, tree)
    found = ended | going
    size = LONG
    while size > SHORTEST and len({text[:size] for text in found}) > SEVERAL:
        size -= 1
    found = {text[:size] for text in found}
    return tuple(sorted(text for text in found if not any(text[:end] in found for end in range(len(text)))))


def _begun(going: set[str], tree: Any) -> tuple[set[str], set[str]]:
    """Beginnings once a sequence has been added to each: those that nothing certain follows, and those that go on."""
    ended: set[str] = set()
    for operator, argument in tree:
        if operator is sre.LITERAL:
            going = {text + chr(argument) for text in going}
        elif operator is sre.IN and all(kind is sre.LITERAL for kind, _ in argument):
            going = {text + chr(value) for text in going for _, value in argument}
        elif operator in (sre.SUBPATTERN, sre.ATOMIC_GROUP):
            more, going = _begun(going, argument[3] if operator is sre.SUBPATTERN else argument)
            ended |= more
        elif operator is sre.BRANCH:
            parts = [_begun(going, branch) for branch in argument[1]]
            ended, going = ended.union(*(more for more, _ in parts)), set[str]().union(*(on for _, on in parts))
        elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            least, most, inner = argument
            more, once = _begun(going, inner)
            ended |= more | once if most > 1 else more
            going = (going if not least else set()) | (once if most == 1 else set())
        elif operator is not sre.AT:  # which stands for no letter
            ended, going = ended | going, set()
        if len(going) > MANY:
            ended, going = ended | going, set()
        ended |= {text for text in going if len(text) >= LONG}
        going = {text for text in going if len(text) < LONG}
        if not going:
            break
    return ended, going


def branches(pattern: str) -> list[str]:
    """The alternatives at the top of a pattern: it matches what one of them matches, and each is cheaper to look for."""
    if parser.parse(pattern).state.flags & ~int(re.UNICODE):
        return [pattern]  # a flag holds for all of them
    depth = 0
    ends: list[int] = []
    closed: list[int] = []
    for sign in _SIGN.finditer(pattern):
        depth += (sign.group() == "(") - (sign.group() == ")")
        if not depth and sign.group() in ")|":
            (ends if sign.group() == "|" else closed).append(sign.start())
    if ends:
        return [one for start, end in zip([0, *(end + 1 for end in ends)], [*ends, len(pattern)])
                for one in branches(pattern[start:end])]
    if pattern.startswith("(?:") and closed == [len(pattern) - 1]:
        return branches(pattern[3:-1])
    return [pattern]


def few(pattern: str) -> list[str] | None:
    """All texts that a pattern matches, if they are at most FEW."""
    return _few(parser.parse(pattern))


def _few(tree: Any) -> list[str] | None:
    texts = [""]
    for operator, argument in tree:
        more: list[str] | None = None
        if operator is sre.LITERAL:
            more = [chr(argument)]
        elif operator is sre.IN and all(kind is sre.LITERAL for kind, _ in argument):
            more = [chr(value) for _, value in argument]
        elif operator is sre.SUBPATTERN:
            more = _few(argument[3])
        elif operator is sre.BRANCH:
            branches = [_few(branch) for branch in argument[1]]
            more = None if None in branches else [text for branch in branches if branch for text in branch]
        elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT) and argument[:2] == (0, 1):
            inner = _few(argument[2])
            more = None if inner is None else ["", *inner]
        if more is None or len(texts) * len(more) > FEW:
            return None
        texts = [text + end for text in texts for end in more]
    return texts
