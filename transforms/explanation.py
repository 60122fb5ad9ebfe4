"""What is wrong with one line, for a message: which field, what stands in it, what should.

Why a line is not a trip is decided by `csv_lines` and `parquet`, in Spark. Here one of those lines is looked at again, in Python,
with the same shapes: reasons are counted by the million, and one in a file is explained.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite

from schemas import trips as t
from schemas.columns import ColumnType
from schemas.hints import hints
from schemas.layouts import CsvLayout
from schemas.reasons import MAX_QUOTED_LINE, NULL_TOKENS, NUMBER_EXPECTED, REASON_EXPECTED, Reason
from transforms.csv_lines import FIELD
from transforms.values import NON_FINITE, NUMBER, TIME, WHOLE

_LIMIT = Decimal(10**7)  # of decimal(9,2)


@dataclass(frozen=True)
class Explanation:
    """What is wrong with a line.

    Attributes:
        where: The column; of a line as a whole, how many fields it has.
        found: What stands there, as it stands there.
        expected: What should.
        hint: What to do; empty if nobody knows.
    """

    where: str
    found: str
    expected: str
    hint: str = ""


def _python(pattern: str) -> re.Pattern[str]:
    r"""A regex in which `\z` is the end; Python 3.11 writes `\Z`."""
    return re.compile(pattern.replace(r"\z", r"\Z"), re.ASCII)


_FIELD, _NON_FINITE, _NUMBER, _TIME, _WHOLE = (_python(pattern) for pattern in (FIELD, NON_FINITE, NUMBER, TIME, WHOLE))


def explain_line(line: bytes, layout: CsvLayout, reason: Reason) -> Explanation | None:
    """What is wrong with a line of a CSV file; None if that cannot be told.

    Args:
        line: The line, without its end.
        layout: The layout of its file.
        reason: Why it is not a trip.
    """
    text = line.decode(errors="surrogateescape")
    fields = _fields(text)
    names = [
        *layout.columns,
        *(f"field {place + 1}" for place in range(len(layout.columns), max(len(fields), layout.width))),
    ]
    if reason is Reason.COLUMN_COUNT:
        return _column_count(text, fields, names, layout)
    return _explain(dict(zip(names, fields, strict=False)), reason)


def explain_row(row: str, reason: Reason) -> Explanation | None:
    """The same of a row of a Parquet file.

    Args:
        row: The row as JSON. What is NULL is left out.
        reason: Why it is not a trip.
    """
    try:
        values = json.loads(row, parse_int=str, parse_float=str)
    except ValueError:  # only its beginning is known
        return None
    return _explain({t.PICKUP: "", **{name.lower(): str(value) for name, value in values.items()}}, reason)


def _explain(fields: Mapping[str, str], reason: Reason) -> Explanation | None:
    """The first field that a reason is true of."""
    for name, field in fields.items():
        if _is_true_of(reason, name, field):
            number = NUMBER_EXPECTED.get(t.PUBLISHED_TYPES.get(name, ColumnType.TEXT), "")
            hint = _encoding(field) if reason is Reason.INVALID_ENCODING else hints(reason, _bare(field))
            return Explanation(name, field, REASON_EXPECTED[reason].format(number=number), hint)
    return None


def _is_true_of(reason: Reason, name: str, field: str) -> bool:
    if reason is Reason.INVALID_ENCODING:
        return bool(_encoding(field))
    if reason is Reason.NUL_BYTE:
        return "\0" in field
    if reason is Reason.UNCLOSED_QUOTE:
        return _trimmed(field).startswith('"') and not _is_quoted(_trimmed(field))
    if reason is Reason.REQUIRED:
        return name == t.PICKUP and _bare(field) in NULL_TOKENS
    return _fault(t.PUBLISHED_TYPES.get(name, ColumnType.TEXT), _bare(field)) is reason


def _fault(column_type: ColumnType, text: str) -> Reason | None:
    """What is wrong with a text in a column of a type, as `values.text_reason` says."""
    if column_type is ColumnType.TEXT or text in NULL_TOKENS:
        return None
    if column_type is ColumnType.WALL_CLOCK:
        return None if _is_time(text) else Reason.BAD_TIMESTAMP
    if _NON_FINITE.search(text):
        return Reason.NON_FINITE
    return None if _is_number(text, column_type) else Reason.BAD_NUMBER


def _is_time(text: str) -> bool:
    if not _TIME.search(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_number(text: str, column_type: ColumnType) -> bool:
    if column_type is ColumnType.DOUBLE:
        return bool(_NUMBER.search(text)) and isfinite(float(text))
    if not (_WHOLE if column_type is ColumnType.INT else _NUMBER).search(text):
        return False
    number = Decimal(text)
    if number.adjusted() >= 10:
        return False
    if column_type is ColumnType.INT:
        return number == number.to_integral_value() and -(2**31) <= number < 2**31
    return abs(number.quantize(Decimal("0.01"), ROUND_HALF_UP)) < _LIMIT


def _column_count(text: str, fields: list[str], names: list[str], layout: CsvLayout) -> Explanation | None:
    filled = next(
        (place for place in range(len(layout.columns), len(fields)) if _bare(fields[place]) not in NULL_TOKENS), None
    )
    if len(fields) == layout.width:
        return None if filled is None else Explanation(names[filled], fields[filled], "an empty field")
    empty = f", the last {layout.surplus} empty" if layout.surplus else ""
    expected = REASON_EXPECTED[Reason.COLUMN_COUNT].format(fields=f"{layout.width} fields{empty}")
    if len(fields) < layout.width:
        other = next(
            (name for sign, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")) if text.count(sign) > 3), ""
        )
        hint = f"commas between the fields, no {other}" if other else "is the line cut off, or broken in two?"
    elif filled is None:
        hint = "no commas at the end of the line"
    else:
        hint = "a comma within a value? A point before decimals, nothing between thousands, quotes around text"
    return Explanation(f"{len(fields)} fields in", text, expected, hint)


def _fields(text: str) -> list[str]:
    """As `csv_lines.fields_of`."""
    return _FIELD.findall(f"{text},") if len(text) <= MAX_QUOTED_LINE else text.split(",")


def _trimmed(field: str) -> str:
    return field.strip(" \t")


def _is_quoted(text: str) -> bool:
    return bool(re.fullmatch('"[^"]*+(?:""[^"]*+)*+"', text))


def _bare(field: str) -> str:
    """As `csv_lines.unquoted`, but a token that means NULL stays."""
    text = _trimmed(field)
    return text[1:-1].replace('""', '"').strip(" ") if _is_quoted(text) else text


def _encoding(field: str) -> str:
    """What to do about bytes that are not UTF-8; empty if all are."""
    if not any("\udc80" <= char <= "\udcff" for char in field):
        return ""
    read = field.encode(errors="surrogateescape").decode("cp1252", "replace")
    return f"convert the file to UTF-8; as Windows-1252 this reads '{read}'"
