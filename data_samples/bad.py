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

    defect: str
    fields: Mapping[str, str]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Broken:
    """A line that is broken as a whole: the fields of an ordinary one, remade into one line or two."""

    defect: str
    make: Callable[[list[str], CsvLayout], list[str]]
    reasons: tuple[Reason, ...]  # of each line, in order


def _bad(defect: str, column: str, text: str, *reasons: Reason) -> Bad:
    return Bad(defect, {column: text}, reasons)


def _number(defect: str, column: str, text: str) -> Bad:
    return _bad(defect, column, text, Reason.BAD_NUMBER)


def _not_finite(defect: str, column: str, text: str) -> Bad:
    return _bad(defect, column, text, Reason.NON_FINITE)


def _time(defect: str, text: str, column: str = t.PICKUP) -> Bad:
    return _bad(defect, column, text, Reason.BAD_TIMESTAMP)


def _columns(defect: str, make: Callable[[list[str], CsvLayout], list[str]]) -> Broken:
    return Broken(defect, lambda fields, layout: [",".join(make(fields, layout))], (Reason.COLUMN_COUNT,))


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
    _columns("too-few-fields", lambda fields, _: fields[:7]),
    _columns("too-few-fields", lambda fields, _: fields[:-1]),
    _columns("too-many-fields", lambda fields, _: [*fields, ""]),
    _columns("too-many-fields", lambda fields, _: ["17", *fields]),
    _columns("surplus-fields", _surplus),
    _columns("many-commas", lambda fields, _: [*fields, *[""] * 1000]),
    _columns("comment-line", lambda *_: ["# edited by hand"]),
    _columns("amount-punctuation", lambda fields, _: [*fields[:-8], "12,50", *fields[-7:]]),
    Broken("unclosed-quote", lambda f, layout: [",".join(_open_quote(f, layout))], (Reason.UNCLOSED_QUOTE,)),
    Broken(
        "unclosed-quote",
        lambda fields, _: ['"' + ",".join(fields)],
        (Reason.UNCLOSED_QUOTE,),
    ),
    Broken("line-end-in-quotes", _split_in_quotes, (Reason.UNCLOSED_QUOTE, Reason.COLUMN_COUNT)),
)

# A lone surrogate is written as the one byte it stands for: E9 is an é in Latin-1.
BAD_BYTES = (
    _bad("latin-1-bytes", t.STORE_AND_FWD_FLAG, "\udce9", Reason.INVALID_ENCODING),
    _bad("nul-bytes", t.STORE_AND_FWD_FLAG, "N\x00", Reason.NUL_BYTE),
    Bad(
        "several-reasons",
        {t.STORE_AND_FWD_FLAG: "\x00\udce9"},
        (Reason.INVALID_ENCODING, Reason.NUL_BYTE),
    ),
)

BAD_VALUES = (
    _number("letters-in-number", t.FARE_AMOUNT, "abc"),
    _number("int-overflow", t.PASSENGER_COUNT, "3000000000"),
    _number("decimal-in-int", t.PASSENGER_COUNT, "1.5"),
    _number("extreme-value", t.FARE_AMOUNT, "10000000"),
    _number("java-number", t.TRIP_DISTANCE, "1d"),
    _number("java-number", t.TIP_AMOUNT, "1f"),
    _number("java-number", t.TOLLS_AMOUNT, "0x1p3"),
    _number("non-ascii-digits", t.PAYMENT_TYPE, "\uff11"),
    _number("non-ascii-digits", t.FARE_AMOUNT, "\uff11\uff12.\uff15\uff10"),
    _number("amount-punctuation", t.TOTAL_AMOUNT, '"1,234.50"'),
    _number("amount-punctuation", t.FARE_AMOUNT, "$12.50"),
    _number("null-tokens", t.TRIP_TYPE, "none"),
    _number("blank-in-number", t.FARE_AMOUNT, "1 2.5"),
    _not_finite("not-finite", t.FARE_AMOUNT, "NaN"),
    _not_finite("not-finite", t.TOTAL_AMOUNT, "Infinity"),
    _not_finite("not-finite", t.TRIP_DISTANCE, "-Inf"),
    _time("impossible-time", "2020-02-30 10:00:00"),
    _time("impossible-time", "2020-13-01 10:00:00"),
    _time("impossible-time", "2020-03-10 24:00:00"),
    _time("impossible-time", "2020-03-10 23:59:60", t.DROPOFF),
    _time("end-of-calendar", "10000-01-01 00:00:00"),
    _time("other-time-format", "03/10/2020 03:04:05 AM"),
    _time("other-time-format", "2020-03-10T03:04:05Z"),
    _time("other-time-format", "2020-03-10", t.DROPOFF),
    _bad("no-pickup", t.PICKUP, "", Reason.REQUIRED),
    _bad("no-pickup", t.PICKUP, "NULL", Reason.REQUIRED),
    Bad("several-reasons", {t.DROPOFF: "soon", t.FARE_AMOUNT: "abc"}, (Reason.BAD_NUMBER, Reason.BAD_TIMESTAMP)),
    Bad(
        "several-reasons",
        {t.PICKUP: "", t.FARE_AMOUNT: "much", t.TOTAL_AMOUNT: "Infinity"},
        (Reason.BAD_NUMBER, Reason.NON_FINITE, Reason.REQUIRED),
    ),
)

# Doubles can hold these, and a Parquet file of layout P1 has doubles where the contract has whole numbers.
BAD_IN_PARQUET = (
    _not_finite("parquet-values", t.FARE_AMOUNT, "NaN"),
    _not_finite("parquet-values", t.TOTAL_AMOUNT, "inf"),
    _number("parquet-values", t.PASSENGER_COUNT, "1.5"),
    _number("parquet-values", t.TRIP_DISTANCE, "100000000"),
    _number("parquet-values", t.VENDOR_ID, "3000000000"),
    _bad("parquet-values", t.PICKUP, "", Reason.REQUIRED),
)
