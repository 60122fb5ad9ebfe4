"""What Redshift needs before anything is loaded, as SQL. Every statement may be repeated."""

from schemas.columns import Column, Kind
from schemas.rides import LAB_COLUMNS, LAB_VIEW, RIDES, TOTAL_FARE_AMOUNT
from schemas.trips import PU_LOCATION_ID, SOURCE_MONTH

SCHEMA = "nyc"

_REDSHIFT = {
    Kind.INT: "INTEGER",
    Kind.BIGINT: "BIGINT",
    Kind.MONEY: "DECIMAL(9,2)",
    Kind.TOTAL: "DECIMAL(19,2)",
    Kind.DOUBLE: "DOUBLE PRECISION",
    Kind.WALL_CLOCK: "TIMESTAMP",
    Kind.DATE: "DATE",
    Kind.FLAG: "BOOLEAN",
}
"""Texts are left out: a VARCHAR needs a length, and RIDES has none."""


def schema_sql() -> str:
    """The schema that holds everything of ours."""
    return f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"


def rides_table_sql() -> str:
    """The aggregates of all months, as the Parquet files have them. One row per row of them.

    Small, so Redshift may keep a copy on each node (AUTO). Sorted as people ask: by month, then zone.
    """
    columns = ",\n".join(f"    {column_sql(column)}" for column in RIDES.columns)
    return (
        f"CREATE TABLE IF NOT EXISTS {SCHEMA}.{RIDES.name} (\n{columns}\n)\n"
        f"DISTSTYLE AUTO\nSORTKEY ({SOURCE_MONTH}, {PU_LOCATION_ID})"
    )


def lab_view_sql() -> str:
    """The lab's table as a view: fares over all months. One row per zone, trip type and payment type, NULL included.

    Fails where the lab's table of that name still exists: nothing of the user's is dropped here.
    """
    keys = ", ".join(name for name in LAB_COLUMNS if name != TOTAL_FARE_AMOUNT)
    return (
        f"CREATE OR REPLACE VIEW {SCHEMA}.{LAB_VIEW} AS\n"
        f"SELECT {keys}, sum({TOTAL_FARE_AMOUNT}) AS {TOTAL_FARE_AMOUNT}\n"
        f"FROM {SCHEMA}.{RIDES.name}\n"
        f"GROUP BY {keys}"
    )


def column_sql(column: Column) -> str:
    """A column as Redshift declares it."""
    return f"{column.name} {_REDSHIFT[column.kind]}{'' if column.nullable else ' NOT NULL'}"
