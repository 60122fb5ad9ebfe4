"""Trips that are odd and kept: each recipe changes an ordinary trip and says which flags are true of the result.

Numbers in parentheses are those of the cases in tests/bad_inputs. What TLC's files hold was measured.
The last allowed value stands beside the first flagged one wherever a flag has a threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from data_samples.periods import CONGESTION, Period
from data_samples.rows import PARTS, ZERO, Row, Value
from schemas import flags
from schemas import trips as t

Make = Callable[[Row, Period], list[Row]]


@dataclass(frozen=True)
class FlaggedTrip:
    """A recipe.

    Attributes:
        name: What the result is.
        make: Makes it of an ordinary trip.
        columns: What the layout must be able to hold.
        layouts: The layouts that have it; empty: all.
        of_dispatched: Whether it is made of an app-dispatched trip.
    """

    name: str
    make: Make
    columns: frozenset[str] = frozenset()
    layouts: tuple[str, ...] = ()
    of_dispatched: bool = False

    def fits(self, period: Period) -> bool:
        """Whether a layout can hold it."""
        return (
            self.columns <= period.filled
            and (not self.layouts or period.layout in self.layouts)
            and (not self.of_dispatched or period.dispatched > 0)
        )


def _values(name: str, values: Mapping[str, Value], *more: str) -> FlaggedTrip:
    """An ordinary trip with other values; the total follows its parts."""
    return FlaggedTrip(name, lambda row, _: [row.but(values, *more).balanced()], frozenset(values))


def _at(name: str, pickup: str, *more: str) -> FlaggedTrip:
    """An ordinary trip at another time."""
    moment = datetime.fromisoformat(pickup)
    return FlaggedTrip(name, lambda row, _: [row.at(moment, *more)])


def _fare_alone(name: str, fare: str, *more: str) -> FlaggedTrip:
    """A fare without taxes, tip or fees."""
    values: dict[str, Value] = {**dict.fromkeys(PARTS, ZERO), t.EHAIL_FEE: None, t.FARE_AMOUNT: Decimal(fare)}
    return FlaggedTrip(name, lambda row, _: [row.but(values, *more).balanced()])


def _from_start(name: str, offset: timedelta, *more: str) -> FlaggedTrip:
    return FlaggedTrip(name, lambda row, period: [row.at(period.start + offset, *more)])


def _from_end(name: str, offset: timedelta, *more: str) -> FlaggedTrip:
    return FlaggedTrip(name, lambda row, period: [row.at(period.end + offset, *more)])


def _lasting(name: str, duration: timedelta, *more: str) -> FlaggedTrip:
    return FlaggedTrip(name, lambda row, _: [row.at(row.time(t.PICKUP), *more, lasting=duration)])


def _off_by(name: str, difference: str, *more: str) -> FlaggedTrip:
    """A total that is not the sum of its parts."""

    def make(row: Row, _: Period) -> list[Row]:
        total = row.amount(t.TOTAL_AMOUNT) + Decimal(difference)
        return [row.but({t.TOTAL_AMOUNT: total}, flags.TOTAL_MISMATCH, *more)]

    return FlaggedTrip(name, make)


def reversal(row: Row, payment: int) -> Row:
    """The exact reversal: all amounts negative, the distance not; no charge (3) or dispute (4)."""
    negative: dict[str, Value] = {part: -row.amount(part) for part in PARTS if row.amount(part)}
    return row.but({**negative, t.PAYMENT_TYPE: payment}, flags.NEGATIVE_FARE, flags.NEGATIVE_TOTAL).balanced()


def _dispatched_fee_in_total(row: Row, _: Period) -> list[Row]:
    total = row.amount(t.TOTAL_AMOUNT) + CONGESTION
    return [row.but({t.TOTAL_AMOUNT: total}, flags.TOTAL_MISMATCH)]


def _booked_twice(row: Row, _: Period) -> list[Row]:
    """Vendor 1 since 2023: the improvement surcharge stands in mta_tax, too."""
    return [row.but({t.VENDOR_ID: 1, t.MTA_TAX: Decimal("1.50")}, flags.TOTAL_MISMATCH)]


def _placeholder(fare: str, *more: str) -> Make:
    """Vendor 6 since 2025: the fare is a placeholder, what was paid stands in the total only."""

    def make(row: Row, _: Period) -> list[Row]:
        values: dict[str, Value] = {t.VENDOR_ID: 6, t.TIP_AMOUNT: ZERO, t.FARE_AMOUNT: Decimal(fare)}
        balanced = row.but(values).balanced()
        total = balanced.amount(t.TOTAL_AMOUNT) + Decimal("22.35")
        return [balanced.but({t.TOTAL_AMOUNT: total}, flags.TOTAL_MISMATCH, *more)]

    return make


def _clock(name: str, pickup: str) -> FlaggedTrip:
    """A time of the wall clock that a zone would skip or have twice, for the sample of that month."""
    moment = datetime.fromisoformat(pickup)

    def make(row: Row, period: Period) -> list[Row]:
        return [row.at(moment)] if period.start <= moment < period.end else []

    return FlaggedTrip(name, make)


_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)

_TIMES = (
    _from_start("the first second of the month", timedelta()),
    _from_end("the last second of the month", -_SECOND),
    _from_start("the second before the month (35)", -_SECOND, flags.PICKUP_OUTSIDE_MONTH),
    _from_end("the first second of the next month (35)", timedelta(), flags.PICKUP_OUTSIDE_MONTH),
    _at("2008-12-31 (65)", "2008-12-31 23:02:40", flags.PICKUP_OUTSIDE_MONTH),
    _at("2009-01-01 (65)", "2009-01-01 00:00:00", flags.PICKUP_OUTSIDE_MONTH),
    _at("2062-08-15 (65)", "2062-08-15 17:20:00", flags.PICKUP_OUTSIDE_MONTH),
    _at("the first day of the calendar (66)", "0001-01-01 00:00:00", flags.PICKUP_OUTSIDE_MONTH),
    _at("a day that the Julian calendar lacks (66)", "1582-10-10 12:00:00", flags.PICKUP_OUTSIDE_MONTH),
    _at("zero of spreadsheets (66)", "1899-12-31 10:00:00", flags.PICKUP_OUTSIDE_MONTH),
    _at("the last day of the calendar (67)", "9999-12-31 12:00:00", flags.PICKUP_OUTSIDE_MONTH),
    _clock("an hour that summer time skips (70)", "2014-03-09 02:30:00"),
    _clock("an hour that summer time skips (70)", "2015-03-08 02:30:00"),
    _clock("an hour that summer time skips (70)", "2016-03-13 02:30:00"),
    _clock("an hour that summer time skips (70)", "2020-03-08 02:30:00"),
    _clock("an hour that summer time skips (70)", "2024-03-10 02:30:00"),
    _clock("an hour that comes twice (70)", "2025-11-02 01:30:00"),
    _lasting("drop-off at the pick-up", timedelta()),
    _lasting("drop-off before the pick-up (63)", -timedelta(minutes=7), flags.DROPOFF_BEFORE_PICKUP),
    _lasting("24 hours", _DAY),
    _lasting("24 hours and a second (64)", _DAY + _SECOND, flags.TOO_LONG),
    FlaggedTrip("no drop-off", lambda row, _: [row.but({t.DROPOFF: None})]),
)

_AMOUNTS = (
    _values("zero distance (61)", {t.TRIP_DISTANCE: ZERO}, flags.ZERO_DISTANCE),
    _values("100 miles", {t.TRIP_DISTANCE: Decimal("100.00")}),
    _values("over 100 miles", {t.TRIP_DISTANCE: Decimal("100.01")}, flags.EXTREME_DISTANCE),
    _values("293,931 miles", {t.TRIP_DISTANCE: Decimal("293931.00")}, flags.EXTREME_DISTANCE),
    _values("negative distance", {t.TRIP_DISTANCE: Decimal("-0.70")}, flags.EXTREME_DISTANCE),
    _values("a fare of zero", {t.VENDOR_ID: 2, t.FARE_AMOUNT: ZERO}),
    _values("no fare", {t.FARE_AMOUNT: None}),
    _values("a fare of 4,003", {t.FARE_AMOUNT: Decimal("4003.00")}, flags.EXTREME_AMOUNT),
    _values("a fare of a million (62)", {t.FARE_AMOUNT: Decimal("1000000.00")}, flags.EXTREME_AMOUNT),
    _fare_alone("1,000 dollars", "1000.00"),
    _fare_alone("over 1,000 dollars", "1000.01", flags.EXTREME_AMOUNT),
    _fare_alone("over 1,000 dollars back", "-1000.01", flags.EXTREME_AMOUNT, flags.NEGATIVE_FARE, flags.NEGATIVE_TOTAL),
    _fare_alone("1,000 dollars back", "-1000.00", flags.NEGATIVE_FARE, flags.NEGATIVE_TOTAL),
    FlaggedTrip("reversed, no charge (60)", lambda row, _: [row, reversal(row, 3)]),
    FlaggedTrip("reversed, dispute (60)", lambda row, _: [row, reversal(row, 4)]),
    _off_by("a total too high by a cent (73)", "0.01"),
    _off_by("a total too low (73)", "-1.00"),
    FlaggedTrip(
        "the congestion fee in the total only",
        _dispatched_fee_in_total,
        layouts=("C8", "P1", "P2", "P3"),
        of_dispatched=True,
    ),
    FlaggedTrip("mta_tax 1.50", _booked_twice, layouts=("P2", "P3")),
    *(
        FlaggedTrip(
            f"Myle's fare of {fare}",
            _placeholder(fare, flags.PLACEHOLDER_FARE),
            layouts=("P3",),
            of_dispatched=True,
        )
        for fare in ("2.90", "2.90", "2.90", "2.90", "2.90", "2.90", "2.90", "0.00", "5.80", "1.45")
    ),
    FlaggedTrip("Myle's fare of 2.91, no placeholder", _placeholder("2.91"), layouts=("P3",), of_dispatched=True),
    FlaggedTrip(
        "another vendor's fare of 2.90",
        lambda row, _: [row.but({t.VENDOR_ID: 2, t.FARE_AMOUNT: Decimal("2.90")}).balanced()],
    ),
    FlaggedTrip("the same row twice (72)", lambda row, _: [row, row]),
)

_CODES = (
    _values("no passenger (61)", {t.PASSENGER_COUNT: 0}, flags.ODD_PASSENGER_COUNT),
    _values("6 passengers", {t.PASSENGER_COUNT: 6}),
    _values("7 passengers", {t.PASSENGER_COUNT: 7}, flags.ODD_PASSENGER_COUNT),
    _values("9 passengers", {t.PASSENGER_COUNT: 9}, flags.ODD_PASSENGER_COUNT),
    _values("vendor 6, Myle", {t.VENDOR_ID: 6, t.FARE_AMOUNT: Decimal("12.50")}),
    _values("vendor 5 (71)", {t.VENDOR_ID: 5}, flags.UNKNOWN_CODE),
    _values("rate 7 (71)", {t.RATE_CODE_ID: 7}, flags.UNKNOWN_CODE),
    _values("rate 99, unknown", {t.RATE_CODE_ID: 99}),
    _values("payment 0, flex fare", {t.PAYMENT_TYPE: 0}),
    _values("payment 6, voided", {t.PAYMENT_TYPE: 6}),
    _values("payment 9 (71)", {t.PAYMENT_TYPE: 9}, flags.UNKNOWN_CODE),
    _values("trip type 3 (71)", {t.TRIP_TYPE: 3}, flags.UNKNOWN_CODE),
    _values("no payment type", {t.PAYMENT_TYPE: None}, flags.MISSING_KEYS),
    _values("no trip type", {t.TRIP_TYPE: None}, flags.MISSING_KEYS),
    _values("flag X (71)", {t.STORE_AND_FWD_FLAG: "X"}, flags.UNKNOWN_CODE),
    _values("pick-up zone 0 (71)", {t.PU_LOCATION_ID: 0}, flags.UNKNOWN_ZONE),
    _values("drop-off zone 999 (71)", {t.DO_LOCATION_ID: 999}, flags.UNKNOWN_ZONE),
    _values("drop-off zone 266", {t.DO_LOCATION_ID: 266}, flags.UNKNOWN_ZONE),
    _values("zone 264, unknown", {t.PU_LOCATION_ID: 264, t.DO_LOCATION_ID: 264}),
    _values("zone 265, outside of the city", {t.PU_LOCATION_ID: 1, t.DO_LOCATION_ID: 265}),
    _values("no zone", {t.PU_LOCATION_ID: None, t.DO_LOCATION_ID: None}),
    _values(
        "no coordinates",
        dict.fromkeys((t.PICKUP_LONGITUDE, t.PICKUP_LATITUDE, t.DROPOFF_LONGITUDE, t.DROPOFF_LATITUDE), 0.0),
    ),
)

FLAGGED = (*_TIMES, *_AMOUNTS, *_CODES)
