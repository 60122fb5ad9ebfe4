"""The aggregates of a lake that has gone back: told, and not made of what is older. Receipts by hand; no Spark starts."""

from pathlib import Path

import pytest

from lake.jobs.aggregates import AGGREGATES_JOB
from lake.jobs.run import run_job
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Counts, Receipt, Source
from schemas.contract import CONTRACT_VERSION
from schemas.rides import RIDES_VERSION

MONTH = "2020-04"


def publish(root: Path, run: str, generation: int, version: int, source: Source) -> None:
    receipt = Receipt(
        month=MONTH,
        run=run,
        generation=generation,
        previous=None,
        contract_version=version,
        code_version="0123",
        published_at="2026-11-01T03:00:00+00:00",
        source=source,
        files=(),
        counts=Counts(lines=1, published=1),
    )
    ReceiptBook.at(str(root)).publish(receipt, None)


@pytest.mark.parametrize(
    ("trips", "contract", "of", "version", "says"),
    [
        (1, CONTRACT_VERSION, Source("t", "run-2", generation=2), RIDES_VERSION, "which now is generation 1"),
        (None, CONTRACT_VERSION, Source("t", "run-2", generation=2), RIDES_VERSION, "which now has no receipt"),
        (2, CONTRACT_VERSION, Source("t", "run-1", generation=1), RIDES_VERSION + 1, "newer code"),
        (2, CONTRACT_VERSION + 1, Source("t", "run-1", generation=1), RIDES_VERSION, "newer code"),
        (2, CONTRACT_VERSION + 1, None, RIDES_VERSION, "newer code"),
        (2, CONTRACT_VERSION + 1, Source("t", "run-2", generation=2), RIDES_VERSION + 1, ""),  # as newer code left it
        (2, CONTRACT_VERSION, Source("t", "run-2", generation=2), RIDES_VERSION, ""),
        (2, CONTRACT_VERSION, Source("t", "run-2"), RIDES_VERSION, ""),
    ],
)
def test_months_that_have_gone_back_are_told_and_not_made(tmp_path, capsys, trips, contract, of, version, says):
    (tmp_path / "transformed/green").mkdir(parents=True)
    if trips:
        publish(tmp_path / "transformed/green", f"run-{trips}", trips, contract, Source("raw.csv", "bytes"))
    rides = tmp_path / "aggregate/agg-green-rides"
    if of:
        publish(rides, "rides", 1, version, of)
    options = ["--transformed", str(tmp_path / "transformed/green"), "--aggregates", str(rides)]
    status = run_job(["job", *options], AGGREGATES_JOB, "Rides.")
    said = capsys.readouterr().out
    assert (status, f"{MONTH}  failed" in said) == ((1, True) if says else (0, False))
    assert says in said


@pytest.mark.parametrize("lost", ["transformed/green", "aggregate/agg-green-rides"])
def test_receipts_that_are_lost_stop_the_run(tmp_path, capsys, lost):
    """Those that they replaced are still there."""
    for folder in ("transformed/green", "aggregate/agg-green-rides"):
        publish(tmp_path / folder, "run-1", 1, CONTRACT_VERSION, Source("t", "run-1"))
    (tmp_path / lost / "_receipts/replaced").mkdir()
    (tmp_path / lost / "_receipts" / f"{MONTH}.json").rename(tmp_path / lost / f"_receipts/replaced/{MONTH}.1.json")
    options = ["--transformed", str(tmp_path / "transformed/green")]
    options += ["--aggregates", str(tmp_path / "aggregate/agg-green-rides")]
    assert run_job(["job", *options], AGGREGATES_JOB, "Rides.") == 1
    assert f"{lost} is gone, but {MONTH}.1.json was replaced" in capsys.readouterr().err
