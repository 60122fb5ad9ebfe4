"""What is published, pending and refused; and whether a month is what its receipt says."""

from collections.abc import Iterator
from dataclasses import dataclass

from lake.errors import LakeError
from lake.failures import cause_of, printable
from lake.months import EVERY_MONTH, Selection
from lake.plan import Plan, make_plan
from lake.publish_rides import is_stale
from lake.receipts import Held, ReceiptBook, RefusedBook
from lake.storage import join, storage_of
from lake.version import code_version


@dataclass(frozen=True)
class Lake:
    """The data sets that a command is about; those that were not given are None."""

    transformed: str
    raw: str | None = None
    quarantine: str | None = None
    aggregates: str | None = None

    @property
    def trips(self) -> ReceiptBook:
        """The receipts of the trips."""
        return ReceiptBook(storage_of(self.transformed), self.transformed)

    @property
    def rides(self) -> ReceiptBook | None:
        """The receipts of the aggregates."""
        return ReceiptBook(storage_of(self.aggregates), self.aggregates) if self.aggregates else None

    def plan(self) -> Plan | None:
        """What a job would find to do now."""
        if self.raw is None:
            return None
        refusals = RefusedBook(storage_of(self.transformed), self.transformed)
        return make_plan(storage_of(self.raw), self.raw, self.trips, refusals, EVERY_MONTH, rebuild=False)


def status_lines(lake: Lake) -> Iterator[str]:
    """One line a month, and one a refused file."""
    held, plan = lake.trips.all(), lake.plan()
    rides = lake.rides.all() if lake.rides else None
    for month in sorted({*held, *(plan.pending if plan else ())}):
        yield _month_line(month, held.get(month), plan, rides)
    refused = plan.refused if plan else {}
    for name, (_, why) in sorted(refused.items()):
        yield f"{printable(name)}: refused, {why.code}: {printable(why.message)}"
    if not held and not (plan and (plan.pending or refused)):
        yield "nothing is published, and nothing is there to be"


def _month_line(month: str, held: Held | None, plan: Plan | None, rides: dict[str, Held] | None) -> str:
    if held is None:
        return f"{month}  pending: new"
    receipt, notes = held.receipt, []
    if plan and month in plan.pending:
        notes.append(f"pending: {plan.pending[month].why}")
    if plan and month in plan.gone:
        notes.append("raw file gone")
    if receipt.code_version != code_version():
        notes.append("made by other code")
    if rides is not None and is_stale(rides.get(month), receipt):
        notes.append("aggregates older")
    counts = receipt.counts
    aside = f"{counts.quarantined:,} quarantined  " if counts.quarantined else ""
    line = f"{month}  {counts.published:>10,} rows  {aside}{receipt.source.layout}  generation {receipt.generation}"
    return "  ".join([line, *notes])


def current_files(book: ReceiptBook, months: Selection) -> Iterator[str]:
    """The files that are published now, whole paths, for DuckDB, pandas and others.

    Raises:
        LakeError: A month named by itself is not published.
    """
    held = book.all()
    missing = months.missing(held)
    if missing:
        raise LakeError(f"{', '.join(missing)} is not published in {book.root}")
    for month, one in held.items():
        if month in months:
            yield from (join(book.root, file.path) for file in one.receipt.files)


def differences(root: str, held: Held, *, quarantine: bool = False) -> list[str]:
    """How the files of a month differ from its receipt: missing, of another size, or unlisted. Rows: `row_differences`."""
    storage = storage_of(root)
    listed = {
        join(root, file.path): file for file in (held.receipt.quarantine_files if quarantine else held.receipt.files)
    }
    found = {
        stored.uri: stored
        for folder in {uri.rpartition("/")[0] for uri in listed}
        for stored in storage.list_folder(folder)
        if not stored.name.startswith(".")
    }
    problems = [f"{uri} is missing" for uri in listed if uri not in found]
    problems += [f"{uri} is in no receipt" for uri in found if uri not in listed]
    problems += [
        f"{uri} has {found[uri].size:,} bytes, the receipt says {file.size:,}"
        for uri, file in listed.items()
        if uri in found and found[uri].size != file.size
    ]
    return problems


def row_differences(root: str, held: Held) -> list[str]:
    """How the rows that the files of a month hold, by their footers, differ from its receipt. Starts Spark."""
    from lake.recognition import footer_rows
    from lake.session import spark_session
    from lake.storage import spark_path

    spark = spark_session("lake verify", rows=0)  # it reads footers only
    problems = []
    for file in held.receipt.files:
        try:
            rows = footer_rows(spark, spark_path(join(root, file.path), glob=False))
        except Exception as error:  # whatever Spark or py4j raise
            problems.append(f"{join(root, file.path)} cannot be read: {cause_of(error)}")
            continue
        if rows != file.rows:
            problems.append(f"{join(root, file.path)} has {rows:,} rows, the receipt says {file.rows:,}")
    total = sum(file.rows for file in held.receipt.files)
    if total != held.receipt.counts.published:
        problems.append(
            f"{held.receipt.month}: the files have {total:,} rows, counted are {held.receipt.counts.published:,}"
        )
    return problems
