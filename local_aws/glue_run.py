"""One run of a Glue job: from its arguments to a spark-submit, and from how that ended to the state of the run."""

import shlex
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from local_aws import logs, spark
from local_aws.clients import Files, JobError
from local_aws.glue_records import LiveRun
from local_aws.options import ROOT
from local_aws.processes import JOBS, STDERR, STDOUT, Job, Outcome
from local_aws.runtimes import GLUE

LOOK = 0.2  # seconds between two looks at a running job
MINUTE = 60.0
LIBRARIES = "--extra-py-files"
JARS = "--extra-jars"
FILES = "--extra-files"
CONF = "--conf"
# What Glue itself takes from the arguments; the script sees all others.
FOR_GLUE = (LIBRARIES, JARS, FILES, CONF)


class GlueRun:
    """Carries out a run in a thread of its own."""

    def __init__(self, run: LiveRun) -> None:
        self._run = run
        self._options = run.job.backend.options
        self._region = run.job.backend.region_name
        self._streams: list[logs.Stream] = []

    def start(self) -> None:
        """Begins, and returns."""
        threading.Thread(target=self._carry_out, name=self._run.job_run_id, daemon=True).start()

    def _carry_out(self) -> None:
        try:
            job = self._launch()
            outcome, late = self._follow(job)
            state, error = self._verdict(job, outcome, late)
        except JobError as error_here:
            state, error = "FAILED", str(error_here)
        except Exception as broken:  # a run must end, whatever is wrong here
            state, error = "FAILED", f"local_aws failed: {type(broken).__name__}: {broken}"
        if self._run.stopping.is_set() and state == "FAILED":
            state, error = "STOPPED", ""
        self._run.move(state, error)

    def _launch(self) -> Job:
        """Fetches what the job needs and starts it.

        Raises:
            JobError: Something that it needs is not there, or it was stopped.
        """
        folder = self._options.state / "glue" / self._run.job_run_id
        folder.mkdir(parents=True)
        for name in (STDOUT, STDERR):
            (folder / name).touch()
        self._streams = logs.glue_streams(
            self._run.job_run_id, self._region, self._options.url, folder / STDOUT, folder / STDERR
        )
        command, limit = self._command(folder)
        if self._run.stopping.wait(self._options.delay):
            raise JobError("stopped before it ran")
        runtime = GLUE[self._run.glue_version]
        variables = spark.variables(
            *(self._run.job_run_id, self._region, runtime, self._options, folder), ROOT / runtime.venv / "awsglue"
        )
        job = JOBS.start(self._run.job_run_id, command, variables, folder, limit)
        self._run.move("RUNNING")
        return job

    def _command(self, folder: Path) -> tuple[list[str], int]:
        arguments = self._run.arguments
        files = Files(self._run.job_run_id, self._region, self._options.url)

        def fetched(option: str, place: str) -> list[str]:
            uris = filter(None, arguments.get(option, "").split(","))
            return [str(files.fetch(uri.strip(), folder / place)) for uri in uris]

        fetched(FILES, ".")
        script = files.fetch(self._run.job.command["ScriptLocation"], folder / "script")
        options = {"--py-files": fetched(LIBRARIES, "libraries"), "--jars": fetched(JARS, "jars")}
        try:
            return spark.submit(
                GLUE[self._run.glue_version],
                self._options,
                self._region,
                folder,
                script,
                self._script_arguments(),
                settings=settings_of(arguments.get(CONF, "")),
                more=[part for name, paths in options.items() if paths for part in (name, ",".join(paths))],
            )
        except ValueError as error:
            raise JobError(f"{CONF}: {error}") from error

    def _script_arguments(self) -> list[str]:
        """What Glue puts on the script's command line: its own names, then the job's and the run's."""
        own = {
            "--JOB_NAME": self._run.job_name,
            "--JOB_ID": f"j_{self._run.job_name}",
            "--JOB_RUN_ID": self._run.job_run_id,
            "--TempDir": f"s3://aws-glue-assets-{self._run.job.backend.account_id}-{self._region}/temporary/",
            "--job-bookmark-option": "job-bookmark-disable",
        }
        given = {name: value for name, value in self._run.arguments.items() if name not in FOR_GLUE}
        return [part for pair in (own | given).items() for part in pair]

    def _follow(self, job: Job) -> tuple[Outcome, bool]:
        """Waits for its end, copies its logs, ends it when it is stopped or late."""
        deadline = time.monotonic() + self._run.timeout * MINUTE / self._options.speed
        late = False
        while not job.wait(LOOK):
            late = late or time.monotonic() > deadline
            if late or self._run.stopping.is_set():
                job.stop()
            for stream in self._streams:
                stream.copy()
        outcome = job.outcome()
        for stream in self._streams:
            stream.copy(whole=True)
        return outcome, late

    def _verdict(self, job: Job, outcome: Outcome, late: bool) -> tuple[str, str]:
        if outcome.ended_by == "memory":
            return "FAILED", job.beyond_limit(outcome)
        if outcome.ended_by == "stop":
            return (
                ("TIMEOUT", f"Job run exceeded its Timeout of {self._run.timeout} minutes") if late else ("STOPPED", "")
            )
        if outcome.status == 0:
            return "SUCCEEDED", ""
        if outcome.killed:
            return "FAILED", f"Command failed with exit code {outcome.code}"
        return "FAILED", logs.last_error(job.folder / STDERR) or f"SystemExit: {outcome.status}"


def settings_of(text: str) -> Mapping[str, str]:
    """Spark's settings in the value of Glue's `--conf`: `a=1 --conf b=2`.

    Raises:
        ValueError: It is written otherwise.
    """
    found = {}
    for part in shlex.split(text):
        name, equals, value = part.partition("=")
        if part == CONF:
            continue
        if not equals:
            raise ValueError(f"expected NAME=VALUE --conf NAME=VALUE ..., found {part!r}")
        found[name] = value
    return found
