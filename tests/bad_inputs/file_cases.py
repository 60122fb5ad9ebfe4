"""Cases 1 to 38 and 75: what is wrong with a file."""

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
    Case(1, "a file of zero bytes is refused", make=lambda _: b"", refused="EMPTY_FILE", says=("no bytes",)),
    Case(1, "a gz file of zero bytes is refused", make=lambda _: b"", suffix=".csv.gz", refused="EMPTY_FILE"),
    Case(
        2,
        "a header alone never replaces a month with nothing",
        make=lambda lines: plain(lines[:1]),
        refused="NO_DATA",
        says=("a header and no data",),
    ),
    Case(2, "a header without a line end is no data", make=lambda lines: lines[0].encode(), refused="NO_DATA"),
    Case(2, "a header and blank lines are no data", make=lambda ls: plain([ls[0], "", " "]), refused="NO_DATA"),
    Case(2, "blank lines alone are no data", make=lambda _: b"\n\r\n \n", refused="NO_DATA"),
    ParquetCase(
        2, "a Parquet file without rows is refused", header=H4_HEADER, good=0, refused="NO_DATA", says=("no rows",)
    ),
    Case(
        3,
        "a file without a header does not lose its first row: it is refused",
        make=lambda lines: plain(lines[1:]),
        refused="HEADER_MISSING",
        says=("the first line holds data",),
    ),
    Case(
        4,
        "reordered columns are refused, never bound by position",
        make=lambda lines: _header(lines[0].replace("fare_amount,extra", "extra,fare_amount"), lines),
        refused="UNKNOWN_LAYOUT",
        says=("nearest layout is C", "column 10 is extra, expected fare_amount"),
    ),
    Case(5, "the header variants of 2015 are known: Lpep_dropoff_datetime, Trip_type with its blank", header=H2_HEADER),
    Case(5, "a header in another case is known", header=H3_HEADER.upper()),
    Case(5, "blanks around the names of a header", header=" " + H3_HEADER.replace(",", " , ") + "  "),
    Case(5, "quotes around the names of a header", make=lambda ls: _header('"' + ls[0].replace(",", '","') + '"', ls)),
    Case(
        6,
        "a column of every layout that is missing is named",
        make=lambda lines: _without("fare_amount", lines),
        refused="UNKNOWN_LAYOUT",
        says=("missing fare_amount",),
    ),
    Case(
        6,
        "a header with a column more than the rows is refused",
        make=lambda lines: plain([lines[0], *[line.rpartition(",")[0] for line in lines[1:]]]),
        refused="UNKNOWN_LAYOUT",
        says=("most rows have 18 fields", "19 (C7)"),
    ),
    Case(7, "a column that the layout lacks is NULL: no congestion_surcharge in 2018"),
    Case(7, "a column that the layout has is read: congestion_surcharge in 2019", header=H4_HEADER),
    ParquetCase(
        8,
        "cbd_congestion_fee is known",
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
        8,
        "an unknown extra column is refused and named",
        make=lambda lines: plain([lines[0] + ",airport_fee", *[line + ",0" for line in lines[1:]]]),
        refused="UNKNOWN_LAYOUT",
        says=("unknown airport_fee",),
    ),
    ParquetCase(
        8,
        "an unknown extra column of a Parquet file is refused and named",
        header=H4_HEADER,
        more={"airport_fee": 0.0},
        refused="UNKNOWN_LAYOUT",
        says=("nearest layout is P", "unknown airport_fee"),
    ),
    ParquetCase(
        8,
        "a Parquet column of an unknown type is refused, expected and found",
        header=H4_HEADER.replace(",fare_amount", ""),
        more={"fare_amount": "10"},
        refused="UNKNOWN_LAYOUT",
        says=("fare_amount is string, not double",),
    ),
    Case(
        9,
        "a column name that stands twice is refused and named",
        make=lambda lines: _header(lines[0].replace("extra", "Fare_Amount"), lines),
        refused="DUPLICATE_COLUMN",
        says=("fare_amount",),
    ),
    ParquetCase(
        9,
        "Parquet columns that differ in case alone are refused",
        header=H4_HEADER,
        more={"Fare_Amount": 0.0},
        refused="DUPLICATE_COLUMN",
        says=("fare_amount",),
    ),
    Case(
        10,
        "a header repeated inside is no trip and is counted as header",
        make=lambda lines: plain([*lines[:8], lines[0], *lines[8:], f'"{lines[0].upper()}"'.replace(",", '","')]),
        headers=3,
    ),
    Case(11, "a byte order mark is not part of the first name", make=lambda lines: BOM + plain(lines)),
    Case(12, "UTF-16 little-endian", make=lambda ls: plain(ls).decode().encode("utf-16"), refused="ENCODING"),
    Case(
        12,
        "UTF-16 big-endian",
        make=lambda lines: b"\xfe\xff" + plain(lines).decode().encode("utf-16-be"),
        refused="ENCODING",
        says=("UTF-16", "expected UTF-8"),
    ),
    Case(12, "UTF-16 LE without a mark", make=lambda ls: plain(ls).decode().encode("utf-16-le"), refused="ENCODING"),
    Case(12, "UTF-16 BE without a mark", make=lambda ls: plain(ls).decode().encode("utf-16-be"), refused="ENCODING"),
    Case(12, "UTF-32", make=lambda ls: plain(ls).decode().encode("utf-32"), refused="ENCODING"),
    Case(15, "CR LF does not stay in the last column", make=lambda lines: joined(lines, "\r\n")),
    Case(16, "CR alone ends a line", make=lambda lines: joined(lines, "\r")),
    Case(
        16,
        "CR alone: a bad line has its number",
        (ABC,),
        make=lambda lines: joined(lines, "\r"),
    ),
    Case(
        17,
        "mixed line ends",
        make=lambda ls: b"".join(joined([line], ("\n", "\r\n", "\r")[at % 3]) for at, line in enumerate(ls)),
    ),
    Case(18, "the last row without a line end is kept", make=lambda lines: plain(lines).rstrip(b"\n")),
    Case(18, "the last row without a line end, after CR LF", make=lambda lines: joined(lines, "\r\n").rstrip(b"\r\n")),
    Case(
        19,
        "blank lines before and after the header, between rows and at the end are counted",
        make=lambda ls: joined(["", ls[0], "", " ", *ls[1:9], "\t", *ls[9:], "", ""], "\r\n"),
        blanks=6,
    ),
    Case(
        19, "a blank line after the header alone", make=lambda ls: ls[0].encode() + b"\n\r\n" + plain(ls[1:]), blanks=1
    ),
    Case(20, "a gz file", make=_gz, suffix=".csv.gz"),
    Case(20, "a bad line in a gz file has its number", (ABC,), make=_gz, suffix=".csv.gz"),
    Case(
        21,
        "a truncated gz file is refused, never a part of it published",
        make=lambda lines: _gz(lines)[:-30],
        suffix=".csv.gz",
        refused="NOT_GZIP",
        says=("cut off",),
    ),
    Case(21, "a gz file cut in its checksum", make=lambda ls: _gz(ls)[:-3], suffix=".csv.gz", refused="NOT_GZIP"),
    Case(
        21,
        "a gz file with a wrong checksum",
        make=lambda lines: _gz(lines)[:-8] + b"\0\0\0\0" + _gz(lines)[-4:],
        suffix=".csv.gz",
        refused="NOT_GZIP",
        says=("CRC",),
    ),
    Case(
        22,
        "all members of a gz file are read, also where one ends inside a line",
        make=lambda lines: b"".join(
            gzip.compress(part) for part in (plain(lines)[:500], plain(lines)[500:900], plain(lines)[900:])
        ),
        suffix=".csv.gz",
    ),
    Case(
        23,
        "gz named .csv: the true reason and what to do",
        make=_gz,
        refused="NOT_CSV",
        says=("looks like gzip", "name it .csv.gz"),
    ),
    Case(
        23,
        "text named .csv.gz: the true reason and what to do",
        suffix=".csv.gz",
        refused="NOT_GZIP",
        says=("is not gzip", "name it .csv"),
    ),
    Case(24, "a zip archive named .csv", make=_zip, refused="NOT_CSV", says=("looks like a zip archive",)),
    Case(24, "a zip archive named .csv.gz", make=_zip, suffix=".csv.gz", refused="NOT_GZIP"),
    Case(
        24,
        "a zip archive in gz",
        make=lambda ls: gzip.compress(_zip(ls)),
        suffix=".csv.gz",
        refused="NOT_GZIP",
        says=("zip",),
    ),
    Case(
        24,
        "a tar.gz named .csv.gz",
        make=lambda lines: gzip.compress(_tar(lines)),
        suffix=".csv.gz",
        refused="NOT_GZIP",
        says=("holds a tar archive",),
    ),
    Case(24, "a tar archive named .csv", make=_tar, refused="NOT_CSV", says=("holds a tar archive",)),
    Case(
        25,
        "an HTML error page named .csv",
        make=lambda _: b"\n<!DOCTYPE html>\n<html><body>503 Slow Down</body></html>\n",
        refused="NOT_CSV",
        says=("looks like HTML or XML",),
    ),
    Case(
        25,
        "an XML error page with a byte order mark",
        make=lambda _: BOM + b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>',
        refused="NOT_CSV",
        says=("looks like HTML or XML",),
    ),
    Case(
        26,
        "Parquet bytes named .csv",
        make=lambda _: ParquetCase(26, "", header=H4_HEADER).body("2020-04"),
        refused="NOT_CSV",
        says=("looks like Parquet",),
    ),
    Case(
        26,
        "CSV named .parquet",
        suffix=".parquet",
        refused="NOT_PARQUET",
        says=("if it is CSV, name it .csv",),
    ),
    ParquetCase(
        26,
        "a Parquet file that is cut off",
        make=lambda _: ParquetCase(26, "", header=H4_HEADER).body("2020-04")[:-40],
        refused="NOT_PARQUET",
        says=("footer",),
    ),
    ParquetCase(20, "a Parquet file", header=H4_HEADER),
    Case(35, "half of the pick-ups of other months are flagged", (A_PICKUP_OF_ANOTHER_MONTH,) * 20),
    Case(
        35,
        "more than half of the pick-ups of other months: the file is under a wrong name",
        (A_PICKUP_OF_ANOTHER_MONTH,) * 21,
        refused="WRONG_MONTH",
        says=("21 of 41 pick-ups",),
    ),
    Case(37, "a line of 30,000 commas", (Line(remake=lambda _: "," * 30_000, reasons=("COLUMN_COUNT",)),)),
    Case(
        37,
        "a line of 30,000 commas as the first",
        (Line(remake=lambda _: "," * 30_000, reasons=("COLUMN_COUNT",)),),
        ahead=0,
    ),
    Case(
        36,
        "a line of 200,000 bytes as the first goes to quarantine",
        (Line(remake=lambda _: "x" * 200_000, reasons=("COLUMN_COUNT",)),),
        ahead=0,
    ),
    Case(
        36,
        "a header of 200,000 bytes is unknown",
        make=lambda lines: _header("x" * 200_000, lines),
        refused="UNKNOWN_LAYOUT",
        says=("nearest layout is C",),
    ),
    Case(
        36,
        "a line of a mebibyte and a byte refuses the file and is named",
        (Line(remake=lambda _: "x" * ((1 << 20) + 1)),),
        refused="LINE_TOO_LONG",
        says=("line 12 ", "1,048,576 bytes"),
    ),
    Case(
        36,
        "a line of just a mebibyte goes to quarantine",
        (Line(remake=lambda _: "x" * (1 << 20), reasons=("COLUMN_COUNT",)),),
    ),
    Case(75, "all rows bad", (ABC,) * 3, good=0, refused="TOO_MANY_BAD_ROWS", says=("3 of 3 lines", "BAD_NUMBER 3")),
    Case(
        75,
        "11 bad lines of 100 are too many",
        (ABC,) * 11,
        good=89,
        refused="TOO_MANY_BAD_ROWS",
        says=("11 of 100 lines (11%)", "BAD_NUMBER 11", "allowed are 10%"),
    ),
    Case(75, "10 bad lines of 100 go to quarantine", (ABC,) * 10, good=90),
    Case(75, "below 100 lines a share says nothing", (ABC,) * 60, good=39),
    Case(32, "a file published again with more rows replaces its month", good=25, before=20),
    Case(33, "a file published again with a tenth fewer rows replaces its month", good=18, before=20),
    Case(
        33,
        "a file that shrank by more is refused",
        good=17,
        before=20,
        refused="SHRUNK",
        says=("17 rows would replace 20", "--rebuild yes --months"),
    ),
    ParquetCase(
        31,
        "a Parquet file supersedes the published CSV beside it",
        header=H4_HEADER,
        before=20,
        beside={".csv": plain},
    ),
    ParquetCase(
        31,
        "a Parquet file that is refused does not give its month back to the CSV: the published version stays",
        header=H4_HEADER,
        make=lambda _: b"PAR1 and no more",
        beside={".csv": plain},
        refused="NOT_PARQUET",
    ),
    Case(
        31,
        "a .csv beside a .csv.gz: both are refused",
        beside={".csv.gz": _gz},
        refused="DUPLICATE_MONTH",
        says=("leave one",),
    ),
)
