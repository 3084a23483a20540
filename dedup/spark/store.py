"""Tables between stages, as Parquet in a folder that every executor can reach: what is written is not worked out twice,
even when an executor dies, and numbers given once stay."""
from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.errors import OutputError, reason
from dedup.spark import arrow

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Stage = Callable[..., Any]
MOST_PARTS = 50_000  # more would be too many for Spark's driver


class Store:
    """The tables of one run below `folder`, at the same path on all machines; `seconds` has what each took.

    `spool`: where executors put files of their own: texts, and lines to be written.
    """

    def __init__(self, spark: SparkSession, folder: Path, progress: Callable[[str, int, int], None]) -> None:
        self.spark, self.folder, self.progress = spark, folder.as_uri(), progress
        self.spool = str(folder / "spool")
        self.tasks = 1  # in which the input is read
        self.seconds: dict[str, float] = {}

    def create(self) -> None:
        """The folders, before any task: so none that goes on for a moment after the end makes them anew. OutputError."""
        try:
            os.makedirs(self.spool)
        except OSError as error:
            raise OutputError(f"{os.path.dirname(self.spool)}: cannot be made ({reason(error)})") from None

    def save(self, name: str, frame: DataFrame) -> DataFrame:
        """The table, written and read back."""
        began = time.monotonic()
        self.progress(name, 0, 0)
        place = f"{self.folder}/{name}"
        frame.write.mode("overwrite").parquet(place)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began
        return self.spark.read.schema(frame.schema).parquet(place)

    def in_input_order(self, rows: DataFrame, *columns: str) -> DataFrame:
        """Rows by (task, place), or the columns given, for executors to read what stands in the spool from front to end."""
        order = columns or tuple(arrow.ORIGIN)
        return rows.repartitionByRange(self.parts, *order).sortWithinPartitions(*order)

    def together(self, rows: DataFrame, *order: str) -> DataFrame:
        """Rows by the columns given, those that are equal in the first of them in one partition."""
        return rows.repartition(self.parts, order[0]).sortWithinPartitions(*order)

    @property
    def parts(self) -> int:
        """Partitions of rows that stand for texts: as many as there are reading tasks. Rows are few bytes, what they stand
        for is not: where the number is given, Spark joins no partitions for being small."""
        return min(max(self.tasks, self.spark.sparkContext.defaultParallelism), MOST_PARTS)

    def remove(self) -> None:
        """The whole folder, gone."""
        shutil.rmtree(os.path.dirname(self.spool), ignore_errors=True)


def mapped(frame: DataFrame, columns: arrow.Columns, function: Stage, *parameters: Any) -> DataFrame:
    """A stage of `work` over the Arrow batches of a frame."""
    stage = partial(function, *parameters)
    return frame.mapInArrow(lambda batches: stage(batches), arrow.ddl(columns))
