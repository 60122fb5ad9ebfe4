"""Which layout a raw file has: by its header and the number of fields of its rows, never by a guess."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from lake.intake.scan import refuse
from lake.intake.signatures import shown
from lake.terminal import printable
from schemas.layouts import CSV_LAYOUTS, PARQUET_LAYOUTS, CsvLayout, ParquetLayout, header_key
from schemas.reasons import MAX_QUOTED_LINE, RefusalCode

SAMPLE_ROWS = 100
HEADER_LINES = 50  # in which a header is looked for, to tell what stands before it
MAX_NAME = 50  # characters of a column's name in a message
_TIME = re.compile(r'"?\d{1,4}[-/]\d{1,2}[-/]\d{1,4}[ T]\d')


@dataclass(frozen=True)
class Heading:
    """A CSV file's layout.

    Attributes:
        layout: The layout.
        leading_lines: The header, and the blank lines before and after it.
    """

    layout: CsvLayout
    leading_lines: int


def csv_heading(head: bytes, lines: int, month: str) -> Heading:
    """The layout of a CSV file.

    Args:
        head: Its beginning, uncompressed.
        lines: Its physical lines.
        month: The month in its name, which decides between layouts that read alike.

    Raises:
        RefusalError: It has no layout that is known; the message says how it differs from the nearest.
    """
    if not head:
        raise refuse(RefusalCode.NO_DATA, "the gzip file holds no bytes: fetch it again")
    # bytes.splitlines splits where Spark's reader does; str.splitlines would at form feeds and others too.
    rows = head.removeprefix(b"\xef\xbb\xbf").splitlines()
    if lines > len(rows):
        rows = rows[:-1]  # the last one may be cut
    leading = next((place for place, row in enumerate(rows) if row.strip()), None)
    if leading is None:
        raise refuse(RefusalCode.NO_DATA, "the file holds blank lines only")
    candidates = _by_header(rows, leading)
    names = candidates[0].columns
    rest = rows[leading + 1 :]
    texts = (row.decode(errors="replace") for row in rest if row.strip())
    data = list(islice((text for text in texts if header_key(text) != names), SAMPLE_ROWS))
    if not data:
        raise refuse(RefusalCode.NO_DATA, "the file has a header and no data")
    blanks = next(place for place, row in enumerate(rest) if row.strip())
    return Heading(_by_width(candidates, data, month), leading + 1 + blanks)


def parquet_layout(types: Sequence[tuple[str, str]]) -> ParquetLayout:
    """The layout of a Parquet file, whatever the order of its columns.

    Args:
        types: The name of each column as it stands in the file, and its type as Spark names it.

    Raises:
        RefusalError: The columns or their types are those of no known layout.
    """
    found = {name.lower(): column_type for name, column_type in types}
    _check_duplicates([name.lower() for name, _ in types])
    same_names = [layout for layout in PARQUET_LAYOUTS if set(layout.types) == set(found)]
    if not same_names:
        nearest = min(PARQUET_LAYOUTS, key=lambda layout: len(set(layout.types) ^ set(found)))
        raise refuse(RefusalCode.UNKNOWN_LAYOUT, _difference(list(nearest.types), list(found), nearest.name))
    wrong: dict[str, list[str]] = {
        layout.name: [
            f"{name} is {column_type}, not {' or '.join(layout.types[name])}"
            for name, column_type in found.items()
            if column_type not in layout.types[name]
        ]
        for layout in same_names
    }
    fitting = [layout for layout in same_names if not wrong[layout.name]]
    if fitting:
        return fitting[0]
    nearest_name = min(wrong, key=lambda name: len(wrong[name]))
    raise refuse(
        RefusalCode.UNKNOWN_LAYOUT, f"the nearest layout is {nearest_name}, but {'; '.join(wrong[nearest_name])}"
    )


def _by_header(rows: list[bytes], leading: int) -> list[CsvLayout]:
    """The layouts with these columns in this order.

    Args:
        rows: The first lines of the file.
        leading: Where the first one stands that is not blank.
    """
    header = rows[leading].decode(errors="replace")
    found = header_key(header)
    layouts = _named_so(found)
    if layouts:
        return layouts
    later = range(leading + 1, min(len(rows), leading + 1 + HEADER_LINES))
    place = next((at for at in later if _named_so(header_key(rows[at].decode(errors="replace")))), None)
    if place is not None:
        raise refuse(
            RefusalCode.UNKNOWN_LAYOUT,
            f"line {leading + 1} is {shown(rows[leading])}; the header is line {place + 1}: remove what stands before it",
        )
    fields = header.split(",")
    if len(fields) > 2 and any(_TIME.match(field.strip()) for field in fields[:4]):
        raise refuse(
            RefusalCode.HEADER_MISSING, "the first line holds data; expected a header that begins with VendorID"
        )
    _check_duplicates(list(found))
    nearest = min(CSV_LAYOUTS, key=lambda layout: len(set(layout.columns) ^ set(found)))
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(found) == 1 and separator in header:
            raise refuse(
                RefusalCode.UNKNOWN_LAYOUT, f"the header is separated by {name}; expected commas, as in {nearest.name}"
            )
    if not set(found) & set(nearest.columns):
        raise refuse(
            RefusalCode.UNKNOWN_LAYOUT,
            f"line {leading + 1} is {shown(rows[leading])}; expected a header such as {nearest.header[:60]}…: fetch the file "
            f"again, or put the header there; the nearest layout is {nearest.name}",
        )
    raise refuse(RefusalCode.UNKNOWN_LAYOUT, _difference(list(nearest.columns), list(found), nearest.name))


def _named_so(names: tuple[str, ...]) -> list[CsvLayout]:
    return [layout for layout in CSV_LAYOUTS if layout.columns == names]


def _by_width(candidates: list[CsvLayout], data: list[str], month: str) -> CsvLayout:
    """The one of some layouts with the same header that has the number of fields that most rows have."""
    widths = Counter(_number_of_fields(row) for row in data)
    width = min(widths, key=lambda fields: (-widths[fields], fields))
    fitting = [layout for layout in candidates if layout.width == width]
    if not fitting:
        known = " or ".join(f"{layout.width} ({layout.name})" for layout in candidates)
        raise refuse(RefusalCode.UNKNOWN_LAYOUT, f"most rows have {width} fields; with this header expected {known}")
    # What is left differs in blank lines only, and reads alike.
    return next((layout for layout in fitting if layout.first <= month <= layout.last), fitting[0])


def _number_of_fields(row: str) -> int:
    """The fields of a row; as in `transforms.csv_lines`, quotes do not count in one too long for a trip."""
    if len(row) > MAX_QUOTED_LINE:
        return row.count(",") + 1
    return len(next(csv.reader([row.replace("\0", "")]), []))


def _check_duplicates(names: list[str]) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise refuse(RefusalCode.DUPLICATE_COLUMN, f"the header names twice: {_listed(twice)}")


def _difference(expected: list[str], found: list[str], layout: str) -> str:
    """How columns differ from those of the nearest layout, for a message."""
    missing = [name for name in expected if name not in found]
    unknown = [name for name in found if name not in expected]
    parts = [f"missing {', '.join(missing)}"] if missing else []
    parts += [f"unknown {_listed(unknown)}"] if unknown else []
    if not parts:
        place = next(number for number, pair in enumerate(zip(expected, found, strict=True), 1) if pair[0] != pair[1])
        parts = [f"column {place} is {found[place - 1]}, expected {expected[place - 1]}"]
    return f"the nearest layout is {layout}: {'; '.join(parts)}"


def _listed(names: list[str]) -> str:
    """The first few of some names from a file, fit for a terminal."""
    return ", ".join(printable(name[:MAX_NAME]) or "''" for name in names[:5])
