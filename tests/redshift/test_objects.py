"""The objects, deployed through the Data API."""

from schemas.datasets import AGGREGATES
from schemas.redshift import GROUPS_SQL, objects_sql

VIEWS_AND_TABLES = sorted(
    [
        *(aggregate.table.name for aggregate in AGGREGATES),
        *("agg_green_rides", "agg_green_rides_by_zone", "load_log", "newest_load", "taxi_zones"),
    ]
)


def number_of(beginning: str) -> int:
    """Which of the statements begins so."""
    [number] = [number for number, sql in enumerate(objects_sql([]), 1) if sql.startswith(beginning)]
    return number


def test_deploying_again_changes_nothing_and_loses_no_row(warehouse):
    warehouse.done("INSERT INTO nyc.load_log VALUES (1, GETDATE(), 1, 'x', 0, 'r')")
    warehouse.done(*objects_sql([name for (name,) in warehouse.query(GROUPS_SQL)]))
    assert warehouse.log() == [(1, 1, 0, "r")]


def test_a_group_that_exists_is_an_error_as_create_group_has_no_if_not_exists(warehouse):
    described = warehouse.run(*objects_sql([]))
    number = number_of("CREATE GROUP")
    assert described["Error"] == f'Query #{number} failed with ERROR: group "nyc_readers" already exists'


def test_readers_may_read_all_and_do_nothing_else(warehouse):
    granted = warehouse.query("SELECT * FROM svv_relation_privileges ORDER BY relation_name")
    assert granted == [("nyc", name, "SELECT", "nyc_readers", "group") for name in VIEWS_AND_TABLES]
    assert warehouse.query("SELECT * FROM svv_schema_privileges") == [("nyc", "USAGE", "nyc_readers", "group")]


def test_readers_may_read_what_is_made_later(warehouse):
    warehouse.done("CREATE TABLE nyc.later (a INTEGER)", "CREATE VIEW nyc.later_view AS SELECT a FROM nyc.later")
    granted = warehouse.query("SELECT relation_name FROM svv_relation_privileges WHERE relation_name LIKE 'later%'")
    assert sorted(granted) == [("later",), ("later_view",)]


def test_the_labs_own_table_is_never_dropped(empty):
    empty.done("CREATE SCHEMA nyc", "CREATE TABLE nyc.agg_green_rides (pulocationid BIGINT)")
    empty.done("INSERT INTO nyc.agg_green_rides VALUES (74)")
    described = empty.run(*objects_sql([]))
    number = number_of("CREATE OR REPLACE VIEW nyc.agg_green_rides ")
    assert described["Error"] == f'Query #{number} failed with ERROR: "agg_green_rides" is not a view'
    assert empty.query("SELECT * FROM nyc.agg_green_rides") == [(74,)]
    assert empty.query(GROUPS_SQL) == [], "all or nothing"


def test_the_zones_are_there_once_however_often_they_are_deployed(warehouse):
    warehouse.done(*objects_sql([name for (name,) in warehouse.query(GROUPS_SQL)]))
    assert warehouse.query("SELECT count(*), count(DISTINCT zone_id) FROM nyc.taxi_zones") == [(265, 265)]
    assert warehouse.query("SELECT zone, borough FROM nyc.taxi_zones WHERE zone_id = 103") == [
        ("Governor's Island/Ellis Island/Liberty Island", "Manhattan")
    ]
    assert warehouse.query("SELECT count(*) FROM nyc.agg_green_rides_by_zone") == [(0,)]
