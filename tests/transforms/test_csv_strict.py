"""Which lines may be read as typed CSV, and that what comes of them is what comes of plain lines."""

import pytest
from pyspark.sql import functions as F

from schemas.layouts import CSV_LAYOUTS, CsvLayout
from schemas.trips import PUBLISHED_TYPES
from tests.factories import csv_layout, csv_line
from tests.transforms.reading import engine, lines_of, told
from transforms.csv_lines import has_strict_shape, plain_trips, strict_trips

pytestmark = pytest.mark.spark

C7, C4 = csv_layout("C7"), csv_layout("C4")
STRICT = [
    {},
    {"passenger_count": "", "tip_amount": "", "store_and_fwd_flag": ""},
    {"extra": ".5", "tip_amount": "-.88", "fare_amount": "9999999.99", "total_amount": "-12"},
    {"passenger_count": "-1", "payment_type": "999999999", "trip_type": "007"},
    {"lpep_pickup_datetime": "0001-01-01 00:00:00", "lpep_dropoff_datetime": "9999-12-31 23:59:59"},
    {"lpep_pickup_datetime": "2020-02-29 00:00:00", "lpep_dropoff_datetime": "2000-02-29 00:00:00"},
    {"lpep_pickup_datetime": "2019-04-30 00:00:00", "lpep_dropoff_datetime": "2019-02-28 00:00:00"},
]
NOT_STRICT = [
    *(
        {"fare_amount": text}
        for text in ("1.005", "12.", ".", "-", "+1", "1e3", "10000000", " 1", '"1"', "1-1", "NULL")
    ),
    *({"passenger_count": text} for text in ("1.0", "1000000000", " 1", "-", "+1")),
    *(
        {"lpep_pickup_datetime": text}
        for text in (
            *("", "2019-02-29 00:00:00", "2100-02-29 00:00:00", "2018-02-30 00:00:00", "2018-04-31 00:00:00"),
            *("2018-00-10 00:00:00", "2018-13-10 00:00:00", "2018-03-00 00:00:00", "2018-03-32 00:00:00"),
            *(
                "2018-03-05 24:00:00",
                "2018-03-05 23:59:60",
                "2018-03-05",
                "2018-03-05T00:00:00",
                "2018-03-05 00:00:00.5",
            ),
        )
    ),
    *({"store_and_fwd_flag": text} for text in ("y", "YN", "0")),
    {"trip_type": "1,"},
    {"trip_type": "1\u2028"},
]


@pytest.fixture(scope="module")
def shapes(spark) -> dict[str, bool]:
    lines = [csv_line(C7, **fields) for fields in (*STRICT, *NOT_STRICT)]
    frame = spark.createDataFrame([(line,) for line in lines], "value string")
    return dict(frame.select("value", has_strict_shape(F.col("value"), C7)).collect())


@pytest.mark.parametrize(
    ("fields", "expected"), [*((one, True) for one in STRICT), *((one, False) for one in NOT_STRICT)], ids=str
)
def test_a_line_is_strict_or_not(shapes, fields: dict[str, str], expected: bool):
    assert shapes[csv_line(C7, **fields)] is expected


@pytest.mark.parametrize("layout", CSV_LAYOUTS, ids=lambda layout: layout.name)
def test_no_header_and_no_blank_line_is_strict_and_a_line_of_each_layout_is(spark, layout: CsvLayout):
    lines = [layout.header, *layout.blank_lines, csv_line(layout), csv_line(layout) + ","]
    frame = spark.createDataFrame([(line.strip("\r\n"),) for line in lines], "value string")
    found = [row[0] for row in frame.select(has_strict_shape(F.col("value"), layout)).collect()]
    assert found == [*[False] * (len(lines) - 2), True, False]


@pytest.mark.parametrize("layout", [C7, C4], ids=lambda layout: layout.name)
def test_typed_lines_give_what_plain_lines_give(spark, tmp_path, layout: CsvLayout):
    head = layout.header + layout.header_end + "".join(layout.blank_lines)
    body = head + "".join(f"{csv_line(layout, **fields)}\r\n" for fields in STRICT)
    lines = lines_of(spark, tmp_path, {"2018-03": body.encode()})
    plain = plain_trips(lines, layout, **told(spark)).collect()
    if not engine(spark).reads_typed:
        typed = lines_typed_by_casts(lines, layout)
    else:
        types = _types(layout)
        path = str(tmp_path / "green_tripdata_2018-03.csv")
        typed = engine(spark).typed([path], types, layout.width - len(layout.columns))
    found = strict_trips(typed, layout, source_file=told(spark)["source_file"]).collect()
    assert sorted(map(repr, found)) == sorted(map(repr, plain))
    assert len(found) == len(STRICT)


def _types(layout: CsvLayout) -> list[tuple[str, str]]:
    return [(name, PUBLISHED_TYPES[name]) for name in layout.columns]


def lines_typed_by_casts(lines, layout: CsvLayout):
    """What an engine without such a reader has instead, for this test: the fields, cast."""
    strict = lines.filter(has_strict_shape(F.col("value"), layout)).withColumn("fields", F.split("value", ","))
    texts = (f"nullif(get(fields, {place}), '')" for place in range(len(layout.columns)))
    values = [
        F.expr(f"cast({text} as {kind})").alias(name) for text, (name, kind) in zip(texts, _types(layout), strict=True)
    ]
    return strict.select(*values)
