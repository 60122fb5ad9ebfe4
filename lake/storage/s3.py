"""Objects in S3, or in anything that speaks its protocol (AWS_ENDPOINT_URL)."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from typing import TYPE_CHECKING, Any

from lake.errors import Conflict, PreconditionFailed, StorageError, UnknownOutcome
from lake.storage.aws import (
    READ_SECONDS,
    cause_of,
    clear_errors,
    error_code,
    error_status,
    is_unanswered,
    s3_client,
)
from lake.storage.location import CRC, DIGEST, S3, FileInfo

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from mypy_boto3_s3 import S3Client

MISSING = frozenset({"NoSuchKey", "404"})
FOLDER_MARKERS = ("/", "_$folder$")  # empty objects by which consoles, Hadoop and Glue make a folder visible
DELETE_BATCH = 1000  # DeleteObjects takes no more
BUFFER_BYTES = 1 << 20
RESUMES = 5  # of one stream: a file of gigabytes is read for minutes


@dataclass(frozen=True)
class S3Storage:
    """Objects in S3; see `Storage`. Tokens are ETags, without quotes."""

    read_seconds: float = READ_SECONDS  # how long to wait for an answer

    def _client(self) -> "S3Client":
        return s3_client(read_seconds=self.read_seconds)

    def list_folder(self, folder: str) -> list[FileInfo]:
        """The objects directly under a prefix, without folder markers."""
        pages = self._pages(folder, Delimiter="/")
        return sorted(_objects(folder, pages), key=lambda file: file.name)

    def list_folders(self, folder: str) -> list[str]:
        """The next parts of the names under a prefix."""
        below = len(_prefix(folder)[1])
        return sorted(
            name
            for page in self._pages(folder, Delimiter="/")
            for common in page.get("CommonPrefixes", [])
            if (name := common["Prefix"][below:].rstrip("/"))
        )

    def list_non_files(self, folder: str) -> dict[str, str]:
        """The folders: S3 has nothing else."""
        return dict.fromkeys(self.list_folders(folder), "a folder")

    def nearest(self, folder: str) -> str | None:
        """The prefix with an object under it; what this user may not list is passed over, up to the bucket."""
        above = folder
        while True:
            try:
                if self._holds_any(above):
                    return above
            except StorageError as error:
                code = error_code(error.__cause__) if isinstance(error.__cause__, Exception) else ""
                if code == "NoSuchBucket":
                    return None
                if above == folder or code != "AccessDenied":
                    raise
            if "/" not in above.removeprefix(S3):
                return above
            above = above.rpartition("/")[0]

    def _holds_any(self, folder: str) -> bool:
        bucket, prefix = _prefix(folder)
        with clear_errors(f"list {folder}"):
            return bool(self._client().list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("KeyCount"))

    def list_tree(self, folder: str) -> list[FileInfo]:
        """All objects under a prefix, without folder markers."""
        return sorted(_objects(folder, self._pages(folder)), key=lambda file: file.uri)

    def _pages(self, folder: str, **more: str) -> Iterator[Any]:
        bucket, prefix = _prefix(folder)
        with clear_errors(f"list {folder}"):
            pages = self._client().get_paginator("list_objects_v2")
            yield from pages.paginate(Bucket=bucket, Prefix=prefix, **more)  # type: ignore[arg-type]

    def head(self, uri: str) -> FileInfo | None:
        """The object as a listing shows it."""
        bucket, key = _split(uri)
        with clear_errors(f"look at {uri}"):
            try:
                found = self._client().head_object(Bucket=bucket, Key=key)
            except Exception as error:
                if error_code(error) in MISSING:
                    return None
                raise
        return _stored(uri, found["ContentLength"], found["ETag"], found["LastModified"])

    def open(self, uri: str, etag: str | None = None, start: int = 0) -> BufferedReader:
        """The object's bytes, all of one version; goes on where the connection broke."""
        bucket, key = _split(uri)

        def get(start: int, expected: str | None) -> Any:
            options: dict[str, Any] = {"Range": f"bytes={start}-"} if start else {}
            if expected:
                options["IfMatch"] = f'"{expected}"'
            try:
                return self._client().get_object(Bucket=bucket, Key=key, **options)
            except Exception as error:
                if error_status(error) == 412:
                    raise PreconditionFailed(f"{uri} was replaced while it was to be read: run again") from error
                raise

        with clear_errors(f"read {uri}"):
            return BufferedReader(_Stream(uri, get, etag, start), BUFFER_BYTES)

    def read(self, uri: str) -> tuple[bytes, str] | None:
        """The content and its ETag, from one answer."""
        bucket, key = _split(uri)
        with clear_errors(f"read {uri}"):
            for left in reversed(range(RESUMES + 1)):
                try:
                    # The whole again, not its rest: only a whole body has a checksum, which boto3 then compares.
                    found = self._client().get_object(Bucket=bucket, Key=key)
                    with found["Body"] as body:
                        return body.read(), found["ETag"].strip('"')
                except _broken_off() as error:
                    if not left:
                        raise StorageError(f"cannot read {uri}: the answer broke off each time: {error}") from error
                except Exception as error:
                    if error_code(error) in MISSING:
                        return None
                    raise
        raise AssertionError("the last attempt returns or raises")

    def checksum(self, uri: str, etag: str | None) -> str:
        """That of the whole object. One made of the checksums of its parts says as much of the parts as of the bytes."""
        bucket, key = _split(uri)
        condition: dict[str, Any] = {"IfMatch": f'"{etag}"'} if etag else {}
        with clear_errors(f"look at {uri}"):
            try:
                found = self._client().head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED", **condition)
            except Exception as error:
                if error_status(error) == 412:
                    raise PreconditionFailed(f"{uri} was replaced while it was to be looked at: run again") from error
                raise
        if found.get("ChecksumType") != "FULL_OBJECT":
            return ""
        kinds = {DIGEST: found.get("ChecksumSHA256"), CRC: found.get("ChecksumCRC64NVME")}
        return next((f"{kind}{value}" for kind, value in kinds.items() if value), "")

    def put(self, uri: str, body: bytes, expected: str | None) -> str:
        """One PUT with a condition, which boto3 does not repeat.

        A repeat of a PUT whose answer was lost is answered 412 although it was ours that won
        (apache/iceberg#2328, ClickHouse/ClickHouse#115390), so repeating is for who can read back.
        """
        bucket, key = _split(uri)
        condition: dict[str, Any] = {"IfMatch": f'"{expected}"'} if expected else {"IfNoneMatch": "*"}
        with clear_errors(f"write {uri}"):
            client = s3_client(attempts=1, read_seconds=self.read_seconds)
            try:
                answer = client.put_object(Bucket=bucket, Key=key, Body=body, **condition)
            except Exception as error:
                known = _put_error(uri, expected, error)
                if known is None:
                    raise
                raise known from error
        return answer["ETag"].strip('"')

    def delete(self, uri: str) -> None:
        """Removes one object; S3 does not mind a missing one."""
        bucket, key = _split(uri)
        with clear_errors(f"delete {uri}"):
            self._client().delete_object(Bucket=bucket, Key=key)

    def list_plain(self, folder: str) -> tuple[list[FileInfo], list[str]]:
        """All objects under a prefix, folder markers too."""
        return sorted(_objects(folder, self._pages(folder), markers=True), key=lambda file: file.uri), []

    def delete_files(self, folder: str, paths: Sequence[str]) -> None:
        """Removes objects under a prefix."""
        bucket, prefix = _prefix(folder)
        for start in range(0, len(paths), DELETE_BATCH):
            batch = [{"Key": prefix + path} for path in paths[start : start + DELETE_BATCH]]
            with clear_errors(f"delete {folder}"):
                answer = self._client().delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})  # type: ignore[typeddict-item]
            for error in answer.get("Errors", []):
                raise StorageError(
                    f"cannot delete {len(answer['Errors'])} objects of {folder}, the first is "
                    f"{error.get('Key')}: {error.get('Code')} {error.get('Message')}"
                )

    def check_writable(self, folder: str) -> None:
        """Nothing: S3 tells nobody before it is tried."""

    def make_durable(self, folder: str) -> None:
        """Nothing: S3 answers when the object is safe."""


class _Stream(io.RawIOBase):
    """The body of GetObject. After a lost connection asks for the rest of the same version."""

    def __init__(self, uri: str, get: Callable[[int, str | None], Any], etag: str | None, start: int) -> None:
        self._uri, self._get = uri, get
        self._position, self._resumes = start, 0
        answer = get(start, etag)
        self._etag: str = answer["ETag"].strip('"')
        self._body = answer["Body"]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        with clear_errors(f"read {self._uri} at byte {self._position}"):
            data = self._read(len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _read(self, size: int) -> bytes:
        while True:
            try:
                data: bytes = self._body.read(size)
                return data
            # Nothing wider: a wrong checksum is an error too, and the rest of a file comes without one.
            except _broken_off() as error:
                if self._resumes == RESUMES:
                    raise StorageError(f"cannot read {self._uri}: the answer broke off each time: {error}") from error
                self._resumes += 1
                self._body.close()
                self._body = self._get(self._position, self._etag)["Body"]

    def close(self) -> None:
        if not self.closed and hasattr(self, "_body"):
            self._body.close()
        super().close()


def _broken_off() -> tuple[type[Exception], ...]:
    """What reading a body raises if the connection broke; botocore translates some of urllib3's errors and not others."""
    from http.client import IncompleteRead

    from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError
    from urllib3.exceptions import ProtocolError, SSLError, TimeoutError

    ours = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
    return (*ours, ProtocolError, SSLError, TimeoutError, IncompleteRead, ConnectionError)


def _put_error(uri: str, expected: str | None, error: Exception) -> StorageError | None:
    """The four ways a conditional PUT ends without success; None for the ordinary errors."""
    status = error_status(error)
    if status == 412:
        was = f"ETag {expected}" if expected else "no object"
        return PreconditionFailed(f"{uri}: expected {was}, found another: another writer was first")
    if status == 409:
        return Conflict(f"{uri}: another write to it is under way (409 {error_code(error)})")
    if expected and error_code(error) in MISSING:
        return StorageError(f"{uri} was deleted while it was to be replaced: nothing was written")
    if is_unanswered(error):
        return UnknownOutcome(f"{uri}: it is not known whether it was written: {cause_of(error)}")
    return None


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix(S3).partition("/")
    return bucket, key


def _prefix(folder: str) -> tuple[str, str]:
    """Bucket and prefix of a folder: empty for the bucket itself, else with a slash at its end."""
    bucket, key = _split(folder)
    return bucket, f"{key}/" if key else ""


def _objects(folder: str, pages: Iterator[Any], *, markers: bool = False) -> Iterator[FileInfo]:
    bucket = _split(folder)[0]
    for page in pages:
        for item in page.get("Contents", []):
            if markers or not item["Key"].endswith(FOLDER_MARKERS):
                yield _stored(f"{S3}{bucket}/{item['Key']}", item["Size"], item["ETag"], item["LastModified"])


def _stored(uri: str, size: int, etag: str, modified: datetime) -> FileInfo:
    etag = etag.strip('"')
    # HEAD answers in whole seconds, a listing may not: one version must have one name.
    modified = modified.astimezone(UTC).replace(microsecond=0)
    return FileInfo(uri, size, f"{etag}-{modified:%Y%m%dT%H%M%SZ}", etag, modified)
