"""What EMR knows of clusters and steps: their states, and what has been asked of them while they run."""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.emr import models

OPEN_STEP = ("PENDING", "RUNNING", "CANCEL_PENDING")


class LiveStep(models.Step):  # type: ignore[misc]  # moto is untyped
    """A step whose state is that of its process."""

    failure: Mapping[str, str] | None = None
    last_state_change_reason: str | None = None

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.stopping = threading.Event()  # set: what runs for it is to end as soon as may be

    @property
    def status(self) -> dict[str, Any]:
        """The StepStatus of the API."""
        return {**super().status, "FailureDetails": self.failure}

    def move(self, state: str, *, reason: str | None = None, failure: Mapping[str, str] | None = None) -> None:
        """Takes the next state."""
        if state == "RUNNING":
            self.start_date_time = utcnow()
        elif state not in OPEN_STEP:
            self.end_date_time = utcnow()
        self.last_state_change_reason, self.failure, self.state = reason, failure, state

    def cancel(self) -> str:
        """Cancels it if it waits or runs; returns why it cannot be, or an empty text."""
        if self.state == "PENDING":
            self.move("CANCELLED", reason="Cancelled by user")
        elif self.state == "RUNNING":
            self.state = "CANCEL_PENDING"
            self.stopping.set()
        else:
            return f"The step is {self.state}"
        return ""


class LiveCluster(models.Cluster):  # type: ignore[misc]
    """A cluster that starts, works through its steps, idles and ends.

    Attributes:
        changed: Held by who reads or changes its state or steps, and told of each change.
        ending: Set when its end has begun.
        ends_as: The state that it then comes to.
    """

    reason: Mapping[str, str]
    idle_timeout: int | None = None  # seconds
    ready_datetime: datetime | None = None

    def __init__(self, emr_backend: models.ElasticMapReduceBackend, **given: Any) -> None:
        self.reason = {}
        self.changed = threading.Condition(threading.RLock())
        self.ending = threading.Event()
        self.ends_as = ""
        super().__init__(emr_backend, **given)
        self.ready_datetime = None

    def start_cluster(self) -> None:
        """Moto's beginning, without its end."""
        self.state = "STARTING"
        self.start_datetime = utcnow()
        for step in self.steps:
            step.start = lambda: None  # moto says of the first step that it has started

    def run_bootstrap_actions(self) -> None:
        """Its work does that, later."""

    def add_steps(self, steps: list[dict[str, Any]]) -> list[LiveStep]:
        """Adds steps that wait for their turn."""
        added = [LiveStep(state="PENDING", **step) for step in steps]
        self.steps.extend(added)
        return added

    def cancel(self, step_ids: Iterable[str]) -> list[dict[str, str]]:
        """Cancels steps that wait or run; tells of each what came of it."""
        with self.changed:
            steps = {step.id: step for step in self.steps}
            told = []
            for step_id in step_ids:
                problem = steps[step_id].cancel() if step_id in steps else "The step does not exist"
                status = {"Status": "FAILED", "Reason": problem} if problem else {"Status": "SUBMITTED"}
                told.append({"StepId": step_id, **status})
            return told

    def end(self, state: str, code: str, message: str) -> None:
        """Begins its end, if nobody has; it is over when the state says so."""
        with self.changed:
            if not self.ending.is_set():
                self.ends_as = state
                self.reason = {"Code": code, "Message": message}
                self.state = "TERMINATING"
                self.ending.set()
                self.changed.notify_all()

    def terminate(self) -> None:
        """Begins its end, by its user."""
        self.end("TERMINATED", "USER_REQUEST", "Terminated by user request")

    @property
    def status(self) -> dict[str, Any]:
        """The ClusterStatus of the API."""
        return {**super().status, "StateChangeReason": self.reason}
