"""`python -m lake roll-back`: an earlier generation is published again, and stays so. Receipts by hand; no Spark."""

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lake.__main__ import main
from lake.operate.nightly import Layer, find_pending
from lake.operate.verification import file_differences
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Counts, DataFile, Receipt, Source
from lake.version import code_version
from schemas.contract import CONTRACT_VERSION
from schemas.datasets import AGGREGATES, LOCATIONS, PUBLISHED_TRIPS

MONTH = "2020-04"
NAME = f"green_tripdata_{MONTH}.csv"


@dataclass(frozen=True)
class Lake:
    """April of a lake on the disk, in its usual folders. Each generation's raw file is one letter."""

    base: Path

    @property
    def trips(self) -> ReceiptBook:
        return ReceiptBook.at(str(self.base / "transformed/green"))

    @property
    def now(self) -> Receipt:
        entry = self.trips.get(MONTH)
        assert entry
        return entry.receipt

    def publish(self, text: str, *, quarantined: int = 0, contract: int = CONTRACT_VERSION) -> None:
        """Puts a raw file and publishes it as the next generation, with files that lie where its receipt says."""
        raw = self.base / "raw/green" / NAME
        raw.parent.mkdir(parents=True, exist_ok=True)
        raw.write_text(text)
        before = self.trips.get(MONTH)
        generation = before.receipt.generation + 1 if before else 1
        run = f"of-{text}-{generation:08x}"
        path = f"run={run}/month={MONTH}/part-0.parquet"
        roots = {"transformed/green": 100 + generation, "quarantine/green": quarantined}
        for root, size in roots.items():
            if size:
                file = self.base / root / path
                file.parent.mkdir(parents=True)
                file.write_bytes(b"x" * size)
        receipt = Receipt(
            month=MONTH,
            run=run,
            generation=generation,
            previous={"run": before.receipt.run, "etag": before.token} if before else None,
            contract_version=contract,
            code_version="0123",
            published_at="2026-11-01T03:00:00+00:00",
            source=Source(str(raw), etag(text), 1, "C8"),
            files=(DataFile(path, 10 * generation, 100 + generation),),
            counts=Counts(lines=10 * generation + quarantined, published=10 * generation, quarantined=quarantined),
            quarantine_files=(DataFile(path, quarantined, quarantined),) if quarantined else (),
        )
        self.trips.publish(receipt, before)

    def aggregate(self) -> None:
        """As the step would, of the trips as they are now."""
        for aggregate in AGGREGATES:
            book = ReceiptBook.at(str(self.base / aggregate.location.folder))
            before = book.get(MONTH)
            run = f"rides-of-{self.now.generation:08x}"
            file = DataFile(f"run={run}/month={MONTH}/part-0.parquet", 1, 1)
            (Path(book.root) / file.path).parent.mkdir(parents=True, exist_ok=True)
            (Path(book.root) / file.path).write_bytes(b"x")
            made = replace(
                self.now,
                run=run,
                files=(file,),
                generation=before.receipt.generation + 1 if before else 1,
                contract_version=aggregate.version,
                source=Source.of_run(self.trips.root, self.now),
                quarantine_files=(),
                roll_back=None,
            )
            book.publish(made, before)

    def pending(self, text: str, *, rebuild: bool = False) -> Layer | None:
        """Where a night begins if this raw file lies there."""
        (self.base / "raw/green" / NAME).write_text(text)
        places = {location.name: str(self.base / location.folder) for location in LOCATIONS}
        return find_pending(places, MONTH if rebuild else "all", rebuild, None).layer

    def ask(self, *options: str) -> int:
        return main(["roll-back", *options, "--lake", str(self.base)])


def etag(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Two generations, made of the files A and B; the second is aggregated."""
    lake = Lake(tmp_path)
    lake.publish("A")
    lake.publish("B", quarantined=7)
    lake.aggregate()
    return lake


def test_the_generation_before_is_published_again(lake, capsys):
    first, second = lake.trips.earlier(MONTH, [1]), lake.trips.get(MONTH)
    assert lake.ask(MONTH) == 0
    now = lake.now
    [was] = first
    assert (now.run, now.files, now.source, now.counts, now.code_version) == (
        *(was.run, was.files, was.source, was.counts, was.code_version),
    )
    assert (now.generation, now.previous) == (3, {"run": second.receipt.run, "etag": second.token})
    assert now.published_at > was.published_at
    [replaced] = lake.trips.earlier(MONTH, [2])
    assert replaced == second.receipt
    assert capsys.readouterr().out == (
        f"{MONTH}  rolled back to generation 1, published again as generation 3: 10 rows of {NAME}; the raw file of "
        "generation 2 is held back until it changes or --rebuild yes; aggregates and Redshift follow with the next run\n"
    )


def test_the_raw_file_that_was_rolled_back_does_not_undo_it_and_aggregates_follow(lake, capsys):
    assert lake.ask(MONTH) == 0
    assert lake.pending("B") is Layer.AGGREGATES
    lake.aggregate()
    assert lake.pending("B") is Layer.LOAD
    assert lake.pending("A") is Layer.LOAD
    assert lake.pending("C") is Layer.TRIPS
    assert lake.pending("B", rebuild=True) is Layer.TRIPS
    capsys.readouterr()
    assert main(["status", "--lake", str(lake.base)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{MONTH}          10 rows  C8  generation 3  rolled back to generation 1: {NAME} is held back until it changes or "
        "--rebuild yes  made by other code"
    ]


def test_a_month_that_was_never_aggregated_meanwhile_is_aggregated_all_the_same(lake):
    """Only so the night comes to its end, which brings the partitions in Glue back."""
    lake.publish("C")  # and the step failed
    assert lake.ask(MONTH) == 0
    assert lake.now.run == "of-B-00000002"
    assert lake.pending("C") is Layer.AGGREGATES


def test_a_month_that_was_redone_from_the_same_file_holds_nothing_back(lake, capsys):
    """It was rebuilt by other code, and that was wrong."""
    lake.publish("B")
    assert lake.ask(MONTH) == 0
    assert (lake.now.generation, lake.now.withdrawn) == (4, ())
    assert "held back" not in capsys.readouterr().out
    assert lake.pending("B") is Layer.AGGREGATES


def test_again_and_back_again(lake, capsys):
    lake.publish("C")
    for options, run, held in (
        ([MONTH], "of-B-00000002", ["C"]),
        ([MONTH, "--generation", "1"], "of-A-00000001", ["B", "C"]),
        ([MONTH, "--generation", "4"], "of-B-00000002", ["A", "C"]),  # itself a generation that was rolled back to
        ([MONTH, "--generation", "3"], "of-C-00000003", ["A", "B"]),
    ):
        assert lake.ask(*options) == 0
        assert lake.now.run == run
        assert lake.now.roll_back
        assert sorted(lake.now.withdrawn) == sorted(etag(text) for text in held)
        assert {lake.pending(text) for text in held} == {Layer.AGGREGATES}
    assert lake.now.generation == 7
    lake.publish("D")
    assert lake.now.roll_back is None


@pytest.mark.parametrize(
    "options", [["--generation", "3"], ["--generation", "1"]], ids=["current", "of the same files"]
)
def test_what_is_published_already_is_nothing_to_do(lake, capsys, options):
    assert lake.ask(MONTH) == 0
    before = Path(lake.trips.uri(MONTH)).read_bytes()
    capsys.readouterr()
    assert lake.ask(MONTH, *options) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert Path(lake.trips.uri(MONTH)).read_bytes() == before


def _expired(lake: Lake) -> None:
    shutil.rmtree(lake.base / "transformed/green/run=of-A-00000001")


def _cut_off(lake: Lake) -> None:
    (lake.base / f"transformed/green/run=of-A-00000001/month={MONTH}/part-0.parquet").write_bytes(b"")


def _without_its_rejects(lake: Lake) -> None:
    lake.publish("C")
    shutil.rmtree(lake.base / "quarantine/green")


def _of_an_older_contract(lake: Lake) -> None:
    _rewrite(lake, {"contract_version": CONTRACT_VERSION - 1})


def _of_another_month(lake: Lake) -> None:
    _rewrite(lake, {"month": "2020-05"})


def _of_files_elsewhere(lake: Lake) -> None:
    _rewrite(lake, {"files": [{"path": "../../raw/green/" + NAME, "rows": 1, "size": 1}]})


def _rewrite(lake: Lake, change: dict[str, object]) -> None:
    path = Path(lake.trips.replaced_uri(MONTH, 1))
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))


def _nothing(lake: Lake) -> None:
    """Leaves the lake as it is."""


@pytest.mark.parametrize(
    ("harm", "options", "status", "says"),
    [
        (_nothing, ["2020-05"], 1, "2020-05 is not published"),
        (_nothing, ["2020-4"], 2, "'2020-4' is not a month"),
        (_nothing, [MONTH, "--generation", "9"], 1, r"generation 9 of 2020-04 .*; kept are 1, 2 is published"),
        (_nothing, [MONTH, "--generation", "0"], 1, r"generation 0 of 2020-04 .*; kept are 1, 2 is published"),
        (_expired, [MONTH], 1, r"generation 1 of 2020-04 .*/part-0\.parquet is missing"),
        (_cut_off, [MONTH], 1, r"part-0\.parquet has 0 bytes, the receipt says 101"),
        (
            _without_its_rejects,
            [MONTH],
            1,
            r"quarantine/green/run=of-B-00000002/month=2020-04/part-0\.parquet is missing",
        ),
        (_of_an_older_contract, [MONTH], 1, rf"contract {CONTRACT_VERSION - 1}, .* {CONTRACT_VERSION}"),
        (_of_another_month, [MONTH], 1, r"2020-04\.1\.json is the receipt of 2020-05"),
        (_of_files_elsewhere, [MONTH], 1, "raw/green"),
    ],
)
def test_what_cannot_be_rolled_back_is_one_line_and_changes_nothing(lake, capsys, harm, options, status, says):
    harm(lake)
    before = Path(lake.trips.uri(MONTH)).read_bytes()
    assert lake.ask(*options) == status
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith("error: ")
    assert re.search(says, said.err)
    assert Path(lake.trips.uri(MONTH)).read_bytes() == before


def test_a_month_that_was_published_once_has_nothing_to_go_back_to(tmp_path, capsys):
    lake = Lake(tmp_path)
    lake.publish("A")
    assert lake.ask(MONTH) == 1
    assert "2020-04 was published once only" in capsys.readouterr().err


def test_a_quarantine_that_is_needed_must_be_named(lake, capsys):
    lake.publish("C")
    assert main(["roll-back", MONTH, "--transformed", lake.trips.root]) == 2
    assert "--quarantine" in capsys.readouterr().err
    assert main(["roll-back", MONTH, "--transformed", lake.trips.root, "--generation", "1"]) == 0


def test_a_run_that_publishes_meanwhile_wins(lake, capsys, monkeypatch):
    def publish_first(*of):
        monkeypatch.undo()
        lake.publish("C")
        return file_differences(*of)

    monkeypatch.setattr("lake.operate.roll_back.file_differences", publish_first)
    assert lake.ask(MONTH) == 1
    assert (lake.now.run, lake.now.generation) == ("of-C-00000003", 3)
    assert "run of-C-00000003 published 2020-04 meanwhile" in capsys.readouterr().err


def test_files_that_are_removed_meanwhile_are_told(lake, capsys, monkeypatch):
    publish = ReceiptBook.publish

    def remove_first(*of):
        _expired(lake)
        publish(*of)

    monkeypatch.setattr(ReceiptBook, "publish", remove_first)
    assert lake.ask(MONTH) == 1
    assert re.search(r"generation 3 of 2020-04 is published, but .* is missing", capsys.readouterr().err)


def test_a_raised_contract_cannot_be_met_from_a_file_that_was_rolled_back(lake, monkeypatch):
    assert lake.ask(MONTH) == 0
    newer = replace(PUBLISHED_TRIPS, version=CONTRACT_VERSION + 1)
    monkeypatch.setattr("lake.intake.plan.PUBLISHED_TRIPS", newer)
    monkeypatch.setattr("lake.intake.precedence.PUBLISHED_TRIPS", newer)
    lake.aggregate()
    assert lake.pending("B") is Layer.LOAD  # refused: check_refused names it
    assert lake.pending("A") is Layer.TRIPS


def test_expire_takes_what_was_rolled_back_from_and_not_what_was_rolled_back_to(lake, capsys):
    assert lake.ask(MONTH) == 0
    lake.aggregate()  # or they would need it
    # The aggregates' receipts too: what an aggregate of yesterday was made from stays.
    for now in lake.base.rglob(f"_receipts/{MONTH}.json"):
        long_ago = {**json.loads(now.read_bytes()), "published_at": "2026-11-02T03:00:00+00:00"}
        now.write_text(json.dumps(long_ago))
    for path in lake.base.rglob("*"):
        os.utime(path, (0, 0))
    assert main(["expire", "--lake", str(lake.base), "--delete", "yes"]) == 0
    left = {path.parts[-3] for path in lake.base.glob("transformed/green/run=*/*/*")}
    assert left == {"run=of-A-00000001"}


def test_the_code_that_made_a_month_stays_on_its_receipt(lake):
    assert lake.ask(MONTH) == 0
    assert lake.now.code_version == "0123" != code_version()
