"""A field's text as a value: what the careful reading takes and refuses; the fast one never differs from it."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

import pytest
from pyspark.sql import functions as F

from schemas.columns import ColumnType
from transforms.csv_lines import unquoted
from transforms.values import (
    careful_value,
    plain_value,
    reason_list,
    required_reason,
    text_reason,
    whole_number,
    without_exponent,
)

pytestmark = pytest.mark.spark

NOT_A_VALUE = {ColumnType.WALL_CLOCK: "BAD_TIMESTAMP"}


@dataclass(frozen=True)
class Case:
    """`expected` is the value, or the code of the reason."""

    kind: ColumnType
    text: str | None
    expected: object

    @property
    def id(self) -> str:
        return f"{self.kind.value} {self.text!r}"


def cases(kind: ColumnType, expected: dict[str | None, object]) -> list[Case]:
    return [Case(kind, text, value) for text, value in expected.items()]


def refused(kind: ColumnType, reason: str, *texts: str) -> list[Case]:
    return [Case(kind, text, reason) for text in texts]


MONEY, INT, DOUBLE, TIME, TEXT = (
    ColumnType.DECIMAL,
    ColumnType.INT,
    ColumnType.DOUBLE,
    ColumnType.WALL_CLOCK,
    ColumnType.TEXT,
)
FULL_WIDTH, ARABIC = "\uff11\uff12", "\u0661\u0662"
NO_NUMBERS = (
    *("abc", "1x", "1d", "1f", "1L", "0x1p3", "0x10", "1,234.50", "12,50", "$12.50", "12.50-", "1 2", "1_000", "--1"),
    *("+-1", ".", "-", "+", "e3", "1e", "1e+", "1.2.3", "1e3.5", "1e400", FULL_WIDTH, ARABIC, "\u22125", "12\u2028"),
    *("NULL", "true", "2020-03-01"),
)

CASES = [
    *cases(
        INT,
        {
            None: None,
            "0": 0,
            "007": 7,
            "-1": -1,
            "+1": 1,
            "1.0": 1,
            "1.": 1,
            "1.000": 1,
            "1e2": 100,
            "1E+2": 100,
            "10e-1": 1,
            "2147483647": 2147483647,
            "-2147483648": -2147483648,
        },
    ),
    *refused(
        INT,
        "BAD_NUMBER",
        "1.5",
        ".5",
        "1e-1",
        "1.00000000001",
        "2147483648",
        "-2147483649",
        "3000000000",
        "1e99",
        "9" * 40,
    ),
    *refused(INT, "BAD_NUMBER", *NO_NUMBERS),
    *cases(
        MONEY,
        {
            None: None,
            "12": Decimal("12.00"),
            ".88": Decimal("0.88"),
            ".00": Decimal("0.00"),
            "12.": Decimal("12.00"),
            "-5.00": Decimal("-5.00"),
            "+5": Decimal("5.00"),
            "1e3": Decimal("1000.00"),
            "1.5E-1": Decimal("0.15"),
            "1e-99": Decimal("0.00"),
            "1000000": Decimal("1000000.00"),  # a fare of a million: a flag, no fault
            "0.004": Decimal("0.00"),
            "0.005": Decimal("0.01"),
            "-0.005": Decimal("-0.01"),
            "2.675": Decimal("2.68"),
            "1.00499999999999999999": Decimal("1.00"),
            "9999999.99": Decimal("9999999.99"),
            "9999999.994": Decimal("9999999.99"),
            "-9999999.99": Decimal("-9999999.99"),
        },
    ),
    *refused(MONEY, "BAD_NUMBER", "9999999.995", "10000000", "-10000000", "1e7", "1e99", *NO_NUMBERS),
    *cases(
        DOUBLE,
        {
            None: None,
            "-73.937911987304688": -73.937911987304688,
            "40.804401397705078": 40.804401397705078,
            "0": 0.0,
            ".5": 0.5,
            "1e2": 100.0,
        },
    ),
    *refused(DOUBLE, "BAD_NUMBER", "9" * 400, "-" + "9" * 400, *NO_NUMBERS),
    *[
        case
        for kind in (INT, MONEY, DOUBLE)
        for case in refused(
            kind, "NON_FINITE", "NaN", "nan", "Infinity", "-Infinity", "Inf", "-Inf", "+inf", "INF", "infinity"
        )
    ],
    *refused(TIME, "NON_FINITE", "NaN"),
    *cases(
        TIME,
        {
            None: None,
            "2018-03-05 08:15:00": dt.datetime(2018, 3, 5, 8, 15),
            "2020-02-29 23:59:59": dt.datetime(2020, 2, 29, 23, 59, 59),
            "2008-12-31 23:00:00": dt.datetime(2008, 12, 31, 23),
            "2062-08-15 00:00:00": dt.datetime(2062, 8, 15),
            "0001-01-01 00:00:00": dt.datetime(1, 1, 1),
            "1582-10-10 00:00:00": dt.datetime(1582, 10, 10),
            "1899-12-31 00:00:00": dt.datetime(1899, 12, 31),
            "9999-12-31 23:59:59": dt.datetime(9999, 12, 31, 23, 59, 59),
            "2020-03-08 02:30:00": dt.datetime(2020, 3, 8, 2, 30),
            "2020-11-01 01:30:00": dt.datetime(2020, 11, 1, 1, 30),
        },
    ),
    *refused(
        TIME,
        "BAD_TIMESTAMP",
        "2020-02-30 00:00:00",
        "2019-02-29 00:00:00",
        "2020-13-01 00:00:00",
        "2020-00-01 00:00:00",
        "2020-03-00 00:00:00",
        "2020-03-01 24:00:00",
        "2020-03-01 23:60:00",
        "2020-03-01 23:59:60",
        "10000-01-01 00:00:00",
        "+10000-01-01 00:00:00",
        "-2020-01-01 00:00:00",
        "01/02/2020 03:04:05 AM",
        "1/2/2020 3:04",
        "2020-03-01T00:00:00",
        "2020-03-01T00:00:00Z",
        "2020-03-01 00:00:00Z",
        "2020-03-01 00:00:00+05:00",
        "2020-03-01 00:00:00 America/New_York",
        "2020-03-01 00:00:00.5",
        "2020-03-01 00:00",
        "2020-03-01",
        "2020",
        "2020-3-1 0:00:00",
        "\uff12020-03-01 00:00:00",
        "now",
        "12",
    ),
    *cases(TEXT, {None: None, "N": "N", "=cmd|' /C calc'!A0": "=cmd|' /C calc'!A0", "\x1b[31mred": "\x1b[31mred"}),
]
REASONS = {"BAD_NUMBER", "NON_FINITE", "BAD_TIMESTAMP"}


def read(spark, some: list[Case]) -> dict[Case, tuple[object, object, str | None]]:
    """The plain value, the careful value and the reason of each case: one job for each kind."""
    by_kind = defaultdict(list)
    for case in some:
        by_kind[case.kind].append(case)
    found = {}
    for kind, group in by_kind.items():
        frame = spark.createDataFrame(list(enumerate(case.text for case in group)), "number int, text string")
        frame = frame.withColumn("exact", without_exponent(F.col("text")))
        careful = careful_value("text", "exact", kind)
        reason = text_reason("text", careful, kind).alias("reason")
        # No plain line has a longer time; some of these are of years that Python does not know.
        plain = F.when(F.length("text") <= len("yyyy-MM-dd HH:mm:ss"), plain_value("text", kind)).alias("plain")
        rows = frame.select("number", plain, careful.alias("careful"), reason)
        for number, plain, value, code in rows.collect():
            found[group[number]] = (plain, value, code)
    return found


@pytest.fixture(scope="module")
def results(spark) -> dict[Case, tuple[object, object, str | None]]:
    return read(spark, CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_careful_value_and_its_reason(results, case: Case):
    _, value, reason = results[case]
    expected = (None, case.expected) if case.expected in REASONS else (case.expected, None)
    assert (value, reason) == expected
    assert type(value) is type(expected[0])


PLAIN = [
    Case(INT, "1.0", None),  # then the line is not plain, and read carefully
    Case(INT, "2147483648", None),
    Case(INT, "12", 12),
    Case(MONEY, "10000000", None),
    Case(MONEY, "-5.00", Decimal("-5.00")),
    Case(MONEY, "2.675", Decimal("2.68")),
    Case(MONEY, "12-3", None),
    Case(MONEY, ".", None),
    Case(MONEY, None, None),
    Case(DOUBLE, "-73.5", -73.5),
    Case(TIME, "2018-03-05 08:15:00", dt.datetime(2018, 3, 5, 8, 15)),
    Case(TIME, "2020-02-30 00:00:00", None),
    Case(TIME, "2020-03-01 24:00:00", None),
    Case(TEXT, "Y", "Y"),
]


@pytest.fixture(scope="module")
def plain_results(spark) -> dict[Case, tuple[object, object, str | None]]:
    return read(spark, PLAIN)


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.id)
def test_plain_value(plain_results, case: Case):
    plain, _, _ = plain_results[case]
    assert plain == case.expected


def test_plain_value_is_the_careful_one_or_none(results):
    """For numbers of the characters that a plain line may have; its times have the one shape anyway."""
    numbers = [case for case in CASES if case.text and case.kind is not TIME]
    plain_shaped = [case for case in numbers if not set(case.text or "") - set("0123456789.-")]
    differing = [case.id for case in plain_shaped if results[case][0] not in (None, results[case][1])]
    assert differing == []
    assert sum(results[case][0] is not None for case in plain_shaped) > 20


def test_times_are_the_same_in_every_time_zone(spark, time_zone):
    """A clock that did not exist in New York, one that came twice, and one that India had and others not."""
    texts = ("2020-03-08 02:30:00", "2020-11-01 01:30:00", "1945-10-15 00:30:00", "1883-11-18 12:01:00")
    some = [Case(TIME, text, dt.datetime.fromisoformat(text)) for text in texts]
    found = read(spark, some)
    assert [found[case] for case in some] == [(case.expected, case.expected, None) for case in some]


UNQUOTED = {
    "": None,
    " ": None,
    '""': None,
    '" "': None,
    "NULL": None,
    "null": None,
    "N/A": None,
    "\\N": None,
    ' "NULL" ': None,
    "Null": "Null",
    "n/a": "n/a",
    "NA": "NA",
    "none": "none",
    "nan": "nan",
    "-": "-",
    "0": "0",
    "N": "N",
    "\tN ": "N",
    '"N"': "N",
    '" N "': "N",
    '"a""b"': 'a"b',
    'a"b': 'a"b',
    'a""b': 'a""b',
    '"a\\"': "a\\",
    '"a,b"': "a,b",
    '""""': '"',
    '"a"b': '"a"b',
    "\u00a0N": "\u00a0N",  # a blank is a space or a tab
    None: None,
}


@pytest.fixture(scope="module")
def unquoted_results(spark) -> dict[int, str | None]:
    frame = spark.createDataFrame(list(enumerate(UNQUOTED)), "number int, field string")
    return {
        row["number"]: row["text"] for row in frame.select("number", unquoted(F.col("field")).alias("text")).collect()
    }


@pytest.mark.parametrize(
    ("number", "expected"), list(enumerate(UNQUOTED.values())), ids=[repr(field) for field in UNQUOTED]
)
def test_unquoted(unquoted_results, number: int, expected: str | None):
    assert unquoted_results[number] == expected


def test_whole_number_of_a_double(spark):
    values = [1.0, -0.0, 1.5, float("nan"), float("inf"), float("-inf"), 2147483647.0, 2147483648.0, 1e300, None]
    frame = spark.createDataFrame(list(enumerate(values)), "number int, value double")
    rows = sorted(frame.select("number", whole_number("value").alias("whole")).collect())
    assert [row["whole"] for row in rows] == [1, 0, None, None, None, None, 2147483647, None, None, None]


def test_reasons_are_sorted_and_stand_once(spark):
    codes = ["REQUIRED", None, "BAD_NUMBER", "REQUIRED", None]
    [row] = spark.range(1).select(reason_list([F.lit(code) for code in codes]), reason_list([F.lit(None)])).collect()
    assert tuple(row) == (["BAD_NUMBER", "REQUIRED"], [])


def test_required(spark):
    frame = spark.createDataFrame([("x",), (None,)], "text string")
    assert [row[0] for row in frame.select(required_reason(F.col("text"))).collect()] == [None, "REQUIRED"]
