"""A lake in a bucket: the jobs are run on it, and what they left is read by the receipts, with boto3 and pyarrow alone."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from lake.__main__ import main
from lake.jobs.aggregates import AGGREGATES_JOB
from lake.jobs.options import JobOptions, parse_options
from lake.jobs.run import run_job
from lake.jobs.trips import TRIPS_JOB
from tests.fixtures_s3 import ENVIRONMENT
from tests.jobs.lakes import Ran, captured
from tests.jobs.shipped import Shipment
from tests.jobs_s3.jars import ROOT, s3_jars

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

GLUE, EMR = "glue/nyc_raw_to_transform.py", "emr/nyc_aggregations.py"
JOBS = {GLUE: TRIPS_JOB, EMR: AGGREGATES_JOB}
PLACES = {
    "raw": "raw/green",
    "transformed": "transformed/green",
    "quarantine": "quarantine/green",
    "aggregates": "aggregate/rides",
}


class Done(Ran):
    """A run that ended."""

    @property
    def errors(self) -> list[str]:
        """What it wrote to standard error, but for its progress, which is indented."""
        return [line for line in self.err.splitlines() if not line.startswith("  ")]

    @property
    def line(self) -> str:
        """The one line that it wrote to standard error."""
        assert len(self.errors) == 1, self.err
        return self.errors[0]


def _done(work: Callable[[], int]) -> Done:
    ran = captured(work)
    return Done(ran.status, ran.out, ran.err)


@dataclass(frozen=True)
class S3Lake:
    """A bucket with raw files, trips, quarantine and aggregates."""

    s3: "S3Client"
    bucket: str

    def put(self, key: str, body: bytes) -> str:
        """Puts an object past the proxy; returns its ETag."""
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)["ETag"].strip('"')

    def put_raw(self, name: str, body: bytes) -> str:
        """Puts a raw file; returns its ETag."""
        return self.put(f"{PLACES['raw']}/{name}", body)

    def get(self, key: str) -> bytes:
        """An object's bytes."""
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def objects(self, prefix: str = "") -> dict[str, tuple[str, datetime]]:
        """ETag and time of each object."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        found = [item for page in pages for item in page.get("Contents", [])]
        return {item["Key"]: (item["ETag"], item["LastModified"]) for item in found}

    def runs(self, place: str = "transformed") -> set[str]:
        """The runs that left files in a data set."""
        keys = self.objects(f"{PLACES[place]}/run=")
        return {key.removeprefix(f"{PLACES[place]}/run=").split("/")[0] for key in keys}

    def receipts(self, place: str = "transformed") -> dict[str, dict[str, Any]]:
        """Each month's receipt."""
        return {Path(key).stem: json.loads(self.get(key)) for key in sorted(self._receipt_keys(place))}

    def receipt_etags(self, place: str = "transformed") -> dict[str, str]:
        """What stands for the bytes of each receipt."""
        return {Path(key).stem: etag for key, etag in self._receipt_keys(place).items()}

    def _receipt_keys(self, place: str) -> dict[str, str]:
        """The keys of the receipts with their ETags, without those that were replaced."""
        found = self.objects(f"{PLACES[place]}/_receipts/")
        return {key: etag for key, (etag, _) in found.items() if "/replaced/" not in key}

    def rows(self, month: str, place: str = "transformed") -> list[dict[str, Any]]:
        """The rows that a month's receipt names. Its files are all that lies in the month's folder, to the byte."""
        book = "transformed" if place == "quarantine" else place
        receipt = self.receipts(book)[month]
        files = receipt["quarantine_files" if place == "quarantine" else "files"]
        folder = f"{PLACES[place]}/run={receipt['run']}/month={month}/"
        assert set(self.objects(folder)) == {f"{PLACES[place]}/{file['path']}" for file in files}
        rows: list[dict[str, Any]] = []
        for file in files:
            body = self.get(f"{PLACES[place]}/{file['path']}")
            found = pq.read_table(io.BytesIO(body)).to_pylist()
            assert (len(body), len(found)) == (file["size"], file["rows"])
            rows += found
        return rows

    def options(self, script: str, *more: str) -> list[str]:
        """The arguments of a job, its own name first."""
        names = [location.name for location in JOBS[script].required]
        located = [text for name in names for text in (f"--{name}", f"s3://{self.bucket}/{PLACES[name]}")]
        # What comes last counts: a test may send a data set to another bucket.
        return [script, *located, *more]

    def parsed(self, script: str, *more: str) -> JobOptions:
        """The options as the job's function takes them."""
        return parse_options(self.options(script, *more), JOBS[script].reads, JOBS[script].writes, (), "a job")

    def run(self, script: str, *more: str) -> Done:
        """Runs a job as its script does, in this process."""
        return _done(lambda: run_job(self.options(script, *more), JOBS[script], "a job"))

    def command(self, *words: str) -> Done:
        """Runs a command of `python -m lake`, in this process."""
        return _done(lambda: main(words))

    def trips(self, *more: str) -> Done:
        """Runs the Glue job in this process."""
        return self.run(GLUE, *more)

    def rides(self, *more: str) -> Done:
        """Runs the EMR job in this process."""
        return self.run(EMR, *more)

    def submit(self, script: str, *more: str, url: str, shipment: Shipment) -> "subprocess.Popen[str]":
        """Starts a job by spark-submit, in a process group of its own, as it is shipped and where the clocks are New York's."""
        settings = {
            "spark.jars": s3_jars(),
            "spark.master": "local[2]",
            "spark.driver.memory": "1g",
            "spark.sql.shuffle.partitions": "2",
            "spark.local.dir": str(shipment.folder / "local"),
        }
        return subprocess.Popen(
            [*shipment.command(script, settings), *self.options(script, *more)[1:]],
            cwd=shipment.folder,
            env={**environment(url), **shipment.environment, "TZ": "America/New_York"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def submitted(self, script: str, *more: str, url: str, shipment: Shipment) -> Done:
        """Runs a job by spark-submit to its end."""
        with self.submit(script, *more, url=url, shipment=shipment) as process:
            out, err = process.communicate(timeout=240)
        return Done(process.returncode, out, err)

    def without_spark(self, script: str, *more: str, url: str, **changes: str | None) -> Done:
        """Runs a job by `python` where no Spark can be started."""
        env = {**environment(url), "SPARK_HOME": "/nonexistent", **changes}
        done = subprocess.run(
            [sys.executable, *self.options(script, *more)],
            cwd=ROOT,
            env={name: value for name, value in env.items() if value is not None},
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Done(done.returncode, done.stdout, done.stderr)


def environment(url: str) -> Mapping[str, str]:
    """The environment of a process whose AWS is at an address."""
    others = re.compile("AWS_|PYSPARK_|SPARK_(?!SUBMIT_OPTS$)")
    ours = {name: value for name, value in os.environ.items() if not others.match(name)}
    return {**ours, **ENVIRONMENT, "AWS_ENDPOINT_URL": url, "PYSPARK_PYTHON": sys.executable}
