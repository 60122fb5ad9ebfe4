"""Why a line goes to quarantine, and why a file is refused as a whole: the codes, each with a sentence."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

NULL_TOKENS = ("", "NULL", "null", "N/A", "\\N")
"""What means NULL in a CSV field, after blanks and quotes around it are taken off. Nothing else does."""

# TLC's longest line has about 200 bytes.
MAX_LINE_BYTES = 1 << 20  # a longer one refuses the file: the reader would have to hold it in memory
MAX_QUOTED_LINE = 4_096  # characters; quotes are not looked for in a longer line, as Java's regex recurses
# What a Parquet file may cost. TLC's footers have 11,000 bytes, its pages 1 MiB, its columns unfold to 2 to 7 times the file.
MAX_FOOTER_BYTES = 1 << 22
MAX_PAGE_HEADER_BYTES = 1 << 16
MAX_PAGE_BYTES = 1 << 26  # of a page, packed or not: a reader has to hold it in memory
MAX_PAGES = 200_000
MIN_UNFOLDED_PARQUET, MAX_PARQUET_UNFOLDING = 1 << 30, 1_000  # bytes that any file may unfold to; times its own size
MAX_BAD_SHARE = Fraction(1, 10)
MIN_LINES_FOR_SHARE = 100  # below, a single bad line would be a large share
MAX_OUTSIDE_SHARE = Fraction(1, 2)  # a real file has at most 38 pick-ups of other months
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


class RefusalCode(StrEnum):
    """Why a raw file is refused as a whole. Nothing of it is published; the month keeps the version it has."""

    NAME = "NAME"
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
    UNREADABLE = "UNREADABLE"
    DUPLICATE_MONTH = "DUPLICATE_MONTH"
    DUPLICATE_FILE = "DUPLICATE_FILE"
    TOO_MANY_BAD_ROWS = "TOO_MANY_BAD_ROWS"
    WRONG_MONTH = "WRONG_MONTH"
    SHRUNK = "SHRUNK"
    CHANGED_WHILE_READ = "CHANGED_WHILE_READ"
    ACCOUNTING = "ACCOUNTING"


REFUSAL_CODE_DOCS = {
    RefusalCode.NAME: "The name is close to green_tripdata_YYYY-MM.csv, .csv.gz or .parquet, but not it.",
    RefusalCode.EMPTY_FILE: "The file has no bytes.",
    RefusalCode.NO_DATA: "The file has a header and no data.",
    RefusalCode.HEADER_MISSING: "The first line holds data.",
    RefusalCode.UNKNOWN_LAYOUT: "The columns, their order, their types or the number of fields are those of no known layout.",
    RefusalCode.DUPLICATE_COLUMN: "A column name stands twice in the header.",
    RefusalCode.ENCODING: "The file is UTF-16 or UTF-32.",
    RefusalCode.NOT_CSV: "The file is named .csv and is something else: gzip, Parquet, zip, HTML, XML.",
    RefusalCode.NOT_GZIP: "The file is named .csv.gz and is not gzip, is cut off, or holds an archive.",
    RefusalCode.NOT_PARQUET: (
        "The file is named .parquet and is not sound Parquet: its footer cannot be read, or footer, row groups, column "
        "chunks, pages and their checksums contradict each other."
    ),
    RefusalCode.UNDECODABLE: (
        "The file is read to its end, but cannot be decoded: a codec that Spark has no library for (Brotli, LZO), "
        "encryption, a damaged page."
    ),
    RefusalCode.LINE_TOO_LONG: f"A line has more than {MAX_LINE_BYTES:,} bytes.",
    RefusalCode.DECOMPRESSION_BOMB: (
        f"A Parquet file unfolds to more than {MAX_PARQUET_UNFOLDING:,} times its own size and "
        f"{MIN_UNFOLDED_PARQUET:,} bytes, or one of its pages to more than {MAX_PAGE_BYTES:,} bytes."
    ),
    RefusalCode.UNREADABLE: "The file cannot be read: rights, a broken link, gone since it was listed.",
    RefusalCode.DUPLICATE_MONTH: "Two files of one month, other than a CSV next to a Parquet file.",
    RefusalCode.DUPLICATE_FILE: "The same bytes stand under two months.",
    RefusalCode.TOO_MANY_BAD_ROWS: (
        f"All lines are bad, or of at least {MIN_LINES_FOR_SHARE} lines more than {MAX_BAD_SHARE.numerator} in "
        f"{MAX_BAD_SHARE.denominator}."
    ),
    RefusalCode.WRONG_MONTH: "More than half of the pick-ups are of other months.",
    RefusalCode.SHRUNK: "It would replace the published month by one with over a tenth fewer rows.",
    RefusalCode.CHANGED_WHILE_READ: "The file was replaced or removed while it was read; the next run takes the new one.",
    RefusalCode.ACCOUNTING: "Physical lines and the rows made of them do not add up: a fault of the pipeline, please report it.",
}


@dataclass(frozen=True)
class Refusal:
    """A refusal: what, where, expected and found, what to do."""

    code: RefusalCode
    message: str
