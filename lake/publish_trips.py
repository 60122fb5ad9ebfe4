"""Raw files in, published trips out: the whole of what the Glue job does.

Nothing is published that is not proven: a month's physical lines, counted apart from Spark, must be its header and blank
lines, its published rows and its quarantined lines, each read back from what was written.
"""

import threading
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from lake.catalog import sync_trips
from lake.errors import LostRace
from lake.options import JobOptions
from lake.outcome import Outcome
from lake.plan import Plan, is_same, make_plan
from lake.receipts import Counts, DataFile, Receipt, ReceiptBook, RefusedBook, RefusedRecord, Source
from lake.recognition import look_into
from lake.runs import Run, files_by_month, new_run, run_folder
from lake.session import spark_session
from lake.storage import storage_of
from lake.trips_frames import Known
from lake.trips_writer import CHANGED, TripsWriter, Written
from lake.verdict import verdict
from lake.version import code_version
from schemas.flags import ANY_FLAG, FLAGS
from schemas.reasons import Refusal, Refused
from schemas.trips import CONTRACT_VERSION

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


# Refusals that may be over by the next run though the file's bytes are the same: rights, a network, a fault of ours.
PASSING = (Refusal.CHANGED_WHILE_READ, Refusal.UNREADABLE, Refusal.ACCOUNTING)


class TripsPublisher:
    """One run over a raw folder."""

    def __init__(self, options: JobOptions) -> None:
        self.options = options
        self.run: Run = new_run(options.run)
        self.raw_root, self.root, self.quarantine_root = (
            options.locations[name] for name in ("raw", "transformed", "quarantine")
        )
        self.raw, self.storage, self.quarantine = (
            storage_of(root) for root in (self.raw_root, self.root, self.quarantine_root)
        )
        self.book = ReceiptBook(self.storage, self.root)
        self.refusals = RefusedBook(self.storage, self.root)
        self.outcome = Outcome(self.run.name)
        self.etags: dict[str, str] = {}
        self.rows = 0

    @cached_property
    def spark(self) -> "SparkSession":
        """The session, started when it is first needed: a run with nothing to do starts none."""
        return spark_session("nyc_raw_to_transform", rows=self.rows)

    def publish(self) -> Outcome:
        """Publishes what is pending.

        Raises:
            LakeError: The run cannot go on; what it had published stays.
        """
        plan = make_plan(
            self.raw, self.raw_root, self.book, self.refusals, self.options.months, rebuild=self.options.rebuild
        )
        self._note(plan)
        if plan.pending:  # Spark takes seconds to start, in which the files can be looked into
            threading.Thread(target=lambda: self.spark, daemon=True).start()
        known, refused = look_into(self.raw, list(plan.pending.values()), lambda: self.spark)
        for name, refusal in refused.items():
            self.refuse(name, refusal)
        if known:
            self._publish(known)
        for name in self.refusals.all():
            if name not in self.outcome.refused and self._is_settled(name, plan):
                self.refusals.remove(name)
        if self.options.catalog:
            sync_trips(self.options.catalog, self.root, self.quarantine_root, self.book.all())
        return self.outcome

    def refuse(self, name: str, refused: Refused) -> None:
        """Refuses a file, and notes it so that it is not read again before it changes."""
        self.outcome.refused[name] = refused
        if refused.code not in PASSING:
            self.refusals.write(
                RefusedRecord(name, self.etags.get(name, ""), refused.code, refused.message, code_version())
            )

    def _note(self, plan: Plan) -> None:
        self.etags = {pending.file.name: pending.etag for pending in plan.pending.values()}
        self.rows = plan.rows
        self.etags.update({name: etag for name, (etag, _) in plan.refused.items()})
        self.outcome.unchanged = plan.unchanged
        self.outcome.foreign = list(plan.inventory.foreign)
        self.outcome.superseded = [name for file in plan.inventory.files.values() for name in file.superseded]
        for name, (_, refused) in plan.refused.items():
            self.refuse(name, refused)

    def _is_settled(self, name: str, plan: Plan) -> bool:
        """Is a noted refusal out of date: the file gone, or its month published?"""
        present = {file.name: month for month, file in plan.inventory.files.items()}
        return name not in present or present[name] in (*self.outcome.published, *plan.unchanged)

    def _publish(self, known: list[Known]) -> None:
        writer = TripsWriter(
            self.spark, self.run, self.raw, self.storage, self.root, self.quarantine, self.quarantine_root, self.refuse
        )
        written = writer.write(known)
        files = files_by_month(self.storage, self.root, written.part, written.trips.rows)
        quarantined = files_by_month(self.quarantine, self.quarantine_root, written.part, written.quarantine.rows)
        self.storage.make_durable(run_folder(self.root, written.part))
        self.quarantine.make_durable(run_folder(self.quarantine_root, written.part))
        for one in sorted(known, key=lambda one: one.month):
            if one.pending.file.name in self.outcome.refused:
                continue
            counts = self._counts(one, written)
            if is_same(one.pending.file.stored, self.raw.head(one.uri)):
                refused = verdict(counts, written.trips.sums[one.month], one.pending, rebuild=self.options.rebuild)
            else:
                refused = Refused(Refusal.CHANGED_WHILE_READ, CHANGED)
            if refused:
                self.refuse(one.pending.file.name, refused)
            else:
                self._commit(one, written.part, counts, files.get(one.month, []), quarantined.get(one.month, []))

    def _commit(
        self, one: Known, part: str, counts: Counts, files: list[DataFile], quarantined: list[DataFile]
    ) -> None:
        """Puts the month's receipt, and says so. A lost race is the month's failure, not the run's."""
        self.run.check_age()
        held, file = one.pending.held, one.pending.file
        receipt = Receipt(
            month=one.month,
            run=part,
            generation=held.receipt.generation + 1 if held else 1,
            previous={"run": held.receipt.run, "etag": held.token} if held else None,
            contract_version=CONTRACT_VERSION,
            code_version=code_version(),
            published_at=datetime.now(UTC).isoformat(timespec="seconds"),
            source=Source(file.stored.uri, one.pending.etag, file.stored.size, one.layout, file.superseded),
            files=tuple(files),
            counts=counts,
            quarantine_files=tuple(quarantined),
        )
        try:
            self.book.publish(receipt, held.token if held else None)
        except LostRace as lost:
            self._lose(receipt, lost)
            return
        self.outcome.say_published(receipt, f"{file.name} ({one.layout})")

    def _lose(self, receipt: Receipt, lost: LostRace) -> None:
        """Another run published the month first: from the same bytes with the same code, that is as good as ours."""
        winner = Receipt.from_json(lost.body, self.book.uri(receipt.month))
        same = (winner.source.etag, winner.code_version) == (receipt.source.etag, receipt.code_version)
        if same or (winner.previous or {}).get("run") == receipt.run:
            self.outcome.unchanged.append(receipt.month)
        else:
            cause = f"run {winner.run} published the month while {receipt.run} worked on it; start again"
            self.outcome.failed[receipt.month] = cause

    def _counts(self, one: Known, written: Written) -> Counts:
        odd = written.odd.get(one.pending.file.name)
        header, blank = (odd.header, odd.blank) if odd else (1, one.leading_lines - 1) if one.csv else (0, 0)
        return Counts(
            lines=one.lines,
            header=header,
            blank=blank,
            published=written.trips.of_month(one.month),
            quarantined=written.quarantine.of_month(one.month),
            reasons=dict(sorted(odd.reasons.items())) if odd else {},
            flags={flag.name: written.trips.sums[one.month][flag.name] for flag in (*FLAGS, ANY_FLAG)},
        )


def publish_trips(options: JobOptions) -> Outcome:
    """Publishes the trips of all raw files that are pending. See `TripsPublisher.publish`."""
    return TripsPublisher(options).publish()
