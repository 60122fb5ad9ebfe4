"""One interface to files on a local disk and objects in S3, and the names of locations.

Inside the package a location is an absolute local path without a scheme, or `s3://bucket/prefix` without a
slash at its end: what `normalise` returns. Only `spark_path` makes anything else of it.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from typing import Protocol
from urllib.parse import unquote

from lake.errors import UsageError

S3 = "s3://"
CRC, DIGEST = "crc64nvme:", "sha256:"
"""The kinds of checksums of all bytes that are kept: before their value, as S3 writes it."""
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/")
GLOB_CHARACTERS = re.compile(r"([{}\[\]*?\\])")  # what makes Spark treat a path as a pattern


@dataclass(frozen=True)
class FileInfo:
    """One object or file, as a listing or a HEAD shows it.

    `version` changes when the content is replaced while a job reads it: ETag and LastModified in S3, inode,
    size and mtime on a disk. `etag` is S3's without its quotes, None on a disk. `modified` is in UTC.
    """

    uri: str
    size: int
    version: str
    etag: str | None
    modified: datetime

    @property
    def name(self) -> str:
        """The last element of the path."""
        return self.uri.rpartition("/")[2]


class Storage(Protocol):
    """What the lake needs of a storage. Locations are normalised; all methods raise StorageError."""

    def list_folder(self, folder: str) -> list[FileInfo]:
        """The files directly in a folder, by name; none if it does not exist."""
        ...

    def list_folders(self, folder: str) -> list[str]:
        """The names of the direct subfolders, sorted."""
        ...

    def list_non_files(self, folder: str) -> dict[str, str]:
        """What lies directly in a folder and is not a file, by name: `a folder`, `a pipe`. It is never opened."""
        ...

    def nearest(self, folder: str) -> str | None:
        """The nearest part of a location that is there: itself, or a folder above it; None if there is none.

        A folder of a disk is there if it is one, a prefix in S3 if an object is under it, a bucket if S3 knows it.
        """
        ...

    def list_tree(self, folder: str) -> list[FileInfo]:
        """All files below a folder, by URI."""
        ...

    def head(self, uri: str) -> FileInfo | None:
        """One file as it is now; None if it is not there."""
        ...

    def open(self, uri: str, etag: str | None = None, start: int = 0) -> BufferedReader:
        """The bytes from `start` on. With the `etag` of a listed file, PreconditionFailed if it was replaced."""
        ...

    def read(self, uri: str) -> tuple[bytes, str] | None:
        """A whole small object and its token for `put`; None if it is not there."""
        ...

    def checksum(self, uri: str, etag: str | None) -> str:
        """The checksum that storage keeps of all bytes of a file, with its kind before it; empty if it keeps none.

        Two files with one checksum may yet differ where `is_digest` says no. PreconditionFailed if the file was replaced since
        it had that `etag`.
        """
        ...

    def put(self, uri: str, body: bytes, expected: str | None) -> str:
        """Replaces an object if it still has the token `expected`, creates it if that is None.

        One attempt. Returns the new token; raises PreconditionFailed, Conflict, UnknownOutcome or another
        StorageError. What to do with each is decided by `lake.publication.commit`.
        """
        ...

    def delete(self, uri: str) -> None:
        """Removes one object; a missing one is not an error."""
        ...

    def list_plain(self, folder: str) -> tuple[list[FileInfo], list[str]]:
        """All that lies below, hidden files and folder markers too: plain files, and the URIs of whatever else.

        Links are not followed: they are among the others, as pipes and devices are.
        """
        ...

    def delete_files(self, folder: str, paths: Sequence[str]) -> None:
        """Removes plain files, by their paths below a folder, and of a disk the folders that are then empty.

        A missing file is not an error. Nothing is removed through a link.
        """
        ...

    def check_writable(self, folder: str) -> None:
        """Raises OutputRefused if it is known without trying that nothing can be written below the folder."""
        ...

    def make_durable(self, folder: str) -> None:
        """Returns when a power cut can no longer take away what was written below the folder."""
        ...


def is_digest(checksum: str) -> bool:
    """Is a checksum one that no two contents share? A CRC of 64 bits tells chance apart, and no more."""
    return checksum.startswith(DIGEST)


def normalise(location: str) -> str:
    """A location as the user gave it -> an absolute local path, or s3:// without a slash at its end.

    `file:` URIs are percent-decoded (RFC 8089, and what `Path.as_uri` makes); plain paths are taken literally.
    Raises UsageError.
    """
    if not location.strip() or "\0" in location:
        raise UsageError(f"{location!r} is not a location: give a folder, or s3://bucket/prefix")
    found = SCHEME.match(location)
    scheme = found[1].lower() if found else ""
    if not scheme:
        return os.path.abspath(location)
    if scheme == "file":
        return _path_of_file_uri(location)
    if location.startswith(S3):
        bucket = location[len(S3) :].split("/")[0]
        if not bucket:
            raise UsageError(f"{location} names no bucket: write s3://bucket/prefix")
        return location.rstrip("/")
    hint = "write s3://bucket/prefix" if scheme.startswith("s3") else f"for a local folder write ./{location}"
    raise UsageError(f"{location} is neither a local path nor file:/// nor s3://: {hint}")


def _path_of_file_uri(uri: str) -> str:
    rest = uri[len("file:") :]
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host.lower() not in {"", "localhost"}:
            raise UsageError(f"{uri} is on host {host!r}: a file URI of this machine has three slashes")
        rest = slash + path
    if not rest:
        raise UsageError(f"{uri} has no path: write file:///folder")
    return os.path.abspath(unquote(rest))


def join(folder: str, *names: str) -> str:
    """A location below a folder."""
    return "/".join([folder.rstrip("/"), *names])


def spark_path(uri: str, *, glob: bool) -> str:
    r"""What Spark takes for a normalised location.

    Its readers expand patterns (glob=True: `{}[]*?\` are escaped), its writers do not. Neither decodes `%`, and
    a scheme keeps a `:` in a local folder from being read as one. Seen with Spark 3.5.6 and 4.1.1, which cannot
    read a local *file* with a `:` in its own name (Hadoop looks for a checksum file `.NAME.crc`, to it no valid path).
    """
    path = uri if uri.startswith(S3) else f"file://{uri}"
    return GLOB_CHARACTERS.sub(r"\\\1", path) if glob else path
