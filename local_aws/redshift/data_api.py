"""The Redshift Data API in moto's server: statements run in threads, on DuckDB."""

import json
import re
import threading
from pathlib import Path
from typing import Any, ClassVar

from moto.core.exceptions import JsonRESTError
from moto.core.responses import BaseResponse
from moto.redshiftdata import urls
from moto.redshiftdata.exceptions import ResourceNotFoundException, ValidationException
from moto.redshiftdata.models import RedshiftDataAPIServiceBackend, redshiftdata_backends
from moto.redshiftdata.responses import RedshiftDataAPIServiceResponse

from local_aws.redshift.account import Account
from local_aws.redshift.engine import Databases
from local_aws.redshift.statements import Execution, Step, result_json

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_KNOWN = {
    *("Sql", "Sqls", "Database", "WorkgroupName", "ClusterIdentifier", "DbUser", "SecretArn"),
    *("StatementName", "ClientToken", "WithEvent", "ResultFormat", "ExecutionMode", "WaitTimeSeconds"),
}
_ECHOED = ("Database", "WorkgroupName", "ClusterIdentifier", "DbUser", "SecretArn")
_END = 10  # seconds that a cancelled statement is given
_PAGE = 100  # statements in an answer of ListStatements


class Backend(RedshiftDataAPIServiceBackend):  # type: ignore[misc]  # moto is untyped
    """The statements and databases of one account and region."""

    state: ClassVar[Path]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        folder = self.state / account_id / region_name
        self.databases = Databases(folder, Account(account_id, region_name, self.partition))
        self._executions: dict[str, Execution] = {}
        self._tokens: dict[str, Execution] = {}
        self._lock = threading.Lock()

    @property
    def _url_module(self) -> Any:  # moto derives it from the name of the module
        return urls

    def reset(self) -> None:
        """Ends all, as moto does with every backend."""
        running = [execution for execution in self._executions.values() if not execution.is_over]
        for execution in running:
            execution.cancel()
        for execution in running:
            execution.wait(_END)
        self.databases.delete()
        super().reset()

    def submit(self, request: dict[str, Any], sqls: list[str], batch: bool) -> Execution:
        """Starts the statements; a call that is repeated with its token starts nothing."""
        _validate(request)
        kind = "workgroup" if "WorkgroupName" in request else "cluster"
        target = f"{kind}-{request.get('WorkgroupName') or request['ClusterIdentifier']}"
        token = request.get("ClientToken")
        with self._lock:
            if token and (earlier := self._tokens.get(token)):
                if earlier.request != request:
                    raise ValidationException("ClientToken was used before, with other parameters")
                return earlier
            database = self.databases.get(target, request["Database"])
            execution = Execution(sqls, batch, database, request)
            self._executions[execution.id] = execution
            if token:
                self._tokens[token] = execution
        execution.start()
        return execution

    def find(self, identifier: str) -> tuple[Execution, Step]:
        """An execution, and the one of its statements that is meant: itself, or number n of a batch."""
        execution = self._executions.get(identifier.partition(":")[0])
        if execution is not None:
            for step in (execution, *execution.steps):
                if step.id == identifier:
                    return execution, step
        raise ResourceNotFoundException

    def newest_first(self, request: dict[str, Any]) -> list[Execution]:
        """The executions that ListStatements is asked for."""
        status = request.get("Status", "ALL")
        return [
            execution
            for execution in reversed(self._executions.values())
            if status in ("ALL", execution.status)
            and str(execution.request.get("StatementName", "")).startswith(request.get("StatementName", ""))
            and all(execution.request.get(key) == request[key] for key in _ECHOED if key in request)
        ]


def _validate(request: dict[str, Any]) -> None:
    """Refuses what is wrong on AWS too, and what is not done here."""
    if ("WorkgroupName" in request) == ("ClusterIdentifier" in request):
        raise ValidationException("Exactly one of WorkgroupName and ClusterIdentifier must be given")
    if "Database" not in request:
        raise ValidationException("Database must be given")
    for key in ("WorkgroupName", "ClusterIdentifier", "Database"):
        if key in request and not _NAME.fullmatch(request[key]):
            raise ValidationException(f"{key} '{request[key]}': not a name that the local account takes")
    refused = sorted(set(request) - _KNOWN)
    if request.get("WithEvent"):
        refused.append("WithEvent")
    if request.get("ResultFormat", "JSON") != "JSON" or request.get("ExecutionMode", "TRANSACTION") != "TRANSACTION":
        refused.append("this ResultFormat or ExecutionMode")
    if refused:
        raise ValidationException(f"{', '.join(refused)}: not supported by the local Redshift Data API")


def _backend(response: BaseResponse) -> Backend:
    backend: Backend = response.redshiftdata_backend
    return backend


def _request(response: BaseResponse) -> dict[str, Any]:
    request: dict[str, Any] = json.loads(response.body or "{}")
    return request


def _answer(body: dict[str, Any]) -> tuple[int, dict[str, str], str]:
    return 200, {}, json.dumps(body)


def _started(execution: Execution) -> tuple[int, dict[str, str], str]:
    execution.wait(execution.request.get("WaitTimeSeconds", 0))
    described = execution.describe()
    return _answer({key: described[key] for key in ("Id", "CreatedAt", *_ECHOED) if key in described})


def execute_statement(response: BaseResponse) -> tuple[int, dict[str, str], str]:
    """ExecuteStatement."""
    request = _request(response)
    return _started(_backend(response).submit(request, [request["Sql"]], batch=False))


def batch_execute_statement(response: BaseResponse) -> tuple[int, dict[str, str], str]:
    """BatchExecuteStatement."""
    request = _request(response)
    if not 1 <= len(request["Sqls"]) <= 40:
        raise ValidationException("Sqls must have 1 to 40 members")
    return _started(_backend(response).submit(request, request["Sqls"], batch=True))


def describe_statement(response: BaseResponse) -> tuple[int, dict[str, str], str]:
    """DescribeStatement, of an execution or of one statement of a batch."""
    request = _request(response)
    execution, step = _backend(response).find(request["Id"])
    execution.wait(request.get("WaitTimeSeconds", 0))
    return _answer(step.describe())


def get_statement_result(response: BaseResponse) -> tuple[int, dict[str, str], str]:
    """GetStatementResult: all rows at once."""
    execution, step = _backend(response).find(_request(response)["Id"])
    if execution.status != "FINISHED" or not step.result.has_rows:
        raise JsonRESTError(
            "ResourceNotFoundException",
            "Query does not have result. Please check query status with DescribeStatement.",
        )
    return _answer(result_json(step.result))


def cancel_statement(response: BaseResponse) -> tuple[int, dict[str, str], str]:
    """CancelStatement, of a whole execution."""
    execution, step = _backend(response).find(_request(response)["Id"])
    if step is not execution:
        raise ValidationException("A statement of a batch cannot be cancelled alone: give the Id of the batch")
    if execution.is_over:
        raise ValidationException(
            f"Could not cancel a query that is already in {execution.status} state with ID: {execution.id}"
        )
    execution.cancel()
    return _answer({"Status": True})


def list_statements(response: BaseResponse) -> tuple[int, dict[str, str], str]:
    """ListStatements, the newest first."""
    request = _request(response)
    start, size = int(request.get("NextToken", 0)), request.get("MaxResults") or _PAGE
    found = _backend(response).newest_first(request)
    statements = [
        {
            "Id": execution.id,
            "Status": execution.status,
            "CreatedAt": round(execution.created, 3),
            "UpdatedAt": round(execution.updated, 3),
            "StatementName": execution.request.get("StatementName", ""),
            "IsBatchStatement": bool(execution.steps),
            **(
                {"QueryStrings": [step.sql for step in execution.steps]}
                if execution.steps
                else {"QueryString": execution.sql}
            ),
        }
        for execution in found[start : start + size]
    ]
    more = {"NextToken": str(start + size)} if start + size < len(found) else {}
    return _answer({"Statements": statements, **more})


_ACTIONS = (
    execute_statement,
    batch_execute_statement,
    describe_statement,
    get_statement_result,
    cancel_statement,
    list_statements,
)


def install(state: Path) -> None:
    """Puts the Data API into moto. Statements and databases that are there already are forgotten.

    Args:
        state: The account's folder; the databases lie below `redshift/` in it.
    """
    Backend.state = state / "redshift"
    redshiftdata_backends.backend = Backend
    redshiftdata_backends.clear()
    for action in _ACTIONS:
        setattr(RedshiftDataAPIServiceResponse, action.__name__, action)
