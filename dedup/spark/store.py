"""Tables between stages, as Parquet in a folder that every executor can reach: what is written is not worked out twice,
even when an executor dies, and numbers given once stay."""
from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.spark import arrow

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Stage = Callable[..., Any]


class Store:
    """The tables of one run below `folder`, at the same path on all machines; `seconds` has what each took.

    `spool`: where executors put files of their own.
    """

    def __init__(self, spark: SparkSession, folder: Path, progress: Callable[[str, int, int], None]) -> None:
        self.spark, self.folder, self.progress = spark, folder.as_uri(), progress
        self.spool = str(folder / "spool")
        self.seconds: dict[str, float] = {}

    def save(self, name: str, frame: DataFrame) -> DataFrame:
        """The table, written and read back."""
        began = time.monotonic()
        self.progress(name, 0, 0)
        place = f"{self.folder}/{name}"
        frame.write.mode("overwrite").parquet(place)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began
        return self.spark.read.schema(frame.schema).parquet(place)

    def remove(self) -> None:
        """The whole folder, gone."""
        context = self.spark.sparkContext
        assert context._jvm is not None and context._jsc is not None
        path = context._jvm.org.apache.hadoop.fs.Path(self.folder)
        path.getFileSystem(context._jsc.hadoopConfiguration()).delete(path, True)


def mapped(frame: DataFrame, columns: arrow.Columns, function: Stage, *parameters: Any) -> DataFrame:
    """A stage of `work` over the Arrow batches of a frame."""
    stage = partial(function, *parameters)
    return frame.mapInArrow(lambda batches: stage(batches), arrow.ddl(columns))
