"""The Spark of the tests: the settings of the jobs, and what makes it fast with little data."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# For every JVM that the tests start. They meet much code and few rows: the optimising compiler (C2) costs more than it
# gains, and a parallel collector has nothing to do. The first job over all layouts takes half the time: measured.
os.environ.setdefault("SPARK_SUBMIT_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


def small_session(folder: Path, more: Mapping[str, str] | None = None) -> "SparkSession":
    """The session of this process, which the jobs that are run in it take too.

    Args:
        folder: Where it may write.
        more: More settings.
    """
    from lake.session import spark_session

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = spark_session(
        "tests",
        {
            "spark.master": "local[2]",
            "spark.ui.enabled": "false",
            "spark.sql.codegen.cache.maxEntries": "2000",  # with the default of 100, plans that come again are compiled again
            "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",  # local files are listed without tasks
            "spark.sql.shuffle.partitions": "2",  # with the default of 200, aggregations take four times as long
            "spark.python.sql.dataFrameDebugging.enabled": "false",  # Spark 4 looks through the stack at each column
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.local.dir": str(folder / "local"),
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            **(more or {}),
        },
    )
    for name in ("functions", "org.apache.spark.sql.functions"):  # else py4j looks for it in all jars, for each column
        setattr(session._jvm, name, getattr(session._jvm, name))
    return session
