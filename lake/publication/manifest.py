"""The COPY manifest of the aggregates: every month's current files, made from the receipts. Redshift loads by it."""

import json
from collections.abc import Mapping

from lake.errors import Conflict, LakeError, PreconditionFailed
from lake.publication.receipts import MANIFEST, Held, ReceiptBook
from lake.storage import Storage, join

_TRIES = 5  # each try reads newer receipts than the rival that was faster


def manifest(root: str, receipts: Mapping[str, Held]) -> bytes:
    """The manifest of what some receipts publish. A missing file is an error, which is not Redshift's default."""
    entries = [
        {"url": join(root, file.path), "mandatory": True, "meta": {"content_length": file.size}}
        for held in receipts.values()
        for file in held.receipt.files
    ]
    return (json.dumps({"entries": entries}, indent=1) + "\n").encode()


def write_manifest(storage: Storage, book: ReceiptBook) -> tuple[bytes, dict[str, Held]]:
    """Brings the manifest up to date; a late writer cannot put an older list over a newer one.

    Returns:
        The manifest as it lies there now, and the receipts that it was made from.

    Raises:
        LakeError: Other writers were always faster.
    """
    uri = join(book.root, MANIFEST)
    for _ in range(_TRIES):
        found = storage.read(uri)  # before the receipts
        receipts = book.all()
        body = manifest(book.root, receipts)
        if found and found[0] == body:
            return body, receipts
        try:
            storage.put(uri, body, found[1] if found else None)
        except (PreconditionFailed, Conflict):
            continue
        return body, receipts
    raise LakeError(f"{uri}: other runs kept writing it; start again, the receipts are in order")
