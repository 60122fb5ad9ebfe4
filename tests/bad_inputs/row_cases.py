"""What is wrong with a line, or odd about it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from tests.bad_inputs.cases import Case, ParquetCase
from tests.bad_inputs.lines import DROPOFF, H2_HEADER, H4_HEADER, PICKUP, Line

FLAG = "store_and_fwd_flag"


def bad(reason: str, **fields: str) -> Line:
    """A line with some fields, that is in quarantine for one reason."""
    return Line(fields, reasons=(reason,))


def broken(reason: str, remake: Callable[[list[str]], list[str] | str]) -> Line:
    """A line remade, that is in quarantine for one reason."""
    return Line(remake=remake, reasons=(reason,))


def kept(text: str, value: object, column: str = FLAG, *flags: str) -> Line:
    """A line with one other field, that is published."""
    return Line({column: text}, values={column: value}, flags=flags)


def at(pickup: str, dropoff: str, *flags: str) -> Line:
    """A trip of other times."""
    values = {PICKUP: datetime.fromisoformat(pickup), DROPOFF: datetime.fromisoformat(dropoff)}
    return Line({PICKUP: pickup, DROPOFF: dropoff}, values=values, flags=flags)


OUTSIDE = "is_pickup_outside_month"

LINES = (
    Case(
        "latin-1-bytes",
        (
            Line({FLAG: "\udce9"}, reasons=("INVALID_ENCODING",)),
            Line({"fare_amount": "\udcfc"}, reasons=("BAD_NUMBER", "INVALID_ENCODING")),
            Line(remake=lambda _: "caf\udce9", reasons=("COLUMN_COUNT", "INVALID_ENCODING")),
        ),
    ),
    Case(
        "nul-bytes",
        (
            bad("NUL_BYTE", store_and_fwd_flag="N\0"),
            Line({"fare_amount": "1\x000"}, reasons=("BAD_NUMBER", "NUL_BYTE")),
            Line(remake=lambda _: "\0" * 50, reasons=("COLUMN_COUNT", "NUL_BYTE")),
        ),
    ),
    Case(
        "too-few-fields",
        (
            broken("COLUMN_COUNT", lambda fields: fields[:-1]),
            broken("COLUMN_COUNT", lambda fields: fields[:1]),
        ),
    ),
    Case(
        "too-many-fields",
        (
            broken("COLUMN_COUNT", lambda fields: [*fields, "9"]),
            broken("COLUMN_COUNT", lambda fields: [*fields, ""]),
            broken("COLUMN_COUNT", lambda fields: [*fields, "", ""]),
        ),
    ),
    Case(
        "surplus-fields",
        (
            broken("COLUMN_COUNT", lambda fields: [*fields[:-1], "9"]),
            broken("COLUMN_COUNT", lambda fields: [*fields[:-2], "x", ""]),
            Line(remake=lambda fields: [*fields[:-2], " ", '""']),
        ),
        surplus=2,
    ),
    Case(
        "line-end-in-quotes",
        (
            broken("UNCLOSED_QUOTE", lambda fields: [*fields[:3], '"N']),
            broken("COLUMN_COUNT", lambda fields: ['Y"', *fields[4:]]),
        ),
    ),
    Case(
        "unclosed-quote",
        (
            bad("UNCLOSED_QUOTE", store_and_fwd_flag='"N'),
            kept('"Y"', "Y"),
            bad("UNCLOSED_QUOTE", vendorid='"2'),
            bad("UNCLOSED_QUOTE", trip_type='"1'),
            bad("UNCLOSED_QUOTE", store_and_fwd_flag='"N"x'),
        ),
    ),
    Case(
        "semicolons",
        make=lambda lines: "\n".join(line.replace(",", ";") for line in lines).encode(),
        refused="UNKNOWN_LAYOUT",
        says=("separated by semicolons; expected commas",),
    ),
    Case(
        "tabs",
        make=lambda lines: "\n".join(line.replace(",", "\t") for line in lines).encode(),
        refused="UNKNOWN_LAYOUT",
        says=("separated by tabs; expected commas",),
    ),
    Case(
        "comment-line",
        (
            broken("COLUMN_COUNT", lambda _: "# edited by hand"),
            broken("COLUMN_COUNT", lambda _: "#"),
        ),
    ),
    Case(
        "quoted-values",
        (
            Line(remake=lambda fields: [f'"{field}"' for field in fields]),
            kept('"a,b"', "a,b", FLAG, "has_unknown_code"),
        ),
    ),
    Case(
        "blanks-around-values",
        (
            Line(remake=lambda fields: [f"  {field} " for field in fields]),
            Line(remake=lambda fields: [f"\t{field}\t" for field in fields]),
            Line(remake=lambda fields: [f' " {field} " ' for field in fields]),
        ),
    ),
    Case(
        "letters-in-number",
        (
            bad("BAD_NUMBER", fare_amount="abc"),
            bad("BAD_NUMBER", vendorid="abc"),
            bad("BAD_NUMBER", fare_amount="-"),
            bad("BAD_NUMBER", fare_amount="1.2.3"),
            Line({"fare_amount": "abc", PICKUP: "soon"}, reasons=("BAD_NUMBER", "BAD_TIMESTAMP")),
        ),
    ),
    Case(
        "letters-in-coordinate",
        (
            bad("BAD_NUMBER", pickup_longitude="west"),
            bad("NON_FINITE", pickup_longitude="-Infinity"),
        ),
        header=H2_HEADER,
    ),
    Case(
        "int-overflow",
        (
            bad("BAD_NUMBER", passenger_count="3000000000"),
            bad("BAD_NUMBER", passenger_count="2147483648"),
            bad("BAD_NUMBER", passenger_count="9" * 40),
            kept("2147483647", 2147483647, "passenger_count", "has_odd_passenger_count"),
        ),
    ),
    Case(
        "decimal-in-int",
        (
            kept("1.0", 1, "passenger_count"),
            kept("2.", 2, "passenger_count"),
            bad("BAD_NUMBER", passenger_count="1.5"),
        ),
    ),
    Case(
        "not-finite",
        (
            *(bad("NON_FINITE", fare_amount=text) for text in ("NaN", "nan", "Infinity", "Inf", "-Inf", "+infinity")),
            bad("NON_FINITE", passenger_count="NaN"),
        ),
    ),
    ParquetCase(
        "parquet-values",
        (
            Line({"passenger_count": float("nan")}, values={"passenger_count": None}),
            Line({"payment_type": float("nan")}, values={"payment_type": None}, flags=("has_missing_keys",)),
            Line({"fare_amount": float("nan")}, reasons=("NON_FINITE",)),
            Line({"total_amount": float("inf")}, reasons=("NON_FINITE",)),
            Line({"trip_type": float("-inf")}, reasons=("NON_FINITE",)),
            Line({"passenger_count": 1.5}, reasons=("BAD_NUMBER",)),
            Line({"vendorid": 3_000_000_000}, reasons=("BAD_NUMBER",)),
            Line({"trip_distance": 10_000_000.0}, reasons=("BAD_NUMBER",)),
            Line({PICKUP: None}, reasons=("REQUIRED",)),
        ),
        header=H4_HEADER,
    ),
    Case(
        "exponent",
        (
            kept("1e1", Decimal("10.00"), "trip_distance"),
            kept("1e3", Decimal("1000.00"), "trip_distance", "has_extreme_distance"),
            kept("1E+0", 1, "passenger_count"),
        ),
    ),
    Case(
        "java-number",
        (
            *(
                bad("BAD_NUMBER", trip_distance=text)
                for text in ("1d", "1D", "1f", "0x1p3", "1L", "1_000", "1e999999999")
            ),
            *(bad("BAD_NUMBER", passenger_count=text) for text in ("1d", "1L", "0x1")),
        ),
    ),
    Case(
        "non-ascii-digits",
        (
            bad("BAD_NUMBER", payment_type="\uff11"),
            bad("BAD_NUMBER", fare_amount="\uff11\uff10"),
            bad("BAD_NUMBER", fare_amount="\u0661\u0660.\u0665"),
            bad("BAD_TIMESTAMP", lpep_dropoff_datetime="\uff12\uff10\uff11\uff18-01-01 00:00:00"),
        ),
    ),
    Case(
        "amount-punctuation",
        (
            bad("BAD_NUMBER", total_amount='"1,234.50"'),
            bad("BAD_NUMBER", total_amount='"12,50"'),
            bad("COLUMN_COUNT", total_amount="12,50"),
            bad("BAD_NUMBER", total_amount="$12.50"),
            bad("BAD_NUMBER", total_amount="12.50 USD"),
        ),
        says=(
            "BAD_NUMBER 4, first in line 12: total_amount '\"1,234.50\"', expected a number below 10000000, such as 12.50 ",
            "COLUMN_COUNT 1, first in line 14: 20 fields in '2,",
        ),
    ),
    Case(
        "null-tokens",
        (
            *(kept(text, None, "passenger_count") for text in ("", '""', "null", "NULL", "N/A", "\\N", '"NULL"', " ")),
            *(kept(text, None) for text in ("", '""', "null", "\\N")),
            *(bad("BAD_NUMBER", passenger_count=text) for text in ("Null", "none", "NA", "-", "?")),
            kept("none", "none", FLAG, "has_unknown_code"),
        ),
    ),
    Case(
        "no-pickup",
        (
            *(bad("REQUIRED", lpep_pickup_datetime=text) for text in ("", '""', "null", "NULL", "N/A", "\\N")),
            kept("", None, DROPOFF),
        ),
    ),
    Case(
        "extra-decimals",
        (
            kept("2.505", Decimal("2.51"), "trip_distance"),
            kept("2.504999", Decimal("2.50"), "trip_distance"),
            kept("-0.005", Decimal("-0.01"), "trip_distance", "has_extreme_distance"),
            kept("0.0049999999999999999999999999999999999", Decimal("0.00"), "trip_distance", "has_zero_distance"),
            kept("2.065", Decimal("2.07"), "tip_amount", "has_total_mismatch"),
            kept("9999999.994", Decimal("9999999.99"), "trip_distance", "has_extreme_distance"),
            bad("BAD_NUMBER", trip_distance="9999999.995"),
        ),
    ),
    Case(
        "zero-distance",
        (
            kept("0", Decimal("0.00"), "trip_distance", "has_zero_distance"),
            kept(".00", Decimal("0.00"), "trip_distance", "has_zero_distance"),
        ),
    ),
    Case(
        "extreme-value",
        (
            kept("1000000", Decimal("1000000.00"), "trip_distance", "has_extreme_distance"),
            kept("1e6", Decimal("1000000.00"), "fare_amount", "has_extreme_amount", "has_total_mismatch"),
            bad("BAD_NUMBER", trip_distance="10000000"),
            bad("BAD_NUMBER", fare_amount="-10000000.00"),
        ),
    ),
    Case(
        "endless-coordinate",
        (bad("BAD_NUMBER", dropoff_latitude="9" * 400),),
        header=H2_HEADER,
    ),
    Case(
        "dropoff-before-pickup",
        (
            Line(
                {PICKUP: "2061-01-01 10:00:00", DROPOFF: "2061-01-01 09:59:59"},
                values={PICKUP: datetime(2061, 1, 1, 10), DROPOFF: datetime(2061, 1, 1, 9, 59, 59)},
                flags=("is_dropoff_before_pickup", OUTSIDE),
            ),
        ),
    ),
    Case(
        "end-of-calendar",
        (
            at("9999-12-31 23:00:00", "9999-12-31 23:59:59", OUTSIDE),
            bad("BAD_TIMESTAMP", lpep_pickup_datetime="10000-01-01 00:00:00"),
            bad("BAD_TIMESTAMP", lpep_dropoff_datetime="+10000-01-01 00:00:00"),
        ),
    ),
    Case(
        "impossible-time",
        tuple(
            bad("BAD_TIMESTAMP", **{column: text})
            for column in (PICKUP, DROPOFF)
            for text in (
                "2020-02-30 10:00:00",
                "2019-02-29 10:00:00",
                "2020-13-01 10:00:00",
                "2020-00-10 10:00:00",
                "2020-03-10 24:00:00",
                "2020-03-10 23:59:60",
                "2020-03-10 23:60:00",
            )
        ),
    ),
    Case(
        "other-time-format",
        tuple(
            bad("BAD_TIMESTAMP", lpep_pickup_datetime=text)
            for text in (
                "01/02/2020 03:04:05 AM",
                "2020-01-02T03:04:05",
                "2020-01-02T03:04:05Z",
                "2020-01-02 03:04:05Z",
                "2020-01-02 03:04:05+05:30",
                "2020-01-02 03:04:05 America/New_York",
                "2020-01-02 03:04:05.0",
                "2020-01-02 3:04:05",
                "2020-1-2 03:04:05",
                "2020-01-02",
                "2020",
                "03:04:05",
                "1577934245",
            )
        ),
        says=(
            "BAD_TIMESTAMP 13, first in line 12: lpep_pickup_datetime '01/02/2020 03:04:05 AM', "
            "expected YYYY-MM-DD HH:MM:SS (hours from 00 to 23, no AM or PM, the year first",
        ),
    ),
    Case(
        "unknown-code",
        (
            kept("X", "X", FLAG, "has_unknown_code"),
            kept("y", "y", FLAG, "has_unknown_code"),
            kept("Y", "Y"),
            kept("", None),
            kept("7", 7, "payment_type", "has_unknown_code"),
            kept("0", 0, "payment_type"),
            kept("-1", -1, "payment_type", "has_unknown_code"),
            kept("7", 7, "ratecodeid", "has_unknown_code"),
            kept("99", 99, "ratecodeid"),
            kept("3", 3, "trip_type", "has_unknown_code"),
        ),
    ),
    Case("duplicate-rows", (kept("Y", "Y"),) * 3),
    Case("duplicate-bad-lines", (bad("BAD_NUMBER", fare_amount="abc"),) * 3),
    Case(
        "total-mismatch",
        (
            kept("13.37", Decimal("13.37"), "total_amount", "has_total_mismatch"),
            kept("", None, "tolls_amount"),
        ),
    ),
    Case(
        "formulas-and-escapes",
        (
            kept("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", FLAG, "has_unknown_code"),
            kept("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m", FLAG, "has_unknown_code"),
            kept("<script>", "<script>", FLAG, "has_unknown_code"),
            bad("BAD_NUMBER", fare_amount="=1+1"),
            bad("BAD_NUMBER", fare_amount="\x1b[2J"),
        ),
        says=("BAD_NUMBER 2, first in line 15: fare_amount '=1+1', ",),
    ),
    Case(
        "escapes-in-header",
        make=lambda lines: "\n".join([lines[0].replace("extra", "\x1b[31mextra"), *lines[1:]]).encode(),
        refused="UNKNOWN_LAYOUT",
        says=("missing extra", "\\x1b[31mextra"),
    ),
)
