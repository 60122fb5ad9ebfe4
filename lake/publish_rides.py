"""Published trips in, published aggregates out: the whole of what the EMR job does."""

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from lake.catalog import sync_rides
from lake.errors import LakeError, LostRace
from lake.failures import spark_errors
from lake.manifest import write_manifest
from lake.options import JobOptions, say
from lake.outcome import Outcome
from lake.progress import progress
from lake.read_back import ReadBack, read_back
from lake.reader import read_trips
from lake.receipts import Counts, DataFile, Held, Receipt, ReceiptBook, Source
from lake.runs import files_by_month, new_run, run_folder
from lake.session import spark_session
from lake.storage import spark_path, storage_of
from lake.version import code_version
from schemas.columns import MONTH_FOLDER
from schemas.rides import RIDE_COUNT, RIDE_KEYS, RIDES, RIDES_VERSION
from schemas.trips import SOURCE_MONTH

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_RIDES = "rides"


class RidesPublisher:
    """One run over the published trips."""

    def __init__(self, options: JobOptions) -> None:
        self.options = options
        self.run = new_run(options.run)
        self.trips_root, self.root = (options.locations[name] for name in ("transformed", "aggregates"))
        self.storage = storage_of(self.root)
        self.trips = ReceiptBook(storage_of(self.trips_root), self.trips_root)
        self.book = ReceiptBook(self.storage, self.root)
        self.outcome = Outcome(self.run.name)
        self.rows = 0

    @cached_property
    def spark(self) -> "SparkSession":
        """The session, started when it is first needed."""
        return spark_session("nyc_aggregations", rows=self.rows)

    def publish(self) -> Outcome:
        """Publishes the aggregates of months whose trips are newer, in one job.

        Raises:
            LakeError: The run cannot go on; what it had published stays.
        """
        held = self.book.all()
        trips = self.trips.all()
        missing = self.options.months.missing(trips)
        if missing:
            said = f"--months: no trips are published of {', '.join(missing)} in {self.trips_root}"
            if self.options.fail_on_refused:
                raise LakeError(said)
            say(said)  # their files are refused, and that is told elsewhere: no reason to leave out the others
        selected = {month: one for month, one in trips.items() if month in self.options.months}
        pending = {
            month: one
            for month, one in selected.items()
            if self.options.rebuild or is_stale(held.get(month), one.receipt)
        }
        self.outcome.unchanged = sorted(set(selected) - set(pending))
        self.rows = sum(one.receipt.counts.published for one in pending.values())
        if pending:
            self._publish(pending, held)
        write_manifest(self.storage, self.book)
        if self.options.catalog:
            sync_rides(self.options.catalog, self.root, self.book.all())
        return self.outcome

    def _publish(self, pending: dict[str, Held], held: dict[str, Held]) -> None:
        written = self._write(pending)
        files = files_by_month(self.storage, self.root, self.run.name, written.rows)
        self.storage.make_durable(run_folder(self.root, self.run.name))
        for month, source in pending.items():
            self._commit(month, source, held.get(month), files.get(month, []), written)

    def _write(self, pending: dict[str, Held]) -> ReadBack:
        """One job for all months. Each month is one small file, in the order of its keys."""
        folder = run_folder(self.root, self.run.name)
        with spark_errors(f"aggregate {self.trips_root} into {folder}"):
            return self._written(pending, folder)

    def _written(self, pending: dict[str, Held], folder: str) -> ReadBack:
        from pyspark.sql import functions as F

        from transforms.rides import rides_by_month

        trips = read_trips(self.spark, self.trips_root, [one.receipt for one in pending.values()])
        rides = rides_by_month(trips).withColumn(MONTH_FOLDER, F.date_format(SOURCE_MONTH, "yyyy-MM"))
        ordered = rides.repartition(MONTH_FOLDER).sortWithinPartitions(*RIDE_KEYS)
        with progress(self.spark.sparkContext, f"aggregating {len(pending)} months"):
            ordered.write.mode("error").partitionBy(MONTH_FOLDER).parquet(spark_path(folder, glob=False))
            return read_back(self.spark, self.storage, folder, RIDES, {_RIDES: F.sum(RIDE_COUNT)})

    def _commit(self, month: str, source: Held, held: Held | None, files: list[DataFile], written: ReadBack) -> None:
        """Puts the month's receipt, if it counts every trip and the trips are still those that were read."""
        self.run.check_age()
        trips, rides = source.receipt.counts.published, written.sums[month][_RIDES]
        if rides != trips:
            self.outcome.failed[month] = (
                f"{trips:,} trips are published, but {rides:,} rides were counted; please report"
            )
            return
        now = self.trips.get(month)
        if now is None or now.token != source.token:
            self.outcome.failed[month] = "the trips were published anew while they were aggregated; start again"
            return
        receipt = Receipt(
            month=month,
            run=self.run.name,
            generation=held.receipt.generation + 1 if held else 1,
            previous={"run": held.receipt.run, "etag": held.token} if held else None,
            contract_version=RIDES_VERSION,
            code_version=code_version(),
            published_at=datetime.now(UTC).isoformat(timespec="seconds"),
            source=Source(self.trips_root, source.receipt.run, generation=source.receipt.generation),
            files=tuple(files),
            counts=Counts(lines=trips, published=written.of_month(month)),
        )
        try:
            self.book.publish(receipt, held.token if held else None)
        except LostRace as lost:
            self._lose(receipt, lost)
            return
        self.outcome.say_published(receipt, f"of {trips:,} trips")

    def _lose(self, receipt: Receipt, lost: LostRace) -> None:
        """Another run published the month first: of the same trips with the same code, that is as good as ours."""
        winner = Receipt.from_json(lost.body, self.book.uri(receipt.month))
        same = (winner.source, winner.code_version) == (receipt.source, receipt.code_version)
        if same or (winner.previous or {}).get("run") == receipt.run:
            self.outcome.unchanged.append(receipt.month)
        else:
            cause = f"run {winner.run} published the month while {receipt.run} worked on it; start again"
            self.outcome.failed[receipt.month] = cause


def is_stale(held: Held | None, trips: Receipt) -> bool:
    """Is a month not aggregated, or from other trips than are published now, or to an older contract?"""
    return held is None or held.receipt.source.etag != trips.run or held.receipt.contract_version < RIDES_VERSION


def publish_rides(options: JobOptions) -> Outcome:
    """Publishes the aggregates of all months that are pending. See `RidesPublisher.publish`."""
    return RidesPublisher(options).publish()
