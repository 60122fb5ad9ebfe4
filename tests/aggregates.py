"""What each aggregate must hold, as DuckDB counts it: a second opinion, apart from our formulas."""

from schemas.datasets import Aggregate
from schemas.trips import PUBLISHED_TYPES, SOURCE_MONTH

MEASURED = (
    "count(*), sum(fare_amount), sum(total_amount), sum(tip_amount), sum(trip_distance), "
    "count(*) FILTER (fare_amount < 0)"
)

DERIVED_KEYS = {
    "pickup_weekday": "isodow(lpep_pickup_datetime)::INT",
    "pickup_hour": "hour(lpep_pickup_datetime)::INT",
}
"""The keys that are no column of a trip."""


def counted(aggregate: Aggregate) -> str:
    """The columns of an aggregate, for a SELECT from trips that ends in GROUP BY ALL."""
    columns = {*PUBLISHED_TYPES, SOURCE_MONTH}
    unknown = {*aggregate.keys} - columns - {*DERIVED_KEYS}
    assert not unknown, f"add DuckDB's SQL of {', '.join(unknown)} to DERIVED_KEYS of tests/aggregates.py"
    return ", ".join([*(DERIVED_KEYS.get(key, key) for key in aggregate.keys), MEASURED])
