"""Receipts: what is published of one month of one data set, as one JSON object.

Fields may be added to them, never renamed or taken away: receipts of every version are read for ever, and what a newer
version has added is ignored.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from lake.engines import SPARK
from lake.errors import RecordError
from lake.publication.records import Count, DataPath, Generation, Moment, Month, RunName, read_record
from lake.storage import FileInfo
from schemas.columns import MONTH_FOLDER


@dataclass(frozen=True)
class DataFile:
    """One published file: its path below the data set's folder, its rows and its bytes."""

    path: DataPath
    rows: Count
    size: Count


@dataclass(frozen=True)
class Source:
    """What a month was made from.

    Attributes:
        uri: The raw file; of an aggregate, the root of the data set that it is made from.
        etag: What identifies it. Of a raw file the ETag (SHA-256 on a disk); of a data set the run, which is never reused.
        size: The bytes of a raw file.
        layout: The layout of a raw file.
        superseded: The names of the files that a raw file took the place of.
        generation: The generation of a data set's month.
        checksum: The checksum that S3 keeps of all bytes of a raw file, the same however they were sent. Empty if there is
            none; then the ETag alone tells.
    """

    uri: str
    etag: str
    size: Count = 0
    layout: str = ""
    superseded: tuple[str, ...] = ()
    generation: Count = 0
    checksum: str = ""

    @classmethod
    def of_file(
        cls, file: FileInfo, etag: str, layout: str, superseded: tuple[str, ...], checksum: str = ""
    ) -> "Source":
        """A raw file."""
        return cls(file.uri, etag, file.size, layout, superseded, checksum=checksum)

    @classmethod
    def of_run(cls, root: str, receipt: "Receipt") -> "Source":
        """A month of a data set, as the run that its receipt names has left it."""
        return cls(root, receipt.run, generation=receipt.generation)

    def is_of(self, other: "Source") -> bool:
        """Does it identify the same bytes?"""
        return self.etag == other.etag or bool(self.checksum and self.checksum == other.checksum)

    @property
    def name(self) -> str:
        """The raw file's name."""
        return self.uri.rpartition("/")[2]

    @property
    def run(self) -> str:
        """The run, if the source is a month of a data set."""
        return self.etag


@dataclass(frozen=True)
class Counts:
    """Where every physical line went, and what was counted on the way.

    Attributes:
        lines: What there was to read: physical lines of a CSV file, rows of a Parquet file or of a data set.
        header: Header lines.
        blank: Blank lines.
        published: Rows published.
        quarantined: Rows in quarantine.
        reasons: Rows in quarantine with a reason, by code. A row may have several.
        flags: Rows published with a flag, by name.
    """

    lines: Count
    published: Count
    header: Count = 0
    blank: Count = 0
    quarantined: Count = 0
    reasons: Mapping[str, Count] = field(default_factory=dict)
    flags: Mapping[str, Count] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Is every line accounted for, once?"""
        return self.lines == self.header + self.blank + self.published + self.quarantined


LINE_COUNTS = ("lines", "header", "blank", "published", "quarantined")
"""The counts of lines by name: all of them, and where they went."""


@dataclass(frozen=True)
class RollBack:
    """Why a receipt names files that an earlier one has named already.

    Attributes:
        generation: The generation that was published again.
        withdrawn: What identifies the sources of the generations that were taken back. They do not take the month again
            by themselves.
        withdrawn_checksums: Their checksums, of those that have one.
    """

    generation: Generation
    withdrawn: tuple[str, ...]
    withdrawn_checksums: tuple[str, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """What is published of one month of one data set.

    Attributes:
        month: The month.
        run: The run, and its attempt, that wrote the files.
        generation: How often the month has been published.
        previous: The run and the token of the receipt that it replaced.
        contract_version: The version of the data set.
        code_version: The version of the code.
        published_at: When.
        source: What the month was made from.
        files: Its files.
        counts: What was counted.
        quarantine_files: The files of its rejects.
        roll_back: Why it names files that an earlier one has named, if it does.
        engine: What made them; it makes no month due. Spark is not written: the code of 2026-11-25 and before, which may read
            the lake during an upgrade, takes no field that it does not know.
    """

    month: Month
    run: RunName
    generation: Generation
    previous: Mapping[str, str] | None
    contract_version: Count
    code_version: str
    published_at: Moment
    source: Source
    files: tuple[DataFile, ...]
    counts: Counts
    quarantine_files: tuple[DataFile, ...] = ()
    roll_back: RollBack | None = None
    engine: str = SPARK

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """What identifies the sources that were taken back."""
        return self.roll_back.withdrawn if self.roll_back else ()

    def to_json(self) -> bytes:
        """The receipt as it lies in the lake."""
        record = asdict(self)
        if self.engine == SPARK:
            del record["engine"]
        if self.roll_back is None:
            del record["roll_back"]
        elif not self.roll_back.withdrawn_checksums:
            del record["roll_back"]["withdrawn_checksums"]
        if not self.source.checksum:
            del record["source"]["checksum"]
        return (json.dumps(record, indent=1) + "\n").encode()

    @classmethod
    def from_json(cls, body: bytes, uri: str) -> "Receipt":
        """The receipt that an object holds.

        Raises:
            RecordError: It is not a receipt, or one of a newer version of this code.
        """
        receipt = read_record(cls, body, uri, "receipt")
        for file in (*receipt.files, *receipt.quarantine_files):
            if f"/{MONTH_FOLDER}={receipt.month}/" not in file.path:
                raise RecordError(
                    f"{uri} is the receipt of {receipt.month}, and names a file of another month: {file.path}"
                )
        return receipt


@dataclass(frozen=True)
class Entry:
    """A receipt as it was read: with the token that a replacement must present, and its bytes."""

    receipt: Receipt
    token: str
    body: bytes
