"""Ordinary trips."""

from random import Random

import pytest

from data_samples.flag_rules import flags_of
from data_samples.periods import PERIODS, Period
from data_samples.rows import ordinary
from schemas import trips as t
from schemas.flags import MISSING_KEYS


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.layout)
def test_ordinary_trips_have_no_flag_but_missing_keys(period: Period):
    trips = ordinary(Random(1), period, 3_000)
    for trip, flags in zip(trips, flags_of((trip.values for trip in trips), period.sample), strict=True):
        assert trip.flags == flags <= {MISSING_KEYS}, (
            f"data_samples/rows.py makes an ordinary trip with {sorted(flags)}: {dict(trip.values)}"
        )
    share = 1 if period.layout == "C1" else period.dispatched
    assert sum(bool(trip.flags) for trip in trips) / 3_000 == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.layout)
def test_only_cards_tip_and_all_columns_of_the_layout_are_there(period: Period):
    trips = ordinary(Random(2), period, 500)
    metered = [trip for trip in trips if trip[t.PAYMENT_TYPE] is not None]
    assert {trip[t.PAYMENT_TYPE] for trip in metered if trip.amount(t.TIP_AMOUNT)} == {1}
    assert {tuple(trip.values) for trip in trips} == {period.columns}
    assert all(trip[column] is None for trip in trips for column in period.always_empty)
    foreign = sorted({*period.fees} - {*period.columns})
    assert not foreign, (
        f"{period.layout} has no {foreign}: add it to the layout in schemas/layouts.py, or take its fee away"
    )
    for column in period.filled:
        assert any(trip[column] is not None for trip in trips), (
            f"{column} of {period.layout} is NULL in every trip: add it to `fees` of that Period in data_samples/periods.py, "
            "or to `always_empty`"
        )
