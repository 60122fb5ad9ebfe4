"""Rows to start from: an unremarkable trip, of which a test changes what it is about."""

import datetime as dt
import os
from collections.abc import Iterable
from decimal import Decimal

from schemas.columns import ColumnType
from schemas.contract import TRIPS
from schemas.layouts import CSV_LAYOUT_NAMED, CSV_LAYOUTS, CsvLayout
from schemas.trips import PUBLISHED

TRIP: dict[str, object] = {
    **{column.name: None for column in PUBLISHED},
    "vendorid": 2,
    "lpep_pickup_datetime": dt.datetime(2018, 3, 5, 8, 15),
    "lpep_dropoff_datetime": dt.datetime(2018, 3, 5, 8, 30, 30),
    "store_and_fwd_flag": "N",
    "ratecodeid": 1,
    "pulocationid": 74,
    "dolocationid": 168,
    "passenger_count": 1,
    "trip_distance": Decimal("2.37"),
    "fare_amount": Decimal("12.00"),
    "extra": Decimal("1.00"),
    "mta_tax": Decimal("0.50"),
    "tip_amount": Decimal("2.00"),
    "tolls_amount": Decimal("0.00"),
    "improvement_surcharge": Decimal("0.30"),
    "total_amount": Decimal("15.80"),
    "payment_type": 1,
    "trip_type": 1,
    "source_file": "green_tripdata_2018-03.csv",
    "source_month": dt.date(2018, 3, 1),
}
_FLAGS: dict[str, object] = {column.name: False for column in TRIPS.columns if column.type is ColumnType.FLAG}

FIELDS = {
    **{column: "" for layout in CSV_LAYOUTS for column in layout.columns},
    "vendorid": "2",
    "lpep_pickup_datetime": "2018-03-05 08:15:00",
    "lpep_dropoff_datetime": "2018-03-05 08:30:30",
    "store_and_fwd_flag": "N",
    "ratecodeid": "1",
    "pulocationid": "74",
    "dolocationid": "168",
    "passenger_count": "1",
    "trip_distance": "2.37",
    "fare_amount": "12",
    "extra": "1",
    "mta_tax": "0.5",
    "tip_amount": "2",
    "tolls_amount": "0",
    "improvement_surcharge": "0.3",
    "total_amount": "15.8",
    "payment_type": "1",
    "trip_type": "1",
    "pickup_longitude": "-73.937911987304688",
    "pickup_latitude": "40.804401397705078",
    "dropoff_longitude": "-73.95",
    "dropoff_latitude": "0",
}
"""The same trip as TLC writes it."""


def trip(**overrides: object) -> dict[str, object]:
    """A trip by the contract's names, flags included (all false). In the month of its file; adds up; has no flag."""
    unknown = overrides.keys() - TRIP.keys() - _FLAGS.keys()
    if unknown:
        raise KeyError(f"not in the trip contract: {sorted(unknown)}")
    row = {**TRIP, **_FLAGS, **overrides}
    return {name: row[name] for name in TRIPS.names}


def csv_layout(name: str) -> CsvLayout:
    """The CSV layout of this name."""
    return CSV_LAYOUT_NAMED[name]


def csv_line(layout: CsvLayout, **overrides: str) -> str:
    """A data line of a layout, without its end; its fields by the contract's names."""
    unknown = overrides.keys() - set(layout.columns)
    if unknown:
        raise KeyError(f"not in {layout.name}: {sorted(unknown)}")
    fields = {**FIELDS, **overrides}
    return ",".join([*(fields[column] for column in layout.columns), *[""] * layout.surplus])


def csv_month(month: str, fares: Iterable[int], more: Iterable[str] = ()) -> str:
    """A file of layout C7, of 2017 or 2018: a plain trip for each fare, no two alike, and more lines at its end."""
    layout = csv_layout("C7")
    lines = [
        csv_line(
            layout,
            lpep_pickup_datetime=f"{month}-05 08:15:{number:02d}",
            lpep_dropoff_datetime=f"{month}-05 08:40:00",
            fare_amount=str(fare),
            total_amount=f"{fare + 3}.8",
        )
        for number, fare in enumerate(fares)
    ]
    return layout.header + layout.header_end + "".join(f"{line}\r\n" for line in [*layout.blank_lines, *lines, *more])


def without_rights() -> list[str]:
    """What a command begins with, for the rights of files to count: root may do everything, so it has to give that up."""
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
