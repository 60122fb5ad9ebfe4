"""What S3 says of an object's bytes: of all of them or of its parts, its own or the sender's, and never a wrong one."""

import hashlib
from base64 import b64encode
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.clients import client

CHECK = b"123456789"
CRC64NVME = "rosUhgp5mIg="  # of CHECK: AE8B14860A799888, as the catalogue of CRCs has it
PARTS = (b"a" * (5 << 20), b"b")
WHOLE = b"".join(PARTS)


def sha256(body: bytes) -> str:
    return b64encode(hashlib.sha256(body).digest()).decode()


@pytest.fixture(scope="module")
def plain(shared) -> Any:
    """A tool that sends no checksum of its own."""
    made = client(shared.environment, "s3", request_checksum_calculation="when_required")
    yield made
    made.close()


def in_parts(s3: Any, bucket: str, **algorithm: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a", **algorithm)["UploadId"]
    where = {"Bucket": bucket, "Key": "a", "UploadId": upload}
    parts = []
    for number, body in enumerate(PARTS, 1):
        answer = s3.upload_part(**where, PartNumber=number, Body=body, **algorithm)
        told = {name: answer[name] for name in ("ETag", "ChecksumSHA256") if name in answer}
        parts.append({**told, "PartNumber": number})
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})


def checksum(s3: Any, bucket: str, key: str = "a") -> tuple[str, dict[str, str]]:
    found = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    told = {name: value for name, value in found.items() if name.startswith("Checksum") and name != "ChecksumType"}
    return found["ChecksumType"], told


def test_an_object_without_a_checksum_gets_one(plain, bucket):
    plain.put_object(Bucket=bucket, Key="a", Body=CHECK)
    assert checksum(plain, bucket) == ("FULL_OBJECT", {"ChecksumCRC64NVME": CRC64NVME})
    assert "ChecksumType" not in plain.head_object(Bucket=bucket, Key="a"), "only who asks is told"


def test_one_that_comes_with_a_checksum_keeps_it(s3, plain, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=CHECK)
    assert checksum(s3, bucket) == ("FULL_OBJECT", {"ChecksumCRC32": "y/Q5Jg=="})  # CBF43926
    for more in ({"ChecksumAlgorithm": "SHA256"}, {"ChecksumSHA256": sha256(CHECK)}):
        plain.put_object(Bucket=bucket, Key="a", Body=CHECK, **more)
        assert checksum(s3, bucket) == ("FULL_OBJECT", {"ChecksumSHA256": sha256(CHECK)})


def test_a_wrong_checksum_is_refused(s3, bucket):
    with pytest.raises(ClientError, match=r"\(BadDigest\).*SHA256"):
        s3.put_object(Bucket=bucket, Key="a", Body=CHECK, ChecksumSHA256=sha256(b"other"))
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_in_parts_it_is_the_same_and_the_etag_is_not(plain, bucket):
    plain.put_object(Bucket=bucket, Key="a", Body=WHOLE)
    whole, etag = checksum(plain, bucket), plain.head_object(Bucket=bucket, Key="a")["ETag"]
    in_parts(plain, bucket)
    assert checksum(plain, bucket) == whole
    assert plain.head_object(Bucket=bucket, Key="a")["ETag"] != etag


def test_the_checksums_of_parts_make_no_checksum_of_the_whole_until_it_is_copied(plain, bucket):
    in_parts(plain, bucket, ChecksumAlgorithm="SHA256")
    of_parts = b"".join(hashlib.sha256(part).digest() for part in PARTS)
    assert checksum(plain, bucket) == ("COMPOSITE", {"ChecksumSHA256": f"{sha256(of_parts)}-2"})
    plain.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
    assert checksum(plain, bucket, "b") == ("FULL_OBJECT", {"ChecksumSHA256": sha256(WHOLE)})
