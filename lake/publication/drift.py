"""Is a month unlike those before it? By the receipts alone; what counts as unlike is declared in `schemas.drift`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction

from lake.publication.receipts import Receipt
from schemas.drift import LATE_DAYS, MIN_ROWS, MIN_STEP, MIN_WINDOW, VOLUME_FACTOR, WINDOW


def drifts(receipts: Mapping[str, Receipt], months: Iterable[str]) -> dict[str, list[str]]:
    """What is far outside of what the months before showed, by month, for people. Months that are as usual are not in it.

    Args:
        receipts: What is published, by month.
        months: The months that are asked for; those that are not published count for nothing.
    """
    usual = {month: receipt for month, receipt in sorted(receipts.items()) if receipt.counts.published >= MIN_ROWS}
    found = {}
    for month in sorted(set(months) & set(usual)):
        before = [receipt for earlier, receipt in usual.items() if earlier < month][-WINDOW:]
        if len(before) >= MIN_WINDOW and (told := _told(usual[month], before)):
            found[month] = told
    return found


def _told(receipt: Receipt, before: Sequence[Receipt]) -> list[str]:
    return [*_volume(receipt, before), *_flags(receipt, before), *_late(receipt, before)]


def _volume(receipt: Receipt, before: Sequence[Receipt]) -> list[str]:
    rows, others = receipt.counts.published, [one.counts.published for one in before]
    if min(others) / VOLUME_FACTOR <= rows <= max(others) * VOLUME_FACTOR:
        return []
    return [f"{rows:,} rows; the {len(others)} months before had {min(others):,} to {max(others):,}"]


def _flags(receipt: Receipt, before: Sequence[Receipt]) -> list[str]:
    told = []
    for flag in receipt.counts.flags:
        share, others = _share(receipt, flag), [_share(one, flag) for one in before]
        low, high = min(others), max(others)
        if max(share - high, low - share) > max(high - low, MIN_STEP):
            usual = f"{_percent(low)} to {_percent(high)}"
            told.append(f"{flag} in {_percent(share)} of the rows; in the {len(others)} months before {usual}")
    return told


def _late(receipt: Receipt, before: Sequence[Receipt]) -> list[str]:
    days = _days(receipt)
    others = [known for one in before if (known := _days(one)) is not None]
    if days is None or days <= LATE_DAYS or len(others) < MIN_WINDOW:
        return []
    in_time = sum(other <= LATE_DAYS for other in others)
    if 2 * in_time <= len(others):
        return []
    return [f"published {days:,} days after its end; {in_time} of the {len(others)} months before within {LATE_DAYS}"]


def _share(receipt: Receipt, flag: str) -> Fraction:
    return Fraction(receipt.counts.flags.get(flag, 0), receipt.counts.published)


def _days(receipt: Receipt) -> int | None:
    """How long after a month's end it was published; None if that was not the first time."""
    if receipt.generation > 1:
        return None
    year, month = int(receipt.month[:4]), int(receipt.month[5:])
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (datetime.fromisoformat(receipt.published_at) - end).days


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):.1f} %"
