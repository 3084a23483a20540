"""Which blocks recur, found by aggregation: `boilerplate.repeats.find` for a corpus that no machine holds."""
from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.boilerplate.repeats import Repeats
from dedup.spark import arrow, blockwork
from dedup.spark.store import Store, mapped

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def table(store: Store, articles: DataFrame) -> bytes:
    """The frozen table of recurrent blocks; `articles`: (number, source, words, mixed, spool, begin).

    Blocks are counted, and alike ones brought together, by key in the executors. One task then has of each article
    where it stands and which of its blocks are in classes, and reads what it compares: at most `hosts.MOST` articles
    of a class.
    """
    from pyspark.sql import functions as f

    spool = store.spool
    distinct = store.save("articles", _distinct(articles))
    where = _in_order(distinct.select("number", *arrow.SPOT))
    values = store.save("blocks", mapped(where, blockwork.VALUES, blockwork.values, spool))
    recurrent = store.save("recurrent", values.groupBy("value").agg(f.count("*").alias("frequency")).where("frequency > 1"))

    known = values.join(recurrent, "value").groupBy("number").agg(f.collect_list("value").alias("known"))
    rows = distinct.join(known, "number", "left").select("words", "mixed", *arrow.SPOT, "known")
    spots = mapped(_in_order(rows), blockwork.SPOTS, blockwork.spots, spool).groupBy("value").agg(
        f.min_by(f.struct("spool", "begin", "place"), f.struct(-f.col("words"), "mixed", "place")).alias("spot"))
    placed = store.together(spots.select("value", "spot.*"), *arrow.SPOT)
    looks = store.save("looks", mapped(placed, blockwork.LOOKS, blockwork.looks, spool))
    led = store.save("alike", _led(store, looks, recurrent))

    heads = recurrent.select("value").union(led.select("value")).union(led.select("leader")).distinct()
    classed = heads.join(led, "value", "left").select("value", f.coalesce("leader", "value").alias("head"))
    blocks = values.join(classed, "value").groupBy("number").agg(
        f.collect_list(f.struct("value", "head", "place")).alias("blocks"))
    gathered = distinct.join(blocks, "number", "left").repartition(1).sortWithinPartitions(f.desc("words"), "mixed")
    found = store.save("repeats", mapped(gathered, blockwork.TABLE, blockwork.table, spool)).collect()
    return bytes(found[0]["table"]) if found else Repeats().to_bytes()


def _distinct(articles: DataFrame) -> DataFrame:
    """Of articles of the same blocks the first, with the sources of all; none without words."""
    from pyspark.sql import functions as f

    first = f.min_by(f.struct("number", "spool", "begin"), "number").alias("first")
    return articles.where("words > 0").groupBy("words", "mixed").agg(
        first, f.collect_set(f.struct("source")).alias("sources")).select("words", "mixed", "first.*", "sources")


def _in_order(rows: DataFrame) -> DataFrame:
    """Each partition as it stands in the spool, so that files are read from front to end."""
    return rows.sortWithinPartitions(*arrow.SPOT)


def _led(store: Store, looks: DataFrame, recurrent: DataFrame) -> DataFrame:
    """(value, leader) of blocks that are much like a more frequent one; one task goes through those that meet any."""
    from pyspark.sql import functions as f
    from pyspark.sql.window import Window

    def several(rows: DataFrame, *key: str) -> DataFrame:
        """Rows that share their key with others; no list of those that do is ever held as a whole."""
        return rows.withColumn("times", f.count("*").over(Window.partitionBy(*key))).where("times > 1")

    bands = looks.where("bands is not null").select("value", f.posexplode("bands").alias("slot", "band"))
    met = several(bands, "slot", "band").select("value").distinct()
    wanted = looks.where("bands is null").unionByName(looks.join(met, "value", "left_semi"))
    placed = store.together(wanted.select("value", "place", *arrow.SPOT), *arrow.SPOT)
    features = store.save("wordings", mapped(placed, blockwork.FEATURES, blockwork.features, store.spool))
    keys = features.select("value", f.explode("keys").alias("key"))
    meeting = several(keys, "key").groupBy("value").agg(f.collect_list("key").alias("shared"))
    rows = meeting.join(features.select("value", "pairs"), "value").join(recurrent, "value", "left").withColumn(
        "frequency", f.coalesce("frequency", f.lit(1)))
    ordered = rows.repartition(1).sortWithinPartitions(f.desc("frequency"), "value")
    return mapped(ordered.select("value", "shared", "pairs"), blockwork.LED, blockwork.leaders)
