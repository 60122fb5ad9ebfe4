"""Takes a month back: an earlier generation of its trips is published again, as a new one. Starts no Spark."""

from lake.errors import LakeError, UsageError
from lake.months import MONTH
from lake.operate.status import Lake
from lake.operate.verification import file_differences
from lake.publication.publisher import republish
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Entry, Receipt
from lake.publication.runs import month_path
from lake.storage import join, storage_of
from schemas.datasets import PUBLISHED_TRIPS, QUARANTINED_LINES


def roll_back(lake: Lake, month: str, generation: int | None) -> str:
    """Publishes an earlier generation of a month again, if its files are as its receipt says.

    Args:
        lake: The trips, and the quarantine if that generation has lines in it.
        month: The month.
        generation: The generation; None for the one before the published one.

    Returns:
        What was done, in a line.

    Raises:
        UsageError: The month is none, or the quarantine is needed and was not given.
        LakeError: There is no such generation, its files are not as they were, or another run published meanwhile.
    """
    if not MONTH.fullmatch(month):
        raise UsageError(f"{month!r} is not a month; expected one such as 2020-04")
    book = lake.trips
    entries, kept = book.newest()
    if month not in entries:
        raise LakeError(f"{month} is not published in {book.root}; python -m lake status shows what is")
    now = entries[month]
    if generation is None and now.receipt.generation == 1:
        raise LakeError(f"{month} was published once only: there is no earlier generation to go back to")
    wanted = now.receipt.generation - 1 if generation is None else generation
    earlier = now.receipt if wanted == now.receipt.generation else _earlier(book, kept.get(month, []), now, wanted)
    if earlier.run == now.receipt.run:
        return f"{month}  nothing to do: generation {now.receipt.generation} publishes the files of generation {wanted}"
    if problems := _problems(lake, earlier):
        raise LakeError(f"generation {wanted} of {month} cannot be published again: {_first(problems)}")
    receipt = republish(book, earlier, now)
    if problems := _problems(lake, receipt):
        raise LakeError(
            f"generation {receipt.generation} of {month} is published, but {_first(problems)}: something removed it "
            f"meanwhile; roll back to generation {now.receipt.generation}"
        )
    held = f"the raw file of generation {now.receipt.generation} is held back until it changes or --rebuild yes; "
    return (
        f"{month}  rolled back to generation {wanted}, published again as generation {receipt.generation}: "
        f"{receipt.counts.published:,} rows of {receipt.source.uri.rpartition('/')[2]}; "
        f"{held if now.receipt.source.etag in receipt.withdrawn else ''}aggregates and Redshift follow with the next run"
    )


def _earlier(book: ReceiptBook, kept: list[int], now: Entry, wanted: int) -> Receipt:
    """The receipt of a generation that was replaced, if it is what it should be and of the contract of today."""
    month = now.receipt.month
    earlier = next(book.earlier(month, [wanted] if wanted in kept else []), None)
    if earlier is None:
        there = ", ".join(str(number) for number in kept if number < now.receipt.generation) or "none"
        raise LakeError(
            f"generation {wanted} of {month} is not among the receipts in {join(book.root, '_receipts', 'replaced')}; kept "
            f"are {there}, {now.receipt.generation} is published"
        )
    if earlier.contract_version != PUBLISHED_TRIPS.version:
        raise LakeError(
            f"generation {wanted} of {month} is to contract {earlier.contract_version}, the trips are now to "
            f"{PUBLISHED_TRIPS.version}: put its raw file back, then --rebuild yes --months {month}"
        )
    return earlier


def _problems(lake: Lake, receipt: Receipt) -> list[str]:
    """What keeps the files of a receipt from being published: they differ from it, or lie elsewhere than its run does."""
    folder = month_path(receipt.run, receipt.month)
    paths = [file.path for file in (*receipt.files, *receipt.quarantine_files)]
    if strange := [path for path in paths if path.rpartition("/")[0] != folder]:
        return [f"its receipt names {path}, which is not in {folder}" for path in strange]
    book, rejects_root = lake.trips, lake.root(QUARANTINED_LINES)
    if receipt.quarantine_files and not rejects_root:
        raise UsageError(f"generation {receipt.generation} has lines in quarantine: give --quarantine as well")
    problems = file_differences(book.storage, book.root, receipt.files)
    if rejects_root:
        problems += file_differences(storage_of(rejects_root), rejects_root, receipt.quarantine_files)
    return problems


def _first(problems: list[str]) -> str:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{problems[0]}{more}"
