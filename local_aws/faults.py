"""What goes wrong on purpose: the next calls of an operation fail, throttle, come late, lose their answer, or a job dies.

Faults are handed over as JSON at /local-aws/faults (POST; GET lists what is left, DELETE clears), for tests of code that
does not know about them.
"""

import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_type_hints

from local_aws.operations import ALIASES, Answer, Operation, error_answer

KINDS = {
    "fail": "answers with an error (code, status) and does nothing",
    "throttle": "answers that there are too many requests, which SDKs send again",
    "late": "is carried out at once and answered after some seconds",
    "lost": "is carried out, and the connection dropped without an answer",
    "kill_job": "kills the job that asks (all, if it is not a job that asks) before anything is done, and drops the connection",
    "kill_job_after": "is carried out, then kills the job likewise",
}
LATE = 5.0  # seconds
DENIED = {"s3": ("AccessDenied", 403)}  # what `fail` says where no code is given
THROTTLED = {"s3": ("SlowDown", 503)}


@dataclass(frozen=True)
class Fault:
    """One that waits for its calls."""

    service: str
    action: str
    kind: str
    times: int = 1
    code: str = ""
    status: int = 0
    seconds: float = LATE
    key: str = ""  # of S3: a regular expression that bucket/key must contain

    @classmethod
    def read(cls, body: Any) -> "Fault":
        """A fault from its JSON.

        Raises:
            ValueError: It is none; says what is wrong.
        """
        fields = cls.__dataclass_fields__
        if not isinstance(body, Mapping) or not {"service", "action", "kind"} <= set(body):
            raise ValueError('a fault is {"service": ..., "action": ..., "kind": ..., ...}')
        if unknown := set(body) - set(fields):
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}; it has {', '.join(fields)}")
        types = get_type_hints(cls)
        for name, value in body.items():
            if not isinstance(value, (int, float) if types[name] is float else types[name]):
                raise ValueError(f"a fault's {name} is a {'text' if types[name] is str else 'number'}, found {value!r}")
        if body["kind"] not in KINDS:
            raise ValueError(f"no kind of fault: {body['kind']!r}; there are {', '.join(KINDS)}")
        try:
            re.compile(body.get("key", ""))
        except re.error as error:
            raise ValueError(f"key is not a regular expression: {error}") from error
        return cls(**{**body, "service": ALIASES.get(body["service"], body["service"])})

    def meets(self, operation: Operation) -> bool:
        """Is this call meant?"""
        asked = (operation.service, operation.action)
        return asked == (self.service, self.action) and re.search(self.key, operation.resource) is not None

    def answer(self, operation: Operation) -> Answer | None:
        """The error in place of what was asked for, or None if that is carried out."""
        if self.kind == "throttle":
            code, status = THROTTLED.get(self.service, ("ThrottlingException", 400))
            return error_answer(operation, self.code or code, "Rate exceeded", self.status or status)
        if self.kind == "fail":
            code, status = DENIED.get(self.service, ("AccessDeniedException", 400))
            return error_answer(operation, self.code or code, "injected by local_aws", self.status or status)
        return None


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Puts a fault behind those that wait."""
        with self._lock:
            self._waiting += [fault] * fault.times

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._waiting.clear()

    def left(self) -> list[dict[str, Any]]:
        """The faults that have not come."""
        with self._lock:
            return [{**asdict(fault), "times": times} for fault, times in Counter(self._waiting).items()]

    def take(self, operation: Operation) -> Fault | None:
        """The first fault that meets this call; it comes no more."""
        with self._lock:
            found = next((fault for fault in self._waiting if fault.meets(operation)), None)
            if found is not None:
                self._waiting.remove(found)
            return found
