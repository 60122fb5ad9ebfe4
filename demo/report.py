"""What the demo tells, as lines of at most 80 columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo.airflow import PIPELINE
from demo.airflow_api import AirflowApi, Span
from demo.costs import Cost
from lake.publication.receipts import Receipt

TOTAL = "SELECT count(*) FROM nyc.agg_green_rides"
BAR = 28  # columns for the whole run


def task_lines(states: Mapping[str, str], times: Mapping[str, Span], run: Span) -> Iterator[str]:
    """A line for each task that ran, in the order in which they began, drawn over the time of the run."""
    if run.start is None or run.end is None:
        return
    whole = (run.end - run.start).total_seconds()
    ran = [task for task in states if states[task] != "skipped" and times[task].seconds is not None]
    for task in sorted(ran, key=lambda task: str(times[task].start)):
        began, took = _offset(times[task].start, run.start), times[task].seconds or 0.0
        bar = _bar(began / whole, (began + took) / whole)
        yield f"  {task:22}{states[task]:9}{began:6.1f} s {took:6.1f} s  {bar}"
    others = Counter(states[task] for task in states if task not in ran)
    for state, number in others.items():
        yield f"  {f'{number} other tasks':22}{state}"


def _offset(at: datetime | None, start: datetime) -> float:
    return (at - start).total_seconds() if at else 0.0


def _bar(began: float, ended: float) -> str:
    """Where a part of the run lies in it; at least one column."""
    first = min(int(began * BAR), BAR - 1)
    return " " * first + "█" * max(1, round(ended * BAR) - first)


def month_lines(receipts: Iterable[Receipt]) -> Iterator[str]:
    """A line a month, and their sum: what became of each line of the raw files."""
    receipts = list(receipts)
    yield f"  {'month':9}{'layout':8}{'lines':>8}{'header':>8}{'blank':>7}{'published':>11}{'quarantined':>13}"
    for receipt in receipts:
        yield _month_line(receipt.month, receipt.source.layout, [receipt])
    yield _month_line("all", f"{len(receipts)}", receipts)


def _month_line(month: str, layout: str, receipts: Sequence[Receipt]) -> str:
    lines, header, blank, published, quarantined = (
        sum(getattr(receipt.counts, name) for receipt in receipts)
        for name in ("lines", "header", "blank", "published", "quarantined")
    )
    return f"  {month:9}{layout:8}{lines:>8,}{header:>8,}{blank:>7,}{published:>11,}{quarantined:>13,}"


def ride_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The rows of nyc.agg_green_rides: zone, trip type, payment type, fares; NULL is a dash."""
    yield f"  {'pulocationid':>12}{'trip_type':>11}{'payment_type':>14}{'total_fare_amount':>19}"
    for zone, trip_type, payment, fare in rows:
        keys = ["-" if key is None else str(key) for key in (zone, trip_type, payment)]
        yield f"  {keys[0]:>12}{keys[1]:>11}{keys[2]:>14}{Decimal(fare):>19,.2f}"


def cost_lines(costs: Sequence[Cost], prices: Mapping[str, Any]) -> Iterator[str]:
    """A line a service, and their sum."""
    for cost in costs:
        yield f"  {cost.service:10}{cost.used:58}{_dollars(cost.dollars)}"
    total = sum((cost.dollars for cost in costs), Decimal())
    yield f"  {'in all':10}{prices['region'] + ', prices of ' + prices['as_of']:58}{_dollars(total)}"


def _dollars(amount: Decimal) -> str:
    return f"{f'${amount:.4f}':>10}"


def ui_lines(airflow: AirflowApi, variables: Path) -> Iterator[str]:
    """How to use the account and Airflow; `variables` is a file that a shell can read. What is set in is for a shell."""
    yield from (
        "",
        f"Airflow   {airflow.url}   user {airflow.user}, password {airflow.password}",
        "",
        "Press Trigger at data_pipeline, or in another shell, in this folder:",
        "",
        f"  . {variables}",
        f"  .venv-airflow/bin/airflow dags trigger {PIPELINE}",
        "",
        "More raw files, what lies where, and what Redshift holds, in that shell:",
        "",
        "  .venv/bin/python -m data_samples --rows 50000 --layout P2 build/more",
        "  .venv/bin/python -m demo.aws put build/more",
        "  .venv/bin/python -m demo.aws list raw aggregates",
        f"  .venv/bin/python -m demo.aws query '{TOTAL}'",
        "",
        "A red task's log ends with the reason. Ctrl-C ends all of it.",
    )
