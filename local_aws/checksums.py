"""Checksums of objects as S3 has them; moto keeps what it is told, and computes none of its own.

An object that comes without a checksum gets S3's own, CRC64NVME of all its bytes, however many parts it came in. One that
comes with a checksum is refused if that is wrong. What is made of the checksums of parts is of type COMPOSITE.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

DEFAULT = "CRC64NVME"
FULL, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
FIELDS = ("checksum_algorithm", "checksum_value", "checksum_type", "checksum_parts")
"""What moto keeps of an object's checksum."""

_POLYNOMIAL = 0x9A6C9329AC4BC9B5  # of CRC-64/NVME, its bits turned round
_ONES = 2**64 - 1


def _table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _table()


def crc64nvme(body: bytes) -> bytes:
    """CRC-64/NVME, whose check value (of `123456789`) is AE8B14860A799888.

    Python takes a second for some MB, so it is computed only for who asks.
    """
    crc, table = _ONES, _TABLE
    for byte in body:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return (crc ^ _ONES).to_bytes(8, "big")


_COMPUTED: dict[str, Callable[[bytes], bytes]] = {
    DEFAULT: crc64nvme,
    "CRC32": lambda body: binascii.crc32(body).to_bytes(4, "big"),
    "SHA1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "SHA256": lambda body: hashlib.sha256(body).digest(),
}
"""What is computed here. Of others S3 knows (CRC32C, …) the value is taken as it came."""


def computed(algorithm: str, body: bytes) -> str:
    """A checksum as a header has it."""
    return base64.b64encode(_COMPUTED[algorithm](body)).decode()


def headers_of(key: Any) -> dict[str, str]:
    """What S3 tells of the checksum of an object of moto's; its own, if it came without one, is computed now."""
    algorithm = key.checksum_algorithm or DEFAULT
    if algorithm == DEFAULT and not getattr(key, "checksum_is_s3s", False):
        key.checksum_algorithm, key.checksum_value = DEFAULT, computed(DEFAULT, key.value)
        key.checksum_type, key.checksum_is_s3s = FULL, True
    of_parts = key.checksum_type == COMPOSITE
    return {
        f"x-amz-checksum-{algorithm.lower()}": f"{key.checksum_value}-{key.checksum_parts}"
        if of_parts
        else key.checksum_value,
        "x-amz-checksum-type": COMPOSITE if of_parts else FULL,
    }


def install() -> None:
    """Puts it into moto, once. What it replaces keeps its signature, by which a test tells that moto has changed."""
    if getattr(S3Response, "has_checksums", False):
        return
    S3Response.has_checksums = True
    head, told, copy = S3Response.head_object, S3Response._get_checksum, S3Backend.copy_object

    @wraps(head)
    def head_object(response: Any, bucket_name: str, query: dict[str, Any], key_name: str, headers: Any) -> Any:
        status, answered, body = head(response, bucket_name, query, key_name, headers)
        if status == HTTPStatus.OK and headers.get("x-amz-checksum-mode") == "ENABLED":
            version = query.get("versionId", [None])[0]
            answered.update(headers_of(response.backend.head_object(bucket_name, key_name, version)))
        return status, answered, body

    @wraps(told)
    def get_checksum(response: Any, response_headers: dict[str, Any]) -> tuple[str, str | None]:
        algorithm, value = told(response, response_headers)
        for name in _COMPUTED:  # whoever computes it beforehand need not name the algorithm
            if not algorithm and (given := response.headers.get(f"x-amz-checksum-{name.lower()}")):
                algorithm, value = name, given
        if value and algorithm in _COMPUTED and value != computed(algorithm, response.body or b""):
            raise S3ClientError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
        return algorithm, value

    @wraps(copy)
    def copy_object(
        backend: Any, src_key: Any, dest_bucket_name: str, dest_key_name: str, *more: Any, **named: Any
    ) -> None:
        copy(backend, src_key, dest_bucket_name, dest_key_name, *more, **named)
        key = backend.get_object(dest_bucket_name, dest_key_name)
        if key.checksum_algorithm in _COMPUTED:  # the copy is one object, whatever parts its source came in
            key.checksum_value, key.checksum_type = computed(key.checksum_algorithm, key.value), FULL

    S3Response.head_object, S3Response._get_checksum, S3Backend.copy_object = head_object, get_checksum, copy_object
