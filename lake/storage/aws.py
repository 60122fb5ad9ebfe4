"""Clients of AWS, made once, and its errors in one line.

boto3 is imported when the first client is made: a local run neither needs it nor waits for it.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from lake.errors import LakeError, StorageError

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 5  # boto3's own repeats, with growing pauses (at most 20 s each)
CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
CONNECTIONS = 32  # threads that may talk at once without opening a new connection each time

_clients: dict[tuple[object, ...], Any] = {}
_making = threading.Lock()

CAUSES = {
    "NoSuchBucket": "there is no such bucket",
    "AccessDenied": "access denied: the role or user in use lacks the permission (or the object is not there)",
    "403": "access denied: the role or user in use lacks the permission (or the object is not there)",
    "AccessDeniedException": "access denied: the role or user in use lacks the permission",
    "InvalidAccessKeyId": "AWS does not know the access key in use",
    "UnrecognizedClientException": "AWS does not know the access key in use",
    "SignatureDoesNotMatch": "the secret key in use does not belong to the access key",
    "ExpiredToken": "the AWS credentials in use have expired",
    "ExpiredTokenException": "the AWS credentials in use have expired",
    "NoSuchKey": "it is not there",
    "404": "it is not there",
}


def s3_client(attempts: int = ATTEMPTS, read_seconds: float = READ_SECONDS) -> "S3Client":
    """The process's S3 client with these limits; threads may share it."""
    client: S3Client = _client("s3", attempts, read_seconds)
    return client


def glue_client() -> "GlueClient":
    """The process's Glue client; threads may share it."""
    client: GlueClient = _client("glue", ATTEMPTS, READ_SECONDS)
    return client


def authorities() -> str | None:
    """The file of authorities that boto3 must be told of; None if there is nothing to tell.

    It reads AWS_CA_BUNDLE and REQUESTS_CA_BUNDLE by itself, but not SSL_CERT_FILE, which Python and pip have.
    """
    named = any(map(os.environ.get, ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")))
    return None if named else os.environ.get("SSL_CERT_FILE") or None


def _client(service: Literal["s3", "glue"], attempts: int, read_seconds: float) -> Any:
    # A forked child must not share its parent's connections, and boto3 reads the environment only once:
    # Airflow sets AWS_* for a task after other code may have asked for a client.
    environment = tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_")))
    verify = authorities()
    key = (service, attempts, read_seconds, os.getpid(), environment, verify)
    with _making:  # making a client is not thread-safe, using one is
        if key not in _clients:
            import boto3
            from botocore.config import Config

            config = Config(
                retries={"mode": "standard", "total_max_attempts": attempts},
                connect_timeout=CONNECT_SECONDS,
                read_timeout=read_seconds,
                max_pool_connections=CONNECTIONS,
            )
            _clients[key] = boto3.session.Session().client(service, config=config, verify=verify)
        return _clients[key]


@contextmanager
def clear_errors(doing: str, as_error: type[LakeError] = StorageError) -> Iterator[None]:
    """What boto3 raises -> `as_error` in one line that begins with what was being done."""
    try:
        yield
    except LakeError:
        raise
    except ImportError as error:
        raise as_error(f"cannot {doing}: boto3 is not installed: pip install 'boto3>=1.36'") from error
    except Exception as error:
        cause = cause_of(error)
        if cause is None:
            raise
        raise as_error(f"cannot {doing}: {cause}") from error


def error_code(error: Exception) -> str:
    """The code AWS answered with, such as NoSuchKey; empty if it did not answer."""
    return str(_answer(error).get("Error", {}).get("Code", ""))


def error_status(error: Exception) -> int:
    """The HTTP status AWS answered with; 0 if it did not answer."""
    return int(_answer(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _answer(error: Exception) -> dict[str, Any]:
    answer = getattr(error, "response", None)  # of ClientError; other errors of botocore have none
    return answer if isinstance(answer, dict) else {}


def cause_of(error: Exception) -> str | None:
    """Why a request failed, for a user; None for what is not boto3's, which is a fault of ours."""
    from botocore import exceptions

    if isinstance(error, exceptions.ClientError):
        code, message = error_code(error), _answer(error).get("Error", {}).get("Message", "")
        said = f"AWS answered {error_status(error)} {code}: {message}"
        return f"{CAUSES[code]} ({said})" if code in CAUSES else said
    if isinstance(
        error,
        exceptions.NoCredentialsError
        | exceptions.PartialCredentialsError
        | exceptions.CredentialRetrievalError
        | exceptions.TokenRetrievalError
        | exceptions.SSOError,
    ):
        return f"no AWS credentials: set AWS_PROFILE, or log in, or use a role ({error})"
    if isinstance(error, exceptions.NoRegionError):
        return "no AWS region: set AWS_DEFAULT_REGION"
    if isinstance(error, exceptions.BotoCoreError):
        return str(error)
    return None


def is_unanswered(error: Exception) -> bool:
    """Whether a request may have been carried out although no answer says so: a 5xx, a timeout, a reset."""
    from botocore import exceptions

    return (
        isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError)
        or error_status(error) >= 500
        or error_code(error) in {"RequestTimeout", "InternalError"}
    )
