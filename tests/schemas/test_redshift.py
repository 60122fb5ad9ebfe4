"""The SQL for Redshift: as text, and what the view gives, in DuckDB."""

from decimal import Decimal

import duckdb
import pytest

from schemas.datasets import RIDES_BY_MONTH
from schemas.redshift import GROUPS_SQL, aggregate_table_sql, lab_view_sql, objects_sql, schema_sql

TABLE = """\
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
"""
HOURS_TABLE = """\
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
"""
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
GRANTS = [
    "GRANT USAGE ON SCHEMA nyc TO GROUP nyc_readers",
    "GRANT SELECT ON ALL TABLES IN SCHEMA nyc TO GROUP nyc_readers",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA nyc GRANT SELECT ON TABLES TO GROUP nyc_readers",
]


def test_the_objects_in_the_order_in_which_they_need_each_other():
    before = ["CREATE SCHEMA IF NOT EXISTS nyc", TABLE + STORAGE, HOURS_TABLE + STORAGE, LOG, VIEW, NEWEST]
    assert objects_sql([]) == [*before, "CREATE GROUP nyc_readers", *GRANTS]
    assert objects_sql(["others", "nyc_readers"]) == [*before, *GRANTS]


def test_nothing_is_dropped_and_no_credentials_stand_in_it():
    text = " ".join([GROUPS_SQL, *objects_sql([])]).upper()
    assert not {"DROP", "TRUNCATE", "PASSWORD", "ACCESS_KEY_ID", "CREDENTIALS"} & set(text.split())


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
