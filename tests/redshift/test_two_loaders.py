"""Loaders at the same time: one waits for the other, and the newest state wins whatever their order."""

import pytest
from moto.redshiftdata.models import redshiftdata_backends

from local_aws.redshift.engine import Database
from tests.redshift.warehouse import DEADLINE, Warehouse, load_sql, parquet, ride

LOG = "nyc.load_log"
INSERT = "INSERT INTO nyc.load_log VALUES (1, GETDATE(), 9, 'x', 0, 'the other')"


@pytest.fixture
def database(warehouse: Warehouse) -> Database:
    """The same database in this process: its sessions can be held at any point."""
    backend = redshiftdata_backends["123456789012"]["us-east-1"]
    found: Database = backend.databases.get(f"workgroup-{warehouse.name}", "dev")
    return found


def test_the_second_loader_waits_and_sees_what_the_first_has_logged(warehouse, database, caplog):
    plan = warehouse.put({"a": parquet([ride("2020-03", 74, "10.10")])}, 5, rows=1)
    with database.session() as first:
        first.run("LOCK nyc.load_log")
        second = warehouse.submit(*load_sql(plan, warehouse.role))
        assert database.locks.wait_for_a_waiter(LOG, DEADLINE)
        described = warehouse.data.describe_statement(Id=second)
        assert described["Status"] == "STARTED"
        assert [step["Status"] for step in described["SubStatements"]][:2] == ["STARTED", "SUBMITTED"]
        first.run(INSERT)
        first.commit()
    assert warehouse.wait(second)["Status"] == "FAILED"
    assert "load 1 is newer: 9 generations" in caplog.text
    assert warehouse.fares() == [], "generation 9 was loaded while it waited"
    assert warehouse.log() == [(1, 9, 0, "the other")]


def test_the_lock_of_a_loader_that_fails_is_given_back(warehouse, database):
    plan = warehouse.put({"a": parquet([ride("2020-03", 74, "10.10")])}, 5, rows=1)
    with database.session() as first:
        first.run("LOCK nyc.load_log")
        first.run(INSERT)
        second = warehouse.submit(*load_sql(plan, warehouse.role))
        assert database.locks.wait_for_a_waiter(LOG, DEADLINE)
    assert warehouse.wait(second)["Status"] == "FINISHED"
    assert warehouse.log() == [(1, 5, 1, "manual__1")]


def test_a_load_that_reads_before_it_locks_sees_an_old_log(warehouse, database):
    """Why LOCK is the first statement: here the snapshot is taken before it, and generation 9 is overwritten."""
    plan = warehouse.put({"a": parquet([ride("2020-03", 74, "10.10")])}, 5, rows=1)
    with database.session() as first:
        first.run("LOCK nyc.load_log")
        second = warehouse.submit("SELECT count(*) FROM nyc.agg_green_rides_by_month", *load_sql(plan, warehouse.role))
        assert database.locks.wait_for_a_waiter(LOG, DEADLINE)
        first.run(INSERT)
        first.commit()
    assert warehouse.wait(second)["Status"] == "FINISHED"
    assert warehouse.fares() == [("2020-03-01", 74, "10.10")]


@pytest.mark.parametrize("order", [(1, 2, 3, 4, 5, 6), (6, 5, 4, 3, 2, 1), (3, 6, 1, 5, 2, 4)])
def test_of_many_at_once_the_newest_wins_and_the_log_only_grows(warehouse, order):
    plans = [warehouse.put({f"{g}": parquet([ride("2020-03", g, "1.00")] * g)}, g, rows=g) for g in order]
    loads = [warehouse.submit(*load_sql(plan, warehouse.role, f"run {plan.generations}")) for plan in plans]
    ended = [warehouse.wait(load)["Status"] for load in loads]
    assert warehouse.fares() == [("2020-03-01", 6, "1.00")] * 6
    log = warehouse.log()
    assert sorted(ended) == ["FAILED"] * (6 - len(log)) + ["FINISHED"] * len(log)  # what is late, says so
    assert [number for number, *_ in log] == list(range(1, len(log) + 1))
    generations = [generation for _, generation, *_ in log]
    assert generations == sorted(set(generations))
    assert generations[-1] == 6


def test_readers_see_the_old_rows_until_the_commit(warehouse, database):
    warehouse.load(warehouse.put({"a": parquet([ride("2020-03", 74, "10.10")])}, 5, rows=1))
    newer = warehouse.put({"b": parquet([ride("2020-03", 75, "1.00")])}, 6, rows=1)
    with database.session() as loader:
        for sql in load_sql(newer, warehouse.role):
            loader.run(sql)
            assert warehouse.fares() == [("2020-03-01", 74, "10.10")]
        loader.commit()
    assert warehouse.fares() == [("2020-03-01", 75, "1.00")]


def test_a_locked_table_cannot_be_read_until_it_is_free(warehouse, database):
    with database.session() as first:
        first.run("LOCK nyc.load_log")
        reader = warehouse.submit("SELECT count(*) FROM nyc.load_log")
        assert database.locks.wait_for_a_waiter(LOG, DEADLINE)
        first.run(INSERT)
        first.commit()
    warehouse.wait(reader)
    [[field]] = warehouse.data.get_statement_result(Id=f"{reader}:1")["Records"]
    assert field == {"longValue": 1}


def test_a_waiting_load_can_be_cancelled(warehouse, database):
    plan = warehouse.put({"a": parquet([ride("2020-03", 74, "10.10")])}, 5, rows=1)
    with database.session() as first:
        first.run("LOCK nyc.load_log")
        second = warehouse.submit(*load_sql(plan, warehouse.role))
        assert database.locks.wait_for_a_waiter(LOG, DEADLINE)
        assert warehouse.data.cancel_statement(Id=second)["Status"] is True
        described = warehouse.wait(second)
    assert described["Status"] == "ABORTED"
    assert {step["Status"] for step in described["SubStatements"]} == {"ABORTED"}
    assert warehouse.fares() == []


def test_two_that_wait_for_each_other_are_told_so(warehouse, database):
    with database.session() as first:
        first.run("LOCK nyc.load_log")
        second = warehouse.submit("LOCK nyc.agg_green_rides_by_month", "LOCK nyc.load_log")
        assert database.locks.wait_for_a_waiter(LOG, DEADLINE)
        with pytest.raises(Exception, match="deadlock detected"):
            first.run("LOCK nyc.agg_green_rides_by_month")
    assert warehouse.wait(second)["Status"] == "FINISHED"
