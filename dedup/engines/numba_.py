"""The engine of the [fast] extra: kernels compiled once by numba and cached, free of the GIL.

A kernel reads UTF-8 and folds through the same table of code points as the numpy engine; a text that does not fold
character by character is folded by `shingles.fold` and read again.
"""
from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import int64, njit, uint32, uint64

from dedup import contained, engines, lsh, minhash, shingles, sketches, spans
from dedup.alignment import SEED
from dedup.engines import Texts, codepoints, numpy_

_BLAS = "scipy.linalg.cython_blas"
if engines.alone and _BLAS not in sys.modules:
    # numba imports it before the first kernel runs, for products of matrices: that takes as long as a thousand articles
    sys.modules[_BLAS] = None  # type: ignore[assignment]
    with suppress(ImportError):
        import_module("numba.np.arraymath")
    del sys.modules[_BLAS]


def _nothing() -> None:
    """A kernel that does nothing."""


def _kept() -> bool:
    try:
        njit(cache=True)(_nothing)
    except RuntimeError:
        return False
    return True


KEPT = _kept()  # whether numba finds a place for what it compiles: a container may have none that can be written to
kernel = njit(cache=KEPT, nogil=True)
inline_kernel = njit(cache=KEPT, nogil=True, inline="always")

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_BATCH = 1 << 20  # code points turned into shingles at a time
_TOGETHER = 8  # bands of which the keys are made together: signatures are read from far off
_POWER, _STEP = np.uint64(shingles.POWER), np.uint64(shingles.STEP)
_MIX1, _MIX2 = (np.uint64(factor) for factor in shingles.MIX)
_S33 = np.uint64(33)
_ONE, _NOTHING = np.uint64(1), np.uint64(0)
_NO = np.uint32(0)
_FOLDED, _WORD, _UNSPACED, _MARK, _DROPPED, _LATIN, _BOUND, _KNOWN = (np.uint32(flag) for flag in (
    codepoints.FOLDED, codepoints.WORD, codepoints.UNSPACED, codepoints.MARK, codepoints.DROPPED, codepoints.LATIN,
    codepoints.BOUND, codepoints.KNOWN,
))
_BEGINS, _FIGURE = np.uint64(engines.BEGINS), np.uint64(engines.FIGURE)
_CODE = np.uint64(codepoints.FOLDED)
_WORD_BIT, _MARKS_BIT = (np.uint64(flag.bit_length() - 1) for flag in (codepoints.WORD, codepoints.LINE))
assert (codepoints.LINE, codepoints.DIGIT) == (engines.BEGINS << int(_MARKS_BIT), engines.FIGURE << int(_MARKS_BIT))
_SCRIPTS = np.uint32(codepoints.LATIN | codepoints.CYRILLIC | codepoints.GREEK)
_LETTERS = 0x2C00  # code points from which on, as below 0x2000, a separator may be a letter to `str.isalnum`
_LEARN, _FOLD = -1, -2  # what the kernel needs before it can read a text
_SAMPLED = np.uint64((1 << 64) // contained.RATE)


@inline_kernel
def _mix(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> _S33)) * _MIX1
    value = (value ^ (value >> _S33)) * _MIX2
    return value ^ (value >> _S33)


@kernel
def _read_ascii(text, at, end, table, powers, tokens, marks, count, size, value, mark, before):  # type: ignore[no-untyped-def]
    """`_read` up to the first character that is not ASCII: where that is, and how things stand there.

    Nothing here branches on what is read, as no processor foresees where a word ends. Indices are unsigned: others might
    count from the end.
    """
    here, stop, place = uint64(at), uint64(end), uint64(count)
    inside, entry = uint64(before) >> _WORD_BIT, _NOTHING
    while here < stop:
        byte = text[here]
        if byte >= 0x80:
            break
        entry = uint64(table[byte])
        here += _ONE
        now = entry >> _WORD_BIT & _ONE
        ended = inside & ~now
        tokens[place] = value  # of a word that may not be over yet
        if marks is not None:
            marks[place] = mark
            mark = mark & (ended - _ONE) | entry >> _MARKS_BIT
        place += ended
        stay = _NOTHING - now  # all bits inside a word, none outside
        value = (value + (entry & _CODE) * powers[size]) & stay
        size = (size + _ONE) & stay
        inside = now
    return int64(here), int64(place), size, value, mark, uint32(inside << _WORD_BIT), uint32(entry) & _SCRIPTS


@kernel
def _read(text, at, end, table, powers, folded, tokens, marks):  # type: ignore[no-untyped-def]
    """Token hashes of the UTF-8 text[at:end] into `tokens`: their number, or _LEARN or _FOLD.

    marks[i]: _BEGINS where token i begins a line, _FIGURE where it has a digit; None where nobody asks, which is a quarter
    less work. powers: those of POWER, one for each letter that a word may have.
    """
    count, size = 0, _NOTHING  # tokens, and letters of the one that is being read
    value, mark = _NOTHING, _BEGINS
    before, script = _NO, _NO
    while at < end:
        if (before == _NO or before == _WORD) and (script == _NO or script == _LATIN) and text[at] < 0x80:
            at, count, size, value, mark, before, script = _read_ascii(
                text, at, end, table, powers, tokens, marks, count, size, value, mark, before)
            continue
        byte = uint32(text[at])
        if byte < 0x80:
            entry = table[byte]
            at += 1
        elif byte < 0xE0:
            entry = table[(byte & uint32(0x1F)) << uint32(6) | uint32(text[at + 1]) & uint32(0x3F)]
            at += 2
        elif byte < 0xF0:
            entry = table[(byte & uint32(0x0F)) << uint32(12) | (uint32(text[at + 1]) & uint32(0x3F)) << uint32(6)
                          | uint32(text[at + 2]) & uint32(0x3F)]
            at += 3
        else:
            entry = table[(byte & uint32(0x07)) << uint32(18) | (uint32(text[at + 1]) & uint32(0x3F)) << uint32(12)
                          | (uint32(text[at + 2]) & uint32(0x3F)) << uint32(6) | uint32(text[at + 3]) & uint32(0x3F)]
            at += 4
        if entry & (_KNOWN | _BOUND | _DROPPED) != _KNOWN:
            if not entry:
                return _LEARN
            if entry & _DROPPED:
                continue
            if not folded:
                return _FOLD
        here = entry & _SCRIPTS
        if here != script:
            if here and script and not folded:
                return _FOLD
            script = here
        now = entry & (_WORD | _UNSPACED)
        if entry & _MARK:
            now = before
        elif before and (now != _WORD or before != _WORD):
            tokens[count] = value
            if marks is not None:
                marks[count] = mark
            count += 1
            size, value, mark = _NOTHING, _NOTHING, _NOTHING
        mark |= uint64(entry) >> _MARKS_BIT
        if now:
            value += uint64(entry & _FOLDED) * powers[size]
            size += _ONE
        before = now
    if before:
        tokens[count] = value
        if marks is not None:
            marks[count] = mark
        count += 1
    for number in range(count):
        tokens[number] = _mix(tokens[number])
    return count


@kernel
def _longest(bounds):  # type: ignore[no-untyped-def]
    """Room for the tokens of any text."""
    longest = 16
    for number in range(len(bounds) - 1):
        longest = max(longest, bounds[number + 1] - bounds[number])
    return longest


@kernel
def _powers(count):  # type: ignore[no-untyped-def]
    found = np.ones(count, np.uint64)
    for at in range(1, count):
        found[at] = found[at - 1] * _POWER
    return found


@kernel
def _roll(tokens, count, ngram, out):  # type: ignore[no-untyped-def]
    """The shingles of `count` tokens, in text order, into `out`: their number. Each loop runs in vector registers."""
    if count == 0:
        return 0
    size = min(ngram, count)
    found = count - size + 1
    for at in range(found):
        out[at] = tokens[at]
    for further in range(1, size):
        for at in range(found):
            out[at] = out[at] * _STEP + tokens[at + further]
    for at in range(found):
        out[at] = _mix(out[at])
    return found


@kernel
def _sort_distinct(values, count, places, out, first):  # type: ignore[no-untyped-def]
    """The distinct ones of values[:count], in order, into out[first:]: their number.

    Hashes are spread evenly: dealt out by their top bits into twice as many buckets at least, each is almost in its place.
    """
    bits = 4
    while count >> (bits - 1):
        bits += 1
    shift, start = uint64(64 - bits), uint64(first)
    for bucket in range((1 << bits) + 1):
        places[bucket] = _NOTHING
    for at in range(count):
        places[(values[at] >> shift) + _ONE] += _ONE
    places[0] = start
    for bucket in range(1 << bits):
        places[bucket + 1] += places[bucket]
    for at in range(count):
        bucket = values[at] >> shift
        out[places[bucket]] = values[at]
        places[bucket] += _ONE
    kept = start
    for at in range(start, start + uint64(count)):
        value = out[at]
        place = kept
        while place > start and out[place - _ONE] > value:
            place -= _ONE
        if place == start or out[place - _ONE] != value:
            moved = kept
            while moved > place:
                out[moved] = out[moved - _ONE]
                moved -= _ONE
            out[place] = value
            kept += _ONE
    return int64(kept - start)


@kernel
def _shingle(text, bounds, table, folded, ngram, out, sizes):  # type: ignore[no-untyped-def]
    """Shingles of each text[bounds[i]:bounds[i + 1]] into `out`, one after the other: their total number.

    folded[i]: whether it is folded already; sizes[i]: the number of its shingles, or _LEARN or _FOLD.
    """
    longest = _longest(bounds)
    tokens, rolled = np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    powers, places = _powers(longest), np.empty(4 * longest + 1, np.uint64)
    total = 0
    for number in range(len(sizes)):
        count = _read(text, bounds[number], bounds[number + 1], table, powers, folded[number], tokens, None)
        if count > 0:
            count = _sort_distinct(rolled, _roll(tokens, count, ngram, rolled), places, out, total)
            total += count
        sizes[number] = count
    return total


@kernel
def _words(text, bounds, table, folded, ngram, out, sizes):  # type: ignore[no-untyped-def]
    """The same of words: their hashes in order, with _BEGINS and _FIGURE in the lowest bits."""
    longest = _longest(bounds)
    powers, marks = _powers(longest), np.empty(longest, np.uint64)
    total = 0
    for number in range(len(sizes)):
        count = _read(text, bounds[number], bounds[number + 1], table, powers, folded[number], out[total:], marks)
        for at in range(count):
            out[total + at] = out[total + at] & ~(_BEGINS | _FIGURE) | marks[at]
        total += max(count, 0)
        sizes[number] = count
    return total


def shingle(texts: Sequence[str], ngram: int) -> tuple[Hashes, Ints]:
    """Sorted distinct shingle hashes of each text: flat array and offsets."""
    return _hashes(_shingle, texts, ngram)


def words(texts: Sequence[str]) -> tuple[Hashes, Ints]:
    """Hashes of the words of each text, in order, with BEGINS and FIGURE in their lowest bits: flat array and offsets."""
    return _hashes(_words, texts, 1)


def _hashes(kernel: Any, texts: Texts, ngram: int) -> tuple[Hashes, Ints]:
    parts = [_hash_batch(kernel, batch, ngram, np.zeros(len(batch), bool)) for batch in numpy_.batches(texts, _BATCH)]
    hashes = np.concatenate([np.zeros(0, dtype=np.uint64), *(part[0] for part in parts)])
    return hashes, np.cumsum(np.concatenate([np.zeros(1, dtype=np.int64), *(part[1] for part in parts)]))


def _hash_batch(kernel: Any, texts: Texts, ngram: int, folded: Flags) -> tuple[Hashes, Ints]:
    """Hashes, and how many each text has. folded: which texts are folded already."""
    data, bounds = _joined(texts)
    out, sizes = np.empty(bounds[-1], dtype=np.uint64), np.empty(len(texts), dtype=np.int64)
    found = out[:kernel(data, bounds, codepoints.TABLE, folded, ngram, out, sizes)]
    if sizes.min(initial=0) >= 0:
        return found.copy(), sizes
    again, ready, order = _readable(texts, sizes, folded)
    rest, further = _hash_batch(kernel, again, ngram, ready)
    found, offsets = spans.gather([found, rest], [np.maximum(sizes, 0), further], order, _room)
    return found, np.diff(offsets)


def _room(size: int) -> Hashes:
    return np.empty(size, dtype=np.uint64)


def _joined(texts: Texts) -> tuple[npt.NDArray[np.uint8], Ints]:
    """UTF-8 of all texts, and where each begins [n+1]."""
    encoded = [text if isinstance(text, bytes) else _utf8(text) for text in texts]
    data = np.frombuffer(b"".join([*encoded, b"\0"]), dtype=np.uint8)  # no empty buffer
    return data, np.cumsum([0, *map(len, encoded)], dtype=np.int64)


def _utf8(text: str) -> bytes:
    try:
        return text.encode()  # twice as fast as with an error handler
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _readable(texts: Texts, sizes: Ints, folded: Flags) -> tuple[list[str], Flags, Ints]:
    """The texts that a kernel could not read, by their sizes, as it can, and which of them are folded.

    The last one is the order that puts what it makes of them, behind what it made of all, in its place.
    """
    unread = np.flatnonzero(sizes < 0)
    again: list[str] = []
    for number, state in zip(unread.tolist(), sizes[unread].tolist()):
        text = engines.string(texts[number])
        if state == _LEARN:
            codepoints.learn(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32))
        again.append(shingles.fold(text) if state == _FOLD else text)
    order = np.arange(len(texts))
    order[unread] = len(texts) + np.arange(len(unread))
    return again, folded[unread] | (sizes[unread] == _FOLD), order


@kernel
def _permute(hashes, start, count, permutations, values, out):  # type: ignore[no-untyped-def]
    """The MinHash of some hashes; `values` has room for as many."""
    for at in range(count):
        value = uint32(hashes[start + at])
        value = uint32((value ^ (value >> uint32(16))) * uint32(0x85EBCA6B))
        value = uint32((value ^ (value >> uint32(13))) * uint32(0xC2B2AE35))
        values[at] = value ^ (value >> uint32(16))
    factors, summands = permutations[0], permutations[1]
    for row in range(0, len(factors), 2):  # the inner loop runs in vector registers: two rows for each value that is loaded
        other = min(row + 1, len(factors) - 1)
        least = least_other = uint32(0xFFFFFFFF)
        factor, summand, factor_other, summand_other = factors[row], summands[row], factors[other], summands[other]
        for at in range(count):
            least = min(least, uint32(factor * values[at] + summand))
            least_other = min(least_other, uint32(factor_other * values[at] + summand_other))
        out[row], out[other] = least, least_other


@kernel
def _sign(hashes, offsets, permutations, out):  # type: ignore[no-untyped-def]
    values = np.empty(_longest(offsets), np.uint32)
    for number in range(len(out)):
        _permute(hashes, offsets[number], offsets[number + 1] - offsets[number], permutations, values, out[number])


def sign(hashes: Hashes, offsets: Ints, num_perm: int, seed: int) -> npt.NDArray[np.uint32]:
    """The MinHash of each article, uint32 [n, num_perm]."""
    result = np.empty((len(offsets) - 1, num_perm), dtype=np.uint32)
    _sign(hashes, offsets, minhash.permutations(num_perm, seed), result)
    return result


@kernel
def _sketch(text, bounds, table, folded, ngram, permutations, found):  # type: ignore[no-untyped-def]
    """The `Sketches` of each text[bounds[i]:bounds[i + 1]] into those found; folded, sizes: as in `_shingle`.

    What is made of a text stays in the cache of the processor until nobody needs it any more.
    """
    longest = _longest(bounds)
    tokens, rolled, values = np.empty(longest, np.uint64), np.empty(longest, np.uint64), np.empty(longest, np.uint32)
    powers, places = _powers(longest), np.empty(4 * longest + 1, np.uint64)
    signatures, sizes, digests, samples, offsets = found
    offsets[0] = 0
    for number in range(len(sizes)):
        start, digest, kept = offsets[number], _NOTHING, 0
        count = _read(text, bounds[number], bounds[number + 1], table, powers, folded[number], tokens, None)
        sizes[number] = count
        if count > 0:
            # all of them, where only a sample will be left when the next text overwrites the others
            count = _sort_distinct(rolled, _roll(tokens, count, ngram, rolled), places, samples, start)
            sizes[number] = count
            for at in range(start, start + count):
                digest += samples[at]
            digest = max(digest, _ONE)
            while kept < count and (count <= contained.SHORT or samples[start + kept] < _SAMPLED):
                kept += 1
        digests[number], offsets[number + 1] = digest, start + kept
        _permute(samples, start, max(count, 0), permutations, values, signatures[number])


def sketch(texts: Texts, ngram: int, num_perm: int, seed: int) -> sketches.Sketches:
    """What is kept of the shingles of each text."""
    batches = [*numpy_.batches(texts, _BATCH)] or [[]]
    parts = [_sketch_batch(batch, ngram, num_perm, seed, np.zeros(len(batch), bool)) for batch in batches]
    return parts[0] if len(parts) == 1 else sketches.join(parts, np.arange(len(texts)))


def _sketch_batch(texts: Texts, ngram: int, num_perm: int, seed: int, folded: Flags) -> sketches.Sketches:
    data, bounds = _joined(texts)
    found = sketches.Sketches(
        np.empty((len(texts), num_perm), np.uint32), np.empty(len(texts), np.int64), _room(len(texts)), _room(bounds[-1]),
        np.empty(len(texts) + 1, np.int64))
    _sketch(data, bounds, codepoints.TABLE, folded, ngram, minhash.permutations(num_perm, seed), found)
    found = found._replace(samples=found.samples[:found.sample_offsets[-1]].copy())
    if found.sizes.min(initial=0) >= 0:
        return found
    again, ready, order = _readable(texts, found.sizes, folded)
    return sketches.join([found, _sketch_batch(again, ngram, num_perm, seed, ready)], order)


def compiled() -> bool:
    """Whether an earlier run has compiled the kernels here, as far as a look at the folder tells."""
    return any(Path(_sketch.stats.cache_path or "").glob("numba_._sketch-*.nbi"))


if KEPT and compiled():  # before its first kernel numba imports the rest of itself: here, not in each worker by itself
    _longest(np.zeros(1, np.int64))


@kernel
def _band(signatures, numbers, first, rows, out):  # type: ignore[no-untyped-def]
    """`numpy_.band_hashes` of bands of those articles, the first of which begins with the column `first`."""
    for at in range(len(numbers)):
        column = first
        for band in range(len(out)):
            value = _NOTHING
            for _ in range(rows):
                value = (value ^ uint64(signatures[numbers[at], column])) * _STEP
                value ^= value >> _S33
                column += 1
            out[band, at] = _mix(value)


def _bands(signatures: npt.NDArray[np.uint32], numbers: Ints, bands: int, rows: int) -> Iterator[Hashes]:
    for first in range(0, bands, _TOGETHER):
        keys = np.empty((min(_TOGETHER, bands - first), len(numbers)), dtype=np.uint64)
        _band(signatures, numbers, first * rows, rows, keys)
        yield from keys


def candidates(
    signatures: npt.NDArray[np.uint32], bands: int, rows: int, *, keys: Hashes, cap: int = lsh.CAP
) -> tuple[Ints, int]:
    """Pairs that share the key of a band, and how many buckets were too full to pair all with all."""
    numbers, copies = lsh.distinct(signatures, keys)
    return lsh.met(_bands(signatures, numbers, bands, rows), numbers, copies, keys=keys, cap=cap)


@kernel
def _overlaps(hashes, offsets, pairs, out):  # type: ignore[no-untyped-def]
    for number in range(len(pairs)):
        left, right = uint64(offsets[pairs[number, 0]]), uint64(offsets[pairs[number, 1]])  # unsigned: see `_read_ascii`
        left_end, right_end = uint64(offsets[pairs[number, 0] + 1]), uint64(offsets[pairs[number, 1] + 1])
        shared = _NOTHING
        while left < left_end and right < right_end:
            one, other = hashes[left], hashes[right]
            shared += uint64(one == other)
            left += uint64(one <= other)
            right += uint64(other <= one)
        out[number] = shared


def overlaps(hashes: Hashes, offsets: Ints, pairs: Ints) -> Ints:
    """How many shingles the two of each pair share, int64 [m]."""
    result = np.empty(len(pairs), dtype=np.int64)
    _overlaps(hashes, offsets, pairs, result)
    return result


@kernel
def _runs(left, right, seed, out):  # type: ignore[no-untyped-def]
    """`alignment.equal_runs`: the number of runs in `out`."""
    bits = 4
    while len(right) >> (bits - 1):
        bits += 1
    shift, mask = uint64(64 - bits), (1 << bits) - 1
    places = np.full(1 << bits, -1, np.int32)  # an open table of the first place of each value in `right`
    for at in range(len(right)):
        slot = np.int64(right[at] * _STEP >> shift)
        while places[slot] >= 0 and right[places[slot]] != right[at]:
            slot = (slot + 1) & mask
        if places[slot] < 0:
            places[slot] = at
    count, end, running = 0, 0, False
    for at in range(len(left)):
        if running:
            if end < len(right) and right[end] == left[at]:
                end += 1
                out[count - 1, 2] += 1
                continue
            running = False
        slot = np.int64(left[at] * _STEP >> shift)
        while places[slot] >= 0 and right[places[slot]] != left[at]:
            slot = (slot + 1) & mask
        if places[slot] >= 0:
            out[count, 0], out[count, 1], out[count, 2] = at, places[slot], seed
            end, running = places[slot] + 1, True
            count += 1
    return count


def runs(left: Hashes, right: Hashes) -> Ints:
    """Runs that two sequences have in common, int64 [k, 3]."""
    out = np.empty((len(left), 3), dtype=np.int64)
    return out[:_runs(left, right, SEED, out)]
