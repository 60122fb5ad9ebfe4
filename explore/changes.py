"""What changed between two generations of a month: TLC publishes months anew without a word."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from explore.aside import receipt_of
from explore.sql import table_lines
from explore.tables import add_view, reader
from lake.errors import LakeError, UsageError
from lake.operate.status import Lake
from lake.publication.receipts import LINE_COUNTS, DataFile, Receipt
from lake.storage import join, storage_of
from schemas.datasets import PUBLISHED_TRIPS, RIDES_BY_MONTH
from schemas.rides import MEASURES, RIDE_COUNT, RIDE_KEYS, TOTAL_FARE_AMOUNT
from schemas.trips import FARE_AMOUNT, PAYMENT_TYPE, PU_LOCATION_ID, TIP_AMOUNT, TOTAL_AMOUNT, TRIP_DISTANCE, TRIP_TYPE
from schemas.zones import zone_name

LARGEST = 20  # groups
_MEASURES = tuple(column.name for column in MEASURES)
_SUMMED = (FARE_AMOUNT, TOTAL_AMOUNT, TIP_AMOUNT, TRIP_DISTANCE)  # in the order of MEASURES, between the two counts
_OF_TRIPS = (
    f"SELECT {', '.join(RIDE_KEYS)}, count(*) AS {_MEASURES[0]}, "
    + ", ".join(f"sum({column}) AS {name}" for column, name in zip(_SUMMED, _MEASURES[1:-1], strict=True))
    + f", count(*) FILTER ({FARE_AMOUNT} < 0) AS {_MEASURES[-1]} FROM {{trips}} GROUP BY ALL"
)


_FACTS: dict[str, Callable[[Receipt], str]] = {
    "published at": lambda receipt: receipt.published_at,
    "raw file": lambda receipt: receipt.source.name,
    "layout": lambda receipt: receipt.source.layout,
    "bytes": lambda receipt: f"{receipt.source.size:,}",
    "identified by": lambda receipt: receipt.source.etag[:16],
    "code": lambda receipt: receipt.code_version,
    "rolled back to": lambda receipt: str(receipt.roll_back.generation) if receipt.roll_back else "-",
}


def change_lines(lake: Lake, month: str, generations: str | None) -> Iterator[str]:
    """What changed, for people.

    Args:
        lake: The trips, and the aggregates if they are given.
        month: The month.
        generations: Two of them, with a comma between; None: the last two.

    Raises:
        UsageError: The month or the generations are none.
        LakeError: A generation's receipt is not kept.
    """
    earlier, later = _receipts(lake, month, generations)
    connection, lost = _rides(lake, earlier, later)
    heads = [f"generation {receipt.generation}" for receipt in (earlier, later)]
    yield f"{month}: {heads[0]} and {heads[1]}"
    yield ""
    facts = [(name, of(earlier), of(later)) for name, of in _FACTS.items()]
    yield from _table(["", *heads], [(name, one, other) for name, one, other in facts])
    yield ""
    yield from _table(["rows", *heads, "difference"], _counted(earlier, later), right=True)
    yield ""
    if lost:
        yield lost
        return
    yield from _table(["sums", *heads, "difference"], _sums(connection), right=True)
    yield ""
    yield from _groups(connection)


def _receipts(lake: Lake, month: str, generations: str | None) -> tuple[Receipt, Receipt]:
    now, book = receipt_of(lake, month), lake.trips
    if generations is None:
        if now.generation == 1:
            raise LakeError(f"{month} was published once only: there is nothing to compare it with")
        wanted = [now.generation - 1, now.generation]
    else:
        numbers = generations.split(",")
        if len(numbers) != 2 or not all(number.isascii() and number.isdigit() for number in numbers):
            raise UsageError(f"--generations: {generations!r} is not two generations; expected 1,2")
        wanted = [int(number) for number in numbers]
    kept = {receipt.generation: receipt for receipt in book.earlier(month, {*wanted} - {now.generation})}
    kept[now.generation] = now
    if missing := [str(number) for number in wanted if number not in kept]:
        raise LakeError(f"the receipt of generation {', '.join(missing)} of {month} is not kept in {book.root}")
    return kept[wanted[0]], kept[wanted[1]]


def _rides(lake: Lake, *receipts: Receipt) -> tuple[duckdb.DuckDBPyConnection, str]:
    """The rides of two generations as `rides_0` and `rides_1`: the aggregate made from each, else its trips; or what is lost."""
    connection, files = reader()
    lost = []
    for side, receipt in enumerate(receipts):
        if rides := _kept_rides(lake, receipt):
            add_view(connection, files, f"rides_{side}", RIDES_BY_MONTH.table, *rides)
        elif _are_there(lake.trips.root, receipt.files):
            add_view(connection, files, f"trips_{side}", PUBLISHED_TRIPS.table, lake.trips.root, receipt.files)
            connection.execute(f"CREATE VIEW rides_{side} AS {_OF_TRIPS.format(trips=f'trips_{side}')}")
        else:
            lost.append(str(receipt.generation))
    told = f"sums and groups: not kept of generation {', '.join(lost)} (python -m lake expire removed its files)"
    return connection, told if lost else ""


def _kept_rides(lake: Lake, receipt: Receipt) -> tuple[str, Sequence[DataFile]] | None:
    """Where the aggregate of a generation lies, and its files; None if they are not kept."""
    book = lake.book(RIDES_BY_MONTH)
    if book is None:
        return None
    now = book.get(receipt.month)
    past = book.earlier(receipt.month, book.kept().get(receipt.month, []))
    for made in (*([now.receipt] if now else ()), *past):
        if made.source.run == receipt.run and _are_there(book.root, made.files):
            return book.root, made.files
    return None


def _are_there(root: str, files: Sequence[DataFile]) -> bool:
    storage = storage_of(root)
    found = [storage.head(join(root, file.path)) for file in files]
    return all(info and info.size == file.size for info, file in zip(found, files, strict=True))


def _counted(earlier: Receipt, later: Receipt) -> Iterator[tuple[str, ...]]:
    """Lines, flags and reasons; of the latter two those that either has."""
    yield from (_compared(name, getattr(earlier.counts, name), getattr(later.counts, name)) for name in LINE_COUNTS)
    both: tuple[tuple[Mapping[str, int], Mapping[str, int]], ...] = (
        (earlier.counts.flags, later.counts.flags),
        (earlier.counts.reasons, later.counts.reasons),
    )
    for one, other in both:
        for name in dict.fromkeys((*one, *other)):
            if one.get(name) or other.get(name):
                yield _compared(name, one.get(name, 0), other.get(name, 0))


def _compared(name: str, one: int | Decimal | None, other: int | Decimal | None) -> tuple[str, ...]:
    difference = (other or 0) - (one or 0)
    shown = ["-" if value is None else f"{value:,}" for value in (one, other)]
    return (name, *shown, f"{difference:+,}" if difference else "=")


def _sums(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, ...]]:
    sums = ", ".join(f"sum({name})" for name in _MEASURES)
    one, other = (_first(connection, f"SELECT {sums} FROM rides_{side}") for side in (0, 1))
    yield from (_compared(*row) for row in zip(_MEASURES, one, other, strict=True))


def _groups(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The groups that differ, the largest difference in fares first."""
    keys = ", ".join((PU_LOCATION_ID, TRIP_TYPE, PAYMENT_TYPE))
    changes = ", ".join(f"coalesce(sum(sign * {name}), 0) AS {name}" for name in _MEASURES)
    both = "SELECT *, -1 AS sign FROM rides_0 UNION ALL SELECT *, 1 AS sign FROM rides_1"
    differs = " OR ".join(f"{name} <> 0" for name in _MEASURES)
    connection.execute(
        f"CREATE TEMP TABLE changes AS FROM (SELECT {keys}, {changes} FROM ({both}) GROUP BY ALL) WHERE {differs}"
    )
    [number] = _first(connection, "SELECT count(*) FROM changes")
    [of] = _first(connection, f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM ({both}))")
    yield f"groups by zone, trip type and payment type: {number:,} of {of:,} differ" + (
        f"; the {LARGEST} largest differences in fares:" if number > LARGEST else ":" if number else ""
    )
    rows = connection.execute(
        f"SELECT {keys}, {RIDE_COUNT}, {TOTAL_FARE_AMOUNT} FROM changes "
        f"ORDER BY abs({TOTAL_FARE_AMOUNT}) DESC, abs({RIDE_COUNT}) DESC, {keys} LIMIT {LARGEST}"
    ).fetchall()
    if rows:
        shown = [
            (zone_name(zone), *("-" if key is None else str(key) for key in others), f"{rides:+,}", f"{fare:+,}")
            for zone, *others, rides, fare in rows
        ]
        yield from _table(["zone", "trip type", "payment", "rides", "fare"], shown, right=True)


def _first(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)


def _table(
    heads: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]], *, right: bool = False
) -> Iterator[str]:
    """A table without the number of its rows: the first column left, the others left or right."""
    kinds = ["VARCHAR", *(["DECIMAL" if right else "VARCHAR"] * (len(heads) - 1))]
    *lines, _ = table_lines(list(zip(heads, kinds, strict=True)), list(rows))
    yield from lines
