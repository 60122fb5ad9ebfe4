"""Only schemas.spark imports pyspark: an Airflow task, which has none, imports the rest."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import schemas

ROOT = Path(__file__).parents[2]
MODULES = sorted(f"schemas.{module.name}" for module in pkgutil.iter_modules(schemas.__path__))
WITHOUT_PYSPARK = [name for name in MODULES if name != "schemas.spark"]

BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pyspark", "py4j", "boto3", "pandas", "pyarrow", "mypy_boto3_glue"}:
            raise ImportError(f"{name} is not there")

sys.meta_path.insert(0, Blocker())
"""


def _import_with_blocker(names: list[str]) -> subprocess.CompletedProcess[str]:
    code = BLOCKER + "".join(f"import {name}\n" for name in names)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )


def test_all_but_one_import_the_standard_library_only():
    found = _import_with_blocker(WITHOUT_PYSPARK)
    assert (found.returncode, found.stderr) == (0, "")
    assert len(WITHOUT_PYSPARK) >= 11


def test_the_blocker_blocks():
    found = _import_with_blocker(["schemas.spark"])
    assert found.returncode == 1
    assert "pyspark" in found.stderr


@pytest.mark.parametrize("name", ["schemas.layouts", "schemas.glue"])
def test_each_module_can_be_imported_alone(name):
    assert _import_with_blocker([name]).returncode == 0
