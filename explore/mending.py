"""A raw file whose lines in quarantine were mended: `python -m lake quarantine MONTH --apply FILE --out FILE`.

The round trip: the lines as CSV, `raw_line` corrected in it, here a whole raw file of them, which is put in the place of
the one that lies in the raw folder; the next run of the job then publishes the month anew.
"""

import csv
import gzip
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from explore.aside import COLUMNS, SetAside, explanation
from explore.raw_file import raw_file_of
from lake.errors import LakeError, UsageError
from lake.intake.scan import physical_lines
from lake.publication.receipts import Receipt
from lake.storage import FileInfo, storage_of
from lake.terminal import printable
from schemas.layouts import CSV_LAYOUT_NAMED, CsvLayout, header_key
from schemas.reasons import Reason

NUMBER, LINE = "line_number", "raw_line"
_MAX_SHOWN = 120  # characters


@dataclass(frozen=True)
class Mended:
    """What was written.

    Attributes:
        path: Where.
        lines: How many lines are others now.
        left: How many lines of the quarantine are as they were.
    """

    path: Path
    lines: int
    left: int


def mend(receipt: Receipt, raw: str | None, lines: Sequence[SetAside], edited: Path, out: Path) -> Mended:
    """Writes a raw file in which lines that were set aside are replaced; every other byte is as it was.

    Args:
        receipt: The month's.
        raw: Where the raw file lies.
        lines: The lines that were set aside.
        edited: The CSV of them, with `raw_line` corrected. Rows may be left out: those lines stay as they are.
        out: The file to write.

    Raises:
        UsageError: The CSV or the file to write is not what it should be, or nothing is mended.
        LakeError: The raw file is gone or another, a line is none of those set aside, or would be set aside again.
    """
    layout = CSV_LAYOUT_NAMED.get(receipt.source.layout)
    if layout is None:
        raise UsageError(
            f"{receipt.month} was made from Parquet, which has no lines to mend: mend it with what wrote it"
        )
    file = raw_file_of(receipt, raw)
    if file is None:
        raise LakeError(
            f"the raw file of {receipt.month} is not in {raw} as it was published: {receipt.source.uri}; run the job, ask again"
        )
    if out.exists():
        raise UsageError(f"--out {out} exists: name a new file, and put it in the place of {file.uri} afterwards")
    if Path(file.name).suffixes[-1:] != out.suffixes[-1:]:
        raise UsageError(f"--out {out} must end as {file.name} does")
    changes = _changes(_read(edited), {line.line_number: line for line in lines if line.line_number}, layout, edited)
    if not changes:
        raise UsageError(f"{edited} changes no line: correct {LINE} in it")
    _write(file, changes, out)
    return Mended(out, len(changes), len(lines) - len(changes))


def _read(edited: Path) -> list[tuple[int, str]]:
    """Numbers and lines of the CSV."""
    try:
        with edited.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            names = reader.fieldnames or []
            if missing := [name for name in (NUMBER, LINE) if name not in names]:
                raise UsageError(
                    f"{edited} has no column {missing[0]}: the columns are {','.join(COLUMNS)}, with commas between them"
                )
            rows = [(row[NUMBER] or "", row[LINE]) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"--apply {edited} cannot be read as CSV in UTF-8: {error}") from None
    for number, line in rows:
        if not (number.isascii() and number.isdigit()) or line is None:
            raise UsageError(f"{edited}: {number!r} is not a line number, or its row is cut off")
    if len({number for number, _ in rows}) < len(rows):
        raise UsageError(f"{edited} holds a line number twice")
    return [(int(number), line) for number, line in rows]


def _changes(
    rows: Sequence[tuple[int, str]], lines: Mapping[int | None, SetAside], layout: CsvLayout, edited: Path
) -> dict[int, bytes]:
    """The new bytes of the lines that are changed, by their numbers.

    Raises:
        LakeError: A line is none of those set aside, or would be no trip again.
    """
    changes = {}
    for number, line in rows:
        if number not in lines:
            raise LakeError(f"{edited}: line {number:,} is not in quarantine: export the lines anew")
        if line != lines[number].raw_line:
            if fault := _fault(line, layout):
                raise LakeError(f"{edited}: line {number:,} would be no trip again: {fault}")
            changes[number] = line.encode("utf-8")
    return changes


def _fault(line: str, layout: CsvLayout) -> str:
    """What is wrong with a mended line; empty if it is a trip."""
    if "\n" in line or "\r" in line:
        return "it holds a line end"
    if not line.strip():
        return "it is blank; to leave a line in quarantine, leave out its row"
    if header_key(line) == layout.columns:
        return "it is a header"
    for reason in Reason:
        if found := explanation(line, (), reason, layout):
            return f"{reason}: {found.where} '{printable(found.found, _MAX_SHOWN)}', expected {found.expected}"
    return ""


def _write(file: FileInfo, changes: Mapping[int, bytes], out: Path) -> None:
    """The whole file, under its name only when it is complete."""
    part = out.with_name(f".{out.name}.part")
    try:
        with ExitStack() as stack:
            target: BinaryIO = stack.enter_context(part.open("xb"))
            if file.name.endswith(".gz"):
                target = stack.enter_context(gzip.GzipFile(fileobj=target, mode="wb", mtime=0))  # type: ignore[assignment]
            for number, line in enumerate(physical_lines(storage_of(file.uri), file, keepends=True), 1):
                if number in changes:
                    bare = line.rstrip(b"\r\n")
                    line = changes[number] + line[len(bare) :]
                target.write(line)
        os.replace(part, out)
    except OSError as error:
        raise LakeError(f"cannot write {out}: {error.strerror}") from None
    finally:
        with suppress(OSError):
            part.unlink()
