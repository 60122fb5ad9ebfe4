"""Are the months of a data set what their receipts say? Opens the files and reads their footers, without Spark."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from lake.errors import LakeError
from lake.intake.parquet_footer import footer_rows
from lake.months import Selection
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import DataFile, Receipt
from lake.publication.runs import month_path
from lake.storage import Storage, join, storage_of
from schemas.datasets import Aggregate, DataSet

CLOCK_SKEW = timedelta(days=1)  # what the clock of another machine is forgiven


def verify(
    data_set: DataSet,
    book: ReceiptBook,
    months: Selection,
    rejects_root: str | None = None,
    made_from: ReceiptBook | None = None,
) -> Iterator[tuple[str, bool]]:
    """A line for each month that is as its receipt says, and one for each thing that is not.

    Args:
        data_set: The data set.
        book: Its receipts.
        months: The months it is about.
        rejects_root: Where its rejects lie; None: they are not looked at.
        made_from: The receipts of the data set that it is made from, if it is made from one.

    Yields:
        The line, and whether it is good.

    Raises:
        LakeError: A month named by itself is not published.
    """
    faults, kept = list[LakeError](), book.kept()
    entries = book.all(faults)
    replaced = book.replaced(entries, faults)
    yield from ((str(fault), False) for fault in faults)
    lost = book.lost(kept, entries)
    yield from ((fault, False) for month, fault in lost.items() if month in months and (month in entries or not faults))
    if not (faults or lost):
        book.selected(months)
    sources = known_runs(made_from) if made_from else None  # after the receipts of what is made from them
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
        problems += source_faults(receipt, sources.get(month, {})) if sources is not None else []
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
    if datetime.fromisoformat(receipt.published_at) > datetime.now(UTC) + CLOCK_SKEW:
        problems.append(f"its receipt says that it was published at {receipt.published_at}, which is to come")
    if not isinstance(data_set, Aggregate) and not counts.adds_up:
        problems.append(f"its receipt accounts for its {counts.lines:,} lines wrongly")
    if (rejected := sum(file.rows for file in receipt.quarantine_files)) != counts.quarantined:
        problems.append(f"the quarantine's files have {rejected:,} rows, counted are {counts.quarantined:,}")
    for files in (receipt.files, receipt.quarantine_files):
        if len({file.path for file in files}) < len(files):
            problems.append("its receipt names a file twice")
    folder = f"{month_path(receipt.run, receipt.month)}/"
    problems += [
        f"its receipt is of run {receipt.run}, and names {file.path} of another"
        for file in (*receipt.files, *receipt.quarantine_files)
        if not file.path.startswith(folder)
    ]
    return problems


def known_runs(book: ReceiptBook) -> dict[str, dict[int, str]]:
    """The run of each generation, by month: of the receipts that can be read, the replaced ones too."""
    receipts = [receipt for past in book.past([]).values() for receipt in past]
    found: dict[str, dict[int, str]] = {}
    for receipt in (*receipts, *(entry.receipt for entry in book.all([]).values())):
        found.setdefault(receipt.month, {})[receipt.generation] = receipt.run
    return found


def source_faults(receipt: Receipt, runs: Mapping[int, str]) -> list[str]:
    """Where a month says that it was made from what never was. Receipts of older code do not name a generation.

    Args:
        receipt: The receipt of an aggregate.
        runs: The run of each generation of the month that it was made from, as far as receipts of them were kept.
    """
    generation, run = receipt.source.generation, receipt.source.run
    if generation and (generation > max(runs, default=0) or runs.get(generation, run) != run):
        return [
            f"its receipt says that it was made from generation {generation}, run {run}, which {receipt.source.uri} never had"
        ]
    return []


def history_faults(book: ReceiptBook, receipt: Receipt, replaced: Sequence[Receipt]) -> list[str]:
    """Where the receipts of a month's earlier generations are not the ones that their successors replaced.

    A generation whose receipt is missing is not a fault: older code kept none.

    Args:
        book: The receipts of the data set.
        receipt: The month's receipt.
        replaced: Those that were replaced, the oldest first.
    """
    problems = []
    for earlier, later in pairwise([*replaced, receipt]):
        uri = book.replaced_uri(receipt.month, earlier.generation)
        if later.generation == earlier.generation + 1 and (later.previous or {}).get("run") != earlier.run:
            problems.append(f"{uri} is of run {earlier.run}, but its successor replaced another")
        if 0 < later.source.generation < earlier.source.generation:
            was, now = earlier.source.generation, later.source.generation
            problems.append(f"{uri} was made from generation {was}, its successor from the older {now}")
    return problems
