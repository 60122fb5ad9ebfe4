"""What is published, due and refused. Starts no Spark."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lake.intake.plan import Plan, make_plan
from lake.intake.refusals import refusal_line
from lake.months import Selection
from lake.publication.publisher import why_stale
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Entry
from lake.storage import join
from lake.version import code_version
from schemas.datasets import AGGREGATES, PUBLISHED_TRIPS, RAW, Aggregate, DataSet


@dataclass(frozen=True)
class Lake:
    """The parts of a lake that a command is about.

    Attributes:
        places: Where they lie, by the names of their locations; those that were not given are not in it.
    """

    places: Mapping[str, str]

    def root(self, data_set: DataSet) -> str | None:
        """Where a data set lies; None if that was not given."""
        return self.places.get(data_set.location.name)

    def book(self, data_set: DataSet) -> ReceiptBook | None:
        """The receipts of a data set; None if its place was not given."""
        root = self.root(data_set)
        return ReceiptBook.at(root) if root else None

    @property
    def trips(self) -> ReceiptBook:
        """The receipts of the trips, whose place is always given."""
        return ReceiptBook.at(self.places[PUBLISHED_TRIPS.location.name])

    @property
    def aggregates(self) -> list[tuple[Aggregate, ReceiptBook]]:
        """The aggregates whose places were given, with their receipts."""
        return [(aggregate, book) for aggregate in AGGREGATES if (book := self.book(aggregate))]

    def plan(self) -> Plan | None:
        """What a job would find to do now; None if the raw folder was not given."""
        raw = self.places.get(RAW.name)
        return make_plan(raw, self.trips.root) if raw else None


def status_lines(lake: Lake, plan: Plan | None) -> Iterator[str]:
    """One line a month, and one a refused file.

    Args:
        lake: The data sets.
        plan: What `lake.plan` gave.
    """
    entries = lake.trips.all()
    aggregates = [(aggregate, book.all()) for aggregate, book in lake.aggregates]
    for month in sorted({*entries, *(plan.due if plan else ())}):
        yield _month_line(month, entries.get(month), plan, aggregates)
    refused = plan.refused if plan else {}
    for name, (_, why) in sorted(refused.items()):
        yield refusal_line(name, why)
    if not entries and not (plan and (plan.due or refused)):
        yield "nothing is published" + ("" if plan else "; --raw shows what is pending")


def _month_line(
    month: str, entry: Entry | None, plan: Plan | None, aggregates: list[tuple[Aggregate, dict[str, Entry]]]
) -> str:
    if entry is None:
        return f"{month}  pending: new"
    receipt, notes = entry.receipt, []
    if plan and month in plan.due:
        notes.append(f"pending: {plan.due[month].why}")
    if receipt.roll_back:
        held = plan.held.get(month) if plan else None
        until = f": {held} is held back until it changes or --rebuild yes" if held else ""
        notes.append(f"rolled back to generation {receipt.roll_back.generation}{until}")
    if plan and month in plan.gone:
        notes.append("raw file gone")
    if receipt.contract_version > PUBLISHED_TRIPS.version:
        notes.append("made to a newer contract than this code's")
    if receipt.code_version != code_version():
        notes.append("made by other code")
    for aggregate, entries in aggregates:
        if why_stale(entries.get(month), receipt, aggregate):
            notes.append(f"{aggregate.location.name} older")
    counts = receipt.counts
    aside = f"{counts.quarantined:,} quarantined  " if counts.quarantined else ""
    line = f"{month}  {counts.published:>10,} rows  {aside}{receipt.source.layout}  generation {receipt.generation}"
    return "  ".join([line, *notes])


def current_files(book: ReceiptBook, months: Selection) -> Iterator[str]:
    """The files that are published now, whole paths, for DuckDB, pandas and others.

    Raises:
        LakeError: A month named by itself is not published.
    """
    for entry in book.selected(months).values():
        yield from (join(book.root, file.path) for file in entry.receipt.files)
