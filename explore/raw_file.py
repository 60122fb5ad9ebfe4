"""The raw file behind a published month: is it still there, and the same?"""

from lake.intake.identity import Identity
from lake.intake.scan import fingerprint
from lake.publication.receipts import Receipt
from lake.storage import FileInfo, join, storage_of


def raw_file_of(receipt: Receipt, raw: str | None) -> FileInfo | None:
    """The raw file that a month was made from; None if it is not there, or is another now.

    Args:
        receipt: The month's receipt.
        raw: Where raw files lie; None: not given.

    Raises:
        StorageError: It cannot be looked at.
    """
    if raw is None:
        return None
    storage = storage_of(raw)
    info = storage.head(join(raw, receipt.source.name))
    if info is None:
        return None
    identity = Identity(storage, info, fingerprint(storage, info), (receipt.source,))
    return info if identity.is_of(receipt.source) else None
