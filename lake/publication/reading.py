"""Published data as DataFrames: what some receipts name, never what a listing shows."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lake.engines import Engine
from lake.publication.receipts import Receipt
from lake.storage import join
from schemas.datasets import DataSet

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def read(engine: Engine, data_set: DataSet, root: str, receipts: Iterable[Receipt]) -> "DataFrame":
    """The rows that some receipts of a data set name.

    Args:
        engine: What reads.
        data_set: The data set.
        root: Where it lies, normalised.
        receipts: Some of its receipts.
    """
    from schemas.spark import spark_schema

    uris = [join(root, file.path) for receipt in receipts for file in receipt.files]
    return engine.parquet(uris, spark_schema(data_set.table))
