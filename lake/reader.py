"""Published data as DataFrames: through the receipts, never by listing a folder.

In a notebook:

    from lake.reader import trips
    trips(spark, "s3://bucket/transformed/green", "2020-01..2020-06").groupBy("payment_type").count()
"""

from typing import TYPE_CHECKING

from lake.engines import engine_of
from lake.months import parse_months
from lake.publication.reading import read
from lake.publication.receipt_book import ReceiptBook
from lake.storage import join, normalise
from schemas.datasets import PUBLISHED_TRIPS, RIDES_BY_MONTH, DataSet
from schemas.quarantine import QUARANTINE
from schemas.zones import ZONES
from schemas.zones import zones as taxi_zones

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def trips(spark: "SparkSession", transformed: str, months: str | None = None) -> "DataFrame":
    """The published trips of some months. One row per trip.

    Args:
        spark: A session, best one made by `lake.session.spark_session`.
        transformed: The data set: a local path or s3://bucket/prefix.
        months: As `--months` takes them; all that are published if None.

    Raises:
        LakeError: A month named by itself is not published.
    """
    return published(spark, PUBLISHED_TRIPS, transformed, months)


def rides(spark: "SparkSession", aggregates: str, months: str | None = None) -> "DataFrame":
    """The published rides of some months. One row per month, zone, trip type and payment type.

    Args:
        spark: A session.
        aggregates: The data set.
        months: As `--months` takes them; all that are published if None.

    Raises:
        LakeError: A month named by itself is not published.
    """
    return published(spark, RIDES_BY_MONTH, aggregates, months)


def quarantine(spark: "SparkSession", transformed: str, quarantine: str, months: str | None = None) -> "DataFrame":
    """The lines of some months that were set aside. One row per line of a raw file.

    Args:
        spark: A session.
        transformed: The data set of the trips, whose receipts say which files count.
        quarantine: The data set of the lines.
        months: As `--months` takes them; all that are published if None.

    Raises:
        LakeError: A month named by itself is not published.
    """
    from schemas.spark import spark_schema

    receipts = [entry.receipt for entry in ReceiptBook.at(transformed).selected(parse_months(months)).values()]
    root = normalise(quarantine)
    uris = [join(root, file.path) for receipt in receipts for file in receipt.quarantine_files]
    return engine_of(spark).parquet(uris, spark_schema(QUARANTINE))


def zones(spark: "SparkSession") -> "DataFrame":
    """TLC's taxi zones, to be joined to the ids of trips and rides. One row per id.

    Args:
        spark: A session.
    """
    from schemas.spark import spark_schema

    rows = [tuple(vars(zone).values()) for zone in taxi_zones()]
    return engine_of(spark).frame(rows, spark_schema(ZONES))


def published(spark: "SparkSession", data_set: DataSet, root: str, months: str | None = None) -> "DataFrame":
    """What is published of some months of any data set. Its grain is that of `data_set.table`.

    Args:
        spark: A session.
        data_set: One of `schemas.datasets` that has receipts of its own.
        root: Where it lies.
        months: As `--months` takes them; all that are published if None.

    Raises:
        LakeError: A month named by itself is not published.
    """
    book = ReceiptBook.at(root)
    receipts = [entry.receipt for entry in book.selected(parse_months(months)).values()]
    return read(engine_of(spark), data_set, book.root, receipts)
