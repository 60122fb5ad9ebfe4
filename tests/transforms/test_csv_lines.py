"""Every kind of line: what becomes of it, and that nothing is lost or read twice."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from schemas.contract import TRIPS
from schemas.layouts import CSV_LAYOUTS, CsvLayout
from schemas.reasons import MAX_LINE_BYTES, MAX_QUOTED_LINE, Reason
from schemas.spark import schema_differences
from schemas.trips import PICKUP
from tests.factories import FIELDS, csv_layout, csv_line, trip
from tests.transforms.reading import Found, kept, lines_of, read_all, told
from transforms.csv_lines import careful_lines, careful_trips, plain_trips

pytestmark = pytest.mark.spark

C7 = csv_layout("C7")


# --- Plain lines ----------------------------------------------------------------------------------------------------

ZONES: dict[str, Any] = {"pulocationid": 74, "dolocationid": 168}
COORDINATES: dict[str, Any] = {
    "pickup_longitude": -73.937911987304688,
    "pickup_latitude": 40.804401397705078,
    "dropoff_longitude": -73.95,
    "dropoff_latitude": 0.0,
}
NO_ZONES: dict[str, Any] = {**COORDINATES, "pulocationid": None, "dolocationid": None}
OLDEST: dict[str, Any] = {**NO_ZONES, "improvement_surcharge": None, "has_total_mismatch": True, "has_any_flag": True}
EXPECTED: dict[str, dict[str, Any]] = {
    "C1": OLDEST,
    "C2": OLDEST,
    "C3": NO_ZONES,
    "C4": NO_ZONES,
    "C5": NO_ZONES,
    "C6": ZONES,
    "C7": ZONES,
    "C8": {**ZONES, "congestion_surcharge": Decimal("2.75"), "has_total_mismatch": True, "has_any_flag": True},
}


def file_of(layout: CsvLayout, *lines: str) -> bytes:
    """A file as TLC publishes it: its header, its blank lines, CRLF."""
    head = layout.header + layout.header_end + "".join(layout.blank_lines)
    return (head + "".join(f"{line}\r\n" for line in lines)).encode()


@pytest.mark.parametrize("layout", CSV_LAYOUTS, ids=lambda layout: layout.name)
def test_a_plain_line_of_each_layout(spark, tmp_path, layout: CsvLayout):
    overrides = {"congestion_surcharge": "2.75"} if layout.name == "C8" else {}
    lines = lines_of(spark, tmp_path, {"2018-03": file_of(layout, csv_line(layout, **overrides))})
    frame = plain_trips(lines, layout, **told(spark))
    [row] = frame.collect()
    assert row.asDict() == {**trip(**EXPECTED[layout.name]), "month": "2018-03"}
    assert schema_differences(frame.drop("month").schema, TRIPS) == []
    careful = kept(spark, careful_lines(lines, layout, **told(spark)))
    kinds = Counter(row["line_type"] for row in careful.collect())
    assert kinds == Counter({"header": 1, "blank": len(layout.blank_lines)})
    assert schema_differences(careful_trips(careful).drop("month").schema, TRIPS) == []


PLAIN_VALUES: dict[str, tuple[dict[str, str], dict[str, str | int | None]]] = {
    "no leading zero": ({"extra": ".5", "tip_amount": "-.88"}, {"extra": "0.50", "tip_amount": "-0.88"}),
    "an empty field": ({"passenger_count": "", "tip_amount": ""}, {"passenger_count": None, "tip_amount": None}),
    "half a cent": (
        {"fare_amount": "0.005", "total_amount": "-0.005"},
        {"fare_amount": "0.01", "total_amount": "-0.01"},
    ),
    "flag Y": ({"store_and_fwd_flag": "Y"}, {"store_and_fwd_flag": "Y"}),
    "an app-dispatched trip": (
        {"vendorid": "", "store_and_fwd_flag": "", "ratecodeid": "", "payment_type": "", "trip_type": ""},
        {"vendorid": None, "store_and_fwd_flag": None, "ratecodeid": None, "payment_type": None, "trip_type": None},
    ),
}


@pytest.fixture(scope="module")
def plain_results(spark, tmp_path_factory) -> dict[str, Found]:
    bodies = [csv_line(C7, **fields).encode() for fields, _ in PLAIN_VALUES.values()]
    found = read_all(spark, tmp_path_factory.mktemp("plain"), C7, bodies)
    return dict(zip(PLAIN_VALUES, found, strict=True))


@pytest.mark.parametrize("name", PLAIN_VALUES)
def test_values_of_plain_lines(plain_results, name: str):
    [row], careful = plain_results[name].plain, plain_results[name].careful
    expected = PLAIN_VALUES[name][1]
    money = {"extra", "tip_amount", "fare_amount", "total_amount"}
    found = {
        column: str(row[column]) if column in money and row[column] is not None else row[column] for column in expected
    }
    assert found == expected
    assert careful == []


# --- Careful lines ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CarefulLine:
    """A file of odd lines, for each its kind or reasons; `trip` is what differs from the base row, if one is good."""

    id: str
    body: str | bytes
    lines: list[str | list[str]]
    trip: dict[str, object] | None = None
    layout: str = "C7"
    raw: str | None = None
    plain: int = field(default=0)


def line(**overrides: str) -> str:
    return csv_line(C7, **overrides)


def quoted(text: str) -> str:
    return ",".join(f'"{field}"' for field in text.split(","))


def good(id: str, body: str | bytes, layout: str = "C7", **expected: object) -> CarefulLine:
    """One line that is a trip after all."""
    return CarefulLine(id, body, [[]], expected, layout)


def bad(id: str, body: str | bytes, *reasons: str, layout: str = "C7", raw: str | None = None) -> CarefulLine:
    """One line that is none."""
    return CarefulLine(id, body, [list(reasons)], None, layout, raw)


UNKNOWN: dict[str, Any] = {"has_unknown_code": True, "has_any_flag": True}
OUTSIDE: dict[str, Any] = {"is_pickup_outside_month": True, "has_any_flag": True}
EMPTY = dict.fromkeys(C7.columns, "")
LONG = " " * (MAX_LINE_BYTES - 1_000)
LONG_TEXTS = {
    "blanks": f"a{LONG}x",
    "digits": "9" * len(LONG),
    "zeros": f"{'0' * len(LONG)}x",
    "a fraction": f"0.{'1' * len(LONG)}",
    "quotes": '"' * len(LONG),
}
MANY = 5

CAREFUL_LINES = [
    # Fields
    bad("39 a field too few", line().rpartition(",")[0], "COLUMN_COUNT"),
    bad("40 a field too many", line() + ",", "COLUMN_COUNT"),
    bad("40 a field too many, filled", line() + ",1", "COLUMN_COUNT"),
    bad("41 a surplus field that is filled", csv_line(csv_layout("C6"))[:-1] + ",1", "COLUMN_COUNT", layout="C6"),
    bad("41 the other one", csv_line(csv_layout("C6"))[:-1] + "1,", "COLUMN_COUNT", layout="C6"),
    bad("41 no surplus fields where they should be", line(), "COLUMN_COUNT", layout="C6"),
    good("41 a surplus field of blanks", csv_line(csv_layout("C6")) + " ", layout="C6"),
    good("41 a surplus field of quotes", csv_line(csv_layout("C6")) + '""', layout="C6"),
    bad("37 thirty thousand commas", "," * 30_000, "COLUMN_COUNT"),
    bad("a line of one field", "2", "COLUMN_COUNT"),
    bad("48 a comment", "# exported on 2018-04-01", "COLUMN_COUNT"),
    bad("47 semicolons", line().replace(",", ";"), "COLUMN_COUNT"),
    bad("an unquoted comma in a number", line(fare_amount="1,234.50"), "COLUMN_COUNT"),
    bad("the header of another layout", csv_layout("C8").header, "COLUMN_COUNT"),
    # Quotes
    CarefulLine("42 a line end in quotes", line(store_and_fwd_flag='"N\n"'), [["UNCLOSED_QUOTE"], ["UNCLOSED_QUOTE"]]),
    CarefulLine(
        "43 an unclosed quote and the next line",
        line(store_and_fwd_flag='"N') + "\n" + line() + "\n",
        [["UNCLOSED_QUOTE"]],
        plain=1,
    ),
    bad("an unclosed quote in the last field", line(trip_type='"1'), "UNCLOSED_QUOTE"),
    bad("a quote that closes too early", line(store_and_fwd_flag='"N"x'), "UNCLOSED_QUOTE"),
    bad("an unclosed quote after a blank", line(store_and_fwd_flag=' "N'), "UNCLOSED_QUOTE"),
    good("44 a doubled quote", line(store_and_fwd_flag='"a""b"'), store_and_fwd_flag='a"b', **UNKNOWN),
    good("45 a stray quote", line(store_and_fwd_flag='a"b'), store_and_fwd_flag='a"b', **UNKNOWN),
    good("46 a backslash before the quote", line(store_and_fwd_flag='"a\\"'), store_and_fwd_flag="a\\", **UNKNOWN),
    good("a comma in quotes", line(store_and_fwd_flag='"a,b"'), store_and_fwd_flag="a,b", **UNKNOWN),
    good("49 quoted numbers", line(fare_amount='"12.00"', ratecodeid='"1"')),
    good("49 everything quoted", quoted(line())),
    bad("a quoted number with a comma", line(fare_amount='"1,234.50"'), "BAD_NUMBER"),
    good(
        "a long field without commas",
        line(store_and_fwd_flag=f'"{"x" * MAX_QUOTED_LINE}"'),
        store_and_fwd_flag="x" * MAX_QUOTED_LINE,
        **UNKNOWN,
    ),
    bad("a long field with a comma", line(store_and_fwd_flag=f'"a,{"x" * MAX_QUOTED_LINE}"'), "UNCLOSED_QUOTE"),
    # Long lines: if reading one took time by the square of its length, these would take hours.
    CarefulLine("a line of blanks in a field", f"1,a{LONG}x\n" * MANY, [["COLUMN_COUNT"]] * MANY),
    *[
        CarefulLine(f"{what} in {column}", f"{line(**{column: text})}\n" * MANY, [[reason]] * MANY)
        for what, text in LONG_TEXTS.items()
        for column, reason in (("fare_amount", "BAD_NUMBER"), ("vendorid", "BAD_NUMBER"), (PICKUP, "BAD_TIMESTAMP"))
    ],
    CarefulLine("a line of quoted commas", ('",\"' * (len(LONG) // 3) + "\n") * MANY, [["UNCLOSED_QUOTE"]] * MANY),
    # Blanks
    good("50 blanks around values", ",".join(f" {field}\t" for field in line().split(","))),
    good("50 blanks in quotes", line(fare_amount='" 12.00 "')),
    good("a blank for a missing value", line(passenger_count=" "), passenger_count=None),
    # NULL
    good("58 the tokens", line(passenger_count="NULL", ratecodeid="N/A", tip_amount="\\N", extra='""', mta_tax="null"),
         passenger_count=None, ratecodeid=None, tip_amount=None, extra=None, mta_tax=None,
         has_total_mismatch=True, has_any_flag=True),
    bad("58 nothing else means NULL", line(passenger_count="None"), "BAD_NUMBER"),
    bad("58 no pick-up", line(lpep_pickup_datetime=""), "REQUIRED"),
    bad("58 a NULL token for the pick-up", line(lpep_pickup_datetime="NULL"), "REQUIRED"),
    good("58 no drop-off", line(lpep_dropoff_datetime=""), lpep_dropoff_datetime=None),
    bad("commas only", "," * 18, "REQUIRED"),
    # Values
    bad("51 text for a number", line(passenger_count="abc"), "BAD_NUMBER"),
    bad("52 too large for an int", line(vendorid="3000000000"), "BAD_NUMBER"),
    bad("52 too large for an int, in a plain place", line(passenger_count="3000000000"), "BAD_NUMBER"),
    good("53 a whole number with a point", line(passenger_count="1.0", vendorid="2.0")),
    bad("53 a fraction of a passenger", line(passenger_count="1.5"), "BAD_NUMBER"),
    bad("54 NaN", line(fare_amount="NaN"), "NON_FINITE"),
    bad("54 infinite", line(passenger_count="-Inf"), "NON_FINITE"),
    good("55 an exponent", line(fare_amount="1.2e1")),
    bad("55 what Java takes", line(fare_amount="12d"), "BAD_NUMBER"),
    bad("56 full-width digits", line(fare_amount="\uff11\uff12"), "BAD_NUMBER"),
    bad("57 a dollar sign", line(fare_amount="$12.00"), "BAD_NUMBER"),
    bad("62 a fare that does not fit", line(fare_amount="10000000"), "BAD_NUMBER"),
    bad("62 a longitude that overflows", csv_line(csv_layout("C4"), pickup_longitude="9" * 400), "BAD_NUMBER", layout="C4"),
    bad("a minus alone", line(fare_amount="-"), "BAD_NUMBER"),
    bad("a point alone", line(extra="."), "BAD_NUMBER"),
    bad("67 the year 10000", line(lpep_pickup_datetime="10000-01-01 00:00:00"), "BAD_TIMESTAMP"),
    bad("68 February 30", line(lpep_pickup_datetime="2018-02-30 08:15:00"), "BAD_TIMESTAMP"),
    bad("68 24 o'clock", line(lpep_dropoff_datetime="2018-03-05 24:00:00"), "BAD_TIMESTAMP"),
    bad("68 a leap second", line(lpep_dropoff_datetime="2018-03-05 23:59:60"), "BAD_TIMESTAMP"),
    bad("69 American", line(lpep_pickup_datetime="03/05/2018 08:15:00 AM"), "BAD_TIMESTAMP"),
    bad("69 an offset", line(lpep_pickup_datetime="2018-03-05T08:15:00Z"), "BAD_TIMESTAMP"),
    good("71 another flag", line(store_and_fwd_flag="n"), store_and_fwd_flag="n", **UNKNOWN),
    good("74 a formula", line(store_and_fwd_flag="=cmd|' /C calc'!A0"),
         store_and_fwd_flag="=cmd|' /C calc'!A0", **UNKNOWN),
    good("74 an escape sequence", line(store_and_fwd_flag="\x1b[31m"), store_and_fwd_flag="\x1b[31m", **UNKNOWN),
    bad(
        "every reason, once, sorted",
        line(lpep_pickup_datetime="", lpep_dropoff_datetime="x", fare_amount="x", extra="y", mta_tax="NaN"),
        "BAD_NUMBER",
        "BAD_TIMESTAMP",
        "NON_FINITE",
        "REQUIRED",
    ),
    # Encoding
    bad("13 Latin-1", line(store_and_fwd_flag="\xe9").encode("latin-1"), "INVALID_ENCODING",
        raw=line(store_and_fwd_flag="\xe9")),
    bad("13 Latin-1 in a number", line(extra="\xe9").encode("latin-1"), "BAD_NUMBER", "INVALID_ENCODING",
        raw=line(extra="\xe9")),
    bad("13 and a field too many", (line() + ",\xe9").encode("latin-1"), "COLUMN_COUNT", "INVALID_ENCODING",
        raw=line() + ",\xe9"),
    good("UTF-8 is text", line(store_and_fwd_flag="\xe9\U0001f695"), store_and_fwd_flag="\xe9\U0001f695", **UNKNOWN),
    bad("14 a NUL byte", line(store_and_fwd_flag="\0"), "NUL_BYTE"),
    bad("14 a NUL byte after the last value", line() + "\0", "BAD_NUMBER", "NUL_BYTE"),
    # Other kinds of lines
    CarefulLine("10 the header again", C7.header, ["header"]),
    CarefulLine("10 the header quoted, in capitals, with blanks", quoted(C7.header.upper()).replace(",", " , "), ["header"]),
    CarefulLine("11 the header after a byte order mark", "\n\ufeff" + C7.header, ["blank", "header"]),
    CarefulLine("5 H1 with its blank", csv_layout("C1").header, ["header"], layout="C1"),
    CarefulLine("5 H1 without it", csv_layout("C1").header.strip(), ["header"], layout="C1"),
    CarefulLine("19 blank lines", "\n \n\t\n\r\n", ["blank"] * 4),
    CarefulLine("a byte order mark alone", "\n\ufeff", ["blank", "blank"]),
    CarefulLine("Spark takes off the one at the start", "\ufeff", []),
    CarefulLine("an empty file", "", []),
]  # fmt: skip


@pytest.fixture(scope="module")
def careful_results(spark, tmp_path_factory) -> dict[str, Found]:
    """Three jobs for each layout."""
    results: dict[str, Found] = {}
    for name in sorted({case.layout for case in CAREFUL_LINES}):
        some = [case for case in CAREFUL_LINES if case.layout == name]
        bodies = [case.body.encode() if isinstance(case.body, str) else case.body for case in some]
        found = read_all(spark, tmp_path_factory.mktemp(name), csv_layout(name), bodies)
        results |= {case.id: one for case, one in zip(some, found, strict=True)}
    return results


def test_every_reason_has_a_line_here():
    missing = set(Reason) - {reason for case in CAREFUL_LINES for reasons in case.lines for reason in reasons}
    assert not missing, f"add a `bad` line for {', '.join(sorted(missing))} to CAREFUL_LINES"


@pytest.mark.defect("long-field")
@pytest.mark.parametrize("case", CAREFUL_LINES, ids=lambda case: case.id)
def test_careful_lines(careful_results, case: CarefulLine):
    found = careful_results[case.id]
    outcomes = [row["reasons"] if row["line_type"] == "data" else row["line_type"] for row in found.careful]
    assert outcomes == case.lines
    assert all(row["reasons"] == [] for row in found.careful if row["line_type"] != "data")
    assert len(found.plain) == case.plain
    assert not any(row["is_strict"] for row in found.careful), "narrow `has_strict_shape` in transforms/csv_lines.py"
    if case.trip is None:
        assert found.trips == []
    else:
        [row] = found.trips
        # The file stands for the case: its month is not that of the trip.
        provenance = {name: row[name] for name in ("source_file", "source_month", "month")}
        assert row == {**trip(**{**OUTSIDE, **case.trip}), **provenance}
    if case.raw is not None:
        assert [row["raw"] for row in found.careful] == [case.raw]


def test_raw_lines_are_kept_as_they_stand(careful_results):
    for case in CAREFUL_LINES:
        if isinstance(case.body, str) and len(case.lines) == 1 and not case.plain:
            assert [row["raw"] for row in careful_results[case.id].careful] == [case.body], case.id


def test_every_case_has_its_own_name():
    assert len({case.id for case in CAREFUL_LINES}) == len(CAREFUL_LINES)


ENDS = {
    "15 CRLF": b"%b\r\n%b\r\n%b\r\n",
    "LF": b"%b\n%b\n%b\n",
    "16 CR": b"%b\r%b\r%b\r",
    "17 mixed": b"%b\r\n%b\n%b\r",
    "18 none at the end": b"%b\n%b\n%b",
}


def test_line_ends_change_nothing(spark, tmp_path):
    rows = [line(dolocationid=zone).encode() for zone in ("1", "2", "3")]
    for name, found in zip(
        ENDS, read_all(spark, tmp_path, C7, [end % tuple(rows) for end in ENDS.values()]), strict=True
    ):
        assert sorted(row["dolocationid"] for row in found.plain) == [1, 2, 3], name
        assert {row["trip_type"] for row in found.plain} == {1}, name
        assert found.careful == [], name


def test_duplicates_are_kept(spark, tmp_path):
    [found] = read_all(
        spark, tmp_path, C7, [file_of(C7, line(), line(), line(fare_amount=" 12"), line(fare_amount=" 12"))]
    )
    assert (len(found.plain), len(found.trips)) == (2, 2)


def test_the_file_and_its_month_are_those_of_each_row(spark, tmp_path):
    folder = tmp_path / "a b=c%20+d" / "\u00fcber"
    bodies = {"2018-03": line().encode(), "2017-12": line(fare_amount=" 12").encode()}
    lines = lines_of(spark, folder, bodies)
    careful = kept(spark, careful_lines(lines, C7, **told(spark)))
    rows = [*plain_trips(lines, C7, **told(spark)).collect(), *careful_trips(careful).collect()]
    assert [(row["source_file"], row["source_month"], row["month"]) for row in rows] == [
        ("green_tripdata_2018-03.csv", dt.date(2018, 3, 1), "2018-03"),
        ("green_tripdata_2017-12.csv", dt.date(2017, 12, 1), "2017-12"),
    ]
    assert [row["is_pickup_outside_month"] for row in rows] == [False, True]


def test_times_are_the_same_in_every_time_zone(spark, tmp_path, time_zone):
    clocks = ["2018-03-11 02:30:00", "2018-11-04 01:30:00", "2018-03-01 00:00:00", "2018-03-31 23:59:59"]
    bodies = [
        line(lpep_pickup_datetime=clock, fare_amount=f"{blank}12").encode() for blank in ("", " ") for clock in clocks
    ]
    found = read_all(spark, tmp_path, C7, bodies)
    pickups = [row["lpep_pickup_datetime"] for one in found for row in [*one.plain, *one.trips]]
    assert pickups == [dt.datetime.fromisoformat(clock) for clock in clocks] * 2
    assert {row["source_month"].day for one in found for row in [*one.plain, *one.trips]} == {1}


def test_the_base_line_is_complete():
    assert {column for layout in CSV_LAYOUTS for column in layout.columns} == set(FIELDS)
