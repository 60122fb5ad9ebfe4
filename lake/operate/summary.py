"""What `make run` ends with: one table of all that is published, from the receipts."""

from collections import Counter
from collections.abc import Iterator

from lake.engines import SPARK, engine_named
from lake.operate.status import Lake
from lake.publication.reading import read
from lake.publication.receipt_book import ReceiptBook
from schemas.datasets import PUBLISHED, RIDES_BY_MONTH
from schemas.flags import ANY_FLAG
from schemas.rides import RIDE_COUNT, TOTAL_FARE_AMOUNT
from schemas.trips import PAYMENT_TYPE, PU_LOCATION_ID, TRIP_TYPE

LARGEST = 5


def summary_lines(lake: Lake, engine: str = SPARK) -> Iterator[str]:
    """The months with their counts, the reasons, the largest groups and where the files lie. At most 80 columns.

    Args:
        lake: The data sets.
        engine: The name of the engine that sums up.
    """
    receipts = [entry.receipt for entry in lake.trips.all().values()]
    yield f"{'month':8}{'layout':8}{'lines':>10}{'header':>8}{'blank':>7}{'published':>11}{'quarantined':>13}{'flagged':>9}"
    for receipt in receipts:
        counts = receipt.counts
        yield (
            f"{receipt.month:8}{receipt.source.layout:8}{counts.lines:>10,}{counts.header:>8,}{counts.blank:>7,}"
            f"{counts.published:>11,}{counts.quarantined:>13,}{counts.flags.get(ANY_FLAG.name, 0):>9,}"
        )
    totals = [receipt.counts for receipt in receipts]
    yield (
        f"{len(receipts):<3} months     {sum(c.lines for c in totals):>10,}{sum(c.header for c in totals):>8,}"
        f"{sum(c.blank for c in totals):>7,}{sum(c.published for c in totals):>11,}"
        f"{sum(c.quarantined for c in totals):>13,}{sum(c.flags.get(ANY_FLAG.name, 0) for c in totals):>9,}"
    )
    reasons = Counter[str]()
    for counts in totals:
        reasons.update(counts.reasons)
    if reasons:
        yield ""
        yield "in quarantine, by reason (a line may have several)"
        yield from (f"  {reason:18}{number:>8,}" for reason, number in reasons.most_common())
    if rides := lake.book(RIDES_BY_MONTH):
        yield ""
        yield from _largest_groups(rides, engine)
    yield ""
    for data_set in PUBLISHED:
        if root := lake.root(data_set):
            yield f"{data_set.location.name:11}  {root}"
    yield f"the files that are published now: python -m lake files --transformed {lake.trips.root}"


def _largest_groups(book: ReceiptBook, name: str) -> Iterator[str]:
    """The largest groups over all months, by fare."""
    from pyspark.sql import functions as F

    keys = (PU_LOCATION_ID, TRIP_TYPE, PAYMENT_TYPE)
    engine = engine_named(name, "lake summary", rows=0)  # next to none: about a thousand a month
    rides = read(engine, RIDES_BY_MONTH, book.root, [entry.receipt for entry in book.all().values()])
    sums = rides.groupBy(*keys).agg(F.sum(RIDE_COUNT).alias("rides"), F.sum(TOTAL_FARE_AMOUNT).alias("fare"))
    yield f"largest groups   {'zone':>6}{'trip type':>11}{'payment':>9}{'rides':>9}{'fare':>14}"
    for zone, trip_type, payment, count, fare in sums.sort(F.desc("fare"), *keys).take(LARGEST):
        shown = ["-" if key is None else str(key) for key in (zone, trip_type, payment)]
        yield f"{'':17}{shown[0]:>6}{shown[1]:>11}{shown[2]:>9}{count:>9,}{fare:>14,}"
