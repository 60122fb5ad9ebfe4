"""The one place that decides how Spark behaves: every session, in a job, a notebook or a test, is made here.

A platform sets hundreds of settings, and each may be another one there. What can change a result is fixed here, and looked up in
the session that runs; `tests/jobs/test_settings.py` tries the other value of every setting that Spark SQL has.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lake.errors import LakeError

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
    "spark.sql.analyzer.singlePassResolver.enabled": "false",  # unfinished in 4.1: it refuses our expressions
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",  # times without a zone, as our layouts have them
    "spark.sql.parquet.mergeSchema": "false",  # what was written is read back by the schema of one footer
    "spark.sql.jsonGenerator.ignoreNullFields": "true",  # the quarantine leaves out what is NULL
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",  # month=2020-04 stays a text
    "spark.sql.parquet.writeLegacyFormat": "false",  # decimals as whole numbers, which every reader takes
    # Several months are written in one job. With open writers for all months of a task, Spark need not sort by month first.
    "spark.sql.maxConcurrentOutputFileWriters": "100",
    "spark.sql.debug.maxToStringFields": "200",  # else Spark warns that a plan of ours is too wide to print
}

HADOOP_SETTINGS = {
    # Folders hold what a receipt lists and nothing else.
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    "parquet.summary.metadata.level": "NONE",
    # With another list, gzip would be read as text; and a bound would drop longer lines.
    "io.compression.codecs": "org.apache.hadoop.io.compress.GzipCodec",
    "mapreduce.input.linerecordreader.line.maxlength": str(2**31 - 1),
}

# Tells tools/spark_java.sh, which starts the JVM on one's own machine, whether the run is small. Platforms do not know it.
ROWS = "spark.nyc.rows"


REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""The first that is set, as for the AWS CLI and the SDK of Java; boto3 knows the second only."""


def s3_settings(endpoint: str) -> dict[str, str]:
    """What S3A needs to talk to an S3 that is not Amazon's. Elsewhere the platform has set it up."""
    return {
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": next(filter(None, map(os.environ.get, REGIONS)), "us-east-1"),
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

    Raises:
        LakeError: Spark runs with a setting that would change results and cannot be changed.
    """
    from pyspark.sql import SparkSession

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    size = {} if rows is None else {ROWS: str(rows)}
    builder = SparkSession.builder.appName(app_name)
    for name, value in {**(s3_settings(endpoint) if endpoint else {}), **size, **(settings or {}), **SETTINGS}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    _fix(session)
    return session


def _fix(session: "SparkSession") -> None:
    """Sets what a session that was there before has not got from its builder, and looks all of it up.

    Raises:
        LakeError: The platform holds on to another value.
    """
    hadoop = session.sparkContext._jsc.hadoopConfiguration()
    for name, value in HADOOP_SETTINGS.items():
        hadoop.set(name, value)
    found = {name: session.conf.get(name, None) for name in SETTINGS} | {
        name: hadoop.get(name) for name in HADOOP_SETTINGS
    }
    for name, value in {**SETTINGS, **HADOOP_SETTINGS}.items():
        if found[name] != value:
            raise LakeError(f"Spark holds on to {name}={found[name]}; our results depend on {value}: leave it unset")
