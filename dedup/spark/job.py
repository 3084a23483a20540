"""The order of the stages on a cluster."""
from __future__ import annotations

import pickle
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO

from dedup import pipeline
from dedup.article import Unreadable
from dedup.errors import ConfigError
from dedup.features import Recipe
from dedup.match import Limits
from dedup.overrides import Override
from dedup.settings import Settings
from dedup.sources import Source
from dedup.spark import arrow, blocks, graph, spool, work
from dedup.spark.store import Store, mapped

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SHOWN = 100  # errors that are told in words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: counts as in the report, errors (the first of them), notes; `decided`, in the store, has the
    decision on every article, and those that could not be read."""

    decided: DataFrame
    summary: dict[str, int]
    errors: tuple[Unreadable, ...]
    notes: tuple[str, ...]


def scan(store: Store, sources: Sequence[Source], settings: Settings, *, failed: Sequence[Unreadable] = (),
         overrides: Sequence[Override] = (), collected: int = graph.COLLECTED) -> Outcome:
    """Read, match and strip all `sources`, as `pipeline.scan` does.

    `collected`: links from which on connected components are found by the executors.
    """
    from pyspark.sql import functions as f

    read = _read(store, sources, settings, failed)
    articles, warning = _numbered(store, read.where("error is null"))
    total = articles.count()
    recipe = pipeline.recipe_of(settings, total)
    table = blocks.table(store, articles) if recipe.boilerplate != "off" else None
    placed = store.in_input_order(articles.select("number", "id", *arrow.ORIGIN, *arrow.SPOT))
    found = store.save("features", mapped(placed, arrow.FEATURES, work.extract, recipe, table, store.spool))

    limits = Limits(settings.threshold, settings.containment, settings.recall)
    wishes = _wishes(articles, overrides)
    twins = store.save("twins", _twins(found, sorted({number for _, *pair in wishes for number in pair})))
    docs = found.join(twins.where("number = first").select("number"), "number")
    candidates, notes = graph.candidates(store, docs, recipe, limits, _equal(docs) if wishes else None)
    edges = store.save("links", _hopeful(store, found, candidates, recipe, limits))
    wished = store.spark.createDataFrame([pair for _, *pair in wishes], arrow.ddl(arrow.EDGES))
    labels = graph.components(store, edges.union(wished), collected)
    settled = _settled(store, found, twins, labels, edges, recipe, limits, settings.keep, wishes, table)
    decisions = store.save("decisions", settled)
    clusters = _cluster_numbers(store, decisions)
    decided = store.save("decided", _decided(read, found, decisions, clusters))

    row = decided.agg(f.count_if(f.col("canonical") != f.col("number")), f.count("error"), f.sum("characters")).first()
    assert row is not None
    copies, unreadable, characters = (value or 0 for value in row)
    summary = {"articles": total, "unique": total - copies, "clusters": clusters.count(), "duplicates": copies,
               "unreadable": unreadable, "characters_removed": characters}
    errors = decided.where("error is not null").orderBy("task", "place").limit(SHOWN).collect()
    return Outcome(decided, summary, tuple(Unreadable(e["path"], e["error"], e["line"], e["id"]) for e in errors),
                   (*([warning] if warning else []), *notes))


def write_lines(store: Store, outcome: Outcome, text_field: str, out: BinaryIO) -> None:
    """The records as JSON lines in input order: executors write them to files, which are put end to end here."""
    ordered = store.in_input_order(outcome.decided)
    parts = store.save("lines", mapped(ordered, arrow.LINES, work.lines, text_field, store.spool))
    for row in parts.orderBy("task", "place").collect():
        with open(spool.path(store.spool, row["spool"]), "rb") as part:
            shutil.copyfileobj(part, out, 1 << 20)


def write_parquet(store: Store, outcome: Outcome, text_field: str, folder: str, overwrite: bool = False) -> None:
    """The records as a folder of Parquet files, in input order; fields of the input's own as JSON in `fields`."""
    from pyspark.sql import functions as f

    store.progress("records", 0, 0)
    ordered = store.in_input_order(outcome.decided)
    records = mapped(ordered, arrow.RECORDS, work.record, text_field, store.spool)
    wrapped = records.withColumn("dedup", f.concat(f.lit('{"dedup": '), "dedup", f.lit("}")))
    decision = f.from_json("dedup", f"struct<dedup: {arrow.DECISION}>", {"mode": "FAILFAST"})
    names = [name for name in arrow.RECORDS if name != "dedup"]
    typed = wrapped.select(*names, decision["dedup"].alias("dedup"))
    typed.write.mode("overwrite" if overwrite else "error").parquet(folder)


def _read(store: Store, sources: Sequence[Source], settings: Settings, failed: Sequence[Unreadable]) -> DataFrame:
    tasks = [(number, pickle.dumps(pieces)) for number, pieces in enumerate(pipeline.reading_tasks(sources))]
    store.tasks = len(tasks)
    frame = store.in_input_order(store.spark.createDataFrame(tasks, "task long, pieces binary"), "task")
    read = mapped(frame, arrow.READ, work.read, pipeline.read_options(settings), settings.boilerplate != "off", store.spool)
    if failed:
        rows = [work.error_row(-1, place, error) for place, error in enumerate(failed)]
        read = read.union(store.spark.createDataFrame(rows, arrow.ddl(arrow.READ)))
    return store.save("read", read)


def _numbered(store: Store, read: DataFrame) -> tuple[DataFrame, str | None]:
    """What was read with `id` and `number`, numbers in the order of ids, and a warning: what `ids.assign` does."""
    from pyspark.sql import functions as f

    full = f.concat("path", f.lit("#"), f.coalesce("line", f.lit(1)))
    own = f.when(f.col("own") != "", f.col("own")).when(f.col("line").isNull(), f.col("path")).otherwise(full)
    passed = [*arrow.ORIGIN, *arrow.SPOT, "source", "words", "mixed"]
    named = read.select(*passed, own.alias("id"), f.lit(False).alias("renamed"), full.alias("full"))
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
            *passed, f.when(clash, f.col("full")).otherwise(f.col("id")).alias("id"),
            (f.col("renamed") | clash).alias("renamed"), "full"))
        turn += 1
    numbered = named.select(*passed, "id").orderBy("id").withColumn("number", f.monotonically_increasing_id())
    warning = (f"{renamed} articles share their id with another ({example!r} for one): "
               "each of them is called PATH#N instead") if renamed else None
    return store.save("numbers", numbered), warning


def _wishes(articles: DataFrame, overrides: Sequence[Override]) -> list[tuple[str, int, int]]:
    names = sorted({id for override in overrides for id in override[1:]})
    rows = articles.where(articles["id"].isin(names)).select("id", "number").collect() if names else []
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


def _hopeful(store: Store, found: DataFrame, candidates: DataFrame, recipe: Recipe, limits: Limits) -> DataFrame:
    where = ["spool", "begin", "masks"]
    paired = candidates
    for side in ("left", "right"):
        paired = paired.join(found.select("number", *where).toDF(side, *(f"{side}_{name}" for name in where)), side)
    ordered = store.together(paired, "right", "left")  # a text that stands in many pairs is then looked at once
    return mapped(ordered, arrow.EDGES, work.hopeful, recipe, limits, store.spool)


def _settled(store: Store, found: DataFrame, twins: DataFrame, labels: DataFrame, edges: DataFrame, recipe: Recipe,
             limits: Limits, keep: tuple[str, ...], wishes: Sequence[tuple[str, int, int]], table: bytes | None) -> DataFrame:
    """Clusters, canonicals and what is stripped, each component by one task; articles alone are left out."""
    from pyspark.sql import functions as f

    labelled = twins.join(labels.toDF("first", "component"), "first", "left").select(
        "number", f.coalesce("component", "first").alias("component"))
    several = labelled.groupBy("component").agg(f.count("*").alias("times")).where("times > 1").select("component")
    near = edges.groupBy(f.col("left").alias("number")).agg(f.collect_list("right").alias("near"))
    columns = ["number", "id", *arrow.SPOT, "key", "size", "masks", "removed"]
    rows = found.select(*columns).join(labelled.join(several, "component"), "number").join(near, "number", "left")
    components = store.together(rows, "component", "number")
    return mapped(components, arrow.DECISIONS, work.settle, recipe, limits, keep, wishes, table, store.spool)


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


def _decided(read: DataFrame, found: DataFrame, decisions: DataFrame, clusters: DataFrame) -> DataFrame:
    """All articles with their decisions, and what could not be read."""
    from pyspark.sql import functions as f

    anew = decisions.join(clusters, "canonical").withColumnsRenamed({"removed": "anew", "characters": "fewer"})
    rows = found.join(anew, "number", "left").select(
        "number", "id", *arrow.ORIGIN, *arrow.SPOT, f.coalesce("anew", "removed").alias("removed"),
        f.coalesce("fewer", "characters").alias("characters"), "canonical", "canonical_id", "cluster", "relation",
        "match", "similarity", "containment", "reason")
    unread = read.where("error is not null").select(f.col("own").alias("id"), *arrow.ORIGIN, "path", "line", "error")
    return rows.unionByName(unread, allowMissingColumns=True)
