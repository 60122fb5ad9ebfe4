"""What an operator does now and then. Last of these tests: passwords and keys are others afterwards."""

from pathlib import Path

import pytest

from demo.airflow import PIPELINE
from demo.airflow_api import AirflowApi
from tests.install.host import SECRETS, URL, USER

PROBE = "probe"  # a variable, which Airflow encrypts


def set_probe(host, value):
    host.command("airflow", "variables", "set", PROBE, value)


def probe(host):
    """What Airflow says the variable is; its last line, as warnings may go before."""
    return host.command("airflow", "variables", "get", PROBE).splitlines()[-1]


def test_a_copy_of_the_database_brings_back_what_was_in_it(host):
    set_probe(host, "before")
    copy = Path(host.command("backup").strip())
    set_probe(host, "after")
    host.command("restore", str(copy))
    assert probe(host) == "before"
    host.command("status")
    copy.unlink()


def test_secrets_are_rotated_also_where_a_rotation_ended_half_way(host):
    """What was encrypted before is still read, and nothing of the old keys is left."""
    set_probe(host, "before")
    before = {file.name: file.read_text() for file in SECRETS.iterdir()}
    host.command("stop")
    Path(SECRETS, "fernet_key").rename(SECRETS / ".fernet_key_before")
    host.command("rotate-secrets")
    after = {file.name: file.read_text() for file in SECRETS.iterdir()}
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] == before[name]} == {"admin_password"}
    assert probe(host) == "before"
    host.command("status")


def test_a_new_password_opens_and_the_old_one_does_not(host):
    old = host.password
    host.command("password")
    assert PIPELINE in host.api().dags()
    with pytest.raises(RuntimeError, match="401"):
        AirflowApi(URL, USER, old).dags()
