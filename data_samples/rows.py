"""A trip with all that is true of it, and ordinary trips, of which no flag is true but that of missing keys."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from data_samples.periods import CBD, CONGESTION, TIP_PERCENTS, TOLLS, ZONES, Period, Tariff
from schemas import flags
from schemas import trips as t

Value = int | float | Decimal | datetime | str | None

ZERO = Decimal("0.00")
PARTS = t.PARTS_OF_TOTAL


@dataclass(frozen=True)
class Row:
    """One trip.

    Attributes:
        values: What the contract's columns hold after reading. A column that is not here is NULL.
        flags: The flags that are true, of `schemas.flags`.
        spelling: Fields that the file spells in a way of their own: what stands there, by column.
    """

    values: Mapping[str, Value]
    flags: frozenset[str] = frozenset()
    spelling: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> Value:
        return self.values.get(column)

    def amount(self, column: str) -> Decimal:
        """Money or miles; zero for NULL."""
        value = self[column]
        return value if isinstance(value, Decimal) else ZERO

    def time(self, column: str) -> datetime:
        """A time that is there."""
        value = self[column]
        if not isinstance(value, datetime):
            raise TypeError(f"{column} holds no time: {value!r}")
        return value

    def but(self, values: Mapping[str, Value], *more: str, spelling: Mapping[str, str] | None = None) -> Row:
        """The same trip with other values, more flags and other spellings. A column the layout lacks stays away."""
        known = {column: value for column, value in values.items() if column in self.values}
        return replace(
            self,
            values={**self.values, **known},
            flags=self.flags | set(more),
            spelling={**self.spelling, **(spelling or {})},
        )

    def balanced(self) -> Row:
        """The same trip with the sum of its parts as its total."""
        return self.but({t.TOTAL_AMOUNT: sum((self.amount(part) for part in PARTS), ZERO)})

    def at(self, pickup: datetime, *more: str, lasting: timedelta = timedelta(minutes=12)) -> Row:
        """The same trip at another time."""
        return self.but({t.PICKUP: pickup, t.DROPOFF: pickup + lasting}, *more)


def cents(number: int) -> Decimal:
    """That many hundredths."""
    return Decimal(number).scaleb(-2)


def street_hail(random: Random, period: Period, pickup: datetime) -> Row:
    """A trip by the meter."""
    tariff = period.tariff
    miles = _miles(random)
    fare = tariff.fall + tariff.step * (int(miles * 5) + random.randrange(6))
    if fare in flags.PLACEHOLDER_FARES:
        fare += tariff.step  # 5.80 is a fare of the meter, too
    pays_by_card = random.random() < 0.55
    values: dict[str, Value] = {
        t.VENDOR_ID: random.choice(period.vendors),
        t.PICKUP: pickup,
        t.DROPOFF: pickup + _duration(random, miles),
        t.STORE_AND_FWD_FLAG: "Y" if random.random() < 0.01 else "N",
        t.RATE_CODE_ID: 5 if random.random() < 0.02 else 1,
        **_places(random),
        t.PASSENGER_COUNT: random.choice((1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 6)),
        t.TRIP_DISTANCE: miles,
        t.FARE_AMOUNT: fare,
        t.EXTRA: _extra(tariff, pickup),
        t.MTA_TAX: tariff.mta_tax,
        t.TIP_AMOUNT: _tip(random, fare) if pays_by_card else ZERO,
        t.TOLLS_AMOUNT: random.choice(TOLLS) if random.random() < 0.04 else ZERO,
        t.IMPROVEMENT_SURCHARGE: tariff.improvement,
        t.PAYMENT_TYPE: 1 if pays_by_card else 2,
        t.TRIP_TYPE: 2 if random.random() < 0.02 else 1,
        t.CONGESTION_SURCHARGE: CONGESTION if random.random() < 0.2 else ZERO,
        t.CBD_CONGESTION_FEE: CBD if random.random() < 0.1 else ZERO,
        **{column: fee if random.random() < 0.1 else ZERO for column, fee in period.fees.items()},
    }
    missing = {flags.MISSING_KEYS} if t.TRIP_TYPE in period.always_empty else set()
    return _in_layout(values, period, missing)


def dispatched(random: Random, period: Period, pickup: datetime) -> Row:
    """A trip ordered by an app: most codes are missing, the times are whole minutes, the fare is by agreement.

    TLC's CSV files lack its vendor too; in the Parquet files it was filled in.
    """
    row = street_hail(random, period, pickup.replace(second=0))
    minutes = 2 + int(row.amount(t.TRIP_DISTANCE) * 4)
    missing: dict[str, Value] = dict.fromkeys(
        (
            t.STORE_AND_FWD_FLAG,
            t.RATE_CODE_ID,
            t.PASSENGER_COUNT,
            t.PAYMENT_TYPE,
            t.TRIP_TYPE,
            t.CONGESTION_SURCHARGE,
        )
    )
    fare = cents(600 + random.randrange(3000))
    tip = CONGESTION if random.random() < 0.3 else ZERO
    made = row.but(
        {**missing, t.DROPOFF: row.time(t.PICKUP) + timedelta(minutes=minutes), t.FARE_AMOUNT: fare},
        flags.MISSING_KEYS,
    ).but({t.EXTRA: ZERO, t.MTA_TAX: ZERO, t.TIP_AMOUNT: tip, t.CBD_CONGESTION_FEE: ZERO})
    is_csv = period.layout.startswith("C")
    return made.but({t.VENDOR_ID: None} if is_csv else {}).balanced()


def ordinary(random: Random, period: Period, count: int) -> list[Row]:
    """Ordinary trips of the sample's month, by pick-up time."""
    seconds = int((period.end - period.start).total_seconds())
    pickups = sorted(period.start + timedelta(seconds=random.randrange(seconds)) for _ in range(count))
    return [
        (dispatched if random.random() < period.dispatched else street_hail)(random, period, pickup)
        for pickup in pickups
    ]


def _in_layout(values: Mapping[str, Value], period: Period, more: set[str]) -> Row:
    kept = {column: values.get(column) if column in period.filled else None for column in period.columns}
    return Row(kept, frozenset(more)).balanced()


def _miles(random: Random) -> Decimal:
    return cents(max(10, min(4000, int(random.lognormvariate(0.7, 0.75) * 100))))


def _duration(random: Random, miles: Decimal) -> timedelta:
    return timedelta(seconds=60 + int(float(miles) * random.uniform(180, 420)))


def _extra(tariff: Tariff, pickup: datetime) -> Decimal:
    if pickup.hour >= 20 or pickup.hour < 6:
        return tariff.night
    return tariff.rush if pickup.weekday() < 5 and pickup.hour >= 16 else ZERO


def _tip(random: Random, fare: Decimal) -> Decimal:
    return (fare * random.choice(TIP_PERCENTS) / 100).quantize(ZERO, ROUND_HALF_UP)


def _places(random: Random) -> dict[str, Value]:
    """Zones, few of them with most of the rides, and coordinates, 4 % of which are missing: zero."""
    places: dict[str, Value] = {
        column: ZONES[int(random.random() ** 3 * len(ZONES))] for column in (t.PU_LOCATION_ID, t.DO_LOCATION_ID)
    }
    for longitude, latitude in (
        (t.PICKUP_LONGITUDE, t.PICKUP_LATITUDE),
        (t.DROPOFF_LONGITUDE, t.DROPOFF_LATITUDE),
    ):
        missing = random.random() < 0.04
        places[longitude] = 0.0 if missing else _single(random.gauss(-73.93, 0.04))
        places[latitude] = 0.0 if missing else _single(random.gauss(40.75, 0.05))
    return places


def _single(number: float) -> float:
    """The nearest single-precision number: TLC's coordinates are such, and so have up to 15 decimals in text."""
    single: float = struct.unpack("<f", struct.pack("<f", number))[0]
    return single
