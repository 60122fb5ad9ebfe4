"""Source files in groups that read alike: their plain trips, and the lines that are read with care."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from lake.engines import Engine
from lake.errors import LakeError
from lake.intake.endings import CSV, PARQUET
from lake.intake.inspection import SourceFile
from schemas.layouts import CsvLayout
from schemas.trips import PUBLISHED_TYPES, SOURCE_FILE
from transforms import csv_lines, parquet
from transforms.quarantine import LINE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Group:
    """Files that one scan reads: of one layout, one ending and, for Parquet, the same types and the same reader.

    Attributes:
        files: The files.
        is_strict: Whether every line of theirs is strict but the header and blank ones: they may be read as typed CSV.
    """

    files: tuple[SourceFile, ...]
    is_strict: bool = False

    @property
    def suffix(self) -> str:
        """The ending of all their names."""
        return self.files[0].due.file.suffix

    @property
    def csv(self) -> CsvLayout | None:
        """The layout, if they are CSV."""
        return self.files[0].csv

    def scan(self, engine: Engine) -> "DataFrame":
        """Their lines, or rows."""
        uris = [file.uri for file in self.files]
        if self.suffix != PARQUET:
            return engine.lines(uris, has_lone_cr=any(file.has_lone_cr for file in self.files))
        return engine.rows(uris, self.files[0].types, row_wise=not self.files[0].is_common)

    def plain_trips(self, scan: "DataFrame", engine: Engine) -> "DataFrame":
        """What is a trip at first sight: nearly all.

        Args:
            scan: What `scan` gave.
            engine: What reads.
        """
        source_file = engine.source_file(self.suffix)
        if self.csv:
            return csv_lines.plain_trips(scan, self.csv, source_file=source_file, barrier=engine.barrier)
        return parquet.parquet_trips(scan, source_file=source_file, barrier=engine.barrier)

    def trips(self, engine: Engine) -> "tuple[DataFrame, Callable[[], int]]":
        """What is a trip at first sight; and what tells, once that is written, how many lines or rows came by."""
        if self.is_strict:  # the engine has counted them
            return self._strict_trips(engine), lambda: sum(file.lines for file in self.files)
        scan, read = engine.counted(self.scan(engine))
        return self.plain_trips(scan, engine), read

    def _strict_trips(self, engine: Engine) -> "DataFrame":
        assert self.csv
        types = [(name, PUBLISHED_TYPES[name]) for name in self.csv.columns]
        rows = engine.typed([file.uri for file in self.files], types, self.csv.width - len(types))
        return csv_lines.strict_trips(rows, self.csv, source_file=engine.source_file(self.suffix))

    def careful_lines(self, engine: Engine) -> "DataFrame":
        """All others, examined."""
        scan, source_file = self.scan(engine), engine.source_file(self.suffix)
        if self.csv:
            return csv_lines.careful_lines(scan, self.csv, source_file=source_file, barrier=engine.barrier)
        return parquet.unsound_rows(scan, source_file=source_file)

    def only(self, months: set[str]) -> "Group | None":
        """The same without other months' files."""
        files = tuple(file for file in self.files if file.month in months)
        return replace(self, files=files) if files else None


def in_groups(files: list[SourceFile]) -> list[Group]:
    """Files in groups that one scan each can read, in a stable order."""
    groups = defaultdict[tuple[object, ...], list[SourceFile]](list)
    for file in sorted(files, key=lambda file: file.month):
        # C1 and C2, and C4 and C5, differ in blank lines only.
        key = (file.csv.columns, file.csv.width) if file.csv else (file.types, file.is_common)
        groups[file.due.file.suffix, *key].append(file)
    return [Group(tuple(members)) for members in groups.values()]


def split_strict(group: Group, engine: Engine) -> list[Group]:
    """A group in two: the files that are strict, and the others. Of the first the engine has counted as many lines as we have."""
    from pyspark.sql import functions as F

    every = {file.month for file in group.files}
    candidates = group.only({file.month for file in group.files if not file.has_lone_cr})
    if not (group.csv and candidates) or group.suffix != CSV:
        return [group]
    scan = candidates.scan(engine)  # before any column: they need a session
    is_strict = csv_lines.has_strict_shape(F.col(LINE), group.csv)
    lines = scan.select(engine.source_file(CSV).alias(SOURCE_FILE), is_strict.alias("is_strict"))
    counts = lines.groupBy(SOURCE_FILE).agg(F.count(F.lit(1)), F.count_if("is_strict")).collect()
    found = {(name, number, strict) for name, number, strict in counts}
    strict = {
        file.month
        for file in candidates.files
        if (file.due.file.name, file.lines, file.lines - file.leading_lines) in found
    }
    parts = (replace(group, is_strict=True).only(strict), group.only(every - strict))
    return [part for part in parts if part]


def check_strict(groups: list[Group], rows_of_month: Callable[[str], int]) -> None:
    """Every line of a strict file is a trip, but the leading ones.

    Raises:
        LakeError: It has other rows: the faster reader is not to be trusted with it.
    """
    for file in files_of(groups):
        if (rows := rows_of_month(file.month)) + file.leading_lines != file.lines:
            raise LakeError(f"{file.uri}: {rows:,} rows were read of {file.lines:,} lines")


def in_batches(groups: list[Group], months: int | None) -> list[list[Group]]:
    """Groups cut into batches of so many months each, in their order; None: one batch of all."""
    if months is None:
        return [groups]
    every = sorted(file.month for file in files_of(groups))
    batches = [set(every[start : start + months]) for start in range(0, len(every), months)]
    return [[some for group in groups if (some := group.only(batch))] for batch in batches]


def files_of(groups: list[Group]) -> list[SourceFile]:
    """All files of some groups."""
    return [file for group in groups for file in group.files]


def union(frames: list["DataFrame"]) -> "DataFrame":
    """All rows of frames with the same columns."""
    return reduce(lambda left, right: left.unionByName(right), frames)
