"""The lines that were set aside, each with what is wrong with it: `python -m lake quarantine`.

In a notebook:

    from explore import set_aside
    set_aside("data", "2020-03")
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace

from explore.raw_file import raw_file_of
from explore.tables import opened, selected
from lake.errors import LakeError, UsageError
from lake.intake.scan import physical_lines
from lake.months import parse_months
from lake.operate.status import Lake
from lake.places import places_of
from lake.publication.receipts import Receipt
from lake.storage import storage_of
from lake.terminal import MAX_ERROR, printable
from schemas.datasets import PUBLISHED_TRIPS, QUARANTINED_LINES, RAW
from schemas.layouts import CSV_LAYOUT_NAMED, CsvLayout
from schemas.reasons import Reason
from transforms.explanation import Explanation, explain_line, explain_row

_SEPARATOR = "; "
_OF_LINE = " in"
_MAX_FOUND, _MAX_LINE = 60, 240  # characters, for people
_QUERY = (
    "SELECT source_file, line_number, reasons, raw_line FROM quarantine ORDER BY source_file, line_number, raw_line"
)


@dataclass(frozen=True)
class SetAside:
    """A line that is not a trip. The fields are the columns of the CSV; those with several values have them in one order.

    Attributes:
        file: The raw file.
        line_number: Where it stands, from 1. None for Parquet, and beyond the first 1,000 of a run if the raw file is gone
            or another now: then equal lines share the number of the first one, too.
        reasons: The codes.
        column: The first field that each reason is true of.
        found: What stands there.
        expected: What should.
        hint: What to do; empty if nobody knows.
        raw_line: The line as it stands in the file; one that is not UTF-8 as ISO 8859-1. Of Parquet the row as JSON.
    """

    file: str
    line_number: int | None
    reasons: str
    column: str
    found: str
    expected: str
    hint: str
    raw_line: str

    @property
    def row(self) -> tuple[str | int | None, ...]:
        """Its fields, as COLUMNS names them."""
        return astuple(self)


COLUMNS = tuple(field.name for field in fields(SetAside))


def set_aside(lake: str | None, month: str, **places: str) -> list[SetAside]:
    """The lines of a month that were set aside, for a notebook.

    Args:
        lake: As `--lake`.
        month: The month.
        places: As the other options: transformed, quarantine, raw.

    Raises:
        LakeError: The month is not published, or what lies there cannot be read.
    """
    required = [PUBLISHED_TRIPS.location, QUARANTINED_LINES.location]
    found = Lake(places_of({"lake": lake, **places}, required, [RAW]))
    return lines_set_aside(found, receipt_of(found, month))


def receipt_of(lake: Lake, month: str) -> Receipt:
    """The receipt of a month.

    Raises:
        UsageError: It is not a month.
        LakeError: It is not published.
    """
    selection = parse_months(month)
    if len(selection.named) != 1 or selection.ranged:
        raise UsageError(f"{month!r} is not a month; expected one such as 2020-04")
    [entry] = lake.trips.selected(selection).values()
    return entry.receipt


def lines_set_aside(lake: Lake, receipt: Receipt) -> list[SetAside]:
    """The lines of a month that were set aside, in the order of the file. One entry per line.

    Numbers are looked up in the raw file while it is there as it was, else they are those of the table.
    """
    root = lake.root(QUARANTINED_LINES)
    if not receipt.quarantine_files or root is None:
        return []
    found = selected(opened({"quarantine": (root, [receipt])}, [receipt]), _QUERY).fetchall()
    layout = CSV_LAYOUT_NAMED.get(receipt.source.layout)
    numbers = _numbers(receipt, lake.places.get(RAW.name), found) if layout else {}
    lines = []
    for file, number, reasons, line in found:
        left = numbers.get(bytes_of(line, reasons))
        lines.append(explained(file, left.pop(0) if left else number, reasons, line, layout))
    return sorted(lines, key=lambda line: (line.line_number is None, line.line_number or 0))


def bytes_of(line: str, reasons: Iterable[str]) -> bytes:
    """The bytes of a line that the quarantine shows: see `transforms.quarantine.raw_line`."""
    return line.encode("iso-8859-1" if Reason.INVALID_ENCODING in reasons else "utf-8")


def _numbers(
    receipt: Receipt, raw: str | None, found: Sequence[tuple[str, int, list[str], str]]
) -> dict[bytes, list[int]]:
    """Where each line that was set aside stands in the raw file, every time that it does.

    Raises:
        LakeError: It stands there more or less often than it was set aside.
    """
    file = raw_file_of(receipt, raw)
    if file is None:
        return {}
    wanted = {bytes_of(line, reasons) for _, _, reasons, line in found}
    numbers = defaultdict[bytes, list[int]](list)
    for number, line in enumerate(physical_lines(storage_of(file.uri), file), 1):
        if line in wanted:
            numbers[line].append(number)
    if (there := sum(map(len, numbers.values()))) != len(found):
        raise LakeError(f"{file.uri} holds {there:,} of the {len(found):,} lines in quarantine: please report it")
    return numbers


def explained(file: str, number: int | None, reasons: Sequence[str], line: str, layout: CsvLayout | None) -> SetAside:
    """A line with what is wrong with it. What cannot be told is an empty field."""
    told = [explanation(line, reasons, Reason(reason), layout) for reason in reasons]
    columns = [(one.where, one.found, one.expected, one.hint) if one else ("",) * 4 for one in told]

    def joined(place: int) -> str:
        values = [column[place] for column in columns]
        return _SEPARATOR.join(values) if any(values) else ""

    return SetAside(file, number, _SEPARATOR.join(reasons), joined(0), joined(1), joined(2), joined(3), line)


def explanation(line: str, reasons: Iterable[str], reason: Reason, layout: CsvLayout | None) -> Explanation | None:
    """What is wrong with a line, by one of its reasons; None if that cannot be told, or nothing is."""
    found = explain_line(bytes_of(line, reasons), layout, reason) if layout else explain_row(line, reason)
    if found is None:
        return None
    if found.where.endswith(f" fields{_OF_LINE}"):  # the line as a whole, which is shown as well
        return replace(found, where="", found=found.where.removesuffix(_OF_LINE))
    encoding = "iso-8859-1" if Reason.INVALID_ENCODING in reasons else "utf-8"  # in the same characters as the line
    return replace(found, found=found.found.encode(errors="surrogateescape").decode(encoding))


def text_lines(lines: Sequence[SetAside], receipt: Receipt) -> Iterator[str]:
    """The lines for people: two each, and how many there are."""
    for line in lines:
        where = "" if line.line_number is None else f" line {line.line_number:,}"
        what = (
            f": {line.column} '{printable(line.found, _MAX_FOUND)}', expected {line.expected}" if line.expected else ""
        )
        hint = f" ({line.hint})" if line.hint.strip(_SEPARATOR) else ""
        yield printable(f"{line.file}{where}: {line.reasons}{what}{hint}", MAX_ERROR)
        yield f"    {printable(line.raw_line, _MAX_LINE)}"
    yield f"{receipt.month}: {len(lines):,} of {receipt.counts.lines:,} lines were set aside"
