"""Publishes the installer of Airflow's host (deploy/airflow), so that the host needs no checkout and no AWS CLI."""

import hashlib
import json
from typing import Any

from tools.package import ROOT, zipped

INSTALLER = ROOT / "deploy" / "airflow"
REQUIREMENTS = ROOT / "requirements" / "airflow-host.txt"
FOLDER = "green-taxi-host"
HOUR = 3600  # seconds for which the link holds


def installer() -> bytes:
    """The zip: deploy/airflow with the lock of its packages, in a folder of its own. The same files, the same bytes."""
    files = [path for path in INSTALLER.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    named = [(f"{FOLDER}/{path.relative_to(INSTALLER).as_posix()}", path.read_bytes()) for path in files]
    return zipped(sorted([*named, (f"{FOLDER}/requirements.txt", REQUIREMENTS.read_bytes())]))


def publish_installer(s3: Any, variable: str, region: str) -> str:
    """Uploads the installer under its hash, and tells what to type on the host.

    Args:
        s3: A client of S3.
        variable: The Airflow variable `green_taxi`, as JSON.
        region: Of the pipeline.

    Returns:
        Commands for a shell on the host. The link in them works for an hour, for whoever has it.
    """
    where = json.loads(variable)
    artifacts, logs = where["artifacts"], where["logs"]
    bucket = artifacts.removeprefix("s3://")
    body = installer()
    place = {"Bucket": bucket, "Key": f"airflow/host-{hashlib.sha256(body).hexdigest()}.zip"}
    s3.put_object(**place, Body=body)
    link = s3.generate_presigned_url("get_object", Params=place, ExpiresIn=HOUR)
    return (
        f"curl -fsS '{link}' -o {FOLDER}.zip\n"
        f"python3 -m zipfile -e {FOLDER}.zip .\n"
        f"sudo bash {FOLDER}/install.sh install --artifacts {artifacts} --logs {logs} --region {region}"
    )
