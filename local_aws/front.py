"""The WSGI application: faults and the record of calls stand in front of moto."""

import json
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from local_aws import unknown
from local_aws.callers import caller
from local_aws.operations import Answer, Operation, identify

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
CONTROL = "/local-aws/"


class Front:
    """Names each request's operation, has it carried out, and remembers it."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._calls: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request (WSGI)."""
        if environ.get("PATH_INFO", "").startswith(CONTROL):
            answer = self._control(environ)
        elif environ.get("PATH_INFO", "").startswith("/moto-api"):
            return self._application(environ, start_response)
        else:
            answer = self._answer(environ)
        status, headers, body = answer
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        operation = identify(environ)
        answer = self._carry_out(operation, environ)
        self._remember(operation, answer[0])
        return answer

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
        }
        with self._lock:
            self._calls.append(call)

    def _control(self, environ: dict[str, Any]) -> Answer:
        with self._lock:
            body = json.dumps(self._calls).encode()
        return 200, [("Content-Type", "application/json")], body
