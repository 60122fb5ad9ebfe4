"""Runs: their names, and those of the folders that each attempt of one writes."""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lake.errors import LakeError, UsageError
from schemas.columns import MONTH_FOLDER

RUN = "run="
MAX_RUN_AGE = timedelta(hours=24)  # well below the grace period of `orphans`, which takes unreferenced runs away
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Run:
    """What one process does. No two share a folder, also if both were given the same `--run`."""

    name: str
    started: datetime

    def attempt(self, number: int) -> str:
        """The name of the run's n-th attempt, which is its folder's."""
        return self.name if number == 0 else f"{self.name}.{number}"

    def check_age(self) -> None:
        """Refuses to commit a run that `expire` might already be taking away.

        Raises:
            LakeError: The run is too old.
        """
        if datetime.now(UTC) - self.started > MAX_RUN_AGE:
            raise LakeError(
                f"run {self.name} is older than {MAX_RUN_AGE}; nothing more is published of it, start again"
            )


def new_run(run_id: str | None) -> Run:
    """A run: the id given, or the time, and a nonce of this process.

    Raises:
        UsageError: The id holds characters that do not belong in a path.
    """
    now = datetime.now(UTC)
    if run_id is not None and not _RUN_ID.fullmatch(run_id):
        raise UsageError(f"--run: {run_id!r} may hold letters, digits, points, - and _ only, at most 100")
    return Run(f"{run_id or now.strftime('%Y%m%dT%H%M%SZ')}-{os.urandom(4).hex()}", now)


def month_path(attempt: str, month: str) -> str:
    """Where a month of an attempt lies, below the data set."""
    return f"{RUN}{attempt}/{MONTH_FOLDER}={month}"
