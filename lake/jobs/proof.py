"""Is a month that was written fit to be published? Every threshold stands in `schemas.reasons`."""

from collections.abc import Mapping

from lake.intake.plan import Pending
from lake.publication.receipts import Counts
from schemas.flags import PICKUP_OUTSIDE_MONTH
from schemas.reasons import (
    MAX_BAD_SHARE,
    MAX_OUTSIDE_SHARE,
    MAX_SHRINK_SHARE,
    MIN_LINES_FOR_SHARE,
    Refusal,
    Refused,
)


def verdict(counts: Counts, sums: Mapping[str, int], pending: Pending, *, rebuild: bool) -> Refused | None:
    """Why a file must not be published; None if it may.

    Args:
        counts: Where its lines went.
        sums: Rows with each flag.
        pending: The file, with the receipt it would replace.
        rebuild: Whether the month was named to be redone, which allows it to shrink.
    """
    data = counts.published + counts.quarantined
    if not counts.adds_up:
        parts = f"{counts.header} header + {counts.blank} blank + {counts.published} published + {counts.quarantined} quarantined"
        return Refused(Refusal.ACCOUNTING, f"{counts.lines} physical lines, but {parts}; please report this")
    if data == 0:
        return Refused(Refusal.NO_DATA, "the file has no data")
    bad_share = counts.quarantined / data
    if not counts.published or (data >= MIN_LINES_FOR_SHARE and counts.quarantined > data * MAX_BAD_SHARE):
        reasons = ", ".join(f"{reason} {number:,}" for reason, number in counts.reasons.items())
        return Refused(
            Refusal.TOO_MANY_BAD_ROWS,
            f"{counts.quarantined:,} of {data:,} lines ({bad_share:.0%}) cannot be read as trips: {reasons}; "
            f"allowed are {float(MAX_BAD_SHARE):.0%}",
        )
    outside = sums.get(PICKUP_OUTSIDE_MONTH, 0)
    if outside > counts.published * MAX_OUTSIDE_SHARE:
        return Refused(
            Refusal.WRONG_MONTH,
            f"{outside:,} of {counts.published:,} pick-ups are not in {pending.file.month}; is the file under a wrong name?",
        )
    before = pending.held.receipt.counts.published if pending.held else 0
    if counts.published < before * (1 - MAX_SHRINK_SHARE) and not rebuild:
        return Refused(
            Refusal.SHRUNK,
            f"{counts.published:,} rows would replace {before:,}; if that is right: "
            f"--rebuild yes --months {pending.file.month}",
        )
    return None
