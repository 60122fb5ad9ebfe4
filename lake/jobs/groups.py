"""The DataFrames of a run: raw files in groups that read alike, their trips, their odd lines."""

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from lake.intake.inspection import Known
from lake.intake.inventory import PARQUET
from lake.storage import spark_path
from schemas.layouts import CsvLayout
from transforms import csv_lines, parquet

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Observation, SparkSession

ROWS = "rows"


@dataclass(frozen=True)
class Group:
    """Files that one scan reads: of one layout, one ending and, for Parquet, the same types."""

    files: tuple[Known, ...]

    @property
    def suffix(self) -> str:
        """The ending of all their names."""
        return self.files[0].pending.file.suffix

    @property
    def csv(self) -> CsvLayout | None:
        """The layout, if they are CSV."""
        return self.files[0].csv

    def scan(self, spark: "SparkSession") -> "DataFrame":
        """Their lines, or rows."""
        paths = [spark_path(known.uri, glob=True) for known in self.files]
        if self.suffix != PARQUET:
            return spark.read.text(paths)
        # With one file's schema given, Spark opens no footers to find it, and a file that differs is an error.
        schema = spark.read.parquet(paths[0]).schema
        return spark.read.schema(schema).parquet(*paths)

    def trips(self, spark: "SparkSession", read: "Observation | None" = None) -> "DataFrame":
        """What is a trip at first sight: nearly all.

        Args:
            spark: The session.
            read: Told, once the frame is written, how many lines or rows were read, as `rows`.
        """
        from pyspark.sql import functions as F

        scan = self.scan(spark)
        if read:
            scan = scan.observe(read, F.count(F.lit(1)).alias(ROWS))
        if self.csv:
            return csv_lines.plain_trips(scan, self.csv, suffix=self.suffix)
        return parquet.parquet_trips(scan, suffix=self.suffix)

    def only(self, months: set[str]) -> "Group | None":
        """The same without other months' files."""
        files = tuple(known for known in self.files if known.month in months)
        return Group(files) if files else None


def in_groups(files: list[Known]) -> list[Group]:
    """Files in groups that one scan each can read, in a stable order."""
    groups = defaultdict[tuple[object, ...], list[Known]](list)
    for known in sorted(files, key=lambda known: known.month):
        # C1 and C2, and C4 and C5, differ in blank lines only.
        key = (known.csv.columns, known.csv.width) if known.csv else (known.types,)
        groups[known.pending.file.suffix, *key].append(known)
    return [Group(tuple(members)) for members in groups.values()]


def union(frames: list["DataFrame"]) -> "DataFrame":
    """All rows of frames with the same columns."""
    return reduce(lambda left, right: left.unionByName(right), frames)
