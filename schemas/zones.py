"""TLC's taxi zones: what the ids of pick-ups and drop-offs stand for.

The rows are in zones.csv, from TLC's "Taxi Zone Lookup Table", of its page of trip record data, as it was in November 2026.
Three things are other than there: the ids that are no places say what they are where TLC writes N/A (264, which TLC calls
unknown, and 265, outside of the city); and `drawn_as` is added, which says where its shape file draws a zone.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

from schemas.columns import Column, ColumnType, Table
from schemas.trips import PU_LOCATION_ID

ZONE_ID = "zone_id"
BOROUGH = "borough"
ZONE = "zone"
SERVICE_ZONE = "service_zone"
DRAWN_AS = "drawn_as"
UNKNOWN_ID, OUTSIDE_ID = 264, 265

ZONE_VIEW = "agg_green_rides_by_zone"
"""A view in Redshift: rides and money by month and zone, with its names."""

_LOOKUP = "TLC zone lookup table"

ZONES = Table(
    "taxi_zones",
    f"one row per id that a zone may have: what {PU_LOCATION_ID} and its like are joined to",
    (
        Column(ZONE_ID, ColumnType.INT, "TLC's LocationID, 1 to 265.", _LOOKUP, nullable=False),
        Column(
            BOROUGH,
            ColumnType.TEXT,
            f"The borough, or EWR: Newark. `Unknown` for {UNKNOWN_ID}, `Outside of NYC` for {OUTSIDE_ID}.",
            _LOOKUP,
            nullable=False,
        ),
        Column(
            ZONE,
            ColumnType.TEXT,
            "Its name. Corona (56, 57) and Governor's Island with Ellis and Liberty Island (103, 104, 105) are several ids "
            f"of one name. `Unknown` for {UNKNOWN_ID}, `Outside of NYC` for {OUTSIDE_ID}.",
            _LOOKUP,
            nullable=False,
        ),
        Column(
            SERVICE_ZONE,
            ColumnType.TEXT,
            "Boro Zone: green taxis may pick up hails; Yellow Zone: they may not; Airports; EWR. NULL for "
            f"{UNKNOWN_ID} and {OUTSIDE_ID}.",
            _LOOKUP,
        ),
        Column(
            DRAWN_AS,
            ColumnType.INT,
            "The id under which TLC's shape file draws it: its own, but 56 for 57, and 103 for 104 and 105, which the file "
            f"lacks. NULL for {UNKNOWN_ID} and {OUTSIDE_ID}, which are no places.",
            "TLC zone shape file",
        ),
    ),
)


@dataclass(frozen=True)
class Zone:
    """A row of ZONES."""

    zone_id: int
    borough: str
    zone: str
    service_zone: str | None
    drawn_as: int | None


@cache
def zones() -> tuple[Zone, ...]:
    """All zones, by id."""
    text = resources.files("schemas").joinpath("zones.csv").read_text(encoding="utf-8")
    return tuple(
        Zone(
            int(row[ZONE_ID]),
            row[BOROUGH],
            row[ZONE],
            row[SERVICE_ZONE] or None,
            int(row[DRAWN_AS]) if row[DRAWN_AS] else None,
        )
        for row in csv.DictReader(text.splitlines())
    )


def zone_name(zone_id: int | None) -> str:
    """What an id is called, for people: its zone with the borough; what it is if it is none of TLC's.

    Args:
        zone_id: Of a trip. NULL there, and None here: the file has none, as those before 2016-07 in CSV.
    """
    if zone_id is None:
        return "no zone in the file"
    found = next((zone for zone in zones() if zone.zone_id == zone_id), None)
    if found is None:
        return f"not a zone of TLC's ({zone_id})"
    if found.drawn_as is None:
        return {UNKNOWN_ID: "unknown to TLC", OUTSIDE_ID: "outside of the city"}[zone_id]
    is_several = found.drawn_as != zone_id or any(o.drawn_as == zone_id and o is not found for o in zones())
    number = f" [{zone_id}]" if is_several else ""
    return f"{found.zone}{number}, {found.borough}"
