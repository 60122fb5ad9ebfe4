"""Fields that a file spells in a way of its own, and that are read all the same.

What stands in the file and what it means are written side by side. TLC writes none of this; people who edit files do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from data_samples.periods import Period
from data_samples.rows import PARTS, ZERO, Row, Value
from schemas import flags
from schemas import trips as t


@dataclass(frozen=True)
class Spelled:
    """A recipe: by column, what stands in the file and what it means."""

    defect: str
    fields: Mapping[str, tuple[str, Value]]
    flags: tuple[str, ...] = ()

    def fits(self, period: Period) -> bool:
        """Whether a layout has these columns."""
        return period.filled.issuperset(self.fields)

    def make(self, row: Row) -> Row:
        """An ordinary trip with these fields; the total follows its parts."""
        meant = {column: value for column, (_, value) in self.fields.items()}
        stands = {column: text for column, (text, _) in self.fields.items()}
        return row.but(meant, *self.flags, spelling=stands).balanced()


def _one(defect: str, column: str, text: str, value: Value, *more: str) -> Spelled:
    return Spelled(defect, {column: (text, value)}, more)


def _mark(defect: str, text: str, value: str) -> Spelled:
    """Text in the only text column; no dictionary lists it."""
    return _one(defect, t.STORE_AND_FWD_FLAG, text, value, flags.UNKNOWN_CODE)


_THOUSAND = {part: ("0", ZERO) for part in PARTS if part not in {t.FARE_AMOUNT, t.EHAIL_FEE}}


def _thousand(period: Period) -> Spelled:
    parts = {part: field for part, field in _THOUSAND.items() if part in period.filled}
    return Spelled("exponent", {**parts, t.FARE_AMOUNT: ("1e3", Decimal("1000.00"))})


SPELLED = (
    _one("quoted-values", t.FARE_AMOUNT, '"12.5"', Decimal("12.50")),
    _one("quoted-values", t.PAYMENT_TYPE, '"2"', 2),
    _one("blanks-around-values", t.FARE_AMOUNT, " 9.5  ", Decimal("9.50")),
    _one("blanks-around-values", t.VENDOR_ID, " 2 ", 2),
    _one("blanks-around-values", t.STORE_AND_FWD_FLAG, " N ", "N"),
    _one("blanks-around-values", t.PU_LOCATION_ID, "  74", 74),
    _one("exponent", t.TRIP_DISTANCE, "1.25e1", Decimal("12.50")),
    _one("decimal-in-int", t.PASSENGER_COUNT, "1.0", 1),
    _one("decimal-in-int", t.PAYMENT_TYPE, "2.00", 2),
    _one("extra-decimals", t.TRIP_DISTANCE, "1.005", Decimal("1.01")),
    _one("extra-decimals", t.TRIP_DISTANCE, "2.3449999", Decimal("2.34")),
    _one("null-tokens", t.EXTRA, "NULL", None),
    _one("null-tokens", t.PASSENGER_COUNT, "null", None),
    _one("null-tokens", t.DO_LOCATION_ID, "N/A", None),
    _one("null-tokens", t.RATE_CODE_ID, "\\N", None),
    _one("null-tokens", t.PAYMENT_TYPE, "NULL", None, flags.MISSING_KEYS),
    _one("null-tokens", t.STORE_AND_FWD_FLAG, '""', None),
    _one("null-tokens", t.DROPOFF, "NULL", None),
    _mark("doubled-quote", '"a""b"', 'a"b'),
    _mark("stray-quote", 'a"b', 'a"b'),
    _mark("backslash-before-quote", '"a\\"', "a\\"),
    _mark("quoted-values", '"N,Y"', "N,Y"),
    _mark("formulas-and-escapes", "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    _mark("formulas-and-escapes", "\x1b[31mN\x1b[0m", "\x1b[31mN\x1b[0m"),
    _mark("non-ascii-text", "é", "é"),
)

MOST_SPELLED = len(SPELLED) + 2
"""How many ordinary trips `spelled_rows` needs at most."""


def spelled_rows(period: Period, rows: list[Row], render: Mapping[str, str]) -> list[Row]:
    """One trip for each recipe that the layout can hold, made of ordinary trips.

    Args:
        period: The layout.
        rows: Ordinary trips, of which the first ones are used.
        render: The fields of the first of them as TLC spells them: it is given quoted as a whole, and with blanks.
    """
    first = rows[0]
    times = (t.PICKUP, t.DROPOFF)
    whole = [
        first.but({}, spelling={column: f'"{text}"' for column, text in render.items()}),
        first.but({}, spelling={column: f" {render[column]} " for column in times}),
    ]
    recipes = [_thousand(period), *(recipe for recipe in SPELLED if recipe.fits(period))]
    return whole + [recipe.make(row) for recipe, row in zip(recipes, rows[1:], strict=False)]
