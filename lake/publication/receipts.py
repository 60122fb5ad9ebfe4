"""Receipts: what is published. One JSON object a month, replaced by one conditional write, never deleted.

Fields may be added to them, never renamed or taken away: receipts of every version are read for ever, and what a newer
version has added is ignored.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

from lake.errors import HistoryError, LakeError, LostRace, RecordError
from lake.months import MONTH, Selection
from lake.publication.commit import commit
from lake.publication.records import Count, DataPath, Generation, Moment, Month, RunName, read_record
from lake.storage import FileInfo, Storage, join, normalise, storage_of
from schemas.columns import MONTH_FOLDER

RECEIPTS, REPLACED = "_receipts", "replaced"
AT_ONCE = 16  # requests: a lake of 150 months is read in a second

_REPLACED_NAME = re.compile(rf"{MONTH.pattern}\.[1-9][0-9]*")


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
    """

    uri: str
    etag: str
    size: Count = 0
    layout: str = ""
    superseded: tuple[str, ...] = ()
    generation: Count = 0

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


@dataclass(frozen=True)
class RollBack:
    """Why a receipt names files that an earlier one has named already.

    Attributes:
        generation: The generation that was published again.
        withdrawn: What identifies the sources of the generations that were taken back. They do not take the month again
            by themselves.
    """

    generation: Generation
    withdrawn: tuple[str, ...]


@dataclass(frozen=True)
class Receipt:
    """What is published of one month of one data set."""

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
            RecordError: It is no receipt, or one of a newer version of this code.
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
        return self._found(month)

    def all(self, faults: list[RecordError] | None = None) -> dict[str, Entry]:
        """The receipts of all months, in order.

        Args:
            faults: Takes what is wrong with those that cannot be read; None: the first of them is raised.
        """
        return self._entries("", MONTH, faults)

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
        for name in self._names(f"{REPLACED}/", _REPLACED_NAME):
            month, _, generation = name.partition(".")
            found[month].append(int(generation))
        return {month: sorted(generations) for month, generations in found.items()}

    def earlier(self, month: str, generations: Iterable[int]) -> Iterator[Receipt]:
        """The receipts of some generations that were replaced, each read when it is asked for; those kept, that is."""
        for generation in generations:
            if entry := self._found(f"{REPLACED}/{month}.{generation}"):
                yield entry.receipt

    def selected(self, months: Selection, faults: list[RecordError] | None = None) -> dict[str, Entry]:
        """The receipts of some months, in order.

        Args:
            months: The months.
            faults: As in `all`.

        Raises:
            LakeError: A month named by itself is not published.
        """
        entries = self.all(faults)
        missing = months.missing(entries)
        if missing:
            raise LakeError(
                f"{', '.join(missing)} is not published in {self.root}; python -m lake status shows what is"
            )
        return {month: entry for month, entry in entries.items() if month in months}

    def past(self, faults: list[RecordError] | None = None) -> dict[str, list[Receipt]]:
        """The receipts that lie where those lie that were replaced, by month, the oldest first.

        Args:
            faults: As in `all`.
        """
        found = defaultdict[str, list[Receipt]](list)
        for entry in self._entries(f"{REPLACED}/", _REPLACED_NAME, faults).values():
            found[entry.receipt.month].append(entry.receipt)
        return {month: sorted(past, key=lambda receipt: receipt.generation) for month, past in sorted(found.items())}

    def replaced(self, now: Mapping[str, Entry], faults: list[RecordError] | None = None) -> dict[str, list[Receipt]]:
        """The receipts that were replaced, by month, the oldest first.

        One is put there before its successor. A run that ended in between has left one that still counts: that is not
        among these.

        Args:
            now: The receipts that count, of the months that are asked for: read before.
            faults: As in `all`.
        """
        found = {
            month: [receipt for receipt in past if month in now and receipt.generation < now[month].receipt.generation]
            for month, past in self.past(faults).items()
        }
        return {month: past for month, past in found.items() if past}

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

    def _found(self, name: str) -> Entry | None:
        if isinstance(found := self._read(name), RecordError):
            raise found
        return found

    def _read(self, name: str) -> Entry | RecordError | None:
        """The receipt with a name; one that says it is another's is a fault, and not what is published."""
        uri = join(self.root, RECEIPTS, f"{name}.json")
        if not (found := self.storage.read(uri)):
            return None
        try:
            receipt = Receipt.from_json(found[0], uri)
        except RecordError as error:
            return error
        of = receipt.month if MONTH.fullmatch(name) else f"{REPLACED}/{receipt.month}.{receipt.generation}"
        if of != name:
            return RecordError(f"{uri} is the receipt of {of}: it was copied or renamed, and is not that of {name}")
        return Entry(receipt, found[1], found[0])

    def _entries(self, below: str, names: re.Pattern[str], faults: list[RecordError] | None = None) -> dict[str, Entry]:
        """The receipts in a folder whose names, but for `.json`, are of a pattern, by name and in order."""
        entries, found = dict[str, Entry](), self._names(below, names)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for name, entry in zip(found, pool.map(self._read, (below + name for name in found)), strict=True):
                if isinstance(entry, Entry):
                    entries[name] = entry
                elif entry and faults is None:
                    raise entry
                elif entry and faults is not None:
                    faults.append(entry)
        return entries

    def _names(self, below: str, names: re.Pattern[str]) -> list[str]:
        """The names in a folder that are of a pattern, but for `.json`, in order."""
        folder = join(self.root, RECEIPTS, below).rstrip("/")
        listed = (
            file.name.removesuffix(".json") for file in self.storage.list_folder(folder) if file.name.endswith(".json")
        )
        return sorted(name for name in listed if names.fullmatch(name))
