"""Publishing a month: what its receipt says, and what becomes of two that publish it at once. No Spark."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lake.engines import SparkEngine
from lake.errors import LakeError
from lake.publication.publisher import Draft, Publisher, Rival, why_due
from lake.publication.receipts import Counts, DataFile, Entry, Receipt, Source
from lake.publication.runs import Run, new_run
from schemas.datasets import PUBLISHED_TRIPS
from tests.lake.conftest import Place

MONTH = "2020-04"


def publisher(place: Place, run: Run | None = None) -> Publisher:
    return Publisher(PUBLISHED_TRIPS, place.folder, run or new_run("test"), SparkEngine("never started"))


def draft(publisher: Publisher, replaces: Entry | None = None, etag: str = "bytes") -> Draft:
    attempt = publisher.folder().attempt
    return Draft(
        month=MONTH,
        attempt=attempt,
        source=Source("raw/april.csv", etag, 99, "C8"),
        counts=Counts(lines=8, header=1, published=6, quarantined=1),
        files=[DataFile(f"run={attempt}/month={MONTH}/part-0.parquet", 6, 60)],
        rejects=[DataFile(f"run={attempt}/month={MONTH}/part-1.parquet", 1, 10)],
        replaces=replaces,
    )


def publish(place: Place, etag: str = "bytes") -> Receipt:
    """Publishes the month as a run that is alone would."""
    return publish_alone(publisher(place), etag)


def publish_alone(alone: Publisher, etag: str = "bytes") -> Receipt:
    receipt = alone.publish(draft(alone, alone.book.get(MONTH), etag))
    assert isinstance(receipt, Receipt)
    return receipt


def current(place: Place) -> Entry:
    """The month's receipt as it is now."""
    entry = publisher(place).book.get(MONTH)
    assert entry
    return entry


def replaced(place: Place) -> dict[str, list[Receipt]]:
    book = publisher(place).book
    return book.replaced(book.all())


def test_a_first_receipt_says_what_the_draft_said(place):
    first = publisher(place)
    receipt = publish_alone(first)
    assert current(place).receipt == receipt
    assert (receipt.generation, receipt.previous, receipt.contract_version) == (1, None, PUBLISHED_TRIPS.version)
    assert (receipt.run, receipt.source.etag, receipt.counts.published) == (first.folder().attempt, "bytes", 6)
    assert [file.rows for file in (*receipt.files, *receipt.quarantine_files)] == [6, 1]
    assert datetime.now(UTC) - datetime.fromisoformat(receipt.published_at) < timedelta(minutes=5)


def test_a_second_one_names_the_first(place):
    first = publish(place)
    token = current(place).token
    second = publish(place, "other bytes")
    assert (second.generation, second.previous) == (2, {"run": first.run, "etag": token})
    assert replaced(place) == {MONTH: [first]}


@pytest.mark.parametrize("was_published", [False, True])
@pytest.mark.parametrize(("etag", "as_good"), [("bytes", True), ("other bytes", False)])
def test_a_run_that_was_overtaken_is_told_by_whom(place, was_published, etag, as_good):
    if was_published:
        publish(place, "old bytes")
    slow = publisher(place)
    before = slow.book.get(MONTH)
    winner = publish(place, etag)
    assert slow.publish(draft(slow, before)) == Rival(winner, as_good)
    assert current(place).receipt == winner


def test_a_rival_of_other_code_is_not_as_good(place, monkeypatch):
    slow = publisher(place)
    with monkeypatch.context() as other:
        other.setattr("lake.publication.publisher.code_version", lambda: "newer")
        winner = publish(place)
    assert slow.publish(draft(slow)) == Rival(winner, as_good=False)


def test_a_rival_that_has_replaced_our_receipt_already_is_as_good(place):
    """The answer to our PUT was lost, another run has read our receipt and replaced it, and only then we look."""
    slow = publisher(place)
    ours = publish_alone(slow)
    winner = publish(place, "other bytes")
    assert winner.previous is not None
    assert winner.previous["run"] == ours.run
    assert slow.publish(draft(slow)) == Rival(winner, as_good=True)


def test_a_run_that_is_too_old_publishes_nothing(place):
    run = replace(new_run("old"), started=datetime.now(UTC) - timedelta(hours=25))
    old = publisher(place, run)
    with pytest.raises(LakeError, match=r"run old-.* is older than"):
        old.publish(draft(old))
    assert old.book.get(MONTH) is None


@pytest.mark.parametrize(
    ("source", "version", "rebuild", "why"),
    [
        ("bytes", PUBLISHED_TRIPS.version, False, ""),
        ("bytes", PUBLISHED_TRIPS.version, True, "rebuild"),
        ("bytes", PUBLISHED_TRIPS.version + 1, True, "contract"),
        ("bytes", PUBLISHED_TRIPS.version - 1, False, ""),  # made by newer code: it is not taken back
        ("other bytes", PUBLISHED_TRIPS.version + 1, False, "changed"),
    ],
)
def test_why_a_month_is_due(local, source, version, rebuild, why):
    publish(local)
    assert why_due(current(local), source, version, rebuild=rebuild) == why


def test_a_month_without_a_receipt_is_new():
    assert why_due(None, "bytes", 1) == "new"
