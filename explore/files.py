"""The published files for DuckDB: those that receipts name, by that name, to be read and nothing else."""

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO

from fsspec import AbstractFileSystem

from lake.publication.receipts import DataFile
from lake.storage import Storage, join, storage_of

PROTOCOL = "lake"
WHOLE = 1 << 23  # bytes: a smaller file is read at once. Of an aggregate a month has a few hundred thousand
READ_AHEAD = 1 << 20


class PublishedFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A file system that holds the files it was told of.

    Whatever else is asked for is not there: no other file of the disk or of the bucket, and no pattern is ever expanded. None can
    be written. The same for a disk and for S3, so nothing has to be downloaded to read a bucket, as DuckDB's httpfs would be.
    """

    protocol = PROTOCOL
    cachable = False  # fsspec would return another instance's

    def __init__(self) -> None:
        super().__init__()
        self._files: dict[str, tuple[str, int]] = {}

    def add(self, root: str, files: Iterable[DataFile]) -> list[str]:
        """Makes the files of a data set known; returns the names by which they can be read."""
        names = []
        for file in files:
            uri = join(root, file.path)
            name = f"{PROTOCOL}://{len(self._files)}/{file.path.rpartition('/')[2]}"
            self._files[name] = uri, file.size
            names.append(name)
        return names

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path

    def glob(self, path: str, **options: Any) -> list[str]:
        """The file itself: a name is never a pattern."""
        return [path] if path in self._files else []

    def exists(self, path: str, **options: Any) -> bool:
        """Is it one of them?"""
        return path in self._files

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        """What DuckDB asks of a file: its size, from the receipt."""
        return {"name": path, "size": self._found(path)[1], "type": "file"}

    def modified(self, path: str) -> datetime:
        """The same of each: a published file never changes."""
        return datetime.fromtimestamp(0, UTC)

    def open(self, path: str, mode: str = "rb", **options: Any) -> BinaryIO:
        """The bytes of a file.

        Raises:
            PermissionError: It is to be written.
        """
        if mode != "rb":
            raise PermissionError(f"{path} is a published file: it is never written")
        uri, size = self._found(path)
        storage = storage_of(uri)
        if size > WHOLE:
            return RangeReader(storage, uri, size)
        with storage.open(uri) as stream:
            return BytesIO(stream.read())

    def _found(self, path: str) -> tuple[str, int]:
        try:
            return self._files[path]
        except KeyError:
            raise FileNotFoundError(f"{path} is no published file") from None


class RangeReader(BytesIO):
    """A large file, of which only what is asked for is read: the footer and the columns of a query."""

    def __init__(self, storage: Storage, uri: str, size: int) -> None:
        super().__init__()
        self._storage, self._uri, self._size = storage, uri, size
        self._place = 0
        self._ahead, self._ahead_at = b"", 0

    def seek(self, place: int, whence: int = 0) -> int:
        """As of any file."""
        self._place = place + (0, self._place, self._size)[whence]
        return self._place

    def tell(self) -> int:
        """As of any file."""
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        """As of any file; never a part of what is there."""
        end = self._size if size is None or size < 0 else min(self._place + size, self._size)
        wanted = end - self._place
        if wanted <= 0:
            return b""
        start = self._place - self._ahead_at
        if start < 0 or start + wanted > len(self._ahead):
            self._ahead, self._ahead_at, start = self._fetched(max(wanted, READ_AHEAD)), self._place, 0
        self._place = end
        return self._ahead[start : start + wanted]

    def _fetched(self, size: int) -> bytes:
        with self._storage.open(self._uri, start=self._place) as stream:
            return stream.read(size)
