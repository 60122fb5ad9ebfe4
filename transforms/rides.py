"""The aggregate: rides and money by month, pick-up zone, trip type and payment type; and what every aggregate measures."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import flags, rides, trips
from schemas.rides import RIDE_KEYS, RIDES


def measures() -> list[Column]:
    """What is counted and summed of the trips of a group. In every sum a NULL adds nothing; the sum of NULLs alone is NULL."""
    return [
        F.count(F.lit(1)).alias(rides.RIDE_COUNT),
        F.sum(trips.FARE_AMOUNT).alias(rides.TOTAL_FARE_AMOUNT),
        F.sum(trips.TOTAL_AMOUNT).alias(rides.SUM_TOTAL_AMOUNT),
        F.sum(trips.TIP_AMOUNT).alias(rides.TOTAL_TIP_AMOUNT),
        F.sum(trips.TRIP_DISTANCE).alias(rides.TOTAL_TRIP_DISTANCE),
        F.count_if(flags.NEGATIVE_FARE).alias(rides.NEGATIVE_FARE_COUNT),
    ]


def rides_by_month(trips_frame: DataFrame) -> DataFrame:
    """Rides and sums. One row per month, zone, trip type and payment type; NULL is a key like any other.

    Args:
        trips_frame: Trips, with the contract's columns.
    """
    return trips_frame.groupBy(*RIDE_KEYS).agg(*measures()).select(*RIDES.names)
