"""What Spark said, on Spark 3.5 and 4.1, when a place could not be written; and what may have been a file that it read."""

import errno

import pytest

from lake.errors import CURES
from lake.spark_errors import refused_by

SAID = [
    (
        "Caused by: java.io.IOException: Mkdirs failed to create file:/ro/t/run=a/_temporary/0 (exists=false)",
        errno.EACCES,
    ),
    ("Caused by: java.io.IOException: No space left on device\n\tat java.base/sun.nio", errno.ENOSPC),
    ("java.io.FileNotFoundException: /q/part-0.parquet (Read-only file system)", errno.EROFS),
    ("Caused by: java.io.IOException: Disk quota exceeded", errno.EDQUOT),
    ("java.io.FileNotFoundException: /raw/green_tripdata_2020-04.csv (Permission denied)", None),
    ("Caused by: java.lang.NumberFormatException: x", None),
]


@pytest.mark.parametrize(("said", "number"), SAID)
def test_a_refused_write_is_told_from_a_file_that_cannot_be_read(said: str, number: "int | None"):
    assert refused_by(RuntimeError(f"[TASK_WRITE_FAILED] Task failed\n{said}")) == number
    assert number is None or CURES[number][1]
