"""Runs: folders that one attempt writes once, and what is in them."""

import os
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lake.errors import LakeError, UsageError
from lake.publication.receipts import DataFile
from lake.storage import Storage, join
from schemas.columns import MONTH_FOLDER

RUN = "run="
MAX_RUN_AGE = timedelta(hours=24)  # well below the grace period of `expire`, which takes unreferenced runs away
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Run:
    """One attempt of one process. No two share a folder, also if both were given the same `--run`."""

    name: str
    started: datetime

    def part(self, number: int) -> str:
        """The name of the run's n-th folder: a write that failed leaves its own behind and is tried in another."""
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


def run_folder(root: str, run: str) -> str:
    """Where a run of a data set lies."""
    return join(root, f"{RUN}{run}")


def month_path(run: str, month: str) -> str:
    """Where a month of a run lies, below the data set."""
    return f"{RUN}{run}/{MONTH_FOLDER}={month}"


def files_by_month(
    storage: Storage, root: str, run: str, rows: dict[tuple[str, str], int]
) -> dict[str, list[DataFile]]:
    """The files of a run as they lie there, with the rows that were read back from each.

    Args:
        storage: Where the data set lies.
        root: The data set.
        run: The run's folder name.
        rows: Rows by month and file name.

    Raises:
        LakeError: The listing and what was read back differ.
    """
    found = defaultdict[str, list[DataFile]](list)
    for stored in storage.list_tree(run_folder(root, run)):
        if stored.name.endswith(".crc") and stored.name.startswith("."):
            continue  # Hadoop's checksums on a local disk
        month = stored.uri.rsplit("/", 2)[1].removeprefix(f"{MONTH_FOLDER}=")
        if (month, stored.name) not in rows:
            raise LakeError(f"{stored.uri} is not among the files that were written")
        path = f"{month_path(run, month)}/{stored.name}"
        found[month].append(DataFile(path, rows[month, stored.name], stored.size))
    missing = set(rows) - {(month, file.path.rsplit("/", 1)[1]) for month, files in found.items() for file in files}
    if missing:
        raise LakeError(f"{run_folder(root, run)}: written, but not listed: {sorted(missing)[:3]}")
    return found
