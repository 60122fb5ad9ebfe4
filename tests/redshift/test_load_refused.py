"""Each guard of the load rejects, names the reason, and leaves the table and the log as they were."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow
import pytest

from tests.redshift.warehouse import BUCKET, RIDES_FILE, TABLE, Plan, Warehouse, load_sql, parquet, ride

GOOD = parquet([ride("2020-03", 74, "10.10")])
NEW = parquet([ride("2020-03", 75, "1.00")])
TYPES = pyarrow.schema(
    [field if field.name != "ride_count" else field.with_type(pyarrow.int32()) for field in RIDES_FILE]
)
SCALE = pyarrow.schema(
    [field if field.name != "total_amount" else field.with_type(pyarrow.decimal128(19, 3)) for field in RIDES_FILE]
)
FEWER = pyarrow.schema(list(RIDES_FILE)[:-1])


@dataclass(frozen=True)
class Case:
    id: str
    plan: Callable[[Warehouse], Plan]
    error: str
    at: int = 3
    role: str = "arn:aws:iam::123456789012:role/copy"


def missing(warehouse: Warehouse) -> Plan:
    plan = warehouse.put({"new": NEW, "gone": NEW}, 6, rows=2)
    warehouse.s3.delete_object(Bucket=BUCKET, Key=f"{warehouse.name}/gone")
    return plan


CASES = [
    Case("a file of the manifest is gone", missing, "Mandatory url is not present in manifest file."),
    Case(
        "the manifest is gone",
        lambda w: replace(
            w.put({"new": NEW}, 6, rows=1), tables={TABLE: {"manifest": f"s3://{BUCKET}/nowhere.json", "rows": 1}}
        ),
        "The specified key does not exist",
    ),
    Case("the manifest is empty", lambda w: w.put({}, 6, rows=0), "No files of the manifest were found"),
    Case("a row too few", lambda w: w.put({"new": NEW}, 6, rows=2), "rows in staging: 1, in the receipts: 2", 4),
    Case("a row too many", lambda w: w.put({"new": NEW}, 6, rows=0), "rows in staging: 1, in the receipts: 0", 4),
    Case(
        "a file of another size than the manifest says",
        lambda w: w.put({"new": NEW}, 6, rows=1, lengths={"new": len(NEW) + 1}),
        f"{len(NEW)} bytes, the manifest says {len(NEW) + 1}",
    ),
    Case(
        "a column too few",
        lambda w: w.put({"new": parquet([ride("2020-03", 75, "1.00")[:-1]], FEWER)}, 6, rows=1),
        "Unmatched number of columns between table and file. Table columns: 10, Data columns: 9",
    ),
    Case(
        "a column of another type",
        lambda w: w.put({"new": parquet([ride("2020-03", 75, "1.00")], TYPES)}, 6, rows=1),
        "incompatible Parquet schema for column 'ride_count'. Column type: BIGINT",
    ),
    Case(
        "money with three decimals",
        lambda w: w.put({"new": parquet([ride("2020-03", 75, "1.00")], SCALE)}, 6, rows=1),
        "incompatible Parquet schema for column 'total_amount'. Column type: DECIMAL(19,2)",
    ),
    Case("no Parquet file", lambda w: w.put({"new": b"source_month,zone\n"}, 6, rows=1), "is not a Parquet file"),
    Case(
        "the second of two files is bad",
        lambda w: w.put({"1-good": NEW, "2-bad": b"PAR1"}, 6, rows=2),
        "2-bad' is not a Parquet file",
    ),
    Case(
        "a NULL where the table has none",
        lambda w: w.put({"new": parquet([(None, *ride("2020-03", 75, "1.00")[1:])])}, 6, rows=1),
        "Cannot insert a NULL value into column source_month",
    ),
    Case(
        "a role that does not exist",
        lambda w: w.put({"new": NEW}, 6, rows=1),
        "IAM Role=arn:aws:iam::123456789012:role/nobody",
        role="arn:aws:iam::123456789012:role/nobody",
    ),
    Case(
        "a role that does not trust Redshift",
        lambda w: w.put({"new": NEW}, 6, rows=1),
        "Not authorized to assume IAM Role",
        role="arn:aws:iam::123456789012:role/glue",
    ),
    Case("no role at all", lambda w: w.put({"new": NEW}, 6, rows=1), "Invalid IAM role ARN", role="copy"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_load_is_refused_and_nothing_has_changed(warehouse, case, caplog):
    assert warehouse.load(warehouse.put({"a.parquet": GOOD}, 5, rows=1), "good")["Status"] == "FINISHED"
    described = warehouse.run(*load_sql(case.plan(warehouse), case.role, "bad"))
    assert described["Status"] == "FAILED"
    assert described["Error"].startswith(f"Query #{case.at} failed with ERROR: ")
    assert case.error in described["Error"] + caplog.text
    assert "\n" not in described["Error"], "the Data API need not return a detail"
    states = [step["Status"] for step in described["SubStatements"]]
    assert states == ["FINISHED"] * (case.at - 1) + ["FAILED"] + ["ABORTED"] * (7 - case.at)
    assert warehouse.fares() == [("2020-03-01", 74, "10.10")]
    assert warehouse.log() == [(1, 5, 1, "good")]


def test_a_file_that_fails_after_others_were_copied_leaves_nothing(warehouse):
    """Halfway, straight into the table: the transaction takes back what was there already."""
    plan = warehouse.put({"1-good": NEW, "2-bad": b"PAR1"}, 1, rows=2)
    described = warehouse.run(
        f"COPY nyc.agg_green_rides_by_month FROM '{plan.manifest}' IAM_ROLE '{warehouse.role}' FORMAT AS PARQUET MANIFEST"
    )
    assert described["Status"] == "FAILED"
    assert warehouse.fares() == []


def test_a_load_without_the_objects_says_what_is_missing(empty):
    described = empty.load(empty.put({"a": GOOD}, 1, rows=1))
    assert described["Error"] == 'Query #1 failed with ERROR: relation "nyc.load_log" does not exist'
