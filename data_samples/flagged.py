"""Trips that are odd and kept: each recipe changes an ordinary trip and says which flags are true of the result.

What TLC's files hold was measured.
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
        defect: Its key in `data_samples.defects`.
        make: Makes it of an ordinary trip.
        columns: What the layout must be able to hold.
        since: The first month that TLC's files had it in, YYYY-MM.
        of_dispatched: Whether it is made of an app-dispatched trip.
    """

    defect: str
    make: Make
    columns: frozenset[str] = frozenset()
    since: str = ""
    of_dispatched: bool = False

    def fits(self, period: Period) -> bool:
        """Whether a layout can hold it."""
        return (
            self.columns <= period.filled
            and period.sample >= self.since
            and (not self.of_dispatched or period.dispatched > 0)
        )


def _values(defect: str, values: Mapping[str, Value], *more: str) -> FlaggedTrip:
    """An ordinary trip with other values; the total follows its parts."""
    return FlaggedTrip(defect, lambda row, _: [row.but(values, *more).balanced()], frozenset(values))


def _at(defect: str, pickup: str, *more: str) -> FlaggedTrip:
    """An ordinary trip at another time."""
    moment = datetime.fromisoformat(pickup)
    return FlaggedTrip(defect, lambda row, _: [row.at(moment, *more)])


def _fare_alone(defect: str, fare: str, *more: str) -> FlaggedTrip:
    """A fare without taxes, tip or fees."""
    values: dict[str, Value] = {**dict.fromkeys(PARTS, ZERO), t.EHAIL_FEE: None, t.FARE_AMOUNT: Decimal(fare)}
    return FlaggedTrip(defect, lambda row, _: [row.but(values, *more).balanced()])


def _from_start(defect: str, offset: timedelta, *more: str) -> FlaggedTrip:
    return FlaggedTrip(defect, lambda row, period: [row.at(period.start + offset, *more)])


def _from_end(defect: str, offset: timedelta, *more: str) -> FlaggedTrip:
    return FlaggedTrip(defect, lambda row, period: [row.at(period.end + offset, *more)])


def _lasting(defect: str, duration: timedelta, *more: str) -> FlaggedTrip:
    return FlaggedTrip(defect, lambda row, _: [row.at(row.time(t.PICKUP), *more, lasting=duration)])


def _off_by(defect: str, difference: str, *more: str) -> FlaggedTrip:
    """A total that is not the sum of its parts."""

    def make(row: Row, _: Period) -> list[Row]:
        total = row.amount(t.TOTAL_AMOUNT) + Decimal(difference)
        return [row.but({t.TOTAL_AMOUNT: total}, flags.TOTAL_MISMATCH, *more)]

    return FlaggedTrip(defect, make)


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
    """Vendor 6 since 2025: the fare is a placeholder, the amount paid is in the total only."""

    def make(row: Row, _: Period) -> list[Row]:
        values: dict[str, Value] = {t.VENDOR_ID: 6, t.TIP_AMOUNT: ZERO, t.FARE_AMOUNT: Decimal(fare)}
        balanced = row.but(values).balanced()
        total = balanced.amount(t.TOTAL_AMOUNT) + Decimal("22.35")
        return [balanced.but({t.TOTAL_AMOUNT: total}, flags.TOTAL_MISMATCH, *more)]

    return make


def _clock(defect: str, pickup: str) -> FlaggedTrip:
    """A time of the wall clock that a zone would skip or have twice, for the sample of that month."""
    moment = datetime.fromisoformat(pickup)

    def make(row: Row, period: Period) -> list[Row]:
        return [row.at(moment)] if period.start <= moment < period.end else []

    return FlaggedTrip(defect, make)


_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)

_TIMES = (
    _from_start("month-boundary", timedelta()),
    _from_end("month-boundary", -_SECOND),
    _from_start("month-boundary", -_SECOND, flags.PICKUP_OUTSIDE_MONTH),
    _from_end("month-boundary", timedelta(), flags.PICKUP_OUTSIDE_MONTH),
    _at("distant-years", "2008-12-31 23:02:40", flags.PICKUP_OUTSIDE_MONTH),
    _at("distant-years", "2009-01-01 00:00:00", flags.PICKUP_OUTSIDE_MONTH),
    _at("distant-years", "2062-08-15 17:20:00", flags.PICKUP_OUTSIDE_MONTH),
    _at("ancient-times", "0001-01-01 00:00:00", flags.PICKUP_OUTSIDE_MONTH),
    _at("ancient-times", "1582-10-10 12:00:00", flags.PICKUP_OUTSIDE_MONTH),
    _at("ancient-times", "1899-12-31 10:00:00", flags.PICKUP_OUTSIDE_MONTH),
    _at("end-of-calendar", "9999-12-31 12:00:00", flags.PICKUP_OUTSIDE_MONTH),
    _clock("daylight-saving", "2014-03-09 02:30:00"),
    _clock("daylight-saving", "2015-03-08 02:30:00"),
    _clock("daylight-saving", "2016-03-13 02:30:00"),
    _clock("daylight-saving", "2020-03-08 02:30:00"),
    _clock("daylight-saving", "2024-03-10 02:30:00"),
    _clock("daylight-saving", "2025-11-02 01:30:00"),
    _lasting("dropoff-before-pickup", timedelta()),
    _lasting("dropoff-before-pickup", -timedelta(minutes=7), flags.DROPOFF_BEFORE_PICKUP),
    _lasting("over-24-hours", _DAY),
    _lasting("over-24-hours", _DAY + _SECOND, flags.TOO_LONG),
    FlaggedTrip("no-dropoff", lambda row, _: [row.but({t.DROPOFF: None})]),
)

_AMOUNTS = (
    _values("zero-distance", {t.TRIP_DISTANCE: ZERO}, flags.ZERO_DISTANCE),
    _values("extreme-value", {t.TRIP_DISTANCE: Decimal("100.00")}),
    _values("extreme-value", {t.TRIP_DISTANCE: Decimal("100.01")}, flags.EXTREME_DISTANCE),
    _values("extreme-value", {t.TRIP_DISTANCE: Decimal("293931.00")}, flags.EXTREME_DISTANCE),
    _values("extreme-value", {t.TRIP_DISTANCE: Decimal("-0.70")}, flags.EXTREME_DISTANCE),
    _values("zero-fare", {t.VENDOR_ID: 2, t.FARE_AMOUNT: ZERO}),
    _values("no-fare", {t.FARE_AMOUNT: None}),
    _values("extreme-value", {t.FARE_AMOUNT: Decimal("4003.00")}, flags.EXTREME_AMOUNT),
    _values("extreme-value", {t.FARE_AMOUNT: Decimal("1000000.00")}, flags.EXTREME_AMOUNT),
    _fare_alone("extreme-value", "1000.00"),
    _fare_alone("extreme-value", "1000.01", flags.EXTREME_AMOUNT),
    _fare_alone("reversal", "-1000.01", flags.EXTREME_AMOUNT, flags.NEGATIVE_FARE, flags.NEGATIVE_TOTAL),
    _fare_alone("reversal", "-1000.00", flags.NEGATIVE_FARE, flags.NEGATIVE_TOTAL),
    FlaggedTrip("reversal", lambda row, _: [row, reversal(row, 3)]),
    FlaggedTrip("reversal", lambda row, _: [row, reversal(row, 4)]),
    _off_by("total-mismatch", "0.01"),
    _off_by("total-mismatch", "-1.00"),
    FlaggedTrip(
        "fee-in-total-only",
        _dispatched_fee_in_total,
        of_dispatched=True,
    ),
    FlaggedTrip("surcharge-booked-twice", _booked_twice, since="2023-01"),
    *(
        FlaggedTrip(
            "placeholder-fare",
            _placeholder(fare, flags.PLACEHOLDER_FARE),
            since="2025-01",
            of_dispatched=True,
        )
        for fare in ("2.90", "2.90", "2.90", "2.90", "2.90", "2.90", "2.90", "0.00", "5.80", "1.45")
    ),
    FlaggedTrip("placeholder-fare", _placeholder("2.91"), since="2025-01", of_dispatched=True),
    FlaggedTrip(
        "placeholder-fare",
        lambda row, _: [row.but({t.VENDOR_ID: 2, t.FARE_AMOUNT: Decimal("2.90")}).balanced()],
    ),
    FlaggedTrip("duplicate-rows", lambda row, _: [row, row]),
)

_CODES = (
    _values("odd-passenger-count", {t.PASSENGER_COUNT: 0}, flags.ODD_PASSENGER_COUNT),
    _values("odd-passenger-count", {t.PASSENGER_COUNT: 6}),
    _values("odd-passenger-count", {t.PASSENGER_COUNT: 7}, flags.ODD_PASSENGER_COUNT),
    _values("odd-passenger-count", {t.PASSENGER_COUNT: 9}, flags.ODD_PASSENGER_COUNT),
    _values("unknown-code", {t.VENDOR_ID: 6, t.FARE_AMOUNT: Decimal("12.50")}),
    _values("unknown-code", {t.VENDOR_ID: 5}, flags.UNKNOWN_CODE),
    _values("unknown-code", {t.RATE_CODE_ID: 7}, flags.UNKNOWN_CODE),
    _values("unknown-code", {t.RATE_CODE_ID: 99}),
    _values("unknown-code", {t.PAYMENT_TYPE: 0}),
    _values("unknown-code", {t.PAYMENT_TYPE: 6}),
    _values("unknown-code", {t.PAYMENT_TYPE: 9}, flags.UNKNOWN_CODE),
    _values("unknown-code", {t.TRIP_TYPE: 3}, flags.UNKNOWN_CODE),
    _values("missing-keys", {t.PAYMENT_TYPE: None}, flags.MISSING_KEYS),
    _values("missing-keys", {t.TRIP_TYPE: None}, flags.MISSING_KEYS),
    _values("unknown-code", {t.STORE_AND_FWD_FLAG: "X"}, flags.UNKNOWN_CODE),
    _values("unknown-zone", {t.PU_LOCATION_ID: 0}, flags.UNKNOWN_ZONE),
    _values("unknown-zone", {t.DO_LOCATION_ID: 999}, flags.UNKNOWN_ZONE),
    _values("unknown-zone", {t.DO_LOCATION_ID: 266}, flags.UNKNOWN_ZONE),
    _values("unknown-zone", {t.PU_LOCATION_ID: 264, t.DO_LOCATION_ID: 264}),
    _values("unknown-zone", {t.PU_LOCATION_ID: 1, t.DO_LOCATION_ID: 265}),
    _values("unknown-zone", {t.PU_LOCATION_ID: None, t.DO_LOCATION_ID: None}),
    _values(
        "no-coordinates",
        dict.fromkeys((t.PICKUP_LONGITUDE, t.PICKUP_LATITUDE, t.DROPOFF_LONGITUDE, t.DROPOFF_LATITUDE), 0.0),
    ),
)

FLAGGED = (*_TIMES, *_AMOUNTS, *_CODES)
