"""The generator beside TLC's own files, where they are at hand."""

import struct
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data_samples.csv_text import spelled
from data_samples.parquet_table import arrow_schema, writer
from schemas import trips as t
from schemas.layouts import CSV_LAYOUTS, CsvLayout
from tests.data_samples.read_back import physical_lines, values_of
from tests.needs import TLC

COORDINATES = (t.PICKUP_LONGITUDE, t.PICKUP_LATITUDE, t.DROPOFF_LONGITUDE, t.DROPOFF_LATITUDE)
pytestmark = [
    pytest.mark.calibration,
    pytest.mark.needs("tlc"),
]


def _layout_of(path: Path) -> CsvLayout:
    month = path.stem.removeprefix("green_tripdata_")
    [layout] = [layout for layout in CSV_LAYOUTS if layout.first <= month <= layout.last]
    return layout


def _whole_lines(path: Path) -> list[bytes]:
    """The lines of a head but the last one, which is cut off."""
    return path.read_bytes().split(b"\n")[:-1]


def test_all_83_heads_have_the_bytes_of_their_layout():
    heads = sorted((TLC / "heads").iterdir())
    assert len(heads) == 83
    rows = 0
    for head in heads:
        layout = _layout_of(head)
        start = (layout.header + layout.header_end + "".join(layout.blank_lines)).encode()
        assert head.read_bytes().startswith(start), head.name
        for line in _whole_lines(head)[1 + len(layout.blank_lines) :]:
            assert line.endswith(b"\r"), head.name
            assert line != b"\r", head.name
            fields = line.rstrip(b"\r").split(b",")
            assert len(fields) == layout.width, head.name
            assert not any(fields[len(layout.columns) :]), head.name
            rows += 1
    assert rows == 545


def test_values_of_the_heads_are_spelled_back_to_the_same_bytes():
    for head in sorted((TLC / "heads").iterdir()):
        layout = _layout_of(head)
        for line in _whole_lines(head)[1 + len(layout.blank_lines) :]:
            made, real = _spelled_back(line, layout).split(b","), line.split(b",")
            for column, mine, theirs in zip(layout.columns, made, real, strict=False):
                # TLC rounds the 16th decimal of a coordinate, which is always a 5, now up and now down.
                assert mine == theirs or (column in COORDINATES and _single(mine) == _single(theirs)), head.name


def _single(number: bytes) -> bytes:
    return struct.pack("<f", float(number))


def test_a_whole_month_is_spelled_back_to_the_same_bytes():
    path = TLC / "csv" / "green_tripdata_2020-04.csv"
    layout = _layout_of(path)
    lines = physical_lines(path)[1:]
    assert len(lines) == 35_612
    for line in lines:
        assert _spelled_back(line, layout) + b"\n" == line


def _spelled_back(line: bytes, layout: CsvLayout) -> bytes:
    values = values_of(line, layout)
    fields = [spelled(column, _checked(values[column])) for column in layout.columns]
    return ",".join([*fields, *[""] * layout.surplus]).encode() + b"\r"


def _checked(value: object) -> int | float | Decimal | datetime | str | None:
    assert value is None or isinstance(value, (int, float, Decimal, datetime, str))
    return value


@pytest.mark.parametrize(("layout", "month"), [("P1", "2020-04"), ("P2", "2024-01")])
def test_parquet_files_have_the_types_and_the_annotations_of_tlc(samples, layout: str, month: str):
    real = pq.ParquetFile(TLC / "parquet" / f"green_tripdata_{month}.parquet")
    made = pq.ParquetFile(samples[layout].path)
    assert made.schema_arrow.equals(real.schema_arrow)
    assert made.schema.equals(real.schema)
    assert [str(made.schema.column(i)) for i in range(20)] == [str(real.schema.column(i)) for i in range(20)]
    assert made.metadata.format_version == real.metadata.format_version
    assert {_compression(made), _compression(real)} == {_compression(real)}


def _compression(file: pq.ParquetFile) -> str:
    return str(file.metadata.row_group(0).column(0).compression)


@pytest.mark.parametrize(("layout", "month"), [("P1", "2020-04"), ("P2", "2024-01")])
def test_tlc_rows_fit_into_the_types_of_the_generator(tmp_path, layout: str, month: str):
    table = pq.read_table(TLC / "parquet" / f"green_tripdata_{month}.parquet")
    with writer(tmp_path / "copy.parquet", layout) as out:
        out.write_table(table.cast(arrow_schema(layout)))
    assert pq.read_table(tmp_path / "copy.parquet").equals(table)


def test_shares_are_near_those_of_april_2020(samples):
    """Near: within a factor of two. Tips for cards only; app-dispatched rows; rides of the ten busiest zones."""
    path = TLC / "csv" / "green_tripdata_2020-04.csv"
    real = [values_of(line, _layout_of(path)) for line in physical_lines(path)[1:]]
    made = [dict(trip.values) for trip in samples["C8"].trips if not trip.flags - {"has_missing_keys"}]
    for share in (_dispatched, _cards, _busy_zones):
        assert 0.5 < share(made) / share(real) < 2, share.__name__


def _dispatched(rows: list[dict[str, object]]) -> float:
    return sum(row[t.PAYMENT_TYPE] is None for row in rows) / len(rows)


def _cards(rows: list[dict[str, object]]) -> float:
    return sum(row[t.PAYMENT_TYPE] == 1 for row in rows) / len(rows)


def _busy_zones(rows: list[dict[str, object]]) -> float:
    zones = [row[t.PU_LOCATION_ID] for row in rows]
    rides = sorted((zones.count(zone) for zone in set(zones)), reverse=True)
    return sum(rides[:10]) / len(zones)
