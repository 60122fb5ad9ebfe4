"""Receipts: what is published. One JSON object a month, replaced by one conditional write, never deleted.

Fields may be added to them, never renamed or taken away: receipts of every version are read for ever, and what a newer
version has added is ignored.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

from lake.errors import HistoryError, LakeError, LostRace
from lake.months import MONTH, Selection
from lake.publication.commit import commit
from lake.storage import FileInfo, Storage, join, normalise, storage_of

RECEIPTS, REPLACED = "_receipts", "replaced"
AT_ONCE = 16  # requests: a lake of 150 months is read in a second

_REPLACED_NAME = re.compile(rf"{MONTH.pattern}\.[1-9][0-9]*")
_Record = TypeVar("_Record")


@dataclass(frozen=True)
class DataFile:
    """One published file: its path below the data set's folder, its rows and its bytes."""

    path: str
    rows: int
    size: int


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
    """

    uri: str
    etag: str
    size: int = 0
    layout: str = ""
    superseded: tuple[str, ...] = ()
    generation: int = 0

    @classmethod
    def of_file(cls, file: FileInfo, etag: str, layout: str, superseded: tuple[str, ...]) -> "Source":
        """A raw file."""
        return cls(file.uri, etag, file.size, layout, superseded)

    @classmethod
    def of_run(cls, root: str, receipt: "Receipt") -> "Source":
        """A month of a data set, as the run that its receipt names has left it."""
        return cls(root, receipt.run, generation=receipt.generation)

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
class RollBack:
    """Why a receipt names files that an earlier one has named already.

    Attributes:
        generation: The generation that was published again.
        withdrawn: What identifies the sources of the generations that were taken back. They do not take the month again
            by themselves.
    """

    generation: int
    withdrawn: tuple[str, ...]


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
    roll_back: RollBack | None = None

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """What identifies the sources that were taken back."""
        return self.roll_back.withdrawn if self.roll_back else ()

    def to_json(self) -> bytes:
        """The receipt as it lies in the lake."""
        record = asdict(self)
        if self.roll_back is None:
            del record["roll_back"]
        return (json.dumps(record, indent=1) + "\n").encode()

    @classmethod
    def from_json(cls, body: bytes, uri: str) -> "Receipt":
        """The receipt that an object holds.

        Raises:
            LakeError: It is no receipt, or one of a newer version of this code.
        """
        try:
            record = json.loads(body)
            if type(record["generation"]) is not int or datetime.fromisoformat(record["published_at"]).tzinfo is None:
                raise ValueError("no generation, or no time with a zone")
            superseded = tuple(record["source"].get("superseded", ()))
            nested = {
                "source": _record(Source, {**record["source"], "superseded": superseded}),
                "counts": _record(Counts, record["counts"]),
                "files": tuple(_record(DataFile, file) for file in record["files"]),
                "quarantine_files": tuple(_record(DataFile, file) for file in record.get("quarantine_files", ())),
                "roll_back": _roll_back(record.get("roll_back")),
            }
            return _record(cls, {**record, **nested})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise LakeError(f"{uri} is no receipt that this version can read: {error}") from None


def _record(record_type: type[_Record], found: Mapping[str, Any]) -> _Record:
    """A record of some fields; those that it does not know, a newer version has added."""
    names = {known.name for known in fields(record_type)}  # type: ignore[arg-type]  # each is a dataclass
    return record_type(**{name: value for name, value in found.items() if name in names})


def _roll_back(found: Mapping[str, Any] | None) -> RollBack | None:
    if found is None:
        return None
    generation, withdrawn = found["generation"], found["withdrawn"]
    if type(generation) is not int or type(withdrawn) is not list or not all(type(etag) is str for etag in withdrawn):
        raise ValueError("its roll_back names no generation, or no sources")
    return RollBack(generation, tuple(withdrawn))


@dataclass(frozen=True)
class Entry:
    """A receipt as it was read: with the token that a replacement must present, and its bytes."""

    receipt: Receipt
    token: str
    body: bytes


class ReceiptBook:
    """The receipts of one data set."""

    def __init__(self, storage: Storage, root: str) -> None:
        self.storage = storage
        self.root = root

    @classmethod
    def at(cls, root: str) -> "ReceiptBook":
        """The receipts of the data set at a location, however that is written."""
        return cls(storage_of(root), normalise(root))

    def uri(self, month: str) -> str:
        """Where a month's receipt lies."""
        return join(self.root, RECEIPTS, f"{month}.json")

    def replaced_uri(self, month: str, generation: int) -> str:
        """Where the receipt of a generation lies that was replaced."""
        return join(self.root, RECEIPTS, REPLACED, f"{month}.{generation}.json")

    def get(self, month: str) -> Entry | None:
        """The receipt of a month; None if it was never published."""
        return self._read(self.uri(month))

    def all(self) -> dict[str, Entry]:
        """The receipts of all months, in order."""
        return self._entries(join(self.root, RECEIPTS), MONTH)

    def newest(self) -> tuple[dict[str, Entry], dict[str, list[int]]]:
        """The receipts of all months, for who makes something of them, and what `kept` says: none must have gone back.

        Raises:
            LakeError: A receipt is gone, or is older than one that was replaced.
        """
        kept = self.kept()  # first: a receipt is kept before it is replaced
        entries = self.all()
        for month, generations in kept.items():
            now = entries[month].receipt.generation if month in entries else 0
            if generations[-1] > now:
                is_now = f"is of generation {now}" if now else "is gone"
                raise LakeError(
                    f"the receipt of {month} in {self.root} {is_now}, but {month}.{generations[-1]}.json was replaced: "
                    "receipts were lost, or an older copy of them put back; see docs/operations.md, Receipts were lost"
                )
        return entries, kept

    def kept(self) -> dict[str, list[int]]:
        """The generations whose receipts were kept when they were replaced, by month, in order. It reads none."""
        found = defaultdict[str, list[int]](list)
        for name in self._names(join(self.root, RECEIPTS, REPLACED), _REPLACED_NAME):
            month, _, generation = name.partition(".")
            found[month].append(int(generation))
        return {month: sorted(generations) for month, generations in found.items()}

    def earlier(self, month: str, generations: Iterable[int]) -> Iterator[Receipt]:
        """The receipts of some generations that were replaced, each read when it is asked for; those kept, that is."""
        for generation in generations:
            if entry := self._read(self.replaced_uri(month, generation)):
                yield entry.receipt

    def selected(self, months: Selection) -> dict[str, Entry]:
        """The receipts of some months, in order.

        Raises:
            LakeError: A month named by itself is not published.
        """
        entries = self.all()
        missing = months.missing(entries)
        if missing:
            raise LakeError(
                f"{', '.join(missing)} is not published in {self.root}; python -m lake status shows what is"
            )
        return {month: entry for month, entry in entries.items() if month in months}

    def replaced(self, now: Mapping[str, Entry]) -> dict[str, list[Receipt]]:
        """The receipts that were replaced, by month, the oldest first.

        One is put there before its successor. A run that ended in between has left one that still counts: that is not
        among these.

        Args:
            now: The receipts that count, of the months that are asked for: read before.
        """
        found = defaultdict[str, list[Receipt]](list)
        for name, entry in self._entries(join(self.root, RECEIPTS, REPLACED), _REPLACED_NAME).items():
            month = name.partition(".")[0]
            if month in now and entry.receipt.generation < now[month].receipt.generation:
                found[month].append(entry.receipt)
        return {month: sorted(past, key=lambda receipt: receipt.generation) for month, past in sorted(found.items())}

    def publish(self, receipt: Receipt, replaces: Entry | None) -> None:
        """Puts a receipt in the place of the one that was read; this is the commit point of a month.

        Raises:
            LostRace: Another run published the month since that one was read.
            HistoryError: The one that was read cannot be kept.
            UnknownOutcome: It cannot be told whether it is published.
        """
        if replaces:
            self._keep(replaces)
        ours = receipt.to_json()
        token = replaces.token if replaces else None
        commit(self.storage, self.uri(receipt.month), ours, token, lambda body: body == ours)

    def _keep(self, entry: Entry) -> None:
        """Puts a receipt where those lie that were replaced. It may be there already, of a run that ended after this."""
        uri = self.replaced_uri(entry.receipt.month, entry.receipt.generation)
        try:
            commit(self.storage, uri, entry.body, None, lambda body: body == entry.body)
        except LostRace as lost:
            raise HistoryError(
                f"{uri} holds another receipt than the one to be replaced; no run writes that: move it elsewhere, run again"
            ) from lost

    def _read(self, uri: str) -> Entry | None:
        found = self.storage.read(uri)
        return Entry(Receipt.from_json(found[0], uri), found[1], found[0]) if found else None

    def _entries(self, folder: str, names: re.Pattern[str]) -> dict[str, Entry]:
        """The receipts in a folder whose names, but for `.json`, are of a pattern, by name and in order."""
        found = self._names(folder, names)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            entries = pool.map(self._read, (join(folder, f"{name}.json") for name in found))
            return {name: entry for name, entry in zip(found, entries, strict=True) if entry}

    def _names(self, folder: str, names: re.Pattern[str]) -> list[str]:
        """The names in a folder that are of a pattern, but for `.json`, in order."""
        listed = (
            file.name.removesuffix(".json") for file in self.storage.list_folder(folder) if file.name.endswith(".json")
        )
        return sorted(name for name in listed if names.fullmatch(name))
