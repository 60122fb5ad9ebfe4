"""One bad line explained: the field, what stands in it, what should, and what to do. Needs no Spark."""

import pytest

from data_samples.bad import BAD_VALUES, Bad
from schemas.layouts import CSV_LAYOUTS
from schemas.reasons import Reason
from tests.bad_inputs.cases import Case, ParquetCase
from tests.bad_inputs.lines import H3_HEADER, PICKUP, Line, names_of
from tests.bad_inputs.row_cases import LINES
from transforms.explanation import explain_line, explain_row

LAYOUT = {layout.name: layout for layout in CSV_LAYOUTS}
TIME, MONEY = "YYYY-MM-DD HH:MM:SS", "a number below 10000000, such as 12.50"
FLAG, EMPTY = "store_and_fwd_flag", "for a missing value leave the field empty"
NO_COMMA, NO_THOUSANDS = "a point before the decimals, no comma", "nothing between the thousands"
NO_ZONE, TWO_DIGITS = "the clock of New York, no time zone", "two digits each"

TIMES = {
    "2019-02-02T00:01:37.000000": "a blank instead of the T, no fractions of a second",
    "2020-01-02T03:04:05Z": f"a blank instead of the T, {NO_ZONE}",
    "2020-01-02 03:04:05.0": "no fractions of a second",
    "2020-01-02 03:04:05+05:30": NO_ZONE,
    "2020-01-02 03:04:05 America/New_York": NO_ZONE,
    "01/02/2020 03:04:05": "the year first, then the month, then the day",
    "01/02/2020 03:04:05 AM": "hours from 00 to 23, no AM or PM, the year first, then the month, then the day",
    "2.1.2020 03:04": "the year first, then the month, then the day, the seconds as well",
    "2020/01/02 03:04:05": "dashes within the date",
    "20200102 030405": "dashes within the date, colons within the time",
    "02-Jan-2020 03:04:05": "the month as two digits",
    "1577934245": "a date and a time, not what passed since 1970",
    "1577934245000": "a date and a time, not what passed since 1970",
    "43862.5": "a date and a time, not the day number of a spreadsheet",
    "2020-01-02": "the time of day as well",
    "03:04:05": "the date as well",
    "2020-01-02 03:04": "the seconds as well",
    "2020-1-2 03:04:05": TWO_DIGITS,
    "2020-01-02 3:04:05": TWO_DIGITS,
    "2020-02-30 10:00:00": "no calendar or clock shows this",
    "2020-03-10 24:00:00": "no calendar or clock shows this",
    "NA": EMPTY,
    "0000-00-00 00:00:00": EMPTY,
    "soon": "",
}
AMOUNTS = {
    **dict.fromkeys(("NA", "Null", "none", "#N/A", "<NA>", "-", "?", "missing"), EMPTY),
    '"12,50"': NO_COMMA,
    '"1,234.50"': NO_THOUSANDS,
    '"1,234"': NO_THOUSANDS,
    "1'234.50": NO_THOUSANDS,
    '"1.234,50"': f"{NO_THOUSANDS}, a point before the decimals",
    "$12.50": "the amount alone, no currency",
    "12.50 USD": "the amount alone, no currency",
    "\u20ac12": "the amount alone, no currency",
    "15%": "the number alone, no percent sign",
    "2.5 mi": "the number alone, no unit",
    "(12.50)": "a minus sign in front: -12.50",
    "\u221212.50": "a minus sign in front: -12.50",
    "=1+1": "the value, not a formula or its error",
    "2020-01-02 03:04:05": "a time stands here: are the columns in their order?",
    "\uff11\uff10": "digits from 0 to 9",
    "10000000": "",
    "abc": "",
}


def found(reason: str, layout: str = "C7", **fields: str):
    line = Line(fields).text(names_of(H3_HEADER), LAYOUT[layout].surplus, "2020-04", -1)
    explanation = explain_line(line.encode("utf-8", "surrogateescape"), LAYOUT[layout], Reason(reason))
    assert explanation, f"transforms/explanation.py finds no field that {reason} is true of"
    return explanation.where, explanation.found, explanation.expected, explanation.hint


@pytest.mark.parametrize("text", TIMES)
def test_a_time_is_shown_with_what_is_expected_and_what_to_do(text: str):
    assert found("BAD_TIMESTAMP", lpep_dropoff_datetime=text) == ("lpep_dropoff_datetime", text, TIME, TIMES[text])


@pytest.mark.parametrize("text", AMOUNTS)
def test_so_is_a_number(text: str):
    assert found("BAD_NUMBER", fare_amount=text) == ("fare_amount", text, MONEY, AMOUNTS[text])


OTHERS = {
    "not whole": ("BAD_NUMBER", {"passenger_count": "1.5"}, "passenger_count", "a whole number up to 2147483647", ""),
    "too large": ("BAD_NUMBER", {"vendorid": "2147483648"}, "vendorid", "a whole number up to 2147483647", ""),
    "not finite": ("NON_FINITE", {"fare_amount": "nan"}, "fare_amount", MONEY, EMPTY),
    "no time": ("REQUIRED", {PICKUP: "NULL"}, PICKUP, TIME, ""),
    "a quote": ("UNCLOSED_QUOTE", {FLAG: '"N'}, FLAG, "a quote that closes where the field ends", ""),
    "a NUL byte": ("NUL_BYTE", {FLAG: "N\0"}, FLAG, "text without NUL bytes", ""),
    "another encoding": (
        "INVALID_ENCODING",
        {FLAG: "caf\udce9"},
        FLAG,
        "UTF-8",
        "convert the file to UTF-8; as Windows-1252 this reads 'caf\u00e9'",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_so_is_what_else_is_wrong_with_a_field(name: str):
    reason, fields, where, expected, hint = OTHERS[name]
    assert found(reason, **fields) == (where, next(iter(fields.values())), expected, hint)


WIDTHS = [
    ("C7", "1,2,3", "3 fields in", "19 fields", "is the line cut off, or broken in two?"),
    ("C7", "1;2;3;4;5;6", "1 fields in", "19 fields", "commas between the fields, no semicolons"),
    ("C7", "1" + "," * 20, "21 fields in", "19 fields", "no commas at the end of the line"),
    ("C7", "1" + ",2" * 19, "20 fields in", "19 fields", "a comma within a value? A point before decimals, "
     "nothing between thousands, quotes around text"),
    ("C6", "1,2,3", "3 fields in", "21 fields, the last 2 empty", "is the line cut off, or broken in two?"),
]  # fmt: skip


@pytest.mark.parametrize(("layout", "line", "where", "expected", "hint"), WIDTHS)
def test_a_line_of_another_width_is_shown_as_a_whole(layout: str, line: str, where: str, expected: str, hint: str):
    explanation = explain_line(line.encode(), LAYOUT[layout], Reason.COLUMN_COUNT)
    assert explanation
    assert (explanation.where, explanation.found, explanation.expected, explanation.hint) == (
        where,
        line,
        expected,
        hint,
    )


def test_a_surplus_field_is_named():
    line = b"2,,,,,,,,,,,,,,,,,,,9,"
    explanation = explain_line(line, LAYOUT["C6"], Reason.COLUMN_COUNT)
    assert explanation
    assert (explanation.where, explanation.found, explanation.expected) == ("field 20", "9", "an empty field")


def test_a_row_of_parquet():
    row = '{"VendorID":3000000000,"lpep_pickup_datetime":"2020-04-15T12:34:56.000","fare_amount":"NaN"}'
    number, fare = explain_row(row, Reason.BAD_NUMBER), explain_row(row, Reason.NON_FINITE)
    assert number
    assert fare
    assert (number.where, number.found) == ("vendorid", "3000000000")
    assert (fare.where, fare.found) == ("fare_amount", "NaN")
    missing = explain_row("{}", Reason.REQUIRED)
    assert missing
    assert (missing.where, missing.found) == (PICKUP, "")
    assert explain_row(row[:50], Reason.BAD_NUMBER) is None


@pytest.mark.parametrize("bad", BAD_VALUES, ids=lambda bad: f"{bad.defect} {[*bad.fields.values()]}")
def test_every_value_that_the_samples_spoil_is_found(bad: Bad):
    """So a reason that `explanation` does not know does not stay unnoticed: each has a line in the samples."""
    for reason in bad.reasons:
        where, text, *_ = found(reason, **bad.fields)
        assert text == bad.fields[where]


CSV = [case for case in LINES if not isinstance(case, ParquetCase)]


@pytest.mark.parametrize("case", CSV, ids=lambda case: case.defect)
def test_whatever_puts_a_line_into_quarantine_is_found_in_it(case: Case):
    """Spark decides, and Python explains: of every line of every case, each reason."""
    [layout] = [one for one in CSV_LAYOUTS if (one.columns, one.surplus) == (case.columns, case.surplus)][:1]
    for line in case.lines:
        body = line.text(case.columns, case.surplus, "2020-04", -1).encode("utf-8", "surrogateescape")
        assert [reason for reason in line.reasons if explain_line(body, layout, Reason(reason)) is None] == []
        if not line.reasons:
            assert [reason for reason in Reason if explain_line(body, layout, reason)] == []
