"""The load of redshift/*.sql: what it brings, and when it changes nothing."""

import re
from dataclasses import replace

import pytest

from tests.redshift.warehouse import SQL, TABLE, Plan, Warehouse, load_sql, parquet, ride, statements

MARCH, APRIL = ride("2020-03", 74, "10.10"), ride("2020-04", 74, "-0.05")
FIRST = [("2020-03-01", 74, "10.10"), ("2020-04-01", 74, "-0.05")]


@pytest.fixture
def loaded(warehouse: Warehouse) -> Plan:
    """March and April are loaded, as generations 5."""
    plan = warehouse.put({"a.parquet": parquet([MARCH]), "b.parquet": parquet([APRIL])}, 5, rows=2)
    assert warehouse.load(plan, "scheduled__1")["Status"] == "FINISHED"
    return plan


OTHER = "agg_other"
BOTH = (TABLE, OTHER)


@pytest.fixture
def two(warehouse: Warehouse) -> Warehouse:
    """With a second table."""
    warehouse.done(f"CREATE TABLE nyc.{OTHER} (LIKE nyc.{TABLE})")
    return warehouse


def test_every_file_is_a_statement_of_the_load_but_the_guard_that_two_of_them_have():
    named = re.findall(r"redshift/(\w+\.sql)", " ".join(statements([TABLE])))
    assert named == sorted({path.name for path in SQL.iterdir()} - {"fence.sql"})


def test_seven_tables_fit_into_a_batch():
    """Redshift's limit: 40 statements."""
    assert len(statements([TABLE] * 7)) <= 40


def test_the_tables_change_together_and_the_log_says_so_once(two):
    plan = two.put({"a": parquet([MARCH])}, 2, rows=1) & two.put({"b": parquet([APRIL])}, 3, rows=1, table=OTHER)
    two.done(*load_sql(plan, two.role, tables=BOTH))
    assert (two.fares(), two.fares(OTHER)) == (FIRST[:1], FIRST[1:])
    assert two.log() == [(1, 5, 2, "manual__1")]
    older = two.put({"c": parquet([APRIL])}, 2, rows=1) & two.put({"d": parquet([MARCH])}, 2, rows=1, table=OTHER)
    assert two.run(*load_sql(older, two.role, tables=BOTH))["Status"] == "FAILED"
    assert (two.fares(), two.fares(OTHER)) == (FIRST[:1], FIRST[1:])


def test_rows_are_counted_by_table_and_one_that_is_wrong_keeps_all_as_they_were(two, caplog):
    few, many = (two.put({"a": parquet([MARCH])}, 2, rows=rows) for rows in (1, 2))
    other = two.put(
        {"b": parquet([APRIL, APRIL])}, 3, rows=1, table=OTHER
    )  # with `many`, as many as the receipts' in all
    for plan, error in (
        (few & other, f"nyc.{OTHER}: rows in staging: 2, in the receipts: 1"),
        (many & other, f"nyc.{TABLE}: rows in staging: 1, in the receipts: 2"),
    ):
        assert two.run(*load_sql(plan, two.role, tables=BOTH))["Status"] == "FAILED"
        assert error in caplog.text
        assert (two.fares(), two.fares(OTHER), two.log()) == ([], [], [])


def test_a_table_whose_location_is_not_set_is_left_alone(two):
    both = two.put({"a": parquet([MARCH])}, 2, rows=1) & two.put({"b": parquet([APRIL])}, 3, rows=1, table=OTHER)
    two.done(*load_sql(both, two.role, tables=BOTH))
    two.done(*load_sql(two.put({"c": parquet([APRIL])}, 6, rows=1), two.role, "manual__2", tables=BOTH))
    assert (two.fares(), two.fares(OTHER)) == (FIRST[1:], FIRST[1:])
    assert two.log() == [(1, 5, 2, "manual__1"), (2, 6, 1, "manual__2")]


def test_no_statement_drops_truncates_or_carries_credentials(warehouse):
    text = " ".join(load_sql(warehouse.put({}, 1, rows=0), warehouse.role)).upper()
    words = set(text.replace("'", " ").split())
    assert not words & {"DROP", "TRUNCATE", "CREDENTIALS", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"}
    assert text.count("IAM_ROLE") == 1


def test_the_load_brings_the_rows_and_is_logged(warehouse, loaded):
    assert warehouse.fares() == FIRST
    assert warehouse.log() == [(1, 5, 2, "scheduled__1")]
    [(digest, at)] = warehouse.query("SELECT manifest_digest, loaded_at FROM nyc.newest_load")
    assert digest == loaded.digest
    assert len(at) == len("2020-04-01 12:00:00")


def test_every_value_arrives_as_it_is_in_the_file(warehouse):
    rows = [
        ride("2013-08", None, None, trip=None, payment=None),
        ride("2020-04", 265, "-99999999999999999.99", trip=2, payment=6),
    ]
    assert warehouse.load(warehouse.put({"a": parquet(rows)}, 1, rows=2))["Status"] == "FINISHED"
    assert warehouse.query("SELECT * FROM nyc.agg_green_rides_by_month ORDER BY 1") == [
        ("2013-08-01", None, None, None, 3, None, "9.50", "0.00", "1.25", 0),
        ("2020-04-01", 265, 2, 6, 3, "-99999999999999999.99", "9.50", "0.00", "1.25", 0),
    ]


def test_a_newer_state_replaces_all_of_the_older(warehouse, loaded):
    newer = warehouse.put({"c.parquet": parquet([ride("2020-04", 75, "1.00")])}, 6, rows=1)
    assert warehouse.load(newer, "scheduled__2")["Status"] == "FINISHED"
    assert warehouse.fares() == [("2020-04-01", 75, "1.00")]
    assert warehouse.log() == [(1, 5, 2, "scheduled__1"), (2, 6, 1, "scheduled__2")]


def test_the_same_state_again_changes_nothing(warehouse, loaded):
    described = warehouse.load(loaded, "scheduled__2")
    assert described["Status"] == "FINISHED"
    assert [step["ResultRows"] for step in described["SubStatements"][4:]] == [0, 0, 0]
    assert warehouse.fares() == FIRST
    assert warehouse.log() == [(1, 5, 2, "scheduled__1")]


@pytest.mark.parametrize(
    ("rows", "generations"),
    [([ride("2020-03", 1, "7.00")], 4), ([], 0)],
    ids=["a late loader of an older state", "a lake that is lost"],
)
def test_a_load_of_the_past_fails_and_changes_nothing(warehouse, loaded, rows, generations, caplog):
    older = warehouse.put({"old.parquet": parquet(rows)}, generations, rows=len(rows))
    for _ in range(2):  # not only the first time
        described = warehouse.load(older, "late")
        assert described["Status"] == "FAILED"
        assert f"load 1 is newer: 5 generations of receipts, this one: {generations}; nothing was loaded" in caplog.text
        assert warehouse.fares() == FIRST
        assert warehouse.log() == [(1, 5, 2, "scheduled__1")]


def test_a_lake_that_was_built_again_is_loaded_once_the_log_is_empty(warehouse, loaded):
    again = warehouse.put({"new.parquet": parquet([MARCH])}, 1, rows=1)
    assert warehouse.load(again)["Status"] == "FAILED"
    warehouse.done("DELETE FROM nyc.load_log")
    assert warehouse.load(again)["Status"] == "FINISHED"
    assert (warehouse.fares(), warehouse.log()) == (FIRST[:1], [(1, 1, 1, "manual__1")])


def test_another_listing_with_the_same_sum_repairs_the_last_one(warehouse, loaded):
    other = warehouse.put({"d.parquet": parquet([MARCH])}, 5, rows=1)
    assert warehouse.load(other, "mixed")["Status"] == "FINISHED"
    assert warehouse.fares() == FIRST[:1]
    assert warehouse.load(loaded, "repair")["Status"] == "FINISHED", "loaded before, but not last"
    assert warehouse.log() == [(1, 5, 2, "scheduled__1"), (2, 5, 1, "mixed"), (3, 5, 2, "repair")]
    assert warehouse.fares() == FIRST


def test_files_that_are_published_again_are_loaded_again(warehouse, loaded):
    rolled_back = replace(loaded, generations=7)
    newer = warehouse.put({"c.parquet": parquet([ride("2020-04", 75, "1.00")])}, 6, rows=1)
    for plan in (newer, rolled_back):
        assert warehouse.load(plan)["Status"] == "FINISHED"
    assert warehouse.fares() == FIRST


def test_a_run_id_with_a_quote_is_text(warehouse):
    plan = warehouse.put({"a": parquet([MARCH])}, 1, rows=1)
    assert warehouse.load(plan, "it's me")["Status"] == "FINISHED"
    assert warehouse.log() == [(1, 1, 1, "it's me")]


def test_the_view_is_the_labs_table_over_all_months(warehouse):
    march = [MARCH, ride("2020-03", 74, "7.00", trip=None, payment=None)]
    april = [
        APRIL,
        ride("2020-04", 74, "0.25", trip=None, payment=None),
        ride("2020-04", None, None, trip=None, payment=2),
    ]
    warehouse.load(warehouse.put({"a": parquet(march), "b": parquet(april)}, 1, rows=5))
    assert warehouse.query("SELECT * FROM nyc.agg_green_rides ORDER BY pulocationid, trip_type") == [
        (74, 1, 1, "10.05"),
        (74, None, None, "7.25"),
        (None, None, 2, None),
    ]
