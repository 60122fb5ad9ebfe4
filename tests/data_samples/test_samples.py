"""The small files and what is said of them."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data_samples import SampleFile, make_samples
from data_samples.defects import UNNAMED
from data_samples.flag_rules import flags_of
from data_samples.periods import PERIODS
from schemas import flags
from schemas import trips as t
from schemas.layouts import CSV_LAYOUTS, PARQUET_LAYOUTS, CsvLayout
from schemas.reasons import MAX_BAD_SHARE, Reason
from tests.data_samples.read_back import is_blank, is_header, physical_lines, values_of

CSV = pytest.mark.parametrize("layout", CSV_LAYOUTS, ids=lambda layout: layout.name)
ALL = pytest.mark.parametrize("name", [layout.name for layout in (*CSV_LAYOUTS, *PARQUET_LAYOUTS)])
ROOT = Path(__file__).parents[2]


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_there_is_one_file_for_each_layout_in_a_month_of_it(samples):
    assert list(samples) == [layout.name for layout in (*CSV_LAYOUTS, *PARQUET_LAYOUTS)]
    for layout in CSV_LAYOUTS:
        file = samples[layout.name]
        assert layout.first <= file.month <= layout.last
        assert file.name == f"green_tripdata_{file.month}.csv"
    for parquet in PARQUET_LAYOUTS:
        assert samples[parquet.name].name == f"green_tripdata_{samples[parquet.name].month}.parquet"


@CSV
def test_a_file_begins_with_the_bytes_of_its_layout(samples, layout: CsvLayout):
    head = (layout.header + layout.header_end + "".join(layout.blank_lines)).encode()
    content = samples[layout.name].path.read_bytes()
    assert content.startswith(head)
    first = content[len(head) :].split(b"\n")[0]
    assert first.endswith(b"\r")
    assert first.count(b",") + 1 == layout.width


@CSV
def test_fates_add_up_to_the_lines_counted_in_the_bytes(samples, layout: CsvLayout):
    file: SampleFile = samples[layout.name]
    content = file.path.read_bytes()
    assert file.physical_lines == content.count(b"\n") + (not content.endswith(b"\n"))
    lines = physical_lines(file.path)
    assert file.blank_lines == sum(map(is_blank, lines)) > len(layout.blank_lines)
    assert file.header_lines == sum(map(is_header, lines)) == 2
    assert file.physical_lines == (file.header_lines + file.blank_lines + file.published_rows + len(file.quarantined))


@CSV
def test_quarantined_lines_stand_where_they_are_said_to(samples, layout: CsvLayout):
    file = samples[layout.name]
    lines = physical_lines(file.path)
    for bad in file.quarantined:
        content = lines[bad.line - 1].rstrip(b"\r\n")
        assert content == bad.raw.encode("latin-1" if Reason.INVALID_ENCODING in bad.reasons else "utf-8")
        assert bad.reasons == tuple(sorted(bad.reasons)) != ()
    assert len({bad.raw for bad in file.quarantined}) == len(file.quarantined)  # no two alike
    assert all(bad.line > 25 for bad in file.quarantined)  # the layout is recognised by what comes before


@CSV
def test_trips_are_what_stands_in_the_file(samples, layout: CsvLayout):
    """All that are spelled as TLC spells; in order, so that what lies between them is at its place, too."""
    file = samples[layout.name]
    bad = {line.line for line in file.quarantined}
    lines = [
        line
        for number, line in enumerate(physical_lines(file.path), start=1)
        if number not in bad and not is_blank(line) and not is_header(line)
    ]
    assert len(lines) == file.published_rows
    plain = 0
    for trip, line in zip(file.trips, lines, strict=True):
        if trip.spelling:
            assert all(text.encode() in line for text in trip.spelling.values())
        else:
            assert values_of(line, layout) == dict(trip.values)
            plain += 1
    assert plain > 220


@pytest.mark.parametrize("name", [layout.name for layout in PARQUET_LAYOUTS])
def test_parquet_rows_are_the_trips(samples, name: str):
    file = samples[name]
    table = pq.read_table(file.path)
    assert table.num_rows == file.physical_lines == file.published_rows + len(file.quarantined)
    assert (file.header_lines, file.blank_lines) == (0, 0)
    rows = [{key.lower(): value for key, value in row.items()} for row in table.to_pylist()]
    bad = Counter(bad.reasons for bad in file.quarantined)
    assert bad == ({(Reason.NON_FINITE,): 2, (Reason.BAD_NUMBER,): 3, (Reason.REQUIRED,): 1} if name == "P1" else {})
    read = {tuple(row.values()) for row in rows}
    for trip in file.trips:
        if not trip.spelling:
            assert tuple(_as_stored(trip[column]) for column in rows[0]) in read


def _as_stored(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


@ALL
def test_the_rules_give_the_flags_that_are_written_down(samples, name: str):
    file = samples[name]
    opinions = flags_of((trip.values for trip in file.trips), file.month)
    for number, (trip, opinion) in enumerate(zip(file.trips, opinions, strict=True), start=1):
        assert trip.flags == opinion, f"{file.name}, trip {number}: {dict(trip.values)}"


@ALL
def test_most_rows_are_ordinary_and_few_are_bad(samples, name: str):
    file = samples[name]
    ordinary = sum(not trip.flags - {flags.MISSING_KEYS} and not trip.spelling for trip in file.trips)
    assert ordinary > 0.8 * file.published_rows
    lines = file.published_rows + len(file.quarantined)
    assert Fraction(len(file.quarantined), lines) < MAX_BAD_SHARE
    assert Decimal(file.flag_counts[flags.PICKUP_OUTSIDE_MONTH]) / lines < Decimal("0.1")


def test_every_flag_and_every_reason_occurs(samples):
    """That is, every flag that a defect has: one that is new needs no trip here."""
    flagged = {
        flag: {name for name, file in samples.items() if file.flag_counts[flag]} for flag in samples["C1"].flag_counts
    }
    never_in_most = {
        flags.PLACEHOLDER_FARE: {period.layout for period in PERIODS if period.sample >= "2025-01"},
        flags.UNKNOWN_ZONE: {period.layout for period in PERIODS if t.PU_LOCATION_ID in period.columns},
    }
    for flag in flags.FLAGS:
        expected = never_in_most.get(flag.name, set(samples))
        assert flag in UNNAMED or flagged[flag.name] == expected, (
            f"{flag.name}: a trip in data_samples/flagged.py has it"
        )
    missing = set(Reason) - {reason for file in samples.values() for reason in file.reason_counts}
    assert not missing, f"add a line with {', '.join(sorted(missing))} to data_samples/bad.py"
    assert [name for name, file in samples.items() if file.quarantined] == ["C6", "C8", "P1"]


def test_line_endings_vary_as_they_do_in_files_that_people_edit(samples):
    ends = {name: samples[name].path.read_bytes()[-4:] for name in ("C2", "C4", "C5", "C7", "C8")}
    assert [name for name, end in ends.items() if not end.endswith(b"\n")] == ["C4", "C7"]
    assert [name for name, end in ends.items() if end == b"\r\n\r\n"] == ["C2", "C5"]
    data = {name: physical_lines(samples[name].path)[3:-1] for name in ends}
    lf_alone = {
        name: sum(not line.endswith(b"\r\n") and not is_blank(line) and not is_header(line) for line in lines)
        for name, lines in data.items()
    }
    assert {name: count > 15 for name, count in lf_alone.items()} == dict.fromkeys(ends, False) | {"C5": True}
    assert {lf_alone[name] for name in ends if name != "C5"} == {0}


@ALL
def test_rides_and_sums_agree(samples, name: str):
    file = samples[name]
    assert sum(ride.ride_count for ride in file.rides) == file.published_rows
    assert sum(ride.negative_fare_count for ride in file.rides) == file.flag_counts[flags.NEGATIVE_FARE]
    for attribute, column in (
        ("total_fare_amount", t.FARE_AMOUNT),
        ("total_amount", t.TOTAL_AMOUNT),
        ("total_tip_amount", t.TIP_AMOUNT),
        ("total_trip_distance", t.TRIP_DISTANCE),
    ):
        of_rides = sum((getattr(ride, attribute) or Decimal(0) for ride in file.rides), Decimal(0))
        of_trips = sum((trip[column] or Decimal(0) for trip in file.trips), Decimal(0))
        assert of_rides == of_trips == file.sums[column]
    keys = [(ride.pulocationid, ride.trip_type, ride.payment_type) for ride in file.rides]
    counted = Counter((trip[t.PU_LOCATION_ID], trip[t.TRIP_TYPE], trip[t.PAYMENT_TYPE]) for trip in file.trips)
    assert counted == dict(zip(keys, (ride.ride_count for ride in file.rides), strict=True))
    has_zones = name not in {"C1", "C2", "C3", "C4", "C5"}
    assert (max(zone or 0 for zone, _, _ in keys) > 0) is has_zones


def test_layouts_differ_in_what_they_leave_empty(samples):
    assert samples["C1"].flag_counts[flags.MISSING_KEYS] == samples["C1"].published_rows  # no trip type
    dispatched = [trip for trip in samples["C8"].trips if trip[t.PASSENGER_COUNT] is None and trip[t.VENDOR_ID] is None]
    assert len(dispatched) > 50
    empty = (t.STORE_AND_FWD_FLAG, t.RATE_CODE_ID, t.PAYMENT_TYPE, t.TRIP_TYPE, t.CONGESTION_SURCHARGE)
    assert {trip[column] for trip in dispatched for column in empty} == {None}
    assert {trip.time(column).second for trip in dispatched for column in (t.PICKUP, t.DROPOFF)} == {0}
    assert {trip[t.EHAIL_FEE] for file in samples.values() for trip in file.trips} == {None}


def test_the_same_seed_makes_the_same_bytes_in_another_process(samples, tmp_path):
    command = [sys.executable, "-m", "data_samples", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "7"}, check=True, capture_output=True)
    assert _digests(tmp_path) == _digests(samples["C1"].path.parent)


def test_a_layout_by_itself_has_the_bytes_that_it_has_among_all(samples, tmp_path):
    [written] = make_samples(tmp_path, layouts=("C8",))
    assert written.path.read_bytes() == samples["C8"].path.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [written.name]


def test_another_seed_makes_other_trips(samples, tmp_path):
    others = make_samples(tmp_path / "new" / "folder", seed=2)
    mine = _digests(samples["C1"].path.parent)
    assert not set(_digests(tmp_path / "new" / "folder").values()) & set(mine.values())
    assert {other.name for other in others} == set(mine)
    for other in others:
        assert [trip.flags for trip in other.trips] == flags_of((trip.values for trip in other.trips), other.month)
