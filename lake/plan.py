"""What is to be done: raw files compared with receipts. Needs no Spark, so Airflow's tasks use it as well."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from lake.errors import LakeError, StorageError
from lake.months import Selection
from lake.raw import CSV, CSV_GZ, PARQUET, Inventory, RawFile, month_of, take_inventory
from lake.receipts import Held, ReceiptBook, RefusedBook, RefusedRecord
from lake.scan import fingerprint
from lake.storage import Storage, Stored
from lake.version import code_version
from schemas.reasons import Refusal, Refused
from schemas.trips import CONTRACT_VERSION

_ROW_BYTES = {CSV: 80, CSV_GZ: 15, PARQUET: 15}  # TLC's files: 90 to 160, from 18 on, 20 to 25


@dataclass(frozen=True)
class Pending:
    """A file that is to be published.

    Attributes:
        file: The file.
        etag: What identifies its bytes.
        why: new, changed, contract or rebuild.
        held: The month's receipt as it was before the file was read; the commit must present its token.
    """

    file: RawFile
    etag: str
    why: str
    held: Held | None


@dataclass
class Plan:
    """What a run finds.

    Attributes:
        inventory: What lies in the raw folder.
        receipts: What is published.
        pending: What is to be done, by month.
        refused: Files that are refused, with their ETag where it is known, by name.
        unchanged: Months that are published as they are.
        gone: Published months without a raw file. They stay.
    """

    inventory: Inventory
    receipts: Mapping[str, Held]
    pending: dict[str, Pending] = field(default_factory=dict)
    refused: dict[str, tuple[str, Refused]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """About how many rows are pending, by the sizes of the files: rather too many than too few."""
        return sum(one.file.stored.size // _ROW_BYTES[one.file.suffix] for one in self.pending.values())


def make_plan(
    raw: Storage, raw_folder: str, book: ReceiptBook, refusals: RefusedBook, months: Selection, *, rebuild: bool
) -> Plan:
    """Compares raw files with receipts.

    Raises:
        LakeError: A month named by itself has no raw file.
    """
    held = book.all()  # before any file is looked at: see reliability, "the ETag read before the input was"
    inventory = take_inventory(raw, raw_folder)
    plan = Plan(inventory, held)
    missing = months.missing({*inventory.files, *inventory.refused_months})
    if missing:
        raise LakeError(f"--months: there is no raw file of {', '.join(missing)} in {raw_folder}")
    known = refusals.all()
    etags = _etags(raw, inventory, plan)
    plan.refused = {name: why for name, why in plan.refused.items() if month_of(name) in months}
    for name, (stored, refused) in inventory.refused.items():
        if month_of(name) is None or month_of(name) in months:
            plan.refused[name] = stored.etag or stored.version, refused
    for month, file in inventory.files.items():
        if file.name in plan.refused or month not in months:
            continue
        _place(plan, file, etags[month], known.get(file.name), rebuild=rebuild)
    plan.gone = sorted(set(held) - set(inventory.files) - inventory.refused_months)
    return plan


def _place(plan: Plan, file: RawFile, etag: str, record: RefusedRecord | None, *, rebuild: bool) -> None:
    """Puts one file where it belongs: pending, refused as before, or unchanged."""
    held = plan.receipts.get(file.month)
    why = why_pending(held, etag, rebuild=rebuild)
    if why and not rebuild and record and _holds(record, etag):
        plan.refused[file.name] = etag, record.refused
    elif why:
        plan.pending[file.month] = Pending(file, etag, why, held)
    else:
        plan.unchanged.append(file.month)


def _holds(record: RefusedRecord, etag: str) -> bool:
    """Is a note still the answer for these bytes? Not if it was for another file, which this plan would have found too."""
    same = (record.etag, record.code_version) == (etag, code_version())
    return same and record.code not in (Refusal.DUPLICATE_FILE, Refusal.DUPLICATE_MONTH)


def why_pending(held: Held | None, etag: str, *, rebuild: bool) -> str:
    """Why a file is to be published; empty if it is, from these bytes and to this contract."""
    if held is None:
        return "new"
    if held.receipt.source.etag != etag:
        return "changed"
    if held.receipt.contract_version < CONTRACT_VERSION:
        return "contract"
    return "rebuild" if rebuild else ""


def _etags(raw: Storage, inventory: Inventory, plan: Plan) -> dict[str, str]:
    """What identifies each file; a file that cannot be read, or stands under two months, is refused in the plan."""
    etags, months = dict[str, str](), defaultdict[str, list[str]](list)
    for month, file in inventory.files.items():
        try:
            etags[month] = fingerprint(raw, file.stored)
        except StorageError as error:
            plan.refused[file.name] = file.stored.version, Refused(Refusal.UNREADABLE, str(error))
            continue
        if file.stored.size:
            months[etags[month]].append(month)
    for etag, twins in months.items():
        for month in twins if len(twins) > 1 else ():
            names = " and ".join(inventory.files[twin].name for twin in twins)
            message = f"{names} hold the same bytes; one of them is under a wrong name"
            plan.refused[inventory.files[month].name] = etag, Refused(Refusal.DUPLICATE_FILE, message)
    return etags


def is_same(stored: Stored, now: Stored | None) -> bool:
    """Is a file still the one that was listed?"""
    return now is not None and (now.version, now.size) == (stored.version, stored.size)
