"""What is published as tables of DuckDB, to be queried and nothing else.

In a notebook:

    from explore import connect
    connect("data").sql("SELECT zone, sum(ride_count) FROM rides JOIN zones ON zone_id = pulocationid GROUP BY ALL").df()
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from explore.files import PublishedFiles
from lake.errors import LakeError, UsageError
from lake.operate.status import Lake
from lake.places import places_of
from lake.publication.receipts import LINE_COUNTS, DataFile, Receipt
from schemas.columns import ColumnType, Table
from schemas.datasets import (
    AGGREGATES,
    LOCATIONS,
    PUBLISHED_TRIPS,
    QUARANTINED_LINES,
    RIDES_BY_MONTH,
    DataSet,
)
from schemas.zones import ZONES, zones

VIEWS: dict[str, DataSet] = {
    "trips": PUBLISHED_TRIPS,
    "rides": RIDES_BY_MONTH,
    **{aggregate.table.name.removeprefix("agg_green_"): aggregate for aggregate in AGGREGATES[1:]},
    "quarantine": QUARANTINED_LINES,
}
"""The data sets by what they are called in queries. Beside them there are `zones` and `receipts`."""

VIEW_OF = {data_set: name for name, data_set in VIEWS.items()}

_TYPES = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.TEXTS: "VARCHAR[]",
    ColumnType.WALL_CLOCK: "TIMESTAMP",
}  # the others are spelled alike

RECEIPTS_COLUMNS = {
    "source_month": "DATE",
    "generation": "BIGINT",
    "layout": "VARCHAR",
    "raw_file": "VARCHAR",
    "raw_bytes": "BIGINT",
    "published_at": "VARCHAR",
    "code_version": "VARCHAR",
    "lines": "BIGINT",
    "header": "BIGINT",
    "blank": "BIGINT",
    "published": "BIGINT",
    "quarantined": "BIGINT",
    "flags": "MAP(VARCHAR, BIGINT)",
    "reasons": "MAP(VARCHAR, BIGINT)",
}
"""One row per published month of the trips: what its receipt says."""

# What DuckDB would download, it does without.
_NO_DOWNLOADS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}
# Nothing of the disk, the network or DuckDB's own settings is for who asks; the last one keeps it so.
_CLOSED = (
    "SET allowed_paths = {names}",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_MAX_MESSAGE = 400
_PYTHON = "Traceback"  # what DuckDB makes of an error that a file system raises begins so
_STORAGE_ERROR = re.compile(r"^\w*(?:Error|Failed|Refused): (.*)", re.MULTILINE)
_NAMES = "SELECT DISTINCT table_name FROM duckdb_columns() WHERE NOT internal"


def connect(lake: str | None = None, **places: str) -> duckdb.DuckDBPyConnection:
    """DuckDB with the published tables of a lake, for a notebook.

    Args:
        lake: As `--lake`.
        places: As the other options: transformed, quarantine, aggregates, hours.

    Raises:
        LakeError: A location cannot be, or its receipts cannot be read.
    """
    optional = [location for location in LOCATIONS if location != PUBLISHED_TRIPS.location]
    return tables(Lake(places_of({"lake": lake, **places}, [PUBLISHED_TRIPS.location], optional)))


def tables(lake: Lake) -> duckdb.DuckDBPyConnection:
    """DuckDB with what is published as views: those of VIEWS, `zones`, `receipts`.

    A view whose location was not given is not there; one of a location that holds nothing is empty.

    Raises:
        LakeError: Receipts cannot be read.
    """
    receipts = [entry.receipt for entry in lake.trips.all().values()]
    published: dict[str, tuple[str, list[Receipt]]] = {}
    for name, data_set in VIEWS.items():
        if root := lake.root(data_set):
            book = lake.book(data_set) if data_set in AGGREGATES else None
            published[name] = root, [entry.receipt for entry in book.all().values()] if book else receipts
    return opened(published, receipts)


def opened(
    published: Mapping[str, tuple[str, list[Receipt]]], receipts: Iterable[Receipt]
) -> duckdb.DuckDBPyConnection:
    """DuckDB with the files that some receipts name.

    Args:
        published: Where the data set behind a view lies, and the receipts that say which of its files count.
        receipts: What the view `receipts` shows.
    """
    connection, files = reader()
    names = []
    for name, (root, found) in published.items():
        is_rejects = VIEWS[name] is QUARANTINED_LINES
        mine = [file for receipt in found for file in (receipt.quarantine_files if is_rejects else receipt.files)]
        names += add_view(connection, files, name, VIEWS[name].table, root, mine)
    _fill(connection, "zones", {column.name: column_type(column.type) for column in ZONES.columns}, map(vars, zones()))
    _fill(connection, "receipts", RECEIPTS_COLUMNS, map(_receipt_row, receipts))
    for statement in _CLOSED:
        connection.execute(statement.format(names=names))
    return connection


def reader() -> tuple[duckdb.DuckDBPyConnection, PublishedFiles]:
    """DuckDB with a file system for published files, which holds none yet."""
    connection, files = duckdb.connect(config=_NO_DOWNLOADS), PublishedFiles()
    connection.register_filesystem(files)
    return connection, files


def add_view(
    connection: duckdb.DuckDBPyConnection,
    files: PublishedFiles,
    name: str,
    table: Table,
    root: str,
    found: Iterable[DataFile],
) -> list[str]:
    """Makes some published files a view; returns the names by which they are read.

    Raises:
        LakeError: They cannot be read.
    """
    known = files.add(root, found)
    try:
        connection.execute(f"CREATE VIEW {name} AS {_select(table, known)}")
    except duckdb.Error as error:
        raise told(connection, error) from None
    return known


def column_type(found: ColumnType) -> str:
    """A type as DuckDB spells it."""
    return _TYPES.get(found, found.value)


def _select(table: Table, names: list[str]) -> str:
    if names:
        return f"SELECT {', '.join(table.names)} FROM read_parquet([{', '.join(map(_quoted, names))}])"
    columns = (f"CAST(NULL AS {column_type(column.type)}) AS {column.name}" for column in table.columns)
    return f"SELECT {', '.join(columns)} WHERE false"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _receipt_row(receipt: Receipt) -> dict[str, Any]:
    source, counts = receipt.source, receipt.counts
    return {
        "source_month": f"{receipt.month}-01",
        "raw_file": source.name,
        "raw_bytes": source.size,
        "layout": source.layout,
        **{name: getattr(receipt, name) for name in ("generation", "published_at", "code_version")},
        **{name: getattr(counts, name) for name in LINE_COUNTS},
        "flags": dict(counts.flags),
        "reasons": dict(counts.reasons),
    }


def _fill(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """A table of a few rows; each is passed as JSON, which is typed by DuckDB."""
    connection.execute(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})")
    structure = json.dumps([dict(columns)])
    connection.execute(
        f"INSERT INTO {name} SELECT {', '.join(f'row.{column}' for column in columns)} "
        f"FROM (SELECT unnest(from_json(?::JSON, '{structure}')) AS row)",
        [json.dumps([dict(row) for row in rows])],
    )


def selected(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    """Runs one SELECT.

    Raises:
        UsageError: It is none, or DuckDB cannot run it.
        LakeError: A file cannot be read.
    """
    try:
        statements = connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise UsageError("one SELECT is wanted: everything here is read, and nothing is changed")
        return connection.execute(statements[0])
    except duckdb.Error as error:
        raise told(connection, error) from None


def told(connection: duckdb.DuckDBPyConnection, error: duckdb.Error) -> LakeError:
    """What DuckDB says of a query, in one line."""
    text = str(error)
    if text.startswith(_PYTHON) and (found := _STORAGE_ERROR.search(text)):  # raised by a file of ours, below DuckDB
        return LakeError(f"{found[1]}; python -m lake verify tells what else is not as it should be")
    text = " ".join(text.split("\nLINE ")[0].split())[:_MAX_MESSAGE]
    if isinstance(error, duckdb.CatalogException) and "Table with name" in text:
        names = ", ".join(sorted(name for (name,) in connection.execute(_NAMES).fetchall()))
        return UsageError(f"{text.split('!')[0]}; there are: {names} (a view is there if its location is given)")
    return UsageError(text)
