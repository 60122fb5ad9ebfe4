"""The raw file behind a published month: is it still the same, and its lines by number."""

import gzip
from collections.abc import Iterator
from typing import BinaryIO

from lake.intake.identity import Identity
from lake.intake.scan import CHUNK, fingerprint
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
    info = storage.head(join(raw, receipt.source.uri.rpartition("/")[2]))
    if info is None:
        return None
    identity = Identity(storage, info, fingerprint(storage, info), (receipt.source,))
    return info if identity.is_of(receipt.source) else None


def lines_with_ends(file: FileInfo) -> Iterator[bytes]:
    """The physical lines of a CSV file, gzip or not, each with its end: LF, CR LF or CR, as `lake.intake.scan` counts them."""
    with storage_of(file.uri).open(file.uri, file.etag) as source:
        stream: BinaryIO = gzip.GzipFile(fileobj=source) if file.name.endswith(".gz") else source  # type: ignore[assignment]
        rest = b""
        while chunk := stream.read(CHUNK):
            text = rest + chunk
            # A CR at the very end may be half of a CR LF: it waits.
            certain = max(text.rfind(b"\n"), text.rfind(b"\r", 0, len(text) - 1)) + 1
            yield from text[:certain].splitlines(keepends=True)
            rest = text[certain:]
        yield from rest.splitlines(keepends=True)
