"""What executors do with a batch of rows: the stages of one machine, between Arrow and Arrow.

Every function takes an iterator of Arrow batches and yields such; none knows anything of Spark.
"""
from __future__ import annotations

import json
import pickle
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dedup import contained, engines, features, match, pipeline, readers, records, verify
from dedup.article import Article, Cluster, Entry, Member, Result, Unreadable
from dedup.blocks import split
from dedup.boilerplate import repeats
from dedup import corpus as texts
from dedup.corpus import Corpus, digest
from dedup.engines.numpy_ import band_hashes
from dedup.features import Features, Recipe
from dedup.match import Limits
from dedup.spans import SpanTable, masked_text
from dedup.spark import arrow, spool

Batches = Iterable[Any]
SAMPLED, SHORT = -1, -2  # in place of a band's number: the lists of sampled shingles
GROUP = 400  # articles of whole components that are settled together


def read(options: readers.ReadOptions, folder: str | None, batches: Batches) -> Iterator[Any]:
    """(task, its files) → articles, and the errors of those that could not be read.

    `folder`: where to put the articles for those who look for blocks that recur, if anyone does.
    """
    def rows() -> Iterator[Sequence[Any]]:
        with spool.Writer(folder or "") as writer:
            for batch in batches:
                for task, pieces in zip(*arrow.columns(batch, "task", "pieces")):
                    for place, item in enumerate(pipeline.articles(pickle.loads(pieces), options)):
                        yield _read_row(task, place, item, writer if folder else None)

    return arrow.batches(rows(), arrow.READ)


def _read_row(task: int, place: int, item: Article | Unreadable, writer: spool.Writer | None) -> Sequence[Any]:
    if isinstance(item, Unreadable):
        return error_row(task, place, item)
    blocks: Sequence[Any] = [None] * 5
    if writer:
        hashes, tokens = repeats.scan_blocks(split(item.text))
        mixed = arrow.signed(repeats.digests(hashes, np.array([0, len(hashes)]))).tolist()
        blocks = arrow.pack(hashes), int(tokens.sum()), *mixed, writer.name, writer.add(item.text, hashes, tokens)
    record = None if item.record is None else pickle.dumps(dict(item.record))
    return (task, place, item.id, item.path, item.line, item.source, item.date, item.url, item.title, item.lang,
            item.text, record, digest(item.text), *blocks, None)


def error_row(task: int, place: int, error: Unreadable) -> Sequence[Any]:
    """A row of what could not be read."""
    found = {"task": task, "place": place, "own": error.id, "path": error.path, "line": error.line, "error": error.error}
    return tuple(found.get(name) for name in arrow.READ)


@lru_cache(maxsize=1)
def _table(data: bytes | None) -> repeats.Repeats | None:
    return None if data is None else repeats.Repeats.from_bytes(data)


def extract(recipe: Recipe, table: bytes | None, batches: Batches) -> Iterator[Any]:
    """Articles → articles with their features."""
    frozen = _table(table)
    passed = [*list(arrow.FEATURES)[:2], *arrow.ORIGIN, *arrow.ABOUT, "text", "record", "digest"]

    def rows() -> Iterator[Sequence[Any]]:
        for batch in batches:
            texts, sources, langs = arrow.columns(batch, "text", "source", "lang")
            found = features.extract(texts, sources, langs, recipe, frozen)
            keys = arrow.signed(found.digests).tolist()
            for at, row in enumerate(zip(*arrow.columns(batch, *passed))):
                low, high = found.sample_offsets[at:at + 2]
                first, last = found.masks.offsets[at:at + 2]
                yield (*row, keys[at], int(found.sizes[at]), arrow.pack(found.signatures[at]),
                       arrow.pack(found.samples[low:high]), arrow.pack(found.masks.places[first:last]),
                       arrow.pack_row(found.removed, at))

    return arrow.batches(rows(), arrow.FEATURES)


def band(bands: int, rows: int, num_perm: int, batches: Batches) -> Iterator[Any]:
    """Signatures → one row for each band."""
    for batch in batches:
        numbers, keys, packed = arrow.columns(batch, "number", "key", "signature")
        signatures = arrow.flat(packed, np.uint32)[0].reshape(-1, num_perm)
        hashes = [band_hashes(signatures[:, at * rows:(at + 1) * rows]) for at in range(bands)]
        yield _long_batch(np.repeat(np.arange(bands), len(numbers)), arrow.signed(np.concatenate(hashes)),
                          np.tile(numbers, bands), np.tile(keys, bands), np.zeros(bands * len(numbers), np.int64))


def sampled(batches: Batches) -> Iterator[Any]:
    """Samples → one row for each sampled shingle; `weight` is how many its article has.

    As `contained.candidates` does, short articles are looked at a second time, with all their shingles (band SHORT).
    """
    bound = np.uint64((1 << 64) // contained.RATE)
    for batch in batches:
        numbers, keys, packed = arrow.columns(batch, "number", "key", "samples")
        hashes, offsets = arrow.flat(packed, np.uint64)
        owner = np.repeat(np.arange(len(numbers)), np.diff(offsets))
        below = hashes < bound
        short = np.bincount(owner[~below], minlength=len(numbers)) > 0
        for band, chosen in ((SAMPLED, below), (SHORT, short[owner])):
            who = owner[chosen]
            counts = np.bincount(who, minlength=len(numbers))
            yield _long_batch(np.full(len(who), band), arrow.signed(hashes[chosen]), np.array(numbers, np.int64)[who],
                              np.array(keys, np.int64)[who], counts[who])


def _long_batch(*columns: np.ndarray) -> Any:
    import pyarrow

    arrays = [pyarrow.array(np.asarray(column, np.int64)) for column in columns]
    return pyarrow.RecordBatch.from_arrays(arrays, names=list(arrow.BANDS))


def mask(batches: Batches) -> Iterator[Any]:
    """Articles → what is compared of them."""
    def rows() -> Iterator[Sequence[Any]]:
        for batch in batches:
            for number, text, masks in zip(*arrow.columns(batch, "number", "text", "masks")):
                yield number, masked_text(text, np.frombuffer(masks, np.int64).reshape(-1, 2))

    return arrow.batches(rows(), arrow.MASKED)


def hopeful(recipe: Recipe, limits: Limits, batches: Batches) -> Iterator[Any]:
    """Candidate pairs with both masked texts → those that are copies unless a guard objects."""
    engine = engines.load(recipe.engine)

    def rows() -> Iterator[Sequence[Any]]:
        for batch in batches:
            left, right, left_text, right_text = arrow.columns(batch, "left", "right", "left_text", "right_text")
            texts = {**dict(zip(left, left_text)), **dict(zip(right, right_text))}
            docs = np.array(sorted(texts), np.int64)
            hashes, offsets = engine.shingle([texts[number] for number in docs.tolist()], recipe.ngram)
            pairs = np.searchsorted(docs, np.array([left, right], np.int64).T.reshape(-1, 2))
            judge = verify.Verifier.of(hashes, offsets, lambda at: texts[int(docs[at])],
                                       threshold=limits.threshold, containment=limits.containment)
            for one, other in judge.hopeful_of(pairs, engine.overlaps(hashes, offsets, pairs)):
                yield int(docs[one]), int(docs[other])

    return arrow.batches(rows(), arrow.EDGES)


def settle(recipe: Recipe, limits: Limits, keep: tuple[str, ...], wishes: Sequence[tuple[str, int, int]],
           table: bytes | None, batches: Batches) -> Iterator[Any]:
    """Articles of components, one component after the other → the decisions on them."""
    def rows() -> Iterator[Sequence[Any]]:
        waiting: list[dict[str, Any]] = []
        for batch in batches:
            for row in batch.to_pylist():
                if len(waiting) >= GROUP and row["component"] != waiting[-1]["component"]:
                    yield from _settle(waiting, recipe, limits, keep, wishes, table)
                    waiting = []
                waiting.append(row)
        if waiting:
            yield from _settle(waiting, recipe, limits, keep, wishes, table)

    return arrow.batches(rows(), arrow.DECISIONS)


def _settle(rows: list[dict[str, Any]], recipe: Recipe, limits: Limits, keep: tuple[str, ...],
            wishes: Sequence[tuple[str, int, int]], table: bytes | None) -> Iterator[Sequence[Any]]:
    rows = sorted(rows, key=lambda row: row["number"])
    numbers = np.array([row["number"] for row in rows], np.int64)
    place = {number: at for at, number in enumerate(numbers.tolist())}
    with tempfile.TemporaryDirectory(prefix="dedup-") as folder:
        chunk = texts.spool((_article(row) for row in rows), Path(folder) / "texts", count_blocks=False)
        corpus = Corpus([chunk], [row["id"] for row in rows])
        found = _features(rows)
        ours = [(word, place[left], place[right]) for word, left, right in wishes if left in place and right in place]
        near = [(at, place[other]) for at, row in enumerate(rows) for other in sorted(row["near"] or ())]
        clusters = match.settle(corpus, found, recipe, limits, keep, np.array(near, np.int64).reshape(-1, 2), 1,
                                pipeline.silent, wishes=ours)
        stripped = recipe.boilerplate == "strip"
        for cluster in clusters:
            members = [member.article for member in cluster.members]
            anew = pipeline.strip_cluster(recipe, _table(table), corpus.batch(np.array(members))) if stripped else {}
            for member in cluster.members:
                number = member.article
                spans = anew[number] if number in anew else found.removed.row(number)
                yield (int(numbers[member.article]), int(numbers[cluster.canonical]), rows[cluster.canonical]["id"],
                       member.relation, member.match, member.similarity, member.containment,
                       member.reason or cluster.reason, pickle.dumps(spans) if spans else b"")


def _article(row: dict[str, Any]) -> Article:
    record = pickle.loads(row["record"]) if row.get("record") else None
    return Article(row["id"], row["path"], row["text"], row["line"], row["source"], row["date"], row["url"],
                   row.get("title"), row.get("lang"), record)


def _features(rows: list[dict[str, Any]]) -> Features:
    masks, offsets = arrow.flat([row["masks"] for row in rows], np.int64)
    n, none = len(rows), np.zeros(0, np.uint64)
    keys = arrow.unsigned(np.array([row["key"] for row in rows], np.int64))
    table = SpanTable(offsets // 2, masks.reshape(-1, 2), np.zeros(len(masks) // 2, np.int32), (("", "", ()),))
    return Features(np.zeros((n, 0), np.uint32), np.array([row["size"] for row in rows], np.int64), keys, none,
                    np.zeros(n + 1, np.int64), np.zeros(n, np.int64), table,
                    SpanTable.build([arrow.unpack_row(row["removed"]) for row in rows]))


def record(text_field: str, typed: bool, batches: Batches) -> Iterator[Any]:
    """Articles with their decisions → what is written: the fields of a typed record, or the line of one."""
    def rows() -> Iterator[Sequence[Any]]:
        for batch in batches:
            found = batch.to_pylist()
            decisions = records.Decisions(_result([row for row in found if row["error"] is None]))
            number = 0
            for row in found:
                if row["error"] is not None:
                    yield _error_row(row)
                    continue
                yield _record_row(decisions, number, row, text_field, typed)
                number += 1

    return arrow.batches(rows(), arrow.RECORDS)


def _result(rows: list[dict[str, Any]]) -> Result:
    """As much of a result as the records of these articles need; canonicals elsewhere are entries behind them."""
    entries = [Entry(row["id"], row["path"], row["line"], row["source"], row["date"], row["url"]) for row in rows]
    clusters = []
    for at, row in enumerate(rows):
        if row["cluster"] is None:
            continue
        canonical = at
        if row["canonical"] != row["number"]:
            canonical = len(entries)
            entries.append(Entry(row["canonical_id"], ""))
        member = Member(at, row["relation"], row["match"], row["similarity"], row["containment"], row["reason"])
        clusters.append(Cluster(row["cluster"], canonical, row["reason"], (member,)))
    return Result({}, entries, (), tuple(clusters), (), (), 0, lambda number: rows[number]["text"],
                  lambda number: arrow.unpack_row(rows[number]["removed"]))


def _record_row(decisions: records.Decisions, number: int, row: dict[str, Any], text_field: str,
                typed: bool) -> Sequence[Any]:
    written = decisions.record(number, _article(row), text_field)
    decision = written["dedup"]
    spans = decisions.result.removed_of(number)
    known = [row[name] for name in (*arrow.ORIGIN, "id", "path", "line", "source", "date", "url", "title", "lang")]
    after = None, not decision["kept"], row["cluster"] is not None, sum(span.end - span.start for span in spans)
    if not typed:
        return *known, None, None, None, records.line(written).decode()[:-1], *after
    own = ("dedup", text_field)
    fields = {name: value for name, value in written.items() if name not in own} if row["record"] else None
    return (*known, decisions.cleaned(number), fields and records.line(fields).decode()[:-1],
            json.dumps(decision, ensure_ascii=False), None, *after)


def _error_row(row: dict[str, Any]) -> Sequence[Any]:
    line = records.line(records.unreadable(Unreadable(row["path"], row["error"], row["line"], row["id"]))).decode()[:-1]
    return (row["task"], row["place"], row["id"], row["path"], row["line"], *[None] * 7,
            json.dumps({"error": row["error"]}), line, row["error"], False, False, 0)
