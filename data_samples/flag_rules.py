"""The rules of the flags in DuckDB: a second opinion on what is said of rows by hand, and the word on what is not."""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from schemas import trips as t
from schemas.columns import ColumnType
from schemas.flags import FLAGS, Flag

_TYPES = {
    ColumnType.INT: pa.int32(),
    ColumnType.DECIMAL: pa.decimal128(9, 2),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.TEXT: pa.string(),
    ColumnType.WALL_CLOCK: pa.timestamp("us"),
}
_SCHEMA = pa.schema([(column.name, _TYPES[column.type]) for column in t.PUBLISHED])


def flags_of(trips: Iterable[Mapping[str, object]], month: str, among: Sequence[Flag] = FLAGS) -> list[set[str]]:
    """The names of the flags, of some, that each trip of a month has."""
    import duckdb  # here: the small files need none while their recipes name every flag

    rows = [{name: trip.get(name) for name in _SCHEMA.names} for trip in trips]
    flags = ", ".join(f"coalesce({flag.rule_for(_SCHEMA.names)}, false) AS {flag.name}" for flag in among)
    with duckdb.connect() as connection:
        connection.register("trips", pa.Table.from_pylist(rows, _SCHEMA))
        dated = f"SELECT *, DATE '{month}-01' AS {t.SOURCE_MONTH} FROM trips"
        found = connection.sql(f"SELECT {flags} FROM ({dated})").to_arrow_table().to_pylist()
    return [{name for name, applies in row.items() if applies} for row in found]
