"""Are the months of a data set what their receipts say? Opens the files and reads their footers, without Spark."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from lake.errors import LakeError, RecordError
from lake.intake.parquet_footer import footer_rows
from lake.months import Selection
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import DataFile, Receipt
from lake.publication.runs import month_path
from lake.storage import Storage, join, storage_of
from schemas.datasets import Aggregate, DataSet


def verify(
    data_set: DataSet, book: ReceiptBook, months: Selection, rejects_root: str | None = None
) -> Iterator[tuple[str, bool]]:
    """A line for each month that is as its receipt says, and one for each thing that is not.

    Args:
        data_set: The data set.
        book: Its receipts.
        months: The months it is about.
        rejects_root: Where its rejects lie; None: they are not looked at.

    Yields:
        The line, and whether it is good.

    Raises:
        LakeError: A month named by itself is not published.
    """
    faults = list[RecordError]()
    entries = book.all(faults)
    replaced = book.replaced(entries, faults)
    yield from ((str(fault), False) for fault in faults)
    if not faults:
        book.selected(months)
    entries = {month: entry for month, entry in entries.items() if month in months}
    for month, entry in entries.items():
        receipt = entry.receipt
        problems = file_differences(book.storage, book.root, receipt.files)
        problems = problems or row_differences(book.storage, book.root, receipt)
        if data_set.rejects and rejects_root:
            storage = storage_of(rejects_root)
            problems += file_differences(storage, rejects_root, receipt.quarantine_files)
        problems += count_faults(data_set, receipt)
        problems += history_faults(book, receipt, replaced.get(month, []))
        for problem in problems:
            yield f"{month}  {problem}", False
        if not problems:
            files, rows = len(receipt.files), receipt.counts.published
            yield f"{month}  as its receipt says: {files} files, {rows:,} rows", True


def file_differences(storage: Storage, root: str, files: Sequence[DataFile]) -> list[str]:
    """How some files that a receipt lists differ from those that lie there: missing, of another size, or unlisted."""
    listed = {join(root, file.path): file for file in files}
    found = {
        info.uri: info
        for folder in {uri.rpartition("/")[0] for uri in listed}
        for info in storage.list_folder(folder)
        if not info.name.startswith(".")
    }
    problems = [f"{uri} is missing" for uri in listed if uri not in found]
    problems += [f"{uri} is in no receipt" for uri in found if uri not in listed]
    problems += [
        f"{uri} has {found[uri].size:,} bytes, the receipt says {file.size:,}"
        for uri, file in listed.items()
        if uri in found and found[uri].size != file.size
    ]
    return problems


def row_differences(storage: Storage, root: str, receipt: Receipt) -> list[str]:
    """How the rows that the files of a month hold, by their footers, differ from its receipt."""
    problems = []
    for file in receipt.files:
        uri = join(root, file.path)
        try:
            rows = footer_rows(storage, uri)
        except LakeError as error:
            problems.append(f"{uri} cannot be read: {error}")
            continue
        if rows != file.rows:
            problems.append(f"{uri} has {rows:,} rows, the receipt says {file.rows:,}")
    total = sum(file.rows for file in receipt.files)
    if total != receipt.counts.published:
        problems.append(f"the files have {total:,} rows, counted are {receipt.counts.published:,}")
    return problems


def count_faults(data_set: DataSet, receipt: Receipt) -> list[str]:
    """Where what a receipt says does not agree with itself."""
    counts, problems = receipt.counts, []
    if not isinstance(data_set, Aggregate) and not counts.adds_up:
        problems.append(f"its receipt accounts for its {counts.lines:,} lines wrongly")
    if (rejected := sum(file.rows for file in receipt.quarantine_files)) != counts.quarantined:
        problems.append(f"the quarantine's files have {rejected:,} rows, counted are {counts.quarantined:,}")
    folder = f"{month_path(receipt.run, receipt.month)}/"
    problems += [
        f"its receipt is of run {receipt.run}, and names {file.path} of another"
        for file in (*receipt.files, *receipt.quarantine_files)
        if not file.path.startswith(folder)
    ]
    return problems


def history_faults(book: ReceiptBook, receipt: Receipt, replaced: Sequence[Receipt]) -> list[str]:
    """Where the receipts of a month's earlier generations are not the ones that their successors replaced.

    A generation whose receipt is missing is no fault: older code kept none.

    Args:
        book: The receipts of the data set.
        receipt: The month's receipt.
        replaced: Those that were replaced, the oldest first.
    """
    return [
        f"{book.replaced_uri(receipt.month, earlier.generation)} is of run {earlier.run}, but its successor replaced another"
        for earlier, later in pairwise([*replaced, receipt])
        if later.generation == earlier.generation + 1 and (later.previous or {}).get("run") != earlier.run
    ]
