"""One account and one Airflow for all tests, which share a lake: each brings months of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.account import prepare
from local_aws import account
from local_aws.account import Account
from tests.deploy.host_settings import remote_logging
from tests.deploy.recorded import recorded, role_of
from tests.pipeline.nights import Pipeline, installed

DELAY = 1.0  # seconds that AWS's states last: a cluster that is gone at once would meet apache/airflow#72716
SPEED = 10.0  # an IdleTimeout of ten minutes lasts one, Glue's Timeout of 38 minutes almost four
SETTINGS = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",  # seconds after which a worker is dead, not 300
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(1800))  # nights of minutes, if the machine is busy
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    log = tmp_path_factory.mktemp("local_aws") / "log"
    with account.start(delay=DELAY, speed=SPEED, log=log) as started:
        yield started
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def pipeline(shared: Account, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    where = prepare(shared.environment)
    settings = SETTINGS | remote_logging(where["logs"])
    with installed(shared, tmp_path_factory.mktemp("airflow"), where, settings) as made:
        yield made
        made_by_jobs = {(role_of(call["caller"]), f"{call['service']}:{call['action']}") for call in shared.calls()}
        new = {(role, call) for role, call in made_by_jobs - recorded() if role}
        assert not new, "no policy was tested for these calls: python -m tests.deploy.record_calls"
