"""One account, one YARN and one lake for all tests, and what the DAG asks of them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.account import prepare
from local_aws import account
from local_aws.account import Account
from tests.account_lake import Lake
from tests.yarn.cluster import ROOT, Application, Cluster, started

MONTHS = {"2017-01": (10, 20), "2017-02": (5, 6, 7), "2017-03": (40,)}
RUNS = {
    "all": {},
    "two": {"months": "2017-01,2017-02"},
    "again": {"months": "2017-01,2017-02"},
    "of which one is refused": {"months": "2017-01,2017-12"},
    "the third": {},
}


class Emr:
    """The cluster, given what the DAG says."""

    def __init__(self, cluster: Cluster, asked: dict[str, Any]) -> None:
        self.cluster, self._asked = cluster, asked

    def step(self, run: str) -> Application:
        """Runs the step of a run of the DAG."""
        return self.cluster.run(self._asked[run]["step"])

    def glue(self, run: str, *options: str) -> Application:
        """Runs the Glue job of a run of the DAG, sent there as the step is."""
        asked = self._asked[run]
        step, release = asked["step"], asked["release"]
        sent = step[1 : step.index(release["emr_script"])]
        words = [word for option in asked["arguments"].items() for word in option]
        return self.cluster.run([step[0], *sent, *options, release["glue_script"], *words])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(1200))
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    log = tmp_path_factory.mktemp("local_aws") / "log"
    with account.start(python=Path(sys.executable), log=log) as begun:
        yield begun
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def lake(shared: Account) -> Lake:
    """A lake with the months in `raw`."""
    made = Lake(shared, prepare(shared.environment))
    for month, fares in MONTHS.items():
        made.put_month(month, *fares)
    return made


@pytest.fixture(scope="session")
def asked(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the DAG asks for, by the name of the run."""
    folder = tmp_path_factory.mktemp("dags")
    subprocess.run(
        [ROOT / ".venv-airflow/bin/python", "-m", "tests.yarn.rendered", folder / "asked.json"],
        cwd=ROOT,
        env={**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **lake.account.environment},
        input=json.dumps({"where": lake.where, "dags": str(folder / "dags"), "runs": list(RUNS.values())}),
        text=True,
        check=True,
    )
    return dict(zip(RUNS, json.loads((folder / "asked.json").read_text()), strict=True))


@pytest.fixture(scope="session")
def emr(lake: Lake, asked: dict[str, Any], jars: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emr]:
    with started(tmp_path_factory.mktemp("yarn") / "cluster", lake.account.environment) as cluster:
        cluster.configure(asked["all"]["configurations"])
        yield Emr(cluster, asked)
