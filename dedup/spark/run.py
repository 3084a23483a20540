"""A whole run: session, work folder, stages, output; and everything tidied up whatever happens."""
from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dedup import write
from dedup.article import Unreadable
from dedup.errors import DedupError, OutputError
from dedup.overrides import Override
from dedup.settings import Settings
from dedup.sources import Source
from dedup.spark import graph, job, session
from dedup.spark.store import Store

SUBMITTED = "submit"  # the master that spark-submit names


def scan(master: str, sources: Sequence[Source], settings: Settings, annotate: str, *,
         failed: Sequence[Unreadable] = (), overrides: Sequence[Override] = (), overwrite: bool = False,
         progress: Callable[[str, int, int], None], collected: int = graph.COLLECTED,
         spark_settings: Mapping[str, str] | None = None) -> job.Outcome:
    """Scan on `master` and write every record with its decision to `annotate`.

    `annotate` ending .parquet: a folder of Parquet files that the executors write. Else one file of JSON lines (plain,
    .gz or .zst), which passes through the driver as a stream. Inputs, `annotate` and the work folder beside it must be
    at the same paths on all machines. `collected`: see `job.scan`; `spark_settings`: Spark's own, over ours. Raises
    DedupError.
    """
    typed = annotate.endswith(".parquet")
    target = os.path.abspath(annotate)
    if typed and os.path.lexists(target) and not overwrite:
        raise OutputError(f"{annotate}: exists; replace it with --overwrite")
    if not os.path.isdir(os.path.dirname(target)):
        raise OutputError(f"{annotate}: there is no folder {os.path.dirname(target)}")
    shared = session.active()
    spark = session.start(None if master == SUBMITTED else master, spark_settings or {})
    name = f".{os.path.basename(target)}.{uuid.uuid4().hex[:8]}"
    store = Store(spark, Path(os.path.dirname(target), name), progress)
    try:
        store.create()
        outcome = job.scan(store, sources, settings, failed=failed, overrides=overrides, collected=collected)
        if typed:
            job.write_parquet(store, outcome, settings.text_field, Path(target).as_uri(), overwrite)
        else:
            with write.opened(Path(annotate)) as out:
                job.write_lines(store, outcome, settings.text_field, out)
        return outcome
    except Exception as error:
        if type(error).__module__.startswith(("py4j", "pyspark")):
            raise DedupError(f"Spark: {session.reason(error)}") from error
        raise
    finally:
        if not shared:
            spark.stop()  # first: tasks that still run would write on
        store.remove()
