"""The trip contract and the tables beside it, as somebody who uses them would write them down."""

import re
import zlib
from importlib import import_module

import pytest

from schemas import datasets
from schemas import flags as f
from schemas.columns import ColumnType, Table
from schemas.contract import CONTRACT_FINGERPRINT, CONTRACT_VERSION, TRIPS
from schemas.flags import ANY_FLAG, FLAGS
from schemas.reasons import REASON_DOCS, REASON_EXPECTED, REFUSAL_CODE_DOCS, Reason, RefusalCode
from schemas.rides import LAB_COLUMNS, LAB_VIEW, RIDE_KEYS, RIDES
from schemas.trips import PARTS_OF_TOTAL, PUBLISHED

TABLES = tuple(data_set.table for data_set in datasets.PUBLISHED)

# The lab's Glue job maps these 19, each onto itself.
LAB_TRIP_COLUMNS = {
    "vendorid",
    "lpep_pickup_datetime",
    "lpep_dropoff_datetime",
    "store_and_fwd_flag",
    "ratecodeid",
    "pulocationid",
    "dolocationid",
    "passenger_count",
    "trip_distance",
    "fare_amount",
    "extra",
    "mta_tax",
    "tip_amount",
    "tolls_amount",
    "ehail_fee",
    "improvement_surcharge",
    "total_amount",
    "payment_type",
    "trip_type",
}

MEASURED_TYPES = {
    "vendorid": "int",
    "lpep_pickup_datetime": "timestamp_ntz",
    "store_and_fwd_flag": "string",
    "fare_amount": "decimal(9,2)",
    "trip_distance": "decimal(9,2)",
    "pickup_longitude": "double",
    "has_negative_fare": "boolean",
    "source_month": "date",
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_names_are_lower_case_and_stand_once(table: Table):
    assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in table.names)
    assert len(set(table.names)) == len(table.names)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_table_has_its_partition_key_in_the_files(table: Table):
    assert "month" not in table.names


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_is_and_how_we_know(table: Table):
    assert all(column.doc and column.source for column in table.columns)


def test_the_contract_has_the_labs_columns_and_six_more_at_least():
    assert {column.name for column in PUBLISHED} >= LAB_TRIP_COLUMNS | {
        "congestion_surcharge",
        "cbd_congestion_fee",
        "pickup_longitude",
        "pickup_latitude",
        "dropoff_longitude",
        "dropoff_latitude",
    }
    assert TRIPS.names[:3] == ("vendorid", "lpep_pickup_datetime", "lpep_dropoff_datetime")
    assert TRIPS.names[-3:] == ("has_any_flag", "source_file", "source_month")
    assert len(TRIPS.names) == len(PUBLISHED) + len(FLAGS) + 1 + 2


def test_no_column_changes_without_a_new_version():
    shapes = [(column.name, column.type.value, column.nullable) for column in TRIPS.columns]
    fingerprint = f"{zlib.crc32(repr(shapes).encode()):08x}"
    assert fingerprint == CONTRACT_FINGERPRINT, (
        "the columns of `nyc.green` changed: in schemas/contract.py raise CONTRACT_VERSION once for the change (now it is "
        f'{CONTRACT_VERSION}), and set CONTRACT_FINGERPRINT = "{fingerprint}"'
    )


@pytest.mark.parametrize(("name", "kind"), MEASURED_TYPES.items())
def test_types_of_the_contract(name: str, kind: str):
    assert {column.name: column.type.value for column in TRIPS.columns}[name] == kind


def test_every_amount_is_a_part_of_the_total():
    amounts = {column.name for column in PUBLISHED if column.type is ColumnType.DECIMAL}
    forgotten = amounts - {*PARTS_OF_TOTAL} - {"trip_distance", "total_amount"}
    assert not forgotten, f"add {sorted(forgotten)} to PARTS_OF_TOTAL in schemas/trips.py, or to the exceptions here"


def test_of_what_was_published_only_the_pickup_is_required():
    assert [column.name for column in PUBLISHED if not column.nullable] == ["lpep_pickup_datetime"]


def test_flags_are_booleans_that_are_never_null():
    assert {(flag.type, flag.nullable) for flag in (*FLAGS, ANY_FLAG)} == {(ColumnType.FLAG, False)}
    assert all(flag.name.startswith(("has_", "is_")) for flag in FLAGS)


def test_every_name_of_a_flag_is_a_flag():
    named = {value for name, value in vars(f).items() if name.isupper() and name[0] != "_" and isinstance(value, str)}
    assert named == {flag.name for flag in FLAGS}


def test_the_lab_view_is_four_columns_of_the_aggregate():
    assert LAB_VIEW == "agg_green_rides"
    assert LAB_COLUMNS == ("pulocationid", "trip_type", "payment_type", "total_fare_amount")
    assert set(LAB_COLUMNS) <= set(RIDES.names)


def test_the_aggregate_begins_with_its_keys():
    assert RIDES.names[:4] == RIDE_KEYS == ("source_month", "pulocationid", "trip_type", "payment_type")
    assert RIDES.names[4:] == (
        "ride_count",
        "total_fare_amount",
        "total_amount",
        "total_tip_amount",
        "total_trip_distance",
        "negative_fare_count",
    )


def test_every_aggregate_begins_with_its_keys_and_goes_on_with_the_same_measures():
    for aggregate in datasets.AGGREGATES:
        assert aggregate.table.names == (*aggregate.keys, *RIDES.names[4:])
        assert aggregate.keys[0] == "source_month"
        assert set(aggregate.sort_keys) <= set(aggregate.keys)
        assert aggregate.count in aggregate.table.names
    assert datasets.RIDES_BY_HOUR.keys == ("source_month", "pulocationid", "pickup_weekday", "pickup_hour")


@pytest.mark.parametrize("aggregate", datasets.AGGREGATES, ids=lambda aggregate: aggregate.table.name)
def test_the_formula_of_an_aggregate_is_there(aggregate):
    module, _, function = aggregate.formula.partition(":")
    assert callable(getattr(import_module(module), function))


def test_no_two_data_sets_share_a_name_a_place_or_a_folder():
    for names in (
        [data_set.table.name for data_set in datasets.PUBLISHED],
        [location.name for location in datasets.LOCATIONS],
        [location.folder for location in datasets.LOCATIONS],
    ):
        assert len({*names}) == len(names)


def test_every_code_has_its_sentence():
    assert set(REASON_DOCS) == set(REASON_EXPECTED) == set(Reason), "schemas/reasons.py has all three"
    assert set(REFUSAL_CODE_DOCS) == set(RefusalCode)
    assert all(doc.endswith(".") for doc in (*REASON_DOCS.values(), *REFUSAL_CODE_DOCS.values()))
