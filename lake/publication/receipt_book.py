"""The receipts of all months of a data set: each replaced by one conditional write, never deleted."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from lake.errors import HistoryError, LakeError, LostRace, RecordError, StorageError
from lake.months import MONTH, Selection
from lake.publication.commit import commit
from lake.publication.receipts import Entry, Receipt
from lake.storage import Storage, join, normalise, storage_of
from schemas.datasets import RECEIPTS

REPLACED = "replaced"
AT_ONCE = 16  # requests: a lake of 150 months is read in a second

_REPLACED_NAME = re.compile(rf"{MONTH.pattern}\.[1-9][0-9]*")


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

    def all(self, faults: list[LakeError] | None = None) -> dict[str, Entry]:
        """The receipts of all months, in order.

        Args:
            faults: Takes what is wrong with those that cannot be read; None: the first of them is raised.
        """
        return self._entries("", MONTH, faults)

    def is_empty(self) -> bool:
        """Is no month published? Lists the receipts and reads none."""
        return not self._names("", MONTH)

    def newest(self) -> tuple[dict[str, Entry], dict[str, list[int]]]:
        """The receipts of all months, for who makes something of them, and what `kept` says: none must have gone back.

        Raises:
            LakeError: A receipt is gone, or is older than one that was replaced.
        """
        kept = self.kept()  # first: a receipt is kept before it is replaced
        entries = self.all()
        for fault in self.lost(kept, entries).values():
            raise LakeError(fault)
        return entries, kept

    def lost(self, kept: Mapping[str, Sequence[int]], entries: Mapping[str, Entry]) -> dict[str, str]:
        """The months whose receipt is gone, or older than one that was replaced, with a line on each.

        Args:
            kept: What `kept` says: asked for before.
            entries: The receipts of all months.
        """
        found = {}
        for month, generations in kept.items():
            now = entries[month].receipt.generation if month in entries else 0
            if generations[-1] > now:
                is_now = f"is of generation {now}" if now else "is gone"
                found[month] = (
                    f"the receipt of {month} in {self.root} {is_now}, but {month}.{generations[-1]}.json was replaced: "
                    "receipts were lost, or an older copy of them put back; see docs/operations.md, Receipts were lost"
                )
        return found

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

    def selected(self, months: Selection, faults: list[LakeError] | None = None) -> dict[str, Entry]:
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

    def past(self, faults: list[LakeError] | None = None) -> dict[str, list[Receipt]]:
        """The receipts that lie where those lie that were replaced, by month, the oldest first.

        Args:
            faults: As in `all`.
        """
        found = defaultdict[str, list[Receipt]](list)
        for entry in self._entries(f"{REPLACED}/", _REPLACED_NAME, faults).values():
            found[entry.receipt.month].append(entry.receipt)
        return {month: sorted(past, key=lambda receipt: receipt.generation) for month, past in sorted(found.items())}

    def replaced(self, now: Mapping[str, Entry], faults: list[LakeError] | None = None) -> dict[str, list[Receipt]]:
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
        if isinstance(found := self._read(name), LakeError):
            raise found
        return found

    def _read(self, name: str) -> Entry | LakeError | None:
        """The receipt with a name; one that says it is another's is a fault, and not what is published."""
        uri = join(self.root, RECEIPTS, f"{name}.json")
        try:
            if not (found := self.storage.read(uri)):
                return None
            receipt = Receipt.from_json(found[0], uri)
        except (RecordError, StorageError) as error:
            return error
        of = receipt.month if MONTH.fullmatch(name) else f"{REPLACED}/{receipt.month}.{receipt.generation}"
        if of != name:
            return RecordError(f"{uri} is the receipt of {of}: it was copied or renamed, and is not that of {name}")
        return Entry(receipt, found[1], found[0])

    def _entries(self, below: str, names: re.Pattern[str], faults: list[LakeError] | None = None) -> dict[str, Entry]:
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
