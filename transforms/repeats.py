"""Trips that are in a month twice: a download that was resumed wrongly appends a file to itself, and each line is valid."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas import trips as t
from schemas.columns import MONTH_FOLDER

SAMPLED, DISTINCT = "sampled", "distinct"
REPEATED, EXAMPLE, TIMES = "repeated", "example", "times"
_HASH, _COUNT = "hash", "count"

_TELLING = (t.PICKUP, t.DROPOFF)
"""Columns in which two trips of a month are hardly ever alike. Two, as each that is read back costs time."""


def sampled_trips(trips: DataFrame, whole: Sequence[str], one_in: int) -> DataFrame:
    """How many trips of a sample there are, and how many of them differ. One row per month: `month`, `sampled`, `distinct`.

    A trip is in the sample by what it holds, so one that is repeated is in it each time or never.

    Args:
        trips: Trips, with their folder's month.
        whole: The months that are not sampled: all their trips count.
        one_in: Of other months about one trip in so many is taken.
    """
    hashed = trips.select(MONTH_FOLDER, F.xxhash64(*_TELLING).alias(_HASH))
    sample = hashed.filter(F.col(MONTH_FOLDER).isin(*whole) | (F.pmod(_HASH, F.lit(one_in)) == 0))
    counts = sample.groupBy(MONTH_FOLDER, _HASH).count()
    return counts.groupBy(MONTH_FOLDER).agg(F.sum(_COUNT).alias(SAMPLED), F.count(_HASH).alias(DISTINCT))


def repeated_trips(trips: DataFrame) -> DataFrame:
    """How many trips repeat an earlier one in all that TLC publishes. One row per month that has any.

    Returns:
        `month`, `repeated`, and of the trip that is there most often its pick-up, `example`, and how many `times` it is there.

    Args:
        trips: Trips, with their folder's month.
    """
    columns = [column.name for column in t.PUBLISHED]
    repeats = trips.groupBy(MONTH_FOLDER, *columns).count().filter(F.col(_COUNT) > 1)
    most = F.max(F.struct(F.col(_COUNT), F.col(t.PICKUP).cast("string").alias(t.PICKUP)))
    found = repeats.groupBy(MONTH_FOLDER).agg(F.sum(F.col(_COUNT) - 1).alias(REPEATED), most.alias(EXAMPLE))
    example = F.col(EXAMPLE)
    return found.select(MONTH_FOLDER, REPEATED, example[t.PICKUP].alias(EXAMPLE), example[_COUNT].alias(TIMES))
