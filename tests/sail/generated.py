"""Files of values near every place where two engines may part: roundings, overflows, times, tokens, quotes, line ends.

Hypothesis makes them, from a fixed seed: the same every time.
"""

import datetime as dt
import gzip
import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from schemas.layouts import CSV_LAYOUTS, CsvLayout
from schemas.reasons import NULL_TOKENS
from tests.factories import csv_line
from tests.transforms.parquet_files import AMOUNTS, CODES, EVERY_LAYOUT, IDS, TIMES, arrow_schema, write_parquet

SEED = 20200401
LINES = 300  # of a file
GOOD = 9 * LINES  # ordinary lines around them, so that no file is refused
ROWS = 250
EVERY_COLUMN = sorted({column for layout in CSV_LAYOUTS for column in layout.columns})
LIMITS = (0, 1, 9, 265, 2**31 - 1, 2**31, 10**7 - 1, 10**7, 10**9, 2**63)


def _signed(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["", "-", "+"]).map(lambda sign: sign + text)


_CENTS = st.builds(
    lambda whole, cents, more: f"{whole}.{cents:02d}{more}",
    st.sampled_from([*LIMITS, 12, 123, 9999999]),
    st.integers(0, 99),
    st.sampled_from(["", "0", "4", "5", "49", "50", "499999999999999999", "5000000000000000000000001", "9" * 45]),
).flatmap(_signed)
_EXPONENTS = st.builds(
    lambda digits, exponent: f"{digits}{exponent}",
    st.sampled_from(
        ["1", "1.5", ".5", "5.", "12.345", "0.00", "9999999.99", "123456789", "0" * 50 + "1", "1" + "0" * 50]
    ),
    st.sampled_from(["e0", "E1", "e+2", "e-1", "e-2", "e-3", "e7", "e09", "e-99", "e99", "e100", "e", "E+"]),
).flatmap(_signed)
_SPELLED = st.sampled_from(
    [
        *NULL_TOKENS,
        "9" * 310,
        "NaN",
        "-inf",
        "Infinity",
        "1.",
        ".",
        "-",
        "1_0",
        "0x1",
        "12d",
        "1,5",
        "--1",
        "007",
        "\uff11",
        "1\u2028",
    ]
)
NUMBERS = st.one_of(_CENTS, _EXPONENTS, _SPELLED, st.sampled_from(LIMITS).map(str).flatmap(_signed))
_CLOCKS = st.one_of(
    st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59)),
    st.sampled_from(
        [
            *(dt.datetime(2018, 3, 1), dt.datetime(2018, 3, 31, 23, 59, 59), dt.datetime(2018, 4, 1)),
            *(dt.datetime(1, 1, 1), dt.datetime(1582, 10, 10), dt.datetime(1677, 9, 21), dt.datetime(1899, 12, 31)),
            *(
                dt.datetime(1969, 12, 28),
                dt.datetime(2262, 4, 12),
                dt.datetime(9999, 12, 31),
                dt.datetime(2018, 3, 11, 2, 30),
            ),
        ]
    ),
)
_TEXTS = _CLOCKS.map(lambda clock: f"{clock:%Y-%m-%d %H:%M:%S}".rjust(19, "0"))
_NO_TIMES = st.sampled_from(
    [
        *("2018-02-30 00:00:00", "2018-03-05 24:00:00", "2018-03-05 23:59:60", "2018-13-01 00:00:00", "2018-03-05"),
        *("2018-03-05T08:15:00", "2018-03-05 08:15:00Z", "2018-03-05 08:15:00.5", "0000-01-01 00:00:00", "NULL", ""),
    ]
)
_WRAPS: list[Callable[[str], str]] = [
    *(str, lambda text: f'"{text}"', lambda text: f" {text}\t", lambda text: f'" {text} "', lambda text: f'"{text}'),
    *(lambda text: f'"{text}"x', lambda text: f'"{text}""a"', lambda text: f"{text}\0", lambda text: f'"{text},1"'),
]
FLAGS = st.sampled_from(
    ["Y", "N", "", "y", "YN", "\u00e9", "\U0001f695", "\ufffd", '"', '""', '"a""b"', "a\\", "\x1b[31m"]
)


def _field(column: str) -> st.SearchStrategy[str]:
    if column.startswith("lpep_"):
        text = st.one_of(_TEXTS, _TEXTS, _NO_TIMES)
    elif column == "store_and_fwd_flag":
        text = FLAGS
    else:
        text = NUMBERS
    return st.tuples(text, st.sampled_from([str] * 12 + _WRAPS)).map(lambda made: made[1](made[0]))


@cache
def _odd() -> list[tuple[dict[str, str], str]]:
    """Fields of lines that are mostly wrong or odd in a place or two, and what follows them. One draw for all layouts."""
    fields = st.lists(st.sampled_from(EVERY_COLUMN), min_size=1, max_size=3, unique=True).flatmap(
        lambda columns: st.fixed_dictionaries({column: _field(column) for column in columns})
    )
    tails = st.sampled_from([""] * 20 + [",", ",1", ' ""', "\u2028", "\u0085", "\0"])
    return _drawn(st.tuples(fields, tails), LINES)


@cache
def _strict() -> list[dict[str, str]]:
    """Fields of lines that may be read as typed CSV: numbers to their limits, days that exist, fields that are empty."""
    fields = {column: _strict_field(column) for column in EVERY_COLUMN if column != "vendorid"}
    return _drawn(st.fixed_dictionaries(fields), LINES)


def _second(month: str, number: int) -> str:
    """A second of a month, another for each number: Spark would count trips that begin alike again, month by month."""
    return f"{month}-{number % 28 + 1:02d} {number % 24:02d}:{number % 60:02d}:{number // 60 % 60:02d}"


def _line(layout: CsvLayout, fields: Mapping[str, str]) -> str:
    return csv_line(layout, **{column: text for column, text in fields.items() if column in layout.columns})


def _strict_field(column: str) -> st.SearchStrategy[str]:
    if column.startswith("lpep_"):
        return _TEXTS
    if column == "store_and_fwd_flag":
        return st.sampled_from(["Y", "N", ""])
    if column.endswith("tude"):
        return st.one_of(
            st.floats(-180, 180).map(lambda degrees: f"{degrees:.15f}"), st.sampled_from(["0", "-73.9", ""])
        )
    money = st.builds(lambda cents, sign: f"{sign}{cents // 100}.{cents % 100:02d}", st.integers(0, 10**9 - 1), _SIGN)
    whole = st.builds(lambda number, sign: f"{sign}{number}", st.integers(0, 10**9 - 1), _SIGN)
    return st.one_of(st.just(""), st.sampled_from(["0", "007"]), money if column.endswith(_MONEY) else whole)


_SIGN = st.sampled_from(["", "-"])
_MONEY = ("amount", "distance", "extra", "tax", "fee", "surcharge")


def _strict_csv(layout: CsvLayout, month: str) -> bytes:
    """A file all of whose lines are strict."""
    lines = [_line(layout, {**fields, "vendorid": "2"}) for fields in _strict()]
    ordinary = [
        csv_line(layout, lpep_pickup_datetime=_second(month, n), fare_amount=f"{n}.5") for n in range(2 * LINES)
    ]
    head = layout.header + layout.header_end + "".join(layout.blank_lines)
    return (head + "".join(f"{line}\r\n" for line in [*lines, *ordinary])).encode()


def _drawn(strategy: st.SearchStrategy[Any], number: int) -> list[Any]:
    """So many values, the same every time."""
    found: list[Any] = []

    @seed(SEED)
    @settings(
        max_examples=number, database=None, phases=[Phase.generate], deadline=None, suppress_health_check=[*HealthCheck]
    )
    @given(strategy)
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found


def _csv(layout: CsvLayout, month: str, end: str) -> bytes:
    chosen = [
        _line(layout, {"lpep_pickup_datetime": _second(month, GOOD + number), **fields}) + tail
        for number, (fields, tail) in enumerate(_odd())
    ]
    chosen += [csv_line(layout, **{column: "9" * 310}) for column in layout.columns if column.endswith("tude")]
    ordinary = [
        csv_line(
            layout,
            lpep_pickup_datetime=_second(month, number),
            fare_amount=f"{number // 7}.{number % 100:02d}",
            tip_amount=f"-{number % 13}.{number % 10}",
        )
        for number in range(GOOD)
    ]
    lines = [*ordinary[: GOOD // 2], *chosen, *ordinary[GOOD // 2 :]]
    head = layout.header + layout.header_end + "".join(layout.blank_lines)
    return (head + "".join(f"{line}{end}" for line in lines)).encode()


def _doubles() -> st.SearchStrategy[float]:
    """Amounts near half a cent and near the largest, and any other."""
    halves = st.builds(lambda cents, sign: sign * (cents + 0.5) / 100, st.integers(0, 10**6), st.sampled_from([1, -1]))
    near = halves.flatmap(
        lambda value: st.sampled_from([value, math.nextafter(value, 0), math.nextafter(value, math.inf)])
    )
    edges = st.sampled_from(
        [0.0, -0.0, 0.001, 0.00049, 5e-324, 9999999.994, 9999999.995, 1e7, math.nan, math.inf, -math.inf]
    )
    return st.one_of(near, near, edges, st.floats(width=64), st.floats(-1e7, 1e7).map(lambda value: round(value, 3)))


def _parquet(folder: Path, layout: str, month: str) -> None:
    schema, clocks = arrow_schema(layout), _CLOCKS.map(lambda clock: clock.replace(microsecond=clock.microsecond))
    odd: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(TIMES, st.one_of(clocks, st.none()))
    for name in (*CODES, *IDS):
        whole = st.sampled_from(
            [number for number in LIMITS if number < 2 ** (31 if "32" in str(schema.field(name).type) else 63)]
        )
        of_double = st.one_of(whole.map(float), st.sampled_from([1.5, math.nan, math.inf, 1e300]))
        odd[name] = st.one_of(of_double if str(schema.field(name).type) == "double" else whole, st.none())
    amounts = [name for name in schema.names if schema.field(name).type == AMOUNTS and name not in CODES]
    odd |= dict.fromkeys(amounts, _doubles())
    some = st.lists(st.sampled_from(sorted(odd)), min_size=1, max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: odd[name] for name in names})
    )
    rows = [{**_ordinary_row(month, number), **made} for number, made in enumerate(_drawn(some, ROWS), 20 * ROWS)]
    ordinary = [{**_ordinary_row(month, number), "fare_amount": number / 100} for number in range(20 * ROWS)]
    write_parquet(folder, layout, [*ordinary, *rows], month)


def _ordinary_row(month: str, number: int) -> dict[str, object]:
    from tests.transforms.test_parquet import ROW

    return {**ROW, "lpep_pickup_datetime": dt.datetime.fromisoformat(_second(month, number))}


def make_generated(folder: Path) -> None:
    """A file of each CSV layout, with other line ends each, and of each Parquet layout."""
    for number, layout in enumerate(CSV_LAYOUTS):
        month, end = f"2018-{number + 1:02d}", ("\r\n", "\n", "\r", "\r\r\n")[number % 4]
        body = _csv(layout, month, end)
        name = folder / f"green_tripdata_{month}.csv"
        if number == 4:
            name.with_suffix(".csv.gz").write_bytes(gzip.compress(body, 1, mtime=0))
        else:
            name.write_bytes(body)
        (folder / f"green_tripdata_2020-{number + 1:02d}.csv").write_bytes(
            _strict_csv(layout, f"2020-{number + 1:02d}")
        )
    # Nearly strict: of a third decimal a reader of typed CSV knows nothing.
    thirds = [
        csv_line(CSV_LAYOUTS[6], lpep_pickup_datetime=_second("2021-01", n), tip_amount=f"{n}.005") for n in range(200)
    ]
    (folder / "green_tripdata_2021-01.csv").write_text("\n".join([CSV_LAYOUTS[6].header, *thirds, ""]))
    for number, name_of_layout in enumerate(EVERY_LAYOUT):
        _parquet(folder, name_of_layout, f"2019-{number + 1:02d}")
    # By its footer every extra is 1: NaN is in no smallest and no largest value.
    constant = _ordinary_row("2019-12", 0)
    write_parquet(
        folder,
        "P2",
        [{**constant, "fare_amount": n / 100} for n in range(ROWS)] + [{**constant, "extra": math.nan}],
        "2019-12",
    )
