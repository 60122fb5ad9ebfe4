"""Receipts: what is published. One JSON object a month, replaced by one conditional write, never deleted."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from lake.errors import LakeError
from lake.months import MONTH
from lake.publication.commit import commit
from lake.storage import Storage, join

RECEIPTS, MANIFEST = "_receipts", "_manifest.json"
_READERS = 16  # requests at once: a lake of 150 months is read in a second


@dataclass(frozen=True)
class DataFile:
    """One published file: its path below the data set's folder, its rows and its bytes."""

    path: str
    rows: int
    size: int


@dataclass(frozen=True)
class Source:
    """What a month was made from.

    A raw file: URI, size, ETag (SHA-256 on a disk), layout, superseded files. For the aggregates: the transformed run
    (as ETag) and generation.
    """

    uri: str
    etag: str
    size: int = 0
    layout: str = ""
    superseded: tuple[str, ...] = ()
    generation: int = 0


@dataclass(frozen=True)
class Counts:
    """Where every physical line went, and what was counted on the way.

    Attributes:
        lines: Physical lines of a CSV file, rows of a Parquet file; of aggregates: trips.
        header: Header lines.
        blank: Blank lines.
        published: Rows published.
        quarantined: Rows in quarantine.
        reasons: Rows in quarantine with a reason, by code. A row may have several.
        flags: Rows published with a flag, by name.
    """

    lines: int
    published: int
    header: int = 0
    blank: int = 0
    quarantined: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Is every line accounted for, once?"""
        return self.lines == self.header + self.blank + self.published + self.quarantined


@dataclass(frozen=True)
class Receipt:
    """What is published of one month of one data set."""

    month: str
    run: str
    generation: int
    previous: Mapping[str, str] | None
    contract_version: int
    code_version: str
    published_at: str
    source: Source
    files: tuple[DataFile, ...]
    counts: Counts
    quarantine_files: tuple[DataFile, ...] = ()

    def to_json(self) -> bytes:
        """The receipt as it lies in the lake."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode()

    @classmethod
    def from_json(cls, body: bytes, uri: str) -> "Receipt":
        """The receipt that an object holds.

        Raises:
            LakeError: It is no receipt, or one of a newer version of this code.
        """
        try:
            record: dict[str, Any] = json.loads(body)
            record["source"] = Source(**{**record["source"], "superseded": tuple(record["source"]["superseded"])})
            record["counts"] = Counts(**record["counts"])
            for files in ("files", "quarantine_files"):
                record[files] = tuple(DataFile(**file) for file in record[files])
            return cls(**record)
        except (ValueError, TypeError, KeyError) as error:
            raise LakeError(f"{uri} is no receipt that this version can read: {error}") from None


@dataclass(frozen=True)
class Held:
    """A receipt as it was read, with the token that a replacement must present."""

    receipt: Receipt
    token: str


class ReceiptBook:
    """The receipts of one data set."""

    def __init__(self, storage: Storage, root: str) -> None:
        self.storage = storage
        self.root = root

    def uri(self, month: str) -> str:
        """Where a month's receipt lies."""
        return join(self.root, RECEIPTS, f"{month}.json")

    def get(self, month: str) -> Held | None:
        """The receipt of a month; None if it was never published."""
        found = self.storage.read(self.uri(month))
        return Held(Receipt.from_json(found[0], self.uri(month)), found[1]) if found else None

    def all(self) -> dict[str, Held]:
        """The receipts of all months, in order."""
        names = [stored.name for stored in self.storage.list_folder(join(self.root, RECEIPTS))]
        months = sorted(name[:-5] for name in names if name.endswith(".json") and MONTH.fullmatch(name[:-5]))
        with ThreadPoolExecutor(_READERS) as pool:
            held = list(pool.map(self.get, months))
        return {month: receipt for month, receipt in zip(months, held, strict=True) if receipt}

    def publish(self, receipt: Receipt, token: str | None) -> None:
        """Puts a receipt in the place of the one that had the token; this is the commit point of a month.

        Raises:
            LostRace: Another run published the month since the token was read.
            UnknownOutcome: It cannot be told whether it is published.
        """
        commit(
            self.storage,
            self.uri(receipt.month),
            receipt.to_json(),
            token,
            lambda body: is_of_run(body, receipt.run),
        )


def is_of_run(body: bytes, run: str) -> bool:
    """Does an object hold the receipt of a run? No two runs have one name. What cannot be read is not ours."""
    try:
        return Receipt.from_json(body, "").run == run
    except LakeError:
        return False
