"""Files that Spark's usual reader cannot take: what can be read is published, what cannot is noted and costs nothing again."""

import gzip
import struct
from pathlib import Path

import duckdb
import pytest

from lake.jobs import trips
from tests.jobs.lakes import LakeFolder, receipts
from tests.lake.intake.parquet_bytes import parquet

pytestmark = pytest.mark.spark

# An encoding of version 2 for each type; no reader of columns takes all of them.
ENCODINGS = {
    "total_amount": "BYTE_STREAM_SPLIT",
    "VendorID": "DELTA_BINARY_PACKED",
    "store_and_fwd_flag": "DELTA_BYTE_ARRAY",
}
STALE = b"crc\0" + struct.pack(">i", 512) + b"\1\2\3\4" * 400  # what Hadoop keeps beside a local file, of another file


def damaged(body: bytes) -> bytes:
    """A Parquet file without checksums with another byte in the first page, which is packed."""
    place = body.index(b"\x1f\x8b") + 20
    return body[:place] + bytes([body[place] ^ 255]) + body[place + 1 :]


def by_duckdb(folder: Path, body: bytes) -> bytes:
    source, target = folder / "source.parquet", folder / "target.parquet"
    source.write_bytes(body)
    duckdb.sql(f"COPY (FROM '{source}') TO '{target}' (FORMAT parquet, PARQUET_VERSION v2)")
    return target.read_bytes()


@pytest.mark.defect("gzip-padding")
@pytest.mark.defect("other-parquet-writers")
@pytest.mark.defect("parquet-codec")
@pytest.mark.defect("hadoop-checksum")
def test_what_can_be_read_is_published_and_what_cannot_is_noted(spark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lake = LakeFolder(tmp_path / "lake")
    lake.raw.mkdir(parents=True)
    readable = {
        "2018-02": parquet("P2", month=2, use_dictionary=False, column_encoding=ENCODINGS, data_page_version="2.0"),
        "2018-03": by_duckdb(tmp_path, parquet("P2", month=3)),
    }
    unreadable = {
        "2018-05": parquet("P2", month=5, compression="brotli"),
        "2018-06": damaged(parquet("P2", month=6, compression="gzip", write_page_checksum=False)),
    }
    for month, body in (readable | unreadable).items():
        (lake.raw / f"green_tripdata_{month}.parquet").write_bytes(body)
    (lake.raw / ".green_tripdata_2018-02.parquet.crc").write_bytes(STALE)
    lake.csv("2018-07")
    padded = lake.raw / "green_tripdata_2018-07.csv.gz"
    plain = lake.raw / "green_tripdata_2018-07.csv"
    padded.write_bytes(gzip.compress(plain.read_bytes()) + bytes(512))
    plain.unlink()
    first = lake.trips()
    assert list(receipts(lake.transformed)) == list(readable)
    assert {receipt["counts"]["published"] for receipt in receipts(lake.transformed).values()} == {1000}
    bad = dict.fromkeys((f"green_tripdata_{month}.parquet" for month in unreadable), "UNDECODABLE")
    assert bad.items() <= first.counts["refused"].items()
    assert first.counts["refused"][padded.name] == "UNDECODABLE"

    monkeypatch.setattr(
        trips, "look_into", lambda _, due: (_ for _ in ()).throw(AssertionError(due)) if due else ([], {})
    )
    again = lake.trips()
    assert (again.status, again.counts["refused"]) == (3, first.counts["refused"])
