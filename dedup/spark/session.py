"""A Spark session, or one clear line why there is none."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.errors import ConfigError, DedupError, MissingExtra

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA = 17  # what Spark 4 needs


def start(master: str | None, given: Mapping[str, str]) -> SparkSession:
    """A session on `master`, or where spark-submit says. Raises MissingExtra, ConfigError (no Java), DedupError."""
    try:
        import pandas  # noqa: F401  (Spark wants it for Arrow batches)
        import pyarrow  # noqa: F401
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtra("--spark", "spark") from None
    check_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("dedup")
    settings = {"spark.log.level": "ERROR", "spark.ui.showConsoleProgress": str(sys.stderr.isatty()).lower(),
                "spark.sql.execution.arrow.maxRecordsPerBatch": "1000"}
    if master is not None:
        builder = builder.master(master)
        if master.startswith("local-cluster"):
            import pyspark

            os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
        if master.startswith("local"):
            settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
                         "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "8"}
    if path := os.environ.get("PYTHONPATH"):
        settings["spark.executorEnv.PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, path.split(os.pathsep)))
    for name, value in {**settings, **given}.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as error:
        if isinstance(error, PySparkException) or type(error).__module__.startswith(("py4j", "pyspark")):
            raise DedupError(f"Spark does not start on {master or 'its default master'}: {reason(error)}") from error
        raise


def active() -> bool:
    """Whether the caller has a session already: it is used then, and left to him."""
    if sys.modules.get("pyspark") is None:
        return False
    from pyspark.sql import SparkSession

    return SparkSession.getActiveSession() is not None


def check_java() -> None:
    """Raises ConfigError where there is no Java that Spark can use."""
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    want = f"Spark needs Java {JAVA} or later"
    if not java or not os.path.exists(java):
        raise ConfigError(f"{want}, and there is none {f'in JAVA_HOME ({home})' if home else 'on the PATH'}")
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"{want}, and {java} does not run ({error})") from None
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    if found is None or int(found[1]) < JAVA:
        raise ConfigError(f"{want}, and {java} is {f'Java {found[1]}' if found else 'something else'}")


def reason(error: BaseException) -> str:
    """One line of what Spark or a Python worker says."""
    text = str(error)
    ours = re.findall(r"^(?:dedup\.errors\.)(\w+: .+)$", text, re.MULTILINE)
    if ours:
        return str(ours[-1])
    python = re.findall(r"^(?:[\w.]+(?:Error|Exception)): .+$", text, re.MULTILINE)
    named = [line for line in python if "SparkException" not in line and "py4j" not in line]
    first = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
    return (named[-1] if named else first)[:300]
