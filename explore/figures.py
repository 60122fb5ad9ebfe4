"""What the report shows: figures, each with where it comes from and the SELECT that checks it.

The numbers come from the receipts and the aggregates; the SELECT counts again, in the trips and the lines themselves wherever it
can. A test runs each, in DuckDB and in Spark, and compares.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import duckdb

from lake.months import month_range
from lake.operate.status import Lake
from lake.publication.receipts import LINE_COUNTS, Entry, Receipt
from lake.storage import join
from schemas.datasets import (
    PUBLISHED_TRIPS,
    QUARANTINED_LINES,
    RECEIPTS,
    RIDES_BY_HOUR,
    RIDES_BY_MONTH,
    Aggregate,
    DataSet,
)
from schemas.flags import ANY_FLAG, FLAGS, MISSING_KEYS
from schemas.hours import PICKUP_HOUR, PICKUP_WEEKDAY
from schemas.reasons import Reason
from schemas.rides import RIDE_COUNT, SUM_TOTAL_AMOUNT, TOTAL_FARE_AMOUNT
from schemas.trips import FARE_AMOUNT, PICKUP, PU_LOCATION_ID, SOURCE_MONTH, TOTAL_AMOUNT
from schemas.zones import zone_name

FLAG_NAMES = tuple(flag.name for flag in (*FLAGS, ANY_FLAG))


@dataclass(frozen=True)
class Figure:
    """A table of numbers.

    Attributes:
        key: Its anchor on the page.
        columns: What the columns are called.
        rows: What `sql` must give: months as YYYY-MM-DD, numbers exact.
        source: Where the numbers come from.
        sql: What checks them.
        totals: The sums of the columns, for who writes about them.
    """

    key: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    source: str
    sql: str
    totals: dict[str, Any] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        """The values of one column."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]


@dataclass(frozen=True)
class Published:
    """What is published, as it was when the page was begun.

    Attributes:
        lake: The parts of the lake.
        receipts: Those of the trips, by month, in order.
        made: The receipts of the aggregates whose locations are given.
        connection: DuckDB with `rides`, `rides_by_hour` and `quarantine`, where their locations are given.
    """

    lake: Lake
    receipts: dict[str, Receipt]
    made: dict[Aggregate, dict[str, Entry]]
    connection: duckdb.DuckDBPyConnection

    def source(self, data_set: DataSet) -> str:
        """Where the numbers of a data set come from: its receipts, or the files that they name."""
        root = self.lake.root(data_set) or ""
        if data_set is PUBLISHED_TRIPS:
            return f"the receipts of the trips, {join(root, RECEIPTS)}"
        whose = PUBLISHED_TRIPS if data_set is QUARANTINED_LINES else data_set
        return f"the files in {root} that are named in {join(self.lake.root(whose) or '', RECEIPTS)}"

    def rows(self, query: str) -> tuple[tuple[Any, ...], ...]:
        """What a SELECT gives."""
        return tuple(self.connection.execute(query).fetchall())


def months(published: Published) -> Figure:
    """What is published of each month. One row per month."""
    columns = (SOURCE_MONTH, "layout", "generation", "raw_file", "raw_bytes", "published_at", "published")
    rows = tuple(
        (
            f"{month}-01",
            receipt.source.layout,
            receipt.generation,
            receipt.source.name,
            receipt.source.size,
            receipt.published_at,
            receipt.counts.published,
        )
        for month, receipt in published.receipts.items()
    )
    sql = f"SELECT {', '.join(columns)} FROM receipts ORDER BY {SOURCE_MONTH}"
    return Figure("months", columns, rows, published.source(PUBLISHED_TRIPS), sql)


def lines(published: Published) -> Figure:
    """How the lines of each month add up. One row per month."""
    rows = tuple(
        (f"{month}-01", *(getattr(receipt.counts, name) for name in LINE_COUNTS))
        for month, receipt in published.receipts.items()
    )
    sql = f"SELECT {SOURCE_MONTH}, {', '.join(LINE_COUNTS)} FROM receipts ORDER BY {SOURCE_MONTH}"
    totals = {name: sum(row[at] for row in rows) for at, name in enumerate(LINE_COUNTS, 1)}
    return Figure("lines", (SOURCE_MONTH, *LINE_COUNTS), rows, published.source(PUBLISHED_TRIPS), sql, totals)


def rides(published: Published) -> Figure:
    """Rides and money by month; without the aggregates, rides alone. One row per month."""
    has_money = published.lake.root(RIDES_BY_MONTH) is not None
    money = {}
    if has_money:
        sums = f"sum({RIDE_COUNT}), sum({TOTAL_FARE_AMOUNT}), sum({SUM_TOTAL_AMOUNT})"
        found = published.rows(f"SELECT {SOURCE_MONTH}, {sums} FROM rides GROUP BY {SOURCE_MONTH}")
        money = {str(month): rest for month, *rest in found}
    rows: list[tuple[Any, ...]] = []
    for month, receipt in published.receipts.items():
        without = receipt.counts.flags.get(MISSING_KEYS, 0)
        first = f"{month}-01"
        if not has_money:
            rows.append((first, receipt.counts.published, without))
        elif first in money:  # else the aggregates are to be made yet: the calendar says so
            count, fare, total = money[first]
            rows.append((first, count, without, fare, total))
    sums = f", sum({FARE_AMOUNT}) AS fare, sum({TOTAL_AMOUNT}) AS total" if has_money else ""
    sql = (
        f"SELECT {SOURCE_MONTH}, count(*) AS rides, count_if({MISSING_KEYS}) AS without_keys{sums} "
        f"FROM trips GROUP BY {SOURCE_MONTH} ORDER BY {SOURCE_MONTH}"
    )
    columns = (SOURCE_MONTH, "rides", "without_keys", *(("fare", "total") if has_money else ()))
    source = published.source(PUBLISHED_TRIPS)
    source = f"{published.source(RIDES_BY_MONTH)}; without_keys from {source}" if has_money else source
    totals = {name: sum(row[at] or 0 for row in rows) for at, name in enumerate(columns[1:], 1)}
    return Figure("rides", columns, tuple(rows), source, sql, totals)


def flags(published: Published) -> Figure:
    """How many trips have each flag. One row per month."""
    rows = tuple(
        (
            f"{month}-01",
            receipt.source.layout,
            receipt.counts.published,
            *(receipt.counts.flags.get(name, 0) for name in FLAG_NAMES),
        )
        for month, receipt in published.receipts.items()
    )
    counted = ", ".join(f"count_if({name}) AS {name}" for name in FLAG_NAMES)
    sql = (
        f"SELECT trips.{SOURCE_MONTH}, layout, count(*) AS rides, {counted} "
        f"FROM trips JOIN receipts ON receipts.{SOURCE_MONTH} = trips.{SOURCE_MONTH} "
        f"GROUP BY trips.{SOURCE_MONTH}, layout ORDER BY trips.{SOURCE_MONTH}"
    )
    return Figure("flags", (SOURCE_MONTH, "layout", "rides", *FLAG_NAMES), rows, published.source(PUBLISHED_TRIPS), sql)


def reasons(published: Published) -> Figure:
    """How many lines were set aside for each reason; a line may have several. One row per reason that occurs."""
    counted = {
        reason.value: sum(receipt.counts.reasons.get(reason, 0) for receipt in published.receipts.values())
        for reason in Reason
    }
    rows = tuple(
        sorted(((reason, number) for reason, number in counted.items() if number), key=lambda row: (-row[1], row[0]))
    )
    parts = " UNION ALL ".join(
        f"SELECT '{reason}' AS reason, count(*) AS lines FROM quarantine WHERE array_contains(reasons, '{reason}')"
        for reason, _ in rows
    )
    sql = (
        f"SELECT reason, lines FROM ({parts}) AS found ORDER BY lines DESC, reason"
        if rows
        else "SELECT count(*) FROM quarantine"
    )
    return Figure("reasons", ("reason", "lines"), rows, published.source(PUBLISHED_TRIPS), sql)


def zones(published: Published) -> Figure | None:
    """Rides and fares by the zone of the pick-up, the busiest first. One row per zone that occurs; None without aggregates."""
    if published.lake.root(RIDES_BY_MONTH) is None:
        return None
    order = f"ORDER BY rides DESC, {PU_LOCATION_ID} NULLS LAST"
    found = published.rows(
        f"SELECT {PU_LOCATION_ID}, sum({RIDE_COUNT}) AS rides, sum({TOTAL_FARE_AMOUNT}) AS fare FROM rides "
        f"GROUP BY {PU_LOCATION_ID} {order}"
    )
    sql = (
        f"SELECT {PU_LOCATION_ID}, count(*) AS rides, sum({FARE_AMOUNT}) AS fare FROM trips "
        f"GROUP BY {PU_LOCATION_ID} {order}"
    )
    return Figure("zones", (PU_LOCATION_ID, "rides", "fare"), found, published.source(RIDES_BY_MONTH), sql)


def hours(published: Published) -> Figure | None:
    """Rides by weekday and hour of the pick-up. One row per hour that occurs; None without that aggregate."""
    if published.lake.root(RIDES_BY_HOUR) is None:
        return None
    columns = (PICKUP_WEEKDAY, PICKUP_HOUR)
    found = published.rows(
        f"SELECT {', '.join(columns)}, sum({RIDE_COUNT}) FROM rides_by_hour GROUP BY {', '.join(columns)} "
        f"ORDER BY {', '.join(columns)}"
    )
    sql = (
        f"SELECT isodow({PICKUP}) AS {PICKUP_WEEKDAY}, hour({PICKUP}) AS {PICKUP_HOUR}, count(*) AS rides "
        f"FROM trips GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return Figure("hours", (*columns, "rides"), found, published.source(RIDES_BY_HOUR), sql)


def way(published: Published) -> Figure:
    """What came of all raw files. One row."""
    columns = ("months", "raw_bytes", *LINE_COUNTS)
    receipts = published.receipts.values()
    counts = tuple(sum(getattr(receipt.counts, name) for receipt in receipts) for name in LINE_COUNTS)
    rows = ((len(receipts), sum(receipt.source.size for receipt in receipts), *counts),)
    sums = ", ".join(f"sum({name}) AS {name}" for name in columns[1:])
    return Figure(
        "way", columns, rows, published.source(PUBLISHED_TRIPS), f"SELECT count(*) AS months, {sums} FROM receipts"
    )


def gaps(found: Collection[str]) -> list[str]:
    """The months that are missing between the first and the last, as `ranges`."""
    return ranges(set(month_range(min(found), max(found))) - set(found)) if found else []


def ranges(found: Collection[str]) -> list[str]:
    """Some months in order, those in a row as one: `2013-10` or `2013-10 to 2014-02`."""
    every = month_range(min(found), max(found)) if found else []
    runs = [list(run) for is_there, run in groupby(every, found.__contains__) if is_there]
    return [run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]


def named_zones(figure: Figure) -> list[tuple[str, int, Any]]:
    """The rows of `zones` with names for ids."""
    return [(zone_name(zone), count, fare) for zone, count, fare in figure.rows]
