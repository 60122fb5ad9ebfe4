"""The columns of a trip, as TLC published them, and where it came from. Names are written here and nowhere else."""

from schemas.columns import Column, ColumnType

VENDOR_ID = "vendorid"
PICKUP = "lpep_pickup_datetime"
DROPOFF = "lpep_dropoff_datetime"
STORE_AND_FWD_FLAG = "store_and_fwd_flag"
RATE_CODE_ID = "ratecodeid"
PU_LOCATION_ID = "pulocationid"
DO_LOCATION_ID = "dolocationid"
PASSENGER_COUNT = "passenger_count"
TRIP_DISTANCE = "trip_distance"
FARE_AMOUNT = "fare_amount"
EXTRA = "extra"
MTA_TAX = "mta_tax"
TIP_AMOUNT = "tip_amount"
TOLLS_AMOUNT = "tolls_amount"
EHAIL_FEE = "ehail_fee"
IMPROVEMENT_SURCHARGE = "improvement_surcharge"
TOTAL_AMOUNT = "total_amount"
PAYMENT_TYPE = "payment_type"
TRIP_TYPE = "trip_type"
CONGESTION_SURCHARGE = "congestion_surcharge"
CBD_CONGESTION_FEE = "cbd_congestion_fee"
PICKUP_LONGITUDE = "pickup_longitude"
PICKUP_LATITUDE = "pickup_latitude"
DROPOFF_LONGITUDE = "dropoff_longitude"
DROPOFF_LATITUDE = "dropoff_latitude"
PARTS_OF_TOTAL = (
    FARE_AMOUNT,
    EXTRA,
    MTA_TAX,
    TIP_AMOUNT,
    TOLLS_AMOUNT,
    EHAIL_FEE,
    IMPROVEMENT_SURCHARGE,
    CONGESTION_SURCHARGE,
    CBD_CONGESTION_FEE,
)
"""What total_amount is the sum of, in TLC's dictionaries."""

SOURCE_FILE = "source_file"
SOURCE_MONTH = "source_month"

_2015 = "TLC dictionary of 2015-09-28"
_2018 = "TLC dictionary of 2018-05-01"
_2025 = "TLC dictionary of 2025-03-18"
_SEEN = "measured in TLC's files"

PUBLISHED = (
    Column(
        VENDOR_ID,
        ColumnType.INT,
        "Who provided the record: 1 CMT, 2 VeriFone/Curb, 6 Myle. NULL in app-dispatched trips.",
        _2025,
    ),
    Column(PICKUP, ColumnType.WALL_CLOCK, "When the meter was engaged, New York wall clock.", _2015, nullable=False),
    Column(DROPOFF, ColumnType.WALL_CLOCK, "When the meter was disengaged, New York wall clock.", _2015),
    Column(STORE_AND_FWD_FLAG, ColumnType.TEXT, "Y: the record was held in the vehicle before sending; N: not.", _2015),
    Column(
        RATE_CODE_ID,
        ColumnType.INT,
        "1 standard, 2 JFK, 3 Newark, 4 Nassau or Westchester, 5 negotiated, 6 group, 99 unknown.",
        _2025,
    ),
    Column(
        PU_LOCATION_ID,
        ColumnType.INT,
        "Taxi zone of the pick-up, 1 to 265. NULL before 2016-07 in CSV files.",
        _2018,
    ),
    Column(
        DO_LOCATION_ID,
        ColumnType.INT,
        "Taxi zone of the drop-off, 1 to 265. NULL before 2016-07 in CSV files.",
        _2018,
    ),
    Column(PASSENGER_COUNT, ColumnType.INT, "Passengers, as the driver entered them.", _2015),
    Column(TRIP_DISTANCE, ColumnType.DECIMAL, "Miles by the taximeter, to the hundredth.", _2015),
    Column(FARE_AMOUNT, ColumnType.DECIMAL, "US dollars by time and distance. Negative in reversals.", _2015),
    Column(EXTRA, ColumnType.DECIMAL, "US dollars: rush hour, overnight and other extras.", _2015),
    Column(MTA_TAX, ColumnType.DECIMAL, "US dollars: MTA tax.", _2015),
    Column(TIP_AMOUNT, ColumnType.DECIMAL, "US dollars: tips by card; cash tips are not included.", _2015),
    Column(TOLLS_AMOUNT, ColumnType.DECIMAL, "US dollars: all tolls of the trip.", _2015),
    Column(EHAIL_FEE, ColumnType.DECIMAL, "US dollars. Filled in no file seen.", _SEEN),
    Column(IMPROVEMENT_SURCHARGE, ColumnType.DECIMAL, "US dollars. NULL before 2015, when it began.", _2015),
    Column(TOTAL_AMOUNT, ColumnType.DECIMAL, "US dollars charged to the passenger, without cash tips.", _2015),
    Column(
        PAYMENT_TYPE,
        ColumnType.INT,
        "0 flex fare, 1 card, 2 cash, 3 no charge, 4 dispute, 5 unknown, 6 voided. NULL in app-dispatched trips.",
        _2025,
    ),
    Column(
        TRIP_TYPE,
        ColumnType.INT,
        "1 street hail, 2 dispatch. NULL in app-dispatched trips and in much of 2013 (all of 2013-08).",
        _2015,
    ),
    Column(CONGESTION_SURCHARGE, ColumnType.DECIMAL, "US dollars. NULL before 2019-02.", _SEEN),
    Column(CBD_CONGESTION_FEE, ColumnType.DECIMAL, "US dollars: congestion relief zone. NULL before 2025.", _2025),
    Column(
        PICKUP_LONGITUDE,
        ColumnType.DOUBLE,
        "Degrees, zero where it is missing. CSV files before 2016-07 only.",
        _2015,
    ),
    Column(
        PICKUP_LATITUDE,
        ColumnType.DOUBLE,
        "Degrees, zero where it is missing. CSV files before 2016-07 only.",
        _2015,
    ),
    Column(
        DROPOFF_LONGITUDE,
        ColumnType.DOUBLE,
        "Degrees, zero where it is missing. CSV files before 2016-07 only.",
        _2015,
    ),
    Column(
        DROPOFF_LATITUDE,
        ColumnType.DOUBLE,
        "Degrees, zero where it is missing. CSV files before 2016-07 only.",
        _2015,
    ),
)
"""The columns that TLC has published in some layout. A column that a file's layout lacks is NULL."""

PROVENANCE = (
    Column(SOURCE_FILE, ColumnType.TEXT, "Name of the raw file the trip was read from.", "ours", nullable=False),
    Column(
        SOURCE_MONTH,
        ColumnType.DATE,
        "First day of the month in that name, whenever the pick-up was.",
        "ours",
        nullable=False,
    ),
)

PUBLISHED_TYPES = {column.name: column.type for column in PUBLISHED}
"""The type of each of them, by its name."""
