"""What was written, read back: the proof of a month before it is published."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lake.errors import LakeError
from lake.storage import Storage, spark_path
from schemas.columns import MONTH_FOLDER, Table

if TYPE_CHECKING:
    from pyspark.sql import Column, SparkSession


@dataclass
class ReadBack:
    """What a run's folder holds.

    Attributes:
        rows: Rows by month and file name.
        sums: Sums of the measures asked for, by month.
    """

    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    sums: dict[str, dict[str, int]] = field(default_factory=dict)

    def of_month(self, month: str) -> int:
        """The rows of a month."""
        return sum(rows for (found, _), rows in self.rows.items() if found == month)


def read_back(
    spark: "SparkSession", storage: Storage, folder: str, table: Table, measures: dict[str, "Column"]
) -> ReadBack:
    """Reads a run's folder: its schema from a footer, the rows of each file, and some counts.

    Args:
        spark: The session.
        storage: Where the folder lies.
        folder: The run's folder.
        table: What its files should hold.
        measures: Aggregate expressions that give whole numbers, by name.

    Raises:
        LakeError: The files do not have the schema of the table.
    """
    from pyspark.sql import functions as F

    from schemas.spark import schema_differences

    result = ReadBack(sums=defaultdict(lambda: defaultdict(int)))
    if not any(stored.name.endswith(".parquet") for stored in storage.list_tree(folder)):
        return result
    frame = spark.read.parquet(spark_path(folder, glob=True))
    differences = schema_differences(frame.drop(MONTH_FOLDER).schema, table)
    if differences:
        raise LakeError(f"{folder} was not written to the contract: {'; '.join(differences)}")
    counts = frame.groupBy(MONTH_FOLDER, F.col("_metadata.file_name").alias("file")).agg(
        F.count(F.lit(1)).alias("rows"), *[measure.alias(name) for name, measure in measures.items()]
    )
    for row in counts.collect():
        result.rows[row[MONTH_FOLDER], row["file"]] = row["rows"]
        for name in measures:
            result.sums[row[MONTH_FOLDER]][name] += row[name] or 0
    return result
