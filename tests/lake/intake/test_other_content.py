"""A file that is not what its name says is called what it is, with what to do: no guess, and no stack trace."""

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pytest

from schemas.reasons import Refusal
from tests.bad_inputs.cases import Case, plain
from tests.bad_inputs.lines import H4_HEADER
from tests.lake.intake.parquet_bytes import look, parquet

TEXT = plain(Case("crlf", header=H4_HEADER).text_lines("2018-03"))
TABLE = pa.table({"VendorID": [1, 2], "fare_amount": [1.0, 2.0]})
BOM = b"\xef\xbb\xbf"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0a" * 32 + b"\nsize 1284094\n"
S3_ERROR = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
)


def zipped(*members: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, TEXT)
    return sink.getvalue()


def tarred() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        member = tarfile.TarInfo("green_tripdata_2018-03.csv")
        member.size = len(TEXT)
        archive.addfile(member, io.BytesIO(TEXT))
    return sink.getvalue()


def orc() -> bytes:
    sink = io.BytesIO()
    pyarrow.orc.write_table(TABLE, sink)
    return sink.getvalue()


def arrow() -> bytes:
    sink = io.BytesIO()
    pyarrow.feather.write_feather(TABLE, sink)
    return sink.getvalue()


def sqlite() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE trips (fare)")
        return connection.serialize()


@dataclass(frozen=True)
class Other:
    """Something else under the name of a month: its bytes, and what the message must say, in this order."""

    body: bytes
    says: tuple[str, ...]


OTHERS = {
    "error of S3": Other(S3_ERROR, ("error page of an object store", "AccessDenied", "fetch the file again")),
    "error of S3 with a namespace, after blank lines": Other(
        b'\n\n<?xml version="1.0"?><Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n  <Code>NoSuchKey</Code></Error>',
        ("error page of an object store", "NoSuchKey", "fetch the file again"),
    ),
    "error of Azure": Other(
        BOM + b'<?xml version="1.0" encoding="utf-8"?><Error><Code>BlobNotFound</Code><Message>x</Message></Error>',
        ("error page of an object store", "BlobNotFound", "fetch the file again"),
    ),
    "other XML": Other(b'<?xml version="1.0"?>\n<rows><row/></rows>', ("XML", "fetch the file again")),
    "HTML": Other(
        b"\n<!DOCTYPE html>\n<html><head><title>503 Slow\x1b[2J Down</title></head></html>",
        ("an HTML page", "503 Slow\\x1b[2J Down", "fetch the file again"),
    ),
    "HTML in capitals": Other(b"<HTML><BODY>Please log in</BODY></HTML>", ("an HTML page", "fetch the file again")),
    "an error in JSON": Other(
        json.dumps({"error": {"code": 404, "message": "no such dataset"}}, indent=1).encode(),
        ("JSON", "no such dataset", "fetch the file again"),
    ),
    "rows in JSON": Other(json.dumps([{"VendorID": 1}]).encode(), ("JSON", "CSV or Parquet")),
    "HTTP answer": Other(
        b"HTTP/1.1 403 Forbidden\r\nServer: x\r\n\r\nno", ("HTTP", "403 Forbidden", "fetch the file again")
    ),
    "Git LFS": Other(LFS, ("Git LFS pointer", "git lfs pull")),
    "Git LFS with CR LF": Other(LFS.replace(b"\n", b"\r\n"), ("Git LFS pointer", "git lfs pull")),
    "git-annex": Other(b"/annex/objects/SHA256E-s1284094--0a0a.parquet\n", ("git-annex pointer", "git annex get")),
    "DVC": Other(b"outs:\n- md5: 0a0a\n  size: 12\n  path: x.csv\n", ("DVC pointer", "dvc pull")),
    "zip": Other(zipped("green_tripdata_2018-03.csv"), ("a zip archive", "unpack it")),
    "empty zip": Other(zipped(), ("a zip archive", "unpack it")),
    "xlsx": Other(zipped("[Content_Types].xml", "xl/workbook.xml"), ("an Excel workbook", "save it as CSV")),
    "xls": Other(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504, ("an Excel workbook", "save it as CSV")),
    "bzip2": Other(bz2.compress(TEXT), ("bzip2", "unpack it")),
    "xz": Other(lzma.compress(TEXT), ("xz", "unpack it")),
    "lzma": Other(lzma.compress(TEXT, lzma.FORMAT_ALONE), ("lzma", "unpack it")),
    "zstd": Other(pa.compress(TEXT, "zstd", asbytes=True), ("zstd", "unpack it")),
    "lz4": Other(b"\x04\x22\x4d\x18" + b"x" * 50, ("lz4", "unpack it")),
    "7z": Other(b"7z\xbc\xaf\x27\x1c\0\4" + b"x" * 50, ("a 7z archive", "unpack it")),
    "rar": Other(b"Rar!\x1a\x07\x01\0" + b"x" * 50, ("a rar archive", "unpack it")),
    "compress": Other(b"\x1f\x9d\x90" + b"x" * 50, ("compress", "unpack it")),
    "tar": Other(tarred(), ("a tar archive", "unpack it")),
    "ORC": Other(orc(), ("ORC", "write it again as Parquet")),
    "Avro": Other(b"Obj\x01\x04\x14avro.codec", ("Avro", "write it again as Parquet")),
    "Arrow": Other(arrow(), ("Arrow", "write it again as Parquet")),
    "Feather": Other(b"FEA1" + b"x" * 50, ("Arrow", "write it again as Parquet")),
    "SQLite": Other(sqlite(), ("SQLite", "write it again as Parquet")),
    "PDF": Other(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ("a PDF", "fetch the file again")),
    "PGP": Other(b"-----BEGIN PGP MESSAGE-----\n\nhQEM", ("encrypted", "decrypt it")),
    "zeros": Other(b"\0" * 5000, ("zero bytes", "fetch the file again")),
}
PARQUET = Other(parquet(), ("Parquet", "rename it green_tripdata_2018-03.parquet"))
GZIP = Other(gzip.compress(TEXT), ("gzip", "rename it green_tripdata_2018-03.csv.gz"))
CASES = [
    *((name, suffix, other) for name, other in OTHERS.items() for suffix in (".csv", ".csv.gz", ".parquet")),
    *((f"{name} in gzip", ".csv.gz", Other(gzip.compress(other.body), other.says)) for name, other in OTHERS.items()),
    *(("Parquet", suffix, PARQUET) for suffix in (".csv", ".csv.gz")),
    ("Parquet in gzip", ".csv.gz", Other(gzip.compress(parquet()), ("Parquet", "unpack it", "2018-03.parquet"))),
    ("gzip", ".csv", GZIP),
    ("gzip", ".parquet", GZIP),
    ("Parquet in gzip", ".parquet", Other(gzip.compress(parquet()), ("gzip", "unpack it", "2018-03.parquet"))),
    ("gzip in gzip", ".csv.gz", Other(gzip.compress(gzip.compress(TEXT)), ("gzip, packed twice", "unpack it once"))),
    ("CSV", ".csv.gz", Other(TEXT, ("text", "rename it green_tripdata_2018-03.csv"))),
    ("CSV", ".parquet", Other(TEXT, ("CSV", "rename it green_tripdata_2018-03.csv"))),
    ("CSV with a byte order mark", ".parquet", Other(BOM + TEXT, ("CSV", "rename it green_tripdata_2018-03.csv"))),
    ("other text", ".parquet", Other(b"see the other \x1b[2J folder\n", ("'see the other \\x1b[2J folder'", "fetch"))),
    ("something", ".parquet", Other(b"\x8a\x01\x02\x03" * 9, ("8a 01 02 03", "PAR1", "fetch the file again"))),
    ("something", ".csv.gz", Other(b"\x8a\x01\x02\x03" * 9, ("8a 01 02 03", "1f 8b", "fetch the file again"))),
    ("something", ".csv", Other(b"\x8a\x01\x02\x03" * 9, ("8a 01 02 03", "fetch the file again"))),
    *((f"nothing, {suffix}", suffix, Other(b"", ("no bytes", "fetch"))) for suffix in (".csv", ".csv.gz", ".parquet")),
    ("nothing in gzip", ".csv.gz", Other(gzip.compress(b""), ("no bytes", "fetch"))),
    *(
        (f"UTF-16 of {order}, {suffix}", suffix, Other(mark + TEXT.decode().encode(order), ("UTF-16", "UTF-8")))
        for order, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"))
        for suffix in (".csv", ".parquet")
    ),
    ("encrypted Parquet", ".csv", Other(b"PARE" + parquet()[4:], ("encrypted", "Parquet without encryption"))),
    (
        "encrypted Parquet",
        ".parquet",
        Other(b"PARE" + parquet()[4:-4] + b"PARE", ("encrypted", "Parquet without encryption")),
    ),
    # Binary data without a line end, of more bytes than a line may have.
    ("large Parquet", ".csv", Other(b"PAR1" + b"x" * 400_000, ("Parquet", "rename it green_tripdata_2018-03.parquet"))),
    ("large zip", ".csv", Other(b"PK\3\4" + b"x" * 400_000, ("a zip archive", "unpack it"))),
]


@pytest.mark.defect("other-content")
@pytest.mark.parametrize(("name", "suffix", "other"), CASES, ids=[f"{name}{suffix}" for name, suffix, _ in CASES])
def test_a_file_is_called_what_it_is_with_what_to_do(tmp_path: Path, name: str, suffix: str, other: Other):
    found = look(tmp_path, other.body, suffix)
    assert isinstance(found, Refusal), found
    places = [found.message.find(text) for text in other.says]
    assert -1 not in places, found.message
    assert places == sorted(places), found.message
    assert len(found.message) < 300
    assert "\x1b" not in found.message


AHEAD = {
    "a comment": (b"# exported on a Monday\r\n", "'# exported on a Monday'"),
    "Excel's separator": (b"sep=,\n", "'sep=,'"),
    "a title and a blank line": (b"Green trips, March 2018\n\n", "'Green trips, March 2018'"),
    "escapes": (b"# \x1b[2J\n", "'# \\x1b[2J'"),
    "a long line": (b"# " + b"x" * 5000 + b"\n", "'# xxxxxxxxxx"),
    "many lines": (b"".join(b"# %d\n" % number for number in range(8)), "'# 0'"),
}


@pytest.mark.defect("text-before-header")
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
@pytest.mark.parametrize("case", AHEAD)
def test_what_stands_before_the_header_is_shown_as_found(tmp_path: Path, case: str, suffix: str):
    ahead, shown = AHEAD[case]
    body = ahead + TEXT
    found = look(tmp_path, gzip.compress(body) if suffix == ".csv.gz" else body, suffix)
    assert isinstance(found, Refusal), found
    line = len(ahead.splitlines()) + 1
    assert f"line 1 is {shown}" in found.message
    assert f"the header is line {line}: remove what stands before it" in found.message
    assert len(found.message) < 300


def test_a_first_line_that_is_no_header_at_all_is_shown_first(tmp_path: Path):
    found = look(tmp_path, b"bonjour tout le monde\nfoo\n", ".csv")
    assert isinstance(found, Refusal)
    assert found.message.startswith("line 1 is 'bonjour tout le monde'; expected a header such as VendorID,lpep_pickup")
