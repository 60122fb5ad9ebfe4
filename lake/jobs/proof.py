"""How a month of each data set is proven before it is published. Every threshold stands in `schemas.reasons`.

Of trips: the physical lines, counted apart from Spark, must be the header and blank lines, the published rows and the
quarantined lines, each read back from what was written. Of an aggregate: its rows must count every row it was made from.
"""

from collections.abc import Mapping

from lake.intake.plan import DueFile
from lake.jobs.repeats import Repeats
from lake.publication.receipts import Counts, Entry
from schemas.datasets import Aggregate
from schemas.flags import PICKUP_OUTSIDE_MONTH
from schemas.reasons import (
    MAX_BAD_SHARE,
    MAX_OUTSIDE_SHARE,
    MAX_REPEATED_SHARE,
    MAX_REPEATED_TRIPS,
    MAX_SHRINK_SHARE,
    MIN_LINES_FOR_SHARE,
    Refusal,
    RefusalCode,
)


def trips_fault(
    counts: Counts, reasons: str, flags: Mapping[str, int], repeats: Repeats | None, due: DueFile, *, rebuild: bool
) -> Refusal | None:
    """Why a file must not be published; None if it may.

    Args:
        counts: Where its lines went.
        reasons: Why some are no trips, for people.
        flags: Rows with each flag.
        repeats: The trips that repeat an earlier one, if that was found.
        due: The file, with the receipt it would replace.
        rebuild: Whether the month was named to be redone, which allows it to shrink.
    """
    data = counts.published + counts.quarantined
    if not counts.adds_up:
        parts = f"{counts.header} header + {counts.blank} blank + {counts.published} published + {counts.quarantined} quarantined"
        return Refusal(RefusalCode.ACCOUNTING, f"{counts.lines} physical lines, but {parts}; please report this")
    if data == 0:
        return Refusal(RefusalCode.NO_DATA, "the file has no data")
    bad_share = counts.quarantined / data
    if not counts.published or (data >= MIN_LINES_FOR_SHARE and counts.quarantined > data * MAX_BAD_SHARE):
        return Refusal(
            RefusalCode.TOO_MANY_BAD_ROWS,
            f"{counts.quarantined:,} of {data:,} lines ({bad_share:.0%}) cannot be read as trips, "
            f"allowed are {float(MAX_BAD_SHARE):.0%}: {reasons}",
        )
    outside = flags.get(PICKUP_OUTSIDE_MONTH, 0)
    if outside > counts.published * MAX_OUTSIDE_SHARE:
        return Refusal(
            RefusalCode.WRONG_MONTH,
            f"{outside:,} of {counts.published:,} pick-ups are not in {due.file.month}; is the file under a wrong name?",
        )
    allowed = max(MAX_REPEATED_TRIPS, int(counts.published * MAX_REPEATED_SHARE))
    if repeats and repeats.trips > allowed:
        return Refusal(
            RefusalCode.REPEATED_TRIPS,
            f"{repeats.trips:,} of {counts.published:,} trips repeat an earlier one exactly; the one picked up at "
            f"{repeats.example} is there {repeats.times:,} times; was the file appended to itself? Fetch it again",
        )
    before = due.replaces.receipt.counts.published if due.replaces else 0
    if counts.published < before * (1 - MAX_SHRINK_SHARE) and not rebuild:
        return Refusal(
            RefusalCode.SHRUNK,
            f"{counts.published:,} rows would replace {before:,}; if that is right: "
            f"--rebuild yes --months {due.file.month}",
        )
    return None


def aggregate_fault(aggregate: Aggregate, counted: int, source: Entry, now: Entry | None) -> str | None:
    """Why a month of an aggregate must not be published; None if it may.

    Args:
        aggregate: The aggregate.
        counted: What its rows count.
        source: The receipt of the month that it was made from.
        now: That month's receipt as it is now.
    """
    rows = source.receipt.counts.published
    if counted != rows:
        return f"{rows:,} trips are published, but {counted:,} were counted by {aggregate.table.name}; please report"
    if now is None or now.token != source.token:
        return "the trips were published again while they were aggregated; start again"
    return None
