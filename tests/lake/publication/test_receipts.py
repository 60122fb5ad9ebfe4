"""Receipts: those of every version are read, and the one that is replaced stays."""

import json
from pathlib import Path

import pytest

from lake.errors import LakeError, LostRace
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Receipt, RollBack
from tests.lake.conftest import Place

KEPT = Path(__file__).parent / "receipts"
TRIPS, RIDES = (KEPT / name for name in ("trips-2020-03.json", "rides-2020-03.json"))


def read(path: Path) -> Receipt:
    return Receipt.from_json(path.read_bytes(), str(path))


@pytest.fixture
def book(place: Place) -> ReceiptBook:
    return ReceiptBook(place.storage, place.folder)


def receipt(generation: int, run: str = "") -> Receipt:
    """One of the kept ones, as a later run would publish it."""
    record = {**json.loads(TRIPS.read_bytes()), "generation": generation, "run": run or f"run-{generation}"}
    return Receipt.from_json(json.dumps(record).encode(), "")


def test_a_receipt_of_trips_of_the_first_version_is_read():
    found = read(TRIPS)
    assert (found.month, found.run, found.generation) == ("2020-03", "20261126T170945Z-7c688e94", 1)
    assert (found.previous, found.contract_version, found.code_version) == (None, 1, "6abe45d3e3a7")
    assert found.published_at == "2026-11-26T17:13:17+00:00"
    assert (found.source.uri, found.source.size) == ("/data/raw/green/green_tripdata_2020-03.csv", 49519)
    assert (found.source.layout, found.source.superseded) == ("C8", ())
    assert found.source.etag == "39448c0c8805335146368cc7a77c3c0a4dcec4fa9e059e152bc36dba87b99bd7"
    assert [(file.rows, file.size) for file in found.files] == [(481, 25365), (28, 12974)]
    assert [(file.rows, file.size) for file in found.quarantine_files] == [(28, 4442)]
    counts = found.counts
    assert (counts.lines, counts.header, counts.blank, counts.published, counts.quarantined) == (543, 2, 4, 509, 28)
    assert counts.reasons == {"BAD_NUMBER": 15, "BAD_TIMESTAMP": 9, "NON_FINITE": 4, "REQUIRED": 3}
    assert (len(counts.flags), counts.flags["has_any_flag"]) == (15, 142)


def test_a_receipt_of_rides_of_the_first_version_is_read():
    found = read(RIDES)
    assert (found.source.run, found.source.generation) == ("20261126T170945Z-7c688e94", 1)
    assert found.source.uri == "/data/transformed/green"
    assert [(file.rows, file.size) for file in found.files] == [(277, 6722)]
    assert (found.counts.lines, found.counts.published, found.quarantine_files) == (509, 277, ())


@pytest.mark.parametrize("path", [TRIPS, RIDES], ids=["trips", "rides"])
def test_a_receipt_is_written_as_it_was_in_the_first_version(path):
    assert read(path).to_json() == path.read_bytes()


def test_a_checksum_is_written_and_read():
    """Beside the ETag; older code ignores it, as it does all that it does not know."""
    record = json.loads(TRIPS.read_bytes())
    record["source"]["checksum"] = "crc64nvme:rosUhgp5mIg="
    record["roll_back"] = {"generation": 1, "withdrawn": ["bytes"], "withdrawn_checksums": ["sha256:x"]}
    found = Receipt.from_json(json.dumps(record).encode(), "")
    assert (found.source.checksum, found.roll_back) == (
        record["source"]["checksum"],
        RollBack(1, ("bytes",), ("sha256:x",)),
    )
    assert json.loads(found.to_json()) == record


def test_the_engine_is_written_and_read_but_for_spark_which_older_code_could_not_read():
    record = {**json.loads(TRIPS.read_bytes()), "engine": "sail"}
    found = Receipt.from_json(json.dumps(record).encode(), "")
    assert (found.engine, json.loads(found.to_json())) == ("sail", record)
    as_spark = Receipt.from_json(json.dumps({**record, "engine": "spark"}).encode(), "")
    assert (as_spark.engine, as_spark) == ("spark", read(TRIPS))
    assert "engine" not in json.loads(as_spark.to_json())
    with pytest.raises(LakeError, match="engine should be text, found 1"):
        Receipt.from_json(json.dumps({**record, "engine": 1}).encode(), "")


def test_a_roll_back_is_written_and_read():
    record = {**json.loads(TRIPS.read_bytes()), "roll_back": {"generation": 1, "withdrawn": ["bytes"]}}
    found = Receipt.from_json(json.dumps(record).encode(), "")
    assert found.roll_back == RollBack(1, ("bytes",))
    assert json.loads(found.to_json()) == record


def test_what_a_newer_version_has_added_is_ignored():
    record = json.loads(TRIPS.read_bytes())
    newer = {**record, "planet": "another", "source": {**record["source"], "colour": "green"}}
    newer["counts"] = {**record["counts"], "spoiled": 0}
    newer["files"] = [{**file, "sorted": True} for file in record["files"]]
    newer["quarantine_files"] = [{**file, "sorted": True} for file in record["quarantine_files"]]
    assert Receipt.from_json(json.dumps(newer).encode(), "") == read(TRIPS)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"source": {}}', '"text"', '{"source": [], "files": 1}'])
def test_what_is_no_receipt_is_an_error_in_one_line(text):
    with pytest.raises(LakeError, match=r"^s3://b/r\.json is not a receipt that this version can read: "):
        Receipt.from_json(text.encode(), "s3://b/r.json")


@pytest.mark.parametrize(
    "damage",
    [
        {"generation": "2"},
        {"generation": True},
        {"published_at": "x"},
        {"published_at": "2026-11-26T17:13:17"},
        {"roll_back": {"generation": "1", "withdrawn": []}},
        {"roll_back": {"generation": 1, "withdrawn": "bytes"}},
        {"roll_back": {"generation": 1, "withdrawn": [1]}},
        {"roll_back": 1},
    ],
    ids=str,
)
def test_a_receipt_whose_order_in_time_cannot_be_told_is_none(damage):
    record = {**json.loads(TRIPS.read_bytes()), **damage}
    with pytest.raises(LakeError, match="is not a receipt that this version can read"):
        Receipt.from_json(json.dumps(record).encode(), "r.json")


def test_the_receipt_that_is_replaced_stays_byte_by_byte(book, place):
    book.publish(receipt(1), None)
    newer = {**json.loads(place.storage.read(book.uri("2020-03"))[0]), "a newer version": "has added this"}
    first = json.dumps(newer).encode()
    place.storage.put(book.uri("2020-03"), first, book.get("2020-03").token)
    book.publish(receipt(2), book.get("2020-03"))
    assert place.storage.read(f"{place.folder}/_receipts/replaced/2020-03.1.json")[0] == first
    book.publish(receipt(3), book.get("2020-03"))
    assert [past.run for past in book.replaced(book.all())["2020-03"]] == ["run-1", "run-2"]
    assert [entry.receipt.run for entry in book.all().values()] == ["run-3"]


def test_of_a_run_that_ended_before_its_commit_the_receipt_still_counts(book, place):
    book.publish(receipt(1), None)
    place.put("_receipts/replaced/2020-03.1.json", place.storage.read(book.uri("2020-03"))[0])
    assert book.replaced(book.all()) == {}
    book.publish(receipt(2), book.get("2020-03"))
    assert [past.generation for past in book.replaced(book.all())["2020-03"]] == [1]


def test_another_receipt_in_the_place_of_a_replaced_one_stops_the_commit(book, place):
    book.publish(receipt(1), None)
    place.put("_receipts/replaced/2020-03.1.json", b"{}")
    with pytest.raises(LakeError, match=r"replaced/2020-03\.1\.json holds another receipt") as stopped:
        book.publish(receipt(2), book.get("2020-03"))
    assert not isinstance(stopped.value, LostRace)
    assert book.get("2020-03").receipt.generation == 1


def test_a_writer_that_was_overtaken_loses_though_both_keep_the_same_receipt(book):
    book.publish(receipt(1), None)
    before = book.get("2020-03")
    book.publish(receipt(2, "fast"), before)
    with pytest.raises(LostRace):
        book.publish(receipt(2, "slow"), before)
    assert book.get("2020-03").receipt.run == "fast"
    assert [past.run for past in book.replaced(book.all())["2020-03"]] == ["run-1"]
