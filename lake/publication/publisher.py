"""When a month is due."""

from lake.publication.receipts import Held, Receipt
from schemas.rides import RIDES_VERSION


def is_stale(held: Held | None, trips: Receipt) -> bool:
    """Is a month not aggregated, or from other trips than are published now, or to an older contract?"""
    return held is None or held.receipt.source.etag != trips.run or held.receipt.contract_version < RIDES_VERSION
