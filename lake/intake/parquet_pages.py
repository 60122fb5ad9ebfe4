"""One pass over the pages of a Parquet file, apart from Spark: do they hold what the footer says, with the right checksums?"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from lake.intake.parquet_footer import Chunk, damaged
from lake.intake.scan import CHUNK, refuse
from lake.intake.thrift import I32, STRUCT, TRUE, CompactReader, CutOffError, Field, ThriftError
from lake.storage import FileInfo, Storage
from schemas.reasons import (
    MAX_PAGE_BYTES,
    MAX_PAGE_HEADER_BYTES,
    MAX_PAGES,
    MAX_PARQUET_UNFOLDING,
    MIN_UNFOLDED_PARQUET,
    RefusalCode,
)

_USUAL_HEADER = 1024
_V1, _INDEX, _DICTIONARY, _V2 = range(4)
_VALUE_BYTES = (0, 4, 8, 12, 4, 8, 4, 0)  # the least that a value takes in a dictionary, by physical type
_CELL = 8  # what a value is counted with at least: runs of one value take no bytes in a page, and as many as others once read
_RLE = 3
# PLAIN and dictionaries: all that TLC's files hold. What Spark's vectorised reader takes of the others differs by its version.
_COMMON = frozenset({0, 2, 8})

_PAGE_V1 = {
    1: Field("values", I32, required=True),
    2: Field("encoding", I32, required=True),
    3: Field("level_encoding", I32, required=True),
}
_PAGE_V2 = {
    1: Field("values", I32, required=True),
    2: Field("nulls", I32, required=True),
    3: Field("rows", I32, required=True),
    4: Field("encoding", I32, required=True),
    5: Field("definition_bytes", I32, required=True),
    6: Field("repetition_bytes", I32, required=True),
    7: Field("is_compressed", TRUE),
}
_DICTIONARY_PAGE = {1: Field("values", I32, required=True), 2: Field("encoding", I32, required=True)}
_HEADER = {
    1: Field("type", I32, required=True),
    2: Field("unpacked", I32, required=True),
    3: Field("packed", I32, required=True),
    4: Field("crc", I32),
    5: Field("v1", STRUCT, _PAGE_V1),
    7: Field("dictionary", STRUCT, _DICTIONARY_PAGE),
    8: Field("v2", STRUCT, _PAGE_V2),
}
_KINDS = {_V1: "v1", _DICTIONARY: "dictionary", _V2: "v2"}


@dataclass(frozen=True)
class Pages:
    """What a pass over a file found.

    Attributes:
        sha256: Of the file's bytes.
        is_common: Whether its pages are encoded as nearly all files' are, which Spark's faster reader takes.
    """

    sha256: str
    is_common: bool


def prove_pages(storage: Storage, info: FileInfo, chunks: Sequence[Chunk]) -> Pages:
    """Reads a file once, from its start to its end.

    Args:
        storage: Where it lies.
        info: The file.
        chunks: Its column chunks in the order in which they lie, as its footer says.

    Raises:
        RefusalError: Its pages are not what the footer says, or unfold to too much.
        StorageError: It cannot be read.
    """
    with storage.open(info.uri, info.etag) as stream:
        walk = _Walk(stream, info.size)
        for chunk in chunks:
            walk.chunk(chunk)
        walk.source.drain()
    return Pages(walk.source.digest.hexdigest(), walk.is_common)


class _Source:
    """A stream that is looked into and passed over; of all its bytes it makes the hash."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer, self._at = b"", 0
        self.position = 0
        self.digest = hashlib.sha256()

    def ahead(self, size: int) -> bytes:
        """The next bytes, fewer only at the end; they stay to be read."""
        while len(self._buffer) - self._at < size and self._fill():
            pass
        return self._buffer[self._at : self._at + size]

    def skip(self, size: int) -> int:
        """Passes over bytes. Returns their CRC-32."""
        crc = 0
        while size:
            if self._at == len(self._buffer) and not self._fill():
                raise damaged(f"the file ends at byte {self.position:,}")
            piece = memoryview(self._buffer)[self._at : self._at + size]
            crc = zlib.crc32(piece, crc)
            size -= len(piece)
            self._at += len(piece)
            self.position += len(piece)
        return crc

    def drain(self) -> None:
        """Reads the rest."""
        self._buffer, self._at = b"", 0
        while self._fill():
            self._buffer = b""

    def _fill(self) -> bool:
        more = self._stream.read(CHUNK)
        self.digest.update(more)
        self._buffer, self._at = self._buffer[self._at :] + more, 0
        return bool(more)


class _Walk:
    """From page to page."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.source = _Source(stream)
        self.is_common = True
        self._most = max(MIN_UNFOLDED_PARQUET, size * MAX_PARQUET_UNFOLDING)
        self._unfolded = self._pages = 0

    def chunk(self, chunk: Chunk) -> None:
        """Reads the pages of a column chunk."""
        self.source.skip(chunk.start - self.source.position)
        end, values = chunk.start + chunk.size, 0
        while self.source.position < end:
            values += self._page(chunk, end, is_first=self.source.position == chunk.start)
        if values != chunk.values:
            raise damaged(f"{chunk.where}: its pages hold {values:,} values, the footer says {chunk.values:,}")

    def _page(self, chunk: Chunk, end: int, *, is_first: bool) -> int:
        """Reads a page. Returns how many values of the column it holds."""
        where = f"{chunk.where}, page at byte {self.source.position:,}"
        header = self._header(where, end)
        if not 0 <= header["packed"] <= end - self.source.position:
            left = end - self.source.position
            raise damaged(f"{where}: it has {header['packed']:,} bytes, {left:,} are left of its column chunk")
        kind = header["type"]
        body: dict[str, Any] = header.get(_KINDS.get(kind, ""), {})
        if not body and kind != _INDEX:
            raise damaged(f"{where}: there is no page of type {kind}, or its header is of another type")
        if kind == _DICTIONARY:
            _check_dictionary(chunk, where, header, body, is_first=is_first)
        elif kind == _V2:
            _check_v2(where, header, body)
        self._check_cost(where, header, body)
        crc = self.source.skip(header["packed"])
        if "crc" in header and crc != header["crc"] & 0xFFFFFFFF:
            raise damaged(f"{where}: its checksum is {crc:08x}, its header says {header['crc'] & 0xFFFFFFFF:08x}")
        if kind not in (_V1, _V2):
            return 0
        is_plain = chunk.column.optional is False or body.get("level_encoding", _RLE) == _RLE
        self.is_common = self.is_common and kind == _V1 and is_plain and body["encoding"] in _COMMON
        return int(body["values"])

    def _header(self, where: str, end: int) -> dict[str, Any]:
        """The header of the next page."""
        left = end - self.source.position
        for size in (_USUAL_HEADER, MAX_PAGE_HEADER_BYTES):
            reader = CompactReader(self.source.ahead(min(size, left)))
            try:
                header = reader.struct(_HEADER)
            except CutOffError as error:
                if size < min(MAX_PAGE_HEADER_BYTES, left):
                    continue
                raise damaged(f"{where}: its header cannot be read: {error}") from None
            except ThriftError as error:
                raise damaged(f"{where}: its header cannot be read: {error}") from None
            self.source.skip(reader.position)
            return header
        raise AssertionError("the last size ends the loop")

    def _check_cost(self, where: str, header: dict[str, Any], body: dict[str, Any]) -> None:
        """Refuses what takes out of all proportion to the file's size."""
        values, unpacked = body.get("values", 0), header["unpacked"]
        if values < 0 or unpacked < 0:
            raise damaged(f"{where}: {values:,} values, {unpacked:,} bytes unpacked")
        if max(unpacked, header["packed"]) > MAX_PAGE_BYTES:
            raise refuse(
                RefusalCode.DECOMPRESSION_BOMB,
                f"{where}: it unpacks to {unpacked:,} bytes, allowed are {MAX_PAGE_BYTES:,}; write the file with smaller pages",
            )
        self._pages += 1
        self._unfolded += max(unpacked, values * _CELL)
        if self._unfolded > self._most:
            raise refuse(
                RefusalCode.DECOMPRESSION_BOMB,
                f"{where}: up to here the file unfolds to {self._unfolded:,} bytes, allowed are {self._most:,}",
            )
        if self._pages > MAX_PAGES:
            raise refuse(
                RefusalCode.DECOMPRESSION_BOMB,
                f"the file has more than {MAX_PAGES:,} pages; write it with larger pages",
            )


def _check_dictionary(
    chunk: Chunk, where: str, header: dict[str, Any], body: dict[str, Any], *, is_first: bool
) -> None:
    if not is_first:
        raise damaged(f"{where}: a dictionary after the first page of its column chunk")
    # A reader makes room for as many values as are announced.
    if body["values"] * _VALUE_BYTES[chunk.column.physical] > header["unpacked"]:
        raise damaged(f"{where}: a dictionary of {body['values']:,} values in {header['unpacked']:,} bytes")


def _check_v2(where: str, header: dict[str, Any], body: dict[str, Any]) -> None:
    levels = (body["definition_bytes"], body["repetition_bytes"])
    if min(levels) < 0 or sum(levels) > min(header["packed"], header["unpacked"]):
        raise damaged(f"{where}: its levels have {sum(levels):,} bytes, the page {header['packed']:,}")
    if body["rows"] != body["values"]:
        raise damaged(f"{where}: {body['rows']:,} rows, but {body['values']:,} values")
    if not 0 <= body["nulls"] <= body["values"]:
        raise damaged(f"{where}: {body['nulls']:,} of {body['values']:,} values are NULL")
