"""What `deploy_entrypoints` does to S3 and Glue. Imported inside tasks only."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow.providers.amazon.aws.hooks.glue import GlueJobHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from lake.errors import LakeError
from lake.operate.nightly import RELEASE
from lake.version import code_version, content_hash
from schemas import glue
from schemas.datasets import PUBLISHED

ARTIFACTS = Path(__file__).resolve().parent / "artifacts"
GLUE_SCRIPT, EMR_SCRIPT, PACKAGE = "nyc_raw_to_transform.py", "nyc_aggregations.py", "nyc-green-taxi.zip"
LIBRARIES = "libraries.zip"

log = logging.getLogger(__name__)


def upload_release(artifacts: str, folder: Path = ARTIFACTS) -> dict[str, str]:
    """Uploads scripts and zip, unless they are there, to `releases/HASH/`, where nothing is ever replaced.

    The libraries have a HASH of their own: they are large, and seldom change.

    Returns:
        What `release.json` is to say: where each of them lies, and the version of the code.
    """
    base = _upload(artifacts, folder, GLUE_SCRIPT, EMR_SCRIPT, PACKAGE)
    return {
        "release": base.rpartition("/")[2],
        "glue_script": f"{base}/{GLUE_SCRIPT}",
        "emr_script": f"{base}/{EMR_SCRIPT}",
        "package": f"{base}/{PACKAGE}",
        "libraries": f"{_upload(artifacts, folder, LIBRARIES)}/{LIBRARIES}",
        "code_version": code_version(),
    }


def _upload(artifacts: str, folder: Path, *names: str) -> str:
    files = {name: (folder / name).read_bytes() for name in names}
    base = f"{artifacts}/releases/{content_hash(sorted(files.items()))}"
    s3 = S3Hook(aws_conn_id=None)
    for name, body in files.items():
        bucket, key = S3Hook.parse_s3_url(f"{base}/{name}")
        if not s3.check_for_key(key, bucket):
            s3.load_bytes(body, key, bucket)
            log.info("uploaded s3://%s/%s", bucket, key)
    return base


def publish_release(artifacts: str, release: Mapping[str, str]) -> str:
    """Makes a release the current one; says whether it was already."""
    body = json.dumps(release, indent=1) + "\n"
    bucket, key = S3Hook.parse_s3_url(f"{artifacts}/{RELEASE}")
    s3 = S3Hook(aws_conn_id=None)
    if s3.check_for_key(key, bucket) and s3.read_key(key, bucket) == body:
        return "unchanged"
    s3.load_string(body, key, bucket, replace=True)
    return f"release {release['release']}"


def job_definition(where: Mapping[str, str], release: Mapping[str, str]) -> dict[str, Any]:
    """The Glue job as it should be. A run of the pipeline passes the job's own options and its size."""
    return {
        "Description": "Raw green taxi files to clean, typed Parquet, month by month.",
        "Role": where["glue_role"],
        "Command": {"Name": "glueetl", "ScriptLocation": release["glue_script"], "PythonVersion": "3"},
        "DefaultArguments": {
            "--extra-py-files": release["package"],
            "--job-language": "python",
            "--job-bookmark-option": "job-bookmark-disable",  # receipts say what is done
            "--enable-auto-scaling": "true",
            "--enable-metrics": "true",
            "--enable-observability-metrics": "true",
            "--enable-spark-ui": "true",
            "--spark-event-logs-path": f"{where['logs']}/glue-spark-ui/",
        },
        "GlueVersion": where["glue_version"],
        "WorkerType": "G.1X",
        "NumberOfWorkers": 2,
        "Timeout": 60,  # minutes, of a run by hand: the DAG sets less
        "MaxRetries": 0,
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
    }


def put_job(name: str, wanted: Mapping[str, Any]) -> str:
    """Creates a Glue job or updates it; says which, or that it was as it should be."""
    client = GlueJobHook(aws_conn_id=None).conn
    try:
        found = client.get_job(JobName=name)["Job"]
    except client.exceptions.EntityNotFoundException:
        client.create_job(Name=name, **wanted)
        return "created"
    if includes(found, wanted):
        return "unchanged"
    client.update_job(JobName=name, JobUpdate=wanted)
    return "updated"


def put_tables(where: Mapping[str, str]) -> dict[str, str]:
    """Creates the database and the tables of the catalog or updates them; says which, by name."""
    client, database = GlueJobHook(aws_conn_id=None).conn, where["catalog"]
    done = {}
    try:
        client.get_database(Name=database)
    except client.exceptions.EntityNotFoundException:
        client.create_database(DatabaseInput={"Name": database, "Description": "New York's green taxi trips."})
        done[database] = "created"
    for data_set in PUBLISHED:
        if location := where.get(data_set.location.name):
            wanted = glue.table_input(data_set.table, f"{location}/")
            done[data_set.table.name] = _put_table(client, database, wanted)
    return done


def _put_table(client: Any, database: str, wanted: Mapping[str, Any]) -> str:
    try:
        found = client.get_table(DatabaseName=database, Name=wanted["Name"])["Table"]
    except client.exceptions.EntityNotFoundException:
        client.create_table(DatabaseName=database, TableInput=wanted)
        return "created"
    if includes(found, wanted):
        return "unchanged"
    try:
        client.update_table(DatabaseName=database, TableInput=wanted, VersionId=found["VersionId"])
    except client.exceptions.ConcurrentModificationException as error:
        table = f"{database}.{wanted['Name']}"
        raise LakeError(
            f"the Glue table {table} was changed by someone else in the meantime: find out by whom, then run again"
        ) from error
    return "updated"


def includes(found: Any, wanted: Any) -> bool:
    """Whether AWS has a thing as it is wanted; what it adds of its own does not count."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(includes(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(includes, found, wanted))
    return bool(found == wanted)
