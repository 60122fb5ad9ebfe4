"""The layouts, against headers copied from TLC's files by hand."""

from dataclasses import dataclass
from itertools import pairwise

import pytest

from schemas.layouts import CSV_LAYOUTS, PARQUET_LAYOUT_NAMED, PARQUET_LAYOUTS, CsvLayout, ParquetLayout, header_key
from schemas.trips import PUBLISHED

H1 = (
    "VendorID,lpep_pickup_datetime,Lpep_dropoff_datetime,Store_and_fwd_flag,RateCodeID,Pickup_longitude,"
    "Pickup_latitude,Dropoff_longitude,Dropoff_latitude,Passenger_count,Trip_distance,Fare_amount,Extra,MTA_tax,"
    "Tip_amount,Tolls_amount,Ehail_fee,Total_amount,Payment_type,Trip_type "
)
H2 = (
    "VendorID,lpep_pickup_datetime,Lpep_dropoff_datetime,Store_and_fwd_flag,RateCodeID,Pickup_longitude,"
    "Pickup_latitude,Dropoff_longitude,Dropoff_latitude,Passenger_count,Trip_distance,Fare_amount,Extra,MTA_tax,"
    "Tip_amount,Tolls_amount,Ehail_fee,improvement_surcharge,Total_amount,Payment_type,Trip_type "
)
H3 = (
    "VendorID,lpep_pickup_datetime,lpep_dropoff_datetime,store_and_fwd_flag,RatecodeID,PULocationID,DOLocationID,"
    "passenger_count,trip_distance,fare_amount,extra,mta_tax,tip_amount,tolls_amount,ehail_fee,improvement_surcharge,"
    "total_amount,payment_type,trip_type"
)
H4 = (
    "VendorID,lpep_pickup_datetime,lpep_dropoff_datetime,store_and_fwd_flag,RatecodeID,PULocationID,DOLocationID,"
    "passenger_count,trip_distance,fare_amount,extra,mta_tax,tip_amount,tolls_amount,ehail_fee,improvement_surcharge,"
    "total_amount,payment_type,trip_type,congestion_surcharge"
)


@dataclass(frozen=True)
class Case:
    name: str
    months: tuple[str, str]
    header: str
    header_end: str
    blank_lines: tuple[str, ...]
    columns: int
    fields: int


CASES = [
    Case("C1", ("2013-08", "2013-12"), H1, "\n", ("\r\n",), 20, 22),
    Case("C2", ("2014-01", "2014-12"), H1, "\n", ("\n", "\r\n"), 20, 22),
    Case("C3", ("2015-01", "2015-06"), H2, "\r\n", (), 21, 23),
    Case("C4", ("2015-07", "2015-12"), H2, "\r\n", (), 21, 21),
    Case("C5", ("2016-01", "2016-06"), H2, "\n", ("\r\n",), 21, 21),
    Case("C6", ("2016-07", "2016-12"), H3, "\n", ("\r\n",), 19, 21),
    Case("C7", ("2017-01", "2018-12"), H3, "\n", ("\r\n",), 19, 19),
    Case("C8", ("2019-01", "2021-07"), H4, "\r\n", (), 20, 20),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_csv_layout_is_what_tlc_publishes(case: Case):
    [layout] = [layout for layout in CSV_LAYOUTS if layout.name == case.name]
    assert (layout.first, layout.last) == case.months
    assert layout.header == case.header
    assert (layout.header_end, layout.blank_lines) == (case.header_end, case.blank_lines)
    assert (len(layout.columns), layout.width) == (case.columns, case.fields)


def test_every_csv_layout_has_a_case():
    assert [layout.name for layout in CSV_LAYOUTS] == [case.name for case in CASES], (
        "CASES here, in tests/schemas/test_layouts.py"
    )


def test_the_csv_layouts_cover_every_month_once():
    covered = [month for layout in CSV_LAYOUTS for month in range(_number(layout.first), _number(layout.last) + 1)]
    assert covered == list(range(_number("2013-08"), _number("2021-07") + 1))
    assert len(covered) == 96


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


@pytest.mark.parametrize("layout", [*CSV_LAYOUTS, *PARQUET_LAYOUTS], ids=lambda layout: layout.name)
def test_every_column_is_in_the_contract_and_stands_once(layout: CsvLayout | ParquetLayout):
    columns = layout.columns if isinstance(layout, CsvLayout) else tuple(layout.types)
    missing = set(columns) - {column.name for column in PUBLISHED}
    assert not missing, f"{layout.name} has {sorted(missing)}: add a Column for each to PUBLISHED in schemas/trips.py"
    assert len(set(columns)) == len(columns)


@pytest.mark.parametrize("layout", CSV_LAYOUTS, ids=lambda layout: layout.name)
def test_every_layout_begins_with_the_four_fields_that_plain_lines_are_known_by(layout: CsvLayout):
    assert layout.columns[:4] == (
        "vendorid",
        "lpep_pickup_datetime",
        "lpep_dropoff_datetime",
        "store_and_fwd_flag",
    )


def test_header_and_number_of_fields_tell_layouts_apart_but_for_blank_lines():
    seen = [(layout.columns, layout.width) for layout in CSV_LAYOUTS]
    alike = [(one.name, two.name) for one, two in pairwise(CSV_LAYOUTS) if _shape(one) == _shape(two)]
    assert alike == [("C1", "C2"), ("C4", "C5")]  # which differ in nothing that reading them depends on
    assert len(set(seen)) == 6


def _shape(layout: CsvLayout) -> tuple[tuple[str, ...], int]:
    return layout.columns, layout.width


@pytest.mark.parametrize(
    "header",
    [
        "\ufeffVendorID,Trip_type \r\n",
        'vendorid,"trip_type"',
        '" VENDORID " ,\tTrip_Type\n',
    ],
    ids=["byte order mark and line end", "quotes", "case and blanks"],
)
def test_header_key_leaves_the_names(header: str):
    assert header_key(header) == ("vendorid", "trip_type")


def test_parquet_layouts_have_the_names_of_the_last_csv_layout():
    names = {"P1": set(header_key(H4)), "P2": set(header_key(H4)), "P3": {*header_key(H4), "cbd_congestion_fee"}}
    assert {name: set(PARQUET_LAYOUT_NAMED[name].types) for name in names} == names


def test_only_the_newest_parquet_layout_goes_on():
    open_ended = [layout.name for layout in PARQUET_LAYOUTS if layout.months.endswith(" and later")]
    assert open_ended == [PARQUET_LAYOUTS[-1].name], "end the months of the one before in schemas/layouts.py"


def test_parquet_types_as_seen_in_the_footers():
    p1, p2, p3 = (PARQUET_LAYOUT_NAMED[name].types for name in ("P1", "P2", "P3"))
    assert p1["vendorid"] == ("bigint",)
    assert p2["vendorid"] == ("int",)
    assert "int" in p3["vendorid"]
    assert "double" in p1["ratecodeid"]
    assert "bigint" in p2["ratecodeid"]
    assert "double" in p3["ratecodeid"]
    assert "void" in p1["ehail_fee"]  # Spark 4.1
    assert "int" in p1["ehail_fee"]  # Spark 3.5
    assert "double" in p2["ehail_fee"]
    for types in (p1, p2, p3):
        assert types["lpep_pickup_datetime"] == ("timestamp_ntz",)
        assert types["fare_amount"] == ("double",)
