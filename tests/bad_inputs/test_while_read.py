"""Files that are replaced or removed while a run reads them."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lake.intake.plan import make_plan
from lake.publication.run_folder import RunFolder
from tests.bad_inputs.cases import Case
from tests.bad_inputs.lake_run import Lake
from tests.bad_inputs.lines import Line

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

OLD, MORE = Case("replaced-while-read"), Case("replaced-while-read", good=25)
OTHER = Case(
    "replaced-while-read",
    (
        Line(
            {"extra": "1.5", "total_amount": "14.36"},
            values={"extra": Decimal("1.50"), "total_amount": Decimal("14.36")},
        ),
    ),
    good=19,
)
ODD = Case("removed-while-read", (Line(remake=lambda _: "#", reasons=("COLUMN_COUNT",)),))


@pytest.fixture
def folders(spark: "SparkSession", tmp_path: Path) -> Lake:
    return Lake.below(tmp_path / "glob [1]{x,y}?*")


def put(lake: Lake, case: Case, *months: str) -> None:
    """Files as another program replaces them: written beside, and renamed into place."""
    for month in months:
        beside = lake.raw / "upload.tmp"
        beside.write_bytes(case.body(month))
        beside.replace(lake.raw / case.file(month))


def around_first_save(
    monkeypatch: pytest.MonkeyPatch, before: Callable[[], Any] = lambda: None, after: Callable[[], Any] = lambda: None
) -> None:
    """Does something just before Spark reads the files for the first time, and right after."""
    save, calls = RunFolder.save, []

    def wrapped(self: RunFolder, *args: Any, **more: Any) -> None:
        calls.append(args)
        if len(calls) == 1:
            before()
        save(self, *args, **more)
        if len(calls) == 1:
            after()

    monkeypatch.setattr(RunFolder, "save", wrapped)


def after_listing(monkeypatch: pytest.MonkeyPatch, then: Callable[[], Any]) -> None:
    """Does something when the files are listed and their hashes taken, and none is read."""

    def wrapped(*args: Any, **options: Any) -> Any:
        made = make_plan(*args, **options)
        then()
        return made

    monkeypatch.setattr("lake.jobs.trips.make_plan", wrapped)


def name(month: str) -> str:
    return OLD.file(month)


def test_a_file_replaced_while_it_is_read_is_refused_and_the_next_run_takes_the_new_one(
    folders: Lake, monkeypatch: pytest.MonkeyPatch
):
    before_scan, before_spark, after_spark, quiet = months = ("2020-01", "2020-02", "2020-03", "2020-04")
    put(folders, OLD, *months)
    with monkeypatch.context() as patch:
        after_listing(patch, lambda: put(folders, MORE, before_scan))
        around_first_save(
            patch, before=lambda: put(folders, OTHER, before_spark), after=lambda: put(folders, MORE, after_spark)
        )
        done = folders.run()

    assert done.status == 3
    assert done.counts["refused"] == dict.fromkeys(map(name, months[:3]), "CHANGED_WHILE_READ")
    assert list(folders.receipts()) == [quiet]
    assert folders.trips(quiet) == OLD.trips(quiet)
    assert folders.refused() == {}

    assert folders.run().status == 0
    assert folders.trips(before_scan) == MORE.trips(before_scan)
    assert folders.trips(before_spark) == OTHER.trips(before_spark)
    assert folders.trips(after_spark) == MORE.trips(after_spark)


def test_a_file_replaced_by_one_with_more_rows_is_no_fault_of_the_pipeline(
    folders: Lake, monkeypatch: pytest.MonkeyPatch
):
    put(folders, OLD, "2020-01", "2020-02")
    with monkeypatch.context() as patch:
        around_first_save(patch, before=lambda: put(folders, MORE, "2020-01"))
        done = folders.run()
    assert done.counts["refused"] == {name("2020-01"): "CHANGED_WHILE_READ"}
    assert list(folders.receipts()) == ["2020-02"]


def test_a_file_removed_between_listing_and_reading_is_refused_and_forgotten(
    folders: Lake, monkeypatch: pytest.MonkeyPatch
):
    before_scan, before_spark, quiet = months = ("2020-01", "2020-02", "2020-03")
    put(folders, OLD, *months)
    with monkeypatch.context() as patch:
        after_listing(patch, (folders.raw / name(before_scan)).unlink)
        around_first_save(patch, before=(folders.raw / name(before_spark)).unlink)
        done = folders.run()

    assert done.status == 3
    assert done.counts["refused"] == {name(before_scan): "UNREADABLE", name(before_spark): "CHANGED_WHILE_READ"}
    assert f"{name(before_scan)}: refused, UNREADABLE: cannot read " in done.out
    assert folders.trips(quiet) == OLD.trips(quiet)
    assert "Traceback" not in done.printed

    again = folders.run()
    assert (again.status, again.counts["refused"], folders.refused()) == (0, {}, {})
    assert list(folders.receipts()) == [quiet]


def test_a_file_removed_before_its_odd_lines_are_looked_at_is_refused(folders: Lake, monkeypatch: pytest.MonkeyPatch):
    put(folders, ODD, "2020-01", "2020-02")
    put(folders, OLD, "2020-03")
    with monkeypatch.context() as patch:
        around_first_save(patch, after=(folders.raw / name("2020-01")).unlink)
        done = folders.run()
    assert done.counts["refused"] == {name("2020-01"): "CHANGED_WHILE_READ"}
    assert list(folders.receipts()) == ["2020-02", "2020-03"]
    assert folders.trips("2020-02") == ODD.trips("2020-02")
    assert folders.quarantined("2020-02") == ODD.quarantined("2020-02")
