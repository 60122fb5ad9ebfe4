"""Statements of the Data API: their states, and how their results look as JSON."""

import datetime
import logging
import threading
import time
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from local_aws.redshift.engine import Database, Result, Session
from local_aws.redshift.errors import CancelledError, RedshiftError

log = logging.getLogger(__name__)

_TYPE_NAMES = {
    "SMALLINT": "int2",
    "INTEGER": "int4",
    "BIGINT": "int8",
    "HUGEINT": "numeric",  # a sum of bigints
    "DECIMAL": "numeric",
    "FLOAT": "float4",
    "DOUBLE": "float8",
    "BOOLEAN": "bool",
    "VARCHAR": "varchar",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}


@dataclass
class Step:
    """One SQL text, with what became of it."""

    id: str
    sql: str
    status: str = "SUBMITTED"
    error: str = ""
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    duration: int = 0  # nanoseconds
    result: Result = field(default_factory=Result)

    def to(self, status: str, error: str = "") -> None:
        """Moves on."""
        self.status, self.error, self.updated = status, error, time.time()

    def describe(self) -> dict[str, Any]:
        """As DescribeStatement has it, of a batch and of one text."""
        return {
            "Id": self.id,
            "Status": self.status,
            "CreatedAt": round(self.created, 3),
            "UpdatedAt": round(self.updated, 3),
            "Duration": self.duration,
            "QueryString": self.sql,
            "HasResultSet": self.result.has_rows,
            "ResultRows": self.result.count,
            "ResultSize": len(str(self.result.rows)) if self.result.has_rows else -1,
            "RedshiftQueryId": 0,
            **({"Error": self.error} if self.error else {}),
        }


class Execution(Step):
    """What one call asked for: a text, or a batch of them in one transaction."""

    def __init__(self, sqls: list[str], batch: bool, database: Database, request: dict[str, Any]) -> None:
        number = str(uuid.uuid4())
        super().__init__(number, "" if batch else sqls[0])
        self.steps = [Step(f"{number}:{index}", sql) for index, sql in enumerate(sqls, 1)] if batch else []
        self.request = request
        self._database = database
        self._session: Session | None = None
        self._cancelled = threading.Event()
        self._done = threading.Event()

    def start(self) -> None:
        """Runs in a thread of its own."""
        threading.Thread(target=self._run, name=f"redshift-{self.id}", daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Waits for the end, so long at most."""
        self._done.wait(seconds)

    @property
    def is_over(self) -> bool:
        """Whether it has come to an end."""
        return self._done.is_set()

    def cancel(self) -> None:
        """Stops it; its transaction is undone."""
        self._cancelled.set()
        if session := self._session:
            session.cancel()

    def _run(self) -> None:
        began = time.perf_counter_ns()
        try:
            with self._database.session() as self._session:
                self.to("STARTED")
                if self._cancelled.is_set():
                    raise CancelledError
                for step in self.steps or [self]:
                    _run_step(step, self._session)
                self._session.commit()
            self._end("FINISHED")
        except CancelledError:
            self._end("ABORTED")
        except RedshiftError as error:
            failed = [number for number, step in enumerate(self.steps, 1) if step.status == "FAILED"]
            self._end("FAILED", f"Query #{failed[0]} failed with {error}" if failed else str(error))
        except Exception as error:  # a fault of the plug-in must not leave a statement that runs for ever
            self._end("FAILED", f"ERROR: internal error of the local Redshift: {error!r}")
            raise
        finally:
            self.duration = time.perf_counter_ns() - began
            self._done.set()

    def _end(self, status: str, error: str = "") -> None:
        for step in self.steps:
            if step.status in ("SUBMITTED", "STARTED"):
                step.to("ABORTED")
        self.to(status, error)

    def describe(self) -> dict[str, Any]:
        """As DescribeStatement has it."""
        described = super().describe()
        described["RedshiftPid"] = 0
        for key in ("WorkgroupName", "ClusterIdentifier", "Database", "DbUser", "SecretArn"):
            if key in self.request:
                described[key] = self.request[key]
        if self.steps:
            del described["QueryString"]
            described["HasResultSet"] = any(step.result.has_rows for step in self.steps)
            described["SubStatements"] = [step.describe() for step in self.steps]
        return described


def _run_step(step: Step, session: Session) -> None:
    began = time.perf_counter_ns()
    if not isinstance(step, Execution):
        step.to("STARTED")
    try:
        step.result = session.run(step.sql)
    except RedshiftError as error:
        if error.detail:
            log.warning("%s: %s: %s", step.id, error, error.detail)  # for who looks here; no caller is told
        step.to("FAILED", str(error))
        raise
    finally:
        step.duration = time.perf_counter_ns() - began
    if not isinstance(step, Execution):
        step.to("FINISHED")


def result_json(result: Result) -> dict[str, Any]:
    """As GetStatementResult has it."""
    return {
        "Records": [[_field(value) for value in row] for row in result.rows],
        "ColumnMetadata": [_column(name, kind) for name, kind in result.columns],
        "TotalNumRows": len(result.rows),
    }


def _field(value: Any) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, int):
        return {"longValue": value}
    if isinstance(value, datetime.datetime):
        return {"stringValue": value.isoformat(" ")}
    if isinstance(value, Decimal):
        return {"stringValue": f"{value:f}"}
    return {"stringValue": str(value)}


def _column(name: str, kind: str) -> dict[str, Any]:
    base, _, size = kind.partition("(")
    precision, _, scale = size.rstrip(")").partition(",")
    return {
        "name": name,
        "label": name,
        "typeName": _TYPE_NAMES.get(base, "unknown"),
        "precision": 38 if base == "HUGEINT" else int(precision or 0),
        "scale": int(scale or 0),
        "length": 0,
        "nullable": 1,
        "isSigned": base not in ("BOOLEAN", "VARCHAR", "DATE", "TIMESTAMP"),
        "isCaseSensitive": base == "VARCHAR",
        "isCurrency": False,
        "schemaName": "",
        "tableName": "",
    }
