"""Publishes the DAGs of this checkout in the artifacts bucket, from which Airflow's host takes them (deploy/airflow/sync.py)."""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from deploy.airflow.sync import POINTER, read
from tools.package import zipped
from tools.stage_airflow import fill


def publish_dags(s3: Any, variable: str) -> tuple[str, bool]:
    """Uploads the DAGs with their SQL, packages and artifacts as one zip, and makes it the current one.

    Older zips stay where they are. The same files are not uploaded twice.

    Args:
        s3: A client of S3.
        variable: The Airflow variable `green_taxi`, as JSON; it travels with the DAGs.

    Returns:
        The hash of the zip, and whether that was another one before.
    """
    where = json.loads(variable)
    bucket = where["artifacts"].removeprefix("s3://")
    with tempfile.TemporaryDirectory() as folder:
        dags = Path(folder)
        fill(dags)
        # Airflow's file of variables holds texts: an object in it is refused by the API server, when a task asks for it.
        Path(dags, "variables.json").write_text(json.dumps({"green_taxi": json.dumps(where, indent=1, sort_keys=True)}))
        files = sorted(path for path in dags.rglob("*") if path.is_file())
        body = zipped([(path.relative_to(dags).as_posix(), path.read_bytes()) for path in files])
    digest = hashlib.sha256(body).hexdigest()
    key = f"airflow/{digest}.zip"
    pointer = json.dumps({"sha256": digest, "key": key}).encode()
    if read(s3, bucket, POINTER) == pointer:
        return digest, False
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    s3.put_object(Bucket=bucket, Key=POINTER, Body=pointer)
    return digest, True
