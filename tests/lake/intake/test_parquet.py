"""Sound Parquet files are accepted, whoever wrote them."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.intake.inspection import SourceFile
from lake.intake.parquet_footer import read_footer
from lake.storage import storage_of
from tests.lake.intake.parquet_bytes import ROWS, look, parquet
from tests.needs import TLC
from tests.transforms.parquet_files import EVERY_LAYOUT

WRITERS: dict[str, dict[str, Any]] = {
    "as Arrow does": {},
    "as Arrow did": {"version": "1.0", "compression": "gzip"},
    "without dictionaries": {"use_dictionary": False, "compression": "none"},
    "pages of version 2": {"data_page_version": "2.0", "compression": "zstd"},
    "with page indexes": {"write_page_index": True},
    "without statistics": {"write_statistics": False, "write_page_checksum": False},
    "one page": {"row_group_size": ROWS, "data_page_size": 2**20, "compression": "lz4"},
}


@pytest.mark.parametrize("options", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("layout", EVERY_LAYOUT)
def test_a_sound_file_is_accepted_whoever_wrote_it(tmp_path: Path, layout: str, options: dict[str, Any]):
    found = look(tmp_path, parquet(layout, **options))
    assert isinstance(found, SourceFile), found
    assert (found.lines, found.layout) == (ROWS, layout)
    assert found.is_common is ("data_page_version" not in options)


def test_a_file_by_duckdb_is_accepted(tmp_path: Path):
    (tmp_path / "arrow.parquet").write_bytes(parquet("P1"))
    written = tmp_path / "duckdb.parquet"
    duckdb.sql(
        f"COPY (FROM '{tmp_path}/arrow.parquet') TO '{written}' (FORMAT parquet, PARQUET_VERSION v2, ROW_GROUP_SIZE 2048)"
    )
    found = look(tmp_path, written.read_bytes())
    assert isinstance(found, SourceFile), found
    assert (found.lines, found.is_common) == (ROWS, False)


def test_types_are_named_as_spark_names_them(tmp_path: Path):
    types = {
        "a": (pa.bool_(), "boolean"),
        "b": (pa.int8(), "tinyint"),
        "c": (pa.uint8(), "smallint"),
        "d": (pa.int32(), "int"),
        "e": (pa.uint32(), "bigint"),
        "f": (pa.int64(), "bigint"),
        "g": (pa.uint64(), "decimal(20,0)"),
        "h": (pa.float32(), "float"),
        "i": (pa.float64(), "double"),
        "j": (pa.string(), "string"),
        "k": (pa.binary(), "binary"),
        "l": (pa.date32(), "date"),
        "m": (pa.timestamp("us"), "timestamp_ntz"),
        "n": (pa.timestamp("ms"), "timestamp_ntz"),
        "o": (pa.timestamp("us", "UTC"), "timestamp"),
        "p": (pa.timestamp("ns"), "timestamp_ntz in nanoseconds"),
        "q": (pa.null(), "int"),
        "r": (pa.list_(pa.int32()), "struct"),
        "s": (pa.struct([("x", pa.int32()), ("y", pa.list_(pa.int32()))]), "struct"),
        "t": (pa.decimal128(9, 2), "decimal"),
    }
    file = tmp_path / "types.parquet"
    pq.write_table(pa.schema([(name, arrow) for name, (arrow, _) in types.items()]).empty_table(), file)
    storage = storage_of(str(file))
    info = storage.head(str(file))
    assert info is not None
    found = read_footer(storage, info)
    assert [(column.name, column.type) for column in found.columns] == [
        (name, spark) for name, (_, spark) in types.items()
    ]


@pytest.mark.calibration
@pytest.mark.needs("tlc")
@pytest.mark.parametrize(("month", "rows", "layout"), [("2020-04", 35_644, "P1"), ("2024-01", 56_551, "P2")])
def test_real_files_are_accepted(tmp_path: Path, month: str, rows: int, layout: str):
    found = look(tmp_path, (TLC / "parquet" / f"green_tripdata_{month}.parquet").read_bytes())
    assert isinstance(found, SourceFile), found
    assert (found.lines, found.layout, found.is_common) == (rows, layout, True)
