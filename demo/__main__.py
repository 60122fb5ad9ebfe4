"""The commands behind `make demo` and `make ui`: the whole pipeline on this machine, without an AWS account.

The demo runs `data_pipeline` twice on sample files and tells what happened. With --ui it runs nothing: Airflow's pages
and the account stay until Ctrl-C.
"""

import argparse
import contextlib
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from demo import report
from demo.account import prepare
from demo.airflow import PIPELINE, Airflow
from demo.costs import costs, read_prices
from demo.installation import Installation, adopt
from lake.errors import escaped
from lake.operate.status import Lake
from local_aws import account
from schemas.datasets import AGGREGATES, LOCATIONS, Aggregate

UI_PORT = 8080
PAGE = Path("build", "report.html")
DELAY = 2.0  # seconds that AWS's states last; a cluster that is gone at once would meet apache/airflow#72716
TOTALS = "SELECT count(DISTINCT source_month), count(*), sum({count}) FROM nyc.{table}"
TOP = (
    "SELECT pulocationid, trip_type, payment_type, total_fare_amount FROM nyc.agg_green_rides "
    "ORDER BY total_fare_amount DESC NULLS LAST LIMIT 5"
)


def main() -> int:
    """Runs the demo, or keeps the UI there; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__.split("\n\n")[0])
    parser.add_argument("--ui", action="store_true", help="Airflow's pages and the account until Ctrl-C; runs nothing")
    parser.add_argument("--port", type=int, default=0, help=f"of Airflow (default: a free one; with --ui {UI_PORT})")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both end it in order
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="green-taxi-"))
    status = 0
    try:
        with contextlib.ExitStack() as ends:
            there = set_up(ends, folder, options.port or (UI_PORT if options.ui else 0))
            if options.ui:
                keep_ui(there, folder)
            else:
                run_twice(there)
    except (RuntimeError, OSError) as error:
        told = map(escaped, str(error).splitlines())  # a log's lines may show what a file holds
        print(
            f"\nerror: {next(told, type(error).__name__)}", *told, f"The files and logs are kept in {folder}", sep="\n"
        )
        return 1
    except KeyboardInterrupt:
        status = 0 if options.ui else 130
        print()
    shutil.rmtree(folder, ignore_errors=True)
    print(f"\nAll of it has ended, and nothing is left behind ({time.monotonic() - began:.0f} s).")
    return status


def set_up(ends: contextlib.ExitStack, folder: Path, port: int) -> Installation:
    """Starts the account and Airflow, deploys, and puts files into the raw data.

    Raises:
        RuntimeError: Something did not start.
    """
    with step("local AWS") as said:
        aws = ends.enter_context(account.start(state=folder / "aws", delay=DELAY, log=folder / "aws.log"))
        adopt(aws.environment)
        variable = prepare(aws.environment)
        said += [f"S3, Glue, EMR, Redshift at {aws.url}"]
    with step("Airflow") as said:
        airflow = ends.enter_context(Airflow(folder / "airflow", aws.environment, variable, port=port))
        said += [f"scheduler, triggerer, UI at {airflow.url}"]
    there = Installation(aws, airflow, variable)
    with step("deploy_entrypoints") as said:
        release = there.deploy()
        said += [f"release {release['release']}: Glue job, tables, SQL"]
    with step("sample files") as said:
        files = there.put_samples(folder / "samples")
        said += [f"{len(files)} files, each in another layout of TLC's"]
    return there


def run_twice(there: Installation) -> None:
    """A run that does everything, what came of it, and one that finds nothing to do.

    Raises:
        RuntimeError: A run is red.
    """
    first = run_pipeline(there, "all that is new")
    section("What became of each line of the raw files", report.month_lines(there.receipts()))
    published = sum(receipt.counts.published for receipt in there.receipts())
    section(
        "Redshift, asked through its Data API",
        [
            *(table_line(there, aggregate) for aggregate in AGGREGATES),
            f"  published trips, by the receipts: {published:,}",
            "",
            "  the top of nyc.agg_green_rides: fares of a million are defects that the samples",
            "  hold on purpose; such rows are flagged, never dropped",
            *report.ride_lines(there.lake.query(TOP)),
        ],
    )
    tell_costs(there, first)
    started = there.starts()
    second = run_pipeline(there, "the next night, nothing new")
    print(f"  jobs and clusters started by it: {there.starts() - started}")
    tell_costs(there, second)
    section("A page of what is published, to be looked at", [write_page(there)])


def write_page(there: Installation) -> str:
    """Makes the page of the lake in S3; returns where it is, in a line."""
    from explore.report import write_report  # make setup-report: the rest needs none of it

    PAGE.parent.mkdir(exist_ok=True)
    places = {location.name: there.variable[location.name] for location in LOCATIONS if location.name in there.variable}
    size = write_report(Lake(places), PAGE)
    return f"  {PAGE}: {size:,} bytes"


def table_line(there: Installation, aggregate: Aggregate) -> str:
    """What Redshift holds of an aggregate."""
    table = aggregate.table.name
    months, rows, rides = there.lake.query(TOTALS.format(count=aggregate.count, table=table))[0]
    return f"  nyc.{table}: {months} months, {rows:,} rows, {rides:,} rides"


def run_pipeline(there: Installation, what: str) -> str:
    """One run of `data_pipeline`, with its tasks; returns its id.

    Raises:
        RuntimeError: It is red; with the ends of the logs of the tasks that failed.
    """
    print()
    with step(PIPELINE) as said:
        run_id = there.airflow.trigger(PIPELINE)
        state = there.follow(PIPELINE, run_id, tell_running)
        said += [f"{what}: {state}"]
    states = there.airflow.task_states(PIPELINE, run_id)
    times = there.airflow.task_times(PIPELINE, run_id)
    for line in report.task_lines(states, times, there.airflow.run_span(PIPELINE, run_id)):
        print(line)
    if state != "success":
        raise RuntimeError(f"{PIPELINE} {run_id} is {state}:\n{there.failures(PIPELINE, run_id)}")
    return run_id


def tell_costs(there: Installation, run_id: str) -> None:
    """What the run would have cost on AWS."""
    prices = read_prices()
    lines = list(report.cost_lines(costs(there.usage(run_id), prices), prices))
    section("What this run would have cost on AWS, at the speed of this machine", lines)


def keep_ui(there: Installation, folder: Path) -> None:
    """Says how to use what is there, and waits for Ctrl-C."""
    variables = folder / "env"
    variables.touch(mode=0o600)
    wanted = ("AWS_", "AIRFLOW_", "NO_PROXY", "no_proxy")
    exported = {name: value for name, value in there.airflow.environment.items() if name.startswith(wanted)}
    variables.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in exported.items()))
    for line in report.ui_lines(there.airflow, variables):
        print(line, flush=True)
    while True:
        signal.pause()


@contextlib.contextmanager
def step(name: str) -> Iterator[list[str]]:
    """A line that begins with a name, and ends with what was done, said by the caller, and the seconds it took."""
    said: list[str] = []
    print(f"{name:20}", end="", flush=True)
    began = time.monotonic()
    yield said
    clear = f"\r{name:20}" if sys.stdout.isatty() else ""
    print(f"{clear}{' '.join(said):52}{time.monotonic() - began:6.1f} s", flush=True)


def tell_running(tasks: list[str]) -> None:
    """Shows which tasks are running, on a terminal."""
    if sys.stdout.isatty():
        print(f"\r{PIPELINE:20}{', '.join(tasks)[:52]:52}", end="", flush=True)


def section(title: str, lines: Iterable[str]) -> None:
    """Lines under a title."""
    print(f"\n{title}")
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
