"""Lines for the quarantine: each recipe spoils an ordinary trip and says for which reasons it cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas import trips as t
from schemas.layouts import CsvLayout
from schemas.reasons import Reason


@dataclass(frozen=True)
class Bad:
    """Fields that cannot be read: by column, what stands in the file."""

    name: str
    fields: Mapping[str, str]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Broken:
    """A line that is broken as a whole: the fields of an ordinary one, remade into one line or two."""

    name: str
    make: Callable[[list[str], CsvLayout], list[str]]
    reasons: tuple[Reason, ...]  # of each line, in order


def _bad(name: str, column: str, text: str, *reasons: Reason) -> Bad:
    return Bad(name, {column: text}, reasons)


def _number(name: str, column: str, text: str) -> Bad:
    return _bad(name, column, text, Reason.BAD_NUMBER)


def _not_finite(column: str, text: str) -> Bad:
    return _bad(f"{text} (54)", column, text, Reason.NON_FINITE)


def _time(name: str, text: str, column: str = t.PICKUP) -> Bad:
    return _bad(name, column, text, Reason.BAD_TIMESTAMP)


def _columns(name: str, make: Callable[[list[str], CsvLayout], list[str]]) -> Broken:
    return Broken(name, lambda fields, layout: [",".join(make(fields, layout))], (Reason.COLUMN_COUNT,))


def _surplus(fields: list[str], layout: CsvLayout) -> list[str]:
    """The first surplus field filled; where a layout has none, a field more."""
    return [*fields[: len(layout.columns)], "0.75", *fields[len(layout.columns) + 1 :]]


def _open_quote(fields: list[str], layout: CsvLayout) -> list[str]:
    at = layout.columns.index(t.STORE_AND_FWD_FLAG)
    return [*fields[:at], '"N', *fields[at + 1 :]]


def _split_in_quotes(fields: list[str], layout: CsvLayout) -> list[str]:
    at = layout.columns.index(t.STORE_AND_FWD_FLAG)
    return [",".join([*fields[:at], '"N']), ",".join(['Y"', *fields[at + 1 :]])]


BROKEN = (
    _columns("cut off (39)", lambda fields, _: fields[:7]),
    _columns("a field too few (39)", lambda fields, _: fields[:-1]),
    _columns("a field too many (40)", lambda fields, _: [*fields, ""]),
    _columns("a field too many at the front, an index (40)", lambda fields, _: ["17", *fields]),
    _columns("a filled surplus field (41)", _surplus),
    _columns("a thousand commas (37)", lambda fields, _: [*fields, *[""] * 1000]),
    _columns("a comment (48)", lambda *_: ["# edited by hand"]),
    _columns("a comma for the point (57)", lambda fields, _: [*fields[:-8], "12,50", *fields[-7:]]),
    Broken("an unclosed quote (43)", lambda f, layout: [",".join(_open_quote(f, layout))], (Reason.UNCLOSED_QUOTE,)),
    Broken(
        "an unclosed quote in the first field (43)",
        lambda fields, _: ['"' + ",".join(fields)],
        (Reason.UNCLOSED_QUOTE,),
    ),
    Broken("a line end in quotes (42)", _split_in_quotes, (Reason.UNCLOSED_QUOTE, Reason.COLUMN_COUNT)),
)

# A lone surrogate is written as the one byte it stands for: E9 is an é in Latin-1.
BAD_BYTES = (
    _bad("a Latin-1 byte (13)", t.STORE_AND_FWD_FLAG, "\udce9", Reason.INVALID_ENCODING),
    _bad("a NUL byte (14)", t.STORE_AND_FWD_FLAG, "N\x00", Reason.NUL_BYTE),
    Bad(
        "a Latin-1 byte and a NUL byte",
        {t.STORE_AND_FWD_FLAG: "\x00\udce9"},
        (Reason.INVALID_ENCODING, Reason.NUL_BYTE),
    ),
)

BAD_VALUES = (
    _number("letters (51)", t.FARE_AMOUNT, "abc"),
    _number("3,000,000,000 passengers (52)", t.PASSENGER_COUNT, "3000000000"),
    _number("half a passenger (53)", t.PASSENGER_COUNT, "1.5"),
    _number("a fare that does not fit (62)", t.FARE_AMOUNT, "10000000"),
    _number("a Java double (55)", t.TRIP_DISTANCE, "1d"),
    _number("a Java float (55)", t.TIP_AMOUNT, "1f"),
    _number("hexadecimal (55)", t.TOLLS_AMOUNT, "0x1p3"),
    _number("full-width digits in a code (56)", t.PAYMENT_TYPE, "\uff11"),
    _number("full-width digits in an amount (56)", t.FARE_AMOUNT, "\uff11\uff12.\uff15\uff10"),
    _number("thousands (57)", t.TOTAL_AMOUNT, '"1,234.50"'),
    _number("a dollar sign (57)", t.FARE_AMOUNT, "$12.50"),
    _number("a token that means nothing (58)", t.TRIP_TYPE, "none"),
    _number("a blank inside", t.FARE_AMOUNT, "1 2.5"),
    _not_finite(t.FARE_AMOUNT, "NaN"),
    _not_finite(t.TOTAL_AMOUNT, "Infinity"),
    _not_finite(t.TRIP_DISTANCE, "-Inf"),
    _time("30 February (68)", "2020-02-30 10:00:00"),
    _time("month 13 (68)", "2020-13-01 10:00:00"),
    _time("24:00:00 (68)", "2020-03-10 24:00:00"),
    _time("second 60 (68)", "2020-03-10 23:59:60", t.DROPOFF),
    _time("year 10000 (67)", "10000-01-01 00:00:00"),
    _time("the dates of a portal (69)", "03/10/2020 03:04:05 AM"),
    _time("ISO with a zone (69)", "2020-03-10T03:04:05Z"),
    _time("a date without a time", "2020-03-10", t.DROPOFF),
    _bad("no pick-up (58)", t.PICKUP, "", Reason.REQUIRED),
    _bad("NULL for the pick-up (58)", t.PICKUP, "NULL", Reason.REQUIRED),
    Bad("two reasons", {t.DROPOFF: "soon", t.FARE_AMOUNT: "abc"}, (Reason.BAD_NUMBER, Reason.BAD_TIMESTAMP)),
    Bad(
        "three reasons",
        {t.PICKUP: "", t.FARE_AMOUNT: "much", t.TOTAL_AMOUNT: "Infinity"},
        (Reason.BAD_NUMBER, Reason.NON_FINITE, Reason.REQUIRED),
    ),
)

# Doubles can hold these, and a Parquet file of layout P1 has doubles where the contract has whole numbers.
BAD_IN_PARQUET = (
    _not_finite(t.FARE_AMOUNT, "NaN"),
    _not_finite(t.TOTAL_AMOUNT, "inf"),
    _number("half a passenger", t.PASSENGER_COUNT, "1.5"),
    _number("a distance that does not fit", t.TRIP_DISTANCE, "100000000"),
    _number("a vendor that does not fit", t.VENDOR_ID, "3000000000"),
    _bad("no pick-up", t.PICKUP, "", Reason.REQUIRED),
)
