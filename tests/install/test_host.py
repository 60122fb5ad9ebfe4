"""What install.sh has made of the machine."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from local_aws.clients import client
from tests.install.host import BACKUPS, PARTS, SECRETS, SETTINGS, processes_of, title_of
from tests.pipeline.nights import until

LOOPBACK = {"127.0.0.1", "::1"}
OPEN_TO_NOBODY = ["/etc", "/opt/green-taxi/host", "/var/lib", "/var/log"]


@pytest.fixture(scope="module")
def secrets(host):
    """Each secret by the name of its file."""
    return {file.name: file.read_text() for file in SECRETS.iterdir()}


def as_nobody(*command, stdin=""):
    """What a user without rights gets to see."""
    return subprocess.run(["runuser", "-u", "nobody", "--", *command], input=stdin, capture_output=True, text=True)


def changes(said):
    """The lines that tell of a change."""
    return [line for line in said.splitlines() if line.startswith("  changed  ")]


def test_a_second_installation_has_nothing_to_change(host):
    said = host.command("install")
    assert changes(said) == []
    assert said.splitlines()[-1] == "Nothing had to be changed."


def test_what_an_installation_has_not_come_to_the_next_one_does(host):
    """A package is missing, and all else is there: as after an apt-get that failed."""
    subprocess.run(["apt-get", "-qq", "remove", "--yes", "python3-venv"], check=True, stdout=subprocess.DEVNULL)
    assert changes(host.command("install")) == ["  changed  python3-venv"]


def test_an_upgrade_copies_the_database_first(host):
    before = {*BACKUPS.glob("*")}
    assert changes(host.command("upgrade")) == []
    [copy] = {*BACKUPS.glob("*")} - before
    assert copy.stat().st_size > 10_000
    assert copy.stat().st_mode & 0o077 == 0
    copy.unlink()


def test_an_upgrade_without_a_copy_does_not_begin(host, tmp_path):
    stub = tmp_path / "pg_dump"
    stub.write_text("#!/bin/sh\necho half; echo 'disk full' >&2; exit 1\n")
    for path in (tmp_path, *tmp_path.parents[:-2], stub):
        path.chmod(0o755)  # it is run as the user postgres
    before = {*BACKUPS.glob("*")}
    done = host.attempt("upgrade", path=f"{tmp_path}:")
    assert done.returncode == 1
    assert "disk full\nerror: the database could not be copied (see above); nothing was changed" in done.stdout
    assert "-- packages" not in done.stdout
    assert {*BACKUPS.glob("*")} == before


def test_half_a_copy_is_not_restored(host):
    copy = Path(host.command("backup").strip())
    half = copy.with_suffix(".half")
    half.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    done = host.attempt("restore", str(half))
    assert (done.returncode, done.stdout) == (
        1,
        f"error: {half} is not a whole copy of a database; nothing was changed\n",
    )
    host.command("status")
    half.unlink()
    copy.unlink()


def test_the_logs_of_all_parts_are_rotated(host, tmp_path):
    rotate = ["logrotate", "--force", "--state", str(tmp_path / "state"), "/etc/logrotate.d/green-taxi"]
    done = subprocess.run(rotate, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert Path("/var/log/green-taxi/scheduler.log.1.gz").stat().st_size > 0


def test_status_sees_every_part_run(host):
    host.command("status")
    states = host.states()
    assert {part: states.get(part) for part in PARTS} == dict.fromkeys(PARTS, "running")
    assert states["airflow"] == "healthy"


def test_stop_ends_all_processes_and_status_tells_that_no_part_runs(host):
    host.command("stop")
    try:
        said = host.attempt("status")
        assert said.returncode == 1
        assert host.states()["scheduler"] == "stopped"
        assert "something is amiss" in said.stdout
        assert [title_of(process) for process in processes_of("airflow")] == []
    finally:
        host.command("start")


def test_cloudwatch_is_told_that_airflow_is_well(host, shared, where):
    """The figure for which the stack's alarm waits (tests/deploy/test_pulse.py)."""
    cloudwatch = client(shared.environment, "cloudwatch")
    now = datetime.now(UTC)

    def figures():
        return cloudwatch.get_metric_statistics(
            Namespace="GreenTaxi",
            MetricName="AirflowWell",
            Dimensions=[{"Name": "Artifacts", "Value": where["artifacts"].removeprefix("s3://")}],
            Statistics=["Maximum"],
            Period=3600,
            StartTime=now - timedelta(hours=2),
            EndTime=now + timedelta(hours=2),
        )["Datapoints"]

    until(figures, lambda found: any(figure["Maximum"] == 1.0 for figure in found), within=150, every=1)


def test_nothing_listens_beyond_this_machine(host):
    """RabbitMQ's user has Erlang's port mapper too."""
    found = {
        (user, connection.laddr)
        for user in ("airflow", "postgres", "rabbitmq")
        for process in processes_of(user)
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert {("airflow", 8080), ("postgres", 5432), ("rabbitmq", 5672), ("rabbitmq", 4369)} <= {
        (user, address.port) for user, address in found
    }
    assert {entry for entry in found if entry[1].ip not in LOOPBACK} == set()


def test_no_other_user_reads_a_secret(secrets):
    """Neither where it is kept nor anywhere else: `grep` as root finds each, so what it looks for is right."""
    looked_for = "\n".join(secrets.values())
    as_root = subprocess.run(["grep", "-rlFf", "-", SECRETS], input=looked_for, capture_output=True, text=True)
    assert len(as_root.stdout.splitlines()) == len(secrets)
    assert as_nobody("grep", "-rlFf", "-", *OPEN_TO_NOBODY, stdin=looked_for).stdout == ""
    assert as_nobody("cat", str(SETTINGS / "airflow.env")).returncode == 1  # there may be keys of AWS in it


def test_no_secret_is_an_argument_that_every_user_sees(secrets):
    titles = [title_of(process) for process in psutil.process_iter()]
    assert [name for name, value in secrets.items() if any(value in title for title in titles)] == []


def test_airflow_is_no_superuser_of_the_database_and_guest_is_unknown_to_the_broker(host):
    asked = "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = 'airflow'"
    role = subprocess.check_output(["runuser", "-u", "postgres", "--", "psql", "-XqAtc", asked], text=True, cwd="/")
    assert role == "f\n"
    users = subprocess.check_output(["rabbitmqctl", "--quiet", "list_users", "--no-table-headers"], text=True)
    assert users.split() == ["airflow", "[]"]
