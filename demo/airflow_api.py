"""What tests and the demo ask of a running Airflow, through its stable REST API: triggers, states, times, logs."""

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FINISHED = ("success", "failed")  # the last states of a run
EVERY = 0.5  # seconds between two looks at a run


@dataclass(frozen=True)
class Span:
    """When something began and ended; None: it has not."""

    start: datetime | None
    end: datetime | None

    @property
    def seconds(self) -> float | None:
        """How long it took, once it has ended."""
        return (self.end - self.start).total_seconds() if self.start and self.end else None


class AirflowApi:
    """A client of one Airflow."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self.user = user
        self.password = password
        self._token = ""
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy of the user

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One call of the API, below `/api/v2`; returns its answer.

        Raises:
            RuntimeError: Airflow refused it; with what it says.
            ConnectionError: It does not answer.
        """
        if not self._token:
            credentials = {"username": self.user, "password": self.password}
            self._token = self._request("POST", "/auth/token", credentials)["access_token"]
        return self._request(method, f"/api/v2{path}", body)

    def health(self) -> dict[str, str | None]:
        """The state of each part: metadatabase, scheduler, triggerer, dag_processor."""
        parts: dict[str, dict[str, str]] = self._request("GET", "/api/v2/monitor/health")
        return {name: part["status"] for name, part in parts.items() if part}

    def dags(self) -> list[str]:
        """The ids of the DAGs that it knows."""
        return [dag["dag_id"] for dag in self.call("GET", "/dags")["dags"]]

    def import_errors(self) -> list[str]:
        """Why DAG files could not be imported."""
        return [f"{e['filename']}: {e['stack_trace']}" for e in self.call("GET", "/importErrors")["import_errors"]]

    def unpause(self, dag_id: str) -> None:
        """From here on its runs are carried out."""
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Starts a run with these parameters; returns its id."""
        run = self.call("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": dict(conf or {})})
        return str(run["dag_run_id"])

    def state(self, dag_id: str, run_id: str) -> str:
        """The state of a run: queued, running, success or failed."""
        return str(self._run(dag_id, run_id)["state"])

    def wait(self, dag_id: str, run_id: str, timeout: float) -> str:
        """The state in which a run ended.

        Raises:
            TimeoutError: It has not ended within so many seconds; with the states of its tasks.
        """
        deadline = time.monotonic() + timeout
        while (state := self.state(dag_id, run_id)) not in FINISHED:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{dag_id} {run_id} is {state} after {timeout:.0f} s: {self.task_states(dag_id, run_id)}"
                )
            time.sleep(EVERY)
        return state

    def run_span(self, dag_id: str, run_id: str) -> Span:
        """When a run began and ended."""
        return _span(self._run(dag_id, run_id))

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """The state of each task; `none` for one that is not scheduled yet."""
        return {task["task_id"]: task["state"] or "none" for task in self._tasks(dag_id, run_id)}

    def task_times(self, dag_id: str, run_id: str) -> dict[str, Span]:
        """When each task began and ended, deferred time included."""
        return {task["task_id"]: _span(task) for task in self._tasks(dag_id, run_id)}

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """What a task has left for others.

        Raises:
            RuntimeError: Nothing under this key.
        """
        path = f"{_path(dag_id, run_id)}/taskInstances/{task_id}/xcomEntries/{key}?deserialize=true"
        return self.call("GET", path)["value"]

    def task_log(self, dag_id: str, run_id: str, task_id: str) -> str:
        """The log of a task's last try: a line for each event, and the exception's type and message where it has one."""
        tries = {task["task_id"]: max(task["try_number"], 1) for task in self._tasks(dag_id, run_id)}
        path = f"{_path(dag_id, run_id)}/taskInstances/{task_id}/logs/{tries[task_id]}?full_content=true"
        return "\n".join(_line(event) for event in self.call("GET", path)["content"])

    def _run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", _path(dag_id, run_id))
        return found

    def _tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"{_path(dag_id, run_id)}/taskInstances")["task_instances"]
        return found

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(f"Airflow: {method} {path}: {error.code}: {error.read().decode()}") from None
        except (OSError, http.client.HTTPException) as error:  # refused, cut off, or too late: this machine is busy
            cause = " ".join(str(error).split())
            raise ConnectionError(f"Airflow: {method} {path}: no answer from {self.url}: {cause}") from None


def _path(dag_id: str, run_id: str) -> str:
    return f"/dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id, safe='')}"


def _span(entry: Mapping[str, Any]) -> Span:
    start, end = (datetime.fromisoformat(at) if at else None for at in (entry["start_date"], entry["end_date"]))
    return Span(start, end)


def _line(event: str | Mapping[str, Any]) -> str:
    if isinstance(event, str):
        return event
    errors = [f"{error.get('exc_type')}: {error.get('exc_value')}" for error in event.get("error_detail") or []]
    return "\n".join([str(event["event"]), *errors])
