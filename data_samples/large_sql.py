"""The SQL of the large files: a row's numbers, and the row as a line of a CSV layout or as Parquet columns.

Amounts are whole cents, distances hundredths of a mile, times seconds since 1970, until they are written.
"""

from __future__ import annotations

from decimal import Decimal

from data_samples.periods import TIP_PERCENTS, TOLLS, ZONES, Period
from data_samples.rows import PARTS
from schemas import trips as t
from schemas.layouts import CsvLayout

# Sixteen of a hash's 64 bits, as a number below 65,536.
MACROS = """
CREATE MACRO die(hashed, number) AS ((hashed >> (16 * number)) & 65535)::BIGINT;
CREATE MACRO hundredths(c) AS lpad((c % 100)::VARCHAR, 2, '0');
CREATE MACRO dollars(c) AS CASE
    WHEN c % 100 = 0 THEN (c // 100)::VARCHAR
    WHEN c % 10 = 0 THEN concat(c // 100, '.', c % 100 // 10)
    ELSE concat(c // 100, '.', hundredths(c)) END;
CREATE MACRO miles(c) AS concat(CASE WHEN c >= 100 THEN c // 100 END, '.', hundredths(c));
CREATE MACRO moment(seconds) AS make_timestamp(seconds * 1000000);
CREATE MACRO degrees(middle, width, die) AS (middle + width * (die - 32768) / 65536.0)::FLOAT::DOUBLE;
"""

_COORDINATES = {
    t.PICKUP_LONGITUDE: "degrees(-73.93, 0.2, die(e, 0))",
    t.PICKUP_LATITUDE: "degrees(40.75, 0.2, die(e, 1))",
    t.DROPOFF_LONGITUDE: "degrees(-73.93, 0.3, die(e, 2))",
    t.DROPOFF_LATITUDE: "degrees(40.75, 0.3, die(e, 3))",
}
_TIMES = (t.PICKUP, t.DROPOFF)
_MONEY = (*PARTS, t.TOTAL_AMOUNT)


def trips(period: Period, rows: int, first: int, last: int, dice: str) -> str:
    """A query for trips of a month, by pick-up time to about half an hour, a column for each of the layout.

    Args:
        period: The layout.
        rows: How many.
        first: The first second of the month.
        last: Its last second.
        dice: What the numbers depend on, beside the row.
    """
    hashes = ", ".join(f"hash(i, '{dice} {name}') AS {name}" for name in "abcde")
    thrown = f"""
        SELECT *,
            die(a, 1) < {int(period.dispatched * 65536)} AS by_app,
            least({last}, {first} + i * {last - first + 1} // {rows} + die(a, 0) % 1800) AS second,
            10 + least(4000, (250 * pow(-ln((die(a, 2) + 1) / 65536.0), 1.35))::BIGINT) AS {t.TRIP_DISTANCE},
            die(b, 1) < 36000 AS by_card,
            die(d, 2) % 25 = 0 AS negotiated
        FROM (SELECT i, {hashes} FROM range({rows}) AS numbers(i))"""
    timed = f"""
        SELECT *,
            CASE WHEN by_app THEN second - second % 60 ELSE second END AS {t.PICKUP},
            60 + {t.TRIP_DISTANCE} * (180 + die(a, 3) % 240) // 100 AS lasting,
            second % 86400 // 3600 AS hour
        FROM ({thrown})"""
    charged = f"SELECT *, {_charges(period)} FROM ({timed})"
    tipped = f"SELECT *, {_tip()} AS {t.TIP_AMOUNT} FROM ({charged})"
    parts = [part for part in PARTS if part in period.filled]
    total = " + ".join(f"coalesce({part}, 0)" for part in parts)
    return f"SELECT *, {total} AS {t.TOTAL_AMOUNT}, {_codes(period)} FROM ({tipped})"


def csv_line(period: Period, layout: CsvLayout) -> str:
    """An expression for a trip's line, its line end included."""
    fields = ", ',', ".join(_text(period, column) for column in layout.columns)
    return f"concat({fields}, '{',' * layout.surplus}', chr(13), chr(10))"


def parquet_columns(period: Period) -> str:
    """Expressions for a trip's columns, nearly of the type of the file."""
    return ", ".join(f"{_typed(period, column)} AS {column}" for column in period.columns)


def _charges(period: Period) -> str:
    tariff = period.tariff
    fall, step, night, rush = (_cents(d) for d in (tariff.fall, tariff.step, tariff.night, tariff.rush))
    metered = f"{fall} + {step} * ({t.TRIP_DISTANCE} * 5 // 100 + die(b, 0) % 6)"
    agreed = "500 + die(b, 0) % 280 * 25"
    by_app = f"600 + {t.TRIP_DISTANCE} * 3 + die(b, 0) % 400"
    extra = f"CASE WHEN by_app THEN 0 WHEN hour >= 20 OR hour < 6 THEN {night} WHEN hour >= 16 THEN {rush} ELSE 0 END"
    tolls = f"CASE WHEN die(b, 3) < 2600 THEN {_one_of([_cents(toll) for toll in TOLLS], 'die(b, 3)')} ELSE 0 END"
    charges = {
        t.FARE_AMOUNT: f"CASE WHEN by_app THEN {by_app} WHEN negotiated THEN {agreed} ELSE {metered} END",
        t.EXTRA: extra,
        t.MTA_TAX: f"CASE WHEN by_app THEN 0 ELSE {_cents(tariff.mta_tax)} END",
        t.TOLLS_AMOUNT: tolls,
        t.IMPROVEMENT_SURCHARGE: f"{_cents(tariff.improvement)}",
        t.CONGESTION_SURCHARGE: "CASE WHEN by_app THEN NULL WHEN die(c, 3) < 13000 THEN 275 ELSE 0 END",
        t.CBD_CONGESTION_FEE: "CASE WHEN die(d, 3) < 6500 THEN 75 ELSE 0 END",
        **{
            fee: f"CASE WHEN die(e, 0) < 6500 THEN {_cents(dollars)} ELSE 0 END" for fee, dollars in period.fees.items()
        },
    }
    return ", ".join(f"{charge} AS {column}" for column, charge in charges.items())


def _tip() -> str:
    """Cards only: a button for some percent, or, one in four, typed in."""
    button = f"(({t.FARE_AMOUNT} + {t.EXTRA}) * {_one_of(TIP_PERCENTS, 'die(b, 2)')} + 50) // 100"
    typed = "die(b, 2) // 4 % 900"
    return f"CASE WHEN NOT by_card OR by_app THEN 0 WHEN die(b, 2) % 4 = 0 THEN {typed} ELSE {button} END"


def _codes(period: Period) -> str:
    vendor = _one_of(period.vendors, "die(d, 0)")
    codes = {
        t.DROPOFF: f"{t.PICKUP} + CASE WHEN by_app THEN lasting - lasting % 60 ELSE lasting END",
        t.VENDOR_ID: f"CASE WHEN NOT by_app THEN {vendor} END" if period.layout.startswith("C") else vendor,
        t.STORE_AND_FWD_FLAG: _metered("CASE WHEN die(d, 2) < 650 THEN 'Y' ELSE 'N' END"),
        t.RATE_CODE_ID: _metered("CASE WHEN negotiated THEN 5 ELSE 1 END"),
        t.PU_LOCATION_ID: _zone("die(c, 0)"),
        t.DO_LOCATION_ID: _zone("die(c, 1)"),
        t.PASSENGER_COUNT: _metered(_one_of((1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 6), "die(c, 2)")),
        t.PAYMENT_TYPE: _metered("CASE WHEN by_card THEN 1 ELSE 2 END"),
        t.TRIP_TYPE: _metered("CASE WHEN die(d, 1) < 1300 THEN 2 ELSE 1 END"),
    }
    return ", ".join(f"{code} AS {column}" for column, code in codes.items())


def _metered(code: str) -> str:
    """A code that app-dispatched trips lack."""
    return f"CASE WHEN NOT by_app THEN {code} END"


def _zone(die: str) -> str:
    """A zone, few of them with most of the rides: the third power of a number below 65,536, over 2^48."""
    return f"{list(ZONES)}[1 + (({die} * {die} * {die} * {len(ZONES)}) >> 48)]"


def _one_of(numbers: list[int] | tuple[int, ...], die: str) -> str:
    return f"{list(numbers)}[1 + {die} % {len(numbers)}]"


def _cents(dollars: Decimal) -> int:
    return int(dollars * 100)


def _text(period: Period, column: str) -> str:
    if column not in period.filled:
        return "''"
    if column in _COORDINATES:
        return f"format('{{:.17g}}', {_COORDINATES[column]})"
    if column in _TIMES:
        return f"moment({column})::VARCHAR"
    if column == t.TRIP_DISTANCE:
        return f"miles({column})"
    return f"CASE WHEN {column} IS NOT NULL THEN dollars({column}) END" if column in _MONEY else column


def _typed(period: Period, column: str) -> str:
    if column not in period.filled:
        return "NULL"
    if column in _TIMES:
        return f"moment({column})"
    return f"{column} / 100.0" if column in (*_MONEY, t.TRIP_DISTANCE) else column
