"""Faults, made to happen: two writers at once, a reader that loses a line, a full disk. Nothing half is published."""

import errno
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.jobs.groups import Group
from lake.jobs.trips_writer import TripsWriter
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Entry, Receipt
from lake.publication.run_folder import Contents, RunFolder
from tests.jobs.conftest import BAD_LINE
from tests.jobs.lakes import (
    LakeFolder,
    assert_manifest_is_right,
    fares,
    receipt_bytes,
)

pytestmark = pytest.mark.spark

JANUARY, FEBRUARY, MARCH = [*range(10, 30)], [*range(100, 104)], [*range(200, 203)]


def _at_once(monkeypatch: pytest.MonkeyPatch, calls: list[Callable[[], int]]) -> list[int]:
    """Runs calls in threads of their own; each waits before its commit until all have come so far."""
    barrier, publish = threading.Barrier(len(calls), timeout=120), ReceiptBook.publish

    def wait_and_publish(book: ReceiptBook, receipt: Receipt, replaces: Entry | None) -> None:
        barrier.wait()
        publish(book, receipt, replaces)

    monkeypatch.setattr(ReceiptBook, "publish", wait_and_publish)
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda call=call: statuses.append(call())) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()
    return sorted(statuses)


def test_of_two_writers_at_once_one_wins_and_the_other_says_so(lake, monkeypatch, capsys):
    other = LakeFolder(lake.base.parent / "other")
    lake.csv("2018-03", 4, first_fare=600)
    other.csv("2018-03", 5, first_fare=700)
    options = ["--transformed", str(lake.transformed), "--quarantine", str(lake.quarantine), "--months", "2018-03"]
    calls = [lambda: lake.bare_trips("--months", "2018-03"), lambda: other.bare_trips(*options)]
    assert _at_once(monkeypatch, calls) == [0, 1]
    receipt = lake.receipt("2018-03")
    assert fares(lake, "2018-03") in ([600, 601, 602, 603], [700, 701, 702, 703, 704])
    assert receipt["generation"] == 2
    [lost] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("2018-03  failed")]
    runs = {path.name.removeprefix("run=") for path in lake.transformed.glob("run=*") if "first" not in path.name}
    assert len(runs) == 2
    assert all(run in lost for run in runs)
    assert f"run {receipt['run']} published the month" in lost


def test_two_runs_at_once_of_the_same_bytes_and_code_are_both_content(lake, monkeypatch, capsys):
    lake.csv("2018-03", 4, first_fare=600)
    assert _at_once(monkeypatch, [lake.bare_trips, lake.bare_trips]) == [0, 0]
    assert fares(lake, "2018-03") == [600, 601, 602, 603]
    assert lake.receipt("2018-03")["generation"] == 2
    capsys.readouterr()


def test_trips_published_anew_while_they_are_aggregated_fail_the_month(lake, monkeypatch):
    lake.csv("2018-03", 4, first_fare=600)
    assert lake.trips().status == 0
    before = receipt_bytes(lake.aggregates)

    contents = RunFolder.contents

    def overtaken(folder: RunFolder, *arguments: Any) -> Contents:
        monkeypatch.undo()
        lake.csv("2018-03", 5, first_fare=700)
        assert lake.trips().status == 0
        return contents(folder, *arguments)

    monkeypatch.setattr(RunFolder, "contents", overtaken)
    ran = lake.rides()
    assert (ran.status, ran.counts["failed"]) == (1, ["2018-03"])
    assert receipt_bytes(lake.aggregates) == before
    assert lake.rides().status == 0
    assert_manifest_is_right(lake)


def _without(text: str) -> Callable[[DataFrame], DataFrame]:
    return lambda lines: lines.filter(~F.col("value").contains(text))


def _twice(text: str) -> Callable[[DataFrame], DataFrame]:
    copies = F.when(F.col("value").contains(text), F.array(F.lit(1), F.lit(2))).otherwise(F.array(F.lit(1)))
    return lambda lines: lines.withColumn("copy", F.explode(copies)).drop("copy")


PLAIN_LINE = "08:15:02,"


@pytest.mark.parametrize(
    ("broken", "text"),
    [(_without, PLAIN_LINE), (_without, BAD_LINE), (_twice, PLAIN_LINE), (_twice, BAD_LINE)],
    ids=["loses a trip", "loses a bad line", "doubles a trip", "doubles a bad line"],
)
def test_a_reader_that_loses_or_doubles_a_line_publishes_nothing(lake, monkeypatch, broken, text):
    before = receipt_bytes(lake.transformed)
    lake.csv("2018-02", 5, first_fare=800, more=[BAD_LINE, "nor this"])
    lake.csv("2018-04", 5, first_fare=900, more=[BAD_LINE, "nor this"])
    scan = Group.scan
    monkeypatch.setattr(Group, "scan", lambda group, engine: broken(text)(scan(group, engine)))
    ran = lake.trips()
    names = ["green_tripdata_2018-02.csv", "green_tripdata_2018-04.csv"]
    assert (ran.status, ran.counts["refused"]) == (3, dict.fromkeys(names, "ACCOUNTING"))
    assert "10 physical lines, but 1 header + 2 blank + " in ran.out  # C7 has two blank lines
    assert receipt_bytes(lake.transformed) == before
    assert fares(lake) == JANUARY + FEBRUARY + MARCH


def test_a_trip_that_stands_in_for_a_bad_line_is_noticed(lake, monkeypatch):
    """One trip is doubled and there is one bad line: the number of trips is the number of lines that may be trips."""
    before = receipt_bytes(lake.transformed)
    lake.csv("2018-02", 5, first_fare=800, more=[BAD_LINE])
    scan = Group.scan
    monkeypatch.setattr(Group, "scan", lambda group, engine: _twice(PLAIN_LINE)(scan(group, engine)))
    lake.trips()
    assert receipt_bytes(lake.transformed) == before


def test_after_a_fault_of_the_reader_a_month_can_be_taken_up_again(lake, monkeypatch):
    lake.csv("2018-04", 5, first_fare=900)
    scan = Group.scan
    with monkeypatch.context() as broken:
        broken.setattr(Group, "scan", lambda group, engine: _without(PLAIN_LINE)(scan(group, engine)))
        assert lake.trips().status == 3
    assert lake.trips("--rebuild", "yes", "--months", "2018-04").status == 0
    assert fares(lake, "2018-04") == [900, 901, 902, 903, 904]


def _after(
    monkeypatch: pytest.MonkeyPatch, owner: type, method: str, do: Callable[[LakeFolder, str], object], lake: LakeFolder
) -> None:
    """After a step something is done, such as to put a file that is nobody's into the folder of the attempt."""
    original = getattr(owner, method)

    def wrapped(self: Any, *arguments: object, **more: object) -> object:
        result = original(self, *arguments, **more)
        do(lake, self.attempt if owner is RunFolder else self.trips.run.name)
        return result

    monkeypatch.setattr(owner, method, wrapped)


def test_a_writer_that_was_overtaken_does_not_bring_back_the_old_month(lake, monkeypatch):
    """It has written, and stops before its commit until a newer run, of a file elsewhere, has published the month."""
    other = LakeFolder(lake.base.parent / "other")
    other.csv("2018-03", 5, first_fare=700)
    lake.csv("2018-03", 4, first_fare=600)
    options = ["--transformed", str(lake.transformed), "--quarantine", str(lake.quarantine), "--run", "newer"]
    write = TripsWriter.write

    def overtaken(*_: object) -> None:
        monkeypatch.setattr(TripsWriter, "write", write)
        assert other.trips(*options).status == 0

    _after(monkeypatch, TripsWriter, "write", overtaken, lake)
    ran = lake.trips("--run", "older")
    assert (ran.status, ran.counts["failed"]) == (1, ["2018-03"])
    [line] = [line for line in ran.out.splitlines() if line.startswith("2018-03  failed")]
    assert "newer-" in line
    assert "older-" in line
    assert fares(lake, "2018-03") == [700, 701, 702, 703, 704]
    assert lake.receipt("2018-03")["generation"] == 2


def test_a_stray_file_beside_what_was_written_is_noticed(lake, monkeypatch):
    before = receipt_bytes(lake.transformed)
    lake.csv("2018-04")
    _after(
        monkeypatch,
        TripsWriter,
        "write",
        lambda lake, run: (lake.transformed / f"run={run}" / "month=2018-04" / "stray.parquet").write_bytes(b"x"),
        lake,
    )
    ran = lake.trips()
    assert (ran.status, len(ran.errors)) == (1, 1)
    assert "stray.parquet is not among the files that were written" in ran.err
    assert receipt_bytes(lake.transformed) == before


def test_a_part_that_was_written_twice_is_noticed(lake, monkeypatch):
    """What a retried task can leave: the copy is as good as the original, and doubles its rows."""
    before = receipt_bytes(lake.transformed)
    lake.csv("2018-04")

    def copy_part(lake: LakeFolder, run: str) -> None:
        [part] = (lake.transformed / f"run={run}" / "month=2018-04").glob("*.parquet")
        shutil.copy(part, part.with_name(f"again-{part.name}"))

    _after(monkeypatch, RunFolder, "save", copy_part, lake)
    ran = lake.trips()
    assert (ran.status, ran.counts["refused"]) == (3, {"green_tripdata_2018-04.csv": "ACCOUNTING"})
    assert receipt_bytes(lake.transformed) == before


def test_a_part_that_is_gone_is_noticed(lake, monkeypatch):
    before = receipt_bytes(lake.transformed)
    lake.csv("2018-04")

    def remove_part(lake: LakeFolder, run: str) -> None:
        [part] = (lake.transformed / f"run={run}" / "month=2018-04").glob("*.parquet")
        part.unlink()

    _after(monkeypatch, TripsWriter, "write", remove_part, lake)
    ran = lake.trips()
    assert (ran.status, len(ran.errors)) == (1, 1)
    assert receipt_bytes(lake.transformed) == before


def test_a_file_replaced_while_it_is_read_is_left_to_the_next_run(lake, monkeypatch):
    before = receipt_bytes(lake.transformed)
    lake.csv("2018-03", 4, first_fare=600)
    _after(monkeypatch, TripsWriter, "write", lambda lake, _: lake.csv("2018-03", 5, first_fare=700), lake)
    ran = lake.trips()
    assert (ran.status, ran.counts["refused"]) == (3, {"green_tripdata_2018-03.csv": "CHANGED_WHILE_READ"})
    assert receipt_bytes(lake.transformed) == before
    monkeypatch.undo()
    assert lake.trips().status == 0
    assert fares(lake, "2018-03") == [700, 701, 702, 703, 704]


def test_a_full_disk_at_the_commit_leaves_the_month_as_it_was(lake, monkeypatch):
    before = receipt_bytes(lake.transformed)
    lake.csv("2018-03", 4, first_fare=600)

    def full(path: str, body: bytes) -> None:
        Path(path).write_bytes(body[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("lake.storage.local._write_durably", full)
    ran = lake.trips()
    assert (ran.status, len(ran.errors)) == (1, 1)
    assert "2018-03.1.json: No space left on device" in ran.err  # the one to be replaced is kept first
    monkeypatch.undo()
    assert receipt_bytes(lake.transformed) == before
    assert fares(lake) == JANUARY + FEBRUARY + MARCH
    assert lake.trips().counts["published"] == ["2018-03"]


def test_a_write_that_spark_cannot_finish_leaves_the_month_as_it_was(lake, monkeypatch):
    """The folder of the run is a file: as with a full disk, every task fails and no raw file is at fault."""
    before = receipt_bytes(lake.transformed)
    lake.csv("2018-03", 4, first_fare=600)
    monkeypatch.setattr("os.urandom", lambda number: b"\1" * number)
    (lake.transformed / "run=blocked-01010101").write_text("")
    ran = lake.trips("--run", "blocked")
    assert (ran.status, len(ran.errors)) == (1, 1)
    assert f"cannot write {lake.transformed}/run=blocked-01010101: " in ran.errors[0]
    assert receipt_bytes(lake.transformed) == before
    assert [*(lake.transformed / "_refused").glob("*.json")] == []
