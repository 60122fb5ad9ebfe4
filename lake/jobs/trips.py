"""Raw files in, published trips out: the whole of what the Glue job does.

Nothing is published that is not proven: see `lake.jobs.proof`.
"""

from collections.abc import Mapping

from lake.engines import Engine, engine_named
from lake.errors import StorageError
from lake.intake.identity import Identity
from lake.intake.inspection import SourceFile, look_into
from lake.intake.plan import Plan, is_same, make_plan
from lake.intake.refusals import RefusalNote, RefusalNotes
from lake.jobs.options import JobOptions
from lake.jobs.outcome import Outcome
from lake.jobs.proof import trips_fault
from lake.jobs.run import Job
from lake.jobs.trips_writer import CHANGED, Attempt, TripsWriter
from lake.publication.drift import drifts
from lake.publication.publisher import Draft, Publisher
from lake.publication.receipts import Counts, DataFile, Source
from lake.publication.runs import new_run
from lake.storage import storage_of
from lake.version import code_version
from schemas.datasets import PUBLISHED_TRIPS, QUARANTINED_LINES, RAW
from schemas.flags import ANY_FLAG, FLAGS
from schemas.reasons import Refusal, RefusalCode

# Never noted, so tried again every night: the bytes are new, the fault is ours, or another engine reads the file. What could not
# be opened (UNREADABLE) is noted, and due again once it opens: `lake.intake.plan`.
PASSING = (RefusalCode.CHANGED_WHILE_READ, RefusalCode.ACCOUNTING, RefusalCode.ENGINE)


class TripsJob:
    """One run over a raw folder.

    Args:
        options: The options of the job.
        engine: What reads and writes.
    """

    def __init__(self, options: JobOptions, engine: Engine) -> None:
        self.options = options
        self.engine = engine
        run = new_run(options.run)
        self.raw_root, root, rejects_root = (options.places[location.name] for location in TRIPS_JOB.required)
        self.raw = storage_of(self.raw_root)
        self.trips = Publisher(PUBLISHED_TRIPS, root, run, self.engine, rejects_root)
        self.notes = RefusalNotes.of(self.trips.book)
        self.outcome = Outcome(run.name)
        self.etags: dict[str, str] = {}
        self.identities: Mapping[str, Identity] = {}

    def publish(self) -> Outcome:
        """Publishes what is due.

        Raises:
            UsageError: Nothing in the raw folder could be a month.
            LakeError: The run cannot go on; what it had published stays.
        """
        plan = make_plan(self.raw_root, self.trips.book.root, self.options.months, rebuild=self.options.rebuild)
        plan.check_barren()
        self._tell(plan)
        if plan.due:
            self.trips.check_writable()
            self.engine.start(plan.rows)  # which takes seconds, in which the files can be looked into
        files, refused = look_into(self.raw, list(plan.due.values()))
        self._refuse(refused)
        if files:
            self._publish(files)
            known = {month: entry.receipt for month, entry in plan.receipts.items()} | self.outcome.published
            self.outcome.warnings = drifts(known, self.outcome.published)
        for name in plan.notes:
            if name not in self.outcome.refused and self._is_settled(name, plan):
                self.notes.remove(name)
        self.trips.project(self.options.catalog)
        return self.outcome

    def _tell(self, plan: Plan) -> None:
        """Puts into the outcome what the plan says already."""
        self.etags = {due.file.name: due.etag for due in plan.due.values()}
        self.etags.update({name: etag for name, (etag, _) in plan.refused.items()})
        self.identities = plan.identities
        self.outcome.unchanged = plan.unchanged
        self.outcome.note = plan.cleared
        self.outcome.foreign = list(plan.inventory.foreign)
        self.outcome.superseded = [name for file in plan.inventory.files.values() for name in file.superseded]
        refused = {name: refusal for name, (_, refusal) in plan.refused.items()}
        self.outcome.refused.update(refused)
        # A file that the plan itself could not read needs no note: it costs no run.
        self._note({name: refusal for name, refusal in refused.items() if refusal.code != RefusalCode.UNREADABLE})

    def _refuse(self, refused: dict[str, Refusal]) -> None:
        """Refuses files, by name, and notes it so that they are not read again before they change."""
        self.outcome.refused.update(refused)
        self._note(refused)

    def _note(self, refused: dict[str, Refusal]) -> None:
        for name, refusal in refused.items():
            if refusal.code not in PASSING:
                etag, identity = self.etags.get(name, ""), self.identities.get(name)
                known = identity if identity and identity.etag == etag else None
                self.notes.write(
                    RefusalNote(name, etag, refusal.code, refusal.message, code_version(), _checksum(known))
                )

    def _is_settled(self, name: str, plan: Plan) -> bool:
        """Is a noted refusal out of date: the file gone, or its month published?"""
        present = {file.name: month for month, file in plan.inventory.files.items()}
        return name not in present or present[name] in (*self.outcome.published, *plan.unchanged)

    def _publish(self, files: list[SourceFile]) -> None:
        attempt = TripsWriter(self.engine, self.raw, self.trips).write(files)
        self._refuse(attempt.refused)
        published, quarantined = attempt.folder.files(attempt.trips), attempt.rejects.files(attempt.quarantine)
        attempt.folder.make_durable()
        attempt.rejects.make_durable()
        for file in sorted(files, key=lambda file: file.month):
            if file.due.file.name in attempt.refused:
                continue
            counts = trips_counts(file, attempt)
            refusal = self._fault(file, counts, attempt)
            if refusal:
                self._refuse({file.due.file.name: refusal})
            else:
                self._commit(file, attempt, counts, published.get(file.month, []), quarantined.get(file.month, []))

    def _fault(self, file: SourceFile, counts: Counts, attempt: Attempt) -> Refusal | None:
        """Why a file must not be published; None if it may."""
        if not is_same(file.due.file.info, self.raw.head(file.uri)):
            return Refusal(RefusalCode.CHANGED_WHILE_READ, CHANGED)
        flags, repeats = attempt.trips.sums[file.month], attempt.repeats.get(file.month)
        return trips_fault(counts, _reasons(file, attempt), flags, repeats, file.due, rebuild=self.options.rebuild)

    def _commit(
        self, file: SourceFile, attempt: Attempt, counts: Counts, published: list[DataFile], quarantined: list[DataFile]
    ) -> None:
        """Publishes a month that is proven."""
        raw = file.due.file
        checksum = _checksum(file.due.identity)
        source = Source.of_file(raw.info, file.due.etag, file.layout, raw.superseded, checksum)
        draft = Draft(
            file.month, attempt.folder.attempt, source, counts, published, quarantined, replaces=file.due.replaces
        )
        reasons = f": {told}" if (told := _reasons(file, attempt)) else ""
        self.outcome.publish(self.trips, draft, f"{raw.name} ({file.layout}){reasons}")


def _checksum(identity: Identity | None) -> str:
    """What is kept beside an ETag. It only saves work later: one that cannot be had is left out."""
    try:
        return identity.checksum if identity else ""
    except StorageError:
        return ""


def _reasons(file: SourceFile, attempt: Attempt) -> str:
    """Why lines of a file are no trips, and where that is met first, for people; empty if there are none."""
    careful = attempt.careful.get(file.due.file.name)
    return careful.told if careful else ""


def trips_counts(file: SourceFile, attempt: Attempt) -> Counts:
    """Where the lines of a file went."""
    careful = attempt.careful.get(file.due.file.name)
    leading = (1, file.leading_lines - 1) if file.csv else (0, 0)
    header, blank = (careful.header, careful.blank) if careful else leading
    return Counts(
        lines=file.lines,
        header=header,
        blank=blank,
        published=attempt.trips.of_month(file.month),
        quarantined=attempt.quarantine.of_month(file.month),
        reasons=dict(sorted(careful.reasons.items())) if careful else {},
        flags={flag.name: attempt.trips.sums[file.month][flag.name] for flag in (*FLAGS, ANY_FLAG)},
    )


def publish_trips(options: JobOptions, engine: Engine | None = None) -> Outcome:
    """Publishes the trips of all raw files that are due. See `TripsJob.publish`.

    Args:
        options: The options of the job.
        engine: What reads and writes; None: one of its own.
    """
    return TripsJob(options, engine or engine_named(options.engine, "nyc_raw_to_transform")).publish()


TRIPS_JOB = Job(publish_trips, reads=RAW, writes=(PUBLISHED_TRIPS.location, QUARANTINED_LINES.location))
