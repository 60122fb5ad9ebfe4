"""A column and a table as declarations, from which every schema, DDL and document is derived."""

from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """The type of a column, spelled as Spark SQL spells it."""

    INT = "int"
    BIGINT = "bigint"
    DECIMAL = "decimal(9,2)"  # dollars and miles: exact sums; the largest of both seen need 6 digits before the point
    TOTAL = "decimal(19,2)"  # a sum of DECIMAL: Spark's own type for it
    DOUBLE = "double"
    TEXT = "string"
    TEXTS = "array<string>"
    WALL_CLOCK = "timestamp_ntz"  # New York's clock as it was shown, without a zone
    DATE = "date"
    FLAG = "boolean"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Its name, lower case.
        type: Its type.
        doc: What it says, with its unit and what NULL means.
        source: Where the fact comes from: TLC's dictionary, a measurement, or "ours".
        nullable: Whether NULL may stand in it.
    """

    name: str
    type: ColumnType
    doc: str
    source: str
    nullable: bool = True


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: Its name in the Glue database and in Redshift.
        grain: What one row is.
        columns: Its columns, in the order of the files.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


MONTH_FOLDER = "month"
"""The partition key of every table: `month=2020-04`. It is in the path only, never in a file."""
