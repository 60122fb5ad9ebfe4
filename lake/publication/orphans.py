"""Removes what no receipt names, after a grace period. The only code that deletes data."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lake.publication.receipts import DataFile, Held, ReceiptBook
from lake.publication.runs import MAX_RUN_AGE, RUN
from lake.storage import Storage, Stored, join, storage_of
from schemas.columns import MONTH_FOLDER

GRACE = timedelta(days=7)  # longer than the longest query and the longest job
MIN_GRACE = MAX_RUN_AGE  # a run commits up to this age, and must not lose its files before


@dataclass(frozen=True)
class Expired:
    """A month of a run that nothing names any more."""

    folder: str
    files: int
    size: int


def named_folders(trips: ReceiptBook, aggregates: ReceiptBook | None) -> set[str]:
    """The month folders that receipts name, below their data sets: trips', quarantine's and aggregates' alike.

    The trips that an aggregate was made from count as named, also when newer trips are published.
    """
    folders = set[str]()
    for held in trips.all().values():
        folders |= {_folder(file) for file in (*held.receipt.files, *held.receipt.quarantine_files)}
    for month, held in aggregates.all().items() if aggregates else ():
        folders |= {_folder(file) for file in held.receipt.files}
        folders.add(f"{RUN}{held.receipt.source.etag}/{MONTH_FOLDER}={month}")
    return folders


def expired(root: str, receipts: dict[str, Held], named: set[str], grace: timedelta) -> Iterator[Expired]:
    """The months of runs below a data set that no receipt names, and that have been so for the grace period.

    The age of the files does not do: a run published in spring and replaced a minute ago is old, unnamed, and still being
    read. So the month's receipt must be as old as well.

    Args:
        root: The data set.
        receipts: The receipts that could have named them, by month.
        named: What `named_folders` gave.
        grace: How long.
    """
    storage, latest = storage_of(root), datetime.now(UTC) - grace
    for run in storage.list_folders(root):
        if not run.startswith(RUN):
            continue
        for folder, files in _by_folder(storage, join(root, run)).items():
            path = folder.removeprefix(f"{root}/")
            held = receipts.get(folder.rpartition(f"{MONTH_FOLDER}=")[2])
            replaced = datetime.fromisoformat(held.receipt.published_at) if held else latest
            if path not in named and replaced <= latest and all(file.modified <= latest for file in files):
                yield Expired(folder, len(files), sum(file.size for file in files))


def remove(one: Expired) -> None:
    """Deletes it. May be interrupted and repeated anywhere."""
    storage_of(one.folder).delete_tree(one.folder)


def _folder(file: DataFile) -> str:
    return file.path.rpartition("/")[0]


def _by_folder(storage: Storage, run: str) -> dict[str, list[Stored]]:
    """The files of a run by the folder of their month; what an aborted job left elsewhere stands under its own."""
    found = defaultdict[str, list[Stored]](list)
    for stored in storage.list_tree(run):
        below = stored.uri.removeprefix(f"{run}/").split("/")
        found[join(run, below[0]) if len(below) > 1 else run].append(stored)
    return found
