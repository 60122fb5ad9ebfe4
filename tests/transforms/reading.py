"""Small CSV files, and all that the transforms make of their lines."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.engine import SparkEngine
from schemas.layouts import CsvLayout
from transforms.csv_lines import careful_lines, careful_trips, plain_trips
from transforms.quarantine import raw_line

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SUFFIX = ".csv"
source_file = SparkEngine.source_file
Row = dict[str, Any]


@dataclass
class Found:
    """What became of the lines of one file.

    Attributes:
        plain: The trips of the plain lines.
        odd: `line_type`, `reasons` and `raw` of every other line.
        trips: The trips among those.
    """

    plain: list[Row] = field(default_factory=list)
    careful: list[Row] = field(default_factory=list)
    trips: list[Row] = field(default_factory=list)


def months(count: int) -> list[str]:
    """So many months, from 1950-01."""
    every = (f"{year:04}-{month:02}" for year in itertools.count(1950) for month in range(1, 13))
    return list(itertools.islice(every, count))


def lines_of(spark: "SparkSession", folder: Path, files: Mapping[str, bytes]) -> "DataFrame":
    """Writes a file for each month and reads the lines of all, as the job does."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for month, body in files.items():
        path = folder / f"green_tripdata_{month}{SUFFIX}"
        path.write_bytes(body)
        paths.append(str(path))
    return spark.read.text(paths)


def read_all(spark: "SparkSession", folder: Path, layout: CsvLayout, bodies: Iterable[bytes]) -> list[Found]:
    """What became of each of these files: three jobs for all of them."""
    bodies = list(bodies)
    names = months(len(bodies))
    lines = lines_of(spark, folder, dict(zip(names, bodies, strict=True)))
    found: dict[str, Found] = defaultdict(Found)
    careful = careful_lines(lines, layout, source_file=source_file(SUFFIX)).persist()
    for row in plain_trips(lines, layout, source_file=source_file(SUFFIX)).collect():
        found[row["source_file"]].plain.append(row.asDict())
    for row in careful.select("source_file", "line_type", "reasons", raw_line(careful["value"]).alias("raw")).collect():
        found[row["source_file"]].careful.append(row.asDict())
    for row in careful_trips(careful).collect():
        found[row["source_file"]].trips.append(row.asDict())
    careful.unpersist()
    return [found[f"green_tripdata_{name}{SUFFIX}"] for name in names]
