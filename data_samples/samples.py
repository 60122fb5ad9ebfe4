"""The small files: one for each layout, a month each, mostly ordinary, with every defect that the layout can hold."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from data_samples.bad import BAD_BYTES, BAD_IN_PARQUET, BAD_VALUES, BROKEN, Bad, Broken
from data_samples.csv_text import encoded, fields_of, spelled
from data_samples.defects import UNNAMED
from data_samples.facts import Quarantined, SampleFile
from data_samples.flag_rules import flags_of
from data_samples.flagged import FLAGGED
from data_samples.parquet_table import write_table
from data_samples.periods import PERIODS, Period
from data_samples.rows import Row, dispatched, ordinary, street_hail
from data_samples.spelled import MOST_SPELLED, spelled_rows
from schemas import flags
from schemas import trips as t
from schemas.layouts import CsvLayout
from schemas.reasons import Reason

DEFAULT_SEED = 20130801
ORDINARY_ROWS = 280
# A file is refused when more than a tenth of its lines are bad: those with lines for the quarantine have more trips.
ORDINARY_ROWS_BESIDE_BAD = 420
BAD_LINES = {"C6": (*BROKEN, *BAD_BYTES), "C8": BAD_VALUES}  # C6 has surplus fields, C8 is the newest
UNTOUCHED_LINES = 25  # the layout is recognised by the first rows of a file
NO_LAST_LINE_END = ("C4", "C7")
BLANK_AT_THE_END = ("C2", "C5")
LF_AMONG_CRLF = ("C5",)


@dataclass(frozen=True)
class Line:
    """A line of a CSV file, or a row of a Parquet file, and its fate.

    Attributes:
        text: The line without its line end; empty in Parquet.
        end: Its line end.
        row: The trip it was made of; None for headers, blank lines and lines that are broken as a whole.
        reasons: Why it goes to quarantine; empty otherwise.
        recipe: The key of its defect, if it goes there.
    """

    text: str = ""
    end: str = "\r\n"
    row: Row | None = None
    reasons: tuple[Reason, ...] = ()
    recipe: str = ""


@dataclass(frozen=True)
class _Rides:
    """Ordinary trips to make odd ones of, as many as are asked for."""

    random: Random
    period: Period

    def street_hail(self) -> Row:
        return street_hail(self.random, self.period, self._pickup())

    def dispatched(self) -> Row:
        return dispatched(self.random, self.period, self._pickup())

    def _pickup(self) -> datetime:
        seconds = int((self.period.end - self.period.start).total_seconds())
        return self.period.start + timedelta(seconds=self.random.randrange(seconds))


def make_samples(folder: Path, seed: int = DEFAULT_SEED, *, layouts: Container[str] | None = None) -> list[SampleFile]:
    """Writes one small file for each layout into a folder, which is made. The same seed makes the same bytes.

    Args:
        folder: Where to.
        seed: Another one makes other trips.
        layouts: The layouts to write, by name; None: all of them.

    Returns:
        The files with what is true of them, by layout, the CSV ones first, by age.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [period for period in PERIODS if layouts is None or period.layout in layouts]
    files = [_make_file(folder / period.file_name, period, seed) for period in chosen]
    return [_with_unnamed_flags(file) for file in files] if UNNAMED else files


def _make_file(path: Path, period: Period, seed: int) -> SampleFile:
    layout = period.declared
    rides = _Rides(Random(f"{seed} {layout.name}"), period)
    if isinstance(layout, CsvLayout):
        lines = _csv_lines(rides, layout)
        path.write_bytes(b"".join(encoded(line.text + line.end) for line in lines))
    else:
        lines = _parquet_rows(rides)
        write_table(path, layout.name, [line.row for line in lines if line.row])
    is_csv = isinstance(layout, CsvLayout)
    return SampleFile(
        path,
        layout.name,
        period.sample,
        physical_lines=len(lines),
        header_lines=sum(isinstance(layout, CsvLayout) and line.text == layout.header for line in lines),
        blank_lines=sum(is_csv and not line.text for line in lines),
        trips=tuple(line.row for line in lines if line.row and not line.reasons),
        quarantined=tuple(
            Quarantined(
                number if is_csv else None,
                tuple(sorted(line.reasons)),
                _shown(line.text) if is_csv else None,
                line.recipe,
            )
            for number, line in enumerate(lines, start=1)
            if line.reasons
        ),
    )


def _with_unnamed_flags(file: SampleFile) -> SampleFile:
    found = flags_of((trip.values for trip in file.trips), file.month, UNNAMED)
    return replace(file, trips=tuple(trip.but({}, *more) for trip, more in zip(file.trips, found, strict=True)))


def _csv_lines(rides: _Rides, layout: CsvLayout) -> list[Line]:
    bad = BAD_LINES.get(layout.name, ())
    header, blank = Line(layout.header, layout.header_end), Line()
    groups = [[_line(row, layout) for row in group] for group in _odd_groups(rides)]
    groups += [[_line(row, layout)] for row in _spelled(rides, layout)]
    groups += [_bad_lines(recipe, rides.street_hail(), layout) for recipe in bad]
    groups += [[header], [blank], [Line(end="\n")], [blank, blank]]
    lines = [_line(row, layout) for row in _ordinary(rides, beside_bad=bool(bad))]
    if layout.name in LF_AMONG_CRLF:
        lines = [replace(line, end="\n") if number % 10 == 9 else line for number, line in enumerate(lines)]
    lines = [header, *(Line(end=end) for end in layout.blank_lines), *_mixed(rides.random, lines, groups)]
    if layout.name in BLANK_AT_THE_END:
        lines += [blank, blank]
    if layout.name in NO_LAST_LINE_END:
        lines[-1] = replace(lines[-1], end="")
    return lines


def _parquet_rows(rides: _Rides) -> list[Line]:
    bad = BAD_IN_PARQUET if rides.period.layout == "P1" else ()
    groups = [[Line(row=row) for row in group] for group in _odd_groups(rides)]
    groups += [[Line(row=_noisy(rides.street_hail()))]]
    if rides.period.layout == "P1":
        groups += [[Line(row=row)] for row in _with_nan(rides)]
    for recipe in bad:
        row = rides.street_hail().but({}, spelling=recipe.fields)
        groups.append([Line(row=row, reasons=recipe.reasons, recipe=recipe.defect)])
    rows = [Line(row=row) for row in _ordinary(rides, beside_bad=bool(bad))]
    return _mixed(rides.random, rows, groups)


def _ordinary(rides: _Rides, *, beside_bad: bool) -> list[Row]:
    return ordinary(rides.random, rides.period, ORDINARY_ROWS_BESIDE_BAD if beside_bad else ORDINARY_ROWS)


def _odd_groups(rides: _Rides) -> list[list[Row]]:
    """For each recipe that fits, its rows, which stay together."""
    return [
        recipe.make(rides.dispatched() if recipe.of_dispatched else rides.street_hail(), rides.period)
        for recipe in FLAGGED
        if recipe.fits(rides.period)
    ]


def _spelled(rides: _Rides, layout: CsvLayout) -> list[Row]:
    rows = [rides.street_hail() for _ in range(MOST_SPELLED)]
    first = {column: spelled(column, rows[0][column]) for column in layout.columns}
    return spelled_rows(rides.period, rows, first)


def _noisy(row: Row) -> Row:
    """What adding doubles leaves: a total a trillionth off."""
    return row.but({}, spelling={t.TOTAL_AMOUNT: f"{row.amount(t.TOTAL_AMOUNT)}00000000001"})


def _with_nan(rides: _Rides) -> list[Row]:
    """NaN where whole numbers belong is NULL: pandas had no other way to say it."""
    codes = {t.PASSENGER_COUNT: "nan", t.RATE_CODE_ID: "nan"}
    keys = {t.PAYMENT_TYPE: "nan", t.TRIP_TYPE: "nan"}
    return [
        rides.street_hail().but(dict.fromkeys(codes), spelling=codes),
        rides.street_hail().but(dict.fromkeys(keys), flags.MISSING_KEYS, spelling=keys),
    ]


def _line(row: Row, layout: CsvLayout) -> Line:
    return Line(",".join(fields_of(row, layout)), row=row)


def _bad_lines(recipe: Bad | Broken, row: Row, layout: CsvLayout) -> list[Line]:
    if isinstance(recipe, Bad):
        line = _line(row.but({}, spelling=recipe.fields), layout)
        return [replace(line, reasons=recipe.reasons, recipe=recipe.defect)]
    texts = recipe.make(fields_of(row, layout), layout)
    return [
        Line(text, reasons=(reason,), recipe=recipe.defect) for text, reason in zip(texts, recipe.reasons, strict=True)
    ]


def _mixed(random: Random, lines: list[Line], groups: list[list[Line]]) -> list[Line]:
    """The groups at random places among the lines, each in one piece, none among the first or at the end."""
    places = [random.randrange(UNTOUCHED_LINES, len(lines)) for _ in groups]
    by_place: dict[int, list[Line]] = {}
    for place, group in zip(places, groups, strict=True):
        by_place.setdefault(place, []).extend(group)
    return [one for place, line in enumerate(lines) for one in (*by_place.get(place, ()), line)]


def _shown(text: str) -> str:
    """A line as the quarantine shows it."""
    if any("\udc80" <= character <= "\udcff" for character in text):
        return encoded(text).decode("latin-1")
    return text
