"""Records what the DAGs and jobs ask of AWS, for the test of the roles: runs the pipeline in a local account.

    .venv/bin/python -m tests.deploy.record_calls [calls.json]

It takes some minutes, and needs `make setup setup-airflow s3-jars`. What is kept of a call is who made it, what it asks for
and what a policy may look at; run ids, file names and the like are made alike, and of equal calls one is kept.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.client import Config

from demo.airflow import Airflow
from local_aws import account
from local_aws.account import Account
from schemas.datasets import AGGREGATES, LOCATIONS
from tests.deploy import for_moto
from tests.deploy.host_settings import remote_logging
from tests.deploy.policies import STACK
from tests.deploy.recorded import CALLS, role_of
from tests.factories import csv_layout, csv_line

RUN_WITHIN = 600.0  # seconds
C7 = csv_layout("C7")  # of 2017 and 2018
# What differs from one recording to the next, and no policy looks at.
ALIKE = (
    (r'run=[^/"]+', "run=RUN"),
    (r'part-[^/"]+\.parquet', "part-N.parquet"),
    (r'_temporary/[^"]+', "_temporary/..."),
    (r'__magic[^/"]*/[^"]+', "__magic/..."),
    (r"\.spark-staging-[0-9a-f-]+", ".spark-staging"),
    (r"data_pipeline [^\"]+", "data_pipeline RUN"),
    (r"releases/[0-9a-f]{12}", "releases/RELEASE"),
    (r"emr/j-[A-Z0-9]+", "emr/j-CLUSTER"),
    (r"steps/s-[A-Z0-9]+", "steps/s-STEP"),
    (r"airflow/dag_id=[^\"]+", "airflow/TASK.log"),
)
# The collector's own code without the command's lower limit for the grace period: what it deletes must be days old.
EXPIRE = """
import os
from datetime import timedelta
from lake.operate.expiry import expired
from lake.operate.status import Lake
from lake.publication.orphans import remove
from schemas.datasets import LOCATIONS
orphans, _ = expired(Lake({one.name: os.environ[one.name] for one in LOCATIONS}), timedelta(seconds=-1))
for orphan in orphans:
    remove(orphan)
"""


class Recorder:
    """The pipeline under observation."""

    def __init__(self, aws: Account, airflow: Airflow, where: dict[str, str]) -> None:
        self._aws, self._airflow, self._where = aws, airflow, where
        services: Any = boto3.session.Session()
        # Without a checksum of boto3's own S3 makes one of its kind, and the next version of a file is looked at for it.
        self._s3 = services.client("s3", config=Config(request_checksum_calculation="when_required"))
        self._glue, self._emr = (services.client(name) for name in ("glue", "emr"))
        self.kept: set[str] = set()

    def watch(self, principal: str, work: Callable[[], object]) -> None:
        """Keeps the calls that are made meanwhile: a job's own as its own, all others as the principal's."""
        before = len(self._aws.calls())
        work()
        for call in self._aws.calls()[before:]:
            self._keep(role_of(call["caller"]) or principal, call)

    def run(self, dag: str, state: str = "success") -> None:
        run_id = self._airflow.trigger(dag, {})
        found = self._airflow.wait(dag, run_id, RUN_WITHIN)
        print(f"{dag}: {found}", self._airflow.task_states(dag, run_id), file=sys.stderr)  # noqa: T201
        if found != state:
            raise RuntimeError(f"{dag} is {found}, expected {state}")

    def nights(self) -> None:
        """What a pipeline lives through: first deployment, a month, a second version of it, bad files, old clusters."""
        self.watch("AirflowRole", lambda: self.run("deploy_entrypoints"))
        self.put("2017-01", "1", "2", "bad")  # a line for the quarantine, among enough good ones
        self.watch("AirflowRole", lambda: self.run("data_pipeline"))
        self._spoil()
        self.watch("AirflowRole", lambda: self.run("deploy_entrypoints"))
        self.put("2017-01", "3", "4", "bad")
        self._s3.put_object(**self.place("raw", "green_tripdata_2017-02.csv"), Body=b"no header\r\n")
        self._leave_cluster()
        self.watch("AirflowRole", lambda: self.run("data_pipeline", "failed"))
        self.put("2017-02", "5")
        self.watch("AirflowRole", lambda: self.run("data_pipeline"))
        self.watch("AirflowRole", lambda: self.run("data_pipeline"))  # nothing to do
        self.loaded()
        self.watch("CollectorRole", lambda: exec(compile(EXPIRE, "expire", "exec"), {}))

    def place(self, data_set: str, name: str) -> dict[str, str]:
        bucket, _, prefix = self._where[data_set].removeprefix("s3://").partition("/")
        return {"Bucket": bucket, "Key": f"{prefix}/{name}"}

    def put(self, month: str, *fares: str) -> None:
        values = [*fares, *["7"] * 20]
        lines = [
            csv_line(
                C7,
                lpep_pickup_datetime=f"{month}-05 08:15:00",
                lpep_dropoff_datetime=f"{month}-05 08:40:00",
                fare_amount=fare,
            )
            for fare in values
        ]
        text = C7.header + C7.header_end + "".join(f"{line}\r\n" for line in [*C7.blank_lines, *lines])
        self._s3.put_object(**self.place("raw", f"green_tripdata_{month}.csv"), Body=text.encode())

    def loaded(self) -> None:
        """COPY reads in the local Redshift's own process, past the record: so what the manifest names is added."""
        for aggregate in AGGREGATES:
            manifest = self.place(aggregate.location.name, "_manifest.json")
            entries = json.loads(self._s3.get_object(**manifest)["Body"].read())["entries"]
            for uri in (f"s3://{manifest['Bucket']}/{manifest['Key']}", *(entry["url"] for entry in entries)):
                call = {"service": "s3", "action": "GetObject", "resource": uri.removeprefix("s3://"), "status": 200}
                self._keep("RedshiftRole", call)

    def _spoil(self) -> None:
        """As an older release would have left them: a job and a table that differ."""
        job = self._glue.get_job(JobName=self._where["glue_job"])["Job"]
        wanted = {name: job[name] for name in ("Role", "Command", "GlueVersion", "WorkerType", "NumberOfWorkers")}
        self._glue.update_job(JobName=self._where["glue_job"], JobUpdate={**wanted, "Timeout": 7})
        table = self._glue.get_table(DatabaseName=self._where["catalog"], Name="green")["Table"]
        kept = {name: table[name] for name in ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")}
        self._glue.update_table(DatabaseName=self._where["catalog"], TableInput={**kept, "Description": "old"})

    def _leave_cluster(self) -> None:
        """A cluster of an earlier run, whose worker has died."""
        tags = {
            "airflow-dag": "data_pipeline",
            "airflow-run": "earlier",
            "green-taxi-lake": self._where["aggregates"],
        }
        self._emr.run_job_flow(
            Name=f"{STACK} data_pipeline earlier",
            ReleaseLabel="emr-spark-8.1.0",
            Instances={"KeepJobFlowAliveWhenNoSteps": True, "InstanceCount": 1, "MasterInstanceType": "m7g.xlarge"},
            LogUri=f"{self._where['logs']}/emr/",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )

    def _keep(self, principal: str, call: dict[str, Any]) -> None:
        about = call.get("about", {})
        about.get("Tags", {}).pop("airflow-run", None)
        kept = {
            "principal": principal,
            "call": f"{call['service']}:{call['action']}",
            **({"resource": call["resource"]} if call["resource"] else {}),
            **({"about": about} if about else {}),
            **({"missing": True} if call["status"] == 404 else {}),
        }
        text = json.dumps(kept, sort_keys=True)
        for pattern, same in ALIKE:
            text = re.sub(pattern, same, text)
        self.kept.add(text)


def set_up(environment: dict[str, str]) -> dict[str, str]:
    """The stack in the local account, as far as moto makes it; returns the Airflow variable."""
    os.environ.update(environment)
    services: Any = boto3.session.Session()
    cloudformation, glue = (services.client(name) for name in ("cloudformation", "glue"))
    image = [{"ParameterKey": "AirflowImage", "ParameterValue": "ami-0123456789abcdef0"}]
    cloudformation.create_stack(StackName=STACK, TemplateBody=for_moto.body(), Parameters=image)
    outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    where: dict[str, str] = json.loads(next(one["OutputValue"] for one in outputs if one["OutputKey"] == "GreenTaxi"))
    glue.create_database(DatabaseInput={"Name": where["catalog"]})  # of the template, which moto does not make
    return where


def main(path: Path) -> None:
    """Records, and writes the calls."""
    with tempfile.TemporaryDirectory() as folder, account.start(log=Path(folder, "account.log")) as aws:
        where = set_up(aws.environment)
        os.environ.update({location.name: where[location.name] for location in LOCATIONS})
        airflow = Airflow(Path(folder, "airflow"), aws.environment, where)
        airflow.environment.update(remote_logging(where["logs"]))
        with airflow:
            for dag in ("deploy_entrypoints", "data_pipeline"):
                airflow.unpause(dag)
            recorder = Recorder(aws, airflow, where)
            recorder.nights()
    calls = [json.loads(one) for one in recorder.kept]
    calls.sort(key=lambda call: (call["principal"], call["call"], json.dumps(call)))
    path.write_text("[\n" + ",\n".join(json.dumps(call) for call in calls) + "\n]\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CALLS)
