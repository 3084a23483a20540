"""Which blocks recur, found by aggregation: `boilerplate.repeats.find` for a corpus that no machine holds."""
from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.boilerplate.repeats import Repeats
from dedup.spark import blockwork
from dedup.spark.store import Store, mapped

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def table(store: Store, articles: DataFrame) -> bytes:
    """The frozen table of recurrent blocks; `articles`: (number, source, words, mixed, hashes, spool, begin).

    Blocks are counted, and alike ones brought together, by key in the executors. One task then has of each article
    where it stands and which of its blocks are in classes, and reads what it compares: at most `hosts.MOST` articles
    of a class.
    """
    from pyspark.sql import functions as f

    spool = store.spool
    distinct = store.save("articles", _distinct(articles))
    kept = articles.join(distinct.select("number"), "number", "left_semi").select("number", "hashes")
    values = store.save("blocks", mapped(kept, blockwork.VALUES, blockwork.values))
    recurrent = store.save("recurrent", values.groupBy("value").agg(f.count("*").alias("frequency")).where("frequency > 1"))

    known = values.join(recurrent, "value").groupBy("number").agg(f.collect_list("value").alias("known"))
    rows = distinct.join(known, "number", "left").select("words", "mixed", "spool", "begin", "known")
    spots = mapped(rows, blockwork.SPOTS, blockwork.spots, spool).groupBy("value").agg(
        f.min_by(f.struct("spool", "begin", "place"), f.struct(-f.col("words"), "mixed", "place")).alias("spot"))
    placed = spots.select("value", "spot.*").repartition("spool").sortWithinPartitions("spool", "begin")
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


def _led(store: Store, looks: DataFrame, recurrent: DataFrame) -> DataFrame:
    """(value, leader) of blocks that are much like a more frequent one; one task goes through those that meet any."""
    from pyspark.sql import functions as f

    bands = looks.where("bands is not null").select("value", f.posexplode("bands").alias("slot", "band"))
    shared = bands.groupBy("slot", "band").agg(f.count("*").alias("times")).where("times > 1").select("slot", "band")
    met = bands.join(shared, ["slot", "band"]).select("value").distinct()
    wanted = looks.where("bands is null").unionByName(looks.join(met, "value", "left_semi")).select("value", "text")
    features = store.save("wordings", mapped(wanted, blockwork.FEATURES, blockwork.features))
    keys = features.select("value", f.explode("keys").alias("key"))
    common = keys.groupBy("key").agg(f.count("*").alias("times")).where("times > 1").select("key")
    meeting = keys.join(common, "key").groupBy("value").agg(f.collect_list("key").alias("shared"))
    rows = meeting.join(features.select("value", "pairs"), "value").join(recurrent, "value", "left").withColumn(
        "frequency", f.coalesce("frequency", f.lit(1)))
    ordered = rows.repartition(1).sortWithinPartitions(f.desc("frequency"), "value")
    return mapped(ordered.select("value", "shared", "pairs"), blockwork.LED, blockwork.leaders)
