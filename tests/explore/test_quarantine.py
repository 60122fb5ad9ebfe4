"""`python -m lake quarantine`: the lines that were set aside, and a raw file in which they are mended."""

import csv
import gzip
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from explore import set_aside
from lake.reader import quarantine, zones
from schemas.datasets import PUBLISHED_TRIPS, QUARANTINED_LINES
from tests.explore.handmade import Handmade, trip
from tests.factories import csv_layout, csv_line

C7 = csv_layout("C7")
GOOD = csv_line(C7)
NO_FARE, SHORT = csv_line(C7, fare_amount="1,5"), GOOD[:-4]
BAD_FARE, BAD_TIME = csv_line(C7, fare_amount="$12"), csv_line(C7, lpep_pickup_datetime="soon", total_amount="NaN")
LATIN = csv_line(C7, store_and_fwd_flag="é")
LINES = [C7.header, "", GOOD, BAD_FARE, SHORT, GOOD, BAD_FARE, BAD_TIME, LATIN]
QUARANTINED = [
    (4, BAD_FARE, ["BAD_NUMBER"]),
    (4, BAD_FARE, ["BAD_NUMBER"]),  # the table numbers the first of equal lines
    (5, SHORT, ["COLUMN_COUNT"]),
    (8, BAD_TIME, ["BAD_TIMESTAMP", "NON_FINITE"]),
    (None, LATIN, ["INVALID_ENCODING"]),
]
RAW = (
    "\r\n".join(LINES[:3]).encode() + b"\r\n" + "\n".join(LINES[3:]).encode("iso-8859-1")
)  # ends of two kinds, none at last
SHOWN = [
    ("4", "BAD_NUMBER", "fare_amount", "$12", "a number below 10000000, such as 12.50", "the amount alone, no currency"),
    ("5", "COLUMN_COUNT", "", "17 fields", "19 fields", "is the line cut off, or broken in two?"),
    ("7", "BAD_NUMBER", "fare_amount", "$12", "a number below 10000000, such as 12.50", "the amount alone, no currency"),
    ("8", "BAD_TIMESTAMP; NON_FINITE", "lpep_pickup_datetime; total_amount", "soon; NaN",
     "YYYY-MM-DD HH:MM:SS; a number below 10000000, such as 12.50", "; for a missing value leave the field empty"),
    ("9", "INVALID_ENCODING", "store_and_fwd_flag", "é", "UTF-8",
     "convert the file to UTF-8; as Windows-1252 this reads 'é'"),
]  # fmt: skip


def with_bad_lines(lake: Handmade, body: bytes = RAW, suffix: str = ".csv") -> Handmade:
    """A month of three trips and five lines that are none, with its raw file."""
    name = f"green_tripdata_2018-03{suffix}"
    lake.put_raw(name, body)
    lake.publish("2018-03", [trip("2018-03")] * 2, QUARANTINED, etag=lake.etag_of(name), source_file=name)
    return lake


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def csv_of(path: Path, rows: list[dict[str, str]], delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_each_line_with_its_place_and_what_is_wrong(anywhere: Handmade, command):
    said = command("quarantine", "2018-03", *with_bad_lines(anywhere).option)
    assert (said.status, said.err) == (0, "")
    found = rows_of(said.out)
    told = ("line_number", "reasons", "column", "found", "expected", "hint")
    assert [tuple(row[name] for name in told) for row in found] == SHOWN
    assert [row["raw_line"] for row in found] == [BAD_FARE, SHORT, BAD_FARE, BAD_TIME, LATIN]
    assert {row["file"] for row in found} == {"green_tripdata_2018-03.csv"}


@pytest.mark.parametrize("what", ["gone", "another", "not asked for"])
def test_without_the_raw_file_as_it_was_the_numbers_are_the_table_s(handmade: Handmade, command, what: str):
    raw = Path(with_bad_lines(handmade).base, "raw/green/green_tripdata_2018-03.csv")
    options = handmade.option
    if what == "gone":
        raw.unlink()
    elif what == "another":
        raw.write_bytes(RAW + b"\n")
    else:
        sets = (PUBLISHED_TRIPS, QUARANTINED_LINES)
        options = [word for one in sets for word in (f"--{one.location.name}", handmade.root(one))]
    found = rows_of(command("quarantine", "2018-03", *options).out)
    assert [row["line_number"] for row in found] == ["4", "4", "5", "8", ""]


def test_a_row_of_parquet_is_explained_too(handmade: Handmade, command):
    row = '{"lpep_pickup_datetime":"2022-02-12T10:40:32.000","fare_amount":"NaN"}'
    handmade.publish("2022-02", [trip("2022-02")], [(None, row, ["NON_FINITE"])], layout="P1")
    [found] = rows_of(command("quarantine", "2022-02", *handmade.option).out)
    assert (found["line_number"], found["column"], found["found"], found["raw_line"]) == ("", "fare_amount", "NaN", row)


def test_text_on_a_terminal(handmade: Handmade):
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "lake", "quarantine", "2018-03", *with_bad_lines(handmade).option]
    subprocess.run(words, stdout=theirs, check=True, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 20_000).decode().splitlines()
    os.close(ours)
    assert shown[0] == (
        "green_tripdata_2018-03.csv line 4: BAD_NUMBER: fare_amount '$12', expected a number below 10000000, such as 12.50 "
        "(the amount alone, no currency)"
    )
    assert shown[1] == f"    {BAD_FARE}"
    assert shown[-1] == "2018-03: 5 of 9 lines were set aside"


def test_a_month_without_any(handmade: Handmade, command):
    handmade.publish("2018-03", [trip("2018-03")])
    said = command("quarantine", "2018-03", *handmade.option)
    assert (said.status, said.out.count("\n"), rows_of(said.out)) == (0, 1, [])


@pytest.mark.parametrize(
    ("month", "words"),
    [("2018-13", "is not a month"), ("2018-01..2018-03", "is not a month"), ("2018-04", "is not published")],
)
def test_a_month_that_is_none(handmade: Handmade, command, month: str, words: str):
    said = command("quarantine", month, *with_bad_lines(handmade).option)
    assert said.status in (1, 2)
    assert words in said.err


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_mended_lines_stand_where_they_stood_and_all_else_is_as_it_was(
    handmade: Handmade, command, tmp_path: Path, suffix: str
):
    with_bad_lines(handmade, gzip.compress(RAW) if suffix == ".csv.gz" else RAW, suffix)
    rows = rows_of(command("quarantine", "2018-03", *handmade.option).out)
    rows[2]["raw_line"] = rows[2]["raw_line"].replace("$12", "12")  # line 7 of the two that are equal
    rows[4]["raw_line"] = rows[4]["raw_line"].replace("é", "N")
    out = tmp_path / f"mended{suffix}"
    edited = csv_of(tmp_path / "edited.csv", [rows[0], rows[2], rows[4]])
    said = command("quarantine", "2018-03", *handmade.option, "--apply", str(edited), "--out", str(out))
    assert (said.status, said.err) == (0, "")
    assert "2 lines are mended, 3 stay in quarantine" in said.out
    body = gzip.decompress(out.read_bytes()) if suffix == ".csv.gz" else out.read_bytes()
    ours, theirs = RAW.splitlines(keepends=True), body.splitlines(keepends=True)
    assert {at for at, (one, other) in enumerate(zip(ours, theirs, strict=True), 1) if one != other} == {7, 9}
    assert theirs[6] == GOOD.encode() + b"\n"
    assert theirs[8] == csv_line(C7).encode()


FAULTS = {
    "no change": (lambda rows: rows, "changes no line"),
    "wrong again": (lambda rows: rows[0].update(raw_line=NO_FARE), "line 4 would be no trip again: COLUMN_COUNT"),
    "still a bad value": (
        lambda rows: rows[0].update(raw_line=csv_line(C7, fare_amount="x")),
        "line 4 would be no trip again: BAD_NUMBER: fare_amount 'x'",
    ),
    "no pick-up": (lambda rows: rows[0].update(raw_line=csv_line(C7, lpep_pickup_datetime="")), "REQUIRED"),
    "blank": (lambda rows: rows[0].update(raw_line=" "), "line 4 would be no trip again: it is blank"),
    "a header": (lambda rows: rows[0].update(raw_line=C7.header), "it is a header"),
    "two lines": (lambda rows: rows[0].update(raw_line=f"{GOOD}\n{GOOD}"), "it holds a line end"),
    "another line": (lambda rows: rows[0].update(line_number="3"), "line 3 is not in quarantine"),
    "no number": (lambda rows: rows[0].update(line_number="four"), "'four' is not a line number"),
    "a number twice": (lambda rows: rows[0].update(line_number="5"), "a line number twice"),
}


@pytest.mark.parametrize(("edit", "words"), FAULTS.values(), ids=FAULTS)
def test_what_would_not_be_a_trip_is_refused_and_nothing_is_written(
    handmade: Handmade, command, tmp_path: Path, edit, words: str
):
    rows = rows_of(command("quarantine", "2018-03", *with_bad_lines(handmade).option).out)
    edit(rows)
    edited, out = csv_of(tmp_path / "edited.csv", rows), tmp_path / "out.csv"
    said = command("quarantine", "2018-03", *handmade.option, "--apply", str(edited), "--out", str(out))
    assert said.status in (1, 2)
    assert words in said.err
    assert said.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["edited.csv", "lake"]


def test_other_ways_to_apply_that_cannot_be(handmade: Handmade, command, tmp_path: Path):
    rows = rows_of(command("quarantine", "2018-03", *with_bad_lines(handmade).option).out)
    rows[0]["raw_line"] = GOOD
    edited, out = csv_of(tmp_path / "edited.csv", rows), tmp_path / "out.csv"
    semicolons = csv_of(tmp_path / "semicolons.csv", rows, ";")
    raw = Path(handmade.base, "raw/green/green_tripdata_2018-03.csv")

    def told(*words: str) -> str:
        said = command("quarantine", "2018-03", *handmade.option, *words)
        assert said.status in (1, 2)
        return str(said.err)

    assert "go together" in told("--apply", str(edited))
    assert "go together" in told("--out", str(out))
    assert "exists" in told("--apply", str(edited), "--out", str(raw))
    assert "must end as" in told("--apply", str(edited), "--out", str(tmp_path / "out.csv.gz"))
    assert "no column line_number" in told("--apply", str(semicolons), "--out", str(out))
    assert "cannot be read" in told("--apply", str(tmp_path / "none.csv"), "--out", str(out))
    assert "No such file" in told("--apply", str(edited), "--out", str(tmp_path / "none" / "out.csv"))
    raw.write_bytes(RAW + b"\n")
    assert "not in" in told("--apply", str(edited), "--out", str(out))


def test_the_helper_for_notebooks_gives_the_same(handmade: Handmade):
    lines = set_aside(with_bad_lines(handmade).base, "2018-03")
    assert [(line.line_number, line.column) for line in lines][:2] == [(4, "fare_amount"), (5, "")]


@pytest.mark.spark
def test_lines_and_zones_as_dataframes(spark, handmade: Handmade):
    with_bad_lines(handmade)
    found = quarantine(spark, handmade.root(PUBLISHED_TRIPS), handmade.root(QUARANTINED_LINES), "2018-03")
    assert sorted((row.line_number or 0, tuple(row.reasons)) for row in found.collect())[0] == (
        0,
        ("INVALID_ENCODING",),
    )
    assert found.count() == 5
    assert zones(spark).filter("zone_id = 74").collect()[0][:3] == (74, "Manhattan", "East Harlem North")
