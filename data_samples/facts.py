"""What is true of a generated file: its lines, the fate of each, and what must come out of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from data_samples.rows import Row
from schemas import flags
from schemas import trips as t

SUMMED = (t.FARE_AMOUNT, t.TOTAL_AMOUNT, t.TIP_AMOUNT, t.TRIP_DISTANCE)


@dataclass(frozen=True)
class Quarantined:
    """A line (CSV) or row (Parquet) that cannot be read as a trip. No two of a file are alike.

    Attributes:
        line: Its number in the file from 1, the header being 1; None in Parquet.
        reasons: Every reason code that applies, sorted.
        raw: The line without its line end, bytes that are not UTF-8 shown as ISO 8859-1; None in Parquet.
        recipe: The key of its defect.
    """

    line: int | None
    reasons: tuple[str, ...]
    raw: str | None
    recipe: str


@dataclass(frozen=True)
class Ride:
    """A row of the aggregate. A sum is None if all its values are NULL."""

    pulocationid: int | None
    trip_type: int | None
    payment_type: int | None
    ride_count: int
    total_fare_amount: Decimal | None
    total_amount: Decimal | None
    total_tip_amount: Decimal | None
    total_trip_distance: Decimal | None
    negative_fare_count: int


@dataclass(frozen=True)
class SampleFile:
    """A generated file and its facts.

    Attributes:
        path: Where it lies.
        layout: The name of its layout.
        month: YYYY-MM, as in its name.
        physical_lines: Lines of the file, a last one without line end included; rows of a Parquet file.
        header_lines: The header, and its repetitions inside.
        blank_lines: Empty lines, wherever they are.
        trips: Every row that is published, in the order of the file, with its values as read and its flags.
        quarantined: Every other one.
    """

    path: Path
    layout: str
    month: str
    physical_lines: int
    header_lines: int
    blank_lines: int
    trips: tuple[Row, ...]
    quarantined: tuple[Quarantined, ...]

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    @property
    def published_rows(self) -> int:
        """How many rows are published."""
        return len(self.trips)

    @property
    def flag_counts(self) -> dict[str, int]:
        """How many published rows have a flag; every flag is listed."""
        counts = Counter(flag for trip in self.trips for flag in trip.flags)
        return {flag.name: counts[flag.name] for flag in flags.FLAGS}

    @property
    def reason_counts(self) -> dict[str, int]:
        """How many quarantined lines have a reason; a line with two counts for both."""
        return dict(sorted(Counter(code for line in self.quarantined for code in line.reasons).items()))

    @property
    def sums(self) -> dict[str, Decimal | None]:
        """Fare, total, tip and distance, by column, over the published rows."""
        return {column: _sum(self.trips, column) for column in SUMMED}

    @property
    def rides(self) -> list[Ride]:
        """The aggregate of the month, by its keys, NULL last."""
        groups: dict[tuple[int | None, int | None, int | None], list[Row]] = defaultdict(list)
        for trip in self.trips:
            groups[_code(trip, t.PU_LOCATION_ID), _code(trip, t.TRIP_TYPE), _code(trip, t.PAYMENT_TYPE)].append(trip)
        in_order = sorted(groups.items(), key=lambda group: [(key is None, key or 0) for key in group[0]])
        return [_ride(keys, trips) for keys, trips in in_order]

    def to_json(self) -> dict[str, object]:
        """All facts but the trips, for JSON: amounts as text."""
        return {
            "name": self.name,
            "layout": self.layout,
            "month": self.month,
            "physical_lines": self.physical_lines,
            "header_lines": self.header_lines,
            "blank_lines": self.blank_lines,
            "published_rows": self.published_rows,
            "quarantined_lines": len(self.quarantined),
            "quarantined": [asdict(line) for line in self.quarantined],
            "flags": self.flag_counts,
            "sums": self.sums,
            "rides": [asdict(ride) for ride in self.rides],
        }


def _ride(keys: tuple[int | None, int | None, int | None], trips: list[Row]) -> Ride:
    fare, total, tip, distance = (_sum(trips, column) for column in SUMMED)
    reversals = sum(flags.NEGATIVE_FARE in trip.flags for trip in trips)
    return Ride(*keys, len(trips), fare, total, tip, distance, reversals)


def _code(trip: Row, column: str) -> int | None:
    value = trip[column]
    return value if isinstance(value, int) else None


def _sum(trips: Iterable[Row], column: str) -> Decimal | None:
    amounts = [value for trip in trips if isinstance(value := trip[column], Decimal)]
    return sum(amounts, Decimal("0.00")) if amounts else None
