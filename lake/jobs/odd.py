"""The second scan: only of files that hold more than plain lines, and only for those lines."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lake.intake.inspection import Known
from lake.intake.scan import first_line_numbers
from lake.jobs.groups import Group, union
from lake.storage import Storage
from schemas import quarantine as q
from schemas import trips as t
from schemas.columns import MONTH_FOLDER
from schemas.layouts import FILE_PREFIX
from schemas.quarantine import QUARANTINE
from transforms import csv_lines, parquet

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_BYTES = "bytes"


@dataclass
class OddCounts:
    """What the lines of a file are that are not plain.

    Attributes:
        blank: Blank lines.
        header: Header lines.
        trips: Trips.
        bad: Lines that are no trip.
        reasons: Of those, how many have each reason.
    """

    blank: int = 0
    header: int = 0
    trips: int = 0
    bad: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def examine(spark: "SparkSession", groups: list[Group]) -> "DataFrame":
    """All odd lines of some files, examined and kept: they are counted, published and put to quarantine from one scan.

    Files of many layouts make a large plan, which Spark would compile anew for each of these.
    """
    frames = [
        csv_lines.odd_lines(group.scan(spark), group.csv, suffix=group.suffix)
        if group.csv
        else parquet.unsound_rows(group.scan(spark), suffix=group.suffix)
        for group in groups
    ]
    return union(frames).persist()


def count_odd(odd: "DataFrame") -> dict[str, OddCounts]:
    """What the odd lines of some files are, by file name."""
    counts = defaultdict[str, OddCounts](OddCounts)
    rows = odd.groupBy(t.SOURCE_FILE, csv_lines.KIND, csv_lines.REASONS).count().collect()
    for name, what, reasons, number in rows:
        found = counts[name]
        if what == csv_lines.BLANK:
            found.blank += number
        elif what == csv_lines.HEADER:
            found.header += number
        elif not reasons:
            found.trips += number
        else:
            found.bad += number
            found.reasons.update(dict.fromkeys(reasons, number))
    return counts


def quarantine_frame(spark: "SparkSession", storage: Storage, odd: "DataFrame", files: list[Known]) -> "DataFrame":
    """The lines that are no trips, with the quarantine's columns and the folder. One row per line.

    Args:
        spark: The session.
        storage: Where the raw files lie.
        odd: What `examine` gave.
        files: The files it is made from.
    """
    from pyspark.sql import functions as F

    bad = odd.filter(F.size(csv_lines.REASONS) > 0).select(csv_lines.LINE, t.SOURCE_FILE, csv_lines.REASONS)
    etags = spark.createDataFrame(
        [(known.pending.file.name, known.pending.etag) for known in files],
        f"{t.SOURCE_FILE} string, {q.SOURCE_ETAG} string",
    )
    month = F.substring(t.SOURCE_FILE, len(FILE_PREFIX) + 1, len("YYYY-MM"))
    line = F.col(csv_lines.LINE)
    return (
        bad.withColumn(_BYTES, line.cast("binary"))
        .join(F.broadcast(_line_numbers(spark, storage, bad, files)), on=[t.SOURCE_FILE, _BYTES], how="left")
        .join(F.broadcast(etags), on=t.SOURCE_FILE, how="inner")
        .withColumns(
            {
                q.RAW_LINE: csv_lines.raw_line(line),
                t.SOURCE_MONTH: month.cast("date"),
                q.RULES: F.lit(q.RULES_VERSION),
                MONTH_FOLDER: month,
            }
        )
        .select(*QUARANTINE.names, MONTH_FOLDER)
    )


def _line_numbers(spark: "SparkSession", storage: Storage, bad: "DataFrame", files: list[Known]) -> "DataFrame":
    """The numbers of the first so many bad lines. One row per file and text of a line."""
    from pyspark.sql import functions as F

    by_name = {known.pending.file.name: known for known in files if known.csv}
    texts = bad.filter(F.col(t.SOURCE_FILE).isin(*by_name)).select(
        t.SOURCE_FILE, F.col(csv_lines.LINE).cast("binary").alias(csv_lines.LINE)
    )
    wanted = defaultdict[str, set[bytes]](set)
    for name, text in texts.distinct().sort(t.SOURCE_FILE, csv_lines.LINE).limit(q.MAX_NUMBERED_LINES).collect():
        wanted[name].add(bytes(text))
    numbers = [
        (name, bytearray(text), number)
        for name, lines in wanted.items()
        for text, number in first_line_numbers(storage, by_name[name].pending.file.stored, lines).items()
    ]
    return spark.createDataFrame(numbers, f"{t.SOURCE_FILE} string, {_BYTES} binary, {q.LINE_NUMBER} bigint")
