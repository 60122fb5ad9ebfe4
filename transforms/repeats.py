"""Trips that are in a month twice: a download that was resumed wrongly appends a file to itself, and each line is valid."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas import trips as t
from schemas.columns import MONTH_FOLDER

SAMPLED, DISTINCT, FREQUENCY = "sampled", "distinct", "frequency"
REPEATED, EXAMPLE, TIMES = "repeated", "example", "times"
_HASH, _COUNT = "hash", "count"
_SUMS = tuple(f"sum{number}" for number in range(8))
_TWO_BITS = (1 << 32) + 1  # bits 0 and 32: one sum counts two bits of the hashes, each in a half of its own

_TELLING = (t.PICKUP, t.DROPOFF)
"""Columns in which two trips of a month are hardly ever alike. Two, as each that is read back costs time."""


def repeat_estimates(trips: DataFrame, whole: Sequence[str], one_in: int) -> DataFrame:
    """Whether trips of a month may be repeated. One row per month: `month`, `sampled`, `distinct`, `frequency`.

    A sample has so many trips, of which so many differ. It finds many trips that are repeated now and then. A trip is in it by
    what it holds, so one that is repeated is in it each time or never, and the same trips always give the same answer.

    Few trips that are repeated often may all be left out of it. These raise `frequency`, how often a trip is there on average
    over all trips: 1 if none is repeated, 1 + k²/n if one of n trips is there k times. It is estimated, give or take a
    third, as Alon, Matias and Szegedy do it: a bit of the hash gives each trip a sign, and the square of the sum of the signs
    is the sum of the squares of how often each is there, but for chance; 16 bits are averaged.

    Args:
        trips: Trips, with their folder's month.
        whole: The months that are not sampled: all their trips count.
        one_in: Of other months about one trip in so many is taken.
    """
    hashed = trips.select(MONTH_FOLDER, F.xxhash64(*_TELLING).alias(_HASH))
    is_sampled = F.col(MONTH_FOLDER).isin(*whole) | (F.pmod(_HASH, F.lit(one_in)) == 0)
    bits = [F.sum(F.shiftright(_HASH, place).bitwiseAND(F.lit(_TWO_BITS))) for place in range(len(_SUMS))]
    counts = hashed.groupBy(MONTH_FOLDER, F.when(is_sampled, F.col(_HASH)).alias(_HASH)).agg(
        F.count(F.lit(1)).alias(_COUNT), *(bit.alias(name) for bit, name in zip(bits, _SUMS, strict=True))
    )
    sums = counts.groupBy(MONTH_FOLDER).agg(
        F.sum(F.when(F.col(_HASH).isNotNull(), F.col(_COUNT))).alias(SAMPLED),
        F.count(_HASH).alias(DISTINCT),
        F.sum(_COUNT).alias(_COUNT),
        *(F.sum(name).alias(name) for name in _SUMS),
    )
    ones = [half for name in _SUMS for half in (F.col(name).bitwiseAND(F.lit(2**32 - 1)), F.shiftright(name, 32))]
    squares = [F.pow(2 * one - F.col(_COUNT), F.lit(2)) for one in ones]
    frequency = sum(squares[1:], squares[0]) / (len(squares) * F.col(_COUNT))
    return sums.select(MONTH_FOLDER, F.coalesce(SAMPLED, F.lit(0)).alias(SAMPLED), DISTINCT, frequency.alias(FREQUENCY))


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
