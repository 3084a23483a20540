"""The engine of the base install: whole batches of texts as arrays of code points, no Python loop over shingles."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dedup import lsh, minhash, shingles
from dedup.alignment import equal_runs
from dedup.engines import BEGINS, FIGURE, Texts, codepoints, string
from dedup.sketches import Sketches

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_BATCH = 1 << 16  # code points or shingles: the working arrays of a batch stay in the second-level cache
_STEP = np.uint64(shingles.STEP)
_MIX = [np.uint64(factor) for factor in shingles.MIX]
_SHIFT = np.uint64(33)


def shingle(texts: Sequence[str], ngram: int) -> tuple[Hashes, Ints]:
    """Sorted distinct shingle hashes of each text: flat array and offsets."""
    parts, sizes = [], [np.zeros(1, dtype=np.int64)]
    for batch in batches(texts, _BATCH):
        tokens, _, first = _tokens(*_lookup(batch))
        values, starts = _shingles(tokens, first, ngram)
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist()):
            values[start:end].sort()
        new = np.ones(len(values), dtype=bool)
        np.not_equal(values[1:], values[:-1], out=new[1:])
        new[starts[:-1][starts[:-1] < starts[1:]]] = True
        parts.append(values[new])
        counts = np.concatenate([[0], np.cumsum(new)])
        sizes.append(np.diff(counts[starts]))
    return np.concatenate([np.zeros(0, dtype=np.uint64), *parts]), np.cumsum(np.concatenate(sizes))


def words(texts: Sequence[str]) -> tuple[Hashes, Ints]:
    """Hashes of the words of each text, in order, with BEGINS and FIGURE in their lowest bits: flat array and offsets."""
    parts, sizes = [np.zeros(0, dtype=np.uint64)], [np.zeros(1, dtype=np.int64)]
    for batch in batches(texts, _BATCH):
        values, offsets = _lookup(batch)
        tokens, starts, first = _tokens(values, offsets)
        tokens &= ~np.uint64(BEGINS | FIGURE)
        if len(tokens):
            lines = np.searchsorted(starts, np.flatnonzero(values & np.uint32(codepoints.LINE)))
            lines[-1] = 0  # behind the last line nothing begins; the first one has nothing before it
            tokens[lines[lines < len(tokens)]] |= np.uint64(BEGINS)
            digits = np.flatnonzero(values & np.uint32(codepoints.DIGIT))
            tokens[np.searchsorted(starts, digits, side="right") - 1] |= np.uint64(FIGURE)
        parts.append(tokens)
        sizes.append(np.diff(first))
    return np.concatenate(parts), np.cumsum(np.concatenate(sizes))


def runs(left: Hashes, right: Hashes) -> Ints:
    """Runs that two sequences have in common, int64 [k, 3]."""
    return np.array(equal_runs(left.tolist(), right.tolist()), dtype=np.int64).reshape(-1, 3)


def batches(texts: Texts, length: int) -> Iterator[list[Any]]:
    """The texts in lists of about this many code points or bytes; a longer text alone."""
    batch: list[Any] = []
    size = 0
    for text in texts:
        if batch and size + len(text) > length:
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text) + 1
    if batch:
        yield batch


def _lookup(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], Ints]:
    """Table entries of the folded characters, a separator behind each text, and where each text begins [n+1]."""
    offsets = np.cumsum([0, *(len(text) + 1 for text in texts)], dtype=np.int64)
    values = _entries("\n".join([*texts, ""]))
    flags = int(np.bitwise_or.reduce(values))
    if flags & codepoints.DROPPED:
        values, offsets = _drop(values, offsets)
    bound = _bound(values, flags)
    if not len(bound):
        return values, offsets
    parts = [values[start:end] for start, end in zip(offsets, offsets[1:])]
    for number in sorted({*(np.searchsorted(offsets, bound, side="right") - 1).tolist()}):
        parts[number] = _entries(shingles.fold(texts[number]) + "\n")
    return np.concatenate(parts), np.cumsum([0, *map(len, parts)], dtype=np.int64)


def _entries(text: str) -> npt.NDArray[np.uint32]:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    values = codepoints.TABLE.take(points, mode="wrap")  # no index is out of range: "wrap" spares the check
    if values.min() < codepoints.KNOWN:
        codepoints.learn(points)
        values = codepoints.TABLE[points]
    return values


def _drop(values: npt.NDArray[np.uint32], offsets: Ints) -> tuple[npt.NDArray[np.uint32], Ints]:
    kept = values & np.uint32(codepoints.DROPPED) == 0
    return values[kept], np.concatenate([[0], np.cumsum(kept)])[offsets]


def _bound(values: npt.NDArray[np.uint32], flags: int) -> Ints:
    """Positions that tell that a text must be folded as a whole."""
    where = [np.zeros(0, dtype=np.int64)]
    if flags & codepoints.BOUND:
        where.append(np.flatnonzero(values & np.uint32(codepoints.BOUND)))
    mixable = codepoints.LATIN | codepoints.CYRILLIC | codepoints.GREEK
    if flags & mixable not in (0, codepoints.LATIN, codepoints.CYRILLIC, codepoints.GREEK):
        scripts = values & np.uint32(mixable)
        left, right = scripts[:-1], scripts[1:]
        where.append(np.flatnonzero((left != right) & (left != 0) & (right != 0)))
    return np.concatenate(where)


def _tokens(values: npt.NDArray[np.uint32], offsets: Ints) -> tuple[Hashes, Ints, Ints]:
    """Token hashes, where they start and, for each text, the number of its first token [n+1]."""
    flags = int(np.bitwise_or.reduce(values))
    folded = values & np.uint32(codepoints.FOLDED)
    if flags & (codepoints.UNSPACED | codepoints.MARK):
        starts, inside = _unspaced_starts(values)
        folded *= inside
    else:
        word = folded != 0
        starts = np.flatnonzero(word[1:] > word[:-1]) + 1
        if word[0]:
            starts = np.concatenate([[0], starts])
    powers, inverses = _powers(len(values) + 1)
    # Separators are 0, so the sum up to the next start is the token's, times POWER to the token's position.
    sums = np.zeros(len(values) + 1, dtype=np.uint64)
    np.multiply(folded, powers[:len(values)], out=sums[1:])
    np.cumsum(sums, out=sums)
    hashes = np.diff(sums[np.append(starts, len(values))])
    hashes *= inverses[starts]
    return _mixed(hashes), starts, np.searchsorted(starts, offsets)


def _unspaced_starts(values: npt.NDArray[np.uint32]) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Where tokens start, and which characters belong to one, when there are marks or unspaced scripts."""
    mark = values & np.uint32(codepoints.MARK) != 0
    base = np.where(mark, 0, np.arange(len(values)))
    np.maximum.accumulate(base, out=base)  # a mark takes the kind of what stands before it
    kinds = values[base] & np.uint32(codepoints.WORD | codepoints.UNSPACED)
    before = np.concatenate([np.zeros(1, dtype=np.uint32), kinds[:-1]])
    starts = (kinds == codepoints.UNSPACED) | (kinds == codepoints.WORD) & (before != codepoints.WORD)
    return np.flatnonzero(starts & ~mark), kinds != 0


_power_tables: tuple[Hashes, Hashes] = (np.ones(1, dtype=np.uint64), np.ones(1, dtype=np.uint64))


def _powers(length: int) -> tuple[Hashes, Hashes]:
    """POWER^i and its inverse mod 2^64 for i below at least `length`."""
    global _power_tables
    tables = _power_tables
    if len(tables[0]) < length:
        size = max(length, _BATCH + 1)
        factors = shingles.POWER, pow(shingles.POWER, -1, 1 << 64)
        rows = [np.full(size, np.uint64(factor)) for factor in factors]
        for row in rows:
            row[0] = 1
            np.multiply.accumulate(row, out=row)
        tables = rows[0], rows[1]
        if size <= 8 * _BATCH:
            _power_tables = tables
    return tables


def _mixed(values: Hashes) -> Hashes:
    """`shingles.mix` of each, in place."""
    for factor in _MIX:
        values ^= values >> _SHIFT
        values *= factor
    values ^= values >> _SHIFT
    return values


def _shingles(tokens: Hashes, first: Ints, ngram: int) -> tuple[Hashes, Ints]:
    """Shingle hashes in text order and where each text's begin [n+1]."""
    counts = np.diff(first)
    sizes = np.where(counts < ngram, counts > 0, counts - ngram + 1)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    windows = max(len(tokens) - ngram + 1, 0)
    rolled = tokens[:windows].copy()
    for at in range(1, ngram):
        rolled *= _STEP
        rolled += tokens[at:at + windows]
    within = np.arange(offsets[-1]) + np.repeat(first[:-1] - offsets[:-1], sizes)
    result = rolled.take(within, mode="clip") if windows else np.empty(offsets[-1], dtype=np.uint64)
    for count in set(counts[(counts > 0) & (counts < ngram)].tolist()):  # texts shorter than the n-gram are one shingle
        short = np.flatnonzero(counts == count)
        value = np.zeros(len(short), dtype=np.uint64)
        for at in range(count):
            value = value * _STEP + tokens[first[short] + at]
        result[offsets[short]] = value
    return _mixed(result), offsets


def sign(hashes: Hashes, offsets: Ints, num_perm: int, seed: int) -> npt.NDArray[np.uint32]:
    """The MinHash of each article, uint32 [n, num_perm]."""
    factors, summands = minhash.permutations(num_perm, seed)
    result = np.full((len(offsets) - 1, num_perm), minhash.EMPTY, dtype=np.uint32)
    at = 0
    while at < len(result):
        end = max(at + 1, int(np.searchsorted(offsets, offsets[at] + _BATCH, side="right")) - 1)
        filled = at + np.flatnonzero(offsets[at + 1:end + 1] > offsets[at:end])
        if len(filled):
            values = _premixed(hashes[offsets[at]:offsets[end]].astype(np.uint32))
            starts = offsets[filled] - offsets[at]
            permuted = np.empty_like(values)
            block = np.empty((num_perm, len(filled)), dtype=np.uint32)
            for row, factor, summand in zip(block, factors, summands):
                np.multiply(values, factor, out=permuted)
                permuted += summand
                np.minimum.reduceat(permuted, starts, out=row)
            result[filled] = block.T
        at = end
    return result


def sketch(texts: Texts, ngram: int, num_perm: int, seed: int) -> Sketches:
    """What is kept of the shingles of each text."""
    hashes, offsets = shingle([*map(string, texts)], ngram)
    return Sketches.of(hashes, offsets, sign(hashes, offsets, num_perm, seed))


def _premixed(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The 32-bit finaliser of MurmurHash3, which affine32 applies before it permutes."""
    values ^= values >> np.uint32(16)
    values *= np.uint32(0x85EBCA6B)
    values ^= values >> np.uint32(13)
    values *= np.uint32(0xC2B2AE35)
    values ^= values >> np.uint32(16)
    return values


def candidates(
    signatures: npt.NDArray[np.uint32], bands: int, rows: int, *, keys: Hashes, cap: int = lsh.CAP
) -> tuple[Ints, int]:
    """Pairs that share the key of a band, and how many buckets were too full to pair all with all."""
    numbers, copies = lsh.distinct(signatures, keys)
    every = (band_hashes(signatures[numbers, band * rows:(band + 1) * rows]) for band in range(bands))
    return lsh.met(every, numbers, copies, keys=keys, cap=cap)


def band_hashes(columns: npt.NDArray[np.uint32]) -> Hashes:
    """One 64-bit key for the values of one band [n, rows]; different values share one with probability 2^-64."""
    result = np.zeros(len(columns), dtype=np.uint64)
    for column in columns.T:
        result ^= column
        result *= _STEP
        result ^= result >> _SHIFT
    return _mixed(result)


def overlaps(hashes: Hashes, offsets: Ints, pairs: Ints) -> Ints:
    """How many shingles the two of each pair share, int64 [m]: in both sorted sets together, they stand twice."""
    result = np.zeros(len(pairs), dtype=np.int64)
    for at, (left, right) in enumerate(pairs.tolist()):
        both = np.concatenate([hashes[offsets[left]:offsets[left + 1]], hashes[offsets[right]:offsets[right + 1]]])
        both.sort()
        result[at] = np.count_nonzero(both[1:] == both[:-1])
    return result
