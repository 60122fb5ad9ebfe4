"""TLC's zones: the table as it was published, and the ids that are no places or are drawn as others."""

import csv
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from schemas.flags import FIRST_ZONE, LAST_ZONE
from schemas.zones import ZONES, Zone, zone_name, zones
from tests.needs import ROOT, TLC

OUTLINES = ROOT / "explore" / "zones.geojson"


def test_every_id_that_a_trip_may_have_is_there_once_in_order():
    assert [zone.zone_id for zone in zones()] == list(range(FIRST_ZONE, LAST_ZONE + 1))
    assert list(vars(zones()[0])) == list(ZONES.names)


def test_the_boroughs():
    assert Counter(zone.borough for zone in zones()) == {
        "Queens": 69,
        "Manhattan": 69,
        "Brooklyn": 61,
        "Bronx": 43,
        "Staten Island": 20,
        "EWR": 1,
        "Unknown": 1,
        "Outside of NYC": 1,
    }


@pytest.mark.parametrize(
    ("zone_id", "row", "name"),
    [
        (74, ("Manhattan", "East Harlem North", "Boro Zone", 74), "East Harlem North, Manhattan"),
        (1, ("EWR", "Newark Airport", "EWR", 1), "Newark Airport, EWR"),
        (56, ("Queens", "Corona", "Boro Zone", 56), "Corona [56], Queens"),
        (57, ("Queens", "Corona", "Boro Zone", 56), "Corona [57], Queens"),
        (264, ("Unknown", "Unknown", None, None), "unknown to TLC"),
        (265, ("Outside of NYC", "Outside of NYC", None, None), "outside of the city"),
    ],
)
def test_a_zone_and_what_it_is_called(zone_id: int, row: tuple[str | int | None, ...], name: str):
    assert zones()[zone_id - 1] == Zone(zone_id, *row)  # type: ignore[arg-type]
    assert zone_name(zone_id) == name


@pytest.mark.parametrize(("zone_id", "name"), [(None, "no zone in the file"), (0, "not a zone of TLC's (0)")])
def test_what_is_no_zone_is_called_what_it_is(zone_id: int | None, name: str):
    assert zone_name(zone_id) == name


def test_each_zone_that_is_a_place_has_an_outline_and_no_other():
    features = json.loads(OUTLINES.read_text(encoding="utf-8"))["features"]
    assert {feature["id"] for feature in features} == {zone.drawn_as for zone in zones() if zone.drawn_as}
    assert len(features) == 260
    assert OUTLINES.stat().st_size < 100_000


def test_outlines_lie_in_new_york():
    features = json.loads(OUTLINES.read_text(encoding="utf-8"))["features"]
    points = [point for one in features for part in one["geometry"]["coordinates"] for ring in part for point in ring]
    assert -74.27 < min(x for x, _ in points) < max(x for x, _ in points) < -73.69
    assert 40.48 < min(y for _, y in points) < max(y for _, y in points) < 40.93


@pytest.mark.needs("tlc")
def test_the_table_is_tlc_s():
    with Path(TLC, "zones", "taxi_zone_lookup.csv").open(encoding="utf-8", newline="") as lines:
        theirs = [tuple(row.values()) for row in csv.DictReader(lines)]
    ours = [(str(zone.zone_id), zone.borough, zone.zone, zone.service_zone) for zone in zones()]
    assert ours[:-2] == theirs[:-2]
    assert theirs[-2:] == [("264", "Unknown", "N/A", "N/A"), ("265", "N/A", "Outside of NYC", "N/A")]


@pytest.mark.needs("tlc")
def test_tlc_s_shape_file_draws_an_id_under_the_one_that_is_said():
    """Its dBASE table: records of a fixed width, the number of the shape first, the id in the field LocationID."""
    with zipfile.ZipFile(TLC / "zones" / "taxi_zones.zip") as archive:
        table = archive.read("taxi_zones.dbf")
    header, width = int.from_bytes(table[8:10], "little"), int.from_bytes(table[10:12], "little")
    fields = [table[at : at + 32] for at in range(32, header - 1, 32)]
    places, at = {}, 1
    for field in fields:
        places[field[:11].rstrip(b"\0").decode()] = slice(at, at + field[16])
        at += field[16]
    records = [table[header + n * width :][:width] for n in range(263)]
    drawn = {int(record[places["OBJECTID"]]): int(record[places["LocationID"]]) for record in records}
    assert drawn == {zone.zone_id: zone.drawn_as for zone in zones() if zone.drawn_as}
