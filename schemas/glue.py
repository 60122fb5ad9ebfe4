"""The Glue tables, as the `TableInput` of CreateTable and UpdateTable."""

from typing import TYPE_CHECKING

from schemas import trips as t
from schemas.columns import MONTH_FOLDER, Column, ColumnType, Table
from schemas.layouts import CSV_LAYOUT_NAMED

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import ColumnTypeDef, StorageDescriptorTypeDef, TableInputTypeDef

RAW_GREEN = "raw_green"
"""The lab's table of raw files."""

MAX_COMMENT = 255  # characters that Glue allows

_HIVE = {column_type: column_type.value for column_type in ColumnType} | {
    ColumnType.WALL_CLOCK: "timestamp"
}  # Hive's timestamp has no zone

_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
_LAB_BIGINTS = frozenset(
    (
        t.VENDOR_ID,
        t.RATE_CODE_ID,
        t.PU_LOCATION_ID,
        t.DO_LOCATION_ID,
        t.PASSENGER_COUNT,
        t.PAYMENT_TYPE,
        t.TRIP_TYPE,
    )
)
_LAB_STRINGS = frozenset((t.PICKUP, t.DROPOFF, t.STORE_AND_FWD_FLAG, t.EHAIL_FEE))
_C7 = CSV_LAYOUT_NAMED["C7"]


def table_input(table: Table, location: str) -> "TableInputTypeDef":
    """An external table of Parquet files, partitioned by month. One partition is one month's folder, wherever it lies.

    Args:
        table: The table.
        location: Its root, `s3://bucket/prefix/`. Nothing is read there: each partition has a location of its own.
    """
    return {
        "Name": table.name,
        "Description": f"{table.grain[0].upper()}{table.grain[1:]}.",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [
            {"Name": MONTH_FOLDER, "Type": "string", "Comment": "The month of the raw file, yyyy-MM; in the path only."}
        ],
        "StorageDescriptor": {
            "Columns": [glue_column(column) for column in table.columns],
            "Location": location,
            "InputFormat": f"{_PARQUET}.MapredParquetInputFormat",
            "OutputFormat": f"{_PARQUET}.MapredParquetOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": f"{_PARQUET}.serde.ParquetHiveSerDe",
                "Parameters": {"serialization.format": "1"},
            },
            "Compressed": False,
            "StoredAsSubDirectories": False,
        },
    }


def raw_green_table_input(location: str) -> "TableInputTypeDef":
    """The lab's `nyc.raw_green`: CSV files of 2016-07 to 2021-07 as they are, with the lab's 19 columns and types.

    The pipeline does not use it. It binds fields to columns by position and knows nothing of layouts, so:

    - It must never be pointed at a folder of mixed layouts. In files before 2016-07 the sixth and seventh fields are a
      longitude and a latitude, and would be read as zones without any error. The three layouts after that differ at the
      ends of their lines only (empty surplus fields, congestion_surcharge), which are ignored: still, keep to one.
    - It skips one header line a file. The blank line that follows it in the files of 2016-07 to 2018-12 counts as a row
      of NULLs, one a file.

    Args:
        location: A prefix that holds files of one layout only.
    """
    columns: list[ColumnTypeDef] = [{"Name": name, "Type": lab_type(name)} for name in _C7.columns]
    storage: StorageDescriptorTypeDef = {
        "Columns": columns,
        "Location": location,
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"field.delim": ",", "serialization.format": ","},
        },
        "Compressed": False,
        "StoredAsSubDirectories": False,
    }
    return {
        "Name": RAW_GREEN,
        "Description": (
            "The lab's table of raw CSV files. Only for a folder of one layout of 2016-07 to 2021-07: fields are bound "
            "by position, in older files longitudes would be read as zones. A blank line is a row of NULLs."
        ),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "EXTERNAL": "TRUE",
            "classification": "csv",
            "delimiter": ",",
            "skip.header.line.count": "1",
        },
        "PartitionKeys": [],
        "StorageDescriptor": storage,
    }


def glue_column(column: Column) -> "ColumnTypeDef":
    """A column as Glue declares it."""
    return {"Name": column.name, "Type": _HIVE[column.type], "Comment": shortened(column.doc, MAX_COMMENT)}


def lab_type(name: str) -> str:
    """The type that the lab gave a column: times and the e-hail fee were text, ids long, amounts double."""
    if name in _LAB_BIGINTS:
        return "bigint"
    return "string" if name in _LAB_STRINGS else "double"


def shortened(text: str, limit: int) -> str:
    """A text of at most so many characters, cut at a blank."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
