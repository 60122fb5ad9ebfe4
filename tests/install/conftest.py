"""One host and one account for all tests: this machine is made an Airflow host, and is none any more when they are over."""

import json
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.account import prepare
from demo.airflow import DEPLOY, PIPELINE
from deploy.aws.dags import publish_dags
from deploy.aws.host import publish_installer
from local_aws import account
from local_aws.account import Account
from local_aws.clients import client
from tests.install.host import SETTINGS, Host
from tests.pipeline.conftest import DELAY
from tests.pipeline.conftest import SETTINGS as HEARTBEATS
from tests.pipeline.nights import Night, Pipeline, until


@dataclass(frozen=True)
class First:
    """A whole night, and what was to be seen while two of its tasks ran."""

    workers: set[int]
    unacknowledged: int
    night: Night


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(
                pytest.mark.timeout(1800)
            )  # the first of them waits for the installation, while others compute
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def disposable() -> None:
    """The tests install services, stop them, and remove their database: not on a machine that somebody needs."""
    if SETTINGS.exists():
        pytest.fail(f"this machine is an Airflow host ({SETTINGS} exists), and would be none when the tests are over")


@pytest.fixture(scope="session")
def shared(disposable: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    log = tmp_path_factory.mktemp("local_aws") / "log"
    with account.start(delay=DELAY, log=log) as started:
        yield started
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def where(shared: Account) -> dict[str, str]:
    """The places of the lake; the DAGs are published with them."""
    variable = prepare(shared.environment)
    publish_dags(client(shared.environment, "s3"), json.dumps(variable))
    return variable


@pytest.fixture(scope="session")
def host(shared: Account, where: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Installed by what `make host` prints, without a checkout; `sudo` is left out, as these tests are root."""
    folder, region = tmp_path_factory.mktemp("home"), shared.environment["AWS_REGION"]
    *fetch, install = publish_installer(client(shared.environment, "s3"), json.dumps(where), region).splitlines()
    for line in fetch:
        subprocess.run(["bash", "-c", line], cwd=folder, check=True)
    sudo, bash, script, *arguments = install.split()
    assert (sudo, bash) == ("sudo", "bash")
    made = Host(folder / script)
    runs = {"AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False"}  # when they are triggered, not at three in the night
    made.prepare({**shared.environment, **HEARTBEATS, **runs})
    try:
        made.command(*arguments)
        yield made
    finally:
        made.command("uninstall", "--purge")
    assert not SETTINGS.exists()
    assert "airflow" not in [user.pw_name for user in pwd.getpwall()]  # it stays while anything runs as it


@pytest.fixture(scope="session")
def pipeline(shared: Account, where: dict[str, str], host: Host) -> Pipeline:
    airflow = host.api()
    until(airflow.dags, {PIPELINE, DEPLOY}.issubset, within=300)
    assert airflow.import_errors() == []
    for dag in (DEPLOY, PIPELINE):
        airflow.unpause(dag)
    made = Pipeline(shared, airflow, where)
    assert made.night(DEPLOY).state == "success"
    return made


@pytest.fixture(scope="session")
def first(pipeline: Pipeline, host: Host) -> First:
    """The first night. Its first two tasks wait for AWS for a moment, in which the host is looked at."""
    pipeline.put_month("2017-04", 1, 2, 3)
    pipeline.account.inject("emr", "ListClusters", "late", seconds=20)
    pipeline.account.inject("s3", "ListObjectsV2", "late", seconds=20)
    run_id = pipeline.begin()
    workers = until(host.busy_workers, lambda found: len(found) == 2)
    unacknowledged = host.unacknowledged()
    return First(workers, unacknowledged, pipeline.end(run_id))
