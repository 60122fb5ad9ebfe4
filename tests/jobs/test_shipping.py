"""The zip that Glue and EMR are given, and both jobs run from it where the repository is out of sight."""

import json
import os
import shutil
import stat
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from lake.version import code_version
from tests.jobs.lakes import EMR, GLUE, ROOT, LakeFolder, Ran, fares, receipts
from tests.jobs.processes import run, run_python

PACKAGES = ("lake", "schemas", "transforms")
SAYS_WHERE = """
import lake, schemas, transforms
print(lake.__file__, schemas.__file__, transforms.__file__)
"""
FROM_ZIP = "import sys; sys.path.insert(0, sys.argv[1])"


def packed(folder: Path, root: Path = ROOT) -> Path:
    """The zip that tools/package.py makes."""
    ran = run_python([str(root / "tools" / "package.py"), str(folder)], cwd=root)
    assert (ran.status, ran.err) == (0, "")
    return Path(ran.out.strip())


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
    modules = {path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).glob("*.py")}
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
    versions = []
    for text in (b"", b"# a comment\n"):
        with (tmp_path / "transforms" / "rides.py").open("ab") as module:
            module.write(text)
        versions.append(run_python(["-B", "-S", "-c", script], cwd=tmp_path, PYTHONPATH=str(tmp_path)).out.strip())
    assert versions[0] == code_version()
    assert versions[1] not in ("", versions[0])


def test_looking_for_work_needs_no_spark(package, tmp_path):
    """What Airflow's tasks import is there without PySpark, and without any other package."""
    script = f"{FROM_ZIP}; import lake.plan, lake.publish_rides, lake.status; print('yes')"
    assert run_python(["-S", "-c", script, str(package)], cwd=tmp_path).out == "yes\n"


@dataclass(frozen=True)
class Shipped:
    lake: LakeFolder
    trips: Ran
    rides: Ran


@pytest.fixture(scope="module")
def shipped(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    """Both jobs by `spark-submit --py-files`, in an empty folder, by a Python that does not see the repository."""
    folder = tmp_path_factory.mktemp("cluster")
    lake = LakeFolder(tmp_path_factory.mktemp("lake"))
    lake.csv("2018-03", 4, first_fare=10)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    scripts = [folder / "trips.py", folder / "rides.py"]
    for script, source in zip(scripts, (GLUE, EMR), strict=True):
        script.write_text(source.read_text() + SAYS_WHERE)

    def submit(script: Path, options: list[str]) -> Ran:
        command = [
            f"{sysconfig.get_path('scripts')}/spark-submit",
            *("--master", "local[2]", "--conf", "spark.default.parallelism=5"),
            *("--py-files", str(package), str(script), *options),
        ]
        return run(
            command,
            cwd=folder,
            TZ="America/New_York",
            PYSPARK_PYTHON=str(python),
            PYTHONPATH=sysconfig.get_path("purelib"),  # -S leaves it out, and with it the editable install
        )

    return Shipped(lake, submit(scripts[0], lake.trips_options), submit(scripts[1], lake.rides_options))


@pytest.mark.spark
@pytest.mark.slow
def test_both_jobs_run_from_the_zip_alone(shipped, package):
    for ran in (shipped.trips, shipped.rides):
        assert ran.status == 0, ran.out
        assert ran.out.splitlines()[-1].split() == [f"{package}/{name}/__init__.py" for name in PACKAGES]


@pytest.mark.spark
@pytest.mark.slow
def test_what_the_zip_publishes_says_it_is_of_the_checkouts_code(shipped):
    lake = shipped.lake
    for root in (lake.transformed, lake.aggregates):
        assert [one["code_version"] for one in receipts(root).values()] == [code_version()]
    assert fares(lake) == [10, 11, 12, 13]


@pytest.mark.spark
@pytest.mark.slow
def test_the_last_line_of_a_job_is_its_counts(shipped):
    """Before it stands a line a month. `spark-submit` puts both outputs of a script into one, so progress is there, too."""
    for ran in (shipped.trips, shipped.rides):
        *lines, last, _ = ran.out.splitlines()
        assert [line[:18] for line in lines if not line.startswith("  ")] == ["2018-03  published"]
        assert json.loads(last)["published"] == ["2018-03"]
