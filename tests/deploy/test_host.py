"""The installer on its way to a host that has no checkout."""

import json
import subprocess
import sys

import boto3
import pytest

from deploy.aws.host import publish_installer


@pytest.fixture
def typed(aws, bucket, tmp_path):
    """What the host's shell is to be given, up to the installation, has been typed there."""
    client = boto3.session.Session().client("s3", endpoint_url=aws)
    download, unpack, install = publish_installer(
        client, json.dumps({"artifacts": f"s3://{bucket}", "logs": "s3://logs"}), "eu-west-1"
    ).splitlines()
    client.close()
    for line in (download, unpack.replace("python3", sys.executable)):
        subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True)
    return install, tmp_path


@pytest.mark.s3
def test_the_link_brings_an_installer_that_runs_without_a_checkout(typed, bucket):
    install, folder = typed
    wanted = f"--artifacts s3://{bucket} --logs s3://logs --region eu-west-1"
    assert install == f"sudo bash green-taxi-host/install.sh install {wanted}"
    command = ["bash", "green-taxi-host/install.sh", "help"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: sudo ./install.sh COMMAND")


@pytest.mark.s3
def test_it_holds_the_lock_and_all_that_the_installer_sources(typed):
    _, folder = typed
    host = folder / "green-taxi-host"
    assert "apache-airflow==" in (host / "requirements.txt").read_text()
    for script in host.rglob("*.sh"):
        subprocess.run(["bash", "-n", str(script)], check=True)
    assert {path.name for path in host.iterdir()} >= {"install.sh", "part.sh", "sync.py", "airflow.cfg", "lib"}
