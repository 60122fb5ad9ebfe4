"""Where the parts of a lake lie: as a user says, one by one or by the lake as a whole; and whether they are there."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import permutations

from lake.errors import UsageError
from lake.storage import S3, join, normalise, storage_of
from lake.terminal import examples
from schemas.datasets import RAW, RECEIPTS, Location

LAKE = "lake"
LAKE_TEXT = "the root of all of these, in their usual folders; one that is given too wins"


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
        place = given.get(location.name)
        if place or (lake and place is not None):  # an empty one that the lake could stand for is a slip
            places[location.name] = _normal(location.name, place)
        elif lake:
            places[location.name] = join(_normal(LAKE, lake), location.folder)
    for (name, place), (other, below) in permutations(places.items(), 2):
        if _lies_in(_real(below), _real(place)):
            raise UsageError(f"--{other} {below} lies in --{name} {place}: give each a folder of its own")
    return places


def _normal(name: str, place: str) -> str:
    try:
        return normalise(place)
    except UsageError as error:
        raise UsageError(f"--{name}: {error}") from None


def _lies_in(place: str, folder: str) -> bool:
    """Is it the folder, or below it?"""
    return f"{place.rstrip('/')}/".startswith(f"{folder.rstrip('/')}/")


def _real(place: str) -> str:
    """The same for two names of one folder."""
    return place if place.startswith(S3) else os.path.realpath(place)


def is_there(place: str) -> bool:
    """Is it a folder of a disk, or a prefix in S3 under which an object lies?"""
    return storage_of(place).nearest(place) == place


def check_input(given: Mapping[str, str | None], location: Location, place: str) -> None:
    """A part that is to be read must be there, and be one.

    Raises:
        UsageError: It is not: the nearest part of its location that is, and a name there that is nearly the same. Or it holds
            files, and no data set.
    """
    storage = storage_of(place)
    nearest = storage.nearest(place)
    if nearest == place:
        if location != RAW:
            _check_data_set(given, location, place)
        return
    names = storage.list_folders(nearest) if nearest else []
    name = place[len(nearest or "") :].strip("/").split("/")[0]
    close = get_close_matches(name, names, n=1)
    where = f"; did you mean {join(nearest or '', close[0])}?" if close else ""
    raise UsageError(f"{_option(given, location, place)} {_is_missing(place, nearest)}{where}")


def _check_data_set(given: Mapping[str, str | None], location: Location, place: str) -> None:
    """A data set has its files in folders, and receipts from its first month on.

    Raises:
        UsageError: Files lie there as they do in a raw folder.
    """
    storage = storage_of(place)
    names = [file.name for file in storage.list_folder(place) if not file.name.startswith((".", "_"))]
    if names and RECEIPTS not in storage.list_folders(place):
        raise UsageError(
            f"{_option(given, location, place)} holds no receipt, but {len(names):,} files ({examples(names)}): it is not a "
            "data set of this pipeline; correct the option"
        )


def check_output(given: Mapping[str, str | None], location: Location, place: str) -> None:
    """A part that is to be written may be missing, if what it lies in is there: the folder above, or the lake, or its bucket.

    Raises:
        UsageError: That is missing too.
    """
    above = place.removesuffix(f"/{location.folder}")
    above = above if above != place else place.rpartition("/")[0] or "/"
    nearest = storage_of(place).nearest(place)
    if nearest is None or not (place.startswith(S3) or _lies_in(nearest, above)):
        raise UsageError(
            f"{_option(given, location, place)} {_is_missing(place, nearest)}; make it, or correct the option"
        )


def _option(given: Mapping[str, str | None], location: Location, place: str) -> str:
    return f"--{location.name} {place}" if given.get(location.name) is not None else f"--{LAKE} {given[LAKE]}: {place}"


def _is_missing(place: str, nearest: str | None) -> str:
    if nearest is None:
        return "cannot be: there is no such bucket"
    if place.startswith(S3):
        return f"holds no object; the nearest that does, or its bucket, is {nearest}"
    kind = "is a file, not a folder" if os.path.isfile(place) else "does not exist"
    return f"{kind}; the nearest folder that does is {nearest}"
