"""Writes the trips of a run: all files in one job, and a second look only where it is needed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lake.errors import LakeError, StorageError
from lake.intake.inspection import Known
from lake.intake.plan import is_same
from lake.jobs.groups import ROWS, Group, in_groups, union
from lake.jobs.odd import OddCounts, count_odd, examine, quarantine_frame
from lake.progress import progress
from lake.publication.read_back import ReadBack, read_back
from lake.publication.runs import Run, run_folder
from lake.spark_errors import cause_of, is_spark_error
from lake.storage import Storage, spark_path
from schemas.columns import MONTH_FOLDER
from schemas.flags import ANY_FLAG, FLAGS
from schemas.quarantine import QUARANTINE
from schemas.reasons import Refusal, Refused
from schemas.trips import TRIPS
from transforms.csv_lines import odd_trips

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


CHANGED = "the file was replaced or removed while it was read; the next run takes it"


@dataclass
class Written:
    """What a run wrote.

    Attributes:
        part: The folder's name.
        trips: The trips, read back.
        quarantine: The quarantine, read back.
        odd: What the lines were that are no plain trips, by file name.
    """

    part: str
    trips: ReadBack = field(default_factory=ReadBack)
    quarantine: ReadBack = field(default_factory=ReadBack)
    odd: dict[str, OddCounts] = field(default_factory=dict)


@dataclass(frozen=True)
class TripsWriter:
    """What a run needs to write.

    Attributes:
        spark: The session.
        run: The run.
        raw: Where the raw files lie.
        storage: Where the trips lie, below `root`.
        root: The data set of the trips.
        quarantine: Where the quarantine lies, below `quarantine_root`.
        quarantine_root: The data set of the quarantine.
        refuse: Called with the name of a file that turns out not to be readable.
    """

    spark: "SparkSession"
    run: Run
    raw: Storage
    storage: Storage
    root: str
    quarantine: Storage
    quarantine_root: str
    refuse: Callable[[str, Refused], None]

    def write(self, known: list[Known]) -> Written:
        """Writes all files' trips in one job. A file that cannot be read is refused, and the others are written anew.

        Raises:
            LakeError: Nothing could be written, and no file is to blame.
        """
        groups, attempt = in_groups(known), 0
        while groups:
            part = self.run.part(attempt)
            try:
                return self._write(groups, part)
            except Exception as error:
                of_storage = isinstance(error, StorageError)  # the quarantine looks up its lines in the raw files
                if not (of_storage or is_spark_error(error)):
                    raise
                bad = self._unreadable(groups)
                if of_storage and not bad:
                    raise
                if not bad:
                    where = f"{run_folder(self.root, part)}: {cause_of(error)}"
                    aside = f"its quarantine goes to {run_folder(self.quarantine_root, part)}"
                    raise LakeError(f"cannot write {where} ({aside})") from error
            for name, refused in bad.items():
                self.refuse(name, refused)
            good = {one.month for one in _files(groups) if one.pending.file.name not in bad}
            groups = [rest for group in groups if (rest := group.only(good))]
            attempt += 1
        return Written(self.run.part(attempt))

    def _write(self, groups: list[Group], part: str) -> Written:
        """One attempt: the plain trips of all files, and a second look at files that hold more than those."""
        from pyspark.sql import Observation

        reads = [Observation() for _ in groups]
        trips = union([group.trips(self.spark, read) for group, read in zip(groups, reads, strict=True)])
        self._save(trips, self.root, part, f"writing {len(_files(groups))} months")
        written = Written(part, self._read_trips(part))
        puzzling = set()
        for group, read in zip(groups, reads, strict=True):
            # A line read twice could hide a bad one in a file's count, but not in the count of all that was read.
            miscounted = read.get[ROWS] != sum(one.lines for one in group.files)
            puzzling |= {
                one.month
                for one in group.files
                if miscounted or one.lines != written.trips.of_month(one.month) + one.leading_lines
            }
        odd = [rest for group in groups if (rest := group.only(puzzling))]
        if odd:
            self._write_odd(odd, written)
        return written

    def _unreadable(self, groups: list[Group]) -> dict[str, Refused]:
        """After a failure: the files that are gone, changed or cannot be read by themselves."""
        bad = {}
        for one in _files(groups):
            name = one.pending.file.name
            if not is_same(one.pending.file.stored, self.raw.head(one.uri)):
                bad[name] = Refused(Refusal.CHANGED_WHILE_READ, CHANGED)
                continue
            try:
                Group((one,)).trips(self.spark).write.format("noop").mode("overwrite").save()
            except Exception as error:  # as above
                bad[name] = Refused(Refusal.UNREADABLE, f"the file cannot be read: {cause_of(error)}")
        return bad

    def _write_odd(self, groups: list[Group], written: Written) -> None:
        """Counts the lines that are no plain trips; writes the trips among them beside the others, the rest apart."""
        odd = examine(self.spark, groups)
        with progress(self.spark.sparkContext, "looking at odd lines"):
            written.odd = count_odd(odd)
        if any(counts.trips for counts in written.odd.values()):
            self._save(odd_trips(odd), self.root, written.part, "writing odd trips")
            written.trips = self._read_trips(written.part)
        if any(counts.bad for counts in written.odd.values()):
            frame = quarantine_frame(self.spark, self.raw, odd, _files(groups))
            self._save(frame, self.quarantine_root, written.part, "writing the quarantine")
            folder = run_folder(self.quarantine_root, written.part)
            written.quarantine = read_back(self.spark, self.quarantine, folder, QUARANTINE, {})
        odd.unpersist()

    def _save(self, frame: "DataFrame", root: str, part: str, what: str) -> None:
        """Writes a frame below a folder of this run alone; in it nothing is ever replaced."""
        folder = spark_path(run_folder(root, part), glob=False)
        with progress(self.spark.sparkContext, what):
            frame.write.mode("append").partitionBy(MONTH_FOLDER).parquet(folder)

    def _read_trips(self, part: str) -> ReadBack:
        from pyspark.sql import functions as F

        flags = {flag.name: F.count_if(flag.name) for flag in (*FLAGS, ANY_FLAG)}
        with progress(self.spark.sparkContext, "reading back"):
            return read_back(self.spark, self.storage, run_folder(self.root, part), TRIPS, flags)


def _files(groups: list[Group]) -> list[Known]:
    return [one for group in groups for one in group.files]
