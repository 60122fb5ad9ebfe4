"""The account as a process: what it says, where it listens, and that nothing outlives it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws import account
from local_aws.clients import client
from local_aws.options import ROOT, past_proxies
from tests.local_aws.jobs import Emr, Glue, processes, shell, wait_for

pytestmark = pytest.mark.s3

PYTHON = Path(sys.executable)
DELAY = 0.8  # seconds
PARENT = (
    "import json, sys, time\nfrom pathlib import Path\nfrom local_aws import account\n"
    "started = account.start(python=Path(sys.executable), state=Path(sys.argv[1]))\n"
    "print(json.dumps({'url': started.url, 'environment': started.environment, 'pid': started.process.pid}), flush=True)\n"
    "time.sleep(1000)\n"
)


@contextlib.contextmanager
def step_and_run(started: account.Account) -> Iterator[tuple[Emr, str, Glue, str]]:
    """EMR with a cluster, whose step runs, and Glue with a run."""
    with contextlib.ExitStack() as ending:
        made = {name: client(started.environment, name) for name in ("s3", "emr", "glue", "logs")}
        for one in made.values():
            ending.callback(one.close)
        made["s3"].create_bucket(Bucket="scripts")
        emr = Emr(made["emr"], made["s3"], "scripts")
        cluster = emr.cluster(shell("sleep 1000 & exec sleep 1000"))
        glue = Glue(made["glue"], made["s3"], made["logs"], "scripts")
        name = glue.job("import time; time.sleep(1000)")
        run = glue.start(name)
        glue.wait(name, run, ["RUNNING"])
        wait_for(lambda: emr.steps(cluster), lambda states: states == ["RUNNING"])
        yield emr, cluster, glue, run


@pytest.fixture
def busy(jars, tmp_path):
    """A process that has started an account, with a running step and a running Glue run in it."""
    command = [sys.executable, "-c", PARENT, str(tmp_path / "state")]
    with (
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."}
        ) as parent,
        contextlib.ExitStack() as ending,
    ):
        ending.callback(parent.kill)  # whatever fails: leaving Popen waits for its end
        assert parent.stdout is not None
        said = json.loads(parent.stdout.readline())
        started = account.Account(said["url"], tmp_path, said["environment"], parent)
        with step_and_run(started):
            pass
        assert len(processes(str(tmp_path))) >= 4
        yield parent, said["pid"]


@pytest.mark.parametrize("how", ["SIGTERM of the server", "SIGKILL of the server", "SIGKILL of its parent"])
def test_nothing_is_left_running(busy, tmp_path, how):
    parent, server = busy
    if how == "SIGKILL of its parent":
        parent.kill()
    else:
        os.kill(server, signal.SIGTERM if "TERM" in how else signal.SIGKILL)
    wait_for(lambda: processes(str(tmp_path)) - {parent.pid}, lambda left: not left)


def test_it_says_one_line_and_logs_no_request(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ROLE_SESSION_NAME", "mine")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):  # nobody listens there
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    log = tmp_path / "log"
    with account.start(python=PYTHON, log=log) as started:
        s3 = client(started.environment, "s3")
        s3.list_buckets()
        s3.close()
        urllib.request.urlopen(f"{started.url}/local-aws/calls").close()
        state = started.state
        assert state.is_dir()
        assert started.environment["AWS_ENDPOINT_URL"] == started.url
        assert b"AWS_ROLE" not in Path(f"/proc/{started.process.pid}/environ").read_bytes()
    assert not state.exists()
    assert started.process.returncode == 0
    (line,) = log.read_text().splitlines()
    assert line.startswith(f"local AWS: {started.url}")


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": ".example, localhost,"}, ".example,127.0.0.1,localhost"),
        ({"NO_PROXY": ".old", "no_proxy": ".new"}, ".new,127.0.0.1,localhost"),  # as Python and curl have it
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_proxies_are_passed_for_this_machine_and_what_the_user_names(theirs, expected):
    assert past_proxies(theirs) == {"NO_PROXY": expected, "no_proxy": expected}


def test_it_takes_the_port_and_keeps_the_folder_if_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with account.start(python=PYTHON, port=port, keep=True) as started:
        assert started.url == f"http://127.0.0.1:{port}"
    assert (started.state / "local-aws").is_file()
    shutil.rmtree(started.state)


def test_it_listens_on_this_machine_only(shared):
    port = f":{int(shared.url.rpartition(':')[2]):04X}"
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(port)
    ]
    assert listening == [f"0100007F{port}"]


def test_states_last_as_long_as_told(jars):
    with account.start(python=PYTHON, delay=DELAY) as started:
        made = {name: client(started.environment, name) for name in ("s3", "emr", "glue", "logs")}
        made["s3"].create_bucket(Bucket="logs")
        glue = Glue(made["glue"], made["s3"], made["logs"], "logs")
        name = glue.job("pass")
        run = glue.start(name)
        assert glue.get(name, run)["JobRunState"] == "STARTING"
        glue.client.batch_stop_job_run(JobName=name, JobRunIds=[run])
        seen = glue.wait(name, run)
        assert (seen["JobRunState"], seen.get("ErrorMessage")) == ("STOPPED", None)
        began = time.monotonic()
        glue.wait(name, glue.start(name), ["RUNNING"])
        assert time.monotonic() - began >= DELAY
        emr = Emr(made["emr"], made["s3"], "logs")
        cluster = emr.cluster()
        for state in ("STARTING", "BOOTSTRAPPING", "WAITING"):
            emr.wait(cluster, state)  # each can be seen
        began = time.monotonic()
        emr.client.terminate_job_flows(JobFlowIds=[cluster])
        emr.wait(cluster, "TERMINATING")
        emr.wait(cluster, "TERMINATED")
        assert time.monotonic() - began >= 5 * DELAY
        for one in made.values():
            one.close()


def test_a_reset_ends_what_runs_and_forgets_it(jars):
    with account.start(python=PYTHON) as started, step_and_run(started) as (emr, cluster, glue, run):
        assert processes(cluster)
        assert processes(run)
        urllib.request.urlopen(f"{started.url}/moto-api/reset", data=b"").close()
        wait_for(lambda: processes(cluster) | processes(run), lambda left: not left)
        assert emr.client.list_clusters()["Clusters"] == []
        assert glue.client.get_jobs()["Jobs"] == []


def test_a_start_that_fails_says_so(tmp_path):
    (tmp_path / "something").touch()
    with pytest.raises(RuntimeError, match="did not start"):
        account.start(python=PYTHON, state=tmp_path, log=tmp_path / "log")
    assert "holds something else" in (tmp_path / "log").read_text()


def test_objects_are_there_again_in_a_folder_that_was_kept(tmp_path):
    state = tmp_path / "state"
    seen: list[list[tuple[Any, ...]]] = []
    for _ in range(2):
        with account.start(python=PYTHON, state=state) as started:
            s3 = client(started.environment, "s3")
            if not seen:
                s3.create_bucket(Bucket="kept")
                upload_in_parts(s3, "kept", "parts")
                s3.put_object(Bucket="kept", Key="a/é b", Body=b"1", Metadata={"of_mine": "2"}, ContentType="text/x")
                s3.put_object(Bucket="kept", Key="old", Body=b"1", StorageClass="STANDARD_IA")
                versions = {"Status": "Enabled"}  # a deletion leaves a mark
                s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration=versions)
                s3.put_object(Bucket="kept", Key="gone", Body=b"1")
                s3.delete_object(Bucket="kept", Key="gone")
            listed = s3.list_objects_v2(Bucket="kept")["Contents"]
            objects = [s3.get_object(Bucket="kept", Key=item["Key"]) for item in listed]
            seen.append(
                [
                    (
                        o["Body"].read(),
                        o["ETag"],
                        o["LastModified"],
                        o["Metadata"],
                        o["ContentType"],
                        item["StorageClass"],
                    )
                    for o, item in zip(objects, listed, strict=True)
                ]
            )
            s3.close()
    assert seen[0] == seen[1]
    assert [(body, metadata, kind, storage) for body, _, _, metadata, kind, storage in seen[0]] == [
        (b"1", {"of_mine": "2"}, "text/x", "STANDARD"),
        (b"1", {}, "binary/octet-stream", "STANDARD_IA"),
        (b"part", {}, "binary/octet-stream", "STANDARD"),
    ]


def upload_in_parts(s3, bucket, key):
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload=parts)


def test_the_control_paths_are_two(shared):
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{shared.url}/local-aws/else")
    with error.value as answer:
        assert answer.read() == b"GET else: calls and faults are here"
