"""What the nightly run decides, on local folders; receipts are written by hand, no Spark."""

import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lake.errors import LakeError, UsageError
from lake.intake.refusals import RefusalNote, RefusalNotes
from lake.operate import nightly
from lake.operate.nightly import Layer, find_pending, find_stale, prepare_load, read_release, run_name, unpublished
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Counts, DataFile, Receipt, Source
from lake.version import code_version
from schemas.contract import CONTRACT_VERSION
from schemas.datasets import AGGREGATES, RIDES_BY_MONTH, Location
from schemas.rides import RIDES, RIDES_VERSION

APRIL, MAY = b"VendorID of April\n", b"VendorID of May\n"
ETAG = {body: hashlib.sha256(body).hexdigest() for body in (APRIL, MAY)}


@dataclass(frozen=True)
class Night:
    """A lake on the disk, and what a run asks about it."""

    base: Path

    @property
    def where(self) -> dict[str, str]:
        names = ("raw", "transformed", "quarantine", "aggregates", "a_further")
        return {**{name: str(self.base / name) for name in names}, "catalog": ""}

    def raw(self, name: str, body: bytes) -> None:
        (self.base / "raw").mkdir(exist_ok=True)
        (self.base / "raw" / name).write_bytes(body)

    def trips(self, month: str, body: bytes, run: str = "trips-1", contract: int = CONTRACT_VERSION) -> None:
        source = Source(f"{self.base}/raw/green_tripdata_{month}.csv", ETAG[body])
        self._publish("transformed", month, run, contract, source, rows=100)

    def rides(
        self,
        month: str,
        of: str = "trips-1",
        run: str = "rides-1",
        rows: int = 7,
        table: str = "aggregates",
        generation: int = 0,
        version: int = RIDES_VERSION,
    ) -> None:
        source = Source(f"{self.base}/transformed", of, generation=generation)
        self._publish(table, month, run, version, source, rows=rows)

    def _publish(self, root: str, month: str, run: str, contract: int, source: Source, rows: int) -> None:
        book = ReceiptBook.at(str(self.base / root))
        before = book.get(month)
        book.publish(
            Receipt(
                month=month,
                run=run,
                generation=before.receipt.generation + 1 if before else 1,
                previous=None,
                contract_version=contract,
                code_version=code_version(),
                published_at="2026-11-25T03:00:00+00:00",
                source=source,
                files=(DataFile(f"run={run}/month={month}/part-0.parquet", rows, 1000 + rows),),
                counts=Counts(lines=rows, published=rows),
            ),
            before,
        )

    def refuse(self, name: str, body: bytes, code: str = "UNKNOWN_LAYOUT") -> None:
        note = RefusalNote(name, ETAG[body], code, "the nearest layout is C7", code_version())
        RefusalNotes.of(ReceiptBook.at(str(self.base / "transformed"))).write(note)

    def pending(self, months: str = "all", rebuild: bool = False, loaded: str | None = None, generations: int = 0):
        return find_pending(self.where, months, rebuild, loaded, generations)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


@pytest.fixture
def april(night: Night) -> Night:
    """A lake in which April is published and aggregated."""
    night.raw("green_tripdata_2020-04.csv", APRIL)
    night.trips("2020-04", APRIL)
    night.rides("2020-04")
    return night


def test_an_empty_lake_has_nothing_to_do(night):
    assert night.pending().layer is None


def test_a_new_file_begins_at_the_trips_and_is_named_with_its_bytes(night):
    night.raw("green_tripdata_2020-04.csv", APRIL)
    pending = night.pending()
    assert pending.layer is Layer.TRIPS
    assert pending.files == {"green_tripdata_2020-04.csv": ETAG[APRIL]}
    assert pending.why == "to be published: green_tripdata_2020-04.csv (new)"


def test_a_changed_file_begins_at_the_trips(april):
    april.raw("green_tripdata_2020-04.csv", MAY)
    assert april.pending().layer is Layer.TRIPS


def test_a_month_to_an_older_contract_begins_at_the_trips(night):
    night.raw("green_tripdata_2020-04.csv", APRIL)
    night.trips("2020-04", APRIL, contract=CONTRACT_VERSION - 1)
    assert night.pending().layer is Layer.TRIPS


def test_trips_without_aggregates_begin_at_the_rides(april):
    april.raw("green_tripdata_2020-05.csv", MAY)
    april.trips("2020-05", MAY)
    pending = april.pending()
    assert (pending.layer, pending.why) == (Layer.AGGREGATES, "to be aggregated: 2020-05")


def test_what_is_behind_in_other_months_does_not_count(april):
    april.raw("green_tripdata_2020-05.csv", MAY)
    april.trips("2020-05", MAY)
    loaded = prepare_load(april.where).digest
    assert april.pending("2020-04", loaded=loaded).layer is None
    assert april.pending("2020-05", loaded=loaded).layer is Layer.AGGREGATES


def test_aggregates_of_older_trips_begin_at_the_rides(april):
    april.trips("2020-04", APRIL, run="trips-2")
    assert april.pending().layer is Layer.AGGREGATES


def test_what_was_never_loaded_begins_at_the_load(april):
    assert april.pending(loaded=None).layer is Layer.LOAD


def test_another_load_begins_at_the_load(april):
    assert april.pending(loaded="0" * 64).layer is Layer.LOAD


def test_what_was_loaded_is_done(april):
    assert april.pending(loaded=prepare_load(april.where).digest).layer is None


def test_a_refused_file_starts_nothing(april):
    loaded = prepare_load(april.where).digest
    april.raw("green_tripdata_2020-05.csv", MAY)
    april.refuse("green_tripdata_2020-05.csv", MAY)
    assert april.pending(loaded=loaded).layer is None


def test_other_months_than_those_named_are_left_alone(april):
    april.raw("green_tripdata_2020-05.csv", MAY)
    assert april.pending("2020-04", loaded=prepare_load(april.where).digest).layer is None


def test_a_rebuild_begins_at_the_trips_though_all_is_done(april):
    pending = april.pending("2020-04", rebuild=True, loaded=prepare_load(april.where).digest)
    assert pending.layer is Layer.TRIPS


@pytest.mark.parametrize("months", ["", "all"])
def test_a_rebuild_of_everything_is_refused(april, months):
    with pytest.raises(UsageError, match="rebuild needs months"):
        april.pending(months, rebuild=True)


def test_a_month_without_a_file_is_named(april):
    with pytest.raises(LakeError, match=r"no raw file of 2020-06"):
        april.pending("2020-06")


@pytest.mark.parametrize("harm", ["lost", "older", "moved away"])
def test_a_lake_that_is_older_than_what_redshift_holds_stops_the_night(april, harm):
    """Even if the older state was loaded, or nothing is left to be loaded, or raw files wait to be published."""
    first = prepare_load(april.where)
    first_receipts = {path: path.read_bytes() for path in april.base.glob("*/_receipts/*.json")}
    april.rides("2020-04", run="rides-2")
    april.raw("green_tripdata_2020-05.csv", MAY)
    loaded = prepare_load(april.where)
    assert april.pending(loaded=loaded.digest, generations=loaded.generations).layer is Layer.TRIPS
    for folder in ("transformed", "aggregates"):
        shutil.rmtree(april.base / folder / "_receipts")
    if harm == "older":
        for path, body in first_receipts.items():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(body)
    where = {**april.where, "aggregates": ""} if harm == "moved away" else april.where
    for digest in (loaded.digest, first.digest):
        with pytest.raises(LakeError, match=r"from 2 generations of receipts, the lake has [01]: .*operations\.md"):
            find_pending(where, "all", False, digest, loaded.generations)


def test_an_empty_lake_is_not_what_redshift_was_loaded_from(night):
    with pytest.raises(LakeError, match="the lake has 0: receipts were lost"):
        night.pending(loaded="0" * 64)


@pytest.mark.parametrize("rides", ["of older trips", "of newer code"])
def test_aggregates_of_what_is_newer_than_the_lake_stop_the_night(april, rides):
    if rides == "of older trips":
        april.rides("2020-04", of="trips-3", generation=3)
        says = f"2020-04 of {RIDES.name}: .* generation 3 of green, which now is generation 1: receipts were lost"
    else:
        april.rides("2020-04", of="trips-0", version=RIDES_VERSION + 1)
        says = f"2020-04 of {RIDES.name}: .* is published by newer code"
    with pytest.raises(LakeError, match=says):
        april.pending()
    assert april.pending("2020-04", rebuild=True).layer is Layer.TRIPS


def test_aggregates_that_have_lost_a_receipt_stop_the_night(april):
    april.rides("2020-04", run="rides-2")
    (april.base / "aggregates/_receipts/2020-04.json").unlink()
    with pytest.raises(LakeError, match=r"2020-04 in .*/aggregates is gone, but 2020-04\.1\.json was replaced"):
        april.pending()


def test_a_month_whose_trips_have_lost_their_receipt_stops_the_night(april):
    april.rides("2020-04", generation=1)
    (april.base / "transformed/_receipts/2020-04.json").unlink()
    with pytest.raises(LakeError, match="generation 1 of green, which now has no receipt"):
        april.pending()


def test_trips_of_a_run_that_is_published_again_are_aggregated_again(april):
    april.rides("2020-04", generation=1)
    april.trips("2020-04", APRIL)
    assert april.pending().layer is Layer.AGGREGATES
    april.rides("2020-04", generation=2)
    assert april.pending().layer is Layer.LOAD


def test_after_the_trips_only_receipts_and_the_load_count(april):
    """Whatever became of raw files."""

    def left(loaded, months="all", rebuild=False):
        return find_stale(april.where, months, rebuild, loaded).layer

    loaded = prepare_load(april.where).digest
    april.raw("green_tripdata_2020-05.csv", MAY)
    assert left(loaded) is None
    assert left("0" * 64) is Layer.LOAD
    assert left(loaded, "2020-04", rebuild=True) is Layer.AGGREGATES
    april.trips("2020-05", MAY)
    assert left(loaded) is Layer.AGGREGATES
    assert left(loaded, "2020-04") is None


def test_a_first_night_of_refused_files_has_nothing_to_load(night):
    night.raw("green_tripdata_2020-05.csv", MAY)
    assert find_stale(night.where, "all", False, None).layer is None


def test_a_load_holds_the_facts_of_the_receipts(april):
    april.rides("2020-04", run="rides-2", rows=11)
    april.rides("2020-05", rows=5)
    load = prepare_load(april.where)
    body = (april.base / "aggregates" / "_manifest.json").read_bytes()
    assert json.loads(body) == {
        "entries": [
            {
                "url": f"{april.base}/aggregates/run=rides-2/month=2020-04/part-0.parquet",
                "mandatory": True,
                "meta": {"content_length": 1011},
            },
            {
                "url": f"{april.base}/aggregates/run=rides-1/month=2020-05/part-0.parquet",
                "mandatory": True,
                "meta": {"content_length": 1005},
            },
        ]
    }
    assert load.as_dict() == {
        "tables": {RIDES.name: {"manifest": f"{april.base}/aggregates/_manifest.json", "rows": 16}},
        "digest": hashlib.sha256(body).hexdigest(),
        "generations": 3,  # April's second, May's first
        "rows": 16,
        "months": 2,
    }


def test_an_old_manifest_is_replaced(april):
    first = prepare_load(april.where)
    april.rides("2020-04", run="rides-2")  # a job that ended before it wrote the manifest
    assert april.pending(loaded=first.digest).layer is Layer.LOAD
    second = prepare_load(april.where)
    assert (first.generations, second.generations) == (1, 2)
    assert april.pending(loaded=second.digest).layer is None


def test_without_aggregates_there_is_nothing_to_load(night):
    with pytest.raises(LakeError, match="there is nothing to load"):
        prepare_load(night.where)


FURTHER = replace(
    RIDES_BY_MONTH,
    table=replace(RIDES, name="agg_by_hour"),
    location=Location("a_further", "aggregate/a-further", "a further data set"),
)


@pytest.fixture
def two_tables(april: Night, monkeypatch: pytest.MonkeyPatch) -> Night:
    """April is in a second table too, after what is sorted before the first."""
    monkeypatch.setattr(nightly, "AGGREGATES", (RIDES_BY_MONTH, FURTHER))
    april.rides("2020-04", rows=90, table="a_further")
    return april


def test_a_load_of_two_tables_has_the_facts_of_both(two_tables):
    two_tables.rides("2020-04", run="rides-2", table="a_further", rows=80)
    paths = [two_tables.base / name / "_manifest.json" for name in ("aggregates", "a_further")]
    assert prepare_load(two_tables.where).as_dict() == {
        "tables": {
            RIDES.name: {"manifest": str(paths[0]), "rows": 7},
            "agg_by_hour": {"manifest": str(paths[1]), "rows": 80},
        },
        "digest": hashlib.sha256(paths[0].read_bytes() + paths[1].read_bytes()).hexdigest(),
        "generations": 3,
        "rows": 87,
        "months": 1,
    }
    assert two_tables.pending(loaded=prepare_load(two_tables.where).digest).layer is None


@pytest.mark.parametrize("table", ["aggregates", "a_further"])
def test_what_is_behind_in_any_table_is_pending(two_tables, table):
    loaded = prepare_load(two_tables.where).digest
    two_tables.rides("2020-04", run="rides-2", table=table)
    assert two_tables.pending(loaded=loaded).layer is Layer.LOAD
    two_tables.rides("2020-04", of="trips-0", table=table)
    assert two_tables.pending(loaded=loaded).layer is Layer.AGGREGATES


@pytest.mark.parametrize("location", ["", None])
def test_a_table_whose_location_is_not_set_is_not_asked_for(two_tables, location):
    where = {name: value for name, value in {**two_tables.where, "a_further": location}.items() if value is not None}
    load = prepare_load(where)
    assert (set(load.tables), load.rows) == ({RIDES.name}, 7)
    assert find_pending(where, "all", False, load.digest).layer is None


def test_a_table_with_nothing_in_it_is_made_before_it_is_loaded(april, monkeypatch):
    monkeypatch.setattr(nightly, "AGGREGATES", (RIDES_BY_MONTH, FURTHER))
    assert april.pending().layer is Layer.AGGREGATES
    with pytest.raises(LakeError, match=r"nothing is published in .*/a_further"):
        prepare_load(april.where)


def test_settings_without_any_table_are_no_load_of_nothing(april):
    where = {**april.where, "aggregates": ""}
    assert find_pending(where, "all", False, None).layer is Layer.LOAD
    tables = ", ".join(aggregate.location.name for aggregate in AGGREGATES)
    with pytest.raises(LakeError, match=rf"no location of a table is set \({tables}\)"):
        prepare_load(where)


def test_a_refused_file_is_told_while_it_lies_there(april):
    april.raw("green_tripdata_2020-05.csv", MAY)
    april.refuse("green_tripdata_2020-05.csv", MAY)
    assert unpublished(april.where, {}) == [
        "green_tripdata_2020-05.csv: refused, UNKNOWN_LAYOUT: the nearest layout is C7"
    ]
    (april.base / "raw" / "green_tripdata_2020-05.csv").unlink()
    assert unpublished(april.where, {}) == []


def test_a_wrong_name_is_told(april):
    april.raw("green_tripdata_2020-5.csv", MAY)
    [line] = unpublished(april.where, {})
    assert line.startswith("green_tripdata_2020-5.csv: refused, NAME: ")


def test_a_file_that_was_taken_in_vain_is_told(april):
    april.raw("green_tripdata_2020-05.csv", MAY)
    taken = april.pending().files
    assert unpublished(april.where, taken) == [
        "green_tripdata_2020-05.csv: not published by this run; its log says why"
    ]


def test_a_file_that_came_during_the_run_waits_for_the_next(april):
    taken = april.pending().files
    april.raw("green_tripdata_2020-05.csv", MAY)
    assert unpublished(april.where, taken) == []


def test_a_release_of_this_code_is_read(tmp_path):
    release = {"release": "abc", "code_version": code_version()}
    (tmp_path / "release.json").write_text(json.dumps(release))
    assert read_release(str(tmp_path)) == release


def test_a_release_of_other_code_is_refused(tmp_path):
    (tmp_path / "release.json").write_text(json.dumps({"release": "abc", "code_version": "other"}))
    with pytest.raises(LakeError, match=r"is of code other, .* run deploy_entrypoints"):
        read_release(str(tmp_path))


def test_without_a_release_the_message_says_what_to_do(tmp_path):
    with pytest.raises(LakeError, match="run the DAG deploy_entrypoints first"):
        read_release(str(tmp_path))


@pytest.mark.parametrize(
    ("run_id", "name"),
    [
        ("scheduled__2026-11-25T03:00:00+00:00", "airflow-scheduled__2026-11-25T03-00-00-00-00"),
        ("20261125", "airflow-20261125"),
        ("a/../b ä", "airflow-a-..-b-"),
        ("x" * 250, "airflow-" + "x" * 92),
    ],
)
def test_a_run_of_airflow_gives_the_jobs_a_name(run_id, name):
    assert run_name(run_id) == name
