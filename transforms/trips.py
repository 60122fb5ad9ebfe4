"""The contract's columns from the values that a layout has."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import trips as t
from schemas.columns import MONTH_FOLDER
from schemas.layouts import FILE_PREFIX
from schemas.spark import spark_field
from transforms.quality import flag_columns


def source_file(suffix: str) -> Column:
    """The name of the file that a row is read from. Only where rows come straight from a scan.

    Cut from the end of the path as bytes: counting the characters of the path for every row took a tenth of the job.

    Args:
        suffix: The ending of all files read: names of raw files are of one length then.
    """
    length = len(FILE_PREFIX) + len("YYYY-MM") + len(suffix)
    path = F.input_file_name().cast("binary")
    return F.substring(path, -length, length).cast("string").alias(t.SOURCE_FILE)


def published(present: frozenset[str]) -> list[Column]:
    """The columns that TLC publishes, in the order of the contract; NULL where a layout lacks one."""
    return [
        F.col(column.name)
        if column.name in present
        else F.lit(None).cast(spark_field(column).dataType).alias(column.name)
        for column in t.PUBLISHED
    ]


def with_contract(values: DataFrame) -> DataFrame:
    """The contract's columns, flags included, and the folder. One row per row.

    Args:
        values: The columns that the layout has, typed, and `source_file`. What the layout lacks becomes NULL.
    """
    present = frozenset(values.columns)
    month = F.substring(t.SOURCE_FILE, len(FILE_PREFIX) + 1, len("YYYY-MM"))
    dated = values.withColumns({t.SOURCE_MONTH: month.cast("date"), MONTH_FOLDER: month})
    complete = dated.select(*published(present), t.SOURCE_FILE, t.SOURCE_MONTH, MONTH_FOLDER)
    names = [column.name for column in t.PUBLISHED]
    return complete.select(*names, *flag_columns(present), t.SOURCE_FILE, t.SOURCE_MONTH, MONTH_FOLDER)
