"""The same bytes, sent in another way, and other bytes that look the same: on S3, receipts by hand, no Spark."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from botocore.client import Config

from lake.intake import twins
from lake.intake.identity import Identity
from lake.intake.plan import Plan, make_plan
from lake.intake.refusals import RefusalNote, RefusalNotes
from lake.publication.publisher import republish
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Counts, Receipt, Source
from lake.storage import storage_of
from lake.storage.s3 import S3Storage
from lake.version import code_version
from schemas.contract import CONTRACT_VERSION
from schemas.reasons import RefusalCode

pytestmark = pytest.mark.s3
A, B = b"VendorID of A\n", b"VendorID of B\n"  # of one size
APRIL, MAY = "2020-04", "2020-05"


def name(month: str) -> str:
    return f"green_tripdata_{month}.csv"


@dataclass(frozen=True)
class Lake:
    """A lake in a bucket, and tools that send files to it in their own ways."""

    s3: Any
    bucket: str

    @property
    def book(self) -> ReceiptBook:
        return ReceiptBook.at(f"s3://{self.bucket}/transformed")

    def at_once(self, month: str, body: bytes, **more: str) -> None:
        """As most tools send it: S3 adds its own checksum."""
        self.s3.put_object(Bucket=self.bucket, Key=f"raw/{name(month)}", Body=body, **more)

    def in_parts(self, month: str, body: bytes, **algorithm: str) -> None:
        """As tools send what is large: its ETag is another one."""
        where = {"Bucket": self.bucket, "Key": f"raw/{name(month)}"}
        where["UploadId"] = self.s3.create_multipart_upload(**where, **algorithm)["UploadId"]
        answer = self.s3.upload_part(**where, PartNumber=1, Body=body, **algorithm)
        part = {name: answer[name] for name in ("ETag", "ChecksumSHA256") if name in answer}
        self.s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [{**part, "PartNumber": 1}]})

    def publish(self, month: str, *, keeps_checksum: bool = True) -> Receipt:
        """The month's next generation, made of the file that lies there, as newer or older code would."""
        uri = f"s3://{self.bucket}/raw/{name(month)}"
        storage, before = storage_of(uri), self.book.get(month)
        file = storage.head(uri)
        assert file
        assert file.etag
        checksum = storage.checksum(uri, file.etag) if keeps_checksum else ""
        receipt = Receipt(
            month=month,
            run=f"run-{before.receipt.generation + 1 if before else 1}",
            generation=before.receipt.generation + 1 if before else 1,
            previous=None,
            contract_version=CONTRACT_VERSION,
            code_version="0123",
            published_at="2026-11-01T03:00:00+00:00",
            source=Source(uri, file.etag, file.size, "C8", checksum=checksum),
            files=(),
            counts=Counts(lines=9, published=9),
        )
        self.book.publish(receipt, before)
        return receipt

    def plan(self) -> Plan:
        return make_plan(f"s3://{self.bucket}/raw", f"s3://{self.bucket}/transformed")

    def fates(self) -> dict[str, str]:
        """What becomes of each file: due and why, refused and as what, or unchanged."""
        plan = self.plan()
        return {
            **{name(month): "unchanged" for month in plan.unchanged},
            **{due.file.name: due.why for due in plan.due.values()},
            **{refused: str(refusal.code) for refused, (_, refusal) in plan.refused.items()},
        }


@pytest.fixture
def lake(aws: str, bucket: str) -> Iterator[Lake]:
    s3 = boto3.client("s3", config=Config(request_checksum_calculation="when_required"))
    yield Lake(s3, bucket)
    s3.close()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are looked at for a checksum from here on."""
    seen, ask = [], S3Storage.checksum

    def checksum(storage: S3Storage, uri: str, etag: str | None) -> str:
        seen.append(uri.rpartition("/")[2])
        return ask(storage, uri, etag)

    monkeypatch.setattr(S3Storage, "checksum", checksum)
    return seen


@pytest.mark.parametrize(
    ("keeps_checksum", "again", "fate"),
    [
        pytest.param(True, lambda lake: lake.at_once(APRIL, A), "unchanged", id="the same way"),
        pytest.param(True, lambda lake: lake.in_parts(APRIL, A), "unchanged", id="in parts"),
        pytest.param(False, lambda lake: lake.in_parts(APRIL, A), "changed", id="in parts; the receipt is older"),
        pytest.param(True, lambda lake: lake.in_parts(APRIL, B), "changed", id="other bytes of the same size"),
        pytest.param(
            True,
            lambda lake: lake.in_parts(APRIL, A, ChecksumAlgorithm="SHA256"),
            "changed",
            id="in parts, and the checksum is of the parts",
        ),
        pytest.param(
            True,
            lambda lake: lake.at_once(APRIL, B, ChecksumAlgorithm="SHA256"),
            "changed",
            id="other bytes with a checksum of another kind",
        ),
    ],
)
def test_a_file_that_is_sent_again_has_changed_if_its_bytes_have(lake, keeps_checksum, again, fate):
    lake.at_once(APRIL, A)
    lake.publish(APRIL, keeps_checksum=keeps_checksum)
    again(lake)
    assert lake.fates() == {name(APRIL): fate}


def test_a_digest_is_kept_as_a_crc_is(lake):
    lake.at_once(APRIL, A, ChecksumAlgorithm="SHA256")
    kept = lake.publish(APRIL).source.checksum
    assert kept == "sha256:4lhnXvdjfV3zE0QhwhFQTkisM5WetaKCu28Fk1qcBSc="
    lake.in_parts(APRIL, A)
    assert lake.fates() == {name(APRIL): "changed"}, "a CRC tells nothing of a digest"


def test_a_checksum_of_parts_is_not_kept(lake):
    lake.in_parts(APRIL, A, ChecksumAlgorithm="SHA256")
    assert lake.publish(APRIL).source.checksum == ""


def test_only_a_file_with_another_etag_is_looked_at(lake, looks):
    for month, body in ((APRIL, A), (MAY, A + A)):
        lake.at_once(month, body)
        lake.publish(month, keeps_checksum=month == MAY)
    looks.clear()
    assert lake.fates() == {name(APRIL): "unchanged", name(MAY): "unchanged"}
    assert looks == []
    lake.in_parts(APRIL, A)  # of an older receipt: by its ETag
    lake.in_parts(MAY, A + A)
    assert lake.fates() == {name(APRIL): "changed", name(MAY): "unchanged"}
    assert looks == [name(MAY)]


def test_a_file_that_was_refused_stays_so_however_it_is_sent(lake):
    lake.at_once(APRIL, A)
    uri = f"s3://{lake.bucket}/raw/{name(APRIL)}"
    file = storage_of(uri).head(uri)
    assert file
    assert file.etag
    note = RefusalNote(name(APRIL), file.etag, RefusalCode.NO_DATA, "no rows", code_version())
    for checksum, fate in ((storage_of(uri).checksum(uri, file.etag), "NO_DATA"), ("", "new")):
        RefusalNotes.of(lake.book).write(replace(note, checksum=checksum))
        lake.in_parts(APRIL, A)
        assert lake.fates() == {name(APRIL): fate}


def test_bytes_of_an_earlier_generation_do_not_come_back_in_parts(lake):
    for body in (A, B):
        lake.at_once(APRIL, body)
        lake.publish(APRIL)
    lake.in_parts(APRIL, A)
    assert lake.fates() == {name(APRIL): "SUPERSEDED"}


def test_bytes_that_were_rolled_back_from_stay_held_back_in_parts(lake):
    lake.at_once(APRIL, A)
    first = lake.publish(APRIL)
    lake.at_once(APRIL, B)
    lake.publish(APRIL)
    now = lake.book.get(APRIL)
    assert now
    republish(lake.book, first, now)
    lake.in_parts(APRIL, B)
    assert lake.plan().held == {APRIL: name(APRIL)}


@pytest.mark.defect("same-bytes-under-two-months")
def test_the_same_bytes_under_two_months_are_found_however_they_were_sent(lake):
    lake.at_once(APRIL, A)
    lake.in_parts(MAY, A)
    assert lake.fates() == {name(APRIL): "DUPLICATE_FILE", name(MAY): "DUPLICATE_FILE"}
    assert lake.plan().refused[name(MAY)][1].message == (
        f"{name(APRIL)} and {name(MAY)} hold the same bytes; one of them is under a wrong name"
    )


def test_two_months_of_one_size_are_no_twins(lake, looks):
    lake.at_once(APRIL, A)
    lake.in_parts(MAY, B)
    assert lake.fates() == {name(APRIL): "new", name(MAY): "new"}
    assert looks == [name(APRIL), name(MAY)]


def test_a_crc_that_two_months_share_is_settled_by_reading(lake, monkeypatch):
    monkeypatch.setattr(S3Storage, "checksum", lambda *_: "crc64nvme:AAAAAAAAAAA=")
    lake.at_once(APRIL, A)
    lake.at_once(MAY, B)
    assert lake.fates() == {name(APRIL): "new", name(MAY): "new"}


def test_what_was_settled_is_not_read_again_until_a_file_changes(lake, monkeypatch):
    lake.at_once(APRIL, A)
    lake.in_parts(MAY, A)
    for refused, (etag, refusal) in lake.plan().refused.items():
        note = RefusalNote(refused, etag, refusal.code, refusal.message, code_version())
        RefusalNotes.of(lake.book).write(note)
    reads, read = list[str](), twins._sha256

    def sha256(identity: Identity) -> str:
        reads.append(identity.file.name)
        return read(identity)

    monkeypatch.setattr(twins, "_sha256", sha256)
    assert set(lake.fates().values()) == {"DUPLICATE_FILE"}
    assert reads == []
    lake.at_once(MAY, A)  # one ETag now: nothing to settle
    lake.in_parts(APRIL, A)
    assert set(lake.fates().values()) == {"DUPLICATE_FILE"}
    assert reads == [name(APRIL), name(MAY)]


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_a_file_that_changes_before_it_is_looked_at_waits_for_the_next_run(lake, monkeypatch, change):
    lake.at_once(APRIL, A)
    lake.publish(APRIL)
    lake.in_parts(APRIL, A)
    ask = S3Storage.checksum

    def checksum(storage: S3Storage, uri: str, etag: str | None) -> str:
        if change == "replaced":
            lake.at_once(APRIL, B)
        else:
            lake.s3.delete_object(Bucket=lake.bucket, Key=f"raw/{name(APRIL)}")
        return ask(storage, uri, etag)

    monkeypatch.setattr(S3Storage, "checksum", checksum)
    assert lake.fates() == {name(APRIL): "UNREADABLE"}
