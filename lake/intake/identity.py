"""What tells the bytes of a raw file from others: its ETag, and where that differs the checksum that S3 has of them all.

An ETag is of how an object was sent as well: the same bytes in several parts have another one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from lake.publication.receipts import Receipt
from lake.storage import FileInfo, Storage


class Known(Protocol):
    """What a receipt or a note keeps of the bytes that it is about."""

    @property
    def etag(self) -> str: ...  # noqa: D102

    @property
    def checksum(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class Identity:
    """What identifies the bytes of a raw file.

    Attributes:
        storage: Where it lies.
        file: The file.
        etag: Its ETag in S3, its SHA-256 on a disk.
        records: What is known of bytes that it may have: of those with its ETag no checksum is asked for.
    """

    storage: Storage
    file: FileInfo
    etag: str
    records: tuple[Known, ...] = ()

    @cached_property
    def checksum(self) -> str:
        """The checksum of all bytes; empty where storage has none. Asked for once, when it is needed.

        Raises:
            StorageError: The file cannot be looked at, or was replaced since it was listed.
        """
        noted = next((known.checksum for known in self.records if known.etag == self.etag and known.checksum), "")
        return noted or self.storage.checksum(self.file.uri, self.file.etag)

    def is_of(self, known: Known) -> bool:
        """Are these the bytes that a receipt or a note is about? One without a checksum goes by its ETag."""
        return known.etag == self.etag or self.is_among((), (known.checksum,))

    def is_among(self, etags: Collection[str], checksums: Iterable[str]) -> bool:
        """Is one of these its ETag or its checksum?"""
        return self.etag in etags or any(checksum and checksum == self.checksum for checksum in checksums)

    def is_withdrawn_from(self, receipt: Receipt) -> bool:
        """Are these bytes among those from which a month was rolled back?"""
        back = receipt.roll_back
        return back is not None and self.is_among(back.withdrawn, back.withdrawn_checksums)
