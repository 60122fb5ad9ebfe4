"""Cases that are one file: each asks what became of it, when all of them lay beside each other in one raw folder.

The expected rows, reasons and counts are written by hand; a receipt's lines are compared with a count of the file's bytes.
"""

import json
import re
from collections import Counter

import pytest

from schemas.contract import TRIPS
from schemas.flags import ANY_FLAG, FLAGS
from tests.bad_inputs.cases import Case, ParquetCase
from tests.bad_inputs.conftest import CASES, FOREIGN, LATE, NEAR_NAMES, TWINS, Nights, month_of

pytestmark = pytest.mark.spark

ACCEPTED = [case for case in CASES if not case.refused]
REFUSED = [case for case in CASES if case.refused]


def _id(case: Case) -> str:
    return case.defect


def _bad(case: Case) -> int:
    return sum(1 for line in case.lines if line.reasons)


@pytest.mark.parametrize("case", ACCEPTED, ids=_id)
def test_every_row_is_published_as_it_stands(nights: Nights, case: Case):
    month = month_of(case)
    assert nights.trips.get(month) == case.trips(month)


@pytest.mark.parametrize("case", ACCEPTED, ids=_id)
def test_every_bad_line_is_in_quarantine_with_its_reasons_and_number(nights: Nights, case: Case):
    month = month_of(case)
    found = nights.quarantined.get(month)
    if isinstance(case, ParquetCase):
        assert found is not None
        assert Counter(reasons for reasons, *_ in found.elements()) == Counter(
            line.reasons for line in case.lines if line.reasons
        )
    else:
        assert found == case.quarantined(month)


@pytest.mark.parametrize("case", ACCEPTED, ids=_id)
def test_every_line_is_accounted_for_once(nights: Nights, case: Case):
    counts = nights.first.receipts[month_of(case)]["counts"]
    bad = sum(1 for line in case.lines if line.reasons)
    lines = case.physical_lines(nights.bodies[month_of(case)])
    headers = 0 if isinstance(case, ParquetCase) else case.headers
    expected = (lines, headers, case.blanks, case.good + len(case.lines) - bad, bad)
    found = tuple(counts[name] for name in ("lines", "header", "blank", "published", "quarantined"))
    assert found == expected
    assert lines == sum(expected[1:])


@pytest.mark.parametrize("case", ACCEPTED, ids=_id)
def test_reasons_and_flags_are_counted(nights: Nights, case: Case):
    counts = nights.first.receipts[month_of(case)]["counts"]
    reasons = [reason for line in case.lines for reason in line.reasons]
    names = (*(flag.name for flag in FLAGS), ANY_FLAG.name)
    rows = [dict(zip(TRIPS.names, row, strict=True)) for row in case.trips(month_of(case)).elements()]
    assert counts["reasons"] == {reason: reasons.count(reason) for reason in sorted(set(reasons))}
    assert counts["flags"] == {name: sum(row[name] is True for row in rows) for name in names}


@pytest.mark.parametrize("case", [case for case in ACCEPTED if _bad(case)], ids=_id)
def test_the_line_of_a_month_says_where_each_reason_is_met_first(nights: Nights, case: Case):
    [said] = [line for line in nights.first.done.out.splitlines() if line.startswith(f"{month_of(case)}  published ")]
    for reason in {reason for line in case.lines for reason in line.reasons}:
        line = next(number for number, (line, _) in enumerate(case.all_lines(), 2) if reason in line.reasons)
        expected = "first in row: " if isinstance(case, ParquetCase) else f"first in line {line}: "
        assert re.search(rf"{reason} \d+, {expected}", said)
    assert [text for text in case.says if text not in said] == []


@pytest.mark.parametrize("case", REFUSED, ids=_id)
def test_a_refused_file_is_named_with_the_reason_and_its_previous_version_stays(nights: Nights, case: Case):
    month = month_of(case)
    record = nights.first.refused[case.file(month)]
    assert record["code"] == case.refused
    assert [text for text in case.says if text not in record["message"]] == []
    assert f"{case.file(month)}: refused, {case.refused}: " in nights.first.done.out
    assert nights.first.receipt_bytes[month] == nights.before.receipt_bytes[month]


@pytest.mark.defect("foreign-files")
@pytest.mark.defect("folder-names")
def test_the_run_ends_with_3_and_counts_all_it_did(nights: Nights):
    counts = nights.first.done.counts
    assert nights.first.done.status == 3
    assert counts["published"] == sorted(month_of(case) for case in ACCEPTED)
    refused = {case.file(month_of(case)): case.refused for case in REFUSED}
    refused |= {f"green_tripdata_{month_of(case)}.csv.gz": case.refused for case in REFUSED if ".csv.gz" in case.beside}
    refused |= {f"green_tripdata_{month}.csv": "DUPLICATE_FILE" for month in TWINS}
    refused |= dict.fromkeys(NEAR_NAMES, "NAME") | {"green_tripdata_2049-01.csv": "UNREADABLE"}
    assert counts["refused"] == refused
    # What may be over by the next run is not noted: rights come back without the bytes changing.
    assert set(nights.first.refused) == {name for name, code in refused.items() if code != "UNREADABLE"}
    assert counts["foreign"] == len(FOREIGN)
    assert counts["failed"] == []
    assert counts["lines"] == sum(case.physical_lines(nights.bodies[month_of(case)]) for case in ACCEPTED)
    assert counts["rows"] == sum(case.good + len(case.lines) - _bad(case) for case in ACCEPTED)
    assert counts["quarantined"] == sum(_bad(case) for case in ACCEPTED)


def test_zero_bytes_under_two_months_are_no_twins(nights: Nights):
    assert sum(1 for record in nights.first.refused.values() if record["code"] == "EMPTY_FILE") == 2


@pytest.mark.defect("nearly-right-name")
@pytest.mark.parametrize("name", NEAR_NAMES)
def test_a_name_that_is_nearly_right_is_refused(nights: Nights, name: str):
    assert nights.first.refused[name]["code"] == "NAME"
    assert re.search(r"green_tripdata_(2020-04|YYYY-MM)\.(csv|parquet)", nights.first.refused[name]["message"])


@pytest.mark.defect("link-to-nothing")
def test_a_link_to_nothing_is_refused(nights: Nights):
    [line] = [line for line in nights.first.done.out.splitlines() if line.startswith("green_tripdata_2049-01.csv: ")]
    assert "refused, UNREADABLE" in line
    assert "a link to nothing" in line


def test_the_receipt_names_the_csv_that_a_parquet_file_superseded(nights: Nights):
    [case] = [case for case in ACCEPTED if case.beside]
    month = month_of(case)
    receipt = nights.first.receipts[month]
    assert receipt["source"]["superseded"] == [f"green_tripdata_{month}.csv"]
    assert receipt["source"]["uri"].endswith(f"green_tripdata_{month}.parquet")
    assert f"green_tripdata_{month}.csv" in nights.first.done.counts["superseded"]
    assert receipt["generation"] == 2


@pytest.mark.defect("same-bytes-under-two-months")
def test_the_same_bytes_under_two_months_are_refused_both_and_name_each_other(nights: Nights):
    for month in TWINS:
        message = nights.first.refused[f"green_tripdata_{month}.csv"]["message"]
        assert all(f"green_tripdata_{twin}.csv" in message for twin in TWINS)
    assert nights.first.receipt_bytes[TWINS[0]] == nights.before.receipt_bytes[TWINS[0]]
    assert TWINS[1] not in nights.first.receipts


@pytest.mark.parametrize("defect", ["more-rows", "slightly-fewer-rows"])
def test_a_month_published_again_is_its_next_generation(nights: Nights, defect: str):
    [case] = [case for case in ACCEPTED if case.defect == defect]
    month = month_of(case)
    old, new = nights.before.receipts[month], nights.first.receipts[month]
    assert (old["generation"], new["generation"]) == (1, 2)
    assert new["previous"]["run"] == old["run"] != new["run"]


def test_a_run_with_nothing_new_publishes_nothing_and_still_ends_with_3(nights: Nights):
    assert nights.second.done.status == 3
    assert nights.second.done.counts["published"] == []
    assert nights.second.done.counts["refused"] == nights.first.done.counts["refused"]
    assert nights.second.receipt_bytes == nights.first.receipt_bytes
    assert nights.second.refused == nights.first.refused


@pytest.mark.defect("late-file")
def test_a_late_file_changes_its_month_only(nights: Nights):
    assert nights.late.done.counts["published"] == [LATE]
    assert {month: body for month, body in nights.late.receipt_bytes.items() if month != LATE} == (
        nights.first.receipt_bytes
    )


def test_the_quarantine_shows_a_parquet_row_as_json(nights: Nights):
    [case] = [case for case in ACCEPTED if case.defect == "parquet-values"]
    shown = {
        reasons: json.loads(str(row))
        for reasons, row, number in nights.quarantined[month_of(case)]
        if number is None and "3000000000" in str(row)
    }
    month = month_of(case)
    assert shown == {
        ("BAD_NUMBER",): {
            "VendorID": 3_000_000_000,
            "lpep_pickup_datetime": f"{month}-15T12:34:56.000",
            "lpep_dropoff_datetime": f"{month}-15T12:47:00.000",
            "store_and_fwd_flag": "N",
            "RatecodeID": 1.0,
            "PULocationID": 74,
            "DOLocationID": 166,
            "passenger_count": 1.0,
            "trip_distance": 2.5,
            "fare_amount": 10.0,
            "extra": 0.5,
            "mta_tax": 0.5,
            "tip_amount": 2.06,
            "tolls_amount": 0.0,
            "improvement_surcharge": 0.3,
            "total_amount": 13.36,
            "payment_type": 1.0,
            "trip_type": 1.0,
            "congestion_surcharge": 0.0,
        }
    }


def test_no_escape_reaches_the_terminal(nights: Nights):
    for night in (nights.before, nights.first, nights.second, nights.late, nights.rebuilt):
        assert [char for char in night.done.printed if not char.isprintable() and char != "\n"] == []


def test_no_run_wrote_an_error_or_a_stack_trace(nights: Nights):
    for night in (nights.before, nights.first, nights.second, nights.late, nights.rebuilt):
        assert "Traceback" not in night.done.printed
        assert "error:" not in night.done.err


def test_a_file_that_shrank_is_published_when_its_month_is_named(nights: Nights):
    [case] = [case for case in REFUSED if case.refused == "SHRUNK"]
    month, file = month_of(case), case.file(month_of(case))
    receipts = nights.rebuilt.receipt_bytes
    assert nights.rebuilt.receipts[month]["counts"]["published"] == 17
    assert nights.rebuilt.receipts[month]["generation"] == 2
    assert file not in nights.rebuilt.refused
    assert {name: body for name, body in receipts.items() if name not in (month, LATE)} == {
        name: body for name, body in nights.first.receipt_bytes.items() if name != month
    }
