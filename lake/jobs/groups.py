"""Source files in groups that read alike: their plain trips, and the lines that are read with care."""

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from lake.engines import Engine
from lake.intake.endings import PARQUET
from lake.intake.inspection import SourceFile
from schemas.layouts import CsvLayout
from transforms import csv_lines, parquet

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Group:
    """Files that one scan reads: of one layout, one ending and, for Parquet, the same types and the same reader."""

    files: tuple[SourceFile, ...]

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

    def careful_lines(self, engine: Engine) -> "DataFrame":
        """All others, examined."""
        scan, source_file = self.scan(engine), engine.source_file(self.suffix)
        if self.csv:
            return csv_lines.careful_lines(scan, self.csv, source_file=source_file, barrier=engine.barrier)
        return parquet.unsound_rows(scan, source_file=source_file)

    def only(self, months: set[str]) -> "Group | None":
        """The same without other months' files."""
        files = tuple(file for file in self.files if file.month in months)
        return Group(files) if files else None


def in_groups(files: list[SourceFile]) -> list[Group]:
    """Files in groups that one scan each can read, in a stable order."""
    groups = defaultdict[tuple[object, ...], list[SourceFile]](list)
    for file in sorted(files, key=lambda file: file.month):
        # C1 and C2, and C4 and C5, differ in blank lines only.
        key = (file.csv.columns, file.csv.width) if file.csv else (file.types, file.is_common)
        groups[file.due.file.suffix, *key].append(file)
    return [Group(tuple(members)) for members in groups.values()]


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
