"""Brings the DAGs from the artifacts bucket to this host, as `deploy.aws.dags` has put them there.

    sync.py s3://BUCKET /var/lib/green-taxi [--every SECONDS]

`BUCKET/airflow/current.json` names a zip by its hash. A zip that is not here yet is unpacked into `releases/HASH`, then the
link `dags` is turned to it by a rename: no task sees half of it, and one that runs keeps the folder in which it began.
"""

import argparse
import hashlib
import io
import json
import logging
import os
import re
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

POINTER = "airflow/current.json"
KEPT = 5  # releases: to turn back to, and for tasks that run

log = logging.getLogger("sync")


class SyncError(Exception):
    """What the operator is told in one line."""


def sync(s3: Any, bucket: str, state: Path) -> str:
    """Puts the current release in place; returns its hash if it is a new one, else nothing.

    Args:
        s3: A client of S3.
        bucket: The artifacts bucket.
        state: The folder that has `releases/` and the link `dags`.

    Raises:
        SyncError: Nothing was published yet, or the zip is not the one that is named.
    """
    body = read(s3, bucket, POINTER)
    if body is None:
        raise SyncError(f"s3://{bucket}/{POINTER} is not there: publish the DAGs first (make dags)")
    release, key = read_pointer(body, f"s3://{bucket}/{POINTER}")
    folder = state / "releases" / release
    link = state / "dags"
    if not folder.exists():
        unpack(read(s3, bucket, key) or b"", release, folder)
    if link.is_symlink() and link.resolve() == folder.resolve():
        return ""
    turn(link, folder)
    forget(folder)
    return release


def read(s3: Any, bucket: str, key: str) -> bytes | None:
    """An object; None if it is not there.

    Raises:
        SyncError: The answer broke off. The next round asks again.
    """
    try:
        body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body
    except s3.exceptions.NoSuchKey:
        return None
    except HTTPError as error:  # urllib3's own: botocore translates some of them only
        raise SyncError(f"cannot read s3://{bucket}/{key}: the answer broke off: {error}") from error


def read_pointer(body: bytes, uri: str) -> tuple[str, str]:
    """The hash of the current release, and the key of its zip.

    Raises:
        SyncError: It says something else: its hash becomes the name of a folder.
    """
    try:
        pointer = json.loads(body)
        release, key = pointer["sha256"], pointer["key"]
        if re.fullmatch(r"[0-9a-f]{64}", release) and isinstance(key, str) and key:
            return release, key
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise SyncError(f"{uri} names no release: publish the DAGs again (make dags)")


def unpack(body: bytes, release: str, folder: Path) -> None:
    """Makes the folder of a release from its zip.

    Raises:
        SyncError: The zip is another one.
    """
    found = hashlib.sha256(body).hexdigest()
    if found != release:
        raise SyncError(f"the zip of release {release} has the hash {found}: not used; publish it again")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as beside:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            archive.extractall(Path(beside, "release"))
        Path(beside, "release").rename(folder)


def turn(link: Path, folder: Path) -> None:
    """Lets the link name another folder, at one moment."""
    new = link.with_name(f".{link.name}-new")
    new.unlink(missing_ok=True)
    new.symlink_to(Path(folder.parent.name, folder.name))
    os.replace(new, link)
    os.utime(folder)  # the newest, also when it is an old one to which we turned back


def forget(current: Path) -> None:
    """Removes the oldest releases."""
    others = [folder for folder in current.parent.iterdir() if folder.is_dir() and folder != current]
    others.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in others[KEPT - 1 :]:
        shutil.rmtree(folder)


def main() -> int:
    """Once, or for ever; a failure is told and tried again."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("artifacts", metavar="s3://BUCKET")
    parser.add_argument("state", type=Path)
    parser.add_argument("--every", type=float, metavar="SECONDS", help="go on for ever")
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    s3 = boto3.client("s3")
    bucket = arguments.artifacts.removeprefix("s3://").strip("/")
    while True:
        status = 0
        try:
            if release := sync(s3, bucket, arguments.state):
                log.info("release %s is in force", release)
        except (SyncError, BotoCoreError, ClientError, OSError) as error:
            log.error("%s", error)
            status = 1
        if arguments.every is None:
            return status
        time.sleep(arguments.every)


if __name__ == "__main__":
    sys.exit(main())
