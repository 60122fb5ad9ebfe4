"""What is odd about a trip but kept: each flag of `schemas.flags` as a Column expression on the contract's columns."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas import flags as f
from schemas import trips as t


def is_outside_month(time: Column, month: Column) -> Column:
    """Is a time before the first day of the month, or after its last? NULL if the time is NULL."""
    # Cast, as to some engines the one type that holds both is of nanoseconds, which end in 2262.
    first, next_first = (day.cast("timestamp_ntz") for day in (month, F.add_months(month, 1)))
    return (time < first) | (time >= next_first)


def is_over_hours(start: Column, end: Column, hours: int) -> Column:
    """Is the end more than so many hours after the start? NULL if one of them is NULL."""
    return end > start + F.expr(f"interval {hours} hours")


def is_beyond(amount: Column, limit: int) -> Column:
    """Is an amount above the limit, of either sign? NULL if the amount is NULL."""
    return (amount > limit) | (amount < -limit)


def is_unlisted(code: Column, listed: tuple[int, ...] | tuple[str, ...]) -> Column:
    """Is a code missing in a list? NULL if the code is NULL."""
    return ~code.isin(*listed)


def is_outside_zones(zone: Column) -> Column:
    """Is a zone id none of TLC's 265? NULL if the zone is NULL."""
    return ~zone.between(f.FIRST_ZONE, f.LAST_ZONE)


def sum_of_parts(present: frozenset[str]) -> Column:
    """What the total should be: fare, extra, taxes, tip, tolls, fees and surcharges. NULL counts as zero.

    Args:
        present: The columns that the layout has. The others would add nothing but time.
    """
    zero = F.expr("0.00BD")
    total = zero
    for part in t.PARTS_OF_TOTAL:
        if part in present:
            total = total + F.coalesce(F.col(part), zero)
    return total


def flag_rules(present: frozenset[str]) -> dict[str, Column]:
    """The rule of each flag, by the flag's name. A rule may be NULL, which means no: see `flag_columns`."""
    pickup, dropoff, month = F.col(t.PICKUP), F.col(t.DROPOFF), F.col(t.SOURCE_MONTH)
    distance, passengers = F.col(t.TRIP_DISTANCE), F.col(t.PASSENGER_COUNT)
    fare, total, vendor = F.col(t.FARE_AMOUNT), F.col(t.TOTAL_AMOUNT), F.col(t.VENDOR_ID)
    return {
        f.NEGATIVE_FARE: fare < 0,
        f.NEGATIVE_TOTAL: total < 0,
        f.MISSING_KEYS: F.col(t.PAYMENT_TYPE).isNull() | F.col(t.TRIP_TYPE).isNull(),
        f.PICKUP_OUTSIDE_MONTH: is_outside_month(pickup, month),
        f.DROPOFF_BEFORE_PICKUP: dropoff < pickup,
        f.TOO_LONG: is_over_hours(pickup, dropoff, f.MAX_TRIP_HOURS),
        f.ZERO_DISTANCE: distance == 0,
        f.EXTREME_DISTANCE: (distance > f.MAX_USUAL_MILES) | (distance < 0),
        f.ODD_PASSENGER_COUNT: ~passengers.between(1, f.MAX_PASSENGERS),
        f.EXTREME_AMOUNT: is_beyond(fare, f.MAX_USUAL_DOLLARS) | is_beyond(total, f.MAX_USUAL_DOLLARS),
        f.PLACEHOLDER_FARE: (vendor == f.MYLE_VENDOR) & fare.isin(*f.PLACEHOLDER_FARES),
        f.TOTAL_MISMATCH: total != sum_of_parts(present),
        f.UNKNOWN_CODE: F.coalesce(is_unlisted(vendor, f.KNOWN_VENDORS), F.lit(False))
        | F.coalesce(is_unlisted(F.col(t.RATE_CODE_ID), f.KNOWN_RATES), F.lit(False))
        | F.coalesce(is_unlisted(F.col(t.PAYMENT_TYPE), f.KNOWN_PAYMENTS), F.lit(False))
        | F.coalesce(is_unlisted(F.col(t.TRIP_TYPE), f.KNOWN_TRIP_TYPES), F.lit(False))
        | is_unlisted(F.col(t.STORE_AND_FWD_FLAG), f.KNOWN_STORE_FLAGS),
        f.UNKNOWN_ZONE: F.coalesce(is_outside_zones(F.col(t.PU_LOCATION_ID)), F.lit(False))
        | is_outside_zones(F.col(t.DO_LOCATION_ID)),
    }


def flag_columns(present: frozenset[str]) -> list[Column]:
    """The flags in the order of the contract, never NULL: a rule that cannot be decided does not apply.

    That each flag is used twice, for itself and for `has_any_flag`, also makes Spark give each a method of its own: in
    one they are too long for the JVM to compile (see `csv_lines`).

    Args:
        present: The columns that the layout has.
    """
    rules = flag_rules(present)
    flags = [F.coalesce(rules[flag.name], F.lit(False)).alias(flag.name) for flag in f.FLAGS]
    return [*flags, F.greatest(*flags).alias(f.ANY_FLAG.name)]
