"""Clients of an account: its own calls go over its port as those of the job they are for, are recorded, and can go wrong."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from urllib3.exceptions import HTTPError

from local_aws.callers import key_of
from local_aws.options import SECRET_KEY

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOADER = Loader()  # reading the services' descriptions takes most of the time that a client takes


def client(environment: Mapping[str, str], service: str, **config: Any) -> Any:
    """A client by the variables that an account gives out (`Account.environment`), whatever this process's own are.

    Args:
        environment: The account's.
        service: As boto3 names it; `Any`, as its types ask for each name by itself.
        **config: As botocore's `Config` takes it.
    """
    session: Any = boto3.session.Session(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_DEFAULT_REGION"],
    )
    return session.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"], config=Config(**config))


class JobError(Exception):
    """A job cannot start; the text is what AWS shows as its error."""


def session_of(name: str, region: str) -> boto3.session.Session:
    """A session that signs as a run, step or cluster."""
    core = botocore.session.Session()
    core.register_component("data_loader", _LOADER)
    return boto3.session.Session(key_of(name), SECRET_KEY, region_name=region, botocore_session=core)


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI.

    Raises:
        JobError: It is none.
    """
    parts = urlsplit(uri)
    if parts.scheme not in ("s3", "s3a", "s3n") or not parts.netloc:
        raise JobError(f"not an S3 URI: {uri!r}")
    return parts.netloc, parts.path.lstrip("/")


class Files:
    """S3 as a job sees it."""

    def __init__(self, name: str, region: str, url: str) -> None:
        self._s3: S3Client = session_of(name, region).client("s3", endpoint_url=url)

    def fetch(self, uri: str, folder: Path) -> Path:
        """Downloads an object under its own name.

        Raises:
            JobError: It is not there or may not be read.
        """
        bucket, key = split(uri)
        target = folder / Path(key).name
        try:
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (BotoCoreError, ClientError, HTTPError) as error:  # urllib3's own where an answer broke off
            raise JobError(f"cannot read {uri}: {error}") from error
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        return target

    def put(self, uri: str, body: bytes) -> None:
        """Writes an object.

        Raises:
            JobError: The bucket is not there or may not be written to.
        """
        bucket, key = split(uri)
        try:
            self._s3.put_object(Bucket=bucket, Key=key, Body=body)
        except (BotoCoreError, ClientError) as error:
            raise JobError(f"cannot write {uri}: {error}") from error
