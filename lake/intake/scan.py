"""One pass over the bytes of a raw file, apart from Spark: its hash, its physical lines, its beginning.

The count is what the published and quarantined rows are held against, so it must not share a fault with the reader: this
is Python's own count of line ends. It costs 1.5 s for a gigabyte.
"""

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from lake.errors import LakeError
from lake.intake.signatures import GZIP_MAGIC, SIGHT, other_content
from lake.storage import FileInfo, Storage
from schemas.reasons import (
    MAX_LINE_BYTES,
    MAX_UNFOLDING,
    MIN_LINES_FOR_MEAN,
    MIN_MEAN_LINE,
    MIN_UNFOLDED_BYTES,
    Refusal,
    RefusalCode,
)

CHUNK = MAX_LINE_BYTES  # no line that is too long fits into one, so only those that go on have to be measured
HEAD = 1 << 20  # a header and some lines, however long
_LONE_CR = re.compile(rb"\r(?!\n)")  # where there is none, half as long as to count CR and CR LF


@dataclass(frozen=True)
class Scan:
    """What one pass over a file found.

    Attributes:
        sha256: Of the file's bytes, compressed if it is.
        lines: Physical lines: what ends in LF, CR LF or CR, and a last one without an end.
        head: The first MiB, uncompressed: the header and at least the first six lines.
        has_lone_cr: Whether a CR stands alone, without an LF after it.
    """

    sha256: str
    lines: int
    head: bytes
    has_lone_cr: bool


class RefusalError(LakeError):
    """A raw file cannot be taken."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(refused.message)
        self.refused = refused


def refuse(code: RefusalCode, message: str) -> RefusalError:
    """An error to raise."""
    return RefusalError(Refusal(code, message))


def check_content(head: bytes, name: str, *, inside: bool = False) -> None:
    """Refuses what is not what its name says, by its first bytes: see `other_content`.

    Raises:
        RefusalError: It is something else.
    """
    if found := other_content(head, name, inside=inside):
        raise RefusalError(found)


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
        self._lone_crs = 0

    def add(self, chunk: bytes) -> None:
        """Counts the line ends of the next chunk; a CR LF that is cut in two counts once."""
        split_pair = self._last == b"\r" and chunk.startswith(b"\n")
        first_number = self._ends + 1
        lone = len(_LONE_CR.findall(chunk)) - split_pair  # of a CR at the end of a chunk the next one tells
        self._lone_crs += lone
        self._ends += chunk.count(b"\n") + lone
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        first = min((place for place in (chunk.find(b"\n"), chunk.find(b"\r")) if place >= 0), default=len(chunk))
        longest = self._open + first
        self._open = len(chunk) - end - 1 if end >= 0 else self._open + len(chunk)
        self._last = chunk[-1:]
        if longest > MAX_LINE_BYTES:
            raise refuse(RefusalCode.LINE_TOO_LONG, f"line {first_number:,} has more than {MAX_LINE_BYTES:,} bytes")

    @property
    def has_lone_cr(self) -> bool:
        """Was there a CR without an LF after it?"""
        return self._lone_crs > 0

    @property
    def lines(self) -> int:
        """The lines so far, the one without an end included."""
        return self._ends + (1 if self._open else 0)


def scan(storage: Storage, file: FileInfo) -> Scan:
    """Reads a file once.

    Raises:
        RefusalError: It is something else than CSV, cut off (gzip), has a line too long to hold, or would cost far more
            than its size.
        StorageError: It cannot be read.
    """
    counter, head, size = _LineCounter(), b"", 0
    limit = max(MIN_UNFOLDED_BYTES, MAX_UNFOLDING * file.size)
    with storage.open(file.uri, file.etag) as source:
        hashing = _HashingReader(source)
        buffered = io.BufferedReader(hashing, CHUNK)
        # Before any line is counted: what is not text has lines without end.
        check_content(beginning := buffered.peek(SIGHT), file.name)
        is_gzip = beginning.startswith(GZIP_MAGIC)
        stream: BinaryIO = gzip.GzipFile(fileobj=buffered) if is_gzip else buffered  # type: ignore[assignment]
        try:
            while chunk := stream.read(CHUNK):
                if is_gzip and not size:
                    check_content(chunk, file.name, inside=True)
                counter.add(chunk)
                size += len(chunk)
                if size > limit:
                    raise refuse(
                        RefusalCode.DECOMPRESSION_BOMB,
                        f"the {file.size:,} bytes of gzip unfold to more than {limit:,}; if they should, unpack the file",
                    )
                if len(head) < HEAD:
                    head += chunk[: HEAD - len(head)]
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            cause = "it is cut off" if isinstance(error, EOFError) else str(error)
            raise refuse(
                RefusalCode.NOT_GZIP, f"the gzip stream cannot be read to its end: {cause}; fetch the file again"
            ) from None
        hashing.drain()
    if counter.lines >= MIN_LINES_FOR_MEAN and size < counter.lines * MIN_MEAN_LINE:
        raise refuse(
            RefusalCode.NO_TRIPS,
            f"{counter.lines:,} lines have {size / counter.lines:.1f} bytes on average, a trip has 60 or more",
        )
    return Scan(hashing.digest.hexdigest(), counter.lines, head, counter.has_lone_cr)


def fingerprint(storage: Storage, file: FileInfo) -> str:
    """What identifies the bytes of a file: S3's ETag, else their SHA-256. A time of change is not an identity."""
    if file.etag:
        return file.etag
    with storage.open(file.uri) as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def first_lines(storage: Storage, file: FileInfo, wanted: Mapping[str, int]) -> Iterator[tuple[str, int, bytes]]:
    """Looks up lines by their SHA-256: of each, where the first line of the file that reads so stands, and that line.

    Args:
        storage: Where the file lies.
        file: The file, gzip or not.
        wanted: The CRC-32 of each line without its end, by its SHA-256: a hundred times as fast to tell that a line is not one.

    Yields:
        The SHA-256, the number of the line, from 1, and the line without its end.
    """
    left = dict(wanted)
    checksums = frozenset(left.values())
    for number, line in enumerate(physical_lines(storage, file), 1):
        if zlib.crc32(line) in checksums and (digest := hashlib.sha256(line).hexdigest()) in left:
            yield digest, number, line
            del left[digest]
            if not left:
                return


def physical_lines(storage: Storage, file: FileInfo, *, keepends: bool = False) -> Iterator[bytes]:
    """The lines of a CSV file, gzip or not, as Hadoop's reader splits them: at LF, CR LF and CR, and at nothing else.

    Args:
        storage: Where the file lies.
        file: The file.
        keepends: Whether each has its end.
    """
    with storage.open(file.uri, file.etag) as source:
        stream: BinaryIO = gzip.GzipFile(fileobj=source) if file.name.endswith(".gz") else source  # type: ignore[assignment]
        rest = b""
        while chunk := stream.read(CHUNK):
            text = rest + chunk
            # What follows the last certain line end waits. A CR at the very end may be half of a CR LF.
            certain = max(text.rfind(b"\n"), text.rfind(b"\r", 0, len(text) - 1)) + 1
            yield from text[:certain].splitlines(keepends)
            rest = text[certain:]
        yield from rest.splitlines(keepends)
