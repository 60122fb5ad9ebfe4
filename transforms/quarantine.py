"""The lines that are read with care, and those among them that are no trips: the quarantine."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import quarantine as q
from schemas import trips as t
from schemas.columns import MONTH_FOLDER
from schemas.quarantine import QUARANTINE
from schemas.reasons import RULES_VERSION
from transforms.trips import file_month

LINE = "value"
"""The one column of a text source: a line. Of a row of a Parquet file its JSON."""

LINE_TYPE, BLANK, HEADER, DATA = "line_type", "blank", "header", "data"
REASONS = "reasons"
PLACE = "place"
"""Grows from line to line of a file: Spark reads the parts of a file in their order, the larger ones, which are alike, first."""

_DIGEST, _CHECKSUM = "digest", "checksum"

ETAGS = f"{t.SOURCE_FILE} string, {q.SOURCE_ETAG} string"
"""What `quarantine_rows` is told of the files. One row per file."""

LINE_NUMBERS = f"{t.SOURCE_FILE} string, {_DIGEST} string, {q.LINE_NUMBER} bigint"
"""What it is told of the lines: where the first one with a SHA-256 stands. One row per file and SHA-256."""


def bad_lines(careful: DataFrame) -> DataFrame:
    """The lines that are no trip: `value`, `source_file`, `reasons`. One row per line."""
    return careful.filter(F.size(REASONS) > 0).select(LINE, t.SOURCE_FILE, REASONS)


def in_order(careful: DataFrame) -> DataFrame:
    """The careful lines with their `place`, to be persisted."""
    return careful.withColumn(PLACE, F.monotonically_increasing_id())


def lines_at(careful: DataFrame, places: list[int], length: int) -> DataFrame:
    """Some lines by their place: it, the SHA-256, the CRC-32 and the first so many characters. One row per place.

    Args:
        careful: What `in_order` gave, persisted.
        places: Their places.
        length: How many characters.
    """
    line = F.col(LINE).cast("binary")
    return careful.filter(F.col(PLACE).isin(places)).select(
        PLACE, F.sha2(line, 256), F.crc32(line), F.substring(LINE, 1, length)
    )


def line_digests(bad: DataFrame, files: list[str]) -> DataFrame:
    """The SHA-256 and CRC-32 of the first so many bad lines, which are to be numbered. One row per file and text.

    Never the lines themselves, which may be long and are many.

    Args:
        bad: What `bad_lines` gave.
        files: The names of the files that have lines.
    """
    line = F.col(LINE).cast("binary")
    digests = bad.filter(F.col(t.SOURCE_FILE).isin(*files)).select(
        t.SOURCE_FILE, F.sha2(line, 256).alias(_DIGEST), F.crc32(line).alias(_CHECKSUM)
    )
    return digests.distinct().sort(t.SOURCE_FILE, _DIGEST).limit(q.MAX_NUMBERED_LINES)


def quarantine_rows(bad: DataFrame, etags: DataFrame, line_numbers: DataFrame) -> DataFrame:
    """The quarantine's columns and the folder. One row per line.

    Args:
        bad: What `bad_lines` gave.
        etags: As ETAGS.
        line_numbers: As LINE_NUMBERS; a line that is not among them has no number.
    """
    line = F.col(LINE)
    return (
        bad.withColumn(_DIGEST, F.sha2(line.cast("binary"), 256))
        .join(F.broadcast(line_numbers), on=[t.SOURCE_FILE, _DIGEST], how="left")
        .join(F.broadcast(etags), on=t.SOURCE_FILE, how="inner")
        .withColumns(
            {
                q.RAW_LINE: raw_line(line),
                t.SOURCE_MONTH: file_month().cast("date"),
                q.RULES: F.lit(RULES_VERSION),
                MONTH_FOLDER: file_month(),
            }
        )
        .select(*QUARANTINE.names, MONTH_FOLDER)
    )


def raw_line(line: Column) -> Column:
    """A line as readable text: if it is not UTF-8, each byte as the ISO 8859-1 character, which loses nothing."""
    return F.when(line.rlike("\ufffd"), F.decode(line.cast("binary"), "ISO-8859-1")).otherwise(line)
