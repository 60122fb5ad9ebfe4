"""What cannot be read as a trip: one row per line (CSV) or row (Parquet), with every reason."""

from schemas.columns import Column, ColumnType, Table
from schemas.trips import SOURCE_FILE, SOURCE_MONTH

REASONS = "reasons"
RAW_LINE = "raw_line"
LINE_NUMBER = "line_number"
SOURCE_ETAG = "source_etag"
RULES = "rules_version"

MAX_NUMBERED_LINES = 1_000
"""Of how many quarantined lines a run looks up the numbers: the look-up reads the files once more."""

QUARANTINE = Table(
    "green_quarantine",
    "one row per line of a raw file that cannot be read as a trip",
    (
        Column(REASONS, ColumnType.TEXTS, "Every reason code that applies, sorted.", "ours", nullable=False),
        Column(
            RAW_LINE,
            ColumnType.TEXT,
            "The line as it stands in the file; bytes that are not UTF-8 are shown as ISO 8859-1. "
            "Parquet: the row as JSON, a field that is NULL left out.",
            "ours",
            nullable=False,
        ),
        Column(
            LINE_NUMBER,
            ColumnType.BIGINT,
            "Number of the first line of the file that reads like this, from 1, the header being 1. NULL for Parquet, and "
            f"beyond the first {MAX_NUMBERED_LINES:,} lines of a run.",
            "ours",
        ),
        Column(SOURCE_FILE, ColumnType.TEXT, "Name of the raw file.", "ours", nullable=False),
        Column(SOURCE_MONTH, ColumnType.DATE, "First day of the month in that name.", "ours", nullable=False),
        Column(
            SOURCE_ETAG,
            ColumnType.TEXT,
            "S3's ETag of the raw file, or its SHA-256 on a disk.",
            "ours",
            nullable=False,
        ),
        Column(RULES, ColumnType.INT, "Version of the rules that rejected the line.", "ours", nullable=False),
    ),
)
