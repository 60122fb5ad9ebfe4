"""The COPY manifest of an aggregate: every month's current files, made from the receipts. Redshift loads by it."""

import json
from collections.abc import Mapping

from lake.errors import Conflict, LakeError, PreconditionFailed
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Entry
from lake.storage import join

MANIFEST = "_manifest.json"
_TRIES = 5  # each try reads newer receipts than the rival that was faster


def manifest(root: str, receipts: Mapping[str, Entry]) -> bytes:
    """The manifest of what some receipts publish. A missing file is an error, which is not Redshift's default."""
    entries = [
        {"url": join(root, file.path), "mandatory": True, "meta": {"content_length": file.size}}
        for entry in receipts.values()
        for file in entry.receipt.files
    ]
    return (json.dumps({"entries": entries}, indent=1) + "\n").encode()


def write_manifest(book: ReceiptBook) -> tuple[bytes, dict[str, Entry]]:
    """Brings the manifest up to date; a late writer cannot put an older list over a newer one.

    Returns:
        The manifest as it lies there now, and the receipts that it was made from.

    Raises:
        LakeError: Other writers were always faster.
    """
    uri = join(book.root, MANIFEST)
    for _ in range(_TRIES):
        found = book.storage.read(uri)  # before the receipts
        receipts = book.all()
        body = manifest(book.root, receipts)
        if found and found[0] == body:
            return body, receipts
        try:
            book.storage.put(uri, body, found[1] if found else None)
        except (PreconditionFailed, Conflict):
            continue
        return body, receipts
    raise LakeError(f"{uri}: other runs kept writing it; start again, the receipts are in order")
