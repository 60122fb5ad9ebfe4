"""Small CSV files, and all that the transforms make of their lines."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.layouts import CsvLayout
from transforms.csv_lines import odd_lines, odd_trips, plain_trips, raw_line

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SUFFIX = ".csv"
Row = dict[str, Any]


@dataclass
class Found:
    """What became of the lines of one file.

    Attributes:
        plain: The trips of the plain lines.
        odd: `kind`, `reasons` and `raw` of every other line.
        trips: The trips among those.
    """

    plain: list[Row] = field(default_factory=list)
    odd: list[Row] = field(default_factory=list)
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
    odd = odd_lines(lines, layout, suffix=SUFFIX).persist()
    for row in plain_trips(lines, layout, suffix=SUFFIX).collect():
        found[row["source_file"]].plain.append(row.asDict())
    for row in odd.select("source_file", "kind", "reasons", raw_line(odd["value"]).alias("raw")).collect():
        found[row["source_file"]].odd.append(row.asDict())
    for row in odd_trips(odd).collect():
        found[row["source_file"]].trips.append(row.asDict())
    odd.unpersist()
    return [found[f"green_tripdata_{name}{SUFFIX}"] for name in names]
