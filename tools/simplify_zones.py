"""Simplifies the polygons of TLC's taxi zones, once: python -m tools.simplify_zones taxi_zones.zip.

TLC publishes them as a shape file of 98,000 vertices (on its page of trip record data, "Taxi Zone Shapefile"). What this
makes of it, explore/zones.geojson, is committed. Needs requirements/zones.in: in no environment of the project.

Borders that two zones share stay shared: they are simplified as one coverage. Islands too small to be seen are left out, but
for the largest part of each zone. Zones that the file gives one id are one feature: see `drawn_as` in schemas/zones.py.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "explore" / "zones.geojson"
SOURCE = "NYC Taxi & Limousine Commission, taxi zone shape file, simplified"
LIMIT = 100_000  # bytes
GRID = 1  # foot: the coordinates of neighbours agree to less
GAP = 30  # feet: what lies between neighbours that touch
TOLERANCE = 650  # feet: three pixels of a map 700 wide
MIN_PART = 1_000_000  # square feet: three pixels by three
DECIMALS = 4  # of a degree: ten metres
FEET, DEGREES = "EPSG:2263", "EPSG:4326"


def simplified(shape_file: str) -> dict[str, Any]:
    """The zones as GeoJSON, by their ids."""
    import shapefile
    import shapely

    reader = shapefile.Reader(shape_file)
    shapes = [shapely.set_precision(shapely.geometry.shape(found.__geo_interface__), GRID) for found in reader.shapes()]
    clean = shapely.coverage_clean(shapes, gap_width=GAP)
    outlines = shapely.coverage_simplify(clean, TOLERANCE)
    parts = defaultdict[int, list[Any]](list)
    for record, outline in zip(reader.records(), outlines, strict=True):
        parts[record["LocationID"]] += list(shapely.get_parts(outline))
    features = [
        {
            "type": "Feature",
            "id": zone,
            "properties": {},
            "geometry": {"type": "MultiPolygon", "coordinates": [_rings(part) for part in _seen(found)]},
        }
        for zone, found in sorted(parts.items())
    ]
    return {"type": "FeatureCollection", "source": SOURCE, "features": features}


def _seen(parts: list[Any]) -> list[Any]:
    """The parts that are large enough to be seen; the largest one always is."""
    largest = max(parts, key=lambda part: part.area)
    return [part for part in parts if part is largest or part.area >= MIN_PART]


def _rings(part: Any) -> list[list[list[float]]]:
    """A polygon's rings in degrees, the outer one counter-clockwise, as RFC 7946 has it."""
    import pyproj
    import shapely

    to_degrees = pyproj.Transformer.from_crs(FEET, DEGREES, always_xy=True).transform
    turned = shapely.transform(shapely.orient_polygons(part), to_degrees, interleaved=False)
    return [
        [[round(x, DECIMALS), round(y, DECIMALS)] for x, y in ring.coords]
        for ring in (turned.exterior, *turned.interiors)
    ]


def main(arguments: list[str]) -> int:
    """Writes the file, and says its size."""
    if len(arguments) != 1:
        print("usage: python -m tools.simplify_zones taxi_zones.zip", file=sys.stderr)
        return 2
    lines = json.dumps(simplified(arguments[0]), separators=(",", ":")).replace(
        '{"type":"Feature"', '\n{"type":"Feature"'
    )
    if len(lines) >= LIMIT:
        print(f"error: {len(lines):,} bytes; below {LIMIT:,} are wanted: raise TOLERANCE", file=sys.stderr)
        return 1
    TARGET.write_text(lines + "\n", encoding="utf-8")
    print(f"{TARGET}: {len(lines):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
