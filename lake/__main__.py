"""A look into the lake: `python -m lake status | files | verify | expire | summary`."""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta

from lake.errors import EXIT_FAILED, EXIT_OK, EXIT_REFUSED, LakeError, UsageError
from lake.months import parse_months
from lake.operate.status import Lake, current_files, differences, row_differences, status_lines
from lake.operate.summary import summary_lines
from lake.publication.orphans import GRACE, MIN_GRACE, expired, named_folders, remove
from lake.storage import normalise
from lake.terminal import printable, say


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lake", description="What is published, pending and refused.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    status = _command(commands, "status", "a line a month: rows, quarantine, generation, what is pending and why")
    status.add_argument("--raw", metavar="URI", help="raw folder: shows what is pending, refused and gone")
    status.add_argument("--aggregates", metavar="URI", help="shows months whose aggregates are older than their trips")
    files = _command(commands, "files", "the files that are published now, for DuckDB, pandas and others")
    files.add_argument("--months", help="2020-04,2021-01..2021-06 (default: all)")
    verify = _command(commands, "verify", "files, sizes and rows against the receipts; status 1 if they differ")
    verify.add_argument("--months", help="2020-04,2021-01..2021-06 (default: all)")
    verify.add_argument("--quarantine", metavar="URI", help="checks the quarantine's files too")
    expire = _command(commands, "expire", "what no receipt names any more; deletes nothing without --delete yes")
    expire.add_argument("--quarantine", metavar="URI", required=True, help="data set of the quarantine")
    expire.add_argument("--aggregates", metavar="URI", required=True, help="data set of the aggregates")
    expire.add_argument(
        "--days", type=float, default=GRACE / timedelta(days=1), help="grace period (default: %(default)g)"
    )
    expire.add_argument("--delete", choices=("no", "yes"), default="no", help="really delete (default: no)")
    summary = _command(commands, "summary", "one table of all that is published")
    summary.add_argument("--aggregates", metavar="URI", help="adds the largest groups")
    summary.add_argument("--quarantine", metavar="URI", help="says where the quarantine lies")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    command.add_argument(
        "--transformed", metavar="URI", required=True, help="data set: a local path or s3://bucket/prefix"
    )
    return command


def _status(lake: Lake) -> int:
    """Says what is published and pending; a refused file makes the exit status 3."""
    plan = lake.plan()
    for line in status_lines(lake, plan):
        say(line)
    return EXIT_REFUSED if plan and plan.refused else EXIT_OK


def _verify(lake: Lake, months: str | None) -> int:
    """Says what differs, a line each."""
    selection = parse_months(months)
    held = {month: one for month, one in lake.trips.all().items() if month in selection}
    missing = selection.missing(held)
    if missing:
        raise LakeError(f"{', '.join(missing)} is not published in {lake.transformed}")
    status = EXIT_OK
    for month, one in held.items():
        problems = differences(lake.transformed, one) or row_differences(lake.transformed, one)
        if lake.quarantine:
            problems += differences(lake.quarantine, one, quarantine=True)
        for problem in problems:
            say(f"{month}  {printable(problem)}")
            status = EXIT_FAILED
        if not problems:
            say(f"{month}  as its receipt says: {len(one.receipt.files)} files, {one.receipt.counts.published:,} rows")
    return status


def _expire(lake: Lake, days: float, *, delete: bool) -> int:
    """Lists what has expired, and deletes it if that was asked for."""
    grace = timedelta(days=days)
    if grace < MIN_GRACE:
        raise UsageError(
            f"--days: {days:g} is below {MIN_GRACE / timedelta(days=1):g}; a slow run could lose its files"
        )
    named = named_folders(lake.trips, lake.rides)
    receipts = {lake.transformed: lake.trips.all(), lake.quarantine: lake.trips.all()}
    if lake.rides:
        receipts[lake.aggregates] = lake.rides.all()
    total = 0
    for root, held in receipts.items():
        for one in expired(root, held, named, grace) if root else ():
            say(f"{'deleted' if delete else 'expired'}  {one.size:>14,} bytes  {one.files:>4} files  {one.folder}")
            total += one.size
            if delete:
                remove(one)
    say(f"{total:,} bytes" + ("" if delete or not total else "; nothing was deleted: --delete yes does"))
    return EXIT_OK


def main(argv: Sequence[str]) -> int:
    """Runs a command and returns its exit status."""
    arguments = _parser().parse_args(argv)
    try:
        where = {
            name: normalise(value)
            for name in ("transformed", "raw", "quarantine", "aggregates")
            if (value := getattr(arguments, name, None))
        }
        lake = Lake(**where)
        if arguments.command == "verify":
            return _verify(lake, arguments.months)
        if arguments.command == "expire":
            return _expire(lake, arguments.days, delete=arguments.delete == "yes")
        if arguments.command == "status":
            return _status(lake)
        files = arguments.command == "files"
        for line in current_files(lake.trips, parse_months(arguments.months)) if files else summary_lines(lake):
            say(line)
    except LakeError as error:
        sys.stderr.write(f"error: {printable(str(error))}\n")
        return error.exit_status
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
