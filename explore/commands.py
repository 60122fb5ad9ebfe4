"""The commands that `python -m lake` leaves to this package, by name. Each returns the exit status."""

import argparse

from explore.sql import run_query
from explore.tables import tables
from lake.errors import EXIT_OK
from lake.operate.status import Lake
from lake.terminal import is_terminal


def sql(lake: Lake, arguments: argparse.Namespace) -> int:
    """One SELECT."""
    run_query(tables(lake), arguments.query, as_table=is_terminal())
    return EXIT_OK
