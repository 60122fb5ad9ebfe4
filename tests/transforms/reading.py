"""Small CSV files, and all that the transforms make of their lines."""

import atexit
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.engines import SAIL, Engine, engine_of
from schemas.layouts import CsvLayout
from transforms.csv_lines import careful_lines, careful_trips, has_strict_shape, plain_trips
from transforms.quarantine import raw_line

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SUFFIX = ".csv"
_KEPT = ExitStack()
atexit.register(_KEPT.close)
Row = dict[str, Any]


@dataclass
class Found:
    """What became of the lines of one file.

    Attributes:
        plain: The trips of the plain lines.
        careful: `line_type`, `reasons`, `raw` and `is_strict` of every other line.
        trips: The trips among those.
    """

    plain: list[Row] = field(default_factory=list)
    careful: list[Row] = field(default_factory=list)
    trips: list[Row] = field(default_factory=list)


@cache
def engine(spark: "SparkSession") -> Engine:
    """The engine of the tests' session."""
    return engine_of(spark)


def told(spark: "SparkSession", suffix: str = SUFFIX) -> dict[str, Any]:
    """What an engine tells the formulas of the rows that it reads from files with this ending."""
    return {"source_file": engine(spark).source_file(suffix), "barrier": engine(spark).barrier}


def kept(spark: "SparkSession", frame: "DataFrame") -> "DataFrame":
    """The frame, made once, until the tests end."""
    return _KEPT.enter_context(engine(spark).kept(frame))


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
    return engine(spark).lines(paths)


def read_all(spark: "SparkSession", folder: Path, layout: CsvLayout, bodies: Iterable[bytes]) -> list[Found]:
    """What became of each of these files: three jobs for all of them."""
    bodies = [body if engine(spark).name != SAIL or _is_utf8(body) else b"" for body in bodies]
    names = months(len(bodies))
    lines = lines_of(spark, folder, dict(zip(names, bodies, strict=True)))
    found: dict[str, Found] = defaultdict(Found)
    careful = kept(spark, careful_lines(lines, layout, **told(spark)))
    for row in plain_trips(lines, layout, **told(spark)).collect():
        found[row["source_file"]].plain.append(row.asDict())
    line = careful["value"]
    shown = (raw_line(line).alias("raw"), has_strict_shape(line, layout).alias("is_strict"))
    for row in careful.select("source_file", "line_type", "reasons", *shown).collect():
        found[row["source_file"]].careful.append(row.asDict())
    for row in careful_trips(careful).collect():
        found[row["source_file"]].trips.append(row.asDict())
    return [found[f"green_tripdata_{name}{SUFFIX}"] for name in names]


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
