"""A file that could not be opened is tried again by opening it, not by a run."""

from pathlib import Path

import pytest

from lake.intake.plan import make_plan
from lake.intake.refusals import RefusalNote, RefusalNotes
from lake.publication.receipt_book import ReceiptBook
from lake.version import code_version
from schemas.reasons import RefusalCode

pytestmark = pytest.mark.s3

NAME = "green_tripdata_2018-03.csv"


def noted(s3, bucket: str, transformed: Path, code: RefusalCode, version: str) -> None:
    """The note of a run that refused the file."""
    etag = s3.head_object(Bucket=bucket, Key=NAME)["ETag"].strip('"')
    RefusalNotes.of(ReceiptBook.at(str(transformed))).write(RefusalNote(NAME, etag, code, "as it was", version))


@pytest.mark.defect("cannot-be-opened")
@pytest.mark.parametrize(
    ("storage_class", "code", "version", "is_due"),
    [
        ("GLACIER", RefusalCode.UNREADABLE, "", False),
        ("DEEP_ARCHIVE", RefusalCode.UNREADABLE, "", False),
        ("STANDARD", RefusalCode.UNREADABLE, "", True),  # restored, or the rights are back
        ("STANDARD", RefusalCode.UNDECODABLE, "", False),
        ("STANDARD", RefusalCode.UNDECODABLE, "older", True),
    ],
)
def test_a_file_is_due_again_when_its_refusal_may_be_over(
    s3, bucket: str, tmp_path: Path, storage_class: str, code: RefusalCode, version: str, is_due: bool
):
    s3.put_object(Bucket=bucket, Key=NAME, Body=b"VendorID\n", StorageClass=storage_class)
    noted(s3, bucket, tmp_path, code, version or code_version())
    plan = make_plan(f"s3://{bucket}", str(tmp_path))
    assert (list(plan.due), list(plan.refused)) == ((["2018-03"], []) if is_due else ([], [NAME]))
