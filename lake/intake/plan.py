"""What is to be done: raw files compared with receipts. Needs no Spark, so Airflow's tasks use it as well."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from lake.errors import LakeError, StorageError, UsageError
from lake.intake.barren import could_be_months, describe_barren
from lake.intake.endings import CSV, CSV_GZ, PARQUET
from lake.intake.identity import Identity
from lake.intake.inventory import Inventory, RawFile, take_inventory
from lake.intake.names import month_of
from lake.intake.precedence import past_fault
from lake.intake.refusals import RefusalNote, RefusalNotes
from lake.intake.scan import fingerprint
from lake.intake.twins import find_twins
from lake.months import EVERY_MONTH, Selection
from lake.publication.publisher import why_due
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Entry, Receipt
from lake.storage import FileInfo, Storage, normalise, storage_of
from lake.version import code_version
from schemas.datasets import PUBLISHED_TRIPS
from schemas.reasons import Refusal, RefusalCode

_AT_ONCE = 4  # files hashed on a disk: hashing releases Python's interpreter lock
_ROW_BYTES = {CSV: 80, CSV_GZ: 15, PARQUET: 15}  # TLC's files: 90 to 160, from 18 on, 20 to 25


@dataclass(frozen=True)
class DueFile:
    """A file that is to be published.

    Attributes:
        file: The file.
        identity: What identifies its bytes.
        why: new, changed, contract or rebuild.
        replaces: The month's receipt as it was before the file was read; the commit must present its token.
    """

    file: RawFile
    identity: Identity
    why: str
    replaces: Entry | None

    @property
    def etag(self) -> str:
        """What identifies its bytes at once: the ETag in S3, the SHA-256 on a disk."""
        return self.identity.etag


@dataclass
class Plan:
    """What a run finds.

    Attributes:
        inventory: What lies in the raw folder.
        receipts: What is published.
        due: What is to be done, by month.
        refused: Files that are refused, with their ETag where it is known, by name.
        unchanged: Months that are published as they are.
        held: Names of files from which their months were rolled back, by month. They wait until they change.
        gone: Published months without a raw file. They stay.
        notes: The notes of files that were refused before, by name.
        identities: What identifies the bytes of each file that owns a month, by name; not of those that cannot be read.
        barren: What lies in the raw folder instead, if no file there could be a month.
        cleared: The same, if nothing lies there and months are published: somebody may have cleared it.
    """

    inventory: Inventory
    receipts: Mapping[str, Entry]
    due: dict[str, DueFile] = field(default_factory=dict)
    refused: dict[str, tuple[str, Refusal]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    notes: Mapping[str, RefusalNote] = field(default_factory=dict)
    identities: Mapping[str, Identity] = field(default_factory=dict)
    barren: str = ""
    cleared: str = ""

    @property
    def rows(self) -> int:
        """About how many rows are due, by the sizes of the files: rather too many than too few."""
        return sum(due.file.info.size // _ROW_BYTES[due.file.suffix] for due in self.due.values())

    def check_barren(self) -> None:
        """For who was told to read the raw folder: it is a wrong one, if nothing there could be a month.

        Raises:
            UsageError: So it is. The nightly run, whose first night finds none, does not ask.
        """
        if self.barren:
            raise UsageError(self.barren)


def make_plan(raw_folder: str, transformed: str, months: Selection = EVERY_MONTH, *, rebuild: bool = False) -> Plan:
    """Compares raw files with receipts.

    Args:
        raw_folder: Where the raw files lie.
        transformed: The data set of the trips.
        months: The months it is about.
        rebuild: Whether months that are published are redone.

    Raises:
        UsageError: A month is named by itself, and nothing in the raw folder could be one.
        LakeError: A month named by itself has no raw file, or receipts are gone or older than they were.
    """
    book = ReceiptBook.at(transformed)
    # Before any file is looked at: what a file replaces is what was there before it was read.
    entries, kept = book.newest()
    raw = storage_of(raw_folder)
    inventory = take_inventory(raw, normalise(raw_folder))
    plan = Plan(inventory, entries)
    if not could_be_months(inventory):
        line, is_empty = describe_barren(raw, raw_folder, inventory)
        plan.barren, plan.cleared = ("", line) if entries and is_empty else (line, "")
    missing = months.missing({*inventory.files, *inventory.refused_months})
    if missing:
        plan.check_barren()
        raise LakeError(f"--months: there is no raw file of {', '.join(missing)} in {raw_folder}")
    plan.notes = notes = RefusalNotes.of(book).all()
    plan.identities, refused = _identities(raw, plan)
    refused.update(find_twins(plan.identities, notes))
    plan.refused = {name: why for name, why in refused.items() if month_of(name) in months}
    for name, refusal in inventory.refused.items():
        if month_of(name) is None or month_of(name) in months:
            plan.refused[name] = refusal
    for month, file in inventory.files.items():
        if file.name not in plan.refused and month in months:
            earlier = book.earlier(month, reversed(kept.get(month, [])))
            try:
                _place(plan, file, _standing(raw, file, notes.get(file.name)), earlier, rebuild=rebuild)
            except StorageError as error:
                plan.refused[file.name] = file.info.version, Refusal(RefusalCode.UNREADABLE, str(error))
    plan.gone = sorted(set(entries) - set(inventory.files) - inventory.refused_months)
    return plan


def _place(plan: Plan, file: RawFile, note: RefusalNote | None, earlier: Iterable[Receipt], *, rebuild: bool) -> None:
    """Puts one file where it belongs: pending, refused as before, or unchanged.

    Raises:
        StorageError: The file cannot be looked at.
    """
    entry, identity = plan.receipts.get(file.month), plan.identities[file.name]
    is_same = entry is not None and identity.is_of(entry.receipt.source)
    is_held = entry is not None and not is_same and identity.is_withdrawn_from(entry.receipt)
    source = entry.receipt.source.etag if entry and (is_same or is_held) else identity.etag
    why = why_due(entry, source, PUBLISHED_TRIPS.version, rebuild=rebuild)
    past = past_fault(file, identity, entry.receipt, earlier) if entry and why and not (is_same or rebuild) else None
    if why and not rebuild and note and _holds(note, identity):
        past = past or note.refusal
    if past:
        plan.refused[file.name] = identity.etag, past
    elif why:
        plan.due[file.month] = DueFile(file, identity, why, entry)
    else:
        plan.unchanged.append(file.month)
        plan.held.update({file.month: file.name} if is_held else {})


def _standing(raw: Storage, file: RawFile, note: RefusalNote | None) -> RefusalNote | None:
    """The note of a file; none if the file could not be opened then and can be now. To ask costs a request, not a run."""
    if note is None or note.code != RefusalCode.UNREADABLE:
        return note
    try:
        with raw.open(file.info.uri, file.info.etag) as stream:
            stream.read(1)
    except StorageError:
        return note
    return None


def _holds(note: RefusalNote, identity: Identity) -> bool:
    """Is a note still the answer for these bytes? Not if it was for what lies beside them: the plan finds that by itself."""
    of_others = note.code in (RefusalCode.DUPLICATE_FILE, RefusalCode.DUPLICATE_MONTH, RefusalCode.SUPERSEDED)
    return not of_others and note.code_version == code_version() and identity.is_of(note)


def _identities(raw: Storage, plan: Plan) -> tuple[dict[str, Identity], dict[str, tuple[str, Refusal]]]:
    """What identifies each file that owns a month, by name; and the refusals of those that cannot be read."""

    def identity(file: RawFile) -> Identity | Refusal:
        entry, note = plan.receipts.get(file.month), plan.notes.get(file.name)
        known = (*([entry.receipt.source] if entry else ()), *([note] if note else ()))
        try:
            return Identity(raw, file.info, fingerprint(raw, file.info), known)
        except StorageError as error:
            return Refusal(RefusalCode.UNREADABLE, str(error))

    files = list(plan.inventory.files.values())
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        each = list(zip(files, pool.map(identity, files), strict=True))
    found = {file.name: one for file, one in each if isinstance(one, Identity)}
    return found, {file.name: (file.info.version, one) for file, one in each if isinstance(one, Refusal)}


def is_same(info: FileInfo, now: FileInfo | None) -> bool:
    """Is a file still the one that was listed?"""
    return now is not None and (now.version, now.size) == (info.version, info.size)
