"""Small raw files, and what must become of them. All is written by hand."""

import gzip
import io
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

H3 = (
    "VendorID,lpep_pickup_datetime,lpep_dropoff_datetime,store_and_fwd_flag,RatecodeID,PULocationID,DOLocationID,"
    "passenger_count,trip_distance,fare_amount,extra,mta_tax,tip_amount,tolls_amount,ehail_fee,improvement_surcharge,"
    "total_amount,payment_type,trip_type"
)


@dataclass(frozen=True)
class Raw:
    """A raw file.

    Attributes:
        name: Its name.
        body: Its bytes.
        totals: total_amount of each trip in it, sorted.
        bad: Its lines for the quarantine.
    """

    name: str
    body: bytes
    totals: tuple[str, ...]
    bad: tuple[str, ...] = ()

    @property
    def month(self) -> str:
        """YYYY-MM, as in the name."""
        return self.name.split("_")[2][:7]


def line_2018(day: int, total: str, passengers: str = "1") -> str:
    """A line of April 2018, of which the total, the day and the passengers differ."""
    return f"2,2018-04-{day:02} 08:00:00,2018-04-{day:02} 08:10:00,N,1,74,75,{passengers},1.20,7.5,0,0.5,0,0,,0.3,{total},2,1"


def line_2019(month: str, day: int, total: str) -> str:
    """A line of 2019, of which the day and the total differ."""
    return f"2,{month}-{day:02} 08:00:00,{month}-{day:02} 08:10:00,N,1,74,75,1,1.20,7.5,0,0.5,0,0,,0.3,{total},2,1,0"


def file_2019(month: str, *totals: str) -> Raw:
    """A file of 2019 with a line for each total."""
    lines = [H3 + ",congestion_surcharge", *(line_2019(month, day, total) for day, total in enumerate(totals, 1))]
    body = "".join(line + "\r\n" for line in lines).encode()
    return Raw(f"green_tripdata_{month}.csv", body, tuple(sorted(totals)))


BAD_LINE = line_2018(3, "8.30", passengers="one")
APRIL_2018 = Raw(
    "green_tripdata_2018-04.csv",
    (H3 + "\n\r\n" + "\r\n".join([line_2018(1, "8.30"), BAD_LINE, line_2018(2, "13.36")]) + "\r\n").encode(),
    ("13.36", "8.30"),
    (BAD_LINE,),
)
MAY = file_2019("2019-05", "8.30", "13.36", "-8.30")
LATER_MAY = file_2019("2019-05", "8.30", "13.36", "-8.30", "21.95")
JUNE = file_2019("2019-06", "5.80", "6.80")
JULY = file_2019("2019-07", "9.30")


def zipped(raw: Raw) -> Raw:
    """The same file as .csv.gz."""
    return replace(raw, name=raw.name + ".gz", body=gzip.compress(raw.body, mtime=0))


def parquet_of_august_2021() -> Raw:
    """A Parquet file of the first Parquet layout."""
    start = datetime(2021, 8, 2, 8)
    whole = {"VendorID": [2, 2], "PULocationID": [74, 75], "DOLocationID": [75, 74]}
    double = {
        **{name: [1.0, None] for name in ("RatecodeID", "passenger_count", "payment_type", "trip_type")},
        **{name: [0.0, 0.0] for name in ("extra", "tip_amount", "tolls_amount", "congestion_surcharge")},
        "trip_distance": [1.2, 3.45],
        "fare_amount": [7.5, 20.25],
        "mta_tax": [0.5, 0.5],
        "improvement_surcharge": [0.3, 0.3],
        "total_amount": [8.3, 21.05],
    }
    columns = {
        **{name: pa.array(values, pa.int64()) for name, values in whole.items()},
        **{name: pa.array(values, pa.float64()) for name, values in double.items()},
        "lpep_pickup_datetime": pa.array([start, start], pa.timestamp("us")),
        "lpep_dropoff_datetime": pa.array([start.replace(minute=10)] * 2, pa.timestamp("us")),
        "store_and_fwd_flag": pa.array(["N", None], pa.string()),
        "ehail_fee": pa.array([None, None], pa.null()),
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return Raw("green_tripdata_2021-08.parquet", sink.getvalue(), ("21.05", "8.30"))


def totals(rows: list[dict[str, object]]) -> tuple[str, ...]:
    """total_amount of published rows, sorted as `Raw.totals` is."""
    return tuple(sorted(f"{amount:.2f}" for row in rows if isinstance(amount := row["total_amount"], Decimal)))
