"""Where the parts of a lake lie: as a user says, one by one or by the lake as a whole."""

from collections.abc import Iterable, Mapping
from itertools import permutations

from lake.errors import UsageError
from lake.storage import join, normalise
from schemas.datasets import Location

LAKE = "lake"
LAKE_TEXT = "stands for all of these, in their usual folders below it; one that is given too wins"


def places_of(
    given: Mapping[str, str | None], required: Iterable[Location], optional: Iterable[Location] = ()
) -> dict[str, str]:
    """The places of the parts asked for, by name, normalised; an optional one that is nowhere given is left out.

    Args:
        given: What the user gave, by the names of the locations, and the lake's as `lake`.
        required: The parts that must have a place.
        optional: The parts that may have one.

    Raises:
        UsageError: A required part has no place, one cannot be, or two share one.
    """
    lake, required = given.get(LAKE), tuple(required)
    missing = [f"--{location.name}" for location in required if not (lake or given.get(location.name))]
    if missing:
        raise UsageError(f"missing: {', '.join(missing)}; give a URI for each, or --{LAKE} URI for all; see --help")
    places = {}
    for location in (*required, *optional):
        if place := given.get(location.name):
            places[location.name] = normalise(place)
        elif lake:
            places[location.name] = join(normalise(lake), location.folder)
    for (name, place), (other, below) in permutations(places.items(), 2):
        if f"{below}/".startswith(f"{place.rstrip('/')}/"):
            raise UsageError(f"--{other} {below} lies in --{name} {place}: give each a folder of its own")
    return places
