"""The maps of the packages: each names all that is in it, and nothing else."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    "schemas",
    "transforms",
    "lake",
    *(f"lake.{path.parent.name}" for path in sorted(ROOT.glob("lake/*/__init__.py"))),
]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_map_of_a_package_names_its_modules(package: str):
    module = importlib.import_module(package)
    rows = re.findall(r"^ {0,4}([a-z_0-9]+(?:, [a-z_0-9]+)*)(?: {2,}|$)", module.__doc__ or "", re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")}
    folder = ROOT.joinpath(*package.split("."))
    modules = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    assert named == modules - {"__init__"}
