"""A look into the lake: `python -m lake status | files | verify | …`, what `explore` adds, and `run`: both jobs."""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lake.arguments import OneLineParser
from lake.engines import ENGINES, SPARK, check_engine
from lake.errors import EXIT_FAILED, EXIT_OK, EXIT_REFUSED, LakeError, UsageError
from lake.months import parse_months
from lake.operate.expiry import expired
from lake.operate.roll_back import roll_back
from lake.operate.status import Lake, current_files, status_lines
from lake.operate.summary import summary_lines
from lake.operate.verification import verify
from lake.places import LAKE, LAKE_TEXT, check_input, is_there, places_of
from lake.publication.orphans import GRACE, MIN_GRACE, remove
from lake.terminal import MAX_ERROR, printable, say, say_path, tell
from schemas.datasets import (
    AGGREGATES,
    PUBLISHED_TRIPS,
    QUARANTINED_LINES,
    RAW,
    WITH_RECEIPTS,
    Aggregate,
    Location,
)

_TRIPS, _QUARANTINE = PUBLISHED_TRIPS.location, QUARANTINED_LINES.location
_RUN, _RUN_TEXT = "run", "both jobs in one process: raw files to trips, trips to aggregates"
MAX_UNKNOWN = 10  # lines
MAX_LINE = 2 * MAX_ERROR  # a refused file: its name, and what was found
_AGGREGATES = tuple(aggregate.location for aggregate in AGGREGATES)


def _status(lake: Lake, arguments: argparse.Namespace) -> int:
    """Says what is published and pending; a refused file makes the exit status 3."""
    plan = lake.plan()
    if plan:
        plan.check_barren()
    for line in status_lines(lake, plan):
        say(printable(line, MAX_LINE))
    if plan and plan.cleared:
        say(f"note: {printable(plan.cleared, MAX_LINE)}")
    return EXIT_REFUSED if plan and plan.refused else EXIT_OK


def _files(lake: Lake, arguments: argparse.Namespace) -> int:
    for path in current_files(lake.trips, parse_months(arguments.months)):
        say_path(path)
    return EXIT_OK


def _verify(lake: Lake, arguments: argparse.Namespace) -> int:
    """Says what differs, a line each, in each data set that was given."""
    months, status = parse_months(arguments.months), EXIT_OK
    for data_set in WITH_RECEIPTS:
        book = lake.book(data_set)
        rejects_root = lake.root(data_set.rejects) if data_set.rejects else None
        made_from = lake.book(data_set.made_from) if isinstance(data_set, Aggregate) else None
        for line, is_good in verify(data_set, book, months, rejects_root, made_from) if book else ():
            say(printable(line) + ("" if data_set is PUBLISHED_TRIPS else f"  {data_set.table.name}"))
            status = status if is_good else EXIT_FAILED
    return status


def _expire(lake: Lake, arguments: argparse.Namespace) -> int:
    """Lists what has expired, and deletes it if that was asked for."""
    grace, delete = timedelta(days=arguments.days), arguments.delete == "yes"
    if grace < MIN_GRACE:
        least = MIN_GRACE / timedelta(days=1)
        raise UsageError(f"--days: {arguments.days:g} is below {least:g}; a slow run could lose its files")
    total, (found, unknown) = 0, expired(lake, grace)
    for orphan in found:
        word = "deleted" if delete else "expired"
        say(f"{word}  {orphan.size:>14,} bytes  {orphan.files:>4} files  {printable(orphan.folder)}")
        total += orphan.size
        if delete:
            remove(orphan)
    for uri in unknown[:MAX_UNKNOWN]:
        say(f"unknown  {printable(uri)}")
    if len(unknown) > MAX_UNKNOWN:
        say(f"unknown  {len(unknown) - MAX_UNKNOWN:,} more: no run writes such names, they are left")
    # An aggregate whose place was not given may have been made from what is listed: no reader is lost, its origin is.
    sources = {lake.root(one) for one in (PUBLISHED_TRIPS, QUARANTINED_LINES)}
    unseen = [f"--{one.location.name}" for one in AGGREGATES if not lake.root(one)]
    is_source = any(orphan.root in sources for orphan in found)
    aside = f"; {', '.join(unseen)} not given: trips that it was made from are not kept" if unseen and is_source else ""
    rest = "" if delete else "; nothing was deleted: --delete yes does"
    say(f"{total:,} bytes{aside}{rest}" if found else "nothing has expired")
    return EXIT_OK


def _roll_back(lake: Lake, arguments: argparse.Namespace) -> int:
    say(printable(roll_back(lake, arguments.month, arguments.generation), MAX_ERROR))
    return EXIT_OK


def _summary(lake: Lake, arguments: argparse.Namespace) -> int:
    for line in summary_lines(lake, arguments.engine):
        say(line)
    return EXIT_OK


def _explored(name: str) -> Callable[[Lake, argparse.Namespace], int]:
    """A command of the package `explore`, which needs more than PySpark and boto3, and is not packed for Glue and EMR."""

    def run(lake: Lake, arguments: argparse.Namespace) -> int:
        try:
            commands = importlib.import_module("explore.commands")
            return int(getattr(commands, name)(lake, arguments))  # which imports what it needs
        except ModuleNotFoundError as error:
            raise UsageError(
                f"{name} needs {error.name}, which is not installed: make setup-report in a checkout, or "
                "pip install -r requirements/report.txt"
            ) from None

    return run


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        run: Does it, and returns the exit status.
        text: What it shows, for `--help`.
        required: The parts of the lake that it must be given, and that must be there.
        optional: Those that it may be given.
        instead: What is enough of a lake in which the first of them is not there yet.
        options: Its other options.
        arguments: What it is about, without the name of an option.
    """

    run: Callable[[Lake, argparse.Namespace], int]
    text: str
    required: tuple[Location, ...] = (_TRIPS,)
    optional: tuple[Location, ...] = ()
    instead: Location | None = None
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


OPTIONS: dict[str, dict[str, Any]] = {
    "month": {"metavar": "MONTH", "help": "2020-04"},
    "generations": {"metavar": "N,M", "help": "two of them, such as 1,3 (default: the last two)"},
    "apply": {"metavar": "FILE", "help": "the CSV of the lines, with raw_line corrected: writes --out"},
    "out": {"metavar": "FILE", "help": "the file to write"},
    "query": {"metavar": "SELECT", "help": "'SELECT count(*) FROM trips'"},
    "generation": {"type": int, "metavar": "N", "help": "the generation (default: the one before the published one)"},
    "months": {"help": "2020-04,2021-01..2021-06 (default: all)"},
    "days": {"type": float, "default": GRACE / timedelta(days=1), "help": "grace period (default: %(default)g)"},
    "engine": {"choices": ENGINES, "default": SPARK, "help": "what computes (default: %(default)s)"},
    "delete": {"choices": ("no", "yes"), "default": "no", "help": "really delete (default: no)"},
}

COMMANDS = {
    "status": Command(
        _status,
        "a line a month: rows, quarantine, generation, what is pending and why",
        optional=(RAW, *_AGGREGATES),
        instead=RAW,
    ),
    "files": Command(_files, "the files that are published now, for DuckDB, pandas and others", options=("months",)),
    "verify": Command(
        _verify,
        "files, sizes and rows against the receipts; status 1 if they differ",
        optional=(_QUARANTINE, *_AGGREGATES),
        options=("months",),
    ),
    "expire": Command(
        _expire,
        "what no receipt names any more; deletes nothing without --delete yes",
        required=(_TRIPS, _QUARANTINE, _AGGREGATES[0]),
        optional=_AGGREGATES[1:],
        options=("days", "delete"),
    ),
    "roll-back": Command(
        _roll_back,
        "publishes an earlier generation of a month again, while its files are kept",
        optional=(_QUARANTINE,),
        options=("generation",),
        arguments=("month",),
    ),
    "diff": Command(
        _explored("diff"),
        "what changed between two generations of a month: rows, flags, reasons, sums, and the groups that differ most",
        optional=_AGGREGATES[:1],
        options=("generations",),
        arguments=("month",),
    ),
    "quarantine": Command(
        _explored("quarantine"),
        "the lines of a month that were set aside, with what is wrong: text, or CSV when piped; and mended by --apply",
        required=(_TRIPS, _QUARANTINE),
        optional=(RAW,),
        options=("apply", "out"),
        arguments=("month",),
    ),
    "report": Command(
        _explored("report"),
        "one page of HTML: months, rides, flags, zones, what was set aside, each number with its source",
        optional=(RAW, _QUARANTINE, *_AGGREGATES),
        options=("out",),
    ),
    "sql": Command(
        _explored("sql"),
        "a SELECT over the views trips, rides, rides_by_hour, quarantine, zones and receipts: a table, or CSV when piped",
        optional=(_QUARANTINE, *_AGGREGATES),
        arguments=("query",),
    ),
    "summary": Command(
        _summary, "one table of all that is published", optional=(_QUARANTINE, *_AGGREGATES), options=("engine",)
    ),
}


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="python -m lake", description="What is published, pending and refused.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(_RUN, help=_RUN_TEXT, add_help=False)
    for name, command in COMMANDS.items():
        text = command.text
        arguments = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        for name in command.arguments:
            arguments.add_argument(name, **OPTIONS[name])
        for location in (*command.required, *command.optional):
            arguments.add_argument(f"--{location.name}", metavar="URI", help=location.text)
        arguments.add_argument(f"--{LAKE}", metavar="URI", help=LAKE_TEXT)
        for option in command.options:
            arguments.add_argument(f"--{option}", **OPTIONS[option])
    return parser


def _check_places(lake: Lake, command: Command, given: dict[str, str | None]) -> None:
    """What is read must be there, and what is there without a receipt is told.

    Raises:
        UsageError: It is not.
    """
    trips, named = command.required[0], [part for part in command.optional if given.get(part.name) is not None]
    other = lake.places.get(command.instead.name, "") if command.instead and given.get(trips.name) is None else ""
    if not (other and is_there(other)):
        check_input(given, trips, lake.places[trips.name])
    for part in named:
        if part is not _QUARANTINE:  # which may have had nothing to hold yet
            check_input(given, part, lake.places[part.name])
    if not command.instead and lake.trips.is_empty():
        sys.stderr.write(f"note: no trips are published in {lake.trips.root} yet\n")


def main(argv: Sequence[str]) -> int:
    """Runs a command and returns its exit status."""
    if argv and argv[0] == _RUN:
        # Here, as the other commands need no Spark, not even to be there.
        from lake.jobs.aggregates import AGGREGATES_JOB
        from lake.jobs.run import run_jobs
        from lake.jobs.trips import TRIPS_JOB

        return run_jobs([f"python -m lake {_RUN}", *argv[1:]], (TRIPS_JOB, AGGREGATES_JOB), _RUN_TEXT)
    try:
        arguments = _parser().parse_args(argv)
        command, given = COMMANDS[arguments.command], vars(arguments)
        lake = Lake(places_of(given, command.required, command.optional))
        check_engine(given.get("engine", SPARK), lake.places.values())
        _check_places(lake, command, given)
        return command.run(lake, arguments)
    except LakeError as error:
        return tell(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
