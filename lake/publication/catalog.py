"""Keeps the partitions of a Glue table where the receipts say the months are.

A projection: it may be redone at any time. Glue updates partitions without any condition (BatchUpdatePartition has no
VersionId, unlike UpdateTable), so the last writer wins: a run that is late may put an older location back. The next load
mends that, as it brings all partitions in step with the receipts.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lake.errors import CatalogError, UsageError
from lake.publication.receipts import Entry
from lake.publication.runs import month_path
from lake.storage import S3, join
from lake.storage.aws import clear_errors, error_code, glue_client
from schemas.datasets import DataSet

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

PARTITION_KEYS = ["month"]
BATCH = 25  # Glue takes 100; with all columns in each entry a request stays small, and a failed one costs little
ROUNDS = 3  # an entry fails because another writer was there a moment before: the next round sees its work


def sync(
    database: str, data_set: DataSet, root: str, entries: Mapping[str, Entry], rejects_root: str | None = None
) -> None:
    """Points the partitions of a data set, and of its rejects, at what some receipts name.

    A month whose newest version has no rejects gets no partition of them; one that it has is moved to the empty folder of
    that version, so that nobody sees the lines of the version before.

    Raises:
        CatalogError: See `sync_partitions`.
    """
    sync_partitions(database, data_set.table.name, _locations(root, entries))
    if data_set.rejects and rejects_root:
        rejected = {month for month, entry in entries.items() if entry.receipt.quarantine_files}
        sync_partitions(database, data_set.rejects.table.name, _locations(rejects_root, entries), create=rejected)


def _locations(root: str, entries: Mapping[str, Entry]) -> dict[str, str]:
    return {month: join(root, month_path(entry.receipt.run, month)) for month, entry in entries.items()}


def sync_partitions(
    database: str, table: str, locations: dict[str, str], *, create: Collection[str] | None = None
) -> int:
    """Creates missing partitions, moves those that lie elsewhere, leaves all others alone.

    Args:
        database: the Glue database.
        table: a table partitioned by `month` only.
        locations: month ('YYYY-MM') to the s3:// folder that its files are in.
        create: the months whose partition is created if it is missing; all, unless told.

    Returns:
        How many partitions changed.

    Raises:
        UsageError: a location that Athena cannot read.
        CatalogError: there is no such table, it has other partitions, or Glue refused.
    """
    for month, location in locations.items():
        if not location.startswith(S3):
            raise UsageError(f"{month} of {database}.{table} lies at {location}: the Glue catalog takes s3:// only")
    creatable = set(locations if create is None else create)
    changed: set[str] = set()
    failed: dict[str, str] = {}
    with clear_errors(f"update the partitions of {database}.{table}", CatalogError):
        glue = glue_client()
        descriptor = _descriptor(glue, database, table)
        for _ in range(ROUNDS):
            found = _found(glue, database, table)
            inputs = [_partition(descriptor, month, locations[month]) for month in sorted(locations)]
            missing = creatable.difference(found)
            new = [entry for entry in inputs if entry["Values"][0] in missing]
            moved = [entry for entry in inputs if _is_elsewhere(entry, found)]
            failed = {
                **_create(glue, database, table, new),
                **_update(glue, database, table, moved),
            }
            changed |= {entry["Values"][0] for entry in new + moved} - failed.keys()
            if not failed:
                return len(changed)
    month, reason = min(failed.items())
    raise CatalogError(
        f"{database}.{table}: {len(failed)} of {len(locations)} partitions could not be updated "
        f"({', '.join(sorted(failed))}), {month}: {reason}: run again"
    )


def _descriptor(glue: "GlueClient", database: str, table: str) -> dict[str, Any]:
    """Columns, format and serializer, which a partition has in common with its table."""
    try:
        found = glue.get_table(DatabaseName=database, Name=table)["Table"]
    except Exception as error:
        if error_code(error) == "EntityNotFoundException":
            raise CatalogError(f"there is no Glue table {database}.{table}: deploy the tables first") from error
        raise
    keys = [key["Name"] for key in found.get("PartitionKeys", [])]
    if keys != PARTITION_KEYS:
        raise CatalogError(f"the Glue table {database}.{table} is partitioned by {keys}, expected {PARTITION_KEYS}")
    return dict(found["StorageDescriptor"])


def _found(glue: "GlueClient", database: str, table: str) -> dict[str, str]:
    """Month to location, of the partitions there are."""
    pages = glue.get_paginator("get_partitions").paginate(
        DatabaseName=database, TableName=table, ExcludeColumnSchema=True
    )
    return {
        entry["Values"][0]: entry.get("StorageDescriptor", {}).get("Location", "")
        for page in pages
        for entry in page["Partitions"]
    }


def _partition(descriptor: Mapping[str, Any], month: str, location: str) -> dict[str, Any]:
    return {"Values": [month], "StorageDescriptor": {**descriptor, "Location": location.rstrip("/") + "/"}}


def _is_elsewhere(entry: Mapping[str, Any], found: Mapping[str, str]) -> bool:
    month: str = entry["Values"][0]
    wanted: str = entry["StorageDescriptor"]["Location"]
    return month in found and found[month].rstrip("/") != wanted.rstrip("/")


def _create(glue: "GlueClient", database: str, table: str, entries: Sequence[Any]) -> dict[str, str]:
    """Returns what failed: month to reason. One that another writer created meanwhile is among them."""
    failed = {}
    for start in range(0, len(entries), BATCH):
        answer = glue.batch_create_partition(
            DatabaseName=database, TableName=table, PartitionInputList=entries[start : start + BATCH]
        )
        for error in answer.get("Errors", []):
            failed[error["PartitionValues"][0]] = _reason(error)
    return failed


def _update(glue: "GlueClient", database: str, table: str, entries: Sequence[Any]) -> dict[str, str]:
    """Returns what failed: month to reason. One that another writer deleted meanwhile is among them."""
    failed = {}
    for start in range(0, len(entries), BATCH):
        batch = entries[start : start + BATCH]
        answer = glue.batch_update_partition(
            DatabaseName=database,
            TableName=table,
            Entries=[{"PartitionValueList": entry["Values"], "PartitionInput": entry} for entry in batch],
        )
        for error in answer.get("Errors", []):
            failed[error["PartitionValueList"][0]] = _reason(error)
    return failed


def _reason(error: Mapping[str, Any]) -> str:
    detail = error.get("ErrorDetail", {})
    return f"{detail.get('ErrorCode')} {detail.get('ErrorMessage')}"
