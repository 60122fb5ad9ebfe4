"""When a month is told to be unlike those before it: a warning, never a refusal. The rule is in `lake.publication.drift`."""

from fractions import Fraction

WINDOW = 12
"""Published months before a month, the nearest, that it is held against: a year, so each season is among them."""

MIN_WINDOW = 6  # with fewer nobody knows what is usual
MIN_ROWS = 1_000  # of a month that counts: the smallest real one, 2013-08, has 7,623. Shares of a few rows say nothing
MIN_STEP = Fraction(1, 50)  # two points of share: less is nothing that an analyst would see
VOLUME_FACTOR = Fraction(3, 2)  # months of one year differ by less; 2019 has 504,000 rows a month, 2020-04 has 35,612
LATE_DAYS = 120  # after the month's end: TLC publishes after about 60

DRIFT_DOCS = (
    (
        "share of a flag",
        f"It lies above all, or below all, of the {WINDOW} published months before, by more than their highest and lowest "
        f"differ, and by {float(100 * MIN_STEP):g} points at least.",
    ),
    (
        "volume",
        f"It has more than {float(VOLUME_FACTOR):g} times the rows of the largest of them, or fewer than the smallest "
        "by that factor.",
    ),
    (
        "late",
        f"It was published for the first time more than {LATE_DAYS} days after its end, though most of them were not: of a "
        "backfill of years no month is late.",
    ),
)
"""What is told, and when, for the dictionary."""
