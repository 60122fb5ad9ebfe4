"""What is published: each data set as one declaration, from which all that is done with any of them follows.

Glue's tables and partitions, Redshift's tables and the load, the data dictionary, the options of the jobs, status,
verification and expiry are loops over these. To add an aggregate is to add one: see CONTRIBUTING.md.
"""

from dataclasses import dataclass

from schemas.columns import Table
from schemas.contract import CONTRACT_VERSION, TRIPS
from schemas.hours import HOUR_KEYS, HOURS, HOURS_VERSION
from schemas.quarantine import QUARANTINE
from schemas.reasons import RULES_VERSION
from schemas.rides import RIDE_COUNT, RIDE_KEYS, RIDES, RIDES_VERSION
from schemas.trips import PU_LOCATION_ID, SOURCE_MONTH


@dataclass(frozen=True)
class Location:
    """Where a part of a lake lies.

    Attributes:
        name: Of the option and of the setting that say so.
        folder: Its folder below a lake that is named as a whole (`--lake`).
        text: What it holds, for `--help`.
    """

    name: str
    folder: str
    text: str


RECEIPTS = "_receipts"
"""The folder of a data set that says what is published of it."""

RAW = Location("raw", "raw/green", "folder of raw files")


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """One table, its receipts, its runs.

    Attributes:
        table: Its columns and grain; its name is the table's in Glue and in Redshift.
        title: What it holds: its heading in the data dictionary.
        version: Raised with its columns, their meaning or its codec: months made to an older one are due again.
        location: Where it lies.
        rejects: What its receipts publish as well: the rows that were not fit for it.
        codec: What its files are packed with: zstd is as fast as snappy, and files are a third smaller (measured).
    """

    table: Table
    title: str
    version: int
    location: Location
    rejects: "DataSet | None" = None
    codec: str = "zstd"


@dataclass(frozen=True, kw_only=True)
class Aggregate(DataSet):
    """A data set made from another one, month by month, and loaded into Redshift.

    Attributes:
        made_from: The other one.
        keys: One row for each combination that occurs, NULL included; also the order of the rows in the files.
        sort_keys: Redshift's.
        count: The column that sums to the rows of `made_from`: the proof of a month.
        formula: Module and function in `transforms` that make it, with a colon between: here nothing needs PySpark.
        codec: What its files are packed with: of what Redshift's COPY takes in Parquet by its documentation.
    """

    made_from: DataSet
    keys: tuple[str, ...]
    sort_keys: tuple[str, ...]
    count: str
    formula: str
    codec: str = "snappy"


QUARANTINED_LINES = DataSet(
    table=QUARANTINE,
    title="what cannot be read as a trip",
    version=RULES_VERSION,
    location=Location("quarantine", "quarantine/green", "data set of the lines that are no trips"),
)

PUBLISHED_TRIPS = DataSet(
    table=TRIPS,
    title="the trips",
    version=CONTRACT_VERSION,
    location=Location("transformed", "transformed/green", "data set of the trips"),
    rejects=QUARANTINED_LINES,
)

RIDES_BY_MONTH = Aggregate(
    table=RIDES,
    title="rides and money by month, zone, trip type and payment type",
    version=RIDES_VERSION,
    location=Location("aggregates", "aggregate/agg-green-rides", "data set of the rides by month"),
    made_from=PUBLISHED_TRIPS,
    keys=RIDE_KEYS,
    sort_keys=(SOURCE_MONTH, PU_LOCATION_ID),  # as people ask: by month, then zone
    count=RIDE_COUNT,
    formula="transforms.rides:rides_by_month",
)

RIDES_BY_HOUR = Aggregate(
    table=HOURS,
    title="rides and money by month, zone, day of the week and hour",
    version=HOURS_VERSION,
    location=Location("hours", "aggregate/agg-green-rides-by-hour", "data set of the rides by hour"),
    made_from=PUBLISHED_TRIPS,
    keys=HOUR_KEYS,
    sort_keys=(SOURCE_MONTH, PU_LOCATION_ID),
    count=RIDE_COUNT,
    formula="transforms.hours:rides_by_hour",
)

AGGREGATES: tuple[Aggregate, ...] = (RIDES_BY_MONTH, RIDES_BY_HOUR)
"""The first one's location must be given to the jobs, the others' may be: without it nothing is made of them."""

WITH_RECEIPTS: tuple[DataSet, ...] = (PUBLISHED_TRIPS, *AGGREGATES)
"""All data sets that have receipts of their own, in the order in which they are made."""

PUBLISHED: tuple[DataSet, ...] = (PUBLISHED_TRIPS, QUARANTINED_LINES, *AGGREGATES)
"""All of them, in the order of the data dictionary."""

LOCATIONS = (RAW, *(data_set.location for data_set in PUBLISHED))
"""All parts of a lake."""
