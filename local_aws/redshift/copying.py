"""COPY of Parquet files. Columns go by position, and their types must be the table's: nothing is converted."""

import json
import re
from collections.abc import Iterator
from typing import Any, Protocol

import duckdb
import pyarrow
import pyarrow.parquet as pq

from local_aws.redshift.commands import Copy
from local_aws.redshift.errors import RedshiftError

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_SPECTRUM, _SPECTRUM_CODE = "Spectrum Scan Error", 15007
_FILE_VIEW = "local_aws_copy"


class Source(Protocol):
    """Where COPY reads: an account."""

    def object(self, uri: str) -> bytes | None: ...  # noqa: D102
    def keys(self, prefix: str) -> list[str]: ...  # noqa: D102
    def may_assume(self, role_arn: str) -> bool: ...  # noqa: D102


def copy(connection: duckdb.DuckDBPyConnection, command: Copy, source: Source) -> int:
    """Loads the files, one after the other, into the table.

    Returns:
        The rows loaded.

    Raises:
        RedshiftError: The role, the manifest or a file is not as it must be. What was loaded before is the transaction's
            to take back.
    """
    if not _ROLE.fullmatch(command.role):
        raise RedshiftError("Invalid IAM role ARN", f"IAM Role={command.role}", 8001)
    if not source.may_assume(command.role):
        raise RedshiftError(
            "Not authorized to assume IAM Role: it does not exist, or does not trust redshift.amazonaws.com",
            f"IAM Role={command.role}",
            30000,
        )
    columns = f" ({', '.join(command.columns)})" if command.columns else ""
    wanted = [
        (name, str(kind))
        for name, kind, *_ in connection.execute(
            f"SELECT {', '.join(command.columns) or '*'} FROM {command.table.sql} LIMIT 0"
        ).description
    ]
    rows = 0
    for uri, content in _files(command, source):
        connection.register(_FILE_VIEW, _table(uri, content))  # after an error it is gone with the connection
        _check_columns(connection, uri, wanted)
        done = connection.execute(f"INSERT INTO {command.table.sql}{columns} SELECT * FROM {_FILE_VIEW}").fetchone()
        connection.unregister(_FILE_VIEW)
        rows += done[0]
    return rows


def _files(command: Copy, source: Source) -> Iterator[tuple[str, bytes]]:
    if not command.manifest:
        uris = source.keys(command.uri)
        if not uris:
            raise RedshiftError(f"The specified S3 prefix '{command.uri}' does not exist", command.uri, 8001)
        for uri in uris:
            yield uri, source.object(uri) or b""
        return
    entries = _entries(command.uri, source)
    present = [(entry, content) for entry in entries if (content := source.object(entry["url"])) is not None]
    missing = [entry for entry in entries if entry not in [entry for entry, _ in present]]
    for entry in missing:
        if entry.get("mandatory", False):
            raise RedshiftError(
                "Mandatory url is not present in manifest file.",
                f"Manifest file location={command.uri} url={entry['url']}",
                8001,
            )
    if not present:
        raise RedshiftError("No files of the manifest were found", f"Manifest file location={command.uri}", 8001)
    for entry, content in present:
        _check_length(entry, len(content))
        yield entry["url"], content


def _entries(uri: str, source: Source) -> list[dict[str, Any]]:
    body = source.object(uri)
    if body is None:
        raise RedshiftError(
            "S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey", uri, 8001
        )
    try:
        entries = json.loads(body)["entries"]
        if not isinstance(entries, list) or not all(str(entry["url"]).startswith("s3://") for entry in entries):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise RedshiftError(
            "Manifest file is not in correct json format", f"Manifest file location={uri}", 8001
        ) from None
    return entries


def _check_length(entry: dict[str, Any], found: int) -> None:
    length = entry.get("meta", {}).get("content_length")
    if length is None:
        raise RedshiftError("File entry does not have 'meta' key.", f"{entry['url']}: meta.content_length", 15003)
    if length != found:
        raise RedshiftError(
            "S3 Query Exception (Fetch)",
            f"{entry['url']}: {found} bytes, the manifest says {length}. HTTP response error code: 416 InvalidRange",
            15001,
        )


def _table(uri: str, content: bytes) -> pyarrow.Table:
    try:
        return pq.read_table(pyarrow.BufferReader(content))
    except (pyarrow.ArrowException, OSError):
        raise RedshiftError(_SPECTRUM, f"File '{uri}' is not a Parquet file", _SPECTRUM_CODE) from None


def _check_columns(connection: duckdb.DuckDBPyConnection, uri: str, wanted: list[tuple[str, str]]) -> None:
    found = [
        (name, str(kind)) for name, kind, *_ in connection.execute(f"SELECT * FROM {_FILE_VIEW} LIMIT 0").description
    ]
    if len(found) != len(wanted):
        raise RedshiftError(
            _SPECTRUM,
            "Unmatched number of columns between table and file. "
            f"Table columns: {len(wanted)}, Data columns: {len(found)}, File name: {uri}",
            _SPECTRUM_CODE,
        )
    for (column, kind), (name, its) in zip(wanted, found, strict=True):
        if kind != its:
            raise RedshiftError(
                _SPECTRUM,
                f"File '{uri}' has an incompatible Parquet schema for column '{column}'. "
                f"Column type: {kind}, Parquet schema: {its} {name}",
                _SPECTRUM_CODE,
            )
