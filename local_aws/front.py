"""The WSGI application: a check of who asks, faults and the record of calls stand in front of moto."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from local_aws import refused, unknown, visitors
from local_aws.callers import caller
from local_aws.faults import Fault, Faults
from local_aws.operations import Answer, Operation, identify
from local_aws.processes import JOBS

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
CONTROL = "/local-aws/"
LOST = 0  # the status in the record of a call that was not answered


class Front:
    """Names each request's operation, has it carried out or go wrong, and remembers it."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._faults = Faults()
        self._calls: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request (WSGI)."""
        path = environ.get("PATH_INFO", "")
        if why := visitors.refusal(environ):
            status, headers, body = 403, [("Content-Type", "text/plain; charset=utf-8")], f"refused: {why}\n".encode()
        elif path.startswith("/moto-api"):
            return self._application(environ, start_response)
        elif path.startswith(CONTROL):
            status, headers, body = self._control(environ, path)
        else:
            status, headers, body = self._answer(environ)
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        operation = identify(environ)
        answer = refused.refusal(operation, environ) or self._done(operation, environ)
        self._remember(operation, answer[0])
        return answer

    def _done(self, operation: Operation, environ: dict[str, Any]) -> Answer:
        fault = self._faults.take(operation)
        return self._go_wrong(fault, operation, environ) if fault else self._carry_out(operation, environ)

    def _go_wrong(self, fault: Fault, operation: Operation, environ: dict[str, Any]) -> Answer:
        if refusal := fault.answer(operation):
            return refusal
        if fault.kind == "kill_job":
            JOBS.kill(caller(operation.access_key))
            self._drop(operation, environ)
        answer = self._carry_out(operation, environ)
        if fault.kind == "late":
            time.sleep(fault.seconds)
        elif fault.kind == "kill_job_after":
            JOBS.kill(caller(operation.access_key))
        elif fault.kind == "lost":
            self._drop(operation, environ)
        return answer

    def _drop(self, operation: Operation, environ: dict[str, Any]) -> None:
        """Closes the connection.

        Raises:
            ConnectionAbortedError: Always; the server takes it for a client that has gone.
        """
        self._remember(operation, LOST)
        connection: socket.socket = environ["werkzeug.socket"]
        with contextlib.suppress(OSError):  # the job that asked was killed, and its connection is gone
            connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError(operation.action)

    def _carry_out(self, operation: Operation, environ: dict[str, Any]) -> Answer:
        said: list[Any] = []
        try:
            parts = self._application(environ, lambda status, headers, *_: said.extend((status, headers)))
            body = b"".join(parts)
        except Exception as error:
            return unknown.answer_for(operation, error)
        status, headers = int(said[0].split()[0]), said[1]
        return unknown.page_instead(operation, status, headers) or (status, headers, body)

    def _remember(self, operation: Operation, status: int) -> None:
        call = {
            "service": operation.service,
            "action": operation.action,
            "at": datetime.now(UTC).isoformat(),
            "status": status,
            "caller": caller(operation.access_key),
            "resource": operation.resource,
            "about": operation.about,
        }
        with self._lock:
            self._calls.append(call)

    def _control(self, environ: dict[str, Any], path: str) -> Answer:
        asked = (environ["REQUEST_METHOD"], path.removeprefix(CONTROL))
        body: Any = {}
        if asked == ("GET", "calls"):
            with self._lock:
                body = list(self._calls)
        elif asked == ("GET", "faults"):
            body = self._faults.left()
        elif asked == ("DELETE", "faults"):
            self._faults.clear()
        elif asked == ("POST", "faults"):
            try:
                self._faults.add(Fault.read(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))))
            except ValueError as error:
                return 400, [("Content-Type", "text/plain")], str(error).encode()
        else:
            return 404, [("Content-Type", "text/plain")], f"{' '.join(asked)}: calls and faults are here".encode()
        return 200, [("Content-Type", "application/json")], json.dumps(body).encode()
