"""The map of the zones: their outlines as paths of an SVG, each in the shade of its rides."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from schemas.zones import zone_name

WIDTH = 700  # of the drawing's own units
SHADES = 6
_Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Outline:
    """A zone on the map.

    Attributes:
        path: What SVG draws.
        shade: 0 for none; the zones that have rides are dealt out evenly over the others, the busiest the darkest.
        title: What it is, and how many rides it has.
    """

    path: str
    shade: int
    title: str


@cache
def _paths() -> tuple[dict[int, str], int]:
    """The path of each zone, and how high the drawing is. Degrees of longitude are shorter than those of latitude here."""
    text = resources.files("explore").joinpath("zones.geojson").read_text(encoding="utf-8")
    shapes = {
        one["id"]: [ring for part in one["geometry"]["coordinates"] for ring in part]
        for one in json.loads(text)["features"]
    }
    points = [point for rings in shapes.values() for ring in rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrower = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * narrower)

    def path(ring: _Points) -> str:
        placed = (f"{(x - west) * narrower * scale:.1f} {(north - y) * scale:.1f}" for x, y in ring[:-1])
        return f"M{'L'.join(placed)}Z"

    return {zone: "".join(map(path, rings)) for zone, rings in shapes.items()}, math.ceil((north - south) * scale)


def height() -> int:
    """Of the drawing, in its own units."""
    return _paths()[1]


def outlines(rides: Mapping[int, int]) -> list[Outline]:
    """All zones.

    Args:
        rides: How many each has, by the id under which it is drawn; those without may be left out.
    """
    busy = sorted((number for number in rides.values() if number), key=int)
    found = []
    for zone, path in _paths()[0].items():
        number = rides.get(zone, 0)
        shade = 1 + busy.index(number) * SHADES // len(busy) if number else 0
        found.append(Outline(path, shade, f"{zone_name(zone)}: {number:,} rides"))
    return found
