"""Which layout a raw file has: by its header and the number of fields of its rows, never by a guess."""

import csv
import re
from collections import Counter, defaultdict
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
MAX_FAULTS = 4  # columns, and kinds of faults, that are named in a message
MAX_NAME = 50  # characters of a column's name in a message
_STARTS_AS_TIME = re.compile(r'"?\d{1,4}[-/]\d{1,2}[-/]\d{1,4}[ T]\d')


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
        raise refuse(RefusalCode.NO_DATA, "the file holds blank lines only: fetch it again")
    candidates = _by_header(rows, leading)
    names = candidates[0].columns
    rest = rows[leading + 1 :]
    texts = (row.decode(errors="replace") for row in rest if row.strip())
    data = list(islice((text for text in texts if header_key(text) != names), SAMPLE_ROWS))
    if not data:
        raise refuse(RefusalCode.NO_DATA, "the file has a header and no data: fetch it again")
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
    wrong = [{name: kind for name, kind in found.items() if kind not in layout.types[name]} for layout in same_names]
    nearest, faults = min(zip(same_names, wrong, strict=True), key=lambda pair: len(pair[1]))
    if faults:
        raise refuse(RefusalCode.UNKNOWN_LAYOUT, _type_fault(nearest, faults))
    return nearest


# How to write a column of times again, by what was found.
_TIME = "timestamp_ntz"
_TIME_CURES = (
    (
        "nanoseconds|INT96",
        "times in microseconds (pyarrow, pandas: coerce_timestamps='us', allow_truncated_timestamps=True)",
    ),
    (
        "^timestamp(?!_ntz| in INT96)",
        "times without a time zone, as New York's clocks show them (Spark: timestamp_ntz)",
    ),
    ("^(?!timestamp)", "times as timestamps without a time zone"),
)
_SHOWN_TYPES = {"timestamp": "timestamp with a time zone", _TIME: f"{_TIME} in microseconds"}


def _type_fault(layout: ParquetLayout, wrong: dict[str, str]) -> str:
    """How the types of some columns differ from those of a layout, and how to write them again."""
    alike, cures = defaultdict[str, list[str]](list), list[str]()
    for name, kind in wrong.items():
        expected = layout.types[name]
        alike[f"{_SHOWN_TYPES.get(kind, kind)}, not {_expected(expected)}"].append(name)
        if _TIME in expected:
            cures += [cure for pattern, cure in _TIME_CURES if re.search(pattern, kind)]
        else:
            cures.append("those types")
    faults = []
    for fault, names in list(alike.items())[:MAX_FAULTS]:
        more = [f"and {len(names) - MAX_FAULTS} more"] if len(names) > MAX_FAULTS else []
        subject = " ".join([", ".join(names[:MAX_FAULTS]), *more])
        faults.append(f"{subject} {'are' if len(names) > 1 else 'is'} {fault}")
    again = " and ".join(dict.fromkeys(cures))
    return f"{'; '.join(faults)}; write the file again with {again}; the nearest layout is {layout.name}"


def _expected(types: Sequence[str]) -> str:
    """The types that a column may have, without those of one that is all NULL."""
    null = {"void", "int"} if types[0] in ("double", "string") else set[str]()
    return " or ".join(_SHOWN_TYPES.get(kind, kind) for kind in types if kind not in null)


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
    if len(fields) > 2 and any(_STARTS_AS_TIME.match(field.strip()) for field in fields[:4]):
        raise refuse(
            RefusalCode.HEADER_MISSING,
            f"the first line holds data, {shown(rows[leading])}; expected a header that begins with VendorID: put it there",
        )
    _check_duplicates(list(found))
    nearest = min(CSV_LAYOUTS, key=lambda layout: len(set(layout.columns) ^ set(found)))
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(found) == 1 and separator in header:
            raise refuse(
                RefusalCode.UNKNOWN_LAYOUT,
                f"the header is separated by {name}; expected commas, as in {nearest.name}: write it again so",
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
