"""What an alarm is told of the lake, on local folders; receipts are written by hand."""

from datetime import UTC, datetime

import pytest

from lake.errors import LakeError
from lake.operate.health import Health, read_health
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Counts, DataFile, Receipt, Source


@pytest.fixture
def where(tmp_path):
    (tmp_path / "raw").mkdir()
    return {"raw": str(tmp_path / "raw"), "transformed": str(tmp_path / "transformed")}


@pytest.fixture
def publish(where):
    """Publishes a month once more, on a day."""
    book = ReceiptBook.at(where["transformed"])

    def publish(month, day, keep=True):
        before = book.get(month)
        path = f"run=r/month={month}/part-0.parquet"
        receipt = Receipt(
            month=month,
            run="r",
            generation=before.receipt.generation + 1 if before else 1,
            previous=None,
            contract_version=1,
            code_version="c",
            published_at=f"{day}T03:00:00+00:00",
            source=Source(f"{where['raw']}/green_tripdata_{month}.csv", "e"),
            files=(DataFile(path, 1, 1000),),
            counts=Counts(lines=1, published=1),
        )
        book.publish(receipt, before)
        if before and not keep:
            book.storage.delete(book.replaced_uri(month, before.receipt.generation))

    return publish


def day(text):
    return datetime.fromisoformat(f"{text}T03:00:00+00:00")


@pytest.mark.parametrize(
    ("names", "months"),
    [
        ([], 0),
        (["README", "yellow_tripdata_2020-04.csv"], 0),
        (["green_tripdata_2020-04.csv", "green_tripdata_2020-04.parquet", "green_tripdata_2020-05.csv.gz"], 2),
    ],
)
def test_months_with_a_raw_file_are_counted(names, months, where, tmp_path):
    for name in names:
        (tmp_path / "raw" / name).write_bytes(b"x")
    assert read_health(where) == Health(months, None)


@pytest.mark.parametrize(
    ("published", "newest"),
    [
        ([("2020-04", "2026-01-10")], "2026-01-10"),
        ([("2020-04", "2026-01-10"), ("2013-08", "2026-02-10")], "2026-02-10"),  # an old month is a new one, too
        ([("2020-04", "2026-01-10"), ("2020-04", "2026-05-10")], "2026-01-10"),  # made again: no new month
        ([("2020-04", "2026-01-10"), ("2020-05", "2026-01-20"), ("2020-04", "2026-05-10")], "2026-01-20"),
        (
            [
                ("2020-04", "2026-01-10"),
                ("2020-05", "2026-03-20"),
                ("2020-05", "2026-05-10"),
                ("2020-05", "2026-06-10"),
            ],
            "2026-03-20",
        ),
    ],
    ids=str,
)
def test_the_newest_month_is_the_one_that_was_published_last_for_the_first_time(published, newest, publish, where):
    for month, on in published:
        publish(month, on)
    assert read_health(where).newest == day(newest)


def test_where_the_first_receipt_was_not_kept_the_present_one_counts(publish, where):
    publish("2020-04", "2026-01-10")
    publish("2020-04", "2026-05-10", keep=False)
    assert read_health(where).newest == day("2026-05-10")


@pytest.mark.parametrize(
    ("newest", "days"), [(None, None), (day("2026-01-10"), 92.5), (datetime(2026, 12, 31, tzinfo=UTC), 0.0)]
)
def test_days_without_a_new_month(newest, days):
    assert Health(1, newest).days_without_new_month(datetime(2026, 4, 12, 15, tzinfo=UTC)) == days


def test_a_receipt_that_cannot_be_read_is_told(publish, where, tmp_path):
    publish("2020-04", "2026-01-10")
    (tmp_path / "transformed" / "_receipts" / "2020-04.json").write_text("{}")
    with pytest.raises(LakeError, match="not a receipt"):
        read_health(where)
