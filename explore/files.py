"""The published files for DuckDB: those that receipts name, by that name, to be read and nothing else."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import RawIOBase
from typing import Any, BinaryIO

from fsspec import AbstractFileSystem

from lake.publication.receipts import DataFile
from lake.storage import join, storage_of

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
        if size <= WHOLE:
            with storage.open(uri) as stream:
                body = stream.read()
            return Stream(size, lambda start, length: body[start : start + length])  # type: ignore[return-value]

        def fetch(start: int, length: int) -> bytes:
            with storage.open(uri, start=start) as stream:
                return stream.read(max(length, READ_AHEAD))

        return Stream(size, fetch)  # type: ignore[return-value]  # a BinaryIO but for its base

    def _found(self, path: str) -> tuple[str, int]:
        try:
            return self._files[path]
        except KeyError:
            raise FileNotFoundError(f"{path} is not a published file") from None


class Stream(RawIOBase):
    """A file, of which only what is asked for is read: the footer and the columns of a query.

    Each thread has a place of its own: DuckDB moves to a place and reads there, in two calls, with one stream for all its
    threads.
    """

    def __init__(self, size: int, fetch: Callable[[int, int], bytes]) -> None:
        """A file of so many bytes; `fetch` gives what begins at a place, as much as is asked for or more."""
        super().__init__()
        self._size, self._fetch = size, fetch
        self._of_thread = _Place()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, place: int, whence: int = 0) -> int:
        """As of any file."""
        now = self._of_thread
        now.place = place + (0, now.place, self._size)[whence]
        return now.place

    def tell(self) -> int:
        """As of any file."""
        return self._of_thread.place

    def read(self, size: int | None = -1) -> bytes:
        """As of any file; never a part of what is there."""
        now = self._of_thread
        end = self._size if size is None or size < 0 else min(now.place + size, self._size)
        wanted = end - now.place
        if wanted <= 0:
            return b""
        start = now.place - now.ahead_at
        if start < 0 or start + wanted > len(now.ahead):
            now.ahead, now.ahead_at, start = self._fetch(now.place, wanted), now.place, 0
        now.place = end
        return now.ahead[start : start + wanted]


class _Place(threading.local):
    """Where a thread is, and what it has read ahead."""

    place = 0
    ahead = b""
    ahead_at = 0
