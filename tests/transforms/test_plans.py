"""What the speed rests on, and no result shows: methods that the JVM compiles, and values cast once.

HotSpot does not compile a method of more than 8,000 bytes of bytecode; interpreted, a run takes four times as long.
"""

import re

import pytest

from schemas.layouts import CSV_LAYOUTS, CsvLayout
from tests.factories import csv_line
from tests.transforms.parquet_files import EVERY_LAYOUT, SUFFIX, write_parquet
from tests.transforms.reading import lines_of, told
from tests.transforms.test_parquet import ROW
from transforms.csv_lines import careful_lines, plain_trips
from transforms.parquet import parquet_trips, unsound_rows

pytestmark = pytest.mark.spark

HUGE_METHOD = 8_000  # bytes: -XX:HugeMethodLimit

CSV = pytest.mark.parametrize("layout", CSV_LAYOUTS, ids=lambda layout: layout.name)
PARQUET = pytest.mark.parametrize("layout", EVERY_LAYOUT)


def longest_method(frame) -> int:
    """The bytes of the longest method that Spark generates for a query."""
    stages = frame._jdf.queryExecution().debug().codegenToSeq()
    sizes: list[int] = [stages.apply(place)._3().maxMethodCodeSize() for place in range(stages.size())]
    assert min(sizes) > 0, "a stage was not compiled"
    return max(sizes)


def nodes_with_casts(frame) -> list[str]:
    """The operators of the optimized plan that cast texts or numbers."""
    plan = frame._jdf.queryExecution().optimizedPlan().toString()
    assert "more fields" not in plan
    return [line.lstrip(" :+-") for line in plan.splitlines() if "try_cast(" in line]


def assert_cast_once(frame, columns: int) -> None:
    """All casts are in one select: nowhere in a filter, which Spark would have pushed below and cast for once more.

    There each stands for the value and for whether it is one: a common sub-expression, evaluated once.
    """
    [node] = nodes_with_casts(frame)
    assert node.startswith("Project ")
    casts = re.findall(r"try_cast\(([a-z_0-9]+)#\d+ as ([a-z_0-9(),]+?)\)(?= AS|\)| as|,| =)", node)
    assert len(set(casts)) == columns


def lines(spark, folder, layout: CsvLayout):
    return lines_of(spark, folder, {"2018-03": csv_line(layout).encode()})


@CSV
def test_plain_trips_are_compiled(spark, tmp_path, layout: CsvLayout):
    frame = plain_trips(lines(spark, tmp_path, layout), layout, **told(spark))
    assert longest_method(frame) <= HUGE_METHOD


@CSV
def test_finding_the_careful_lines_is_compiled(spark, tmp_path, layout: CsvLayout):
    frame = careful_lines(lines(spark, tmp_path, layout), layout, **told(spark))
    assert longest_method(frame) <= HUGE_METHOD


@CSV
def test_plain_values_are_cast_once(spark, tmp_path, layout: CsvLayout):
    frame = plain_trips(lines(spark, tmp_path, layout), layout, **told(spark))
    assert_cast_once(frame, len(layout.columns) - 1)  # the flag is text


@PARQUET
def test_parquet_trips_are_compiled(spark, tmp_path, layout: str):
    rows = spark.read.parquet(write_parquet(tmp_path, layout, [ROW]))
    assert longest_method(parquet_trips(rows, **told(spark, SUFFIX))) <= HUGE_METHOD
    assert longest_method(unsound_rows(rows, source_file=told(spark, SUFFIX)["source_file"])) <= HUGE_METHOD


@PARQUET
def test_parquet_values_are_cast_once(spark, tmp_path, layout: str):
    [node] = nodes_with_casts(
        parquet_trips(spark.read.parquet(write_parquet(tmp_path, layout, [ROW])), **told(spark, SUFFIX))
    )
    assert node.startswith("Project ")


def cast_types(node) -> set[tuple[str, str]]:
    """From and to which types an expression or an operator of a plan casts."""
    found = set()
    if node.getClass().getSimpleName() == "Cast":
        found.add((node.child().dataType().simpleString(), node.dataType().simpleString()))
    is_operator = ".plans." in node.getClass().getName()
    below = [node.children(), *([node.expressions()] if is_operator else [])]
    for nodes in below:
        for place in range(nodes.size()):
            found |= cast_types(nodes.apply(place))
    return found


@PARQUET
def test_no_double_is_cast_to_a_decimal(spark, tmp_path, layout: str):
    """Engines round another number: `values.cents`."""
    rows = spark.read.parquet(write_parquet(tmp_path, layout, [ROW]))
    for frame in (
        parquet_trips(rows, **told(spark, SUFFIX)),
        unsound_rows(rows, source_file=told(spark, SUFFIX)["source_file"]),
    ):
        types = cast_types(frame._jdf.queryExecution().analyzed())
        assert ("double", "string") in types
        assert [pair for pair in types if pair[0] in ("double", "float") and pair[1].startswith("decimal")] == []
