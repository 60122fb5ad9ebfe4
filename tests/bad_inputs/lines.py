"""Lines of small raw files, and the rows they must become: written by hand, as far as a case is about it.

Of the rest, a column that is not in `COLUMNS` is NULL, and a flag that no defect has is as DuckDB reads its rule.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from data_samples.defects import UNNAMED
from data_samples.flag_rules import flags_of
from schemas.flags import FLAGS
from schemas.trips import PUBLISHED

H2_HEADER = (
    "VendorID,lpep_pickup_datetime,Lpep_dropoff_datetime,Store_and_fwd_flag,RateCodeID,Pickup_longitude,Pickup_latitude,"
    "Dropoff_longitude,Dropoff_latitude,Passenger_count,Trip_distance,Fare_amount,Extra,MTA_tax,Tip_amount,Tolls_amount,"
    "Ehail_fee,improvement_surcharge,Total_amount,Payment_type,Trip_type "
)
H3_HEADER = (
    "VendorID,lpep_pickup_datetime,lpep_dropoff_datetime,store_and_fwd_flag,RatecodeID,PULocationID,DOLocationID,"
    "passenger_count,trip_distance,fare_amount,extra,mta_tax,tip_amount,tolls_amount,ehail_fee,improvement_surcharge,"
    "total_amount,payment_type,trip_type"
)
H4_HEADER = H3_HEADER + ",congestion_surcharge"

PICKUP, DROPOFF = "lpep_pickup_datetime", "lpep_dropoff_datetime"
COLUMNS: dict[str, tuple[str, Decimal | float | int | str | None]] = {  # what stands in an ordinary line, and its value
    **{column.name: ("", None) for column in PUBLISHED},
    "vendorid": ("2", 2),
    PICKUP: ("", None),  # the line's own
    DROPOFF: ("", None),
    "store_and_fwd_flag": ("N", "N"),
    "ratecodeid": ("1", 1),
    "pulocationid": ("74", 74),
    "dolocationid": ("166", 166),
    "passenger_count": ("1", 1),
    "trip_distance": ("2.50", Decimal("2.50")),
    "fare_amount": ("10", Decimal("10.00")),
    "extra": ("0.5", Decimal("0.50")),
    "mta_tax": ("0.5", Decimal("0.50")),
    "tip_amount": ("2.06", Decimal("2.06")),
    "tolls_amount": ("0", Decimal("0.00")),
    "ehail_fee": ("", None),
    "improvement_surcharge": ("0.3", Decimal("0.30")),
    "total_amount": ("13.36", Decimal("13.36")),
    "payment_type": ("1", 1),
    "trip_type": ("1", 1),
    "congestion_surcharge": ("0", Decimal("0.00")),
    "cbd_congestion_fee": ("0", Decimal("0.00")),
    "pickup_longitude": ("-73.952369689941406", -73.952369689941406),
    "pickup_latitude": ("40.808036804199219", 40.808036804199219),
    "dropoff_longitude": ("-73.9402", -73.9402),
    "dropoff_latitude": ("0", 0.0),
}
GOOD = 20  # ordinary lines in a file, half of them before the lines under test


@dataclass(frozen=True)
class Line:
    """A line under test, as it differs from an ordinary one, and what must become of it.

    Attributes:
        fields: What stands in the fields, by column. A lone surrogate is the one byte that it stands for.
        remake: Changes the list of fields into another, or into the text of the line.
        reasons: Why it is in quarantine; empty if it is published.
        values: Values of the row that differ from those of an ordinary line.
        flags: The flags of the row, of those that a defect has.
    """

    fields: Mapping[str, object] = field(default_factory=dict)
    remake: Callable[[list[str]], list[str] | str] | None = None
    reasons: tuple[str, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    def text(self, columns: tuple[str, ...], surplus: int, month: str, number: int) -> str:
        """The line without its end."""
        texts = {**{name: text for name, (text, _) in COLUMNS.items()}, **_times(month, number), **self.fields}
        made: list[str] | str = [str(texts[name]) for name in columns] + [""] * surplus
        if self.remake:
            assert isinstance(made, list)
            made = self.remake(made)
        return made if isinstance(made, str) else ",".join(made)

    def row(self, columns: tuple[str, ...], month: str, number: int, file: str) -> tuple[object, ...]:
        """The row that must be published."""
        times = {name: datetime.fromisoformat(text) for name, text in _times(month, number).items()}
        ordinary = {**{name: value for name, (_, value) in COLUMNS.items()}, **times}
        trip = {**{name: ordinary[name] if name in columns else None for name in COLUMNS}, **self.values}
        assert set(self.values) <= set(columns)
        assert set(self.flags) <= {flag.name for flag in FLAGS}
        found = {*self.flags, *(flags_of([trip], month, UNNAMED)[0] if UNNAMED else ())}
        flags = [flag.name in found for flag in FLAGS]
        return (*trip.values(), *flags, any(flags), file, date.fromisoformat(f"{month}-01"))


ORDINARY = Line()


def _times(month: str, number: int) -> dict[str, str]:
    """Ordinary lines differ in their minute, day and hour; lines under test are all of the 15th."""
    if number < 0:
        return {PICKUP: f"{month}-15 12:34:56", DROPOFF: f"{month}-15 12:47:00"}
    day, minute = number // 50 + 1, number % 50
    return {PICKUP: f"{month}-{day:02d} 08:{minute:02d}:00", DROPOFF: f"{month}-{day:02d} 09:{minute:02d}:30"}


def names_of(header: str) -> tuple[str, ...]:
    """The contract's names of a header as TLC writes it."""
    return tuple(name.strip().lower() for name in header.split(","))
