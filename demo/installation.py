"""The whole pipeline on this machine: a local account, a real Airflow, the DAGs deployed, files to work on."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from data_samples.samples import make_samples
from demo.airflow import DEPLOY, PIPELINE, Airflow
from demo.airflow_api import FINISHED
from demo.costs import Usage, usage_between
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Receipt
from lake.storage import normalise, storage_of
from local_aws.account import Account

RUN_WITHIN = 600.0  # seconds
EVERY = 1.0  # between two looks at a run
RUNNING = ("running", "deferred")
STARTS = ("StartJobRun", "RunJobFlow")  # the calls that cost money


class Lake:
    """The lake and the warehouse in the account that this process's variables name."""

    def __init__(self, variable: dict[str, str]) -> None:
        self.variable = variable
        services: Any = boto3.session.Session()  # its types ask for the name of each service
        self.clients = {name: services.client(name) for name in ("s3", "glue", "emr", "redshift-data")}

    def put(self, file: Path) -> str:
        """Puts a file where the raw files lie; returns its location."""
        bucket, prefix = self.place("raw")
        self.clients["s3"].upload_file(str(file), bucket, f"{prefix}/{file.name}")
        return f"s3://{bucket}/{prefix}/{file.name}"

    def objects(self, name: str) -> list[str]:
        """The objects of a location of the variable, a line each: bytes, and where it lies."""
        bucket, prefix = self.place(name)
        pages = self.clients["s3"].get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
        found = [entry for page in pages for entry in page.get("Contents", [])]
        return [f"{entry['Size']:>12,}  s3://{bucket}/{entry['Key']}" for entry in found]

    def place(self, name: str) -> tuple[str, str]:
        """Bucket and prefix of a location of the variable."""
        parts = urlsplit(self.variable[name])
        return parts.netloc, parts.path.lstrip("/")

    def query(self, sql: str) -> list[list[Any]]:
        """Asks Redshift through its Data API; returns the rows.

        Raises:
            RuntimeError: Redshift refused it.
        """
        redshift = self.clients["redshift-data"]
        workgroup, database = self.variable["redshift_workgroup"], self.variable["redshift_database"]
        statement = redshift.execute_statement(WorkgroupName=workgroup, Database=database, Sql=sql)["Id"]
        while (said := redshift.describe_statement(Id=statement))["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
            time.sleep(0.1)
        if said["Status"] != "FINISHED":
            raise RuntimeError(f"Redshift: {said.get('Error', said['Status'])}")
        records = redshift.get_statement_result(Id=statement)["Records"]
        return [[None if "isNull" in value else next(iter(value.values())) for value in record] for record in records]


@dataclass
class Installation:
    """What the demo has at hand."""

    account: Account
    airflow: Airflow
    variable: dict[str, str]

    def __post_init__(self) -> None:
        self.lake = Lake(self.variable)

    def deploy(self) -> dict[str, str]:
        """Lets all DAGs run, and runs `deploy_entrypoints`; returns the release that it put in place.

        Raises:
            RuntimeError: It failed.
        """
        for dag_id in (DEPLOY, PIPELINE):
            self.airflow.unpause(dag_id)
        run_id = self.airflow.trigger(DEPLOY)
        if self.follow(DEPLOY, run_id) != "success":
            raise RuntimeError(f"{DEPLOY} failed:\n{self.failures(DEPLOY, run_id)}")
        release: dict[str, str] = self.airflow.xcom(DEPLOY, run_id, "upload_release")
        return release

    def put_samples(self, folder: Path) -> list[Path]:
        """Puts a small file in each of TLC's layouts into the raw data; returns them."""
        files = [sample.path for sample in make_samples(folder)]
        for file in files:
            self.lake.put(file)
        return files

    def follow(self, dag_id: str, run_id: str, running: Callable[[list[str]], None] | None = None) -> str:
        """Waits for the end of a run and returns its state; tells which tasks are running.

        Raises:
            TimeoutError: It has not ended.
        """
        deadline = time.monotonic() + RUN_WITHIN
        while (state := self.airflow.state(dag_id, run_id)) not in FINISHED:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{dag_id} {run_id} is {state} after {RUN_WITHIN:.0f} s")
            if running:
                states = self.airflow.task_states(dag_id, run_id)
                running([task for task, of_task in states.items() if of_task in RUNNING])
            time.sleep(EVERY)
        return state

    def failures(self, dag_id: str, run_id: str) -> str:
        """The ends of the logs of the tasks that failed."""
        states = self.airflow.task_states(dag_id, run_id)
        failed = [task for task, state in states.items() if state == "failed"]
        logs = [(task, self.airflow.task_log(dag_id, run_id, task).splitlines()[-30:]) for task in failed]
        return "\n".join("\n".join([f"-- {task}", *lines]) for task, lines in logs)

    def receipts(self) -> list[Receipt]:
        """What is published, by month."""
        root = self.variable["transformed"]
        return [held.receipt for held in ReceiptBook(storage_of(root), normalise(root)).all().values()]

    def usage(self, run_id: str) -> Usage:
        """What a finished run of `data_pipeline` used."""
        span = self.airflow.run_span(PIPELINE, run_id)
        if span.start is None or span.end is None:
            return Usage()
        return usage_between(self.lake.clients, self.variable["glue_job"], self.account.calls(), span.start, span.end)

    def starts(self) -> int:
        """How many jobs and clusters have been started so far."""
        return sum(call["action"] in STARTS for call in self.account.calls())


def adopt(environment: dict[str, str]) -> None:
    """Lets boto3 in this process find the account, and nothing of the user's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment)
