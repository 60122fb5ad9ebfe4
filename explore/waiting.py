"""What lies in the raw folder beside what is published: files that wait, files that are refused. Opens none of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from lake.intake.inventory import Inventory, take_inventory
from lake.intake.refusals import RefusalNotes
from lake.operate.status import Lake
from lake.places import is_there
from lake.publication.receipts import Receipt
from lake.storage import normalise, storage_of
from schemas.datasets import RAW


@dataclass(frozen=True)
class Waiting:
    """A raw file that is not published as it lies there: by name and size; `status` compares the bytes.

    Attributes:
        name: Its name.
        size: Its bytes.
        month: Its month.
        why: `new`, or `changed` where the month is published from another file.
    """

    name: str
    size: int
    month: str
    why: str


def look_at_raw(lake: Lake, receipts: Mapping[str, Receipt]) -> tuple[Inventory | None, list[Waiting], dict[str, str]]:
    """What lies in the raw folder, what of it waits, and what is refused and why."""
    notes = RefusalNotes.of(lake.trips).all()
    refused = {name: f"{note.code}: {note.message}" for name, note in notes.items()}
    raw = lake.places.get(RAW.name)
    if raw is None or not is_there(raw):
        return None, [], refused
    inventory = take_inventory(storage_of(raw), normalise(raw))
    lying = {file.info.name for file in inventory.files.values()}
    refused = {name: why for name, why in refused.items() if name in lying}
    refused.update({name: f"{refusal.code}: {refusal.message}" for name, (_, refusal) in inventory.refused.items()})
    waiting = []
    for month, file in sorted(inventory.files.items()):
        info, receipt = file.info, receipts.get(month)
        source = (receipt.source.name, receipt.source.size) if receipt else None
        if info.name not in refused and source != (info.name, info.size):
            waiting.append(Waiting(info.name, info.size, month, "changed" if receipt else "new"))
    return inventory, waiting, dict(sorted(refused.items()))
