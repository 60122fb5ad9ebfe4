"""Writes the trips of a run: all files in one job, and a second look only where it is needed."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lake.engines import Engine
from lake.errors import LakeError, OutputRefused, StorageError
from lake.intake.inspection import SourceFile
from lake.intake.plan import is_same
from lake.jobs.careful import CarefulCounts, count_careful, quarantine_rows
from lake.jobs.groups import Group, check_strict, files_of, in_batches, in_groups, split_strict, union
from lake.jobs.repeats import Repeats, find_repeats
from lake.publication.publisher import Publisher
from lake.publication.run_folder import Contents, RunFolder
from lake.spark_errors import cause_of
from lake.storage import Storage
from schemas.contract import TRIPS
from schemas.flags import ANY_FLAG, FLAGS
from schemas.quarantine import QUARANTINE
from schemas.reasons import Refusal, RefusalCode
from transforms.csv_lines import careful_trips
from transforms.quarantine import in_order

CHANGED = "the file was replaced or removed while it was read; the next run takes it"


@dataclass
class Attempt:
    """What was written, in folders of its own.

    Attributes:
        folder: The folder of the trips.
        rejects: The folder of the quarantine.
        refused: The files that turned out not to be readable, by name: of them there is nothing in it.
        trips: The trips, read back.
        quarantine: The quarantine, read back.
        careful: What the lines were that are no plain trips, by file name.
        repeats: The trips that repeat an earlier one, of months that may have too many, by month.
    """

    folder: RunFolder
    rejects: RunFolder
    refused: dict[str, Refusal]
    trips: Contents = field(default_factory=Contents)
    quarantine: Contents = field(default_factory=Contents)
    careful: dict[str, CarefulCounts] = field(default_factory=dict)
    repeats: dict[str, Repeats] = field(default_factory=dict)


@dataclass(frozen=True)
class TripsWriter:
    """What a run needs to write.

    Attributes:
        engine: What reads and writes.
        raw: Where the raw files lie.
        trips: Gives the folders of the trips and of the quarantine.
    """

    engine: Engine
    raw: Storage
    trips: Publisher

    def write(self, files: list[SourceFile]) -> Attempt:
        """Writes all files' trips in one job. A file that cannot be read is refused, and the others are written again.

        Raises:
            LakeError: Nothing could be written, and no file is to blame.
        """
        groups, refused, number = in_groups(files), dict[str, Refusal](), 0
        typed = self.engine.reads_typed
        while True:
            attempt = Attempt(self.trips.folder(number), self.trips.rejects_folder(number), refused)
            if not groups:
                return attempt
            try:
                self._write(groups, attempt, typed=typed)
            except OutputRefused:
                raise
            except Exception as error:
                self.engine.check_alive(error)
                of_storage = isinstance(error, StorageError)  # the quarantine looks up its lines in the raw files
                if not (of_storage or self.engine.is_failure(error) or (typed and isinstance(error, LakeError))):
                    raise
                if typed:  # whatever it was, the faster reader may be to blame: again, without
                    typed, number = False, number + 1
                    continue
                bad = self._unreadable(groups)
                if of_storage and not bad:
                    raise
                if not bad:
                    where = f"{attempt.folder.uri}: {cause_of(error)}"
                    raise LakeError(f"cannot write {where} (its quarantine goes to {attempt.rejects.uri})") from error
                refused.update(bad)
                good = {file.month for file in files_of(groups) if file.due.file.name not in bad}
                groups = [rest for group in groups if (rest := group.only(good))]
                number += 1
            else:
                return attempt

    def _write(self, groups: list[Group], attempt: Attempt, *, typed: bool) -> None:
        """One attempt: the plain trips of all files, and a second look at files that hold more than those.

        Args:
            groups: The files.
            attempt: What is written.
            typed: Whether files that are strict are read as typed CSV.
        """
        scans = list[tuple[Group, Callable[[], int]]]()
        for number, batch in enumerate(in_batches(groups, self.engine.months_at_once)):
            parts = [part for group in batch for part in (split_strict(group, self.engine) if typed else [group])]
            frames = []
            for group in parts:
                frame, read = group.trips(self.engine)
                frames.append(frame)
                scans.append((group, read))
            attempt.folder.save(union(frames), f"writing {len(files_of(batch))} months", further=number > 0)
        attempt.trips = self._read_trips(attempt)
        check_strict([group for group, _ in scans if group.is_strict], attempt.trips.of_month)
        puzzling = set()
        for group, read in scans:
            # A line read twice could hide a bad one in a file's count, but not in the count of all that was read.
            miscounted = read() != sum(file.lines for file in group.files)
            puzzling |= {
                file.month
                for file in group.files
                if miscounted or file.lines != attempt.trips.of_month(file.month) + file.leading_lines
            }
        rest = [some for group in groups if (some := group.only(puzzling))]
        if rest:
            self._write_careful(rest, attempt)
        rows = {month: attempt.trips.of_month(month) for month, _ in attempt.trips.rows}
        attempt.repeats = find_repeats(self.engine, attempt.folder.uri, rows)

    def _unreadable(self, groups: list[Group]) -> dict[str, Refusal]:
        """After a failure: the files that are gone, changed or cannot be read by themselves."""
        bad = {}
        for file in files_of(groups):
            alone, failure = Group((file,)), None
            try:
                self.engine.read_through(alone.plain_trips(alone.scan(self.engine), self.engine))
            except Exception as error:  # as above
                self.engine.check_alive(error)
                failure = error
            if not is_same(file.due.file.info, self.raw.head(file.uri)):
                bad[file.due.file.name] = Refusal(RefusalCode.CHANGED_WHILE_READ, CHANGED)
            elif failure:
                bad[file.due.file.name] = self.engine.unread(failure)
        return bad

    def _write_careful(self, groups: list[Group], attempt: Attempt) -> None:
        """Counts the lines that are no plain trips; writes the trips among them next to the others, the rest apart.

        All are kept: files of many layouts make a large plan, which Spark would compile again for each of these.
        """
        lines = union([group.careful_lines(self.engine) for group in groups])
        with self.engine.kept(in_order(lines)) as careful:
            with self.engine.progress("looking at lines that are not plain"):
                attempt.careful = count_careful(careful)
            if any(counts.trips for counts in attempt.careful.values()):
                attempt.folder.save(careful_trips(careful), "writing their trips", further=True)
                attempt.trips = self._read_trips(attempt)
            if any(counts.bad for counts in attempt.careful.values()):
                rows = quarantine_rows(self.engine, self.raw, careful, files_of(groups), attempt.careful)
                attempt.rejects.save(rows, "writing the quarantine")
                attempt.quarantine = attempt.rejects.contents(QUARANTINE, {})

    def _read_trips(self, attempt: Attempt) -> Contents:
        from pyspark.sql import functions as F

        flags = {flag.name: F.count_if(flag.name) for flag in (*FLAGS, ANY_FLAG)}
        with self.engine.progress("reading back"):
            return attempt.folder.contents(TRIPS, flags)
