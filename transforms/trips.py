"""The contract's columns from the values that a layout has."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import trips as t
from schemas.columns import MONTH_FOLDER
from schemas.layouts import FILE_PREFIX
from schemas.spark import spark_field
from transforms.flags import flag_columns


def file_month() -> Column:
    """The month in the name of a row's raw file, YYYY-MM."""
    return F.substring(t.SOURCE_FILE, len(FILE_PREFIX) + 1, len("YYYY-MM"))


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
    dated = values.withColumns({t.SOURCE_MONTH: file_month().cast("date"), MONTH_FOLDER: file_month()})
    complete = dated.select(*published(present), t.SOURCE_FILE, t.SOURCE_MONTH, MONTH_FOLDER)
    names = [column.name for column in t.PUBLISHED]
    return complete.select(*names, *flag_columns(present), t.SOURCE_FILE, t.SOURCE_MONTH, MONTH_FOLDER)
