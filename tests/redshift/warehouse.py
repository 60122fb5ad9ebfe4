"""A workgroup of the local account, spoken to as on AWS, and the load rendered as Airflow does."""

import ast
import hashlib
import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pyarrow
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[2]
SQL = ROOT / "redshift"
DAG = ROOT / "airflow" / "dags" / "data_pipeline.py"
TABLE = "agg_green_rides_by_month"
BUCKET = "lake"
OVER = {"FINISHED", "FAILED", "ABORTED"}
DEADLINE = 60  # seconds: far more than anything here takes

TOTAL = pyarrow.decimal128(19, 2)
RIDES_FILE = pyarrow.schema(  # what the aggregation writes
    [
        ("source_month", pyarrow.date32()),
        ("pulocationid", pyarrow.int32()),
        ("trip_type", pyarrow.int32()),
        ("payment_type", pyarrow.int32()),
        ("ride_count", pyarrow.int64()),
        ("total_fare_amount", TOTAL),
        ("total_amount", TOTAL),
        ("total_tip_amount", TOTAL),
        ("total_trip_distance", TOTAL),
        ("negative_fare_count", pyarrow.int64()),
    ]
)
Row = tuple[date, int | None, int | None, int | None, int, Decimal | None, Decimal, Decimal, Decimal, int]


def ride(month: str, zone: int | None, fare: str | None, *, trip: int | None = 1, payment: int | None = 1) -> Row:
    """One row of the aggregates; what no test asks for is the same in all."""
    money = None if fare is None else Decimal(fare)
    first = date.fromisoformat(month + "-01")
    return first, zone, trip, payment, 3, money, Decimal("9.50"), Decimal("0.00"), Decimal("1.25"), 0


def parquet(rows: Sequence[Sequence[Any]], schema: pyarrow.Schema = RIDES_FILE) -> bytes:
    """A file of these rows."""
    columns = [[row[at] for row in rows] for at in range(len(schema))]
    table = pyarrow.table(
        [pyarrow.array(c, field.type) for c, field in zip(columns, schema, strict=True)], schema=schema
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


@dataclass(frozen=True)
class Plan:
    """What the task plan_load returns."""

    tables: dict[str, dict[str, Any]]
    digest: str
    generations: int
    rows: int
    months: int

    @property
    def manifest(self) -> str:
        """That of its only table."""
        [table] = self.tables.values()
        return str(table["manifest"])

    def __and__(self, other: "Plan") -> "Plan":
        """Both at once, as a state of its own."""
        return Plan(
            tables={**self.tables, **other.tables},
            digest=hashlib.sha256((self.digest + other.digest).encode()).hexdigest(),
            generations=self.generations + other.generations,
            rows=self.rows + other.rows,
            months=max(self.months, other.months),
        )


def statements(tables: Sequence[str]) -> list[str]:
    """What the DAG gives Airflow to render; its file cannot be imported where Airflow is not."""
    [function] = [
        node
        for node in ast.parse(DAG.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "statements"
    ]
    names: dict[str, Any] = {"Collection": Sequence}
    exec(compile(ast.Module([function], []), DAG, "exec"), names)
    made: list[str] = names["statements"](tables)
    return made


def load_sql(plan: Plan, role: str, run_id: str = "manual__1", tables: Sequence[str] = (TABLE,)) -> list[str]:
    """The statements of the load, rendered as Airflow does: what ends in `.sql` is a file, all else a text."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROOT), undefined=jinja2.StrictUndefined)
    context = {
        "ti": SimpleNamespace(xcom_pull={"plan_load": vars(plan)}.__getitem__),
        "var": SimpleNamespace(json=SimpleNamespace(green_taxi={"redshift_role": role})),
        "run_id": run_id,
    }
    return [
        (environment.get_template(item) if item.endswith(".sql") else environment.from_string(item)).render(context)
        for item in statements(tables)
    ]


class Warehouse:
    """A workgroup with a database, an S3 bucket beside it, and a role that Redshift may assume."""

    def __init__(self, data: Any, s3: Any, name: str, role: str) -> None:
        self.data = data
        self.s3 = s3
        self.where = {"WorkgroupName": name, "Database": "dev"}
        self.name = name
        self.role = role

    def submit(self, *sqls: str) -> str:
        """Sends a batch, as RedshiftDataOperator does with a list."""
        return str(self.data.batch_execute_statement(Sqls=list(sqls), **self.where)["Id"])

    def wait(self, identifier: str) -> dict[str, Any]:
        """What DescribeStatement says at the end."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            described: dict[str, Any] = self.data.describe_statement(Id=identifier)
            if described["Status"] in OVER:
                return described
            time.sleep(0.01)
        raise AssertionError(f"{identifier} has no end: {described}")

    def run(self, *sqls: str) -> dict[str, Any]:
        """Sends a batch and waits for it."""
        return self.wait(self.submit(*sqls))

    def done(self, *sqls: str) -> dict[str, Any]:
        """Like `run`, and it must succeed."""
        described = self.run(*sqls)
        assert described["Status"] == "FINISHED", described["Error"]
        return described

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one query, as plain values."""
        identifier = self.data.execute_statement(Sql=sql, **self.where)["Id"]
        described = self.wait(identifier)
        assert described["Status"] == "FINISHED", described["Error"]
        records = self.data.get_statement_result(Id=identifier)["Records"]
        return [tuple(None if "isNull" in field else next(iter(field.values())) for field in row) for row in records]

    def fares(self, table: str = TABLE) -> list[tuple[Any, ...]]:
        """What a table holds, in short."""
        return self.query(f"SELECT source_month, pulocationid, total_fare_amount FROM nyc.{table} ORDER BY 1, 2")

    def log(self) -> list[tuple[Any, ...]]:
        """What was loaded."""
        return self.query("SELECT load_number, generations, row_count, run_id FROM nyc.load_log ORDER BY 1")

    def put(
        self,
        files: Mapping[str, bytes],
        generations: int,
        *,
        rows: int,
        lengths: Mapping[str, int] | None = None,
        table: str = TABLE,
    ) -> Plan:
        """Puts the files and their manifest into the bucket; returns what plan_load would."""
        for key, body in files.items():
            self.s3.put_object(Bucket=BUCKET, Key=f"{self.name}/{key}", Body=body)
        sizes = {key: len(body) for key, body in files.items()} | dict(lengths or {})
        entries = [
            {"url": f"s3://{BUCKET}/{self.name}/{key}", "mandatory": True, "meta": {"content_length": size}}
            for key, size in sizes.items()
        ]
        body = json.dumps({"entries": entries}).encode()
        digest = hashlib.sha256(body).hexdigest()
        key = f"{self.name}/manifests/{digest}.json"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return Plan({table: {"manifest": f"s3://{BUCKET}/{key}", "rows": rows}}, digest, generations, rows, len(files))

    def load(self, plan: Plan, run_id: str = "manual__1") -> dict[str, Any]:
        """The load, to its end."""
        return self.run(*load_sql(plan, self.role, run_id))
