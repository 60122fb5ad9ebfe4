"""Published trips in, published aggregates out: the whole of what the EMR job does, for each aggregate that has a place."""

from importlib import import_module
from typing import TYPE_CHECKING

from lake.engines import Engine, engine_named
from lake.errors import LakeError
from lake.jobs.options import JobOptions
from lake.jobs.outcome import Outcome
from lake.jobs.proof import aggregate_fault
from lake.jobs.run import Job
from lake.publication.publisher import Draft, Publisher, past_source, why_stale
from lake.publication.reading import read
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Counts, DataFile, Entry, Source
from lake.publication.run_folder import Contents
from lake.publication.runs import Run, new_run
from lake.terminal import say
from schemas.columns import MONTH_FOLDER
from schemas.datasets import AGGREGATES, PUBLISHED_TRIPS, Aggregate, DataSet
from schemas.trips import SOURCE_MONTH

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_COUNTED = "counted"


class AggregateJob:
    """One run over the months of one aggregate.

    Args:
        aggregate: The aggregate.
        options: The options of the job.
        run: The run.
        engine: What reads and writes.
    """

    def __init__(self, aggregate: Aggregate, options: JobOptions, run: Run, engine: Engine) -> None:
        self.aggregate = aggregate
        self.options = options
        self.engine = engine
        self.publisher = Publisher(aggregate, options.places[aggregate.location.name], run, engine)
        self.source = ReceiptBook.at(options.places[aggregate.made_from.location.name])
        self.outcome = Outcome(run.name)

        self.entries, _ = self.publisher.book.newest()
        self.due: dict[str, Entry] = {}

    def find(self, selected: dict[str, Entry]) -> int:
        """Finds the months whose source is newer.

        Args:
            selected: The receipts of the months that the run is about.

        Returns:
            The rows of their sources.
        """
        rebuild = self.options.rebuild
        for month in sorted({*self.entries, *selected}) if not rebuild else ():
            source = selected[month].receipt if month in selected else None
            fault = past_source(month, self.entries.get(month), source, self.aggregate)
            if fault and month in self.options.months:
                self.outcome.failed[month] = fault
        self.due = {
            month: source
            for month, source in selected.items()
            if month not in self.outcome.failed
            and why_stale(self.entries.get(month), source.receipt, self.aggregate, rebuild=rebuild)
        }
        self.outcome.unchanged = sorted(set(selected) - set(self.due) - set(self.outcome.failed))
        return sum(source.receipt.counts.published for source in self.due.values())

    def publish(self) -> Outcome:
        """Publishes the months that were found, in one job.

        Raises:
            LakeError: The run cannot go on; what it had published stays.
        """
        if self.due:
            self._publish()
        self.publisher.project(self.options.catalog)
        return self.outcome

    def _publish(self) -> None:
        folder = self.publisher.folder()
        with self.engine.errors(f"aggregate {self.source.root} into {folder.uri}"):
            folder.save(self._rows(), f"aggregating {len(self.due)} months")
            contents = folder.contents(self.aggregate.table, self._measures())
        files = folder.files(contents)
        folder.make_durable()
        for month, source in self.due.items():
            self._commit(month, source, self.entries.get(month), files.get(month, []), contents)

    def _rows(self) -> "DataFrame":
        """All months. Each becomes one small file, in the order of its keys."""
        from pyspark.sql import functions as F

        source = read(
            self.engine, self.aggregate.made_from, self.source.root, [entry.receipt for entry in self.due.values()]
        )
        module, _, function = self.aggregate.formula.partition(":")
        rows: DataFrame = getattr(import_module(module), function)(source)
        with_folder = rows.withColumn(MONTH_FOLDER, F.date_format(SOURCE_MONTH, "yyyy-MM"))
        return with_folder.repartition(MONTH_FOLDER).sortWithinPartitions(*self.aggregate.keys)

    def _measures(self) -> "dict[str, Column]":
        from pyspark.sql import functions as F

        return {_COUNTED: F.sum(self.aggregate.count)}

    def _commit(
        self, month: str, source: Entry, replaces: Entry | None, files: list[DataFile], contents: Contents
    ) -> None:
        """Publishes a month, if it counts every row of its source and that is still the one that was read."""
        counted = contents.sums[month][_COUNTED]
        fault = aggregate_fault(self.aggregate, counted, source, self.source.get(month))
        if fault:
            self.outcome.failed[month] = fault
            return
        counts = Counts(lines=counted, published=contents.of_month(month))
        draft = Draft(
            month,
            self.publisher.folder().attempt,
            Source.of_run(self.source.root, source.receipt),
            counts,
            files,
            replaces=replaces,
        )
        self.outcome.publish(self.publisher, draft, f"of {counted:,} trips  {self.aggregate.table.name}")


def publish_aggregates(options: JobOptions, engine: Engine | None = None) -> Outcome:
    """Publishes all months that are due, of each aggregate whose location was given.

    Args:
        options: The options of the job.
        engine: What reads and writes; None: one of its own.

    Raises:
        LakeError: A month named by itself is not published, or a run cannot go on.
    """
    run, engine = new_run(options.run), engine or engine_named(options.engine, "nyc_aggregations")
    given = [aggregate for aggregate in AGGREGATES if aggregate.location.name in options.places]
    sources = {made_from: _selected(made_from, options) for made_from in {aggregate.made_from for aggregate in given}}
    jobs = [AggregateJob(aggregate, options, run, engine) for aggregate in given]
    rows = [job.find(sources[job.aggregate.made_from]) for job in jobs]
    if any(job.due for job in jobs):
        for job in jobs:
            job.publisher.check_writable()
        engine.start(max(rows))
    outcome, *others = (job.publish() for job in jobs)
    if not any(sources.values()):
        outcome.note = f"no trips are published in {options.places[PUBLISHED_TRIPS.location.name]} yet"
    outcome.tables = {aggregate.table.name: other for aggregate, other in zip(given[1:], others, strict=True)}
    return outcome


def _selected(source: DataSet, options: JobOptions) -> dict[str, Entry]:
    """The receipts of a data set that is to be aggregated, of the months that a run is about.

    Raises:
        LakeError: A month named by itself is not published.
    """
    book = ReceiptBook.at(options.places[source.location.name])
    entries, _ = book.newest()
    missing = options.months.missing(entries)
    if missing:
        said = f"--months: no trips are published of {', '.join(missing)} in {book.root}"
        if options.fail_on_refused:
            raise LakeError(said)
        say(said)  # their files are refused, and that is told elsewhere: no reason to leave out the others
    return {month: entry for month, entry in entries.items() if month in options.months}


AGGREGATES_JOB = Job(
    publish_aggregates,
    reads=PUBLISHED_TRIPS.location,
    writes=(AGGREGATES[0].location,),
    optional=tuple(aggregate.location for aggregate in AGGREGATES[1:]),
)
