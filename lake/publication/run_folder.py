"""The folder of one attempt: written, read back, listed. Nothing in it is ever replaced."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lake.engines import FILE, Engine
from lake.errors import LakeError, write_refused
from lake.publication.receipts import DataFile
from lake.publication.runs import RUN, month_path
from lake.spark_errors import refused_by
from lake.storage import Storage, join
from schemas.columns import MONTH_FOLDER, Table

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


@dataclass
class Contents:
    """What an attempt's folder holds, read back: the proof of a month before it is published.

    Attributes:
        rows: Rows by month and file name.
        sums: Sums of the measures asked for, by month.
    """

    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    sums: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def of_month(self, month: str) -> int:
        """The rows of a month."""
        return sum(rows for (found, _), rows in self.rows.items() if found == month)


@dataclass(frozen=True)
class RunFolder:
    """One attempt's own folder below a data set.

    Attributes:
        engine: What writes and reads it.
        storage: Where it lies.
        root: The data set.
        attempt: The attempt's name, which is the folder's.
        codec: What its files are packed with.
    """

    engine: Engine
    storage: Storage
    root: str
    attempt: str
    codec: str

    @property
    def uri(self) -> str:
        """Where the folder lies."""
        return join(self.root, f"{RUN}{self.attempt}")

    def save(self, frame: "DataFrame", doing: str, *, further: bool = False) -> None:
        """Writes a frame into it, a folder a month.

        Args:
            frame: The rows, with their folder.
            doing: What to say while it takes long.
            further: Whether this attempt has written here before.

        Raises:
            OutputRefused: The place is full or cannot be written.
        """
        try:
            self.engine.save(frame, self.uri, doing, codec=self.codec, further=further)
        except Exception as error:
            number = refused_by(error) if self.engine.is_failure(error) else None
            if number is None:
                raise
            raise write_refused(self.uri, number) from error

    def contents(self, table: Table, measures: Mapping[str, "Column"]) -> Contents:
        """Reads it: its schema from a footer, the rows of each file, and some sums.

        Args:
            table: What its files should hold.
            measures: Aggregate expressions that give whole numbers, by name.

        Raises:
            LakeError: The files do not have the schema of the table.
        """
        from pyspark.sql import functions as F

        from schemas.spark import schema_differences

        found = Contents()
        if not any(file.name.endswith(".parquet") for file in self.storage.list_tree(self.uri)):
            return found
        frame = self.engine.folder(self.uri)
        differences = schema_differences(frame.drop(MONTH_FOLDER, FILE).schema, table)
        if differences:
            raise LakeError(f"{self.uri} was not written to the contract: {'; '.join(differences)}")
        counts = frame.groupBy(MONTH_FOLDER, FILE).agg(
            F.count(F.lit(1)).alias("rows"), *[measure.alias(name) for name, measure in measures.items()]
        )
        for row in counts.collect():
            found.rows[row[MONTH_FOLDER], row[FILE]] = row["rows"]
            for name in measures:
                found.sums[row[MONTH_FOLDER]][name] += row[name] or 0
        return found

    def files(self, contents: Contents) -> dict[str, list[DataFile]]:
        """Its files as they lie there, by month, with the rows that were read back from each.

        Raises:
            LakeError: The listing and what was read back differ.
        """
        found, missing = defaultdict[str, list[DataFile]](list), set(contents.rows)
        for file in self.storage.list_tree(self.uri):
            if file.name.endswith(".crc") and file.name.startswith("."):
                continue  # Hadoop's checksums on a local disk
            month = file.uri.rsplit("/", 2)[1].removeprefix(f"{MONTH_FOLDER}=")
            if (month, file.name) not in contents.rows:
                raise LakeError(f"{file.uri} is not among the files that were written")
            path = f"{month_path(self.attempt, month)}/{file.name}"
            found[month].append(DataFile(path, contents.rows[month, file.name], file.size))
            missing.remove((month, file.name))
        if missing:
            raise LakeError(f"{self.uri}: written, but not listed: {sorted(missing)[:3]}")
        return found

    def make_durable(self) -> None:
        """Returns when a power cut can no longer take away what was written."""
        self.storage.make_durable(self.uri)
