"""The flags by their definitions, in plain Python: a second opinion on what the recipes say of their rows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from schemas import flags as f
from schemas import trips as t

KNOWN: dict[str, set[Any]] = {
    t.VENDOR_ID: {1, 2, 6},
    t.RATE_CODE_ID: {1, 2, 3, 4, 5, 6, 99},
    t.PAYMENT_TYPE: {0, 1, 2, 3, 4, 5, 6},
    t.TRIP_TYPE: {1, 2},
    t.STORE_AND_FWD_FLAG: {"Y", "N"},
}
PLACEHOLDERS = {Decimal("0.00"), Decimal("1.45"), Decimal("2.90"), Decimal("5.80")}
PARTS = (
    "fare_amount",
    "extra",
    "mta_tax",
    "tip_amount",
    "tolls_amount",
    "ehail_fee",
    "improvement_surcharge",
    "congestion_surcharge",
    "cbd_congestion_fee",
)


def flags_of(row: Mapping[str, Any], month: str) -> set[str]:
    fare, total, miles = row.get(t.FARE_AMOUNT), row.get(t.TOTAL_AMOUNT), row.get(t.TRIP_DISTANCE)
    pickup, dropoff, passengers = row[t.PICKUP], row.get(t.DROPOFF), row.get(t.PASSENGER_COUNT)
    rules = {
        f.NEGATIVE_FARE: fare is not None and fare < 0,
        f.NEGATIVE_TOTAL: total is not None and total < 0,
        f.MISSING_KEYS: row.get(t.PAYMENT_TYPE) is None or row.get(t.TRIP_TYPE) is None,
        f.PICKUP_OUTSIDE_MONTH: _month(pickup) != month,
        f.DROPOFF_BEFORE_PICKUP: dropoff is not None and dropoff < pickup,
        f.TOO_LONG: dropoff is not None and dropoff - pickup > timedelta(hours=24),
        f.ZERO_DISTANCE: miles == 0,
        f.EXTREME_DISTANCE: miles is not None and not 0 <= miles <= 100,
        f.ODD_PASSENGER_COUNT: passengers is not None and not 1 <= passengers <= 6,
        f.EXTREME_AMOUNT: any(amount is not None and abs(amount) > 1000 for amount in (fare, total)),
        f.PLACEHOLDER_FARE: row.get(t.VENDOR_ID) == 6 and fare in PLACEHOLDERS,
        f.TOTAL_MISMATCH: sum((row.get(part) or Decimal(0) for part in PARTS), Decimal(0)) != (total or Decimal(0)),
        f.UNKNOWN_CODE: any(row.get(code) is not None and row[code] not in known for code, known in KNOWN.items()),
        f.UNKNOWN_ZONE: any(
            row.get(zone) is not None and not 1 <= row[zone] <= 265 for zone in (t.PU_LOCATION_ID, t.DO_LOCATION_ID)
        ),
    }
    return {flag for flag, is_true in rules.items() if is_true}


def _month(moment: datetime) -> str:
    return moment.isoformat()[:7]
