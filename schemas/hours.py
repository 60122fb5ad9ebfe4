"""The aggregate by hour: rides and money by month, pick-up zone, day of the week and hour of the pick-up."""

from schemas.columns import Column, ColumnType, Table
from schemas.rides import MEASURES
from schemas.trips import PU_LOCATION_ID, SOURCE_MONTH

HOURS_VERSION = 2
"""Raised with every change of a column, its type, what is summed or the codec: the job redoes the months made to an older one.

2: snappy; before it was zstd.
"""

PICKUP_WEEKDAY = "pickup_weekday"
PICKUP_HOUR = "pickup_hour"

HOUR_KEYS = (SOURCE_MONTH, PU_LOCATION_ID, PICKUP_WEEKDAY, PICKUP_HOUR)

# At most 266 zones by 168 hours: 44,688 rows a month.
HOURS = Table(
    "agg_green_rides_by_hour",
    "one row per month, pick-up zone, day of the week and hour of the pick-up that occurs; a missing zone is a group of its own",
    (
        Column(
            SOURCE_MONTH,
            ColumnType.DATE,
            "First day of the month of the raw file, also of trips picked up outside it.",
            "ours",
            nullable=False,
        ),
        Column(PU_LOCATION_ID, ColumnType.INT, "Taxi zone of the pick-up. NULL: not in the file.", "trip contract"),
        Column(PICKUP_WEEKDAY, ColumnType.INT, "Day of the pick-up: 1 Monday to 7 Sunday.", "ours", nullable=False),
        Column(
            PICKUP_HOUR,
            ColumnType.INT,
            "Hour of the pick-up, 0 to 23, by New York's wall clock as it was shown.",
            "ours",
            nullable=False,
        ),
        *MEASURES,
    ),
)
