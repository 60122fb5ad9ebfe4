"""Removes what no receipt names, after a grace period. The only code that deletes data."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from lake.publication.receipts import DataFile, Receipt, ReceiptBook
from lake.publication.runs import MAX_RUN_AGE, RUN, month_path
from lake.storage import FileInfo, Storage, join, storage_of
from schemas.columns import MONTH_FOLDER
from schemas.datasets import Aggregate, DataSet

GRACE = timedelta(days=7)  # longer than the longest query and the longest job
MIN_GRACE = MAX_RUN_AGE  # a run commits up to this age, and must not lose its files before


@dataclass(frozen=True)
class Orphan:
    """A month of a run that nothing names any more."""

    folder: str
    files: int
    size: int


def named_folders(books: Mapping[DataSet, ReceiptBook]) -> set[str]:
    """The month folders that receipts name, below their data sets, rejects' included.

    What an aggregate was made from counts as named, also when its source has been published again.
    """
    folders = set[str]()
    for data_set, book in books.items():
        for month, entry in book.all().items():
            receipt = entry.receipt
            folders |= {_folder(file) for file in (*receipt.files, *receipt.quarantine_files)}
            if isinstance(data_set, Aggregate):
                folders.add(month_path(receipt.source.run, month))
    return folders


def replaced_at(book: ReceiptBook) -> Mapping[str, datetime]:
    """When months' folders stopped being the published ones, by folder; and for all other folders of a month, by month.

    The age of files does not do: a run published in spring and replaced a minute ago is old, unnamed, and still being
    read. Of a folder that no receipt is known to have named, the month's newest receipt may have taken the place.
    """
    times, entries = dict[str, datetime](), book.all()
    replaced = book.replaced(entries)
    for month, entry in entries.items():
        times[month] = _published(entry.receipt)
        for earlier, later in pairwise([*replaced.get(month, []), entry.receipt]):
            if later.generation == earlier.generation + 1:
                times[month_path(earlier.run, month)] = _published(later)
    return times


def orphans(root: str, replaced: Mapping[str, datetime], named: Collection[str], grace: timedelta) -> Iterator[Orphan]:
    """The months of runs below a data set that no receipt names, and that have been so for the grace period.

    Args:
        root: The data set.
        replaced: What `replaced_at` gave of the receipts that could have named them.
        named: What `named_folders` gave.
        grace: How long.
    """
    storage, latest = storage_of(root), datetime.now(UTC) - grace
    for run in storage.list_folders(root):
        if not run.startswith(RUN):
            continue
        for folder, files in _by_folder(storage, join(root, run)).items():
            path = folder.removeprefix(f"{root}/")
            since = replaced.get(path) or replaced.get(folder.rpartition(f"{MONTH_FOLDER}=")[2], latest)
            if path not in named and since <= latest and all(file.modified <= latest for file in files):
                yield Orphan(folder, len(files), sum(file.size for file in files))


def remove(orphan: Orphan) -> None:
    """Deletes it. May be interrupted and repeated anywhere."""
    storage_of(orphan.folder).delete_tree(orphan.folder)


def _published(receipt: Receipt) -> datetime:
    return datetime.fromisoformat(receipt.published_at)


def _folder(file: DataFile) -> str:
    return file.path.rpartition("/")[0]


def _by_folder(storage: Storage, run: str) -> dict[str, list[FileInfo]]:
    """The files of a run by the folder of their month; what an aborted job left elsewhere stands under its own."""
    found = defaultdict[str, list[FileInfo]](list)
    for file in storage.list_tree(run):
        below = file.uri.removeprefix(f"{run}/").split("/")
        found[join(run, below[0]) if len(below) > 1 else run].append(file)
    return found
