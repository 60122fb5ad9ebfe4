"""The aggregate: rides and money by month, pick-up zone, trip type and payment type. NULL is a key like any other."""

from schemas.columns import Column, ColumnType, Table
from schemas.trips import PAYMENT_TYPE, PU_LOCATION_ID, SOURCE_MONTH, TRIP_TYPE

RIDES_VERSION = 2
"""Raised with every change of a column, its type, what is summed or the codec: the job redoes the months made to an older one.

2: snappy; before it was zstd.
"""

RIDE_COUNT = "ride_count"
TOTAL_FARE_AMOUNT = "total_fare_amount"
SUM_TOTAL_AMOUNT = "total_amount"
TOTAL_TIP_AMOUNT = "total_tip_amount"
TOTAL_TRIP_DISTANCE = "total_trip_distance"
NEGATIVE_FARE_COUNT = "negative_fare_count"

RIDE_KEYS = (SOURCE_MONTH, PU_LOCATION_ID, TRIP_TYPE, PAYMENT_TYPE)

MEASURES = (
    Column(RIDE_COUNT, ColumnType.BIGINT, "Rows, reversals included.", "ours", nullable=False),
    Column(
        TOTAL_FARE_AMOUNT,
        ColumnType.TOTAL,
        "US dollars: sum of fare_amount, the lab's one measure. In every sum a NULL adds nothing; NULL if all are.",
        "lab of 2018",
    ),
    Column(SUM_TOTAL_AMOUNT, ColumnType.TOTAL, "US dollars: sum of total_amount.", "ours"),
    Column(TOTAL_TIP_AMOUNT, ColumnType.TOTAL, "US dollars: sum of tip_amount.", "ours"),
    Column(TOTAL_TRIP_DISTANCE, ColumnType.TOTAL, "Miles: sum of trip_distance.", "ours"),
    Column(
        NEGATIVE_FARE_COUNT,
        ColumnType.BIGINT,
        "Rows with a negative fare: reversals, nearly all.",
        "ours",
        nullable=False,
    ),
)
"""What is counted and summed of the trips of a group, in each aggregate alike."""

RIDES = Table(
    "agg_green_rides_by_month",
    "one row per month, pick-up zone, trip type and payment type that occurs; a missing key is a group of its own",
    (
        Column(SOURCE_MONTH, ColumnType.DATE, "First day of the month of the raw file.", "ours", nullable=False),
        Column(PU_LOCATION_ID, ColumnType.INT, "Taxi zone of the pick-up. NULL: not in the file.", "trip contract"),
        Column(TRIP_TYPE, ColumnType.INT, "1 street hail, 2 dispatch. NULL: not in the file.", "trip contract"),
        Column(PAYMENT_TYPE, ColumnType.INT, "How it was paid. NULL: not in the file.", "trip contract"),
        *MEASURES,
    ),
)

LAB_VIEW = "agg_green_rides"
"""The lab's table, kept as a view of RIDES over all months."""

LAB_COLUMNS = (PU_LOCATION_ID, TRIP_TYPE, PAYMENT_TYPE, TOTAL_FARE_AMOUNT)
