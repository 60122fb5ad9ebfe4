"""One pass over the bytes of a raw file, apart from Spark: its hash, its physical lines, its beginning.

The count is what the published and quarantined rows are held against, so it must not share a fault with the reader: this
is Python's own count of line ends. It costs 1.5 s for a gigabyte.
"""

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from lake.errors import LakeError
from lake.storage import FileInfo, Storage
from schemas.reasons import MAX_LINE_BYTES, Refusal, RefusalCode

CHUNK = 1 << 20
HEAD = 2 * MAX_LINE_BYTES  # a header and a first line, however long


@dataclass(frozen=True)
class Scan:
    """What one pass over a file found.

    Attributes:
        sha256: Of the file's bytes, compressed if it is.
        lines: Physical lines: what ends in LF, CR LF or CR, and a last one without an end.
        head: The first 2 MiB, uncompressed: at least the header and the first line.
    """

    sha256: str
    lines: int
    head: bytes


class RefusalError(LakeError):
    """A raw file cannot be taken."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(refused.message)
        self.refused = refused


class _HashingReader(io.RawIOBase):
    """Passes bytes on and hashes them."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # as RawIOBase is called
        block = self._source.read(len(buffer))
        buffer[: len(block)] = block
        self.digest.update(block)
        return len(block)

    def drain(self) -> None:
        """Reads what a decompressor left."""
        while self.read(CHUNK):
            pass


class _LineCounter:
    """Counts lines over chunks."""

    def __init__(self) -> None:
        self._ends = 0
        self._open = 0  # bytes of the line that has no end yet
        self._last = b""

    def add(self, chunk: bytes) -> None:
        """Counts the line ends of the next chunk; a CR LF that is cut in two counts once."""
        carriage_returns = chunk.count(b"\r")
        pairs = chunk.count(b"\r\n") if carriage_returns else 0
        split_pair = self._last == b"\r" and chunk.startswith(b"\n")
        first_number = self._ends + 1
        self._ends += chunk.count(b"\n") + carriage_returns - pairs - split_pair
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r") if carriage_returns else -1)
        first = min((place for place in (chunk.find(b"\n"), chunk.find(b"\r")) if place >= 0), default=len(chunk))
        longest = self._open + first
        self._open = len(chunk) - end - 1 if end >= 0 else self._open + len(chunk)
        self._last = chunk[-1:]
        if longest > MAX_LINE_BYTES:
            raise RefusalError(
                Refusal(RefusalCode.LINE_TOO_LONG, f"line {first_number:,} has more than {MAX_LINE_BYTES:,} bytes")
            )

    @property
    def lines(self) -> int:
        """The lines so far, the one without an end included."""
        return self._ends + (1 if self._open else 0)


def scan(storage: Storage, file: FileInfo) -> Scan:
    """Reads a file once.

    Raises:
        RefusalError: It is cut off (gzip), or has a line too long to hold.
        StorageError: It cannot be read.
    """
    counter, head = _LineCounter(), b""
    with storage.open(file.uri, file.etag) as source:
        hashing = _HashingReader(source)
        buffered = io.BufferedReader(hashing, CHUNK)
        is_gzip = file.name.endswith(".gz") and buffered.peek(2)[:2] == b"\x1f\x8b"
        stream: BinaryIO = gzip.GzipFile(fileobj=buffered) if is_gzip else buffered  # type: ignore[assignment]
        try:
            while chunk := stream.read(CHUNK):
                counter.add(chunk)
                if len(head) < HEAD:
                    head += chunk[: HEAD - len(head)]
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            cause = "it is cut off" if isinstance(error, EOFError) else str(error)
            raise RefusalError(
                Refusal(RefusalCode.NOT_GZIP, f"the gzip stream cannot be read to its end: {cause}")
            ) from None
        hashing.drain()
    return Scan(hashing.digest.hexdigest(), counter.lines, head)


def fingerprint(storage: Storage, file: FileInfo) -> str:
    """What identifies the bytes of a file: S3's ETag, else their SHA-256. A time of change is no identity."""
    if file.etag:
        return file.etag
    with storage.open(file.uri) as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def first_line_numbers(storage: Storage, file: FileInfo, wanted: set[bytes]) -> dict[bytes, int]:
    """For each line, the number of the first line of the file that reads so, from 1.

    Args:
        storage: Where the file lies.
        file: The file, gzip or not.
        wanted: Lines without their ends.
    """
    found: dict[bytes, int] = {}
    with storage.open(file.uri, file.etag) as source:
        stream: BinaryIO = gzip.GzipFile(fileobj=source) if file.name.endswith(".gz") else source  # type: ignore[assignment]
        number, rest = 0, b""
        while chunk := stream.read(CHUNK):
            rest, lines = _complete_lines(rest + chunk)
            for line in lines:
                number += 1
                if line in wanted:
                    found.setdefault(line, number)
        if rest.rstrip(b"\r\n") in wanted:
            found.setdefault(rest.rstrip(b"\r\n"), number + 1)
    return found


def _complete_lines(text: bytes) -> tuple[bytes, list[bytes]]:
    """What follows the last certain line end, and the lines before it. A CR at the very end may be half of a CR LF."""
    certain = max(text.rfind(b"\n"), text.rfind(b"\r", 0, len(text) - 1))
    # bytes.splitlines splits at LF, CR LF and CR, and at nothing else: as Hadoop's reader does.
    return text[certain + 1 :], text[: certain + 1].splitlines()
