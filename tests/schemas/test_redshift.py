"""The SQL for Redshift: as text, and what the view gives, in DuckDB."""

from decimal import Decimal

import duckdb
import pytest

from schemas.datasets import AGGREGATES, RIDES_BY_MONTH
from schemas.redshift import (
    GROUPS_SQL,
    aggregate_table_sql,
    fill_zones_sql,
    lab_view_sql,
    objects_sql,
    schema_sql,
    zone_view_sql,
    zones_table_sql,
)
from schemas.zones import zones

TABLES = {
    "agg_green_rides_by_month": """\
CREATE TABLE IF NOT EXISTS nyc.agg_green_rides_by_month (
    source_month DATE NOT NULL,
    pulocationid INTEGER,
    trip_type INTEGER,
    payment_type INTEGER,
    ride_count BIGINT NOT NULL,
    total_fare_amount DECIMAL(19,2),
    total_amount DECIMAL(19,2),
    total_tip_amount DECIMAL(19,2),
    total_trip_distance DECIMAL(19,2),
    negative_fare_count BIGINT NOT NULL
)
""",
    "agg_green_rides_by_hour": """\
CREATE TABLE IF NOT EXISTS nyc.agg_green_rides_by_hour (
    source_month DATE NOT NULL,
    pulocationid INTEGER,
    pickup_weekday INTEGER NOT NULL,
    pickup_hour INTEGER NOT NULL,
    ride_count BIGINT NOT NULL,
    total_fare_amount DECIMAL(19,2),
    total_amount DECIMAL(19,2),
    total_tip_amount DECIMAL(19,2),
    total_trip_distance DECIMAL(19,2),
    negative_fare_count BIGINT NOT NULL
)
""",
}
STORAGE = "DISTSTYLE AUTO\nSORTKEY (source_month, pulocationid)"
VIEW = """\
CREATE OR REPLACE VIEW nyc.agg_green_rides AS
SELECT pulocationid, trip_type, payment_type, sum(total_fare_amount) AS total_fare_amount
FROM nyc.agg_green_rides_by_month
GROUP BY pulocationid, trip_type, payment_type"""


LOG = """\
CREATE TABLE IF NOT EXISTS nyc.load_log (
    load_number BIGINT NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    generations BIGINT NOT NULL,
    manifest_digest VARCHAR(256) NOT NULL,
    row_count BIGINT NOT NULL,
    run_id VARCHAR(256) NOT NULL
)
DISTSTYLE AUTO
SORTKEY (load_number)"""
NEWEST = """\
CREATE OR REPLACE VIEW nyc.newest_load AS
SELECT load_number, loaded_at, generations, manifest_digest, row_count, run_id
FROM nyc.load_log
WHERE load_number = (SELECT max(load_number) FROM nyc.load_log)"""
ZONES_TABLE = """\
CREATE TABLE IF NOT EXISTS nyc.taxi_zones (
    zone_id INTEGER NOT NULL,
    borough VARCHAR(256) NOT NULL,
    zone VARCHAR(256) NOT NULL,
    service_zone VARCHAR(256),
    drawn_as INTEGER
)
DISTSTYLE AUTO
SORTKEY (zone_id)"""
BY_ZONE = """\
CREATE OR REPLACE VIEW nyc.agg_green_rides_by_zone AS
SELECT source_month, pulocationid, borough, zone, service_zone, sum(ride_count) AS ride_count, \
sum(total_fare_amount) AS total_fare_amount, sum(total_amount) AS total_amount, sum(total_tip_amount) AS total_tip_amount, \
sum(total_trip_distance) AS total_trip_distance, sum(negative_fare_count) AS negative_fare_count
FROM nyc.agg_green_rides_by_month
LEFT JOIN nyc.taxi_zones ON zone_id = pulocationid
GROUP BY source_month, pulocationid, borough, zone, service_zone"""
GRANTS = [
    "GRANT USAGE ON SCHEMA nyc TO GROUP nyc_readers",
    "GRANT SELECT ON ALL TABLES IN SCHEMA nyc TO GROUP nyc_readers",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA nyc GRANT SELECT ON TABLES TO GROUP nyc_readers",
]


def test_every_aggregate_is_written_down_here():
    missing = {aggregate.table.name for aggregate in AGGREGATES} - {*TABLES}
    assert not missing, f"add the CREATE TABLE of {', '.join(missing)} to TABLES"


def test_the_objects_in_the_order_in_which_they_need_each_other():
    zones = [ZONES_TABLE, *fill_zones_sql(), BY_ZONE]
    aggregates = [TABLES[aggregate.table.name] + STORAGE for aggregate in AGGREGATES]
    before = ["CREATE SCHEMA IF NOT EXISTS nyc", *aggregates, LOG, VIEW, NEWEST, *zones]
    assert objects_sql([]) == [*before, "CREATE GROUP nyc_readers", *GRANTS]
    assert objects_sql(["others", "nyc_readers"]) == [*before, *GRANTS]


def test_nothing_is_dropped_and_no_credentials_stand_in_it():
    text = " ".join([GROUPS_SQL, *objects_sql([])]).upper()
    assert not {"DROP", "TRUNCATE", "PASSWORD", "ACCESS_KEY_ID", "CREDENTIALS"} & set(text.split())


def test_a_batch_takes_forty_statements_of_a_hundred_kilobytes():
    assert len(objects_sql([])) <= 40
    assert max(len(sql.encode()) for sql in objects_sql([])) <= 100_000


@pytest.fixture
def database():
    with duckdb.connect() as connection:
        yield connection


def test_the_view_adds_up_the_months_and_keeps_null_keys(database):
    for _ in range(2):  # every statement may be repeated
        database.execute(schema_sql())
        database.execute(aggregate_table_sql(RIDES_BY_MONTH).removesuffix(STORAGE))  # DuckDB has no such clauses
        database.execute(lab_view_sql())
    database.execute(
        """
        INSERT INTO nyc.agg_green_rides_by_month VALUES
            ('2020-03-01', 74, 1, 1, 2, 10.10, 0, 0, 0, 0),
            ('2020-04-01', 74, 1, 1, 1, -0.05, 0, 0, 0, 1),
            ('2020-03-01', 74, NULL, NULL, 1, 7.00, 0, 0, 0, 0),
            ('2020-04-01', 74, NULL, NULL, 1, 0.25, 0, 0, 0, 0),
            ('2020-04-01', NULL, NULL, 2, 1, NULL, 0, 0, 0, 0)
        """
    )
    rows = database.execute("SELECT * FROM nyc.agg_green_rides ORDER BY ALL").fetchall()
    assert rows == [
        (74, 1, 1, Decimal("10.05")),
        (74, None, None, Decimal("7.25")),
        (None, None, 2, None),
    ]


def test_rides_by_zone_have_names_and_what_has_none_is_kept(database):
    database.execute(schema_sql())
    database.execute(aggregate_table_sql(RIDES_BY_MONTH).removesuffix(STORAGE))
    database.execute(zones_table_sql().removesuffix("DISTSTYLE AUTO\nSORTKEY (zone_id)"))
    for _ in range(2):  # every statement may be repeated
        for statement in (*fill_zones_sql(), zone_view_sql()):
            database.execute(statement)
    assert database.execute("SELECT * FROM nyc.taxi_zones ORDER BY zone_id").fetchall() == [
        tuple(vars(zone).values()) for zone in zones()
    ]
    database.execute(
        """
        INSERT INTO nyc.agg_green_rides_by_month VALUES
            ('2020-04-01', 103, 1, 1, 2, 10.10, 11, 1, 3, 0),
            ('2020-04-01', 103, NULL, NULL, 1, 0.25, 1, 0, 2, 1),
            ('2020-04-01', 265, 1, 1, 1, 5.00, 6, 0, 1, 0),
            ('2020-04-01', NULL, 1, 1, 4, NULL, NULL, NULL, NULL, 0),
            ('2020-04-01', 999, 1, 1, 1, 1.00, 1, 0, 1, 0)
        """
    )
    query = (
        "SELECT pulocationid, borough, zone, service_zone, ride_count, total_fare_amount, negative_fare_count "
        "FROM nyc.agg_green_rides_by_zone ORDER BY ALL"
    )
    island = "Governor's Island/Ellis Island/Liberty Island"
    assert database.execute(query).fetchall() == [
        (103, "Manhattan", island, "Yellow Zone", 3, Decimal("10.35"), 1),
        (265, "Outside of NYC", "Outside of NYC", None, 1, Decimal("5.00"), 0),
        (999, None, None, None, 1, Decimal("1.00"), 0),
        (None, None, None, None, 4, None, 0),
    ]
