"""The commands that `python -m lake` leaves to this package, by name. Each returns the exit status."""

import argparse
from pathlib import Path

from lake.errors import EXIT_OK, UsageError
from lake.operate.status import Lake
from lake.terminal import is_terminal, say, say_text
from schemas.datasets import RAW


def sql(lake: Lake, arguments: argparse.Namespace) -> int:
    """One SELECT."""
    from explore.sql import run_query
    from explore.tables import tables

    run_query(tables(lake), arguments.query, as_table=is_terminal())
    return EXIT_OK


def quarantine(lake: Lake, arguments: argparse.Namespace) -> int:
    """The lines that were set aside; or a raw file in which they are mended."""
    from explore.aside import COLUMNS, lines_set_aside, receipt_of, text_lines
    from explore.mending import mend
    from explore.sql import csv_texts

    if bool(arguments.apply) != bool(arguments.out):
        raise UsageError("--apply FILE and --out FILE go together: the edited lines, and the raw file to write")
    receipt = receipt_of(lake, arguments.month)
    lines = lines_set_aside(lake, receipt)
    if arguments.apply:
        raw = lake.places.get(RAW.name)
        mended = mend(receipt, raw, lines, Path(arguments.apply), Path(arguments.out))
        name = receipt.source.name
        say(
            f"{mended.path}: {mended.lines:,} lines are mended, {mended.left:,} stay in quarantine; put it into {raw} as "
            f"{name}, and run the job"
        )
    elif is_terminal():
        for line in text_lines(lines, receipt):
            say(line)
    else:
        for text in csv_texts(COLUMNS, (line.row for line in lines)):
            say_text(text)
    return EXIT_OK


def diff(lake: Lake, arguments: argparse.Namespace) -> int:
    """What changed between two generations of a month."""
    from explore.changes import change_lines

    for line in change_lines(lake, arguments.month, arguments.generations):
        say(line)
    return EXIT_OK


def report(lake: Lake, arguments: argparse.Namespace) -> int:
    """The page."""
    from explore.report import write_report

    if not arguments.out:
        raise UsageError("missing: --out FILE, the page to write; see --help")
    size = write_report(lake, Path(arguments.out))
    say(f"{arguments.out}: {size:,} bytes")
    return EXIT_OK
