"""What a green run may hide: that the pipeline stands still, as two figures for an alarm; months unlike those before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lake.intake.inventory import take_inventory
from lake.intake.names import month_of
from lake.publication.drift import drifts
from lake.publication.receipt_book import ReceiptBook
from lake.storage import normalise, storage_of
from schemas.datasets import PUBLISHED_TRIPS, RAW


@dataclass(frozen=True)
class Health:
    """What a good run leaves.

    Attributes:
        raw_months: Months that have a raw file. None is a wrong location or a folder that somebody emptied.
        newest: When a month was published last that had not been there before; None if none ever was.
    """

    raw_months: int
    newest: datetime | None

    def days_without_new_month(self, now: datetime) -> float | None:
        """How long no new month came; None if none ever was published."""
        return max((now - self.newest).total_seconds() / 86400, 0.0) if self.newest else None


def read_health(where: Mapping[str, str]) -> Health:
    """Looks at the names of the raw files and at the receipts of the trips.

    Args:
        where: The locations of the raw files and the trips.

    Raises:
        LakeError: Storage refused, or a receipt cannot be read.
    """
    raw = take_inventory(storage_of(where[RAW.name]), normalise(where[RAW.name]))
    book = ReceiptBook.at(where[PUBLISHED_TRIPS.location.name])
    return Health(len(raw.files), _newest(book))


def _newest(book: ReceiptBook) -> datetime | None:
    """When a month was published last for the first time, by the receipts of the first generations.

    No month came before its first receipt, so one whose present receipt is older than the newest that was found needs no look.
    """
    newest = None
    by_time = sorted(
        ((datetime.fromisoformat(entry.receipt.published_at), month, entry) for month, entry in book.all().items()),
        key=lambda found: (found[2].receipt.generation > 1, found[0]),
    )
    for published, month, entry in by_time:
        if newest and published <= newest:
            continue
        if entry.receipt.generation > 1:
            published = next(
                (datetime.fromisoformat(first.published_at) for first in book.earlier(month, [1])), published
            )
        newest = max(newest, published) if newest else published
    return newest


def unlike_before(where: Mapping[str, str], taken: Iterable[str]) -> list[str]:
    """A line for each month of this run that is unlike those before it: warnings.

    Args:
        where: The location of the trips.
        taken: The names of the files that this run was to publish.
    """
    months = {month for name in taken if (month := month_of(name))}
    receipts = {} if not months else ReceiptBook.at(where[PUBLISHED_TRIPS.location.name]).all()
    told = drifts({month: entry.receipt for month, entry in receipts.items()}, months)
    return [f"{month}: {'; '.join(lines)}" for month, lines in told.items()]
