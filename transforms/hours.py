"""The aggregate by hour: rides and money by month, pick-up zone, day of the week and hour of the pick-up."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas import trips
from schemas.hours import HOUR_KEYS, HOURS, PICKUP_HOUR, PICKUP_WEEKDAY
from transforms.rides import measures


def rides_by_hour(trips_frame: DataFrame) -> DataFrame:
    """Rides and sums. One row per month, zone, day of the week and hour; a missing zone is a group of its own.

    Days and hours are those of the wall clock, which has no zone: the hour that a change of the clocks repeats counts both
    times. A trip picked up outside the month stays in the month of its file, under its own day and hour.

    Args:
        trips_frame: Trips, with the contract's columns.
    """
    timed = trips_frame.withColumns(
        {
            PICKUP_WEEKDAY: F.weekday(F.to_date(trips.PICKUP)) + 1,  # Spark's Monday is 0
            PICKUP_HOUR: F.hour(trips.PICKUP),
        }
    )
    return timed.groupBy(*HOUR_KEYS).agg(*measures()).select(*HOURS.names)
