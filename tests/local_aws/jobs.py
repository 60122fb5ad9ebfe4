"""Jobs and steps for tests: started through the API, followed by the API."""

import gzip
import itertools
import os
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

CURRENT = version("pyspark").startswith("4.")
GLUE_VERSION, EMR_RELEASE = ("6.0", "emr-spark-8.1.0") if CURRENT else ("5.1", "emr-7.13.0")
SPARK = version("pyspark")
MOVING = {"STARTING", "RUNNING", "STOPPING"}
OPEN = {"PENDING", "RUNNING", "CANCEL_PENDING"}
_numbers = itertools.count(1)


def wait_for(look: Callable[[], Any], wanted: Callable[[Any], Any], seconds: float = 200.0) -> Any:
    """Looks until what is seen is wanted; returns it."""
    deadline = time.monotonic() + seconds
    while not wanted(seen := look()):
        assert time.monotonic() < deadline, f"after {seconds} s still {seen}"
        time.sleep(0.05)
    return seen


def processes(text: str) -> set[int]:
    """Living processes with a text in their command line or, as all that a job starts has, in their environment."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and any(
                text.encode() in (entry / name).read_bytes() for name in ("cmdline", "environ")
            ):
                found.add(int(entry.name))
        except OSError:
            continue
    return found - {os.getpid()}


class Glue:
    """Glue with a bucket for its scripts."""

    def __init__(self, client: Any, s3: Any, logs: Any, bucket: str) -> None:
        self.client, self.s3, self.logs, self.bucket = client, s3, logs, bucket
        self._runs: list[tuple[str, str]] = []

    def put(self, key: str, body: str | bytes) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def definition(self, script: str, **more: Any) -> dict[str, Any]:
        uri = self.put(f"scripts/{next(_numbers)}.py", script)
        return {
            "Role": "arn:aws:iam::123456789012:role/glue",
            "Command": {"Name": "glueetl", "ScriptLocation": uri},
            "GlueVersion": GLUE_VERSION,
            "WorkerType": "G.1X",
            "NumberOfWorkers": 2,
            **more,
        }

    def job(self, script: str, **more: Any) -> str:
        name = f"job-{next(_numbers)}"
        self.client.create_job(Name=name, **self.definition(script, **more))
        return name

    def start(self, name: str, **more: Any) -> str:
        run = str(self.client.start_job_run(JobName=name, **more)["JobRunId"])
        self._runs.append((name, run))
        return run

    def get(self, name: str, run: str) -> Any:
        return self.client.get_job_run(JobName=name, RunId=run)["JobRun"]

    def wait(self, name: str, run: str, states: Iterable[str] = ()) -> Any:
        """Waits for one of these states, or the end."""
        return wait_for(
            lambda: self.get(name, run),
            lambda seen: seen["JobRunState"] in states or seen["JobRunState"] not in MOVING,
        )

    def run(self, script: str, arguments: dict[str, str] | None = None, **more: Any) -> Any:
        """Runs a script to its end."""
        name = self.job(script, **more)
        return self.wait(name, self.start(name, Arguments=arguments or {}))

    def log(self, run: dict[str, Any], stream: str = "output") -> list[str]:
        events = self.logs.get_log_events(
            logGroupName=f"{run['LogGroupName']}/{stream}", logStreamName=run["Id"], startFromHead=True
        )
        return [event["message"] for event in events["events"]]

    def end_all(self) -> None:
        for name, run in self._runs:
            self.client.batch_stop_job_run(JobName=name, JobRunIds=[run])
            self.wait(name, run)


class Emr:
    """EMR with a bucket for scripts and logs."""

    def __init__(self, client: Any, s3: Any, bucket: str) -> None:
        self.client, self.s3, self.bucket = client, s3, bucket
        self._clusters: list[str] = []

    def put(self, key: str, body: str | bytes) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def cluster(self, *steps: dict[str, Any], keep: bool = True, protected: bool = False, **more: Any) -> str:
        asked = {
            "Name": "test",
            "ReleaseLabel": EMR_RELEASE,
            "LogUri": f"s3://{self.bucket}/logs/",
            "Instances": {
                "KeepJobFlowAliveWhenNoSteps": keep,
                "TerminationProtected": protected,
                "InstanceGroups": [{"InstanceRole": "MASTER", "InstanceType": "m7g.xlarge", "InstanceCount": 1}],
            },
            "ServiceRole": "EMR_DefaultRole",
            "JobFlowRole": "EMR_EC2_DefaultRole",
            "Steps": list(steps),
            **more,
        }
        cluster = str(self.client.run_job_flow(**asked)["JobFlowId"])
        self._clusters.append(cluster)
        return cluster

    def add(self, cluster: str, *steps: dict[str, Any]) -> Any:
        return self.client.add_job_flow_steps(JobFlowId=cluster, Steps=list(steps))["StepIds"]

    def get(self, cluster: str) -> Any:
        return self.client.describe_cluster(ClusterId=cluster)["Cluster"]

    def state(self, cluster: str) -> Any:
        return self.get(cluster)["Status"]["State"]

    def step(self, cluster: str, step: str) -> Any:
        return self.client.describe_step(ClusterId=cluster, StepId=step)["Step"]["Status"]

    def steps(self, cluster: str) -> list[str]:
        """The states of the steps, the first first."""
        return [step["Status"]["State"] for step in reversed(self.client.list_steps(ClusterId=cluster)["Steps"])]

    def wait(self, cluster: str, *states: str) -> Any:
        return wait_for(lambda: self.get(cluster), lambda seen: seen["Status"]["State"] in states)

    def wait_step(self, cluster: str, step: str, *states: str) -> Any:
        """Waits for one of these states, or the end."""
        return wait_for(
            lambda: self.step(cluster, step), lambda seen: seen["State"] in states or seen["State"] not in OPEN
        )

    def log(self, cluster: str, step: str, name: str) -> str:
        key = f"logs/{cluster}/steps/{step}/{name}.gz"
        return gzip.decompress(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()).decode()

    def end_all(self) -> None:
        if self._clusters:
            self.client.set_termination_protection(JobFlowIds=self._clusters, TerminationProtected=False)
            self.client.terminate_job_flows(JobFlowIds=self._clusters)
        for cluster in self._clusters:
            self.wait(cluster, "TERMINATED", "TERMINATED_WITH_ERRORS")


def command(*words: str, action: str = "CONTINUE") -> dict[str, Any]:
    """A step."""
    return {
        "Name": "test",
        "ActionOnFailure": action,
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(words)},
    }


def shell(text: str, action: str = "CONTINUE") -> dict[str, Any]:
    """A step that needs no Spark."""
    return command("bash", "-c", text, action=action)
