"""The aggregate by hour: rides and money by month, pick-up zone, day of the week and hour of the pick-up."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas import trips
from schemas.hours import HOUR_KEYS, HOURS, PICKUP_HOUR, PICKUP_WEEKDAY
from transforms.rides import measures

_A_MONDAY = "1970-01-05"


def rides_by_hour(trips_frame: DataFrame) -> DataFrame:
    """Rides and sums. One row per month, zone, day of the week and hour; a missing zone is a group of its own.

    Days and hours are those of the wall clock, which has no zone: the hour that a change of the clocks repeats counts both
    times. A trip picked up outside the month stays in the month of its file, under its own day and hour.

    Args:
        trips_frame: Trips, with the contract's columns.
    """
    timed = trips_frame.withColumns(
        {
            # Not `weekday`: before 1970 an engine has Sundays of its own.
            PICKUP_WEEKDAY: F.pmod(F.datediff(F.to_date(trips.PICKUP), F.lit(_A_MONDAY).cast("date")), F.lit(7)).cast(
                "int"
            )
            + 1,
            PICKUP_HOUR: F.hour(trips.PICKUP),
        }
    )
    return timed.groupBy(*HOUR_KEYS).agg(*measures()).select(*HOURS.names)
