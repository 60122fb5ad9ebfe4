"""The jobs run again: what changed is redone, all else is left alone."""

import hashlib
import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_samples.parquet_table import arrow_schema
from schemas.contract import CONTRACT_VERSION
from tests.jobs.commands import command, verify
from tests.jobs.lakes import (
    EMR,
    GLUE,
    LakeFolder,
    assert_manifest_is_right,
    everything,
    fares,
    receipt_bytes,
    receipts,
    rows_of,
    sha256,
    trips_of,
)
from tests.jobs.processes import run_python

pytestmark = pytest.mark.spark

JANUARY, FEBRUARY, MARCH = [*range(10, 30)], [*range(100, 104)], [*range(200, 203)]


def assert_others_untouched(lake: LakeFolder, before: dict[str, bytes], *changed: str) -> None:
    now = receipt_bytes(lake.transformed)
    assert {month for month in {*before, *now} if before.get(month) != now.get(month)} == set(changed)


def test_a_first_run_publishes_every_month_and_names_its_run(base_lake):
    assert fares(base_lake) == JANUARY + FEBRUARY + MARCH
    for month, receipt in receipts(base_lake.transformed).items():
        assert receipt["month"] == month
        assert receipt["run"].startswith("first-")
        assert (receipt["generation"], receipt["previous"]) == (1, None)
        raw = base_lake.raw / f"green_tripdata_{month}.csv"
        source = {"uri": str(raw), "etag": sha256(raw), "size": raw.stat().st_size, "layout": "C7"}
        assert receipt["source"] == {**source, "superseded": [], "generation": 0}
        for file in receipt["files"]:
            assert file["path"].startswith(f"run={receipt['run']}/month={month}/")
            path = base_lake.transformed / file["path"]
            assert (file["size"], file["rows"]) == (path.stat().st_size, pq.read_metadata(path).num_rows)
    assert receipts(base_lake.transformed)["2018-02"]["counts"]["reasons"] == {"COLUMN_COUNT": 1}
    assert_manifest_is_right(base_lake)


def test_a_second_run_does_nothing_and_starts_no_spark(base_lake):
    before = everything(base_lake.base)
    for script, options in ((GLUE, base_lake.trips_options), (EMR, base_lake.rides_options)):
        # A JVM could not be started from there.
        ran = run_python([str(script), *options], SPARK_HOME="/nonexistent")
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.splitlines()[0] == "nothing to do: 3 months published before, unchanged"
        assert (ran.counts["published"], ran.counts["unchanged"]) == ([], 3)
    assert everything(base_lake.base) == before


def test_without_a_jvm_a_run_that_has_work_fails(lake):
    lake.csv("2018-04")
    assert run_python([str(GLUE), *lake.trips_options], SPARK_HOME="/nonexistent").status == 1
    assert "2018-04" not in receipts(lake.transformed)


def test_a_changed_file_replaces_its_month_and_no_other_and_aggregates_follow(lake):
    before, rides_before = receipt_bytes(lake.transformed), receipt_bytes(lake.aggregates)
    old = everything(lake.base)
    token, first = sha256(lake.transformed / "_receipts" / "2018-03.json"), lake.receipt("2018-03")
    lake.csv("2018-03", 5, first_fare=300)
    ran = lake.trips()
    assert (ran.status, ran.counts["published"], ran.counts["unchanged"]) == (0, ["2018-03"], 2)
    assert_others_untouched(lake, before, "2018-03")
    second = lake.receipt("2018-03")
    assert (second["generation"], second["previous"]) == (2, {"run": first["run"], "etag": token})
    assert second["source"]["etag"] == sha256(lake.raw / "green_tripdata_2018-03.csv") != first["source"]["etag"]
    assert fares(lake) == JANUARY + FEBRUARY + [300, 301, 302, 303, 304]
    now = everything(lake.base)
    changed = {path for path in old if now.get(path) != old[path]}
    assert changed == {"raw/green/green_tripdata_2018-03.csv", "transformed/green/_receipts/2018-03.json"}

    ran = lake.rides()
    assert (ran.status, ran.counts["published"], ran.counts["unchanged"]) == (0, ["2018-03"], 2)
    rides_now = receipt_bytes(lake.aggregates)
    assert [month for month in rides_now if rides_now[month] != rides_before[month]] == ["2018-03"]
    made_from = receipts(lake.aggregates)["2018-03"]
    assert (made_from["generation"], made_from["source"]["etag"], made_from["source"]["generation"]) == (
        2,
        second["run"],
        2,
    )
    assert_manifest_is_right(lake)
    assert lake.rides().counts["published"] == []


def test_a_raw_file_that_is_gone_takes_nothing_back(lake, no_spark):
    (lake.raw / "green_tripdata_2018-03.csv").unlink()
    before = everything(lake.base)
    ran = lake.trips()
    assert (ran.status, ran.counts["published"], ran.counts["unchanged"]) == (0, [], 2)
    assert everything(lake.base) == before


def test_the_same_bytes_under_two_months_are_both_refused_and_published_months_stay(lake, no_spark):
    before = receipt_bytes(lake.transformed)
    shutil.copy(lake.raw / "green_tripdata_2018-03.csv", lake.raw / "green_tripdata_2018-04.csv")
    ran = lake.trips()
    names = ["green_tripdata_2018-03.csv", "green_tripdata_2018-04.csv"]
    assert ran.status == 3
    assert ran.counts["refused"] == dict.fromkeys(names, "DUPLICATE_FILE")
    assert all(name in line for name in names for line in ran.out.splitlines() if ": refused, " in line)
    assert receipt_bytes(lake.transformed) == before


def test_new_files_of_the_same_bytes_are_refused_until_one_of_them_is_left(lake):
    twins = [lake.csv("2018-04"), lake.raw / "green_tripdata_2018-05.csv"]
    shutil.copy(*twins)
    ran = lake.trips()
    assert (ran.status, ran.counts["refused"]) == (3, {twin.name: "DUPLICATE_FILE" for twin in twins})
    twins[1].unlink()
    ran = lake.trips()
    assert (ran.status, ran.counts["published"], ran.counts["refused"]) == (0, ["2018-04"], {})


def test_a_month_named_without_trips_fails_the_run_unless_that_is_told_elsewhere(lake):
    lake.csv("2018-03", 5, first_fare=300)
    assert lake.trips().status == 0
    months = ("--months", "2018-03,2018-09")
    ran = lake.rides(*months)
    assert (ran.status, ran.err.splitlines()[-1].startswith("error: --months: no trips are published of 2018-09")) == (
        1,
        True,
    )
    ran = lake.rides(*months, "--refused", "report")
    assert (ran.status, ran.counts["published"]) == (0, ["2018-03"])
    assert ran.out.startswith("--months: no trips are published of 2018-09")


def test_a_month_published_again_as_parquet_supersedes_its_csv(lake):
    rows = [
        {
            **dict.fromkeys(arrow_schema("P2").names),
            "lpep_pickup_datetime": pa.scalar(1520237700_000_000, pa.timestamp("us")).as_py(),
            "fare_amount": 400.0 + number,
        }
        for number in range(3)
    ]
    table = pa.Table.from_pylist(rows, schema=arrow_schema("P2"))
    pq.write_table(table, lake.raw / "green_tripdata_2018-03.parquet")
    ran = lake.trips()
    assert (ran.status, ran.counts["published"]) == (0, ["2018-03"])
    assert ran.counts["superseded"] == ["green_tripdata_2018-03.csv"]
    receipt = lake.receipt("2018-03")
    assert receipt["generation"] == 2
    assert (receipt["source"]["layout"], receipt["source"]["superseded"]) == ("P2", ["green_tripdata_2018-03.csv"])
    assert fares(lake, "2018-03") == [400, 401, 402]
    assert lake.trips().counts["published"] == []

    (lake.raw / "green_tripdata_2018-03.parquet").rename(lake.base / "elsewhere")
    before = receipt_bytes(lake.transformed)
    for _ in range(2):
        ran = lake.trips()
        assert (ran.status, ran.counts["refused"]) == (3, {"green_tripdata_2018-03.csv": "SUPERSEDED"})
    assert receipt_bytes(lake.transformed) == before
    (lake.base / "elsewhere").rename(lake.raw / "green_tripdata_2018-03.parquet")
    assert (lake.trips().status, [*(lake.transformed / "_refused").glob("*.json")]) == (0, [])


def test_a_month_is_taken_back_and_stays_so_until_it_is_named(lake):
    """From a file with a line in quarantine to one without, and on from there."""
    lake.csv("2018-02", 4, first_fare=500)
    assert lake.trips().counts["published"] == ["2018-02"]
    assert lake.rides().counts["published"] == ["2018-02"]
    ran = command("roll-back", lake, "2018-02", "--quarantine", str(lake.quarantine))
    assert (ran.status, ran.err) == (0, "")
    assert fares(lake, "2018-02") == FEBRUARY
    assert (lake.trips().status, lake.receipt("2018-02")["generation"]) == (0, 3)
    assert lake.rides().counts["published"] == ["2018-02"]
    assert_manifest_is_right(lake)
    assert verify(lake).status == 0
    assert lake.trips().counts["unchanged"] == 3
    ran = lake.trips("--rebuild", "yes", "--months", "2018-02")
    assert (ran.status, fares(lake, "2018-02")) == (0, [500, 501, 502, 503])
    assert "roll_back" not in lake.receipt("2018-02")


def test_rebuild_needs_months_and_redoes_them(lake, no_spark, monkeypatch):
    before = everything(lake.base)
    for job in (lake.trips, lake.rides):
        ran = job("--rebuild", "yes")
        assert (ran.status, len(ran.errors), len(ran.err.splitlines())) == (2, 1, 1)
        assert "--months" in ran.err
    assert everything(lake.base) == before
    monkeypatch.undo()
    trips, kept = trips_of(lake), receipt_bytes(lake.transformed)
    assert lake.trips("--rebuild", "yes", "--months", "2018-03").counts["published"] == ["2018-03"]
    assert_others_untouched(lake, kept, "2018-03")
    assert lake.receipt("2018-03")["generation"] == 2
    assert trips_of(lake) == trips
    ran = lake.rides("--rebuild", "yes", "--months", "2018-02..2018-03")
    assert ran.counts["published"] == ["2018-02", "2018-03"]
    assert [one["generation"] for one in receipts(lake.aggregates).values()] == [1, 2, 2]
    assert_manifest_is_right(lake)


def test_a_month_named_by_itself_must_exist_and_of_a_range_those_count_that_do(lake, no_spark):
    ran = lake.trips("--months", "2018-03,2019-01")
    assert (ran.status, len(ran.err.splitlines())) == (1, 1)
    assert "2019-01" in ran.err
    assert "2018-03" not in ran.err
    assert lake.trips("--months", "2018-03..2019-01").status == 0
    ran = lake.rides("--months", "2019-01")
    assert ran.status == 1
    assert "2019-01" in ran.err


def test_months_made_to_an_older_contract_are_redone(lake):
    trips, before = trips_of(lake), receipt_bytes(lake.transformed)
    for root in (lake.transformed, lake.aggregates):
        path = root / "_receipts" / "2018-03.json"
        path.write_text(json.dumps({**json.loads(path.read_bytes()), "contract_version": 0}))
    assert lake.trips().counts["published"] == ["2018-03"]
    assert_others_untouched(lake, before, "2018-03")
    assert (lake.receipt("2018-03")["contract_version"], lake.receipt("2018-03")["generation"]) == (CONTRACT_VERSION, 2)
    assert trips_of(lake) == trips
    assert lake.rides().counts["published"] == ["2018-03"]
    assert (lake.trips().counts["published"], lake.rides().counts["published"]) == ([], [])


def test_aggregates_made_to_an_older_contract_are_redone(lake):
    """Version 1: of the months that were written with zstd."""
    path = lake.aggregates / "_receipts" / "2018-03.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "contract_version": 1}))
    assert lake.trips().counts["published"] == []
    assert lake.rides().counts["published"] == ["2018-03"]
    assert receipts(lake.aggregates)["2018-03"]["contract_version"] == 2


@pytest.mark.parametrize(
    ("data_set", "codec"), [("transformed", "ZSTD"), ("quarantine", "ZSTD"), ("aggregates", "SNAPPY")]
)
def test_aggregates_are_packed_as_redshift_takes_them_and_trips_smaller(base_lake, data_set, codec):
    """Amazon's page on COPY from columnar formats names snappy, and no zstd."""
    files = list(getattr(base_lake, data_set).rglob("*.parquet"))
    footers = [pq.read_metadata(file) for file in files]
    packed = {
        footer.row_group(group).column(column).compression
        for footer in footers
        for group in range(footer.num_row_groups)
        for column in range(footer.num_columns)
    }
    assert packed == {codec}


def test_months_made_by_other_code_are_left_alone(lake, no_spark):
    path = lake.transformed / "_receipts" / "2018-03.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "code_version": "an older one"}))
    assert lake.trips().counts["unchanged"] == 3


def test_a_refused_file_is_not_read_again_before_it_changes(lake, monkeypatch):
    name = "green_tripdata_2018-04.csv"
    (lake.raw / name).write_text("vendor,fare\n1,2\n")
    ran = lake.trips()
    assert (ran.status, ran.counts["refused"], ran.counts["unchanged"]) == (3, {name: "UNKNOWN_LAYOUT"}, 3)
    note = f"{hashlib.sha256(name.encode()).hexdigest()}.json"
    record = json.loads((lake.transformed / "_refused" / note).read_bytes())
    assert (record["name"], record["etag"]) == (name, sha256(lake.raw / name))

    noted = everything(lake.base)

    def never(*_: object) -> None:
        raise AssertionError("the file was read")

    monkeypatch.setattr("lake.intake.inspection.scan", never)
    again = lake.trips()
    assert (again.status, again.counts["refused"]) == (3, {name: "UNKNOWN_LAYOUT"})
    assert again.out.splitlines()[0] == ran.out.splitlines()[0]
    assert again.out.startswith(f"{name}: refused, UNKNOWN_LAYOUT: ")
    assert lake.trips("--refused", "report").status == 0
    assert everything(lake.base) == noted
    monkeypatch.setattr("lake.intake.plan.code_version", lambda: "newer")  # which may be able to take it
    with pytest.raises(AssertionError, match="the file was read"):
        lake.trips()
    monkeypatch.undo()

    lake.csv("2018-04", 2, first_fare=500)
    ran = lake.trips()
    assert (ran.status, ran.counts["published"], ran.counts["refused"]) == (0, ["2018-04"], {})
    assert fares(lake, "2018-04") == [500, 501]
    assert [*(lake.transformed / "_refused").glob("*.json")] == []


def test_a_refused_file_that_is_gone_is_forgotten(lake):
    path = lake.raw / "green_tripdata_2018-04.csv"
    path.write_text("vendor,fare\n1,2\n")
    assert lake.trips().status == 3
    path.unlink()
    assert lake.trips().status == 0
    assert [*(lake.transformed / "_refused").glob("*.json")] == []


def test_a_refused_file_does_not_hold_up_the_others(lake):
    (lake.raw / "green_tripdata_2018-04.csv").write_text("vendor,fare\n1,2\n")
    lake.csv("2018-05", 2, first_fare=500)
    ran = lake.trips()
    assert (ran.status, ran.counts["published"]) == (3, ["2018-05"])
    assert fares(lake, "2018-05") == [500, 501]


def test_a_month_that_shrinks_by_over_a_tenth_waits_for_rebuild(lake):
    before = receipt_bytes(lake.transformed)
    lake.csv("2018-01", 17)  # of 20
    ran = lake.trips()
    assert (ran.status, ran.counts["refused"]) == (3, {"green_tripdata_2018-01.csv": "SHRUNK"})
    assert "--rebuild yes --months 2018-01" in ran.out
    assert receipt_bytes(lake.transformed) == before
    assert fares(lake) == JANUARY + FEBRUARY + MARCH
    ran = lake.trips("--rebuild", "yes", "--months", "2018-01")
    assert (ran.status, ran.counts["published"], ran.counts["rows"]) == (0, ["2018-01"], 17)
    assert fares(lake, "2018-01") == JANUARY[:17]
    assert [*(lake.transformed / "_refused").glob("*.json")] == []


def test_a_month_may_shrink_by_a_tenth(lake):
    lake.csv("2018-01", 18)
    assert lake.trips().counts["published"] == ["2018-01"]


@pytest.mark.parametrize("manifest", [None, b'{"entries": []}\n', b"not JSON"], ids=["gone", "empty", "spoilt"])
def test_a_manifest_that_is_not_that_of_the_receipts_is_mended(lake, no_spark, manifest):
    path = lake.aggregates / "_manifest.json"
    path.unlink()
    if manifest is not None:
        path.write_bytes(manifest)
    assert lake.rides().status == 0
    assert_manifest_is_right(lake)


def test_quarantined_lines_are_those_of_the_current_run_only(lake):
    lake.csv("2018-02", 5, first_fare=800, more=["still no trip"])
    assert lake.trips().counts["quarantined"] == 1
    named = [lake.quarantine / file["path"] for file in lake.receipt("2018-02")["quarantine_files"]]
    assert list(rows_of([str(path) for path in named], "raw_line, line_number")) == [("still no trip", 9)]
