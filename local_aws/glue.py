"""Glue's jobs over moto: they really run, one may be updated, and a run may be stopped. The catalog is moto's."""

import threading
from typing import Any, ClassVar

from moto.core.responses import ActionResult
from moto.glue import models, urls
from moto.glue.exceptions import (
    AlreadyExistsException,
    ConcurrentRunsExceededException,
    InvalidInputException,
    JobRunNotFoundException,
)
from moto.glue.responses import GlueResponse

from local_aws import glue_catalog, runtimes
from local_aws.glue_records import MOVING, LiveRun
from local_aws.glue_run import GlueRun
from local_aws.options import ROOT, Options

DPU = {"Standard": 1.0, "G.025X": 0.25}  # a worker's; G.2X and R.2X have two, and so on
DEFAULT_WORKER, DEFAULT_WORKERS = "G.1X", 10
TIMEOUT = 480  # minutes, from Glue 5.0 on


class LiveJob(models.FakeJob):  # type: ignore[misc]
    """A job whose runs do something."""

    def start_job_run(self, arguments: dict[str, str] | None, **asked: Any) -> str:
        """Starts a run; returns its id.

        Raises:
            ConcurrentRunsExceededException: As many as it may have are running.
            InvalidInputException: Its version cannot run here.
        """
        _refuse(runtimes.problem_with_glue(self.glue_version, ROOT), "StartJobRun")
        worker = asked["worker_type"] or self.worker_type
        workers = asked["number_of_workers"] or self.number_of_workers
        with self.backend.lock:
            if sum(run.status in MOVING for run in self.job_runs) >= self.execution_property["MaxConcurrentRuns"]:
                raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {self.name}")
            run = LiveRun(
                self,
                job_name=self.name,
                job_run_id=asked["previous_run_id"],
                arguments={**self.default_arguments, **(arguments or {}), **(self.non_overridable_arguments or {})},
                allocated_capacity=int(workers * dpu(worker)),
                max_capacity=workers * dpu(worker),
                timeout=asked["timeout"] or self.timeout,
                worker_type=worker,
                number_of_workers=workers,
                notification_property=asked["notification_property"] or self.notification_property,
                security_configuration=asked["security_configuration"] or self.security_configuration,
            )
            self.job_runs.append(run)
        GlueRun(run).start()
        return str(run.job_run_id)

    def get_job_run(self, run_id: str) -> LiveRun:
        """A run of this job.

        Raises:
            JobRunNotFoundException: It has none of this id.
        """
        for run in self.job_runs:
            if run.job_run_id == run_id:
                return run  # type: ignore[no-any-return]
        raise JobRunNotFoundException(run_id)

    def get_job_runs(self) -> list[LiveRun]:
        """Its runs, the newest first."""
        return self.job_runs[::-1]  # type: ignore[no-any-return]


class LiveGlue(models.GlueBackend):  # type: ignore[misc]
    """Glue in one region."""

    options: ClassVar[Options]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()

    @property
    def _url_module(self) -> Any:
        return urls  # moto would look for them beside this module

    def reset(self) -> None:
        """Forgets everything; what runs is ended."""
        for run in [run for job in self.jobs.values() for run in job.job_runs]:
            run.stopping.set()
        super().reset()

    def create_job(self, name: str, **given: Any) -> None:
        """Makes a job.

        Raises:
            AlreadyExistsException: There is one of this name.
            InvalidInputException: Glue, or this account, would not run it.
        """
        with self.lock:
            if name in self.jobs:
                raise AlreadyExistsException("Job")
            self.jobs[name] = LiveJob(name=name, **checked(given), backend=self)

    def update_job(self, name: str, **given: Any) -> None:
        """Replaces the whole definition of a job; its runs stay.

        Raises:
            InvalidInputException: Glue, or this account, would not run it.
        """
        with self.lock:
            old = self.get_job(name)
            new = LiveJob(name=name, **checked(given), backend=self)
            new.created_on, new.job_runs = old.created_on, old.job_runs
            self.jobs[name] = new

    def stop_job_run(self, name: str, run_id: str) -> str:
        """Stops a run; returns why it cannot be, or an empty text."""
        run = self.get_job_run(name, run_id)
        with self.lock:
            if run.status not in MOVING:
                return f"JobRun {run_id} is not in a stoppable state: {run.status}"
            run.move("STOPPING")
        run.stopping.set()
        return ""


def dpu(worker_type: str) -> float:
    """What a worker counts for."""
    return DPU.get(worker_type) or float(worker_type.split(".")[-1].rstrip("X"))


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """A job's definition with Glue's defaults.

    Raises:
        InvalidInputException: It is none that could run.
    """
    command = given["command"] or {}
    version = given["glue_version"] or runtimes.GLUE_DEFAULT
    if command.get("Name") != "glueetl":
        _refuse(f"local_aws runs jobs of the command glueetl only, not {command.get('Name')!r}", "CreateJob")
    if not command.get("ScriptLocation"):
        _refuse("Command.ScriptLocation is missing", "CreateJob")
    if version not in runtimes.GLUE:
        _refuse(runtimes.problem_with_glue(version, ROOT), "CreateJob")
    if given["max_capacity"] or given["allocated_capacity"]:
        _refuse(
            f"MaxCapacity is not supported for Glue version {version}: set WorkerType and NumberOfWorkers", "CreateJob"
        )
    worker, workers = given["worker_type"] or DEFAULT_WORKER, given["number_of_workers"] or DEFAULT_WORKERS
    return {
        **given,
        "glue_version": version,
        "worker_type": worker,
        "number_of_workers": workers,
        "max_capacity": workers * dpu(worker),
        "timeout": given["timeout"] or TIMEOUT,
        "execution_property": {"MaxConcurrentRuns": 1, **(given["execution_property"] or {})},
    }


def update_job(response: Any) -> ActionResult:
    """UpdateJob."""
    name, update = response.parameters["JobName"], response.parameters["JobUpdate"]
    fields = {field: update.get(key) for key, field in FIELDS.items()}
    response.glue_backend.update_job(name, **fields, tags=None)
    return ActionResult({"JobName": name})


def batch_stop_job_run(response: Any) -> ActionResult:
    """BatchStopJobRun."""
    name = response.parameters["JobName"]
    stopped, errors = [], []
    for run_id in response.parameters["JobRunIds"]:
        try:
            code, problem = "InvalidInputException", response.glue_backend.stop_job_run(name, run_id)
        except JobRunNotFoundException as error:
            code, problem = "EntityNotFoundException", error.message
        ids = {"JobName": name, "JobRunId": run_id}
        if problem:
            errors.append({**ids, "ErrorDetail": {"ErrorCode": code, "ErrorMessage": problem}})
        else:
            stopped.append(ids)
    return ActionResult({"SuccessfulSubmissions": stopped, "Errors": errors})


def install(options: Options) -> None:
    """Puts this in place of moto's Glue."""
    LiveGlue.options = options
    models.glue_backends.backend = LiveGlue
    glue_catalog.install()
    GlueResponse.update_job = update_job
    GlueResponse.batch_stop_job_run = batch_stop_job_run


def _refuse(problem: str, operation: str) -> None:
    if problem:
        raise InvalidInputException(operation, problem)


FIELDS = {  # of JobUpdate, and as moto calls them
    "Role": "role",
    "Command": "command",
    "Description": "description",
    "LogUri": "log_uri",
    "ExecutionProperty": "execution_property",
    "DefaultArguments": "default_arguments",
    "NonOverridableArguments": "non_overridable_arguments",
    "Connections": "connections",
    "MaxRetries": "max_retries",
    "AllocatedCapacity": "allocated_capacity",
    "Timeout": "timeout",
    "MaxCapacity": "max_capacity",
    "SecurityConfiguration": "security_configuration",
    "NotificationProperty": "notification_property",
    "GlueVersion": "glue_version",
    "NumberOfWorkers": "number_of_workers",
    "WorkerType": "worker_type",
    "CodeGenConfigurationNodes": "code_gen_configuration_nodes",
    "ExecutionClass": "execution_class",
    "SourceControlDetails": "source_control_details",
}
