"""The table of defects: what can be wrong with a file or odd about it, and what becomes of it.

A key is used by the recipes of the samples (`bad`, `flagged`, `spelled`) and by the tests of bad inputs; docs/defects.md is
made of the table. The fates are written by hand; tests compare them with what recipes and cases expect.
"""

from dataclasses import dataclass

from schemas import flags
from schemas.reasons import Reason, RefusalCode

PUBLISHED = "published"
SKIPPED = "skipped"


@dataclass(frozen=True)
class Defect:
    """A defect.

    Attributes:
        key: A word for it, in kebab case.
        doc: What it is and what is made of it, in a sentence.
        fates: What becomes of the file or its lines: `PUBLISHED`, `SKIPPED` (left out, and counted or named in the receipt),
            the flags of a trip that is kept, the reasons of a line in quarantine, the code of a refusal.
    """

    key: str
    doc: str
    fates: tuple[str, ...]


def _defect(key: str, doc: str, *fates: str) -> Defect:
    return Defect(key, doc, fates)


_ODD_CODE = flags.UNKNOWN_CODE
_OUTSIDE = flags.PICKUP_OUTSIDE_MONTH

NAMES = (
    _defect(
        "nearly-right-name",
        "A month under another name, ending or packing; it is told the name it should have.",
        RefusalCode.NAME,
    ),
    _defect(
        "companion-files",
        "What other tools put beside a month: checksums, unfinished downloads, locks, profiles, pointers; left alone.",
        SKIPPED,
    ),
    _defect("long-name", "A name of 251 bytes, with a line feed, or in no encoding.", RefusalCode.NAME),
    _defect("time-of-no-calendar", "A foreign file that was changed in the year 10000.", SKIPPED),
    _defect("foreign-files", "Files of other data sets; they are counted.", SKIPPED),
    _defect("folder-names", "Blanks, `=`, `%`, `+`, `:` and letters beyond ASCII in the folders above.", PUBLISHED),
    _defect("many-objects", "Ten thousand foreign objects next to a month.", SKIPPED),
    _defect("link-to-nothing", "A link whose target is gone.", RefusalCode.UNREADABLE),
    _defect("same-bytes-under-two-months", "The same bytes as two months: neither.", RefusalCode.DUPLICATE_FILE),
    _defect("csv-beside-gzip", "A .csv and a .csv.gz of one month: neither.", RefusalCode.DUPLICATE_MONTH),
    _defect("parquet-supersedes-csv", "A CSV file next to a Parquet file of its month; the receipt names it.", SKIPPED),
    _defect(
        "parquet-moved-away",
        "The Parquet file is gone, and its CSV file is back: not taken.",
        RefusalCode.SUPERSEDED,
    ),
    _defect("past-put-back", "The bytes of an earlier generation are put back.", RefusalCode.SUPERSEDED),
    _defect("no-file", "A folder, a pipe, a socket or a device under a month's name.", RefusalCode.NOT_A_FILE),
    _defect("cannot-be-opened", "No right to read, or an object in Glacier.", RefusalCode.UNREADABLE),
    _defect("hadoop-checksum", "Hadoop's `.crc` file next to a month, also of earlier bytes.", SKIPPED),
    _defect("refused-parquet-beside-csv", "A broken Parquet file next to a CSV file.", RefusalCode.NOT_PARQUET),
)

BYTES = (
    _defect("empty-file", "A file of zero bytes.", RefusalCode.EMPTY_FILE),
    _defect("empty-gzip", "A .csv.gz file of zero bytes.", RefusalCode.EMPTY_FILE),
    _defect("empty-parquet", "A Parquet file without rows.", RefusalCode.NO_DATA),
    _defect("byte-order-mark", "A UTF-8 byte order mark; it is not part of the first name.", PUBLISHED),
    _defect("utf-16-le", "UTF-16, little-endian.", RefusalCode.ENCODING),
    _defect("utf-16-be", "UTF-16, big-endian.", RefusalCode.ENCODING),
    _defect("utf-16-le-unmarked", "UTF-16, little-endian, without a byte order mark.", RefusalCode.ENCODING),
    _defect("utf-16-be-unmarked", "UTF-16, big-endian, without a byte order mark.", RefusalCode.ENCODING),
    _defect("utf-32", "UTF-32.", RefusalCode.ENCODING),
    _defect("gzip", "A gzip file.", PUBLISHED),
    _defect("gzip-bad-line", "A bad line in a gzip file; it has its number.", Reason.BAD_NUMBER),
    _defect(
        "gzip-members", "A gzip file of several members, one of which ends inside a line: all are read.", PUBLISHED
    ),
    _defect("truncated-gzip", "A gzip file that is cut off.", RefusalCode.NOT_GZIP),
    _defect("gzip-checksum-cut", "A gzip file that is cut off in its checksum.", RefusalCode.NOT_GZIP),
    _defect("gzip-wrong-checksum", "A gzip file whose checksum is wrong.", RefusalCode.NOT_GZIP),
    _defect("gzip-padding", "Zeros after the end of a gzip file.", RefusalCode.UNDECODABLE),
    _defect("decompression-bomb", "A gzip file that holds far more than its size.", RefusalCode.DECOMPRESSION_BOMB),
    _defect("parquet-bomb", "A Parquet file that claims far more rows than bytes.", RefusalCode.DECOMPRESSION_BOMB),
    _defect("many-short-lines", "A hundred thousand lines that are blank or short.", RefusalCode.NO_TRIPS),
    _defect("lying-parquet", "Footer, row groups, pages, checksums disagree.", RefusalCode.NOT_PARQUET),
    _defect("other-parquet-writers", "Encodings and pages of Parquet's version 2.", PUBLISHED),
    _defect("parquet-codec", "A codec that Spark has no library for: Brotli.", RefusalCode.UNDECODABLE),
    _defect("gzip-named-csv", "A gzip file named .csv.", RefusalCode.NOT_CSV),
    _defect("text-named-gzip", "Text named .csv.gz.", RefusalCode.NOT_GZIP),
    _defect("zip-named-csv", "A zip archive named .csv.", RefusalCode.NOT_CSV),
    _defect("zip-named-gzip", "A zip archive named .csv.gz.", RefusalCode.NOT_GZIP),
    _defect("zip-in-gzip", "A zip archive in a gzip file.", RefusalCode.NOT_GZIP),
    _defect("tar-gz", "A tar archive in a gzip file.", RefusalCode.NOT_GZIP),
    _defect("tar-named-csv", "A tar archive named .csv.", RefusalCode.NOT_CSV),
    _defect("html-page", "An HTML error page named .csv.", RefusalCode.NOT_CSV),
    _defect("xml-page", "An XML error page, with a byte order mark, named .csv.", RefusalCode.NOT_CSV),
    _defect(
        "other-content",
        "Anything else under a month's name: pages, pointers, archives, other formats; it is called what it is.",
        RefusalCode.NOT_CSV,
        RefusalCode.NOT_GZIP,
        RefusalCode.NOT_PARQUET,
    ),
    _defect("parquet", "A Parquet file.", PUBLISHED),
    _defect("parquet-named-csv", "A Parquet file named .csv.", RefusalCode.NOT_CSV),
    _defect("csv-named-parquet", "A CSV file named .parquet.", RefusalCode.NOT_PARQUET),
    _defect("truncated-parquet", "A Parquet file that is cut off.", RefusalCode.NOT_PARQUET),
)

HEADERS = (
    _defect("missing-header", "No header; the first row is not taken for one.", RefusalCode.HEADER_MISSING),
    _defect("header-only", "A header and no data.", RefusalCode.NO_DATA),
    _defect("header-only-without-line-end", "A header, no line end, no data.", RefusalCode.NO_DATA),
    _defect("header-and-blank-lines", "A header and blank lines.", RefusalCode.NO_DATA),
    _defect("blank-lines-only", "Nothing but blank lines.", RefusalCode.NO_DATA),
    _defect("header-of-2015", "TLC's own variants: `Lpep_dropoff_datetime`, `Trip_type` with a blank.", PUBLISHED),
    _defect("header-case", "A header in capitals.", PUBLISHED),
    _defect("blanks-in-header", "Blanks around the names.", PUBLISHED),
    _defect("quoted-header", "Quotes around the names.", PUBLISHED),
    _defect("repeated-header", "The header again inside the file; it is counted as a header.", SKIPPED),
    _defect("long-header", "A header of 200,000 bytes.", RefusalCode.UNKNOWN_LAYOUT),
    _defect("semicolons", "Semicolons between the fields.", RefusalCode.UNKNOWN_LAYOUT),
    _defect("tabs", "Tabs between the fields.", RefusalCode.UNKNOWN_LAYOUT),
    _defect(
        "escapes-in-header", "Terminal escapes in a name; the message spells them out.", RefusalCode.UNKNOWN_LAYOUT
    ),
    _defect("text-before-header", "A comment or a title before the header.", RefusalCode.UNKNOWN_LAYOUT),
    _defect("reordered-columns", "Columns in another order; none is read by its position.", RefusalCode.UNKNOWN_LAYOUT),
    _defect("missing-column", "A column that every layout has is missing.", RefusalCode.UNKNOWN_LAYOUT),
    _defect("header-wider-than-rows", "A header with a column more than the rows.", RefusalCode.UNKNOWN_LAYOUT),
    _defect(
        "column-not-in-layout", "A column that its layout lacks is NULL: no congestion surcharge in 2018.", PUBLISHED
    ),
    _defect("newer-column", "A column that its layout has: the congestion surcharge in 2019.", PUBLISHED),
    _defect("cbd-fee", "The congestion fee of 2025; here the total leaves it out.", flags.TOTAL_MISMATCH),
    _defect("unknown-column", "A column that no layout has.", RefusalCode.UNKNOWN_LAYOUT),
    _defect("unknown-parquet-column", "A Parquet column that no layout has.", RefusalCode.UNKNOWN_LAYOUT),
    _defect("parquet-column-type", "A Parquet column of a type that no layout has.", RefusalCode.UNKNOWN_LAYOUT),
    _defect("duplicate-column", "A name that stands twice.", RefusalCode.DUPLICATE_COLUMN),
    _defect("parquet-columns-differ-in-case", "Two Parquet names that differ in case.", RefusalCode.DUPLICATE_COLUMN),
)

PUBLICATIONS = (
    _defect("appended-to-itself", "A file that holds its rows twice.", RefusalCode.REPEATED_TRIPS),
    _defect("late-file", "A file for an old month; only that month changes.", PUBLISHED),
    _defect("more-rows", "A month published again with more rows.", PUBLISHED),
    _defect("slightly-fewer-rows", "A month published again with a tenth fewer rows.", PUBLISHED),
    _defect("shrunk", "A month published again with still fewer rows.", RefusalCode.SHRUNK),
    _defect("replaced-while-read", "A file replaced while a run reads it.", RefusalCode.CHANGED_WHILE_READ),
    _defect(
        "removed-while-read",
        "A file removed after it was listed: before the first reading, or during one.",
        RefusalCode.UNREADABLE,
        RefusalCode.CHANGED_WHILE_READ,
    ),
    _defect("half-outside-month", "Half of the pick-ups are of another month.", _OUTSIDE),
    _defect("wrong-month", "More than half of the pick-ups are of another month.", RefusalCode.WRONG_MONTH),
    _defect("all-lines-bad", "Every line is bad.", RefusalCode.TOO_MANY_BAD_ROWS),
    _defect("too-many-bad-lines", "11 bad lines of 100.", RefusalCode.TOO_MANY_BAD_ROWS),
    _defect("tenth-of-lines-bad", "10 bad lines of 100.", Reason.BAD_NUMBER),
    _defect("few-lines-mostly-bad", "60 bad lines of 99: of so few a share says nothing.", Reason.BAD_NUMBER),
)

LINES = (
    _defect("crlf", "CR LF as line end; the CR is not part of the last column.", PUBLISHED),
    _defect("cr", "CR alone as line end.", PUBLISHED),
    _defect("cr-bad-line", "CR alone as line end: a bad line has its number.", Reason.BAD_NUMBER),
    _defect("mixed-line-ends", "LF, CR LF and CR in one file.", PUBLISHED),
    _defect("no-final-line-end", "A last row without a line end.", PUBLISHED),
    _defect("no-final-line-end-crlf", "A last row without a line end, after CR LF.", PUBLISHED),
    _defect("blank-lines", "Blank lines before and after the header, between rows and at the end.", SKIPPED),
    _defect("blank-line-after-header", "One blank line, after the header.", SKIPPED),
    _defect("comment-line", "A line that begins with `#`.", Reason.COLUMN_COUNT),
    _defect("too-few-fields", "Fields are missing.", Reason.COLUMN_COUNT),
    _defect("too-many-fields", "A field more, also an empty one; none is dropped.", Reason.COLUMN_COUNT),
    _defect(
        "surplus-fields", "The surplus fields of old layouts: empty, or one filled.", PUBLISHED, Reason.COLUMN_COUNT
    ),
    _defect("many-commas", "A line of very many commas.", Reason.COLUMN_COUNT),
    _defect("many-commas-first", "The first row is a line of 30,000 commas.", Reason.COLUMN_COUNT),
    _defect("long-first-line", "The first row has 200,000 bytes.", Reason.COLUMN_COUNT),
    _defect("longest-line", "A line of 256 KiB, as long as there may be.", Reason.COLUMN_COUNT),
    _defect("line-too-long", "A line of a byte more than there may be.", RefusalCode.LINE_TOO_LONG),
    _defect("huge-line", "A line of 50 MB, plain and in gzip; it is never held in memory.", RefusalCode.LINE_TOO_LONG),
    _defect("long-field", "Blanks, digits, quotes without end; read in time.", Reason.COLUMN_COUNT, Reason.BAD_NUMBER),
    _defect("line-end-in-quotes", "A line end in quotes: both halves.", Reason.UNCLOSED_QUOTE, Reason.COLUMN_COUNT),
    _defect("unclosed-quote", "A quote that does not close; the next line is unaffected.", Reason.UNCLOSED_QUOTE),
    _defect("doubled-quote", "A doubled quote in quotes is one quote.", _ODD_CODE),
    _defect("stray-quote", "A quote inside an unquoted field is text.", _ODD_CODE),
    _defect("backslash-before-quote", "A backslash before the closing quote is text.", _ODD_CODE),
    _defect("quoted-values", "Quotes around values, also with a comma in them.", PUBLISHED, _ODD_CODE),
    _defect("blanks-around-values", "Blanks and tabs around values.", PUBLISHED),
    _defect(
        "latin-1-bytes",
        "Bytes of ISO 8859-1; the quarantine shows them as they are.",
        Reason.INVALID_ENCODING,
        Reason.BAD_NUMBER,
        Reason.COLUMN_COUNT,
    ),
    _defect("nul-bytes", "NUL bytes.", Reason.NUL_BYTE, Reason.BAD_NUMBER, Reason.COLUMN_COUNT),
    _defect("non-ascii-text", "Valid UTF-8 beyond ASCII.", _ODD_CODE),
    _defect("formulas-and-escapes", "Formulas, HTML and terminal escapes stay data.", _ODD_CODE, Reason.BAD_NUMBER),
    _defect("duplicate-rows", "The same row several times: all are kept.", PUBLISHED),
    _defect("duplicate-bad-lines", "The same bad line several times: all are kept.", Reason.BAD_NUMBER),
    _defect(
        "several-reasons",
        "A line that is bad in several ways has every reason.",
        Reason.INVALID_ENCODING,
        Reason.NUL_BYTE,
        Reason.BAD_NUMBER,
        Reason.NON_FINITE,
        Reason.BAD_TIMESTAMP,
        Reason.REQUIRED,
    ),
)

NUMBERS = (
    _defect(
        "letters-in-number",
        "Letters, a sign alone, two points in a number.",
        Reason.BAD_NUMBER,
        Reason.BAD_TIMESTAMP,
    ),
    _defect("letters-in-coordinate", "A coordinate that is not a finite number.", Reason.BAD_NUMBER, Reason.NON_FINITE),
    _defect("endless-coordinate", "A coordinate of 400 digits.", Reason.BAD_NUMBER),
    _defect("blank-in-number", "A blank inside a number.", Reason.BAD_NUMBER),
    _defect("int-overflow", "A whole number beyond 2147483647.", flags.ODD_PASSENGER_COUNT, Reason.BAD_NUMBER),
    _defect("decimal-in-int", "1.0 is a whole number, 1.5 is none.", PUBLISHED, Reason.BAD_NUMBER),
    _defect(
        "extra-decimals",
        "More than two decimals are rounded half up, then judged.",
        PUBLISHED,
        flags.ZERO_DISTANCE,
        flags.EXTREME_DISTANCE,
        flags.TOTAL_MISMATCH,
        Reason.BAD_NUMBER,
    ),
    _defect("not-finite", "NaN and infinity.", Reason.NON_FINITE),
    _defect("exponent", "An exponent, `1e3`.", PUBLISHED, flags.EXTREME_DISTANCE),
    _defect("java-number", "What only Java reads as a number: `1d`, `0x1p3`, `1L`.", Reason.BAD_NUMBER),
    _defect("non-ascii-digits", "Digits that are not ASCII.", Reason.BAD_NUMBER, Reason.BAD_TIMESTAMP),
    _defect(
        "amount-punctuation",
        "Thousands separators, a comma for the point, a currency.",
        Reason.BAD_NUMBER,
        Reason.COLUMN_COUNT,
    ),
    _defect(
        "null-tokens",
        "The tokens that mean NULL, and others that do not.",
        PUBLISHED,
        flags.MISSING_KEYS,
        _ODD_CODE,
        Reason.BAD_NUMBER,
    ),
    _defect(
        "parquet-values",
        "In Parquet: NaN is NULL in a whole number, not finite in an amount; what does not fit.",
        PUBLISHED,
        flags.MISSING_KEYS,
        Reason.NON_FINITE,
        Reason.BAD_NUMBER,
        Reason.REQUIRED,
    ),
)

TIMES = (
    _defect("no-pickup", "No pick-up time, however it is written.", Reason.REQUIRED),
    _defect("no-dropoff", "No drop-off time.", PUBLISHED),
    _defect("impossible-time", "30 February, month 13, 24:00:00: nothing rolls over.", Reason.BAD_TIMESTAMP),
    _defect("other-time-format", "Times written in another way are never guessed.", Reason.BAD_TIMESTAMP),
    _defect("month-boundary", "The first and last second of the month, and those next to it.", PUBLISHED, _OUTSIDE),
    _defect("distant-years", "Pick-ups of 2008, 2009, 2062 stay in the month of the file.", _OUTSIDE),
    _defect("ancient-times", "Times before 1582 and 1900, also in Parquet, are written as they are.", _OUTSIDE),
    _defect(
        "end-of-calendar", "The last day of 9999 is a time, the year 10000 is none.", _OUTSIDE, Reason.BAD_TIMESTAMP
    ),
    _defect("daylight-saving", "The hours that New York's clocks skip or repeat, in any time zone.", PUBLISHED),
    _defect("dropoff-before-pickup", "A drop-off before the pick-up.", flags.DROPOFF_BEFORE_PICKUP),
    _defect("over-24-hours", "A trip of more than 24 hours.", flags.TOO_LONG),
)

TRIPS = (
    _defect(
        "reversal",
        "Negative amounts that take back a trip.",
        flags.NEGATIVE_FARE,
        flags.NEGATIVE_TOTAL,
        flags.EXTREME_AMOUNT,
    ),
    _defect("zero-distance", "A trip of no distance.", flags.ZERO_DISTANCE),
    _defect("zero-fare", "A fare of zero.", PUBLISHED),
    _defect("no-fare", "No fare at all.", PUBLISHED),
    _defect(
        "extreme-value",
        "A distance below zero or over 100 miles, over 1,000 dollars; or more than the type holds.",
        flags.EXTREME_DISTANCE,
        flags.EXTREME_AMOUNT,
        Reason.BAD_NUMBER,
    ),
    _defect("odd-passenger-count", "No passenger, or more than six.", flags.ODD_PASSENGER_COUNT),
    _defect("unknown-code", "A code that no dictionary lists.", _ODD_CODE),
    _defect("unknown-zone", "A zone that is not on the map: 0, 266, 999.", flags.UNKNOWN_ZONE),
    _defect("missing-keys", "No payment type, no trip type.", flags.MISSING_KEYS),
    _defect("no-coordinates", "Coordinates of zero.", PUBLISHED),
    _defect("total-mismatch", "A total that is not the sum of its parts.", flags.TOTAL_MISMATCH),
    _defect("fee-in-total-only", "A dispatched trip whose total alone has the congestion fee.", flags.TOTAL_MISMATCH),
    _defect("surcharge-booked-twice", "The improvement surcharge also stands in the tax.", flags.TOTAL_MISMATCH),
    _defect("placeholder-fare", "Myle's placeholder for a fare.", flags.PLACEHOLDER_FARE),
)

GROUPS = {
    "Names and neighbours": NAMES,
    "Bytes": BYTES,
    "Headers and columns": HEADERS,
    "Whole months": PUBLICATIONS,
    "Lines": LINES,
    "Numbers and NULL": NUMBERS,
    "Times": TIMES,
    "Trips": TRIPS,
}
DEFECTS = tuple(defect for group in GROUPS.values() for defect in group)
BY_KEY = {defect.key: defect for defect in DEFECTS}

UNNAMED = tuple(flag for flag in flags.FLAGS if all(flag.name not in defect.fates for defect in DEFECTS))
"""Flags that no defect has. Recipes and cases know nothing of them: which of their trips has one, its rule says."""
