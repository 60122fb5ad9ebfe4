"""Publishes the DAGs of this checkout in the artifacts bucket, from which Airflow's host takes them (deploy/airflow/sync.py)."""

import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
POINTER = "airflow/current.json"
WHEN = (1980, 1, 1, 0, 0, 0)  # in the zip: equal files make equal bytes


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
        dags = Path(folder, "dags")
        stage = [sys.executable, str(ROOT / "tools" / "stage_airflow.py"), str(dags)]
        subprocess.run(stage, check=True, stdout=subprocess.DEVNULL)
        # Airflow's file of variables holds texts: an object in it is refused by the API server, when a task asks for it.
        Path(dags, "variables.json").write_text(json.dumps({"green_taxi": json.dumps(where, indent=1, sort_keys=True)}))
        body = packed(dags)
    digest = hashlib.sha256(body).hexdigest()
    pointer = {"sha256": digest, "key": f"airflow/{digest}.zip"}
    if _current(s3, bucket) == pointer:
        return digest, False
    s3.put_object(Bucket=bucket, Key=pointer["key"], Body=body)
    s3.put_object(Bucket=bucket, Key=POINTER, Body=json.dumps(pointer).encode())
    return digest, True


def packed(folder: Path) -> bytes:
    """A zip of all files of a folder, the same bytes for the same files."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), WHEN)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return body.getvalue()


def _current(s3: Any, bucket: str) -> Any:
    try:
        return json.loads(s3.get_object(Bucket=bucket, Key=POINTER)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None
