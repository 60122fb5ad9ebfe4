"""The zip that Glue and EMR are given. tests/jobs_s3 runs both jobs from it, where the repository is out of sight."""

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from lake.version import code_version
from tests.jobs.lakes import ROOT
from tests.jobs.processes import run_python
from tests.jobs.shipped import packed

PACKAGES = ("lake", "schemas", "transforms")
FROM_ZIP = "import sys; sys.path.insert(0, sys.argv[1])"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("zip"))


def test_the_zip_holds_the_three_packages_and_nothing_else(package):
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        for name in names:
            assert archive.read(name) == (ROOT / name).read_bytes()
    assert {name.split("/")[0] for name in names} == set(PACKAGES)
    assert len(set(names)) == len(names)
    modules = {path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == modules
    assert not [name for name in names if Path(name).suffix not in {".py", ".csv", ".json", ".sql"}]
    assert not [name for name in names if "test" in name or "__pycache__" in name]


def test_the_zip_has_the_same_bytes_whenever_and_wherever_it_is_made(package, tmp_path):
    copy = tmp_path / "elsewhere"
    for folder in (*PACKAGES, "tools"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for number, path in enumerate(sorted(copy.rglob("*"))):
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
    again = packed(tmp_path / "zip", copy)
    assert (again.name, again.read_bytes()) == (package.name, package.read_bytes())
    (copy / "lake" / "months.py").write_bytes((copy / "lake" / "months.py").read_bytes() + b"\n")
    assert packed(tmp_path / "zip", copy).name != package.name


def test_the_zip_gives_the_same_code_version_as_the_checkout(package, tmp_path):
    script = f"{FROM_ZIP}; import lake.version as v; print(v.__file__, v.code_version())"
    # -S: without site-packages, so that neither the editable install nor anything else can stand in for the zip.
    ran = run_python(["-S", "-c", script, str(package)], cwd=tmp_path)
    assert ran.out.split() == [f"{package}/lake/version.py", code_version()]


def test_the_code_version_follows_the_code(tmp_path):
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    script = "from lake.version import code_version; print(code_version())"
    (tmp_path / "lake" / "room").mkdir()
    versions = []
    for module in ("transforms/rides.py", "lake/room/__init__.py"):  # one that is there, and one in a folder of its own
        versions.append(run_python(["-B", "-S", "-c", script], cwd=tmp_path, PYTHONPATH=str(tmp_path)).out.strip())
        with (tmp_path / module).open("ab") as file:
            file.write(b"# a comment\n")
    versions.append(run_python(["-B", "-S", "-c", script], cwd=tmp_path, PYTHONPATH=str(tmp_path)).out.strip())
    assert versions[0] == code_version()
    assert len({*versions, ""}) == 4


def test_looking_for_work_needs_no_spark(package, tmp_path):
    """What Airflow's tasks import is there without PySpark, and without any other package."""
    script = f"{FROM_ZIP}; import lake.intake.plan, lake.jobs.aggregates, lake.operate.status; print('yes')"
    assert run_python(["-S", "-c", script, str(package)], cwd=tmp_path).out == "yes\n"
