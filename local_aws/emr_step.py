"""One step of a cluster: a spark-submit, or another program, and where its logs go."""

import gzip
import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local_aws import logs, spark
from local_aws.clients import Files, JobError
from local_aws.emr_records import LiveCluster, LiveStep
from local_aws.options import Options
from local_aws.processes import JOBS, STDERR, STDOUT, Job, Outcome
from local_aws.runtimes import EMR
from local_aws.submit_options import ARCHIVES, SubmitOptions, read

LOOK = 0.2  # seconds between two looks at a running step
RUNNER = "command-runner.jar"
ENV = "spark.yarn.appMasterEnv."
ATTEMPTS = 2  # yarn.resourcemanager.am.max-attempts
EVENTS = "events"  # Spark's log of them begins when a SparkContext does
NO_CONTEXT = "AM Container exited with exitCode: 13: User did not initialize spark context!"
CONTROLLER = "controller"
LOGS = (CONTROLLER, STDERR, STDOUT)


class Result:
    """What a step came to."""

    def __init__(self, state: str, reason: str | None = None, failure: Mapping[str, str] | None = None) -> None:
        self.state = state
        self.reason = reason
        self.failure = failure


@dataclass(frozen=True)
class Launch:
    """What is started for a step.

    Attributes:
        command: The command.
        variables: Its environment.
        limit: Bytes of memory.
        attempts: How often it may fail.
        on_yarn: Whether it is an application of which YARN runs the driver.
    """

    command: list[str]
    variables: dict[str, str]
    limit: int
    attempts: int = 1
    on_yarn: bool = False


class StepRun:
    """Carries out a step in a thread of its own."""

    def __init__(self, cluster: LiveCluster, step: LiveStep, options: Options, done: Callable[[], None]) -> None:
        self.step = step
        self.result: Result | None = None
        self._cluster = cluster
        self._options = options
        self._region = cluster.emr_backend.region_name
        self._runtime = EMR[cluster.release_label]
        self._folder = options.state / "emr" / cluster.id / step.id
        self._done = done

    def start(self) -> None:
        """Begins, and returns; `result` is there when it has ended."""
        threading.Thread(target=self._carry_out, name=self.step.id, daemon=True).start()

    def _carry_out(self) -> None:
        self._folder.mkdir(parents=True)
        for name in LOGS:
            (self._folder / name).touch()
        try:
            result = self._tries(self._launch())
        except JobError as error:
            result = Result("CANCELLED") if self.step.stopping.is_set() else self._failed(str(error))
        except Exception as broken:  # a step must end, whatever is wrong here
            result = self._failed(f"local_aws failed: {type(broken).__name__}: {broken}")
        self._say(f"the step is {result.state} {(result.failure or {}).get('Message', '')}")
        self._publish_logs()
        self.result = result
        self._done()

    def _tries(self, launch: Launch) -> Result:
        """Runs it, and again as often as YARN would."""
        for attempt in range(1, launch.attempts + 1):
            self._say(f"running {' '.join(launch.command)} (attempt {attempt} of {launch.attempts})")
            job = JOBS.start(self.step.id, launch.command, launch.variables, self._folder, launch.limit)
            result = self._verdict(job, self._follow(job), launch)
            if result.state != "FAILED":
                break
        return result

    def _launch(self) -> Launch:
        """Fetches what the step needs.

        Raises:
            JobError: Something that it needs is not there.
        """
        if self.step.jar.rpartition("/")[2] != RUNNER:
            raise JobError(f"local_aws runs steps of {RUNNER} only, not {self.step.jar!r}")
        if not self.step.args:
            raise JobError(f"{RUNNER} was given no program")
        program, *arguments = self.step.args
        # No region: an instance has one, but boto3 does not ask for it.
        variables = spark.variables(self.step.id, None, self._runtime, self._options, self._folder)
        if program.rpartition("/")[2] == "spark-submit":
            return self._spark_submit(arguments, variables)
        found = shutil.which(program, path=variables["PATH"])
        if found is None:
            raise JobError(f'Cannot run program "{program}": error=2, No such file or directory')
        return Launch([found, *arguments], variables, spark.memory_limit(spark.DEFAULTS))

    def _spark_submit(self, arguments: list[str], variables: dict[str, str]) -> Launch:
        files = Files(self.step.id, self._region, self._options.url)
        try:
            asked = read(arguments)
            settings = {**self._cluster_settings(), **asked.settings}
            attempts, of_yarn = 1, {}
            if asked.in_cluster:
                self._make_container(files, asked, variables)
                attempts = min(int(settings.get("spark.yarn.maxAppAttempts", ATTEMPTS)), ATTEMPTS)
                (self._folder / EVENTS).mkdir()
                of_yarn = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": (self._folder / EVENTS).as_uri()}
            command, limit = spark.submit(
                self._runtime,
                self._options,
                self._region,
                self._folder,
                self._local(files, asked.script, "script"),
                asked.arguments,
                settings={**settings, **of_yarn},
                more=self._more(files, asked),
            )
            return Launch(command, variables, limit, attempts, on_yarn=asked.in_cluster)
        except ValueError as error:
            raise JobError(f"spark-submit: {error}") from error

    def _make_container(self, files: Files, asked: SubmitOptions, variables: dict[str, str]) -> None:
        """What YARN does for the driver: its archives are unpacked where it runs, and the variables meant for it are set."""
        for uri in asked.files.get(ARCHIVES, []):
            archive = self._local(files, uri, "archives")
            shutil.unpack_archive(archive, self._folder / (uri.partition("#")[2] or archive.name))
        variables.update(
            HOME="/home/",
            CONTAINER_ID=f"container_{self.step.id}_01_000001",
            LOCAL_DIRS=variables["SPARK_LOCAL_DIRS"],
            SPARK_YARN_STAGING_DIR=(self._folder / ".sparkStaging").as_uri(),
        )
        given = {name.removeprefix(ENV): text for name, text in asked.settings.items() if name.startswith(ENV)}
        if "PYTHONPATH" in given:  # YARN puts its own behind it
            given["PYTHONPATH"] += os.pathsep + variables["PYTHONPATH"]
        variables.update(given)

    def _more(self, files: Files, asked: SubmitOptions) -> list[str]:
        """The other options, with the files that they name fetched."""
        more = list(asked.flags)
        for name, uris in asked.files.items():
            if name == ARCHIVES and asked.in_cluster:
                continue  # they are unpacked already
            fetched = [(self._local(files, uri, name.lstrip("-")), uri.partition("#")[2]) for uri in uris]
            more += [name, ",".join(f"{path}#{alias}" if alias else str(path) for path, alias in fetched)]
        return more

    def _local(self, files: Files, uri: str, place: str) -> Path:
        return files.fetch(uri, self._folder / place) if uri.startswith("s3") else Path(uri)

    def _cluster_settings(self) -> dict[str, str]:
        """The classification spark-defaults of the cluster."""
        found: dict[str, str] = {}
        for configuration in self._cluster.configurations:
            if configuration.get("Classification") == "spark-defaults":
                properties = configuration.get("Properties") or {}
                found.update(properties.original_dict() if hasattr(properties, "original_dict") else properties)
        return found

    def _follow(self, job: Job) -> Outcome:
        while not job.wait(LOOK):
            if self.step.stopping.is_set():
                job.stop()
        return job.outcome()

    def _verdict(self, job: Job, outcome: Outcome, launch: Launch) -> Result:
        self._say(f"Command exiting with ret '{outcome.code}'")
        if outcome.ended_by == "memory":
            return self._failed(job.beyond_limit(outcome))
        if outcome.ended_by == "stop":
            return Result("CANCELLED", "Job terminated")
        if outcome.status == 0:
            made_one = not launch.on_yarn or any((self._folder / EVENTS).iterdir())
            return Result("COMPLETED") if made_one else self._failed(NO_CONTEXT)
        if outcome.killed:
            return self._failed(f"Command exiting with ret '{outcome.code}'")
        errors = self._folder / STDERR
        message = logs.last_error(errors) or logs.last_line(errors)
        return self._failed(message or f"Command exiting with ret '{outcome.status}'")

    def _failed(self, message: str) -> Result:
        failure = {"Reason": "Unknown Error.", "Message": message}
        if self._cluster.log_uri:
            failure["LogFile"] = self._log_uri(STDERR)
        return Result("FAILED", failure=failure)

    def _log_uri(self, name: str) -> str:
        return f"{self._cluster.log_uri.rstrip('/')}/{self._cluster.id}/steps/{self.step.id}/{name}.gz"

    def _say(self, text: str) -> None:
        with (self._folder / CONTROLLER).open("a") as file:
            file.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} INFO {text}\n")

    def _publish_logs(self) -> None:
        """Writes the logs under LogUri, in the cluster's name. As on AWS the step goes on when that cannot be."""
        if not self._cluster.log_uri:
            return
        files = Files(self._cluster.id, self._region, self._options.url)
        try:
            for name in LOGS:
                files.put(self._log_uri(name), gzip.compress((self._folder / name).read_bytes()))
        except JobError as error:
            print(f"local AWS: logs of {self.step.id}: {error}", file=sys.stderr)
