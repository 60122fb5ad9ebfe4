"""What Sail 0.7.2 does otherwise than Spark, each as small as it gets: the reasons of the guards, fit to be reported.

When one of these fails, a release has mended it: take the guard that is named out, and see whether `test_equality` still holds.
"""

import math
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from schemas import trips as t
from schemas.columns import ColumnType
from tests.needs import ROOT

pytestmark = pytest.mark.spark

FAILS = "an error"


@dataclass(frozen=True)
class Fault:
    """An expression, what each engine makes of it, and the guard against the difference."""

    sql: str
    sail: object
    spark: object
    guard: str

    @property
    def id(self) -> str:
        return self.sql


FAULTS = [
    Fault("cast(1.005D as decimal(9,2))", Decimal("1.00"), Decimal("1.01"), "transforms.values.cents"),
    Fault("try_cast(9999999.995D as decimal(9,2))", Decimal("9999999.99"), None, "transforms.values.cents"),
    Fault("cast(1e8D as string)", "100000000.0", "1.0E8", "cents: only texts from 0.001 to 10 million are read"),
    Fault("try_cast('1e3' as decimal(9,2))", None, Decimal("1000.00"), "transforms.values.without_exponent"),
    Fault(f"try_cast('1.{'0' * 100}1' as decimal(9,2))", None, Decimal("1.00"), "transforms.values.without_exponent"),
    Fault("'1234567890,' rlike '^[0-9]{0,9}+,'", True, False, "tools/banned.py"),
    Fault("'YN,' rlike '^[YN]?+,'", True, False, "tools/banned.py"),
    Fault("'a,b' rlike 'a(?=,)'", FAILS, True, "tools/banned.py"),
    Fault("'a' rlike '(?d)^a$'", FAILS, True, "tools/banned.py"),
    Fault("concat('a', chr(10)) rlike '^a$'", False, True, "tools/banned.py"),
    Fault("weekday(date'1970-01-04')", -1, 6, "transforms.hours counts days from a Monday"),
    Fault(
        "timestamp_ntz'0001-01-01 00:00:00' < date'2018-03-01'", FAILS, True, "schemas.flags compares years and months"
    ),
    Fault("typeof(pmod(datediff(date'1970-01-05', date'1970-01-04'), 7))", "bigint", "int", "transforms.hours casts"),
    Fault(
        "to_json(struct(timestamp_ntz'2018-03-05 08:15:00' as t))",
        '{"t":"2018-03-05T08:15:00.000000Z"}',
        '{"t":"2018-03-05T08:15:00.000"}',
        "transforms.parquet._shown",
    ),
    Fault("to_json(struct(1e8D as x))", '{"x":100000000.0}', '{"x":1.0E8}', "none: the same number in JSON"),
    Fault("input_file_name()", FAILS, "", "Engine.source_file"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id[:60])
def test_an_expression_is_read_otherwise(spark, fault: Fault):
    try:
        [[found]] = spark.sql(f"select {fault.sql}").collect()
    except PySparkException:
        found = FAILS
    assert found == fault.sail
    assert fault.sail != fault.spark


ON_SPARK = """
import sys
from pyspark.errors import PySparkException
from lake.session import spark_session
spark = spark_session("faults")
for sql in sys.argv[1:]:
    try:
        print(repr(spark.sql(f"select {sql}").collect()[0][0]))
    except PySparkException:
        print(repr("an error"))
"""


def test_what_spark_makes_of_them():
    command = [sys.executable, "-c", ON_SPARK, *(fault.sql for fault in FAULTS)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == [repr(fault.spark) for fault in FAULTS]


READ = """
import sys
from lake.engines import sail
sail._SERVER_SETTINGS.update(setting.split("=") for setting in sys.argv[2:])
print([tuple(row) for row in sail.sail_session().read.parquet(sys.argv[1]).collect()])
"""


def _read_by_a_new_server(path: Path, *settings: str, **environment: str) -> str:
    """The rows of a file, by a server that was started with other settings."""
    command = [sys.executable, "-c", READ, str(path), *settings]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout


def test_statistics_of_a_footer_hide_nan(tmp_path: Path):
    """Guard: `_SERVER_SETTINGS`. NaN is in no smallest and no largest value: all seem to be 1."""
    path = tmp_path / "nan.parquet"
    pq.write_table(pa.table({"x": [1.0, math.nan, 1.0], "n": [1, 2, 3]}), path)
    assert "nan" not in _read_by_a_new_server(path, "SAIL_EXECUTION__COLLECT_STATISTICS=true")
    # Whatever the user has set; and without asking a proxy for this machine.
    proxy = {"http_proxy": "http://127.0.0.1:9", "no_proxy": "", "NO_PROXY": ""}
    assert "nan" in _read_by_a_new_server(path, SAIL_EXECUTION__COLLECT_STATISTICS="true", **proxy)


def test_a_crlf_across_two_blocks_is_a_blank_line_more(spark, tmp_path: Path):
    """Guard: `SailEngine.lines` ends lines at LF and takes the CR off."""
    path = tmp_path / "lines.csv"
    path.write_bytes(b"".join(b"%d,%b\r\n" % (number, b"x" * (number % 50)) for number in range(300_000)))
    assert spark.read.text(str(path)).filter("value = ''").count() > 0
    assert spark.read.option("lineSep", "\n").text(str(path)).count() == 300_000


def test_a_lone_cr_ends_no_line_for_it(spark, tmp_path: Path):
    """Guard: `SailEngine.lines` splits them, where the pass over the bytes has seen one."""
    path = tmp_path / "lines.csv"
    path.write_bytes(b"a\rb\n")
    assert spark.read.option("lineSep", "\n").text(str(path)).count() == 1


def test_a_file_that_is_not_there_has_no_rows(spark, tmp_path: Path):
    """Guard: `SailEngine.parquet` looks first."""
    assert spark.read.schema("x int").parquet(f"{tmp_path}/none.parquet").count() == 0


def test_a_path_is_percent_decoded(spark, tmp_path: Path):
    """Guard: `_path` quotes."""
    folder = tmp_path / "a%20b"
    folder.mkdir()
    (folder / "x.csv").write_text("line\n")
    assert spark.read.text(f"file://{folder}/x.csv").count() == 0
    assert spark.read.text(f"file://{quote(str(folder))}/x.csv").count() == 1


def test_no_file_is_written_of_no_rows(spark, tmp_path: Path):
    """Guard: `SailEngine.kept` makes an empty frame."""
    spark.range(0).write.parquet(f"{tmp_path}/empty")
    assert not (tmp_path / "empty").exists()


def test_it_has_no_observations(spark):
    """Guard: `SailEngine.counted` counts by a scan of its own."""
    from pyspark.sql import Observation

    observation = Observation()
    with pytest.raises(Exception, match="collect metrics"):
        spark.range(5).observe(observation, F.count(F.lit(1)).alias("n")).collect()


def test_text_that_is_not_utf8_is_an_error(spark, tmp_path: Path):
    """Guard: `SailEngine.unread`: the month is refused, and not noted."""
    (tmp_path / "latin.csv").write_bytes(b"\xe9\n")
    with pytest.raises(Exception, match="invalid UTF-8"):
        spark.read.text(f"{tmp_path}/latin.csv").collect()


def test_files_with_short_and_long_texts_are_not_read_together(spark, tmp_path: Path):
    """Guard: `SailEngine.rows` reads each file by its own footer."""
    for name, kind in (("a", pa.string()), ("b", pa.large_string())):
        pq.write_table(pa.table({"x": pa.array(["N"], kind)}), tmp_path / f"{name}.parquet")
    with pytest.raises(Exception, match="Fail to merge schema"):
        spark.read.parquet(str(tmp_path)).collect()


def test_a_column_without_a_type_is_read_as_no_other(spark, tmp_path: Path):
    """Guard: `SailEngine.rows` gives no schema."""
    pq.write_table(pa.table({"x": pa.nulls(3)}), tmp_path / "nulls.parquet")
    with pytest.raises(Exception, match="PARQUET_COLUMN_DATA_TYPE_MISMATCH"):
        spark.read.schema("x int").parquet(f"{tmp_path}/nulls.parquet").collect()


def test_the_formulas_give_what_spark_gives(spark):
    """The guards of the expressions, with the values of FAULTS: the same as on Spark."""
    from schemas.flags import FLAGS, PICKUP_OUTSIDE_MONTH
    from transforms.values import cents, without_exponent

    frame = spark.createDataFrame([(1.005, "1e3", date(1, 1, 1))], "x double, text string, day date")
    [outside_month] = [flag.rule for flag in FLAGS if flag.name == PICKUP_OUTSIDE_MONTH]
    frame = frame.withColumns({t.PICKUP: F.col("day").cast("timestamp_ntz"), t.SOURCE_MONTH: F.lit(date(2018, 3, 1))})
    [row] = frame.select(
        cents("x", ColumnType.DECIMAL),
        without_exponent(F.col("text")).cast("decimal(9,2)"),
        F.expr(outside_month),
    ).collect()
    found: tuple[Any, ...] = tuple(row)
    assert found == (Decimal("1.01"), Decimal("1000.00"), True)


def test_what_is_persisted_is_made_anew(spark):
    """Guard: `SailEngine.kept` writes it, and reads it again."""
    frame = spark.range(1).select(F.current_timestamp().alias("made")).persist()
    assert frame.collect() != frame.collect()
