"""What is odd about a trip but kept: a boolean column each, never NULL.

Shares were measured by the authors on 31 of TLC's files.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from schemas import trips as t
from schemas.columns import Column, ColumnType

# Thresholds.
MAX_TRIP_HOURS = 24  # three rows in 31 files last longer; a shift is at most 12 hours
MAX_USUAL_MILES = 100  # from the Bronx to Montauk is 130; up to 181 rows a file are above, most of them typing errors
MAX_USUAL_DOLLARS = 1000  # the highest fare that a person paid in the files seen is about 1,000; 4,003 is the maximum
MAX_PASSENGERS = 6  # TLC: five, and a child under seven on a lap

# Codes that TLC's dictionaries of 2015, 2018 and 2025 list.
KNOWN_VENDORS = (1, 2, 6)
KNOWN_RATES = (1, 2, 3, 4, 5, 6, 99)
KNOWN_PAYMENTS = (0, 1, 2, 3, 4, 5, 6)
KNOWN_TRIP_TYPES = (1, 2)
KNOWN_STORE_FLAGS = ("N", "Y")
FIRST_ZONE, LAST_ZONE = 1, 265  # 264 is "unknown", 265 "outside of NYC": both are valid

# Vendor 6 books these as the fare of trips whose total averages 29.23 (November 2025: 3,909 rows).
MYLE_VENDOR = 6
PLACEHOLDER_FARES = (Decimal("0.00"), Decimal("1.45"), Decimal("2.90"), Decimal("5.80"))


NEGATIVE_FARE = "has_negative_fare"
NEGATIVE_TOTAL = "has_negative_total"
MISSING_KEYS = "has_missing_keys"
PICKUP_OUTSIDE_MONTH = "is_pickup_outside_month"
DROPOFF_BEFORE_PICKUP = "is_dropoff_before_pickup"
TOO_LONG = "is_over_24_hours"
ZERO_DISTANCE = "has_zero_distance"
EXTREME_DISTANCE = "has_extreme_distance"
ODD_PASSENGER_COUNT = "has_odd_passenger_count"
EXTREME_AMOUNT = "has_extreme_amount"
PLACEHOLDER_FARE = "has_placeholder_fare"
TOTAL_MISMATCH = "has_total_mismatch"
UNKNOWN_CODE = "has_unknown_code"
UNKNOWN_ZONE = "has_unknown_zone"


@dataclass(frozen=True)
class Flag(Column):
    """A flag and its rule.

    Attributes:
        rule: When it applies, in SQL that Spark, Sail, DuckDB and Polars read alike. A rule that is NULL does not apply.
    """

    rule: str = field(kw_only=True)

    def rule_for(self, present: Collection[str]) -> str:
        """The rule for a layout.

        Args:
            present: The columns that the layout has. A part of the total that is not among them would add nothing but time.
        """
        parts = (f"coalesce({part}, 0.00)" for part in t.PARTS_OF_TOTAL if part in present)
        return self.rule.replace(_EXPECTED_TOTAL, " + ".join(parts))


_EXPECTED_TOTAL = "{expected_total}"


def _flag(name: str, doc: str, rule: str) -> Flag:
    return Flag(name, ColumnType.FLAG, doc, "ours", nullable=False, rule=rule)


def _listed(values: Sequence[int | str | Decimal]) -> str:
    return f"({', '.join(repr(value) if isinstance(value, str) else str(value) for value in values)})"


def _is_unlisted(column: str, codes: Sequence[int | str]) -> str:
    """A code that is NULL is not unlisted."""
    return f"coalesce({column} NOT IN {_listed(codes)}, false)"


def _is_no_zone(column: str) -> str:
    """A zone that is NULL is not a wrong one."""
    return f"coalesce({column} NOT BETWEEN {FIRST_ZONE} AND {LAST_ZONE}, false)"


FLAGS = (
    _flag(
        NEGATIVE_FARE,
        "fare_amount is below zero. 93 to 100 % of these rows reverse another row exactly.",
        f"{t.FARE_AMOUNT} < 0",
    ),
    _flag(NEGATIVE_TOTAL, "total_amount is below zero.", f"{t.TOTAL_AMOUNT} < 0"),
    _flag(
        MISSING_KEYS,
        "payment_type or trip_type is NULL: app-dispatched trips, up to 48 % of a month; trip_type in much of 2013.",
        f"{t.PAYMENT_TYPE} IS NULL OR {t.TRIP_TYPE} IS NULL",
    ),
    _flag(
        PICKUP_OUTSIDE_MONTH,
        "The pick-up is not in the month of the file. The trip still belongs to that month.",
        # By their numbers: of a time and a date some engines make a time of nanoseconds, and those end in 2262.
        f"year({t.PICKUP}) <> year({t.SOURCE_MONTH}) OR month({t.PICKUP}) <> month({t.SOURCE_MONTH})",
    ),
    _flag(DROPOFF_BEFORE_PICKUP, "The drop-off is before the pick-up.", f"{t.DROPOFF} < {t.PICKUP}"),
    _flag(
        TOO_LONG,
        f"The drop-off is more than {MAX_TRIP_HOURS} hours after the pick-up.",
        f"{t.DROPOFF} > {t.PICKUP} + INTERVAL '{MAX_TRIP_HOURS} hours'",
    ),
    _flag(ZERO_DISTANCE, "trip_distance is zero. 3 to 19 % of a month.", f"{t.TRIP_DISTANCE} = 0"),
    _flag(
        EXTREME_DISTANCE,
        f"trip_distance is over {MAX_USUAL_MILES} miles, or below zero.",
        f"{t.TRIP_DISTANCE} NOT BETWEEN 0 AND {MAX_USUAL_MILES}",
    ),
    _flag(
        ODD_PASSENGER_COUNT,
        f"passenger_count is below one or over {MAX_PASSENGERS}.",
        f"{t.PASSENGER_COUNT} NOT BETWEEN 1 AND {MAX_PASSENGERS}",
    ),
    _flag(
        EXTREME_AMOUNT,
        f"fare_amount or total_amount is over {MAX_USUAL_DOLLARS:,} dollars, of either sign.",
        " OR ".join(
            f"{amount} NOT BETWEEN -{MAX_USUAL_DOLLARS} AND {MAX_USUAL_DOLLARS}"
            for amount in (t.FARE_AMOUNT, t.TOTAL_AMOUNT)
        ),
    ),
    _flag(
        PLACEHOLDER_FARE,
        f"Vendor {MYLE_VENDOR} and a fare of {', '.join(str(fare) for fare in PLACEHOLDER_FARES)}: "
        "the amount paid is in total_amount only.",
        f"{t.VENDOR_ID} = {MYLE_VENDOR} AND {t.FARE_AMOUNT} IN {_listed(PLACEHOLDER_FARES)}",
    ),
    _flag(
        TOTAL_MISMATCH,
        "total_amount is not the sum of fare, extra, taxes, tip, tolls, fees and surcharges (NULL counts as zero). "
        "2 to 18 % of a month.",
        f"{t.TOTAL_AMOUNT} <> {_EXPECTED_TOTAL}",
    ),
    _flag(
        UNKNOWN_CODE,
        "vendorid, ratecodeid, payment_type, trip_type or store_and_fwd_flag holds a code that no TLC dictionary lists.",
        " OR ".join(
            (
                _is_unlisted(t.VENDOR_ID, KNOWN_VENDORS),
                _is_unlisted(t.RATE_CODE_ID, KNOWN_RATES),
                _is_unlisted(t.PAYMENT_TYPE, KNOWN_PAYMENTS),
                _is_unlisted(t.TRIP_TYPE, KNOWN_TRIP_TYPES),
                _is_unlisted(t.STORE_AND_FWD_FLAG, KNOWN_STORE_FLAGS),
            )
        ),
    ),
    _flag(
        UNKNOWN_ZONE,
        f"A zone is outside of {FIRST_ZONE} to {LAST_ZONE}.",
        f"{_is_no_zone(t.PU_LOCATION_ID)} OR {_is_no_zone(t.DO_LOCATION_ID)}",
    ),
)

ANY_FLAG = Column(
    "has_any_flag",
    ColumnType.FLAG,
    "One of the flags before this one applies: the rows to look at, or to leave out.",
    "ours",
    nullable=False,
)
