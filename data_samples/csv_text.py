"""A trip as a line of TLC's CSV files, to the byte."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from data_samples.rows import Row, Value
from schemas import trips as t
from schemas.layouts import CsvLayout


def spelled(column: str, value: Value) -> str:
    """A value as TLC spells it: distances `.88`, money `8`, `0.5`, `6.55`, coordinates with up to 15 decimals."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float):
        return f"{value:.17g}"
    if isinstance(value, Decimal):
        return _miles(value) if column == t.TRIP_DISTANCE else _dollars(value)
    return str(value)


def fields_of(row: Row, layout: CsvLayout) -> list[str]:
    """The fields of a data row, the surplus empty ones included."""
    named = [row.spelling.get(column, spelled(column, row[column])) for column in layout.columns]
    return named + [""] * layout.surplus


def encoded(text: str) -> bytes:
    """A line in the bytes of the file. A lone surrogate is the one byte that it stands for."""
    return text.encode("utf-8", "surrogateescape")


def _miles(value: Decimal) -> str:
    sign, digits = ("-", -value) if value < 0 else ("", value)
    return sign + f"{digits:.2f}".removeprefix("0")


def _dollars(value: Decimal) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
