"""The PUT of a receipt, with everything that can become of it. Two months: the first meets the fault."""

import pytest

from tests.jobs_s3.months import JUNE, LATER_MAY, MAY, totals

pytestmark = [pytest.mark.s3, pytest.mark.spark]


@pytest.fixture
def filled(lake, s3a):
    """Raw files of May and June, nothing published."""
    for raw in (MAY, JUNE):
        lake.put_raw(raw.name, raw.body)
    return lake


def test_a_writer_whose_answers_were_lost_recognises_itself(filled, wire):
    wire.plan = ["drop"]
    done = filled.trips()
    assert (done.status, done.counts["published"]) == (0, [MAY.month, JUNE.month])
    assert (wire.receipts_put(MAY.month), wire.receipts_put(JUNE.month)) == (1, 1)
    first = filled.receipts()
    assert {month: (receipt["generation"], receipt["previous"]) for month, receipt in first.items()} == {
        MAY.month: (1, None),
        JUNE.month: (1, None),
    }
    assert filled.runs() == {first[MAY.month]["run"]}
    assert totals(filled.rows(MAY.month)) == MAY.totals

    etags = filled.receipt_etags()
    filled.put_raw(LATER_MAY.name, LATER_MAY.body)
    wire.plan = ["drop"]
    done = filled.trips()
    assert (done.status, done.counts["published"]) == (0, [MAY.month])
    second = filled.receipts()[MAY.month]
    assert second["generation"] == 2
    assert second["previous"] == {"run": first[MAY.month]["run"], "etag": etags[MAY.month].strip('"')}
    assert totals(filled.rows(MAY.month)) == LATER_MAY.totals
    assert filled.receipt_etags()[JUNE.month] == etags[JUNE.month]


def test_a_put_that_the_server_refused_for_a_while_is_repeated(filled, wire):
    wire.plan = [503, 500, 409]
    assert filled.trips().status == 0
    assert (wire.receipts_put(MAY.month), wire.receipts_put(JUNE.month)) == (4, 1)
    assert {month: receipt["generation"] for month, receipt in filled.receipts().items()} == {
        MAY.month: 1,
        JUNE.month: 1,
    }
    assert totals(filled.rows(MAY.month)) == MAY.totals


@pytest.mark.parametrize("arrived", [True, False], ids=["the PUT arrived", "the PUT did not arrive"])
def test_what_cannot_be_known_is_said_and_nothing_is_deleted(filled, wire, arrived: bool):
    wire.plan = ["drop" if arrived else "lose"]
    written = {}

    def act() -> None:
        written.update(filled.objects())
        wire.refuse("GET .*_receipts/")

    wire.at(f"PUT .*_receipts/{MAY.month}", act)
    done = filled.trips("--run", "doubtful")
    assert done.status == 1
    assert f"_receipts/{MAY.month}.json: it is not known whether it was written" in done.line
    assert "delete nothing" in done.line
    [run] = filled.runs()
    assert sum(f"/run={run}/" in key for key in written) == 2
    assert written.items() <= filled.objects().items()
    assert set(filled.receipts()) == ({MAY.month} if arrived else set())

    wire.reset()
    before = filled.receipt_etags()
    assert filled.trips().status == 0
    assert {month: receipt["generation"] for month, receipt in filled.receipts().items()} == {
        MAY.month: 1,
        JUNE.month: 1,
    }
    assert before.items() <= filled.receipt_etags().items()
    assert totals(filled.rows(MAY.month)) == MAY.totals
    assert totals(filled.rows(JUNE.month)) == JUNE.totals


def test_the_answer_of_an_aggregate_is_lost(filled, wire):
    assert filled.trips().status == 0
    wire.plan = ["drop"]
    done = filled.rides()
    assert (done.status, done.counts["published"]) == (0, [MAY.month, JUNE.month])
    assert {month: receipt["generation"] for month, receipt in filled.receipts("aggregates").items()} == {
        MAY.month: 1,
        JUNE.month: 1,
    }
    assert len(filled.runs("aggregates")) == 1
    assert sum(row["ride_count"] for row in filled.rows(MAY.month, "aggregates")) == len(MAY.totals)
