"""The order of the stages on a cluster."""
from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from dedup import pipeline
from dedup.article import Unreadable
from dedup.errors import ConfigError
from dedup.features import Recipe
from dedup.match import Limits
from dedup.overrides import Override
from dedup.settings import Settings
from dedup.sources import Source
from dedup.spark import arrow, blocks, graph, work
from dedup.spark.store import Store, mapped

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SHOWN = 100  # errors that are told in words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: counts as in the report, errors (the first of them), notes; `records` are in the store."""

    records: DataFrame
    summary: dict[str, int]
    errors: tuple[Unreadable, ...]
    notes: tuple[str, ...]


def scan(store: Store, sources: Sequence[Source], settings: Settings, *, failed: Sequence[Unreadable] = (),
         overrides: Sequence[Override] = (), typed: bool = False, collected: int = graph.COLLECTED) -> Outcome:
    """Read, match and strip all `sources`, as `pipeline.scan` does. `typed`: records as columns, else as JSON lines.

    `collected`: links from which on connected components are found by the executors.
    """
    from pyspark.sql import functions as f

    read = _read(store, sources, settings, failed)
    ids, warning = _numbered(store, read.where("error is null"))
    recipe = pipeline.recipe_of(settings, ids.count())
    articles = read.join(ids, ["task", "place"])
    table = blocks.table(store, articles) if recipe.boilerplate != "off" else None
    kept = articles.drop("own", "hashes", "words", "mixed", "spool", "begin", "error")
    found = store.save("features", mapped(kept, arrow.FEATURES, work.extract, recipe, table))

    limits = Limits(settings.threshold, settings.containment, settings.recall)
    wishes = _wishes(ids, overrides)
    twins = store.save("twins", _twins(found, sorted({number for _, *pair in wishes for number in pair})))
    docs = found.join(twins.where("number = first").select("number"), "number")
    candidates, notes = graph.candidates(store, docs, recipe, limits, _equal(docs) if wishes else None)
    edges = store.save("links", _hopeful(found, candidates, recipe, limits))
    wished = store.spark.createDataFrame([pair for _, *pair in wishes], arrow.ddl(arrow.EDGES))
    labels = graph.components(store, edges.union(wished), collected)
    settled = _settled(found, twins, labels, edges, recipe, limits, settings.keep, wishes, table)
    decisions = store.save("decisions", settled)
    clusters = _cluster_numbers(store, decisions)
    records = store.save("records", _records(read, found, decisions, clusters, settings.text_field, typed))

    row = records.agg(
        f.count_if(f.isnull("error")), f.count_if("copy"), f.count("error"), f.sum("characters")).first()
    assert row is not None
    total, copies, unreadable, characters = (value or 0 for value in row)
    summary = {"articles": total, "unique": total - copies, "clusters": clusters.count(), "duplicates": copies,
               "unreadable": unreadable, "characters_removed": characters}
    errors = records.where("error is not null").orderBy("task", "place").limit(SHOWN).collect()
    return Outcome(records, summary, tuple(Unreadable(e["path"], e["error"], e["line"], e["id"]) for e in errors),
                   (*([warning] if warning else []), *notes))


def lines(outcome: Outcome) -> Iterator[bytes]:
    """The records as JSON lines in input order, a partition of them at a time."""
    for row in outcome.records.orderBy("task", "place").select("record").toLocalIterator():
        yield row["record"].encode() + b"\n"


def write_parquet(outcome: Outcome, folder: str, overwrite: bool = False) -> None:
    """The records as a folder of Parquet files, in input order; fields of the input's own as JSON in `fields`."""
    from pyspark.sql import functions as f

    names = ["id", "path", "line", "source", "date", "url", "title", "lang", "text", "fields"]
    decision = f.from_json("dedup", f"struct<dedup: {arrow.DECISION}>", {"mode": "FAILFAST"})
    wrapped = outcome.records.withColumn("dedup", f.concat(f.lit('{"dedup": '), "dedup", f.lit("}")))
    ordered = wrapped.orderBy("task", "place").select(*names, decision["dedup"].alias("dedup"))
    ordered.write.mode("overwrite" if overwrite else "error").parquet(folder)


def _read(store: Store, sources: Sequence[Source], settings: Settings, failed: Sequence[Unreadable]) -> DataFrame:
    tasks = [(number, pickle.dumps(pieces)) for number, pieces in enumerate(pipeline.reading_tasks(sources))]
    frame = store.spark.createDataFrame(tasks, "task long, pieces binary").repartition(max(len(tasks), 1))
    options = pipeline.read_options(settings)
    read = mapped(frame, arrow.READ, work.read, options, store.spool if settings.boilerplate != "off" else None)
    if failed:
        rows = [work.error_row(-1, place, error) for place, error in enumerate(failed)]
        read = read.union(store.spark.createDataFrame(rows, arrow.ddl(arrow.READ)))
    return store.save("read", read)


def _numbered(store: Store, articles: DataFrame) -> tuple[DataFrame, str | None]:
    """(task, place, id, number), numbers in the order of ids, and a warning: what `ids.assign` does."""
    from pyspark.sql import functions as f

    full = f.concat("path", f.lit("#"), f.coalesce("line", f.lit(1)))
    own = f.when(f.col("own") != "", f.col("own")).when(f.col("line").isNull(), f.col("path")).otherwise(full)
    named = articles.select("task", "place", own.alias("id"), f.lit(False).alias("renamed"), full.alias("full"))
    renamed, example, turn = 0, "", 0
    while True:
        times = named.groupBy("id").agg(f.count("*").alias("times"))
        clashing = times.where("times > 1").select("id", f.lit(True).alias("clash"))
        fresh = named.join(clashing, "id").where("not renamed")
        count = fresh.count()
        if not count:
            break
        first = fresh.orderBy("task", "place").first()
        example, renamed = example or (first["id"] if first else ""), renamed + count
        clash = f.coalesce("clash", f.lit(False)) & ~f.col("renamed")
        named = store.save(f"ids-{turn % 2}", named.join(clashing, "id", "left").select(
            "task", "place", f.when(clash, f.col("full")).otherwise(f.col("id")).alias("id"),
            (f.col("renamed") | clash).alias("renamed"), "full"))
        turn += 1
    numbered = named.select("task", "place", "id").orderBy("id").withColumn("number", f.monotonically_increasing_id())
    warning = (f"{renamed} articles share their id with another ({example!r} for one): "
               "each of them is called PATH#N instead") if renamed else None
    return store.save("numbers", numbered), warning


def _wishes(ids: DataFrame, overrides: Sequence[Override]) -> list[tuple[str, int, int]]:
    names = sorted({id for override in overrides for id in override[1:]})
    rows = ids.where(ids["id"].isin(names)).select("id", "number").collect() if names else []
    number = {row["id"]: int(row["number"]) for row in rows}
    for id in names:
        if id not in number:
            raise ConfigError(f"overrides: there is no article with the id {id!r}")
    return [(word, number[left], number[right]) for word, left, right in overrides]


def _twins(found: DataFrame, apart: Sequence[int]) -> DataFrame:
    """(number, first): the first article of the same words, or, without any word, of the same text."""
    from pyspark.sql import functions as f

    words = f.when(f.col("size") == 0, f.hex("digest")).otherwise(f.col("key").cast("string"))
    if apart:
        words = f.when(f.col("number").isin(list(apart)), f.concat(f.lit("="), "number")).otherwise(words)
    keyed = found.select("number", words.alias("words"))
    first = keyed.groupBy("words").agg(f.min("number").alias("first"))
    return keyed.join(first, "words").select("number", "first")


def _equal(docs: DataFrame) -> DataFrame:
    """(first, other) of equal words that the user's word keeps apart."""
    from pyspark.sql import functions as f

    keyed = docs.where("size > 0").select("number", "key")
    first = keyed.groupBy("key").agg(f.min("number").alias("left"))
    return keyed.join(first, "key").where("number > left").select("left", f.col("number").alias("right"))


def _hopeful(found: DataFrame, candidates: DataFrame, recipe: Recipe, limits: Limits) -> DataFrame:
    masked = mapped(found.select("number", "text", "masks"), arrow.MASKED, work.mask)
    paired = candidates.join(masked.toDF("left", "left_text"), "left").join(masked.toDF("right", "right_text"), "right")
    sorted_ = paired.sortWithinPartitions("right", "left")  # a text that stands in many pairs is then looked at once
    return mapped(sorted_.select("left", "right", "left_text", "right_text"), arrow.EDGES, work.hopeful, recipe, limits)


def _settled(found: DataFrame, twins: DataFrame, labels: DataFrame, edges: DataFrame, recipe: Recipe, limits: Limits,
             keep: tuple[str, ...], wishes: Sequence[tuple[str, int, int]], table: bytes | None) -> DataFrame:
    """Clusters, canonicals and what is stripped, each component by one task; articles alone are left out."""
    from pyspark.sql import functions as f

    labelled = twins.join(labels.toDF("first", "component"), "first", "left").select(
        "number", f.coalesce("component", "first").alias("component"))
    several = labelled.groupBy("component").agg(f.count("*").alias("times")).where("times > 1").select("component")
    near = edges.groupBy(f.col("left").alias("number")).agg(f.collect_list("right").alias("near"))
    columns = ["number", "id", *arrow.ABOUT, "text", "key", "size", "masks", "removed"]
    rows = found.select(*columns).join(labelled.join(several, "component"), "number").join(near, "number", "left")
    grouped = rows.repartition(f.col("component")).sortWithinPartitions("component", "number")
    return mapped(grouped, arrow.DECISIONS, work.settle, recipe, limits, keep, wishes, table)


def _cluster_numbers(store: Store, decisions: DataFrame) -> DataFrame:
    """(canonical, cluster), clusters counted from 1 in the order of their canonicals."""
    from pyspark.sql import functions as f

    ordered = decisions.select("canonical").distinct().orderBy("canonical")
    placed = store.save("clusters", ordered.withColumn("place", f.monotonically_increasing_id()))
    part = f.shiftright("place", 33)  # as Spark numbers rows: the partition, then 33 bits within it
    counts = sorted((row["part"], row["count"]) for row in placed.groupBy(part.alias("part")).count().collect())
    totals = accumulate((count for _, count in counts), initial=1)
    starts = [(number, start) for (number, _), start in zip(counts, totals)]
    frame = store.spark.createDataFrame(starts, "part long, start long")
    return placed.withColumn("part", part).join(f.broadcast(frame), "part").select(
        "canonical", (f.col("start") + f.col("place").bitwiseAND((1 << 33) - 1)).alias("cluster"))


def _records(read: DataFrame, found: DataFrame, decisions: DataFrame, clusters: DataFrame, text_field: str,
             typed: bool) -> DataFrame:
    from pyspark.sql import functions as f

    passed = ["number", "id", *arrow.ORIGIN, *arrow.ABOUT, "text", "record"]
    decided = decisions.join(clusters, "canonical").withColumnRenamed("removed", "anew")
    rows = found.join(decided, "number", "left").select(
        *passed, f.coalesce("anew", "removed").alias("removed"), "canonical", "canonical_id", "cluster", "relation",
        "match", "similarity", "containment", "reason", f.lit(None).cast("string").alias("error"))
    unread = read.where("error is not null").withColumn("id", f.col("own"))
    return mapped(rows.unionByName(unread.select("id", *arrow.ORIGIN, *arrow.ABOUT, "text", "record", "error"),
                                   allowMissingColumns=True), arrow.RECORDS, work.record, text_field, typed)
