"""Which languages a text may be in: by its script, else by the stop words among its first words."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from dedup import arrays
from dedup.arrays import Array, np
from dedup.boilerplate.form import strange
from dedup.boilerplate.hashes import LONG, hashed, hashed_each
from dedup.patterns import lazy

SAMPLE = 2000  # characters that a text is told by, at its start; half as many at its end
PLAIN = 5  # stop words that tell a language
_LATIN = "Latn"  # the script of what is in no other
_FEW = 8  # samples for which arrays are not worth their while
_TOGETHER = 32  # samples that are counted at once: what fits into the caches
_ODD_BLANKS = lazy("[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")  # that part words, beyond ASCII
_LOWER = bytes(32 if chr(code).isspace() else ord(chr(code).lower()) for code in range(128)) + bytes(range(128, 256))
_BITS = 16  # of that hash by which a word is looked up


class _Data(NamedTuple):
    letters: dict[str, re.Pattern[str]]  # of each script
    scripts_of: dict[str, tuple[str, ...]]  # by language
    spoken: dict[str, tuple[str, ...]]  # the languages in each script
    told: tuple[str, ...]  # the languages that stop words tell: they share a script with others
    words: dict[str, frozenset[str]]  # stop words by language, where the library is not asked


@lru_cache(maxsize=1)
def _data() -> _Data:
    """What `languages.toml` says."""
    import tomllib

    data = tomllib.loads(Path(__file__).with_name("languages.toml").read_text("utf-8"))
    spoken = {script: tuple(sorted(code for code, scripts in data["languages"].items() if script in scripts))
              for script in (*data["scripts"], _LATIN)}
    told = tuple(sorted({code for codes in spoken.values() if len(codes) > 1 for code in codes}))
    return _Data({script: re.compile(f"[{letters}]+") for script, letters in data["scripts"].items()},
                 {code: tuple(scripts) for code, scripts in data["languages"].items()}, spoken, told,
                 {code: frozenset(words.split()) for code, words in data["words"].items()})


def samples(text: str) -> tuple[str, ...]:
    """By what the languages of a text are told: its start and, of a long one, its end, where pages change their language."""
    return (text[:SAMPLE], text[-SAMPLE // 2:]) if len(text) > 2 * SAMPLE else (text[:SAMPLE],)


def likely(samples: Iterable[str]) -> dict[str, frozenset[str]]:
    """The languages of each sample: one, or several that look alike; none where nothing tells."""
    found = {sample: _by_script(sample) for sample in samples}
    shared = [sample for sample, codes in found.items() if len(codes) > 1]
    count = counted if arrays.at_hand() and len(shared) >= _FEW else counts
    for start in range(0, len(shared), _TOGETHER):
        some = shared[start:start + _TOGETHER]
        found.update((sample, _best(told, found[sample])) for sample, told in zip(some, count(some)))
    return found


def written(sample: str) -> frozenset[str]:
    """The languages in the script of a sample."""
    return _by_script(sample)


def _by_script(sample: str) -> frozenset[str]:
    data = _data()
    if odd := strange(sample):
        letters = .3 * sum(map(str.isalpha, sample))
        for script, pattern in data.letters.items():
            if (count := sum(map(len, pattern.findall(odd)))) and count > letters:
                return frozenset(data.spoken[script])
    return frozenset(data.spoken[_LATIN])


def _best(told: Sequence[int], codes: frozenset[str]) -> frozenset[str]:
    """Those of some languages that have most stop words in a sample, and those that have nearly as many."""
    counts = {code: count for code, count in zip(_data().told, told) if code in codes}
    best = max(counts.values())
    return frozenset(code for code, count in counts.items() if count > .6 * best) if best >= PLAIN else frozenset()


def counts(samples: Sequence[str]) -> list[list[int]]:
    """How many different stop words of each language that they tell stand in each sample, one by one."""
    words = _words()
    return [[*map(sum, zip(*map(words.__getitem__, words.keys() & sample.casefold().split())))] or [0] * len(_data().told)
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
    sums = np.zeros((len(words) + 1, len(_data().told)), int)
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
    """For each stop word of a language that they tell: 1 for those whose it is, else 0."""
    every = [stopwords(code) for code in _data().told]
    return {word: tuple(int(word in some) for some in every) for word in frozenset[str]().union(*every)}


class _Table(NamedTuple):
    firsts: Array  # by the first bits of a hash the first stop word that does not come before those
    values: Array  # the hashes of the stop words, in order, and what none comes after
    deepest: int  # how many of them begin with the same bits
    member: Array  # [values, languages]


@lru_cache(maxsize=None)
def _table() -> _Table:
    hashes = hashed_each([word.encode() for word in _words()])
    order = np.argsort(hashes)
    values, member = hashes[order], np.array([*_words().values()])[order]
    begins = values >> np.uint64(64 - _BITS)
    deepest = int(np.bincount(begins.astype(np.int64)).max())
    return _Table(np.searchsorted(begins, np.arange(1 << _BITS, dtype=np.uint64)),
                  np.append(values, np.uint64(0xFFFFFFFFFFFFFFFF)), deepest,
                  np.concatenate([member, np.zeros((1, len(_data().told)), int)]))


@lru_cache(maxsize=None)
def stopwords(code: str) -> frozenset[str]:
    """The stop words of a language: those of `languages.toml`, else of the stop-words library, but for long ones."""
    from stop_words import safe_get_stop_words

    words = _data().words.get(code) or safe_get_stop_words({"no": "nb"}.get(code, code))
    folded = {word.casefold() for word in words}
    return frozenset(word for word in folded if len(word.encode()) <= LONG and not set(word) & {" ", "_"})
