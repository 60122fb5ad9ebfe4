"""The careful lines: counted; those that are not trips are numbered, and the first of each reason is explained."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lake.engines import Engine
from lake.intake.inspection import SourceFile
from lake.intake.scan import first_lines
from lake.storage import Storage
from lake.terminal import printable
from schemas.reasons import Reason
from schemas.trips import SOURCE_FILE
from transforms import quarantine
from transforms.explanation import Explanation, explain_line, explain_row

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MAX_FOUND, MAX_HINT = 60, 120  # characters of a message
MAX_ROW = 4_096  # characters of a Parquet row as JSON: a trip has 600


@dataclass
class CarefulCounts:
    """What the careful lines of a file are.

    Attributes:
        blank: Blank lines.
        header: Header lines.
        trips: Trips.
        bad: Lines that are no trip.
        reasons: Of those, how many have each reason.
        places: Of those, the place of the first one with the same reasons.
        examples: Of each reason, where it is met first and what stands there, for people.
    """

    blank: int = 0
    header: int = 0
    trips: int = 0
    bad: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    places: dict[int, tuple[str, ...]] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """The reasons with their numbers and examples, for people."""
        return told(self.reasons, self.examples)


def told(reasons: Mapping[str, int], examples: Mapping[str, str]) -> str:
    """Reasons with their numbers and, where there is one, an example."""
    return "; ".join(
        f"{reason} {number:,}" + (f", first in {examples[reason]}" if reason in examples else "")
        for reason, number in sorted(reasons.items())
    )


def count_careful(careful: "DataFrame") -> dict[str, CarefulCounts]:
    """What the careful lines of some files are, by file name.

    Args:
        careful: What `quarantine.in_order` gave.
    """
    from pyspark.sql import functions as F

    counts = defaultdict[str, CarefulCounts](CarefulCounts)
    groups = careful.groupBy(SOURCE_FILE, quarantine.LINE_TYPE, quarantine.REASONS)
    for name, line_type, reasons, number, place in groups.agg(F.count(F.lit(1)), F.min(quarantine.PLACE)).collect():
        found = counts[name]
        if line_type == quarantine.BLANK:
            found.blank += number
        elif line_type == quarantine.HEADER:
            found.header += number
        elif not reasons:
            found.trips += number
        else:
            found.bad += number
            found.reasons.update(dict.fromkeys(reasons, number))
            found.places[place] = tuple(reasons)
    return counts


@dataclass(frozen=True)
class _First:
    """The first line of a file with the same reasons: its SHA-256, its CRC-32 and its beginning."""

    reasons: tuple[str, ...]
    digest: str
    checksum: int
    text: str


def quarantine_rows(
    engine: Engine,
    raw: Storage,
    careful: "DataFrame",
    files: list[SourceFile],
    counts: Mapping[str, CarefulCounts],
) -> "DataFrame":
    """The lines that are no trips, with the quarantine's columns and the folder; the counts get their examples.

    Args:
        engine: What reads.
        raw: Where the raw files lie: the numbers of lines are looked up in them.
        careful: What `quarantine.in_order` gave, persisted.
        files: The files that they are of.
        counts: What `count_careful` gave.

    Returns:
        One row per line.
    """
    bad = quarantine.bad_lines(careful)
    wanted = defaultdict[str, dict[str, int]](dict)
    with_lines = [file.due.file.name for file in files if file.csv]
    for name, digest, checksum in quarantine.line_digests(bad, with_lines).collect():
        wanted[name][digest] = checksum
    places = [place for found in counts.values() for place in found.places]
    beginnings = {place: rest for place, *rest in quarantine.lines_at(careful, places, MAX_ROW).collect()}
    numbers = list[tuple[str, str, int]]()
    for file in files:
        name = file.due.file.name
        if name not in counts:
            continue
        found = counts[name]
        firsts = [_First(reasons, *beginnings[place]) for place, reasons in sorted(found.places.items())]
        if file.csv:
            numbers += [(name, *line) for line in _numbered(raw, file, wanted[name], firsts, found.examples)]
        else:
            _explain_rows(firsts, found.examples)
    etags = [(file.due.file.name, file.due.etag) for file in files]
    return quarantine.quarantine_rows(
        bad, engine.frame(etags, quarantine.ETAGS), engine.frame(numbers, quarantine.LINE_NUMBERS)
    )


def _numbered(
    raw: Storage, file: SourceFile, wanted: Mapping[str, int], firsts: list[_First], examples: dict[str, str]
) -> Iterator[tuple[str, int]]:
    """The SHA-256 and the number of each wanted line of a CSV file, which is read once; the first of each reason is explained."""
    assert file.csv
    reasons = {first.digest: first.reasons for first in firsts}
    checksums = {**wanted, **{first.digest: first.checksum for first in firsts}}
    for digest, number, line in first_lines(raw, file.due.file.info, checksums) if checksums else ():
        for reason in reasons.get(digest, ()):
            if reason not in examples:
                explanation = explain_line(line, file.csv, Reason(reason))
                examples[reason] = f"line {number:,}: {_shown(explanation) or _quoted(line.decode(errors='replace'))}"
        if digest in wanted:
            yield digest, number


def _explain_rows(firsts: list[_First], examples: dict[str, str]) -> None:
    """The first row of each reason in a Parquet file is explained."""
    for first in firsts:
        for reason in first.reasons:
            if reason not in examples:
                explanation = explain_row(first.text, Reason(reason))
                examples[reason] = f"row: {_shown(explanation) or _quoted(first.text)}"


def _shown(explanation: Explanation | None) -> str:
    """An explanation as a part of a line."""
    if explanation is None:
        return ""
    hint = f" ({printable(explanation.hint, MAX_HINT)})" if explanation.hint else ""
    return f"{explanation.where} {_quoted(explanation.found)}, expected {explanation.expected}{hint}"


def _quoted(text: str) -> str:
    return f"'{printable(text, MAX_FOUND)}'"
