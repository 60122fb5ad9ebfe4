"""What Glue knows of a run: its state, and whether it has been asked to stop."""

import threading
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.glue import models

from local_aws.logs import GLUE_GROUP

MOVING = ("STARTING", "RUNNING", "STOPPING")


class LiveRun(models.FakeJobRun):  # type: ignore[misc]  # moto is untyped
    """A run whose state is that of its process."""

    status = "STARTING"  # in moto a property that moves by itself

    def __init__(self, job: models.FakeJob, **asked: Any) -> None:
        super().__init__(**asked)
        self.job = job
        self.glue_version = job.glue_version
        self.execution_class = job.execution_class
        self.error_message = ""
        self.running_since: datetime | None = None
        self.completed_on: datetime | None = None
        self.stopping = threading.Event()  # set: what runs for it is to end as soon as may be

    def move(self, status: str, error: str = "") -> None:
        """Takes the next state. One that has ended stays so, and one that is to stop does not run again."""
        now = utcnow()
        with self.job.backend.lock:
            if self.status not in MOVING or (status == "RUNNING" and self.status != "STARTING"):
                return
            if status == "RUNNING":
                self.running_since = now
            elif status not in MOVING:
                self.completed_on = now
            self.error_message, self.modified_on, self.status = error, now, status

    def as_dict(self) -> dict[str, Any]:
        """The JobRun of the API."""
        ended = self.completed_on or utcnow()
        seconds = (ended - self.running_since).total_seconds() if self.running_since else 0.0
        more = {
            "ExecutionTime": round(seconds),
            "DPUSeconds": round(seconds * self.max_capacity, 3),
            "LogGroupName": GLUE_GROUP,
            "GlueVersion": self.glue_version,
            "ExecutionClass": self.execution_class,
            "Timeout": self.timeout,
            "CompletedOn": self.completed_on,
            "ErrorMessage": self.error_message or None,
        }
        return {name: value for name, value in {**super().as_dict(), **more}.items() if value is not None}
