"""The COPY manifest of the aggregates: every month's current files, made from the receipts. Redshift loads by it."""

import json

from lake.errors import LakeError, PreconditionFailed
from lake.receipts import MANIFEST, ReceiptBook
from lake.storage import Storage, join

_TRIES = 5  # each try reads newer receipts than the rival that was faster


def manifest(book: ReceiptBook) -> bytes:
    """The manifest of what is published now. A missing file is an error, which is not Redshift's default."""
    entries = [
        {"url": join(book.root, file.path), "mandatory": True, "meta": {"content_length": file.size}}
        for held in book.all().values()
        for file in held.receipt.files
    ]
    return (json.dumps({"entries": entries}, indent=1) + "\n").encode()


def write_manifest(storage: Storage, book: ReceiptBook) -> bool:
    """Brings the manifest up to date; a late writer cannot put an older list over a newer one.

    Returns:
        Whether it changed.

    Raises:
        LakeError: Other writers were always faster.
    """
    uri = join(book.root, MANIFEST)
    for _ in range(_TRIES):
        found = storage.read(uri)  # before the receipts
        body = manifest(book)
        if found and found[0] == body:
            return False
        try:
            storage.put(uri, body, found[1] if found else None)
        except PreconditionFailed:
            continue
        return True
    raise LakeError(f"{uri}: other runs kept writing it; start again, the receipts are in order")
