"""What is wrong with a file."""

import gzip
import io
import tarfile
import zipfile
from datetime import datetime
from decimal import Decimal

from tests.bad_inputs.cases import P3_HEADER, Case, ParquetCase, joined, plain
from tests.bad_inputs.lines import DROPOFF, H2_HEADER, H3_HEADER, H4_HEADER, PICKUP, Line

BOM = b"\xef\xbb\xbf"
A_PICKUP_OF_ANOTHER_MONTH = Line(
    {PICKUP: "2061-05-06 07:08:09", DROPOFF: "2061-05-06 07:18:09"},
    values={PICKUP: datetime(2061, 5, 6, 7, 8, 9), DROPOFF: datetime(2061, 5, 6, 7, 18, 9)},
    flags=("is_pickup_outside_month",),
)
ABC = Line({"fare_amount": "abc"}, reasons=("BAD_NUMBER",))
H3_NAMES = H3_HEADER.split(",")


def _zip(lines: list[str]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("green_tripdata.csv", plain(lines))
    return sink.getvalue()


def _tar(lines: list[str]) -> bytes:
    sink, body = io.BytesIO(), plain(lines)
    with tarfile.open(fileobj=sink, mode="w") as archive:
        member = tarfile.TarInfo("green_tripdata.csv")
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    return sink.getvalue()


def _gz(lines: list[str]) -> bytes:
    return gzip.compress(plain(lines), mtime=0)


def _without(column: str, lines: list[str]) -> bytes:
    """Takes a column out of the header and of all lines."""
    place = H3_NAMES.index(column)
    return plain([",".join(text for at, text in enumerate(line.split(",")) if at != place) for line in lines])


def _header(header: str, lines: list[str]) -> bytes:
    return plain([header, *lines[1:]])


CONTENT = (
    Case("empty-file", make=lambda _: b"", refused="EMPTY_FILE", says=("no bytes",)),
    Case("empty-gzip", make=lambda _: b"", suffix=".csv.gz", refused="EMPTY_FILE"),
    Case(
        "header-only",
        make=lambda lines: plain(lines[:1]),
        refused="NO_DATA",
        says=("a header and no data",),
    ),
    Case("header-only-without-line-end", make=lambda lines: lines[0].encode(), refused="NO_DATA"),
    Case("header-and-blank-lines", make=lambda ls: plain([ls[0], "", " "]), refused="NO_DATA"),
    Case("blank-lines-only", make=lambda _: b"\n\r\n \n", refused="NO_DATA"),
    ParquetCase("empty-parquet", header=H4_HEADER, good=0, refused="NO_DATA", says=("no rows",)),
    Case(
        "missing-header",
        make=lambda lines: plain(lines[1:]),
        refused="HEADER_MISSING",
        says=("the first line holds data",),
    ),
    Case(
        "reordered-columns",
        make=lambda lines: _header(lines[0].replace("fare_amount,extra", "extra,fare_amount"), lines),
        refused="UNKNOWN_LAYOUT",
        says=("nearest layout is C", "column 10 is extra, expected fare_amount"),
    ),
    Case("header-of-2015", header=H2_HEADER),
    Case("header-case", header=H3_HEADER.upper()),
    Case("blanks-in-header", header=" " + H3_HEADER.replace(",", " , ") + "  "),
    Case("quoted-header", make=lambda ls: _header('"' + ls[0].replace(",", '","') + '"', ls)),
    Case(
        "missing-column",
        make=lambda lines: _without("fare_amount", lines),
        refused="UNKNOWN_LAYOUT",
        says=("missing fare_amount",),
    ),
    Case(
        "header-wider-than-rows",
        make=lambda lines: plain([lines[0], *[line.rpartition(",")[0] for line in lines[1:]]]),
        refused="UNKNOWN_LAYOUT",
        says=("most rows have 18 fields", "19 (C7)"),
    ),
    Case("column-not-in-layout"),
    Case("newer-column", header=H4_HEADER),
    ParquetCase(
        "cbd-fee",
        (
            Line(
                {"cbd_congestion_fee": 0.75},
                values={"cbd_congestion_fee": Decimal("0.75")},
                flags=("has_total_mismatch",),
            ),
        ),
        header=P3_HEADER,
    ),
    Case(
        "unknown-column",
        make=lambda lines: plain([lines[0] + ",surge_fee", *[line + ",0" for line in lines[1:]]]),
        refused="UNKNOWN_LAYOUT",
        says=("unknown surge_fee",),
    ),
    ParquetCase(
        "unknown-parquet-column",
        header=H4_HEADER,
        more={"surge_fee": 0.0},
        refused="UNKNOWN_LAYOUT",
        says=("nearest layout is P", "unknown surge_fee"),
    ),
    ParquetCase(
        "parquet-column-type",
        header=H4_HEADER.replace(",fare_amount", ""),
        more={"fare_amount": "10"},
        refused="UNKNOWN_LAYOUT",
        says=("fare_amount is string, not double",),
    ),
    Case(
        "duplicate-column",
        make=lambda lines: _header(lines[0].replace("extra", "Fare_Amount"), lines),
        refused="DUPLICATE_COLUMN",
        says=("fare_amount",),
    ),
    ParquetCase(
        "parquet-columns-differ-in-case",
        header=H4_HEADER,
        more={"Fare_Amount": 0.0},
        refused="DUPLICATE_COLUMN",
        says=("fare_amount",),
    ),
    Case(
        "repeated-header",
        make=lambda lines: plain([*lines[:8], lines[0], *lines[8:], f'"{lines[0].upper()}"'.replace(",", '","')]),
        headers=3,
    ),
    Case("byte-order-mark", make=lambda lines: BOM + plain(lines)),
    Case("utf-16-le", make=lambda ls: plain(ls).decode().encode("utf-16"), refused="ENCODING"),
    Case(
        "utf-16-be",
        make=lambda lines: b"\xfe\xff" + plain(lines).decode().encode("utf-16-be"),
        refused="ENCODING",
        says=("UTF-16", "expected UTF-8"),
    ),
    Case("utf-16-le-unmarked", make=lambda ls: plain(ls).decode().encode("utf-16-le"), refused="ENCODING"),
    Case("utf-16-be-unmarked", make=lambda ls: plain(ls).decode().encode("utf-16-be"), refused="ENCODING"),
    Case("utf-32", make=lambda ls: plain(ls).decode().encode("utf-32"), refused="ENCODING"),
    Case("crlf", make=lambda lines: joined(lines, "\r\n")),
    Case("cr", make=lambda lines: joined(lines, "\r")),
    Case(
        "cr-bad-line",
        (ABC,),
        make=lambda lines: joined(lines, "\r"),
    ),
    Case(
        "mixed-line-ends",
        make=lambda ls: b"".join(joined([line], ("\n", "\r\n", "\r")[at % 3]) for at, line in enumerate(ls)),
    ),
    Case("no-final-line-end", make=lambda lines: plain(lines).rstrip(b"\n")),
    Case("no-final-line-end-crlf", make=lambda lines: joined(lines, "\r\n").rstrip(b"\r\n")),
    Case(
        "blank-lines",
        make=lambda ls: joined(["", ls[0], "", " ", *ls[1:9], "\t", *ls[9:], "", ""], "\r\n"),
        blanks=6,
    ),
    Case("blank-line-after-header", make=lambda ls: ls[0].encode() + b"\n\r\n" + plain(ls[1:]), blanks=1),
    Case("gzip", make=_gz, suffix=".csv.gz"),
    Case("gzip-bad-line", (ABC,), make=_gz, suffix=".csv.gz"),
    Case(
        "truncated-gzip",
        make=lambda lines: _gz(lines)[:-30],
        suffix=".csv.gz",
        refused="NOT_GZIP",
        says=("cut off",),
    ),
    Case("gzip-checksum-cut", make=lambda ls: _gz(ls)[:-3], suffix=".csv.gz", refused="NOT_GZIP"),
    Case(
        "gzip-wrong-checksum",
        make=lambda lines: _gz(lines)[:-8] + b"\0\0\0\0" + _gz(lines)[-4:],
        suffix=".csv.gz",
        refused="NOT_GZIP",
        says=("CRC",),
    ),
    Case(
        "gzip-members",
        make=lambda lines: b"".join(
            gzip.compress(part) for part in (plain(lines)[:500], plain(lines)[500:900], plain(lines)[900:])
        ),
        suffix=".csv.gz",
    ),
    Case(
        "gzip-named-csv",
        make=_gz,
        refused="NOT_CSV",
        says=("the file is gzip, not CSV", "rename it", ".csv.gz"),
    ),
    Case(
        "text-named-gzip",
        suffix=".csv.gz",
        refused="NOT_GZIP",
        says=("CSV text, not gzip", "rename it"),
    ),
    Case("zip-named-csv", make=_zip, refused="NOT_CSV", says=("a zip archive", "unpack it")),
    Case("zip-named-gzip", make=_zip, suffix=".csv.gz", refused="NOT_GZIP", says=("a zip archive",)),
    Case(
        "zip-in-gzip",
        make=lambda ls: gzip.compress(_zip(ls)),
        suffix=".csv.gz",
        refused="NOT_GZIP",
        says=("the gzip file holds a zip archive", "unpack it"),
    ),
    Case(
        "tar-gz",
        make=lambda lines: gzip.compress(_tar(lines)),
        suffix=".csv.gz",
        refused="NOT_GZIP",
        says=("holds a tar archive",),
    ),
    Case("tar-named-csv", make=_tar, refused="NOT_CSV", says=("a tar archive",)),
    Case(
        "html-page",
        make=lambda _: b"\n<!DOCTYPE html>\n<html><body>503 Slow Down</body></html>\n",
        refused="NOT_CSV",
        says=("an HTML page", "fetch the file again"),
    ),
    Case(
        "xml-page",
        make=lambda _: BOM + b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>',
        refused="NOT_CSV",
        says=("an XML error page of an object store (AccessDenied)", "fetch the file again"),
    ),
    Case(
        "parquet-named-csv",
        make=lambda _: ParquetCase("parquet", header=H4_HEADER).body("2020-04"),
        refused="NOT_CSV",
        says=("the file is Parquet, not CSV", "rename it"),
    ),
    Case(
        "csv-named-parquet",
        suffix=".parquet",
        refused="NOT_PARQUET",
        says=("CSV text, not Parquet", "rename it"),
    ),
    ParquetCase(
        "truncated-parquet",
        make=lambda _: ParquetCase("parquet", header=H4_HEADER).body("2020-04")[:-40],
        refused="NOT_PARQUET",
        says=("footer",),
    ),
    ParquetCase("parquet", header=H4_HEADER),
    Case("half-outside-month", (A_PICKUP_OF_ANOTHER_MONTH,) * 20),
    Case(
        "wrong-month",
        (A_PICKUP_OF_ANOTHER_MONTH,) * 21,
        refused="WRONG_MONTH",
        says=("21 of 41 pick-ups",),
    ),
    Case("many-commas", (Line(remake=lambda _: "," * 30_000, reasons=("COLUMN_COUNT",)),)),
    Case(
        "many-commas-first",
        (Line(remake=lambda _: "," * 30_000, reasons=("COLUMN_COUNT",)),),
        ahead=0,
    ),
    Case(
        "long-first-line",
        (Line(remake=lambda _: "x" * 200_000, reasons=("COLUMN_COUNT",)),),
        ahead=0,
    ),
    Case(
        "long-header",
        make=lambda lines: _header("x" * 200_000, lines),
        refused="UNKNOWN_LAYOUT",
        says=("nearest layout is C",),
    ),
    Case(
        "line-too-long",
        (Line(remake=lambda _: "x" * ((1 << 18) + 1)),),
        refused="LINE_TOO_LONG",
        says=("line 12 ", "262,144 bytes"),
    ),
    Case(
        "longest-line",
        (Line(remake=lambda _: "x" * (1 << 18), reasons=("COLUMN_COUNT",)),),
    ),
    Case("all-lines-bad", (ABC,) * 3, good=0, refused="TOO_MANY_BAD_ROWS", says=("3 of 3 lines", "BAD_NUMBER 3")),
    Case(
        "too-many-bad-lines",
        (ABC,) * 11,
        good=89,
        refused="TOO_MANY_BAD_ROWS",
        says=("11 of 100 lines (11%)", "BAD_NUMBER 11", "allowed are 10%"),
    ),
    Case("tenth-of-lines-bad", (ABC,) * 10, good=90),
    Case("few-lines-mostly-bad", (ABC,) * 60, good=39),
    Case("more-rows", good=25, before=20),
    Case("slightly-fewer-rows", good=18, before=20),
    Case(
        "shrunk",
        good=17,
        before=20,
        refused="SHRUNK",
        says=("17 rows would replace 20", "--rebuild yes --months"),
    ),
    ParquetCase(
        "parquet-supersedes-csv",
        header=H4_HEADER,
        before=20,
        beside={".csv": plain},
    ),
    ParquetCase(
        "refused-parquet-beside-csv",
        header=H4_HEADER,
        make=lambda _: b"PAR1 and no more",
        beside={".csv": plain},
        refused="NOT_PARQUET",
    ),
    Case(
        "csv-beside-gzip",
        beside={".csv.gz": _gz},
        refused="DUPLICATE_MONTH",
        says=("leave one",),
    ),
)
