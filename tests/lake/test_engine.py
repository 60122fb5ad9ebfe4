"""Whether Spark failed at something, or is gone."""

from types import SimpleNamespace

import pytest

from lake.engines import SparkEngine
from lake.errors import LakeError
from lake.spark_errors import may_pass


def _spark(is_stopped):
    return SimpleNamespace(_jsc=SimpleNamespace(sc=lambda: SimpleNamespace(isStopped=is_stopped)))


def _refused_connection():
    raise ConnectionRefusedError(111, "Connection refused")


@pytest.mark.parametrize("is_stopped", [lambda: True, _refused_connection], ids=["stopped", "killed"])
def test_no_file_is_to_blame_for_a_spark_that_is_gone(is_stopped):
    engine = SparkEngine(session=_spark(is_stopped))
    with pytest.raises(LakeError, match="Spark has ended"):
        engine.check_alive(ConnectionRefusedError(111, "Connection refused"))


def test_a_spark_that_lives_has_failed_at_something():
    SparkEngine(session=_spark(lambda: False)).check_alive(ValueError("a page"))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Caused by: java.io.IOException: could not read page", False),
        ("Caused by: java.util.zip.ZipException: invalid block type", False),
        ("Caused by: java.net.SocketTimeoutException: Read timed out", True),
        ("Caused by: software.amazon.awssdk.services.s3.model.S3Exception: Service Unavailable", True),
        ("Caused by: java.nio.file.AccessDeniedException: s3a://raw/a.csv", True),
        ("Caused by: java.lang.OutOfMemoryError: Java heap space", True),
    ],
)
def test_what_is_in_the_bytes_is_told_from_what_may_pass(message: str, expected: bool):
    assert may_pass(RuntimeError(message)) is expected
