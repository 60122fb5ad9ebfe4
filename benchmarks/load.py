"""What a load into the local Redshift costs: both aggregates over many months, each as large as it can be."""

import io
import json
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import boto3
import duckdb
import psutil
import pyarrow
import pyarrow.parquet as pq

from benchmarks.measure import MIB
from local_aws import account
from schemas.datasets import RIDES_BY_HOUR, RIDES_BY_MONTH
from schemas.redshift import GROUPS_SQL, objects_sql
from tests.redshift.warehouse import BUCKET, OVER, RIDES_FILE, Plan, Warehouse, load_sql

FIRST_YEAR = 2014
TRUST = json.dumps(
    {"Statement": {"Effect": "Allow", "Principal": {"Service": "redshift.amazonaws.com"}, "Action": "sts:AssumeRole"}}
)
POLL = 0.5  # seconds between two looks at the load
TABLES = (RIDES_BY_MONTH.table.name, RIDES_BY_HOUR.table.name)
HOURS_FILE = pyarrow.schema(
    [
        *[RIDES_FILE.field(name) for name in ("source_month", "pulocationid")],
        *[pyarrow.field(name, pyarrow.int32()) for name in ("pickup_weekday", "pickup_hour")],
        *[RIDES_FILE.field(at) for at in range(4, len(RIDES_FILE))],
    ]
)
KEYS = {  # all that can occur: 265 zones and none, by the hours of a week, or by trip and payment types and none
    TABLES[0]: ("range(3) trip(a), range(7) payment(b)", "nullif(a, 0)", "nullif(b, 0)"),
    TABLES[1]: ("range(1, 8) days(a), range(24) hours(b)", "a", "b"),
}
SCHEMAS = {TABLES[0]: RIDES_FILE, TABLES[1]: HOURS_FILE}


def measure_load(months: int) -> str:
    """Loads into empty tables, then again with another version of the last month. Returns a table of the seconds."""
    files = {
        table: {f"{table}/{number}.parquet": _month(table, number) for number in range(months)} for table in TABLES
    }
    with account.start() as aws:
        warehouse = _warehouse(aws)
        server = psutil.Process(aws.process.pid)
        first = _put(warehouse, files, months)
        lines = [_sizes(files, first), f"the account before the load: {server.memory_info().rss / MIB:,.0f} MiB"]
        lines += ["", *_load(warehouse, first, "empty tables", server)]
        for table in TABLES:
            files[table].pop(f"{table}/{months - 1}.parquet")
            files[table][f"{table}/again.parquet"] = _month(table, months - 1, seed=1)
        lines += ["", *_load(warehouse, _put(warehouse, files, months + 1), "one month changed", server)]
    return "\n".join(lines)


def _warehouse(aws: account.Account) -> Warehouse:
    """One in which the tables are, as deployed."""
    session = boto3.session.Session(
        aws_access_key_id=aws.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws.environment["AWS_SECRET_ACCESS_KEY"],
        region_name=aws.environment["AWS_DEFAULT_REGION"],
    )
    client: Callable[[str], Any] = partial(session.client, endpoint_url=aws.url)
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    role = client("iam").create_role(RoleName="copy", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    warehouse = Warehouse(client("redshift-data"), s3, "benchmark", role)
    warehouse.done(*objects_sql([name for (name,) in warehouse.query(GROUPS_SQL)]))
    return warehouse


def _month(table: str, number: int, seed: int = 0) -> bytes:
    """A file as the job writes it: one month, in the order of its keys. Sums are random: they compress as badly as can be."""
    ranges, *keys = KEYS[table]
    connection = duckdb.connect(config={"threads": 1})
    connection.sql(f"SELECT setseed({(number + 1) / 1000 + seed / 10})").fetchall()
    first = date(FIRST_YEAR + number // 12, number % 12 + 1, 1)
    rows = connection.sql(
        f"""
        WITH rides AS (
            SELECT nullif(zone, 0) AS zone, {keys[0]} AS first_key, {keys[1]} AS second_key,
                1 - ln(1 - random()) * 30 AS rides
            FROM range(266) zones(zone), {ranges}
        )
        SELECT DATE '{first}', zone, first_key, second_key, rides, rides * (8 + 8 * random()),
            rides * (12 + 8 * random()), rides * 2 * random(), rides * (1 + 4 * random()), rides * random() / 50
        FROM rides ORDER BY zone NULLS FIRST, first_key NULLS FIRST, second_key NULLS FIRST
        """
    ).to_arrow_table()
    connection.close()
    schema = SCHEMAS[table]
    columns = [_cast(rows.column(at), field.type) for at, field in enumerate(schema)]
    buffer = io.BytesIO()
    pq.write_table(pyarrow.table(columns, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()


def _cast(column: pyarrow.ChunkedArray, kind: pyarrow.DataType) -> pyarrow.ChunkedArray:
    if pyarrow.types.is_decimal(kind):
        return column.cast(pyarrow.decimal128(38, 12), safe=False).cast(kind, safe=False)
    return column.cast(kind, safe=False)


def _put(warehouse: Warehouse, files: dict[str, dict[str, bytes]], generations: int) -> Plan:
    plans = [
        warehouse.put(
            of_table,
            generations,
            rows=sum(pq.read_metadata(io.BytesIO(body)).num_rows for body in of_table.values()),
            table=table,
        )
        for table, of_table in files.items()
    ]
    return plans[0] & plans[1]


def _sizes(files: dict[str, dict[str, bytes]], plan: Plan) -> str:
    lines = ["| table | files | bytes | rows |", "|---|---|---|---|"]
    for table, of_table in files.items():
        size, rows = sum(map(len, of_table.values())), plan.tables[table]["rows"]
        lines.append(f"| {table} | {len(of_table)} | {size:,} | {rows:,} |")
    return "\n".join(lines)


def _load(warehouse: Warehouse, plan: Plan, title: str, server: psutil.Process) -> list[str]:
    identifier = warehouse.submit(*load_sql(plan, warehouse.role, run_id=title, tables=TABLES))
    while (described := warehouse.data.describe_statement(Id=identifier))["Status"] not in OVER:
        time.sleep(POLL)
    if described["Status"] != "FINISHED" or warehouse.log()[-1][3] != title:
        raise RuntimeError(f"the load into the {title} did nothing: {described.get('Error', 'fenced off')}")
    lines = [f"| {title} | seconds |", "|---|---|"]
    for statement in described["SubStatements"]:
        head, *rest = [line for line in statement["QueryString"].splitlines() if not line.startswith("--")]
        if head.startswith("SELECT"):
            head = f"SELECT … {rest[-1]}"
        lines.append(f"| {head.partition(' (')[0]} | {statement['Duration'] / 1e9:.2f} |")
    lines.append(
        f"| together, peak of the account {_peak(server) / MIB:,.0f} MiB | {described['Duration'] / 1e9:.2f} |"
    )
    return lines


def _peak(server: psutil.Process) -> int:
    """The most memory that a process has had so far, in bytes, by the kernel's account."""
    with open(f"/proc/{server.pid}/status", encoding="utf-8") as status:
        [kibibytes] = [int(line.split()[1]) for line in status if line.startswith("VmHWM")]
    return kibibytes * 1024
