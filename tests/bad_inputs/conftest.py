"""One lake through five nights: all cases that are one file stand beside each other in its raw folder."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.bad_inputs.cases import Case, plain
from tests.bad_inputs.file_cases import CONTENT
from tests.bad_inputs.lake_run import Done, Lake
from tests.bad_inputs.lines import GOOD
from tests.bad_inputs.row_cases import LINES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CASES = (*CONTENT, *LINES)
FIRST_YEAR = 2020
# Two months hold the same bytes; one of them was published before.
TWINS = ("2050-01", "2050-02")
LATE = "2001-02"  # a file for a month before all others, when they are long published
NEAR_NAMES = (
    "green_tripdata_2020-4.csv",
    "green_tripdata_2020-13.csv",
    "green_tripdata_2020-04 (1).csv",
    "green_tripdata_2020-04.csv.bak",
    "green_tripdata_2020-04.CSV",
    "Green_Tripdata_2020-04.csv",
    "green_tripdata_1999-12.csv",
    "green-trips-ünï 100%.csv",
    "green_tripdata_\x1b[31m2020-04.csv",
    "_green_tripdata_2020-04.csv",
    ".green_tripdata_2020-04.csv",
    "Green_Taxi_2020-04.csv",
    "green-2020-04.parquet",
    "green_tripdata_2020-04.csv.csv",
    "green_tripdata_2020-04.parquet.1",
    "green_tripdata_2020-04.csv.zip",
)
FOREIGN = (
    "yellow_tripdata_2020-04.csv",
    "README.md",
    "_SUCCESS",
    ".DS_Store",
    "fhv_tripdata_2020-04.parquet",
    "green_tripdata_2020-04.dvc",
    "green_tripdata_2020-04.csv.sha256",
    "green_tripdata_2020-04.csv:Zone.Identifier",
    "data_dictionary_trip_records_green.pdf",
)


def month_of(case: Case) -> str:
    """The month of a case: each has one of its own."""
    at = CASES.index(case)
    return f"{FIRST_YEAR + at // 12}-{at % 12 + 1:02d}"


@dataclass
class Night:
    """A run, and the lake as it was after it."""

    done: Done
    receipts: dict[str, dict[str, Any]]
    receipt_bytes: dict[str, bytes]
    refused: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, lake: Lake, *options: str) -> "Night":
        """Runs the job."""
        return cls(lake.run(*options), lake.receipts(), lake.receipt_bytes(), lake.refused())


@dataclass
class Nights:
    """What five runs left.

    Attributes:
        lake: The lake.
        before: Good files of the months that have a previous version.
        bodies: The bytes of the cases' files.
        first: The run over all cases.
        second: The run after it, with nothing changed.
        late: A run after a file came for an old month.
        rebuilt: A run over the month that shrank, named with `--rebuild yes`.
        trips: Published rows after `first`, by month.
        quarantined: Quarantine after `first`, by month.
    """

    lake: Lake
    before: Night
    bodies: dict[str, bytes]
    first: Night
    second: Night
    late: Night
    rebuilt: Night
    trips: dict[str, Counter[tuple[object, ...]]] = field(default_factory=dict)
    quarantined: dict[str, Counter[tuple[object, ...]]] = field(default_factory=dict)


def _good(month: str, rows: int = GOOD) -> bytes:
    return plain(Case("more-rows", good=rows).text_lines(month))


@pytest.fixture(scope="session")
def nights(spark: "SparkSession", tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """All cases in one raw folder, below folders with every odd character."""
    lake = Lake.below(tmp_path_factory.mktemp("bad") / "a b=c%20d+e:f" / "ünï ✓")
    _write_previous(lake.raw)
    before = Night.of(lake)
    for file in lake.raw.iterdir():
        file.unlink()
    bodies = _write_cases(lake.raw)
    first = Night.of(lake)
    trips = {month: lake.trips(month) for month in first.receipts}
    quarantined = {month: lake.quarantined(month) for month in first.receipts}
    second = Night.of(lake)
    (lake.raw / f"green_tripdata_{LATE}.csv").write_bytes(_good(LATE))
    late = Night.of(lake)
    [shrunk] = [month_of(case) for case in CASES if case.refused == "SHRUNK"]
    rebuilt = Night.of(lake, "--rebuild", "yes", "--months", shrunk)
    return Nights(lake, before, bodies, first, second, late, rebuilt, trips, quarantined)


def _write_previous(raw: Path) -> None:
    for case in CASES:
        rows = case.before or (GOOD - 1 if case.refused else 0)  # the same bytes would be no change
        if rows:
            (raw / f"green_tripdata_{month_of(case)}.csv").write_bytes(_good(month_of(case), rows))
    (raw / f"green_tripdata_{TWINS[0]}.csv").write_bytes(_good(TWINS[0]))


def _write_cases(raw: Path) -> dict[str, bytes]:
    bodies = {}
    for case in CASES:
        month = month_of(case)
        bodies[month] = case.body(month)
        (raw / case.file(month)).write_bytes(bodies[month])
        for suffix, make in case.beside.items():
            (raw / f"green_tripdata_{month}{suffix}").write_bytes(make(case.text_lines(month)))
    for month in TWINS:
        (raw / f"green_tripdata_{month}.csv").write_bytes(_good(TWINS[0]))
    for name in (*NEAR_NAMES, *FOREIGN):
        (raw / name).write_bytes(_good("2020-04"))
    (raw / "green_tripdata_2049-01.csv").symlink_to(raw / "nowhere")
    (raw / "archive").mkdir()
    return bodies
