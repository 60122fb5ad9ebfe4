"""What Redshift needs before anything is loaded, as SQL. Every statement may be repeated.

The one source of these objects: what deploys asks for `objects_sql`. The load itself is in redshift/*.sql.
"""

from collections.abc import Collection

from schemas.columns import Column, ColumnType, Table
from schemas.datasets import AGGREGATES, Aggregate
from schemas.loads import LOAD_LOG, LOAD_NUMBER, NEWEST_LOAD
from schemas.rides import LAB_COLUMNS, LAB_VIEW, MEASURES, RIDES, TOTAL_FARE_AMOUNT
from schemas.trips import PU_LOCATION_ID, SOURCE_MONTH
from schemas.zones import BOROUGH, SERVICE_ZONE, ZONE, ZONE_ID, ZONE_VIEW, ZONES, zones

SCHEMA = "nyc"
READERS = "nyc_readers"
"""The group of those who may read, and only that."""

GROUPS_SQL = "SELECT groname FROM pg_group"
"""The groups that exist, for `objects_sql`: CREATE GROUP has no IF NOT EXISTS."""

_REDSHIFT = {
    ColumnType.INT: "INTEGER",
    ColumnType.BIGINT: "BIGINT",
    ColumnType.DECIMAL: "DECIMAL(9,2)",
    ColumnType.TOTAL: "DECIMAL(19,2)",
    ColumnType.DOUBLE: "DOUBLE PRECISION",
    ColumnType.TEXT: "VARCHAR(256)",  # digests have 64 characters, Airflow's run ids at most 250
    ColumnType.WALL_CLOCK: "TIMESTAMP",
    ColumnType.DATE: "DATE",
    ColumnType.FLAG: "BOOLEAN",
}


def objects_sql(groups: Collection[str]) -> list[str]:
    """All objects, in the order in which they need each other; as one batch, they are all made or none.

    Args:
        groups: The groups that exist: what GROUPS_SQL returns.
    """
    return [
        schema_sql(),
        *(aggregate_table_sql(aggregate) for aggregate in AGGREGATES),
        load_log_sql(),
        lab_view_sql(),
        newest_load_sql(),
        zones_table_sql(),
        *fill_zones_sql(),
        zone_view_sql(),
        *([] if READERS in groups else [f"CREATE GROUP {READERS}"]),
        *grants_sql(),
    ]


def schema_sql() -> str:
    """The schema that holds everything of ours."""
    return f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"


def aggregate_table_sql(aggregate: Aggregate) -> str:
    """An aggregate's table: all months, as the Parquet files have them. One row per row of them.

    AUTO: Redshift keeps a copy on each node while the table is small, and spreads the rows when it is not.
    """
    return _table_sql(aggregate.table, *aggregate.sort_keys)


def load_log_sql() -> str:
    """The log of the loads. One row per load that changed something."""
    return _table_sql(LOAD_LOG, LOAD_NUMBER)


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


def newest_load_sql() -> str:
    """The newest load as a view: no row before the first one."""
    log = f"{SCHEMA}.{LOAD_LOG.name}"
    return (
        f"CREATE OR REPLACE VIEW {SCHEMA}.{NEWEST_LOAD} AS\n"
        f"SELECT {', '.join(LOAD_LOG.names)}\n"
        f"FROM {log}\n"
        f"WHERE {LOAD_NUMBER} = (SELECT max({LOAD_NUMBER}) FROM {log})"
    )


def zones_table_sql() -> str:
    """TLC's taxi zones. One row per id."""
    return _table_sql(ZONES, ZONE_ID)


def fill_zones_sql() -> list[str]:
    """What puts the zones there, in the place of those that an earlier deployment knew."""
    rows = ",\n".join(f"({', '.join(map(_literal, vars(zone).values()))})" for zone in zones())
    table = f"{SCHEMA}.{ZONES.name}"
    return [f"DELETE FROM {table}", f"INSERT INTO {table} ({', '.join(ZONES.names)}) VALUES\n{rows}"]


def zone_view_sql() -> str:
    """Rides and money with the names of the zones, as a view. One row per month and zone; an id without a name has NULL."""
    keys = ", ".join((SOURCE_MONTH, PU_LOCATION_ID, BOROUGH, ZONE, SERVICE_ZONE))
    sums = ", ".join(f"sum({column.name}) AS {column.name}" for column in MEASURES)
    return (
        f"CREATE OR REPLACE VIEW {SCHEMA}.{ZONE_VIEW} AS\n"
        f"SELECT {keys}, {sums}\n"
        f"FROM {SCHEMA}.{RIDES.name}\n"
        f"LEFT JOIN {SCHEMA}.{ZONES.name} ON {ZONE_ID} = {PU_LOCATION_ID}\n"
        f"GROUP BY {keys}"
    )


def _literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def grants_sql() -> list[str]:
    """What lets READERS read all tables and views that are there, and those that the same user makes later."""
    return [
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO GROUP {READERS}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO GROUP {READERS}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO GROUP {READERS}",
    ]


def _table_sql(table: Table, *sort_keys: str) -> str:
    columns = ",\n".join(f"    {column_sql(column)}" for column in table.columns)
    return (
        f"CREATE TABLE IF NOT EXISTS {SCHEMA}.{table.name} (\n{columns}\n)\n"
        f"DISTSTYLE AUTO\nSORTKEY ({', '.join(sort_keys)})"
    )


def column_sql(column: Column) -> str:
    """A column as Redshift declares it."""
    return f"{column.name} {_REDSHIFT[column.type]}{'' if column.nullable else ' NOT NULL'}"
