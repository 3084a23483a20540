"""What executors do with a batch of rows: the stages of one machine, between Arrow and Arrow.

Every function takes an iterator of Arrow batches and yields such; none knows anything of Spark. `folder`: of the spool.
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

from dedup import contained, copies, engines, features, match, pipeline, readers, records, verify
from dedup.article import Article, Cluster, Entry, Member, Passed, Result, Span, Unreadable, cut
from dedup.blocks import split
from dedup.boilerplate import repeats
from dedup import corpus as texts
from dedup.corpus import Corpus, identity
from dedup.engines.numpy_ import band_hashes
from dedup.features import Features, Recipe
from dedup.match import Limits
from dedup.spans import SpanTable, masked_text
from dedup.spark import arrow, spool

Batches = Iterable[Any]
SAMPLED, SHORT = -1, -2  # in place of a band's number: the lists of sampled shingles
GROUP = 400  # articles of whole components that are settled together
PAIRS = 10_000  # candidates that are looked at together


def read(options: readers.ReadOptions, count_blocks: bool, folder: str, batches: Batches) -> Iterator[Any]:
    """(task, its files) → where in the spool each article is, and the errors of those that could not be read.

    `count_blocks`: for those who look for blocks that recur, if anyone does.
    """
    def rows() -> Iterator[Sequence[Any]]:
        with spool.Writer(folder) as writer:
            for batch in batches:
                for task, pieces in zip(*arrow.columns(batch, "task", "pieces")):
                    items = pipeline.articles(pickle.loads(pieces), options)
                    for place, item in enumerate(item for item in items if not isinstance(item, Passed)):
                        yield row(writer, task, place, item)

    def row(writer: spool.Writer, task: int, place: int, item: Article | Unreadable) -> Sequence[Any]:
        if isinstance(item, Unreadable):
            return error_row(task, place, item)
        words, mixed = 0, 0
        if count_blocks:
            hashes, tokens = blocks = repeats.scan_blocks(split(item.text))
            mixed = int(arrow.signed(repeats.digests(hashes, np.array([0, len(hashes)])))[0])
            words = int(tokens.sum())
            begin = writer.add(item, options.text_field, blocks)
        else:
            begin = writer.add(item, options.text_field)
        return task, place, writer.name, begin, item.id, item.path, item.line, item.source, words, mixed, None

    return arrow.batches(rows(), arrow.READ)


def error_row(task: int, place: int, error: Unreadable) -> Sequence[Any]:
    """A row of what could not be read."""
    known = {"task": task, "place": place, "own": error.id, "path": error.path, "line": error.line, "error": error.error}
    return tuple(known.get(name) for name in arrow.READ)


@lru_cache(maxsize=1)
def _table(data: bytes | None) -> repeats.Repeats | None:
    return None if data is None else repeats.Repeats.from_bytes(data)


def _articles(folder: str, batches: Batches) -> Iterator[list[tuple[dict[str, Any], Article | None]]]:
    """Rows with their articles, None where one could not be read; about arrow.BATCH_BYTES of text at a time."""
    waiting: list[tuple[dict[str, Any], Article | None]] = []
    size = 0
    for batch in batches:
        for row in batch.to_pylist():
            article = None if row["spool"] is None else spool.article(folder, row["spool"], row["begin"], row["id"])
            waiting.append((row, article))
            size += len(article.text) if article else 0
            if len(waiting) >= arrow.BATCH_ROWS or size >= arrow.BATCH_BYTES:
                yield waiting
                waiting, size = [], 0
    if waiting:
        yield waiting


def extract(recipe: Recipe, table: bytes | None, folder: str, batches: Batches) -> Iterator[Any]:
    """Articles → their features."""
    frozen = _table(table)
    passed = list(arrow.FEATURES)[:6]

    def rows() -> Iterator[Sequence[Any]]:
        for some in _articles(folder, batches):
            articles = [article for _, article in some if article]
            found = features.extract([article.text for article in articles], [article.source for article in articles],
                                     [article.lang for article in articles], recipe, frozen)
            keys = arrow.signed(found.digests).tolist()
            for at, ((row, _), article) in enumerate(zip(some, articles)):
                low, high = found.sample_offsets[at:at + 2]
                first, last = found.masks.offsets[at:at + 2]
                size = int(found.sizes[at])
                yield (*(row[name] for name in passed), None if size else identity(
                    article.text, article.title, article.url, article.source, article.date), keys[at], size,
                       arrow.pack(found.signatures[at]), arrow.pack(found.samples[low:high]),
                       arrow.pack(found.masks.places[first:last]), *_removed(found.removed.row(at)))

    return arrow.batches(rows(), arrow.FEATURES)


def _removed(spans: Sequence[Span]) -> tuple[bytes, int]:
    """Spans as bytes, and how many characters they hold."""
    return arrow.pack_row(spans), sum(span.end - span.start for span in spans)


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


def hopeful(recipe: Recipe, limits: Limits, folder: str, batches: Batches) -> Iterator[Any]:
    """Candidate pairs, each with where both articles are and what is masked there → those that score high enough
    to be copies."""
    engine = engines.load(recipe.engine)

    def rows() -> Iterator[Sequence[Any]]:
        for some, masked in pairs():
            docs = np.array(sorted(masked), np.int64)
            hashes, offsets = engine.shingle([masked[number] for number in docs.tolist()], recipe.ngram)
            local = np.searchsorted(docs, np.array(some, np.int64))
            judge = verify.Verifier.of(engine, hashes, offsets, lambda at: masked[int(docs[at])],
                                       threshold=limits.threshold, containment=limits.containment)
            for one, other in judge.hopeful_of(local, engine.overlaps(hashes, offsets, local)):
                yield int(docs[one]), int(docs[other])

    def pairs() -> Iterator[tuple[list[tuple[int, int]], dict[int, str]]]:
        """Some pairs, and the masked texts of all in them."""
        some: list[tuple[int, int]] = []
        masked: dict[int, str] = {}
        size = 0
        for batch in batches:
            for row in batch.to_pylist():
                some.append((row["left"], row["right"]))
                for side in ("left", "right"):
                    if row[side] not in masked:
                        whole = spool.text(folder, row[f"{side}_spool"], row[f"{side}_begin"])
                        masks = np.frombuffer(row[f"{side}_masks"], np.int64).reshape(-1, 2)
                        masked[row[side]] = masked_text(whole, masks)
                        size += len(whole)
                if len(some) >= PAIRS or size >= arrow.BATCH_BYTES:
                    yield some, masked
                    some, masked, size = [], {}, 0
        if some:
            yield some, masked

    return arrow.batches(rows(), arrow.EDGES)


def settle(recipe: Recipe, limits: Limits, keep: tuple[str, ...], wishes: Sequence[tuple[str, int, int]],
           table: bytes | None, folder: str, batches: Batches) -> Iterator[Any]:
    """Articles of components, one component after the other → the decisions on them."""
    def rows() -> Iterator[Sequence[Any]]:
        waiting: list[dict[str, Any]] = []
        for batch in batches:
            for row in batch.to_pylist():
                if len(waiting) >= GROUP and row["component"] != waiting[-1]["component"]:
                    yield from _settle(waiting, recipe, limits, keep, wishes, table, folder)
                    waiting = []
                waiting.append(row)
        if waiting:
            yield from _settle(waiting, recipe, limits, keep, wishes, table, folder)

    return arrow.batches(rows(), arrow.DECISIONS)


def _settle(rows: list[dict[str, Any]], recipe: Recipe, limits: Limits, keep: tuple[str, ...],
            wishes: Sequence[tuple[str, int, int]], table: bytes | None, spooled: str) -> Iterator[Sequence[Any]]:
    rows = sorted(rows, key=lambda row: row["number"])
    numbers = np.array([row["number"] for row in rows], np.int64)
    place = {number: at for at, number in enumerate(numbers.tolist())}
    with tempfile.TemporaryDirectory(prefix="dedup-") as folder:
        articles = (spool.article(spooled, row["spool"], row["begin"], row["id"]) for row in rows)
        chunk = texts.spool(articles, Path(folder) / "texts", count_blocks=table is not None)
        corpus = Corpus([chunk], [row["id"] for row in rows])
        found = _features(rows)
        ours = [(word, place[left], place[right]) for word, left, right in wishes if left in place and right in place]
        near = [(at, place[other]) for at, row in enumerate(rows) for other in sorted(row["near"] or ())]
        clusters = match.settle(corpus, found, recipe, limits, keep, np.array(near, np.int64).reshape(-1, 2), 1,
                                pipeline.silent, wishes=ours).clusters
        members = ((corpus.batch(np.array([member.article for member in cluster.members])), ()) for cluster in clusters)
        anew = copies.strip_clusters(recipe, _table(table), members) if recipe.boilerplate == "strip" else {}
        for cluster in clusters:
            for member in cluster.members:
                number = member.article
                spans = anew[number] if number in anew else found.removed.row(number)
                yield (int(numbers[member.article]), int(numbers[cluster.canonical]), rows[cluster.canonical]["id"],
                       member.relation, member.match, member.similarity, member.containment,
                       member.reason or cluster.reason, *_removed(spans))


def _features(rows: list[dict[str, Any]]) -> Features:
    masks, offsets = arrow.flat([row["masks"] for row in rows], np.int64)
    n, none = len(rows), np.zeros(0, np.uint64)
    keys = arrow.unsigned(np.array([row["key"] for row in rows], np.int64))
    table = SpanTable(offsets // 2, masks.reshape(-1, 2), np.zeros(len(masks) // 2, np.int32), (("", "", ()),))
    return Features(np.zeros((n, 0), np.uint32), np.array([row["size"] for row in rows], np.int64), keys, none,
                    np.zeros(n + 1, np.int64), np.zeros(n, np.int64), table,
                    SpanTable.build([arrow.unpack_row(row["removed"]) for row in rows]))


def record(text_field: str, folder: str, batches: Batches) -> Iterator[Any]:
    """Articles with their decisions → the columns of typed records."""
    def rows() -> Iterator[Sequence[Any]]:
        for row, article, written in _written(text_field, folder, batches):
            decision = json.dumps(written["dedup"], ensure_ascii=False)
            if article is None:
                yield row["id"], row["path"], row["line"], *[None] * 7, decision
                continue
            fields = None
            if article.record is not None:
                kept = {name: value for name, value in written.items() if name not in ("dedup", text_field)}
                fields = records.line(kept).decode()[:-1]
            yield (article.id, article.path, article.line, article.source, article.date, article.url, article.title,
                   article.lang, cut(article.text, arrow.unpack_row(row["removed"])), fields, decision)

    return arrow.batches(rows(), arrow.RECORDS)


def lines(text_field: str, folder: str, batches: Batches) -> Iterator[Any]:
    """Articles with their decisions, in order → a file with their records as JSON lines, and the place of the first."""
    first = None
    with spool.Writer(folder) as writer:
        for row, _, written in _written(text_field, folder, batches):
            first = first or (row["task"], row["place"], writer.name)
            writer.write(records.line(written))
    return arrow.batches([first] if first else [], arrow.LINES)


def _written(text_field: str, folder: str,
             batches: Batches) -> Iterator[tuple[dict[str, Any], Article | None, dict[str, Any]]]:
    """Rows, each with its article, or None where it could not be read, and its record."""
    for some in _articles(folder, batches):
        readable = [(row, article) for row, article in some if article]
        decisions = records.Decisions(_result(readable))
        number = 0
        for row, article in some:
            if article is None:
                yield row, None, records.unreadable(Unreadable(row["path"], row["error"], row["line"], row["id"]))
                continue
            yield row, article, decisions.record(number, article, text_field)
            number += 1


def _result(rows: Sequence[tuple[dict[str, Any], Article]]) -> Result:
    """As much of a result as the records of these articles need; canonicals elsewhere are entries behind them."""
    entries = [Entry(row["id"], article.path) for row, article in rows]
    clusters = []
    for at, (row, _) in enumerate(rows):
        if row["cluster"] is None:
            continue
        canonical = at
        if row["canonical"] != row["number"]:
            canonical = len(entries)
            entries.append(Entry(row["canonical_id"], ""))
        member = Member(at, row["relation"], row["match"], row["similarity"], row["containment"], row["reason"])
        clusters.append(Cluster(row["cluster"], canonical, row["reason"], (member,)))
    return Result({}, entries, (), tuple(clusters), (), (), 0, lambda number: rows[number][1].text,
                  lambda number: arrow.unpack_row(rows[number][0]["removed"]))
