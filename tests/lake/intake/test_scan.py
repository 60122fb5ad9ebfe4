"""One pass over a raw file's bytes: its lines counted and numbered, and no small file that costs more than its size."""

import gzip
import hashlib
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.intake import scan as module
from lake.intake.scan import RefusalError, Scan, first_lines, scan
from lake.storage import storage_of
from schemas.reasons import MAX_LINE_BYTES

MEBIBYTE = 1 << 20


def scanned(path: Path, body: bytes) -> Scan:
    path.write_bytes(body)
    storage = storage_of(str(path))
    info = storage.head(str(path))
    assert info
    return scan(storage, info)


def packed(text: bytes) -> bytes:
    return gzip.compress(text, 9, mtime=0)


REFUSED = {
    "a line of one byte too many": (".csv", b"a\n" + b"x" * (MAX_LINE_BYTES + 1) + b"\n", "LINE_TOO_LONG"),
    "a long last line": (".csv", b"a\n" + b"x" * (MAX_LINE_BYTES + 1), "LINE_TOO_LONG"),
    "a long line in gzip": (".csv.gz", packed(b"a\n" + b"x" * 900_000), "LINE_TOO_LONG"),
    "more than a mebibyte, a thousandfold": (".csv.gz", packed(b"x" * 99 * MEBIBYTE), "LINE_TOO_LONG"),
    "long lines, a thousandfold": (".csv.gz", packed((b"x" * 199_999 + b"\n") * 6), "DECOMPRESSION_BOMB"),
    "blank lines, a thousandfold": (".csv.gz", packed(b"\n" * 1_100_000), "DECOMPRESSION_BOMB"),
    "a hundred thousand blank lines": (".csv", b"\n" * 100_000, "NO_TRIPS"),
    "a hundred thousand short lines": (".csv", b"1,2,3,4,5,6,7,8,9,10,11,12,13\n" * 100_000, "NO_TRIPS"),
    "gzip that is cut off": (".csv.gz", packed(os.urandom(5_000))[:-20], "NOT_GZIP"),
    "gzip that is damaged": (".csv.gz", packed(b"1,2\n" * 9)[:-6] + b"\0" * 6, "NOT_GZIP"),
}

TAKEN = {
    "the longest line there may be": (".csv", b"a\n" + b"x" * MAX_LINE_BYTES + b"\n", 2),
    "as much as any gzip may hold": (".csv.gz", packed((b"x" * 65_535 + b"\n") * 16), 16),
    "some blank lines": (".csv", b"\n" * 99_999, 99_999),
    "a hundred thousand lines of 32 bytes": (".csv", b"1,2,3,4,5,6,7,8,9,10,11,12,13,\r\n" * 100_000, 100_000),
    "two members": (".csv.gz", packed(b"a\nb") + packed(b"\nc\n"), 3),
    "nothing": (".csv", b"", 0),
}


@pytest.mark.defect("decompression-bomb")
@pytest.mark.defect("many-short-lines")
@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_would_cost_more_than_its_size_is_refused(tmp_path: Path, name: str):
    suffix, body, code = REFUSED[name]
    with pytest.raises(RefusalError) as error:
        scanned(tmp_path / f"green_tripdata_2018-02{suffix}", body)
    assert error.value.refused.code == code


@pytest.mark.parametrize("name", TAKEN)
def test_any_other_is_counted(tmp_path: Path, name: str):
    suffix, body, lines = TAKEN[name]
    found = scanned(tmp_path / f"green_tripdata_2018-02{suffix}", body)
    assert (found.lines, found.sha256) == (lines, hashlib.sha256(body).hexdigest())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scan")


@given(body=st.text("ab\r\n", max_size=30).map(str.encode), chunk=st.integers(1, 7))
@settings(max_examples=300, deadline=None)
def test_lines_end_where_they_end_however_the_file_is_read(folder: Path, body: bytes, chunk: int):
    path = folder / "green_tripdata_2018-02.csv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", chunk)
        scan_of_all = scanned(path, body)
        assert scan_of_all.lines == len(body.splitlines())
        assert scan_of_all.has_lone_cr == (b"\r" in body.replace(b"\r\n", b""))
        lines = body.splitlines()
        wanted = {hashlib.sha256(line).hexdigest(): zlib.crc32(line) for line in lines}
        storage = storage_of(str(path))
        info = storage.head(str(path))
        assert info
        found = list(first_lines(storage, info, wanted))
    assert found == [(hashlib.sha256(line).hexdigest(), lines.index(line) + 1, line) for line in dict.fromkeys(lines)]
