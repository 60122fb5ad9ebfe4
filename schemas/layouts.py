"""Every layout of TLC's green trips that we know. To add one, add a declaration (CONTRIBUTING.md).

Measured on the first 1,024 bytes of all 83 CSV files of 2013-08 to 2020-06 and on the footers of 29 Parquet files. CSV goes on
to 2021-07; its last year was not seen. The Parquet types of 2014 to 2019 were not seen either.
"""

from dataclasses import dataclass

from schemas import trips as t

_H1 = (
    "VendorID,lpep_pickup_datetime,Lpep_dropoff_datetime,Store_and_fwd_flag,RateCodeID,Pickup_longitude,Pickup_latitude,"
    "Dropoff_longitude,Dropoff_latitude,Passenger_count,Trip_distance,Fare_amount,Extra,MTA_tax,Tip_amount,Tolls_amount,"
    "Ehail_fee,Total_amount,Payment_type,Trip_type "  # with this blank
)
_H2 = _H1.replace("Ehail_fee,", "Ehail_fee,improvement_surcharge,")
_H3 = (
    "VendorID,lpep_pickup_datetime,lpep_dropoff_datetime,store_and_fwd_flag,RatecodeID,PULocationID,DOLocationID,"
    "passenger_count,trip_distance,fare_amount,extra,mta_tax,tip_amount,tolls_amount,ehail_fee,improvement_surcharge,"
    "total_amount,payment_type,trip_type"
)
_H4 = _H3 + ",congestion_surcharge"


FILE_PREFIX = "green_tripdata_"
"""A raw file is this, its month as YYYY-MM, and .csv, .csv.gz or .parquet."""


def header_key(header: str) -> tuple[str, ...]:
    """The column names of a header line as layouts compare them: without blanks, quotes, case and byte order mark."""
    return tuple(name.strip().strip('"').strip().lower() for name in header.lstrip("\ufeff").rstrip("\r\n").split(","))


@dataclass(frozen=True)
class CsvLayout:
    """A CSV layout.

    Attributes:
        name: C1, C2 and so on, by age.
        first: The first month of this layout, YYYY-MM.
        last: The last month.
        header: The header line as TLC writes it, without its line end.
        header_end: The line end of the header.
        blank_lines: The blank lines after the header, with their line ends.
        surplus: How many empty fields a data row has after its last column.
    """

    name: str
    first: str
    last: str
    header: str
    header_end: str
    blank_lines: tuple[str, ...]
    surplus: int

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order of the fields, by their names in the contract."""
        return header_key(self.header)

    @property
    def width(self) -> int:
        """The number of fields of a data row."""
        return len(self.columns) + self.surplus


CSV_LAYOUTS = (
    CsvLayout("C1", "2013-08", "2013-12", _H1, "\n", ("\r\n",), surplus=2),
    CsvLayout("C2", "2014-01", "2014-12", _H1, "\n", ("\n", "\r\n"), surplus=2),
    CsvLayout("C3", "2015-01", "2015-06", _H2, "\r\n", (), surplus=2),
    CsvLayout("C4", "2015-07", "2015-12", _H2, "\r\n", (), surplus=0),
    CsvLayout("C5", "2016-01", "2016-06", _H2, "\n", ("\r\n",), surplus=0),
    CsvLayout("C6", "2016-07", "2016-12", _H3, "\n", ("\r\n",), surplus=2),
    CsvLayout("C7", "2017-01", "2018-12", _H3, "\n", ("\r\n",), surplus=0),
    CsvLayout("C8", "2019-01", "2021-07", _H4, "\r\n", (), surplus=0),
)

CSV_LAYOUT_NAMED = {layout.name: layout for layout in CSV_LAYOUTS}
"""The same by name."""

# Types of Parquet columns, as Spark names them. A column that is all null has Arrow's null type: Spark 4.1 reads it as
# void, Spark 3.5 as int.
_NOTHING = ("void", "int")
_WHOLE = ("int", "bigint")
_CODE = ("int", "bigint", "double")
_AMOUNT = ("double", *_NOTHING)


@dataclass(frozen=True)
class ParquetLayout:
    """A Parquet layout.

    Attributes:
        name: P1, P2 and so on, by age.
        months: The months that we take it for.
        types: For each column, by its name in the contract, the types it may have.
    """

    name: str
    months: str
    types: dict[str, tuple[str, ...]]


def _parquet_types(vendor_and_zones: tuple[str, ...], *more: str) -> dict[str, tuple[str, ...]]:
    """The columns of H4, and amounts more, with their types; the order in a Parquet file does not matter."""
    special = {
        t.VENDOR_ID: vendor_and_zones,
        t.PU_LOCATION_ID: vendor_and_zones,
        t.DO_LOCATION_ID: vendor_and_zones,
        t.PICKUP: ("timestamp_ntz",),
        t.DROPOFF: ("timestamp_ntz",),
        t.STORE_AND_FWD_FLAG: ("string", "void", "int"),
        **dict.fromkeys((t.RATE_CODE_ID, t.PASSENGER_COUNT, t.PAYMENT_TYPE, t.TRIP_TYPE), _CODE),
        t.TRIP_DISTANCE: ("double",),
        t.FARE_AMOUNT: ("double",),
        t.TOTAL_AMOUNT: ("double",),
    }
    return {column: special.get(column, _AMOUNT) for column in (*header_key(_H4), *more)}


PARQUET_LAYOUTS = (
    ParquetLayout("P1", "2014-01..2023-01", _parquet_types(("bigint",))),
    ParquetLayout("P2", "2023-02..2024-12", _parquet_types(("int",))),
    ParquetLayout("P3", "2025-01 and later", _parquet_types(_WHOLE, t.CBD_CONGESTION_FEE)),
)

PARQUET_LAYOUT_NAMED = {layout.name: layout for layout in PARQUET_LAYOUTS}
"""The same by name."""
