"""What the footer of a Parquet file says: its columns with their types, its row groups, where their column chunks lie.

Read apart from Spark, so that any engine is held against the same proof. The format: https://parquet.apache.org/docs/.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lake.errors import StorageError
from lake.intake.layout import MAX_NAME
from lake.intake.scan import RefusalError, refuse
from lake.intake.thrift import BINARY, I32, I64, LIST, STRUCT, TRUE, CompactReader, Field, ThriftError
from lake.storage import FileInfo, Storage
from lake.terminal import printable
from schemas.reasons import MAX_FOOTER_BYTES, RefusalCode

MAGIC, ENCRYPTED = b"PAR1", b"PARE"
TRAILER = 8  # the length of the footer, and the magic bytes
ADVICE = "fetch the file again"
CODECS = ("UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW")
_NO_LIBRARY = ("LZO", "BROTLI")
_REPEATED = 2

_TIME_UNITS = {1: Field("millis", STRUCT, {}), 2: Field("micros", STRUCT, {}), 3: Field("nanos", STRUCT, {})}
_TIMESTAMP = {1: Field("is_utc", TRUE, required=True), 2: Field("unit", STRUCT, _TIME_UNITS, required=True)}
_LOGICAL = {
    1: Field("string", STRUCT, {}),
    8: Field("timestamp", STRUCT, _TIMESTAMP),
    11: Field("unknown", STRUCT, {}),
}
_ELEMENT = {
    1: Field("type", I32),
    3: Field("repetition", I32),
    4: Field("name", BINARY, required=True),
    5: Field("children", I32),
    6: Field("converted", I32),
    10: Field("logical", STRUCT, _LOGICAL),
}
_CHUNK = {
    1: Field("type", I32, required=True),
    3: Field("path", LIST, BINARY, required=True),
    4: Field("codec", I32, required=True),
    5: Field("values", I64, required=True),
    7: Field("size", I64, required=True),
    9: Field("data_offset", I64, required=True),
    11: Field("dictionary_offset", I64),
}
_COLUMN = {1: Field("elsewhere", BINARY), 3: Field("chunk", STRUCT, _CHUNK), 8: Field("encryption", STRUCT, {})}
_GROUP = {1: Field("columns", LIST, _COLUMN, required=True), 3: Field("rows", I64, required=True)}
_FILE = {
    2: Field("schema", LIST, _ELEMENT, required=True),
    3: Field("rows", I64, required=True),
    4: Field("groups", LIST, _GROUP, required=True),
    8: Field("encryption", STRUCT, {}),
}


@dataclass(frozen=True)
class ParquetColumn:
    """A column of a file.

    Attributes:
        name: Its name.
        type: Its type as Spark names it, or what it is where Spark has none.
        physical: How its values are stored, by the format's number.
        optional: Whether it may hold NULL.
    """

    name: str
    type: str
    physical: int
    optional: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """One column of one row group.

    Attributes:
        group: The row group's number, from 1.
        column: The column.
        values: Its values by the footer: of a flat column, the rows of the row group.
        start: Where its first page begins.
        size: The bytes of its pages and their headers.
    """

    group: int
    column: ParquetColumn
    values: int
    start: int
    size: int

    @property
    def where(self) -> str:
        """What it is called in a message."""
        return f"row group {self.group:,}, column {named(self.column.name)}"


@dataclass(frozen=True)
class Footer:
    """What a file says of itself.

    Attributes:
        start: Where it begins in the file.
        columns: The columns in their order.
        rows: The rows of the file.
        groups: The row groups as they are read.
    """

    start: int
    columns: tuple[ParquetColumn, ...]
    rows: int
    groups: list[dict[str, Any]]


def named(name: str) -> str:
    """A column's name, fit for a message."""
    return printable(name[:MAX_NAME]) or "''"


def damaged(message: str) -> RefusalError:
    """An error to raise: the file contradicts itself."""
    return refuse(RefusalCode.NOT_PARQUET, f"{message}; {ADVICE}")


def read_footer(storage: Storage, info: FileInfo) -> Footer:
    """Reads the end of a file.

    Raises:
        RefusalError: There is no footer that can be read.
        StorageError: The file cannot be read.
    """
    start, raw = _bytes_of_footer(storage, info)
    try:
        found = CompactReader(raw).struct(_FILE)
    except ThriftError as error:
        raise damaged(f"the footer cannot be read: {error}") from None
    if "encryption" in found:
        raise _encrypted()
    return Footer(start, tuple(_columns(found["schema"])), found["rows"], found["groups"])


def column_chunks(footer: Footer) -> list[Chunk]:
    """The column chunks of a file of flat columns, in the order in which they lie; no two overlap. Empty ones are left out.

    Raises:
        RefusalError: The footer contradicts itself.
    """
    chunks = [
        chunk for number, group in enumerate(footer.groups, 1) for chunk in _chunks(number, group, footer.columns)
    ]
    rows = sum(group["rows"] for group in footer.groups)
    if rows != footer.rows:
        raise damaged(f"its row groups have {rows:,} rows, the footer says {footer.rows:,}")
    chunks.sort(key=lambda chunk: chunk.start)
    _check_places(chunks, footer.start)
    return chunks


def footer_rows(storage: Storage, uri: str) -> int:
    """The rows of a file of flat columns by its footer, which does not contradict itself.

    Raises:
        LakeError: It cannot be read, or contradicts itself.
    """
    info = storage.head(uri)
    if info is None:
        raise StorageError(f"{uri} is not there")
    footer = read_footer(storage, info)
    column_chunks(footer)
    return footer.rows


def _bytes_of_footer(storage: Storage, info: FileInfo) -> tuple[int, bytes]:
    """Where the footer begins, and its bytes."""
    if info.size < len(MAGIC) + TRAILER:
        raise damaged(f"the footer cannot be read: {info.size} bytes are too few")
    with storage.open(info.uri, info.etag, info.size - TRAILER) as stream:
        trailer = stream.read(TRAILER)
    if trailer[4:] == ENCRYPTED:
        raise _encrypted()
    if trailer[4:] != MAGIC:
        raise damaged("there is no footer at the end of the file: it is cut off, or something follows it")
    size = int.from_bytes(trailer[:4], "little")
    if size > MAX_FOOTER_BYTES:
        raise damaged(f"the footer has {size:,} bytes, at most {MAX_FOOTER_BYTES:,} are read")
    start = info.size - TRAILER - size
    if start < len(MAGIC):
        raise damaged(f"the footer has {size:,} bytes, the whole file {info.size:,}")
    with storage.open(info.uri, info.etag, start) as stream:
        return start, stream.read(size)


def _encrypted() -> RefusalError:
    return refuse(RefusalCode.UNDECODABLE, "the file is encrypted; expected Parquet without encryption")


def _columns(schema: list[dict[str, Any]]) -> Iterator[ParquetColumn]:
    """The columns; a group of columns is one, with a type that no layout has."""
    if not schema or schema[0].get("children", 0) < 0:
        raise damaged("the footer names no columns")
    names, place = schema[0].get("children", 0), 1
    for _ in range(names):
        inside = 1
        first = place
        while inside:
            if place == len(schema):
                raise damaged("the footer has fewer columns than it announces")
            children = schema[place].get("children", 0)
            if children < 0:
                raise damaged("a group of columns has a negative number of members")
            inside += children - 1
            place += 1
        yield _column(schema[first], is_group=place - first > 1)
    if place != len(schema):
        raise damaged(f"the footer has {len(schema) - place:,} columns more than it announces")


def _column(element: dict[str, Any], *, is_group: bool) -> ParquetColumn:
    try:
        name = element["name"].decode()
    except UnicodeDecodeError:
        raise damaged("the name of a column is not UTF-8") from None
    if is_group or "type" not in element:
        return ParquetColumn(name, "struct", -1, optional=True)
    repetition = element.get("repetition", 0)
    spark_type = "array" if repetition == _REPEATED else _spark_type(element)
    return ParquetColumn(name, spark_type, element["type"], optional=repetition != 0)


_PHYSICAL = ("boolean", "int", "bigint", "timestamp in INT96", "float", "double", "binary", "fixed_len_byte_array")
_CONVERTED = {  # by the number of the format; no others are columns of ours
    0: "string", 4: "string", 5: "decimal", 6: "date", 7: "time", 8: "time", 9: "timestamp", 10: "timestamp", 11: "smallint",
    12: "int", 13: "bigint", 14: "decimal(20,0)", 15: "tinyint", 16: "smallint", 17: "int", 18: "bigint", 19: "string",
}  # fmt: skip


def _spark_type(element: dict[str, Any]) -> str:
    """The type of a flat column, as Spark names it. One that is all NULL (Arrow's null) is what it is stored as."""
    if not 0 <= element["type"] < len(_PHYSICAL):
        raise damaged(
            f"column {named(element['name'].decode())} has type {element['type']}, which Parquet does not know"
        )
    logical = element.get("logical", {})
    if "unknown" in logical:
        return _PHYSICAL[element["type"]]
    if "string" in logical:
        return "string"
    if time := logical.get("timestamp"):
        name = "timestamp" if time["is_utc"] else "timestamp_ntz"
        return f"{name} in nanoseconds" if "nanos" in time["unit"] else name
    return _CONVERTED.get(element.get("converted", -1), _PHYSICAL[element["type"]])


def _chunks(number: int, group: dict[str, Any], columns: tuple[ParquetColumn, ...]) -> Iterator[Chunk]:
    rows, found = group["rows"], group["columns"]
    if rows < 0:
        raise damaged(f"row group {number:,} has {rows:,} rows")
    if len(found) != len(columns):
        raise damaged(f"row group {number:,} has {len(found):,} columns, the file {len(columns):,}")
    for column, parts in zip(columns, found, strict=True):
        chunk = _chunk(number, column, parts)
        if chunk.values != rows:
            raise damaged(f"{chunk.where}: {chunk.values:,} values, the row group says {rows:,} rows")
        if chunk.size or chunk.values:
            yield chunk


def _chunk(group: int, column: ParquetColumn, found: dict[str, Any]) -> Chunk:
    where = f"row group {group:,}, column {named(column.name)}"
    if "elsewhere" in found:
        raise damaged(f"{where}: its pages are in another file")
    if "encryption" in found:
        raise _encrypted()
    if "chunk" not in found:
        raise damaged(f"{where}: the footer does not say where it lies")
    meta = found["chunk"]
    if not 0 <= meta["codec"] < len(CODECS):
        raise damaged(f"{where}: codec {meta['codec']}, which Parquet does not know")
    if CODECS[meta["codec"]] in _NO_LIBRARY:
        raise refuse(
            RefusalCode.UNDECODABLE,
            f"{where}: packed with {CODECS[meta['codec']]}, which Spark has no library for; "
            "write the file again with snappy, gzip or zstd",
        )
    if meta["path"] != [column.name.encode()] or meta["type"] != column.physical:
        path = named(b".".join(meta["path"]).decode(errors="replace"))
        raise damaged(f"{where}: column {path} of type {meta['type']} stands in its place")
    # Arrow writes 0 for what an empty column chunk does not have.
    start = min((place for place in (meta["data_offset"], meta.get("dictionary_offset", 0)) if place), default=0)
    return Chunk(group, column, meta["values"], start, meta["size"])


def _check_places(chunks: list[Chunk], end: int) -> None:
    """Column chunks lie between the magic bytes and the footer, and none in another: so none is listed twice."""
    for chunk in chunks:
        if chunk.start < len(MAGIC) or chunk.size < 0 or chunk.start + chunk.size > end:
            place = f"bytes {chunk.start:,} to {chunk.start + chunk.size:,}"
            raise damaged(f"{chunk.where}: {place}, the footer is at {end:,}")
    for before, after in pairwise(chunks):
        if before.start + before.size > after.start:
            what = "a row group is listed twice, or its place is wrong"
            raise damaged(f"{after.where}: it lies where {before.where} lies; {what}")
