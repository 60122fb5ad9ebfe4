"""One SELECT over what is published: a table for people, CSV for programs."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import duckdb

from explore.tables import selected, told
from lake.terminal import printable, say, say_text

MAX_CELL = 60  # characters of a table
AT_ONCE = 10_000  # rows
_NUMBERS = frozenset(("INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "DOUBLE"))


def run_query(connection: duckdb.DuckDBPyConnection, query: str, *, as_table: bool) -> None:
    """Prints what a SELECT gives.

    Raises:
        LakeError: It is none, or cannot be run.
    """
    found = selected(connection, query)
    columns = [(str(column[0]), str(column[1])) for column in found.description or ()]
    rows = _rows(connection, found)
    if as_table:
        for line in table_lines(columns, list(rows)):
            say(line)
    else:
        for text in csv_texts([name for name, _ in columns], rows):
            say_text(text)


def _rows(connection: duckdb.DuckDBPyConnection, found: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    try:
        while rows := found.fetchmany(AT_ONCE):
            yield from rows
    except duckdb.Error as error:
        raise told(connection, error) from None


def csv_texts(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file, header first, with their ends. NULL is an empty field, a list has semicolons."""
    for row in chain([names], rows):
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(["" if value is None else _text(value) for value in row])
        yield line.getvalue()


def table_lines(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """A table of aligned columns, and how many rows it has. NULL is a dash, numbers stand right.

    Args:
        columns: Names and types.
        rows: All rows.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max([len(name), *(len(row[at]) for row in cells)]) for at, (name, _) in enumerate(columns)]
    is_right = [kind.split("(")[0] in _NUMBERS for _, kind in columns]

    def line(row: Sequence[str]) -> str:
        placed = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, is_right, strict=True)
        )
        return "  ".join(placed).rstrip()

    yield line([name for name, _ in columns])
    yield line(["-" * width for width in widths])
    yield from map(line, cells)
    yield f"({len(rows):,} row{'' if len(rows) == 1 else 's'})"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value, default=str)
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def _cell(value: Any) -> str:
    return "-" if value is None else printable(_text(value), MAX_CELL)
