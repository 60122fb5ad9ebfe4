"""The one place that decides how Spark behaves: every session, in a job, a notebook or a test, is made here."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# With the first four, Spark 3.5 and 4.1 return the same values.
SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Times before 1900 and dates before 1582 as they are: Spark 3.5 would stop at them.
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
    # A file that is damaged or gone is an error, never fewer rows.
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",  # month=2020-04 stays a text
    # As fast as snappy, and files are a third smaller: measured.
    "spark.sql.parquet.compression.codec": "zstd",
    # Several months are written in one job. With open writers for all months of a task, Spark need not sort by month first.
    "spark.sql.maxConcurrentOutputFileWriters": "100",
    # Folders hold what a receipt lists and nothing else.
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    "spark.sql.debug.maxToStringFields": "200",  # else Spark warns that a plan of ours is too wide to print
}

# Tells tools/spark_java.sh, which starts the JVM on one's own machine, whether the run is small. Platforms do not know it.
ROWS = "spark.nyc.rows"


def s3_settings(endpoint: str) -> dict[str, str]:
    """What S3A needs to talk to an S3 that is not Amazon's. Elsewhere the platform has set it up."""
    return {
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": os.environ.get("AWS_REGION", "us-east-1"),
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": str(endpoint.startswith("https:")).lower(),
    }


def spark_session(
    app_name: str, settings: Mapping[str, str] | None = None, *, rows: int | None = None
) -> "SparkSession":
    """The session of this process, with the settings that our results depend on.

    Args:
        app_name: What Spark shows it as.
        settings: More settings.
        rows: About how many rows it will read, rather too many than too few; None if nobody knows.
    """
    from pyspark.sql import SparkSession

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    size = {} if rows is None else {ROWS: str(rows)}
    builder = SparkSession.builder.appName(app_name)
    for name, value in {**SETTINGS, **(s3_settings(endpoint) if endpoint else {}), **size, **(settings or {})}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
