from pathlib import Path

import pytest

from tests.jobs.lakes import LakeFolder

BAD_LINE = "this is not a trip"


@pytest.fixture(scope="session")
def base_lake(spark, tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    """Three months, published and aggregated, one with a line in quarantine. Not to be changed."""
    lake = LakeFolder(tmp_path_factory.mktemp("base"))
    lake.csv("2018-01", 20, first_fare=10)
    lake.csv("2018-02", 4, first_fare=100, more=[BAD_LINE])
    lake.csv("2018-03", 3, first_fare=200)
    assert lake.trips("--run", "first").status == 0
    assert lake.rides("--run", "first").status == 0
    return lake


@pytest.fixture
def lake(base_lake: LakeFolder, tmp_path: Path) -> LakeFolder:
    """A copy of it."""
    return base_lake.copy(tmp_path / "lake")


@pytest.fixture
def no_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a job that asks for Spark, or reads a raw file for more than its hash, fails."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("nothing was to be read")

    for name in (
        "lake.engines.spark.spark_session",
        "lake.intake.inspection.scan",
        "lake.jobs.trips_writer.TripsWriter.write",
    ):
        monkeypatch.setattr(name, never)
