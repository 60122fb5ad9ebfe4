"""What the demo tells, line by line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from demo import report
from demo.airflow_api import AirflowApi, Span
from demo.costs import Cost
from lake.publication.receipts import Counts, Receipt, Source

START = datetime(2026, 6, 1, 3, tzinfo=UTC)
RECEIPT = Receipt(
    month="2020-03",
    run="run",
    generation=1,
    previous=None,
    contract_version=1,
    code_version="code",
    published_at="2026-06-01T03:00:00Z",
    source=Source("s3://raw/green_tripdata_2020-03.csv", "etag", layout="C8"),
    files=(),
    counts=Counts(lines=1543, published=1509, header=2, blank=4, quarantined=28),
)
WIDTH = 80


def span(began, took):
    return Span(START + timedelta(seconds=began), START + timedelta(seconds=began + took))


def test_tasks_are_drawn_over_the_time_of_the_run():
    states = {"glue_task": "success", "s3_sensor": "success", "watch_step": "failed", "plan_load": "upstream_failed"}
    states["remove_cluster"] = "success"
    times = {
        "glue_task": span(7, 14),
        "s3_sensor": span(0, 0.4),
        "watch_step": span(21, 7),
        "remove_cluster": span(28, 0),
        "plan_load": Span(None, None),
    }
    assert list(report.task_lines(states, times, span(0, 28))) == [
        "  s3_sensor             success     0.0 s    0.4 s  █",
        "  glue_task             success     7.0 s   14.0 s         ██████████████",
        "  watch_step            failed     21.0 s    7.0 s                       ███████",
        "  remove_cluster        success    28.0 s    0.0 s                             █",
        "  1 other tasks         upstream_failed",
    ]


def test_skipped_tasks_are_counted_only():
    states = {"check_refused": "success", "glue_task": "skipped", "plan_load": "skipped"}
    times = {"check_refused": span(1, 1), "glue_task": span(1, 0), "plan_load": Span(None, None)}
    assert list(report.task_lines(states, times, span(0, 2))) == [
        "  check_refused         success     1.0 s    1.0 s                ██████████████",
        "  2 other tasks         skipped",
    ]


def test_a_run_that_has_not_ended_has_no_lines():
    assert list(report.task_lines({"a": "running"}, {"a": Span(START, None)}, Span(START, None))) == []


def test_months_add_up():
    other = replace(RECEIPT, month="2020-04", counts=Counts(lines=10, published=9, header=1))
    assert list(report.month_lines([RECEIPT, other])) == [
        "  month    layout     lines  header  blank  published  quarantined",
        "  2020-03  C8         1,543       2      4      1,509           28",
        "  2020-04  C8            10       1      0          9            0",
        "  all      2          1,553       3      4      1,518           28",
    ]


def test_null_is_a_key_of_its_own():
    assert list(report.ride_lines([(74, 1, 2, "1234567.50"), (None, None, 0, "0.05")])) == [
        "  pulocationid  trip_type  payment_type  total_fare_amount",
        "            74          1             2       1,234,567.50",
        "             -          -             0               0.05",
    ]


def test_costs_add_up():
    prices = {"region": "us-east-1", "as_of": "2026-06"}
    found = [Cost("Glue", "60 DPU-seconds", Decimal("0.01004")), Cost("S3", "1 read", Decimal("0.00004"))]
    assert list(report.cost_lines(found, prices)) == [
        f"  Glue      {'60 DPU-seconds':58}   $0.0100",
        f"  S3        {'1 read':58}   $0.0000",
        f"  in all    {'us-east-1, prices of 2026-06':58}   $0.0101",
    ]


def test_no_line_is_wider_than_a_terminal():
    states = {"end_leftover_clusters": "success"}
    cost = Cost("Redshift", "1,000,000 RPU-seconds billed; statements: 100", Decimal(1000))
    api = AirflowApi("http://127.0.0.1:8080", "admin", "p" * 16)
    lines = [
        *report.task_lines(states, {"end_leftover_clusters": span(0, 7200)}, span(0, 7200)),
        *report.month_lines([replace(RECEIPT, counts=Counts(lines=1_800_000, published=1_800_000))] * 150),
        *report.ride_lines([(265, 2, 5, "123456789012.34")]),
        *report.cost_lines([cost], {"region": "us-east-1", "as_of": "2026-06"}),
        *report.ui_lines(api, Path("/tmp/x/env")),
    ]
    assert max(map(len, lines)) <= WIDTH
