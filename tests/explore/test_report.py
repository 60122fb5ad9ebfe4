"""`python -m lake report`: what the page shows, from where, and that it is one file that asks for nothing."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from explore.figures import gaps
from explore.pictures import shade
from explore.zone_map import outlines
from lake.operate.health import unlike_before
from lake.storage import join, storage_of
from schemas.datasets import PUBLISHED_TRIPS, QUARANTINED_LINES
from tests.explore.handmade import Handmade, trip
from tests.explore.page import Page

KEYS = {"months", "rides", "lines", "flags", "reasons", "zones", "hours", "way"}
NASTY = '<script>alert("1")</script>,&amp;'


def some_months(lake: Handmade) -> Handmade:
    """Three months in two layouts with a gap, lines set aside, zones of all kinds, a month published twice."""
    keyless = {"trip_type": None, "payment_type": None, "has_missing_keys": True, "has_any_flag": True}
    lake.publish(
        "2016-03", [trip("2016-03", pulocationid=None)] * 2, [(3, NASTY, ["COLUMN_COUNT", "NUL_BYTE"])], layout="C5"
    )
    trips = [
        trip("2018-03", pulocationid=zone, fare_amount=Decimal(f"{zone}.25")) for zone in (74, 74, 57, 104, 264, 265)
    ]
    lake.publish("2018-03", trips[:2])
    lake.publish("2018-03", trips)
    lake.publish("2018-05", [trip("2018-05", **keyless)] * 3, [(9, "x", ["COLUMN_COUNT"])] * 4, layout="P1")
    return lake


@pytest.fixture
def page_of(command, tmp_path: Path) -> Callable[..., str]:
    """The page that the command writes."""

    def write(*options: str) -> str:
        out = tmp_path / "report.html"
        said = command("report", "--out", str(out), *options)
        assert (said.status, said.err) == (0, "")
        assert said.out == f"{out}: {out.stat().st_size:,} bytes\n"
        return out.read_text(encoding="utf-8")

    return write


def rows_of(command, query: str, options: list[str]) -> list[list[str]]:
    said = command("sql", query, *options)
    assert (said.status, said.err) == (0, "")
    return list(csv.reader(io.StringIO(said.out)))[1:]


def test_every_number_is_what_its_select_counts_in_the_trips_and_lines(anywhere: Handmade, command, page_of):
    html = page_of(*some_months(anywhere).option)
    page = Page.of(html)
    assert set(page.rows) == set(page.checks) == KEYS
    for key, query in page.checks.items():
        assert page.rows[key] == rows_of(command, query, anywhere.option), key
    assert page.rows["rides"] == [
        ["2016-03-01", "2", "0", "24.00", "31.60"],
        ["2018-03-01", "6", "0", "839.50", "94.80"],
        ["2018-05-01", "3", "3", "36.00", "47.40"],
    ]
    assert page.rows["reasons"] == [["COLUMN_COUNT", "5"], ["NUL_BYTE", "1"]]
    assert page.rows["zones"][0] == ["74", "5", "184.50"]
    assert page.rows["lines"] == [
        ["2016-03-01", "5", "1", "1", "2", "1"],
        ["2018-03-01", "8", "1", "1", "6", "0"],
        ["2018-05-01", "9", "1", "1", "3", "4"],
    ]


def test_what_is_read_aloud_and_said(handmade: Handmade, page_of):
    page = Page.of(page_of(*some_months(handmade).option))
    text = " ".join(page.text.split())
    for words in (
        "3 months are published, 2016-03 to 2018-05. Missing in between: 2016-04 to 2018-02, 2018-04.",
        "22 physical lines = 3 header + 3 blank + 11 published + 5 set aside.",
        "11 rides, 899.50 dollars of fares. 3 rides (27.3 %) have no payment or trip type",
        "East Harlem North, Manhattan is the busiest zone, with 5 rides. 2 rides have no zone",
        "unknown to TLC",
        "outside of the city",
        "Corona [57], Queens",
        "missing keys in 2018-05 (100 %)",
        "green_tripdata_2016-03.csv, line 3: found",
        "C5 2 rides, generation 1",
        "C7 6 rides, generation 2",
    ):
        assert words in text, words


def test_one_file_that_asks_for_nothing_and_runs_nothing(handmade: Handmade, page_of):
    html = page_of(*some_months(handmade).option)
    page = Page.of(html)
    assert page.open_tags == []
    assert page.tags["script"] == page.tags["link"] == page.tags["img"] == page.tags["iframe"] == 0
    assert all(url.startswith("#") for url in page.urls)
    assert "url(" not in html
    assert "@import" not in html
    assert NASTY in page.text  # as text, escaped
    assert len(html.encode()) < 2_000_000


def test_pictures_have_names_and_tables_headings_follow_each_other(handmade: Handmade, page_of):
    html = page_of(*some_months(handmade).option)
    assert html.count('role="img" aria-label="') == 4
    assert html.count("<svg ") == html.count('aria-hidden="true" focusable="false"') + 1  # and the map
    assert html.count("<h1>") == 1
    page = Page.of(html)
    assert page.tags["section"] == page.tags["h2"] == 8
    assert page.tags["caption"] == page.tags["table"] - 1  # but that of the flags' meanings, which the summary names


def test_parts_whose_location_is_not_given_say_so(handmade: Handmade, page_of):
    some_months(handmade)
    text = Page.of(page_of("--transformed", handmade.root(PUBLISHED_TRIPS))).text
    for words in (
        "The raw folder was not given",
        "whose location was not given",
        "The location of the aggregates was not given",
        "The location of the aggregate by hour was not given",
        "so no line can be shown",
    ):
        assert words in text, words
    assert "dollars of fares" not in text


def test_empty_parts_say_so(handmade: Handmade, page_of, capsys):
    handmade.publish("2018-03", [trip("2018-03", pulocationid=None)], aggregates=False)
    text = Page.of(page_of(*handmade.option)).text
    for words in (
        "No line was set aside",
        "The aggregates hold no month yet",
        "The aggregate by hour holds no month yet",
    ):
        assert words in text, words
    assert "agg_green_rides_by_month as they are published now: 2018-03" in text


def test_a_lake_in_which_nothing_is_published(tmp_path: Path, command):
    lake, out = tmp_path / "lake", tmp_path / "page.html"
    (lake / "transformed/green").mkdir(parents=True)
    said = command("report", "--out", str(out), "--lake", str(lake))
    assert said.status == 0
    assert Page.of(out.read_text()).text.count("No month is published yet.") >= 4


def test_what_waits_and_what_is_refused(handmade: Handmade, page_of):
    some_months(handmade)
    handmade.put_raw("green_tripdata_2018-06.csv", b"x" * 1500)
    handmade.put_raw("green_tripdata_2018-03.csv", b"y" * 999)  # another size than the receipt's
    handmade.put_raw("green_tripdata_2018-05.parquet", b"z" * 1000)  # the same
    handmade.put_raw("green_tripdata_2018-07.csv", b"1")
    handmade.put_raw("green_tripdata_2018-07.csv.gz", b"2")
    text = " ".join(Page.of(page_of(*handmade.option)).text.split())
    assert "green_tripdata_2018-06.csv, 1.5 kB: a new month" in text
    assert "green_tripdata_2018-03.csv, 999 bytes: its month is published from another file" in text
    assert "green_tripdata_2018-05.parquet, 1" not in text
    assert "green_tripdata_2018-07.csv: DUPLICATE_MONTH" in text
    assert "no longer in the raw folder: 2016-03" in text


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        ([], []),
        (["2018-03"], []),
        (["2018-11", "2019-02", "2019-03", "2019-05"], ["2018-12 to 2019-01", "2019-04"]),
    ],
)
def test_gaps(found: list[str], missing: list[str]):
    assert gaps(found) == missing


@pytest.mark.parametrize(
    ("number", "of", "expected"),
    [
        (0, 100, 0),
        (0, 0, 0),
        (1, 1000, 1),
        (11, 10_000, 2),
        (1, 100, 2),
        (5, 100, 3),
        (6, 100, 4),
        (50, 100, 5),
        (51, 100, 6),
    ],
)
def test_shades(number: int, of: int, expected: int):
    assert shade(number, of) == expected


def test_zones_that_are_drawn_as_others_are_shaded_once_and_the_busiest_the_strongest():
    found = {one.title: one.shade for one in outlines({56: 3, 74: 9, 1: 1})}
    assert len(found) == 260
    assert (found["East Harlem North, Manhattan: 9 rides"], found["Newark Airport, EWR: 1 rides"]) == (5, 1)
    assert found["Central Park, Manhattan: 0 rides"] == 0


@pytest.mark.parametrize(
    ("words", "told"), [([], "missing: --out FILE"), (["--out", "/nowhere/x.html"], "cannot write")]
)
def test_a_page_that_cannot_be_written(handmade: Handmade, command, words: list[str], told: str):
    said = command("report", *some_months(handmade).option, *words)
    assert said.status in (1, 2)
    assert told in said.err


def test_months_unlike_those_before_are_told_on_the_page_and_in_the_night(handmade: Handmade, page_of, monkeypatch):
    monkeypatch.setattr("lake.publication.drift.MIN_ROWS", 1)
    for number in range(1, 7):
        handmade.publish(f"2018-0{number}", [trip(f"2018-0{number}")] * 4, aggregates=False)
    handmade.publish("2018-07", [trip("2018-07")] * 7, aggregates=False)
    told = "2018-07: 7 rows; the 6 months before had 4 to 4"
    assert told in " ".join(Page.of(page_of(*handmade.option)).text.split())
    where = {"transformed": handmade.root(PUBLISHED_TRIPS)}
    assert unlike_before(where, ["green_tripdata_2018-07.csv", "green_tripdata_2018-06.csv"]) == [told]
    assert unlike_before(where, ["green_tripdata_2018-06.csv", "note.txt"]) == unlike_before({}, []) == []


@pytest.mark.slow
def test_a_hundred_and_fifty_months(handmade: Handmade, page_of):
    for number in range(150):
        month = f"{2013 + number // 12}-{number % 12 + 1:02d}"
        handmade.publish(month, [trip(month, pulocationid=zone) for zone in range(1, 20)])
    assert len(page_of(*handmade.option).encode()) < 2_000_000


def test_lines_that_are_gone_are_one_error(handmade: Handmade, command, tmp_path: Path):
    some_months(handmade)
    receipt = handmade.book(PUBLISHED_TRIPS).all()["2016-03"].receipt
    path = join(handmade.root(QUARANTINED_LINES), receipt.quarantine_files[0].path)
    storage_of(path).delete(path)
    said = command("report", *handmade.option, "--out", str(tmp_path / "x.html"))
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert not (tmp_path / "x.html").exists()
