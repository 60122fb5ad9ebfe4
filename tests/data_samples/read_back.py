"""Generated files read in the plainest way: bytes cut at line ends and commas."""

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from schemas import trips as t
from schemas.columns import ColumnType
from schemas.layouts import CsvLayout

LINE = re.compile(rb"[^\n]*\n|[^\n]+$")


def physical_lines(path: Path) -> list[bytes]:
    """The lines of a file with their line ends."""
    return LINE.findall(path.read_bytes())


def is_blank(line: bytes) -> bool:
    return line.rstrip(b"\r\n") == b""


def is_header(line: bytes) -> bool:
    return line.startswith(b"VendorID,")


def values_of(line: bytes, layout: CsvLayout) -> dict[str, object]:
    """The values of a line that is spelled as TLC spells."""
    fields = line.decode("ascii").rstrip("\r\n").split(",")
    if len(fields) != layout.width or any(fields[len(layout.columns) :]):
        raise ValueError(f"{len(fields)} fields, or a filled surplus field: {line!r}")
    return {
        column: _value(t.PUBLISHED_TYPES[column], text) for column, text in zip(layout.columns, fields, strict=False)
    }


def _value(kind: ColumnType, text: str) -> object:
    if text == "":
        return None
    match kind:
        case ColumnType.INT:
            return int(text)
        case ColumnType.DECIMAL:
            return Decimal(text)
        case ColumnType.DOUBLE:
            return float(text)
        case ColumnType.WALL_CLOCK:
            return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - wall clock, without a zone
        case _:
            return text
