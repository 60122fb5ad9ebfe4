"""The command: `python -m data_samples --help`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from data_samples.large import make_large, plan
from data_samples.periods import PERIODS, Period, period_of
from data_samples.samples import DEFAULT_SEED, make_samples

DESCRIPTION = """\
Writes synthetic green taxi files, byte for byte as TLC publishes them. The same
options write the same bytes every time.

Without --rows: one small file for each layout (CSV C1, C2 and so on, Parquet
P1, P2 and so on), a month each, mostly ordinary trips, and on top every known
defect that the layout can hold: reversals, pick-ups of other months, odd codes
and spellings, lines that cannot be read.

With --rows and --layout: large files of ordinary trips, for benchmarks, a month
each of at most 1,000,000 rows from the layout's first month on (more rows a
file where the months do not suffice). A million rows take 1 to 6 seconds (P1,
with its gzip, 15) and, as CSV, 90 to 160 MB.
"""
EXAMPLES = """\
examples:
  python -m data_samples build/samples/raw/green
  python -m data_samples --expected build/expected.json build/samples/raw/green
  python -m data_samples --rows 10000000 --layout C7 build/large
  python -m data_samples --rows 50000 --layout P2 --months 2024-01..2024-03 build/some

Files of the same names in OUT are replaced, others left alone.
Exit status: 0 done, 1 a failure (a full disk, no right to write), 2 wrong usage.
"""
MONTHS = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))(?:(\.\.)(\d{4}-(?:0[1-9]|1[0-2]))?)?")


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"data_samples: {message} (--help says more)\n")
        sys.exit(2)


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """The options; exits with 2 and one line if they are wrong."""
    parser = _Parser(
        prog="python -m data_samples",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("out", metavar="OUT", type=Path, help="folder for the files; made if it is not there")
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, help="another seed, other trips (default: %(default)s)"
    )
    parser.add_argument(
        "--expected", metavar="FILE", type=Path, help="small files: also write what is true of them, as JSON"
    )
    parser.add_argument("--rows", metavar="N", type=_row_count, help="large files: rows of all files together")
    parser.add_argument("--layout", choices=[period.layout for period in PERIODS], help="large files: their layout")
    parser.add_argument(
        "--months", metavar="A..B", help="large files: months to use, as 2017-01..2017-06, 2017-01.. or 2017-01"
    )
    args = parser.parse_args(argv)
    if (args.rows is None) != (args.layout is None):
        parser.error("--rows and --layout belong together")
    if args.rows is None and args.months is not None:
        parser.error("--months is for large files: give --rows and --layout, too")
    if args.rows is not None and args.expected is not None:
        parser.error("--expected is for small files: leave out --rows")
    if args.out.exists() and not args.out.is_dir():
        parser.error(f"OUT is not a folder: {args.out}")
    if args.layout:
        try:
            args.first, args.last = _month_range(args.months, period_of(args.layout))
        except ValueError as wrong:
            parser.error(str(wrong))
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Writes the files; returns the exit status."""
    args = parse_args(argv)
    try:
        return _make_large(args) if args.rows else _make_small(args)
    except OSError as failure:
        sys.stderr.write(f"data_samples: {failure}\n")
        return 1


def _make_small(args: argparse.Namespace) -> int:
    files = make_samples(args.out, args.seed)
    for file in files:
        print(
            f"{file.path}: {file.layout}, {file.physical_lines} lines, {file.published_rows} trips, "
            f"{len(file.quarantined)} for the quarantine"
        )
    if args.expected:
        args.expected.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps([file.to_json() for file in files], indent=2, default=str)
        args.expected.write_text(text + "\n", encoding="utf-8")
    return 0


def _make_large(args: argparse.Namespace) -> int:
    files = plan(args.rows, args.first, args.last)
    paths = make_large(args.out, period_of(args.layout), files, args.seed)
    size = sum(path.stat().st_size for path in paths)
    print(f"{args.out}: {len(paths)} files, {args.rows:,} rows, {size:,} bytes")
    return 0


def _row_count(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9_]*", text):
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not {text!r}")
    return int(text)


def _month_range(text: str | None, period: Period) -> tuple[str, str]:
    if text is None:
        return period.first, period.last
    match = MONTHS.fullmatch(text)
    if not match:
        raise ValueError(f"--months: expected 2017-01..2017-06, 2017-01.. or 2017-01, not {text!r}")
    first = match[1]
    last = match[3] or (period.last if match[2] else first)
    if not period.first <= first <= last <= period.last:
        raise ValueError(f"--months: {period.layout} has the months {period.first}..{period.last}, not {text!r}")
    return first, last


if __name__ == "__main__":
    sys.exit(main())
