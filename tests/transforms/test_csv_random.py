"""Random lines: each is in one set or the other, plain or odd, and both readings of a good one agree."""

import random
from collections import Counter

import pytest

from schemas.layouts import CsvLayout
from tests.factories import csv_layout, csv_line
from tests.transforms.reading import kept, lines_of, months, told
from transforms.csv_lines import careful_lines, careful_trips, plain_trips

pytestmark = pytest.mark.spark

SEED, LINES = 20180305, 1_500
ODD_TEXTS = (
    *("", "0", "-1", "+1", ".5", "5.", "-", ".", "--1", "1-1", "1.2.3", "007", "3000000000", "9999999.995", "10000000"),
    *(
        "1.0",
        "1.5",
        "1e3",
        "abc",
        "NaN",
        "NULL",
        '"',
        '""',
        '"1"',
        '"1',
        "1,2",
        " 1",
        "1 ",
        "\t",
        "\0",
        "\ufffd",
        "\xe9",
    ),
    *(
        "2018-03-11 02:30:00",
        "2018-02-30 00:00:00",
        "2018-03-05 24:00:00",
        "9999-12-31 23:59:59",
        "0001-01-01 00:00:00",
    ),
    *("2018-03-05T08:15:00", "2018-03-05 08:15:00Z", "2018-03-05", "Y", "N", "y", "YN", "\uff11", "\u0661", "\u2028"),
)


REASONS = {
    *("BAD_NUMBER", "BAD_TIMESTAMP", "COLUMN_COUNT", "INVALID_ENCODING"),
    *("NON_FINITE", "NUL_BYTE", "REQUIRED", "UNCLOSED_QUOTE"),
}


def random_line(chance: random.Random, layout: CsvLayout, number: int) -> str:
    """A line with a number of its own, mostly wrong in a place or two."""
    fields = [*csv_line(layout, tolls_amount=f"{number}.25").split(",")]
    tolls = layout.columns.index("tolls_amount")
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
        place = chance.choice([place for place in range(len(fields)) if place != tolls])
        if chance.random() < 0.7:
            fields[place] = chance.choice(ODD_TEXTS)
        else:  # a character more, or another
            at = chance.randrange(len(fields[place]) + 1)
            fields[place] = (
                fields[place][:at]
                + chance.choice('0123456789.,-+ "e:YN\t')
                + fields[place][at + chance.randint(0, 1) :]
            )
    if chance.random() < 0.05:
        fields.append(chance.choice(ODD_TEXTS))
    return ",".join(fields)


@pytest.mark.parametrize("name", ["C3", "C7", "C8"])
def test_every_line_is_plain_or_odd_and_both_readings_agree(spark, tmp_path, name: str):
    chance, layout = random.Random(f"{SEED} {name}"), csv_layout(name)
    texts = [random_line(chance, layout, number) for number in range(LINES)]
    [month] = months(1)
    lines = lines_of(spark, tmp_path / "all", {month: "\n".join(texts).encode()})
    plain = plain_trips(lines, layout, **told(spark)).collect()
    examined = kept(spark, careful_lines(lines, layout, **told(spark)))
    careful, odd_trip_count = examined.collect(), careful_trips(examined).count()
    odd_texts = Counter(row["value"] for row in careful)

    assert len(plain) + len(careful) == LINES
    plain_texts = {int(row["tolls_amount"]): texts[int(row["tolls_amount"])] for row in plain}
    assert Counter(texts) == odd_texts + Counter(plain_texts.values())
    assert len(plain) > LINES / 10
    assert len(careful) > LINES / 10
    assert odd_trip_count == sum(row["reasons"] == [] for row in careful)
    assert {row["line_type"] for row in careful} == {"data"}
    assert {reason for row in careful for reason in row["reasons"]} >= REASONS

    # The same lines with a blank before a value are odd, and good, and give the same trips.
    blanked = []
    for text in plain_texts.values():
        fields = text.split(",")
        place = chance.randrange(len(layout.columns))
        blanked.append(",".join([*fields[:place], f" {fields[place]}", *fields[place + 1 :]]))
    again = lines_of(spark, tmp_path / "blanked", {month: "\n".join(blanked).encode()})
    assert plain_trips(again, layout, **told(spark)).collect() == []
    careful_again = kept(spark, careful_lines(again, layout, **told(spark)))
    assert sorted(map(repr, careful_trips(careful_again).collect())) == sorted(map(repr, plain))
