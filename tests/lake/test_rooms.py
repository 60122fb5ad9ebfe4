"""The maps of the rooms: each names all that is in it, and nothing else."""

import importlib
import re
from pathlib import Path

import pytest

LAKE = Path(__file__).parents[2] / "lake"
ROOMS = ["lake", *(f"lake.{path.parent.name}" for path in sorted(LAKE.glob("*/__init__.py")))]


@pytest.mark.parametrize("room", ROOMS)
def test_the_map_of_a_room_names_its_modules(room: str):
    module = importlib.import_module(room)
    rows = re.findall(r"^ {0,4}([a-z_0-9]+(?:, [a-z_0-9]+)*)(?: {2,}|$)", module.__doc__ or "", re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")}
    folder = LAKE.joinpath(*room.split(".")[1:])
    modules = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    assert named == modules - {"__init__"}
