"""Candidate pairs and connected components, as DataFrames."""
from __future__ import annotations

from typing import TYPE_CHECKING

from dedup import contained, lsh
from dedup.features import Recipe
from dedup.match import Limits
from dedup.spark import arrow, work
from dedup.spark.store import Store, mapped

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

COLLECTED = 1_000_000  # links up to which the driver finds the components, which takes it some 200 MB


def bucket_pairs(store: Store, name: str, rows: DataFrame, cap: int, anchors: int) -> tuple[DataFrame, int]:
    """(left, right, weight, band) of all pairs that share a bucket (band, hash), and how many buckets were over-full.

    There each member is paired with the `anchors` smallest by (key, number) only. One shuffle: window and join want
    the rows of a bucket in one place, sorted; no bucket is ever held in memory as a whole. weight: the smaller one's.
    """
    from pyspark.sql import functions as f
    from pyspark.sql.window import Window

    bucket = Window.partitionBy("band", "hash")
    ranked = (rows.withColumn("members", f.count("*").over(bucket)).where("members > 1")
              .withColumn("rank", f.row_number().over(bucket.orderBy("key", "number"))))
    ranked = store.save(name, ranked.select("band", "hash", "number", "weight", "members", "rank"))
    crowded = ranked.where((f.col("members") > cap) & (f.col("rank") == 1)).count()
    leading = ranked.where((f.col("members") <= cap) | (f.col("rank") <= anchors))
    first = leading.select("band", "hash", "number", "weight", "rank").toDF(
        "band", "hash", "one", "one_weight", "before")
    both = first.join(ranked, ["band", "hash"]).where("before < rank")
    return both.select(f.least("one", "number").alias("left"), f.greatest("one", "number").alias("right"),
                       f.least("one_weight", "weight").alias("weight"), "band"), crowded


def candidates(store: Store, docs: DataFrame, recipe: Recipe, limits: Limits,
               equal: DataFrame | None) -> tuple[DataFrame, list[str]]:
    """What `match.candidates` finds: distinct (left, right), and notes on the search. `equal`: pairs of equal words."""
    from pyspark.sql import functions as f

    bands, rows = lsh.bands_and_rows(limits.threshold, limits.recall, recipe.num_perm)
    filled = docs.where("size > 0")
    if equal is not None:
        filled = filled.join(equal.select(f.col("right").alias("number")), "number", "left_anti")
    signed = filled.select("number", "key", "signature")
    banded = mapped(signed, arrow.BANDS, work.band, bands, rows, recipe.num_perm)
    pairs, crowded = bucket_pairs(store, "bands", banded, lsh.CAP, lsh.ANCHORS)
    notes = []
    if crowded:
        notes.append(f"{crowded} buckets of more than {lsh.CAP} articles: "
                     "each article there was compared with a few of them only")
    found = pairs.select("left", "right")
    if limits.containment <= 1:
        lists = mapped(docs.where("size > 0").select("number", "key", "samples"), arrow.BANDS, work.sampled)
        shared = bucket_pairs(store, "samples", lists, contained.CAP, contained.NEAREST)[0]
        counted = shared.groupBy("left", "right", "band").agg(
            f.count("*").alias("shared"), f.first("weight").alias("smaller"))
        share = f.when(f.col("band") == work.SHORT, 0.0).otherwise(contained.HALF * limits.containment)
        enough = counted.where((f.col("shared") >= f.least(f.lit(contained.LEAST), "smaller"))
                               & (f.col("shared") >= share * f.col("smaller")))
        found = found.union(enough.select("left", "right"))
    if equal is not None:
        found = found.union(equal)
    return store.save("candidates", found.distinct()), notes


def components(store: Store, links: DataFrame, collected: int = COLLECTED) -> DataFrame:
    """(number, component) of every article in `links` (left, right); a component is named by its smallest article."""
    if links.count() <= collected:
        return _by_driver(store, links)
    return _by_iteration(store, links)


def _by_driver(store: Store, links: DataFrame) -> DataFrame:
    import pyarrow

    parent: dict[int, int] = {}

    def root(number: int) -> int:
        parent.setdefault(number, number)
        while parent[number] != number:
            parent[number] = number = parent[parent[number]]
        return number

    table = links.select("left", "right").toArrow()
    for left, right in zip(table["left"].to_pylist(), table["right"].to_pylist()):
        one, other = root(left), root(right)
        parent[max(one, other)] = min(one, other)
    numbers = sorted(parent)
    return store.spark.createDataFrame(pyarrow.table({
        "number": pyarrow.array(numbers, pyarrow.int64()),
        "component": pyarrow.array([root(number) for number in numbers], pyarrow.int64())}))


def _by_iteration(store: Store, links: DataFrame) -> DataFrame:
    """Large star and small star in turn (Kiveris et al. 2014) until every article points at the smallest it reaches."""
    from pyspark.sql import functions as f

    def star(frame: DataFrame, large: bool) -> DataFrame:
        """Each article's neighbours (the larger ones, or the smaller ones with itself) linked to its smallest one."""
        near = frame.union(frame.select("right", "left")).toDF("left", "right") if large else frame.select(
            f.greatest("left", "right").alias("left"), f.least("left", "right").alias("right"))
        least = near.groupBy("left").agg(f.least("left", f.min("right")).alias("least"))
        joined = near.join(least, "left")
        kept = joined.where("right > left") if large else joined
        linked = kept.select(f.col("right").alias("left"), f.col("least").alias("right"))
        linked = linked if large else linked.union(least.select("left", "least"))
        return linked.where("left <> right").distinct()

    def state(frame: DataFrame) -> tuple[int, int]:
        row = frame.agg(f.count("*"), f.sum(f.xxhash64("left", "right").cast("decimal(38,0)"))).first()
        return tuple(row)  # type: ignore[arg-type]

    turn, before = 0, (-1, -1)
    current = links.select("left", "right")
    while (after := state(current)) != before:
        before = after
        current = store.save(f"components-{turn % 2}", star(star(current, True), False))
        turn += 1
    heads = current.select(f.col("right").alias("number"), f.col("right").alias("component")).distinct()
    return current.select(f.col("left").alias("number"), f.col("right").alias("component")).union(heads)
