from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lake.errors import CatalogError, UsageError
from lake.publication.catalog import BATCH, sync_partitions
from lake.storage.aws import glue_client

pytestmark = pytest.mark.s3

DESCRIPTOR = {
    "Columns": [{"Name": "fare_amount", "Type": "decimal(9,2)"}],
    "Location": "s3://lake/transformed/green/",
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


def folder(run: str, month: str) -> str:
    return f"s3://lake/transformed/green/run={run}/month={month}"


def make_table(glue, name: str, keys: list[str]) -> None:
    glue.create_table(
        DatabaseName="nyc",
        TableInput={
            "Name": name,
            "StorageDescriptor": DESCRIPTOR,
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
        },
    )


@pytest.fixture
def glue(aws):
    """A Glue with the table `nyc.green`; gone after the test."""
    import boto3

    client = boto3.session.Session().client("glue")
    client.create_database(DatabaseInput={"Name": "nyc"})
    make_table(client, "green", ["month"])
    yield client
    client.delete_database(Name="nyc")
    client.close()


def partitions(glue) -> dict[str, str]:
    found = glue.get_partitions(DatabaseName="nyc", TableName="green")["Partitions"]
    return {entry["Values"][0]: entry["StorageDescriptor"]["Location"] for entry in found}


def test_missing_partitions_are_created_with_the_columns_of_the_table(glue):
    assert sync_partitions("nyc", "green", {"2020-04": folder("a", "2020-04")}) == 1
    [entry] = glue.get_partitions(DatabaseName="nyc", TableName="green")["Partitions"]
    assert entry["Values"] == ["2020-04"]
    assert entry["StorageDescriptor"] == {**DESCRIPTOR, "Location": folder("a", "2020-04") + "/"}


def test_only_what_lies_elsewhere_is_moved(glue):
    first = {month: folder("a", month) for month in ("2020-04", "2020-05", "2020-06")}
    assert sync_partitions("nyc", "green", first) == 3
    assert sync_partitions("nyc", "green", first) == 0
    second = {"2020-04": folder("a", "2020-04"), "2020-05": folder("b", "2020-05"), "2020-07": folder("b", "2020-07")}
    assert sync_partitions("nyc", "green", second) == 2
    assert partitions(glue) == {month: place + "/" for month, place in {**first, **second}.items()}


def test_what_is_not_to_be_created_is_moved_all_the_same(glue):
    """A month of whose lines none is in quarantine any more."""
    assert sync_partitions("nyc", "green", {"2020-04": folder("a", "2020-04")}) == 1
    newer = {month: folder("b", month) for month in ("2020-04", "2020-05", "2020-06")}
    assert sync_partitions("nyc", "green", newer, create={"2020-06"}) == 2
    assert partitions(glue) == {month: newer[month] + "/" for month in ("2020-04", "2020-06")}


def test_more_than_a_batch(glue):
    months = [f"{year}-{month:02}" for year in range(2014, 2020) for month in range(1, 13)]
    assert len(months) > 2 * BATCH
    assert sync_partitions("nyc", "green", {month: folder("a", month) for month in months}) == len(months)
    assert sync_partitions("nyc", "green", {month: folder("b", month) for month in months}) == len(months)
    assert partitions(glue) == {month: folder("b", month) + "/" for month in months}


@contextmanager
def another_writer(**acts: Callable[[], object]) -> Iterator[None]:
    """Acts right before each request of that name that we send."""
    events = glue_client().meta.events
    names = {f"before-send.glue.{name}": act for name, act in acts.items()}
    handlers = {name: lambda act=act, **_: act() and None for name, act in names.items()}
    for name, handler in handlers.items():
        events.register(name, handler)
    try:
        yield
    finally:
        for name, handler in handlers.items():
            events.unregister(name, handler)


def create(glue, month: str, run: str) -> None:
    entry = {"Values": [month], "StorageDescriptor": {**DESCRIPTOR, "Location": folder(run, month)}}
    glue.batch_create_partition(DatabaseName="nyc", TableName="green", PartitionInputList=[entry])


def delete(glue, month: str) -> None:
    entry = {"Values": [month]}
    glue.batch_delete_partition(DatabaseName="nyc", TableName="green", PartitionsToDelete=[entry])


def test_a_partition_that_another_writer_creates_meanwhile_is_moved(glue):
    with another_writer(BatchCreatePartition=lambda: create(glue, "2020-04", "older")):
        sync_partitions("nyc", "green", {month: folder("b", month) for month in ("2020-04", "2020-05")})
    assert partitions(glue) == {month: folder("b", month) + "/" for month in ("2020-04", "2020-05")}


def test_a_partition_that_another_writer_deletes_meanwhile_is_created(glue):
    create(glue, "2020-04", "a")
    with another_writer(BatchUpdatePartition=lambda: delete(glue, "2020-04")):
        assert sync_partitions("nyc", "green", {"2020-04": folder("b", "2020-04")}) == 1
    assert partitions(glue) == {"2020-04": folder("b", "2020-04") + "/"}


def test_months_that_keep_failing_are_named(glue):
    acts = {
        "BatchCreatePartition": lambda: create(glue, "2020-04", "older"),
        "BatchUpdatePartition": lambda: delete(glue, "2020-04"),
    }
    with (
        another_writer(**acts),
        pytest.raises(CatalogError, match=r"1 of 2 partitions .*\(2020-04\).*AlreadyExistsException"),
    ):
        sync_partitions("nyc", "green", {month: folder("b", month) for month in ("2020-04", "2020-05")})
    assert partitions(glue)["2020-05"] == folder("b", "2020-05") + "/"


def test_nothing_to_do_is_fine(glue):
    assert sync_partitions("nyc", "green", {}) == 0


def test_a_table_that_is_not_there_is_named(glue):
    with pytest.raises(CatalogError, match=r"no Glue table nyc\.blue"):
        sync_partitions("nyc", "blue", {"2020-04": folder("a", "2020-04")})
    with pytest.raises(CatalogError, match=r"no Glue table nowhere\.green"):
        sync_partitions("nowhere", "green", {"2020-04": folder("a", "2020-04")})


def test_a_table_with_other_partitions_is_refused(glue):
    make_table(glue, "odd", ["year", "month"])
    with pytest.raises(CatalogError, match=r"partitioned by \['year', 'month'\], expected \['month'\]"):
        sync_partitions("nyc", "odd", {"2020-04": folder("a", "2020-04")})


def test_a_local_folder_is_refused(glue):
    with pytest.raises(UsageError, match="takes s3:// only"):
        sync_partitions("nyc", "green", {"2020-04": "/data/run=a/month=2020-04"})


def test_no_region_is_said(aws, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(CatalogError, match="set AWS_DEFAULT_REGION"):
        sync_partitions("nyc", "green", {})
