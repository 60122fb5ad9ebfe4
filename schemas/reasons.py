"""Why a line goes to quarantine, and why a file is refused as a whole: the codes, each with a sentence."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from schemas.columns import ColumnType

RULES_VERSION = 1
"""Raised when a rule is added or changes its meaning; each line in quarantine has it."""

NULL_TOKENS = ("", "NULL", "null", "N/A", "\\N")
"""What means NULL in a CSV field, after blanks and quotes around it are taken off. Nothing else does."""

# What a small file may cost. TLC's longest line has about 200 bytes, and gzip makes its files 6 to 8 times smaller.
MAX_LINE_BYTES = 1 << 18  # a longer one refuses the file: the reader would have to hold it in memory
MAX_UNFOLDING = 50  # times its own size that a gzip file may hold
MIN_UNFOLDED_BYTES = 1 << 20  # which any gzip file may hold
MIN_MEAN_LINE = 32  # bytes on average; a trip has 60 or more
MIN_LINES_FOR_MEAN = 100_000  # below, blank lines are few enough
MAX_DIGITS = 400  # of a number, before its point and after it
MAX_QUOTED_LINE = 4_096  # characters; quotes are not looked for in a longer line, as Java's regex recurses
# What a Parquet file may cost. TLC's footers have 11,000 bytes, its pages 1 MiB, its columns unfold to 2 to 7 times the file.
MAX_FOOTER_BYTES = 1 << 22
MAX_PAGE_HEADER_BYTES = 1 << 16
MAX_PAGE_BYTES = 1 << 26  # of a page, packed or not: a reader has to hold it in memory
MAX_PAGES = 200_000
MIN_UNFOLDED_PARQUET, MAX_PARQUET_UNFOLDING = 1 << 30, 1_000  # bytes that any file may unfold to; times its own size
MIN_PARQUET_ROWS = 100_000  # which any file may have; more only if it has as many bytes: TLC's have 20 to 25 a row
MAX_BAD_SHARE = Fraction(1, 10)
MIN_LINES_FOR_SHARE = 100  # below, a single bad line would be a large share
MAX_OUTSIDE_SHARE = Fraction(1, 2)  # a real file has at most 38 pick-ups of other months
MAX_REPEATED_TRIPS = 100  # and no more than this share of them:
MAX_REPEATED_SHARE = Fraction(1, 100)  # 36,157 lines of real files repeat none
MAX_SHRINK_SHARE = Fraction(1, 10)  # a re-publication has only ever added rows


class Reason(StrEnum):
    """Why a line (CSV) or row (Parquet) cannot be read as a trip."""

    COLUMN_COUNT = "COLUMN_COUNT"
    UNCLOSED_QUOTE = "UNCLOSED_QUOTE"
    INVALID_ENCODING = "INVALID_ENCODING"
    NUL_BYTE = "NUL_BYTE"
    BAD_NUMBER = "BAD_NUMBER"
    NON_FINITE = "NON_FINITE"
    BAD_TIMESTAMP = "BAD_TIMESTAMP"
    REQUIRED = "REQUIRED"


REASON_DOCS = {
    Reason.COLUMN_COUNT: "The line has more or fewer fields than its layout, or a surplus field that is not empty.",
    Reason.UNCLOSED_QUOTE: "A field opens with a quote that does not close on its line.",
    Reason.INVALID_ENCODING: "The line is not valid UTF-8.",
    Reason.NUL_BYTE: "The line holds a NUL byte.",
    Reason.BAD_NUMBER: "A number does not parse, is not whole where it must be, or does not fit its column.",
    Reason.NON_FINITE: "A number is NaN or infinite.",
    Reason.BAD_TIMESTAMP: "A time is not an existing date and time written yyyy-MM-dd HH:mm:ss.",
    Reason.REQUIRED: "There is no pick-up time.",
}

_TIME = "YYYY-MM-DD HH:MM:SS"
REASON_EXPECTED = {
    Reason.COLUMN_COUNT: "{fields}",
    Reason.UNCLOSED_QUOTE: "a quote that closes where the field ends",
    Reason.INVALID_ENCODING: "UTF-8",
    Reason.NUL_BYTE: "text without NUL bytes",
    Reason.BAD_NUMBER: "{number}",
    Reason.NON_FINITE: "{number}",
    Reason.BAD_TIMESTAMP: _TIME,
    Reason.REQUIRED: _TIME,
}
"""What should have stood there, for messages: `{fields}` is the layout's number of fields, `{number}` one of the next."""

NUMBER_EXPECTED = {
    ColumnType.INT: "a whole number up to 2147483647",
    ColumnType.DECIMAL: "a number below 10000000, such as 12.50",
    ColumnType.DOUBLE: "a number such as -73.95",
}


class RefusalCode(StrEnum):
    """Why a raw file is refused as a whole. Nothing of it is published; the month keeps the version it has."""

    NAME = "NAME"
    NOT_A_FILE = "NOT_A_FILE"
    EMPTY_FILE = "EMPTY_FILE"
    NO_DATA = "NO_DATA"
    HEADER_MISSING = "HEADER_MISSING"
    UNKNOWN_LAYOUT = "UNKNOWN_LAYOUT"
    DUPLICATE_COLUMN = "DUPLICATE_COLUMN"
    ENCODING = "ENCODING"
    NOT_CSV = "NOT_CSV"
    NOT_GZIP = "NOT_GZIP"
    NOT_PARQUET = "NOT_PARQUET"
    UNDECODABLE = "UNDECODABLE"
    LINE_TOO_LONG = "LINE_TOO_LONG"
    DECOMPRESSION_BOMB = "DECOMPRESSION_BOMB"
    NO_TRIPS = "NO_TRIPS"
    UNREADABLE = "UNREADABLE"
    DUPLICATE_MONTH = "DUPLICATE_MONTH"
    DUPLICATE_FILE = "DUPLICATE_FILE"
    TOO_MANY_BAD_ROWS = "TOO_MANY_BAD_ROWS"
    WRONG_MONTH = "WRONG_MONTH"
    REPEATED_TRIPS = "REPEATED_TRIPS"
    SHRUNK = "SHRUNK"
    SUPERSEDED = "SUPERSEDED"
    CHANGED_WHILE_READ = "CHANGED_WHILE_READ"
    ACCOUNTING = "ACCOUNTING"
    ENGINE = "ENGINE"


REFUSAL_CODE_DOCS = {
    RefusalCode.NAME: "The name is close to green_tripdata_YYYY-MM.csv, .csv.gz or .parquet, but not it.",
    RefusalCode.NOT_A_FILE: "A folder, a pipe, a socket or a device is named like a month. It is never opened.",
    RefusalCode.EMPTY_FILE: "The file has no bytes.",
    RefusalCode.NO_DATA: "The file has a header and no data.",
    RefusalCode.HEADER_MISSING: "The first line holds data.",
    RefusalCode.UNKNOWN_LAYOUT: "The columns, their order, their types or the number of fields are those of no known layout.",
    RefusalCode.DUPLICATE_COLUMN: "A column name stands twice in the header.",
    RefusalCode.ENCODING: "The file is UTF-16 or UTF-32.",
    RefusalCode.NOT_CSV: "The file is named .csv and is something else: an archive, another format, a page, a pointer.",
    RefusalCode.NOT_GZIP: "The file is named .csv.gz and is not gzip, is cut off, or holds something else than CSV.",
    RefusalCode.NOT_PARQUET: (
        "The file is named .parquet and is something else, or not sound Parquet: its footer cannot be read, or footer, row "
        "groups, column chunks, pages and their checksums contradict each other."
    ),
    RefusalCode.UNDECODABLE: (
        "The file is read to its end, but cannot be decoded: a codec that Spark has no library for (Brotli, LZO), "
        "encryption, a damaged page."
    ),
    RefusalCode.LINE_TOO_LONG: f"A line has more than {MAX_LINE_BYTES:,} bytes.",
    RefusalCode.DECOMPRESSION_BOMB: (
        f"A gzip file holds more than {MAX_UNFOLDING} times its own size and {MIN_UNFOLDED_BYTES:,} bytes; a Parquet file "
        f"unfolds to more than {MAX_PARQUET_UNFOLDING:,} times its own size and {MIN_UNFOLDED_PARQUET:,} bytes, has more "
        f"rows than bytes and than {MIN_PARQUET_ROWS:,}, or a page of more than {MAX_PAGE_BYTES:,} bytes."
    ),
    RefusalCode.NO_TRIPS: (
        f"{MIN_LINES_FOR_MEAN:,} lines or more have fewer than {MIN_MEAN_LINE} bytes on average: most cannot be trips."
    ),
    RefusalCode.UNREADABLE: "The file cannot be read: rights, a broken link, gone since it was listed.",
    RefusalCode.DUPLICATE_MONTH: "Two files of one month, other than a CSV next to a Parquet file.",
    RefusalCode.DUPLICATE_FILE: "Two months have the same bytes.",
    RefusalCode.TOO_MANY_BAD_ROWS: (
        f"All lines are bad, or of at least {MIN_LINES_FOR_SHARE} lines more than {MAX_BAD_SHARE.numerator} in "
        f"{MAX_BAD_SHARE.denominator}."
    ),
    RefusalCode.WRONG_MONTH: "More than half of the pick-ups are of other months.",
    RefusalCode.REPEATED_TRIPS: (
        f"More than {MAX_REPEATED_TRIPS} trips, and more than {MAX_REPEATED_SHARE.numerator} in "
        f"{MAX_REPEATED_SHARE.denominator}, repeat an earlier one of the file exactly."
    ),
    RefusalCode.SHRUNK: "It would replace the published month by one with over a tenth fewer rows.",
    RefusalCode.SUPERSEDED: (
        "The month is published from what took this file's place: the Parquet file of a CSV, a later version, or a later "
        "version of the code."
    ),
    RefusalCode.CHANGED_WHILE_READ: "The file was replaced or removed while it was read; the next run takes the new one.",
    RefusalCode.ACCOUNTING: "Physical lines and the rows made of them do not add up: a fault of the pipeline, please report it.",
    RefusalCode.ENGINE: "Sail cannot read the file; Spark may: `--engine spark`. It is not noted.",
}


@dataclass(frozen=True)
class Refusal:
    """A refusal: what, where, expected and found, what to do."""

    code: RefusalCode
    message: str
