"""Published data as DataFrames: through the receipts, never by listing a folder.

In a notebook:

    from lake.reader import trips
    trips(spark, "s3://bucket/transformed/green", "2020-01..2020-06").groupBy("payment_type").count()
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lake.errors import LakeError
from lake.months import parse_months
from lake.publication.receipts import Receipt, ReceiptBook
from lake.storage import join, normalise, spark_path, storage_of
from schemas.columns import Table
from schemas.rides import RIDES
from schemas.trips import TRIPS

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
    return _read(spark, transformed, _receipts(transformed, months), TRIPS)


def rides(spark: "SparkSession", aggregates: str, months: str | None = None) -> "DataFrame":
    """The published aggregates of some months. One row per month, zone, trip type and payment type.

    Args:
        spark: A session.
        aggregates: The data set.
        months: As `--months` takes them; all that are published if None.

    Raises:
        LakeError: A month named by itself is not published.
    """
    return _read(spark, aggregates, _receipts(aggregates, months), RIDES)


def read_trips(spark: "SparkSession", root: str, receipts: Iterable[Receipt]) -> "DataFrame":
    """The trips that some receipts name. One row per trip."""
    return _read(spark, root, receipts, TRIPS)


def _receipts(root: str, months: str | None) -> list[Receipt]:
    selection = parse_months(months)
    held = ReceiptBook(storage_of(root), normalise(root)).all()
    missing = selection.missing(held)
    if missing:
        raise LakeError(f"{', '.join(missing)} is not published in {root}; python -m lake status shows what is")
    return [one.receipt for month, one in held.items() if month in selection]


def _read(spark: "SparkSession", root: str, receipts: Iterable[Receipt], table: Table) -> "DataFrame":
    from schemas.spark import spark_schema

    base = normalise(root)
    paths = [spark_path(join(base, file.path), glob=True) for receipt in receipts for file in receipt.files]
    schema = spark_schema(table)
    return spark.read.schema(schema).parquet(*paths) if paths else spark.createDataFrame([], schema)
