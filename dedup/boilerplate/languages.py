"""Which languages a text may be in: by its script, else by the stop words among its first words."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from dedup import arrays
from dedup.arrays import Array, np
from dedup.boilerplate.form import strange
from dedup.boilerplate.hashes import LONG, hashed, hashed_each
from dedup.patterns import lazy

SAMPLE = 2000  # characters that a text is told by
LATIN = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")
_CYRILLIC = ("ru", "uk")
_RANGES = {"ar": "\u0600-\u06ff", "ja": "\u3040-\u30ff", "zh": "\u3400-\u9fff", "ru": "\u0400-\u04ff"}
_SCRIPTS = {code: lazy(f"[{letters}]+") for code, letters in _RANGES.items()}
_OTHERS = lazy(f"[{''.join(_RANGES.values())}]")
_FEW = 8  # samples for which arrays are not worth their while
_TOGETHER = 32  # samples that are counted at once: what fits into the caches
_ODD_BLANKS = lazy("[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")  # that part words, beyond ASCII
_LOWER = bytes(32 if chr(code).isspace() else ord(chr(code).lower()) for code in range(128)) + bytes(range(128, 256))
_BITS = 16  # of that hash by which a word is looked up


def likely(samples: Iterable[str]) -> dict[str, frozenset[str]]:
    """For the first SAMPLE characters of each text its languages: all that share its script where none is plain."""
    found = {sample: _by_script(sample) for sample in samples}
    latin = [sample for sample, codes in found.items() if not codes]
    count = counted if arrays.at_hand() and len(latin) >= _FEW else counts
    for start in range(0, len(latin), _TOGETHER):
        some = latin[start:start + _TOGETHER]
        found.update(zip(some, map(_best, count(some))))
    return found


def _by_script(sample: str) -> frozenset[str]:
    for script, pattern in _SCRIPTS.items() if _OTHERS.search(strange(sample)) else ():
        if (count := sum(map(len, pattern.findall(sample)))) and count > .3 * sum(map(str.isalpha, sample)):
            return frozenset(_CYRILLIC) if script == "ru" else frozenset([script])
    return frozenset()


def _best(told: Sequence[int]) -> frozenset[str]:
    best = max(told)
    least = .6 * best if best >= 5 else -1
    return frozenset([code for code, count in zip(LATIN, told) if count > least])


def counts(samples: Sequence[str]) -> list[list[int]]:
    """How many different stop words of each language of LATIN stand in each sample, one by one."""
    words = _words()
    return [[*map(sum, zip(*map(words.__getitem__, words.keys() & sample.casefold().split())))] or [0] * len(LATIN)
            for sample in samples]


def counted(samples: Sequence[str]) -> list[list[int]]:
    """The same in arrays. A word is told by 64 bits: a hash of its bytes and of how many they are."""
    parts = [_folded(sample).encode("utf-8", "surrogatepass") for sample in samples]
    data = b" ".join([b"", *parts, bytes(LONG)]).translate(_LOWER)
    blank = np.frombuffer(data, np.uint8) == 32
    edges = np.flatnonzero(blank[1:] != blank[:-1]) + 1
    starts, ends = edges[:-1].reshape(-1, 2).T.copy()  # the last edge is that of what is no part of them
    firsts, values, deepest, member = _table()
    hashes = hashed(data, starts, ends - starts)
    words = firsts.take(hashes >> np.uint64(64 - _BITS))
    for _ in range(deepest - 1):
        words += values[words] < hashes
    there = np.flatnonzero(values[words] == hashes)
    of = np.searchsorted(np.cumsum([len(part) + 1 for part in parts]), starts[there])
    seen = np.zeros((len(samples), len(values)), bool)  # each word counts once
    seen[of, words[there]] = True
    places = np.flatnonzero(seen)
    rows = np.arange(len(samples) + 1) * len(values)
    cuts = np.searchsorted(places, rows)
    words = places - np.repeat(rows[:-1], np.diff(cuts))
    sums = np.zeros((len(words) + 1, len(LATIN)), int)
    np.cumsum(member.take(words, axis=0), axis=0, out=sums[1:])
    return np.diff(sums[cuts], axis=0).tolist()


def _folded(text: str) -> str:
    """Casefolded but for ASCII, and with a space for each sign that parts words and is not ASCII."""
    odd = strange(text)
    if odd != odd.casefold():
        text = text.casefold()
    for sign in set(_ODD_BLANKS.findall(odd)) if odd else ():
        text = text.replace(sign, " ")
    return text


@lru_cache(maxsize=None)
def _words() -> dict[str, tuple[int, ...]]:
    """For each stop word of a language of LATIN: 1 for those whose it is, else 0."""
    every = [stopwords(code) for code in LATIN]
    return {word: tuple(int(word in some) for some in every) for word in frozenset[str]().union(*every)}


class _Table(NamedTuple):
    firsts: Array  # by the first bits of a hash the first stop word that does not come before those
    values: Array  # the hashes of the stop words, in order, and what none comes after
    deepest: int  # how many of them begin with the same bits
    member: Array  # [values, LATIN]


@lru_cache(maxsize=None)
def _table() -> _Table:
    hashes = hashed_each([word.encode() for word in _words()])
    order = np.argsort(hashes)
    values, member = hashes[order], np.array([*_words().values()])[order]
    begins = values >> np.uint64(64 - _BITS)
    deepest = int(np.bincount(begins.astype(np.int64)).max())
    return _Table(np.searchsorted(begins, np.arange(1 << _BITS, dtype=np.uint64)),
                  np.append(values, np.uint64(0xFFFFFFFFFFFFFFFF)), deepest,
                  np.concatenate([member, np.zeros((1, len(LATIN)), int)]))


@lru_cache(maxsize=None)
def stopwords(code: str) -> frozenset[str]:
    """The stop words of a language, from the stop-words library."""
    from stop_words import safe_get_stop_words

    return frozenset(word.casefold() for word in safe_get_stop_words(code))
