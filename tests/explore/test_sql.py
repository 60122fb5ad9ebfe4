"""`python -m lake sql`: what it shows, what it does not let through, on a disk and in S3."""

import os
import pty
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from explore import connect
from explore.tables import VIEWS
from lake.storage import join
from schemas.datasets import PUBLISHED, PUBLISHED_TRIPS
from tests.explore.handmade import Handmade, trip


def two_months(lake: Handmade) -> Handmade:
    lake.publish("2018-03", [trip("2018-03", fare_amount=Decimal("12.00")), trip("2018-03", pulocationid=None)])
    lake.publish("2018-04", [trip("2018-04", pulocationid=7)], [(3, 'a "b"\r,x', ["BAD_NUMBER", "COLUMN_COUNT"])])
    return lake


CASES = [
    ("SELECT source_month, count(*) AS n FROM trips GROUP BY 1 ORDER BY 1", "source_month,n\n2018-03-01,2\n2018-04-01,1\n"),
    ("SELECT sum(ride_count) AS n, sum(total_fare_amount) AS fare FROM rides", "n,fare\n3,36.00\n"),
    ("SELECT DISTINCT pickup_weekday, pickup_hour FROM rides_by_hour ORDER BY 1", "pickup_weekday,pickup_hour\n2,8\n5,8\n"),
    ("SELECT reasons, raw_line, line_number FROM quarantine",
     'reasons,raw_line,line_number\nBAD_NUMBER;COLUMN_COUNT,"a ""b""\r,x",3\n'),
    ("SELECT zone, sum(ride_count) AS n FROM rides JOIN zones ON zone_id = pulocationid GROUP BY 1 ORDER BY 2 DESC, 1",
     "zone,n\nAstoria,1\nEast Harlem North,1\n"),
    ("SELECT source_month, layout, lines, header + blank + published + quarantined AS sum, flags['has_any_flag'] AS flagged "
     "FROM receipts ORDER BY 1",
     "source_month,layout,lines,sum,flagged\n2018-03-01,C7,4,4,0\n2018-04-01,C7,4,4,0\n"),
    ("FROM (VALUES (NULL, 1)) AS t(a, b)", "a,b\n,1\n"),
    ("WITH t AS (SELECT 1 AS a) SELECT a FROM t", "a\n1\n"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "shown"), CASES, ids=range(len(CASES)))
def test_csv_for_programs(handmade: Handmade, command, query: str, shown: str):
    said = command("sql", query, *two_months(handmade).option)
    assert (said.status, said.out, said.err) == (0, shown, "")


def test_what_receipts_name_is_read_wherever_it_lies(anywhere: Handmade, command):
    two_months(anywhere)
    anywhere.publish("2018-03", [trip("2018-03", fare_amount=Decimal("99.00"))])  # and no longer what it replaced
    said = command("sql", "SELECT count(*) AS n, sum(fare_amount) AS fare FROM trips", *anywhere.option)
    assert (said.status, said.out) == (0, "n,fare\n2,111.00\n")


REFUSED = {
    "a write": ("COPY (SELECT 1) TO '{folder}/x.csv'", "one SELECT is wanted"),
    "a table": ("CREATE TABLE x AS SELECT 1", "one SELECT is wanted"),
    "two": ("SELECT 1; SELECT 2", "one SELECT is wanted"),
    "none": ("", "one SELECT is wanted"),
    "an extension": ("INSTALL httpfs", "one SELECT is wanted"),
    "a setting": ("SET enable_external_access = true", "one SELECT is wanted"),
    "a file of the disk": ("SELECT * FROM read_text('/etc/hostname')", "disabled"),
    "a list of the disk": ("SELECT * FROM glob('/*')", ""),
    "the network": ("SELECT * FROM 'https://example.org/a.parquet'", "disabled"),
    "a bucket": ("SELECT * FROM 's3://bucket/a.parquet'", "disabled"),
    "no file of ours": ("SELECT * FROM 'lake://0/other.parquet'", "disabled"),
    "no column": ("SELECT nope FROM trips", 'column "nope" not found'),
    "no table": ("SELECT * FROM trip", f"there are: {', '.join(sorted({*VIEWS, 'receipts', 'zones'}))}"),
    "no SQL": ("how many?", "syntax error"),
}


@pytest.mark.parametrize(("query", "words"), REFUSED.values(), ids=REFUSED)
def test_nothing_else_is_let_through_and_the_error_is_one_line(
    handmade: Handmade, command, tmp_path: Path, query: str, words: str
):
    said = command("sql", query.format(folder=tmp_path), *two_months(handmade).option)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("error: ")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert not list(tmp_path.glob("*.csv"))


def test_a_published_file_cannot_be_written(handmade: Handmade):
    found = two_months(handmade).book(PUBLISHED_TRIPS).get("2018-03")
    assert found
    connection, name = connect(handmade.base), "lake://0/part-00000.parquet"
    assert connection.execute(f"SELECT count(*) FROM read_parquet('{name}')").fetchall() == [(2,)]
    path = Path(join(handmade.root(PUBLISHED_TRIPS), found.receipt.files[0].path))
    before = path.read_bytes()
    with pytest.raises(Exception, match="it is never written"):
        connection.execute(f"COPY (SELECT 1) TO '{name}' (FORMAT parquet, USE_TMP_FILE false)")
    assert path.read_bytes() == before


def test_a_file_that_is_gone_is_one_line(handmade: Handmade, command):
    found = two_months(handmade).book(PUBLISHED_TRIPS).get("2018-04")
    assert found
    Path(join(handmade.root(PUBLISHED_TRIPS), found.receipt.files[0].path)).unlink()
    said = command("sql", "SELECT sum(fare_amount) FROM trips", *handmade.option)
    assert (said.status, said.out, said.err.count("\n")) == (1, "", 1)
    assert "python -m lake verify" in said.err


def test_a_name_with_the_characters_of_a_pattern_is_a_name(tmp_path: Path, command):
    lake = two_months(Handmade(str(tmp_path / "a[b]*'{c}")))
    assert command("sql", "SELECT count(*) AS n FROM trips", *lake.option).out == "n\n3\n"


def test_a_view_is_there_if_its_location_is_given_and_empty_if_nothing_lies_there(handmade: Handmade, command):
    handmade.publish("2018-03", [trip("2018-03")], aggregates=False)
    assert (
        command("sql", "SELECT count(*) AS n, sum(ride_count) AS rides FROM rides", *handmade.option).out
        == "n,rides\n0,\n"
    )
    assert command("sql", "SELECT * FROM quarantine", *handmade.option).out.count("\n") == 1
    said = command("sql", "SELECT * FROM rides", "--transformed", handmade.root(PUBLISHED_TRIPS))
    assert (said.status, "there are: receipts, trips, zones" in said.err) == (2, True)


def test_every_data_set_has_a_view():
    assert set(VIEWS.values()) == set(PUBLISHED)


def test_a_large_file_is_read_in_parts(anywhere: Handmade, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("explore.files.WHOLE", 0)
    monkeypatch.setattr("explore.files.READ_AHEAD", 100)
    anywhere.publish("2018-03", [trip("2018-03", fare_amount=Decimal(number)) for number in range(100)])
    assert connect(anywhere.base).sql("SELECT count(*), sum(fare_amount) FROM trips").fetchall() == [
        (100, Decimal("4950.00"))
    ]


def test_a_table_on_a_terminal(handmade: Handmade):
    query = "SELECT zone_id, zone, service_zone, 1.50 AS fare FROM zones WHERE zone_id IN (74, 264) ORDER BY 1"
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "lake", "sql", query, *two_months(handmade).option],
        stdout=theirs,
        check=True,
        timeout=60,
    )
    os.close(theirs)
    shown = os.read(ours, 10_000).decode().replace("\r\n", "\n")
    os.close(ours)
    assert shown == (
        "zone_id  zone               service_zone  fare\n"
        "-------  -----------------  ------------  ----\n"
        "     74  East Harlem North  Boro Zone     1.50\n"
        "    264  Unknown            -             1.50\n"
        "(2 rows)\n"
    )


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("explore.commands", ["sql", "SELECT 1"]),
        ("duckdb", ["sql", "SELECT 1"]),
        ("fsspec", ["diff", "2018-03"]),
        ("duckdb", ["quarantine", "2018-03"]),
        ("jinja2", ["report", "--out", "page.html"]),
        ("vl_convert", ["report", "--out", "page.html"]),
    ],
)
def test_what_is_missing_is_told_with_its_cure(
    handmade: Handmade, command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, words: list[str]
):
    monkeypatch.chdir(tmp_path)
    option = two_months(handmade).option
    for name in [name for name in sys.modules if name.partition(".")[0] == "explore"]:
        monkeypatch.delitem(sys.modules, name)  # as in a process that has imported none of them
    monkeypatch.setitem(sys.modules, missing, None)
    said = command(*words, *option)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(f"error: {words[0]} needs {missing}, which is not installed: make setup-report")
    assert said.err.count("\n") == 1
