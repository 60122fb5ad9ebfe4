"""An installation of an older commit, upgraded in the order of docs/operations.md: nothing is lost, nothing made twice.

`installations/0ed1f94.zip` is what that commit laid out for Airflow, without the libraries, which are the same:

    git worktree add old 0ed1f94 && cd old
    python -m tools.stage_airflow dags && cd dags
    zip -9 ../0ed1f94.zip .airflowignore *.py redshift/* artifacts/*.py artifacts/nyc-green-taxi.zip

It has one aggregate, no setting `hours`, and no `_receipts/replaced/`.
"""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.account import prepare
from demo.airflow import DEPLOY, PIPELINE, Airflow
from local_aws import account
from local_aws.account import Account
from tests.pipeline.conftest import DELAY, SETTINGS, SPEED
from tests.pipeline.nights import Pipeline

OLD = Path(__file__).parent / "installations" / "0ed1f94.zip"
LIBRARIES = '*("--conf", "spark.yarn.appMasterEnv.PYTHONPATH=libraries"),'
REGION = '*("--conf", "spark.yarn.appMasterEnv.AWS_DEFAULT_REGION=us-east-1"),'
CORRECTED, KEPT = "2017-01", "2017-02"


class OldAirflow(Airflow):
    """An Airflow that has the old commit's DAGs."""

    def lay_out_dags(self) -> None:
        super().lay_out_dags()  # for the libraries, and where everything lies
        libraries = (self.dags_folder / "artifacts" / "libraries.zip").read_bytes()
        shutil.rmtree(self.dags_folder)
        with zipfile.ZipFile(OLD) as installation:
            installation.extractall(self.dags_folder)
        # A driver on EMR has no region, so that code failed there: its operators must have given the step one.
        dag = self.dags_folder / "data_pipeline.py"
        dag.write_text(dag.read_text().replace(LIBRARIES, f"{LIBRARIES} {REGION}"))
        package = self.dags_folder / "artifacts" / "nyc-green-taxi.zip"
        package.with_name("libraries.zip").write_bytes(libraries)
        with zipfile.ZipFile(package) as archive:
            archive.extractall(self.dags_folder)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with account.start(delay=DELAY, speed=SPEED, log=tmp_path_factory.mktemp("upgraded") / "log") as started:
        yield started


def started(airflow: Airflow) -> Airflow:
    airflow.environment.update(SETTINGS)
    return airflow


def unpaused(aws: Account, airflow: Airflow, where: dict[str, str]) -> Pipeline:
    for dag in (DEPLOY, PIPELINE):
        airflow.unpause(dag)
    return Pipeline(aws, airflow, where)


def texts(pipeline: Pipeline) -> dict[str, dict[str, bytes]]:
    """The receipts of trips and rides, byte by byte."""
    return {
        place: {month: pipeline.get(f"{pipeline.where[place]}/_receipts/{month}.json") for month in (CORRECTED, KEPT)}
        for place in ("transformed", "aggregates")
    }


def by_month(pipeline: Pipeline, table: str) -> list[tuple[object, ...]]:
    return pipeline.query(
        f"SELECT source_month, sum(ride_count), sum(total_fare_amount) FROM nyc.{table} GROUP BY 1 ORDER BY 1"
    )


def old_status(aws: Account, where: dict[str, str], folder: Path) -> str:
    """What the old commit's `python -m lake status` says of the lake as it is now."""
    with zipfile.ZipFile(OLD) as installation:
        package = installation.extract("artifacts/nyc-green-taxi.zip", folder)
    script = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from lake.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    options = ["--transformed", where["transformed"], "--aggregates", where["aggregates"], "--raw", where["raw"]]
    ran = subprocess.run(
        [sys.executable, "-P", "-c", script, package, "status", *options],
        cwd=folder,
        env=aws.environment,
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_an_upgrade_in_the_documented_order(aws, tmp_path):
    where = prepare(aws.environment)
    before = {name: value for name, value in where.items() if name != "hours"}
    with started(OldAirflow(tmp_path / "airflow", aws.environment, before)) as airflow:
        old = unpaused(aws, airflow, before)
        assert old.night(DEPLOY).state == "success"
        old.put_month(CORRECTED, 11, 22)
        old.put_month(KEPT, 33)
        assert old.night().state == "success"
        receipts, log = texts(old), old.query("SELECT generations, row_count FROM nyc.load_log")
        assert log == [(2, 2)]
        assert by_month(old, "agg_green_rides_by_month") == [
            (f"{CORRECTED}-01", 2, "33.00"),
            (f"{KEPT}-01", 1, "33.00"),
        ]

    # The stack's settings and the DAGs are new, the release is old.
    with started(Airflow(tmp_path / "airflow", aws.environment, where)) as airflow:
        new = unpaused(aws, airflow, where)
        between = new.night()
        assert (between.state, between.failed, between.started) == ("failed", {"find_pending"}, {})
        assert "run deploy_entrypoints" in new.log(between, "find_pending")
        assert texts(new) == receipts

        assert new.night(DEPLOY).state == "success"
        new.put_month(CORRECTED, 11, 22, 44)
        night = new.night()
        assert night.state == "success"

        now = texts(new)
        for place, months in receipts.items():
            # Trips are not made again; aggregates are, whose contract is newer.
            assert (now[place][KEPT] == months[KEPT]) == (place == "transformed")
            assert json.loads(now[place][CORRECTED])["generation"] == 2
            replaced = f"{where[place]}/_receipts/replaced/{CORRECTED}.1.json"
            assert new.get(replaced) == months[CORRECTED]
        assert set(new.receipts("hours")) == {CORRECTED, KEPT}

        rides = [(f"{CORRECTED}-01", 3, "77.00"), (f"{KEPT}-01", 1, "33.00")]
        assert by_month(new, "agg_green_rides_by_month") == rides
        assert by_month(new, "agg_green_rides_by_hour") == rides
        # One load of both tables: the second generations of the rides of two months, and the first ones by hour.
        assert new.query("SELECT generations FROM nyc.load_log ORDER BY load_number") == [(2,), (6,)]

        idle = new.night()
        assert (idle.state, idle.started) == ("success", {})

    lines = old_status(aws, where, tmp_path).splitlines()  # in the words of the old code
    assert [line.split("  made by other code")[0].split()[-1] for line in lines] == ["2", "1"]  # generations
    assert not any("pending" in line or "older" in line for line in lines)
