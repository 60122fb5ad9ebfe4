"""The layouts as the generator sees them: their months, what a ride cost then, who was on the road."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from schemas import trips as t
from schemas.layouts import CSV_LAYOUTS, PARQUET_LAYOUTS, CsvLayout, ParquetLayout

ALL_LAYOUTS: tuple[CsvLayout | ParquetLayout, ...] = (*CSV_LAYOUTS, *PARQUET_LAYOUTS)

# Taxi zones by demand: first those where green cabs wait (Harlem, Astoria, Elmhurst, downtown Brooklyn), then the rest.
_BUSY_ZONES = (74, 75, 41, 42, 166, 82, 7, 95, 97, 129, 25, 43, 244, 65, 181, 236, 238, 49, 33, 255, 116, 130)
ZONES = _BUSY_ZONES + tuple(zone for zone in range(1, 264) if zone not in _BUSY_ZONES)

TOLLS = (Decimal("5.54"), Decimal("6.12"), Decimal("2.29"), Decimal("11.08"))
TIP_PERCENTS = (0, 10, 15, 20, 20, 25, 30)
CONGESTION = Decimal("2.75")
CBD = Decimal("0.75")


@dataclass(frozen=True)
class Tariff:
    """What the meter charges, in US dollars.

    Attributes:
        fall: When the trip starts.
        step: For each fifth of a mile, and each minute of standing.
        mta_tax: The state's tax.
        improvement: The improvement surcharge.
        rush: Weekdays from 16 to 20 o'clock.
        night: From 20 to 6 o'clock.
    """

    fall: Decimal
    step: Decimal
    mta_tax: Decimal
    improvement: Decimal
    rush: Decimal
    night: Decimal


def _tariff(*dollars: str) -> Tariff:
    return Tariff(*(Decimal(amount) for amount in dollars))


_BEFORE_2015 = _tariff("2.5", "0.5", "0.5", "0", "1", "0.5")
_FROM_2015 = _tariff("2.5", "0.5", "0.5", "0.3", "1", "0.5")
_FROM_2023 = _tariff("3", "0.7", "0.5", "1", "2.5", "1")


@dataclass(frozen=True)
class Period:
    """A layout and the time in which it was used.

    Attributes:
        layout: The name of one of `ALL_LAYOUTS`.
        sample: The month of the small file, YYYY-MM.
        first: The first month that a large file can have.
        last: The last one.
        tariff: What rides cost.
        dispatched: The share of app-dispatched trips, which lack payment type, trip type and more.
        vendors: Who provided the records.
        fees: Fees beside those that all layouts' tariffs share: what one trip in ten pays of each, by column.
        always_empty: Columns that are in the file and NULL in every row.
    """

    layout: str
    sample: str
    first: str
    last: str
    tariff: Tariff
    dispatched: float = 0.0
    vendors: tuple[int, ...] = (2, 2, 2, 2, 1)
    fees: Mapping[str, Decimal] = field(default_factory=dict)
    always_empty: tuple[str, ...] = (t.EHAIL_FEE,)

    @property
    def declared(self) -> CsvLayout | ParquetLayout:
        """The layout's declaration."""
        return next(layout for layout in ALL_LAYOUTS if layout.name == self.layout)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a file, in order, by their names in the contract."""
        declared = self.declared
        return declared.columns if isinstance(declared, CsvLayout) else tuple(declared.types)

    @property
    def filled(self) -> frozenset[str]:
        """The columns that can hold something."""
        return frozenset(self.columns).difference(self.always_empty)

    @property
    def start(self) -> datetime:
        """The first second of the sample's month."""
        return datetime.fromisoformat(f"{self.sample}-01")

    @property
    def end(self) -> datetime:
        """The first second after the sample's month."""
        return next_month(self.start)

    @property
    def file_name(self) -> str:
        """The name of the small file."""
        return file_name(self.declared, self.sample)


def file_name(layout: CsvLayout | ParquetLayout, month: str) -> str:
    """TLC's name of the file of a month, YYYY-MM."""
    return f"green_tripdata_{month}.{'csv' if isinstance(layout, CsvLayout) else 'parquet'}"


def next_month(start: datetime) -> datetime:
    """The first second of the month after the one that starts there."""
    years, month = divmod(start.month, 12)
    return start.replace(year=start.year + years, month=month + 1)


def _csv(layout: CsvLayout, sample: str, tariff: Tariff, **more: Any) -> Period:
    return Period(layout.name, sample, layout.first, layout.last, tariff, **more)


_C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8 = CSV_LAYOUTS

# March, in which the clock skips an hour, where the layout has one; TLC left the trip type blank in all of August 2013 and in
# what we have seen of September. The last months of the Parquet layouts are the last ones seen.
PERIODS = (
    _csv(_C1, "2013-09", _BEFORE_2015, always_empty=(t.EHAIL_FEE, t.TRIP_TYPE)),
    _csv(_C2, "2014-03", _BEFORE_2015),
    _csv(_C3, "2015-03", _FROM_2015),
    _csv(_C4, "2015-10", _FROM_2015),
    _csv(_C5, "2016-03", _FROM_2015),
    _csv(_C6, "2016-09", _FROM_2015),
    _csv(_C7, "2017-05", _FROM_2015),
    _csv(_C8, "2020-03", _FROM_2015, dispatched=0.21),
    Period("P1", "2022-02", "2014-01", "2023-01", _FROM_2015, dispatched=0.11),
    Period("P2", "2024-03", "2023-02", "2024-12", _FROM_2023, dispatched=0.05),
    Period("P3", "2025-11", "2025-01", "2025-12", _FROM_2023, dispatched=0.12, vendors=(2, 2, 2, 1, 6)),
)


def period_of(layout: str) -> Period:
    """The period of a layout.

    Raises:
        KeyError: There is no such layout.
    """
    return {period.layout: period for period in PERIODS}[layout]
