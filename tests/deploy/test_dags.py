"""The DAGs on their way to Airflow's host: published in the bucket by one side, taken by the other."""

import json
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from urllib3.exceptions import ProtocolError

from deploy.airflow.sync import POINTER, SyncError, sync
from deploy.aws.dags import publish_dags

BUCKET = "artifacts"
VARIABLE = json.dumps({"artifacts": f"s3://{BUCKET}", "raw": "s3://lake/raw/green"})


@pytest.fixture
def s3(aws_environment):
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client


def test_what_is_published_is_what_the_host_has(s3, tmp_path):
    digest, new = publish_dags(s3, VARIABLE)
    assert new
    assert sync(s3, BUCKET, tmp_path) == digest
    dags = tmp_path / "dags"
    assert (dags / "data_pipeline.py").read_bytes() == Path("airflow/dags/data_pipeline.py").read_bytes()
    assert (dags / "redshift" / "3_copy.sql").exists()
    variables = json.loads((dags / "variables.json").read_text())
    assert json.loads(variables["green_taxi"]) == json.loads(VARIABLE)


def test_the_same_again_changes_nothing(s3, tmp_path):
    first, _ = publish_dags(s3, VARIABLE)
    sync(s3, BUCKET, tmp_path)
    assert publish_dags(s3, VARIABLE) == (first, False)
    assert sync(s3, BUCKET, tmp_path) == ""


def test_a_new_release_takes_the_place_and_the_old_one_stays_for_tasks_that_run(s3, tmp_path):
    first, _ = publish_dags(s3, VARIABLE)
    sync(s3, BUCKET, tmp_path)
    second, new = publish_dags(s3, json.dumps({**json.loads(VARIABLE), "raw": "s3://lake/other"}))
    assert new
    assert sync(s3, BUCKET, tmp_path) == second != first
    assert (tmp_path / "dags").resolve() == tmp_path / "releases" / second
    assert (tmp_path / "releases" / first / "data_pipeline.py").exists()


def test_a_zip_that_is_not_the_one_named_is_not_used(s3, tmp_path):
    first, _ = publish_dags(s3, VARIABLE)
    sync(s3, BUCKET, tmp_path)
    other = "0" * 64
    s3.put_object(Bucket=BUCKET, Key=POINTER, Body=json.dumps({"sha256": other, "key": f"airflow/{first}.zip"}))
    with pytest.raises(SyncError, match="has the hash"):
        sync(s3, BUCKET, tmp_path)
    assert (tmp_path / "dags").resolve().name == first
    assert [path.name for path in (tmp_path / "releases").iterdir()] == [first]


@pytest.mark.parametrize(
    "pointer", [b"", b"[]", b"[" * 200_000, b'{"sha256": "../../dags", "key": "k"}', b'{"sha256": 1}', b"\xff"]
)
def test_a_pointer_that_names_no_release_is_told_and_is_written_anew(s3, tmp_path, pointer):
    s3.put_object(Bucket=BUCKET, Key=POINTER, Body=pointer)
    with pytest.raises(SyncError, match=r"^s3://artifacts/airflow/current\.json names no release: "):
        sync(s3, BUCKET, tmp_path)
    assert list(tmp_path.iterdir()) == []
    digest, new = publish_dags(s3, VARIABLE)
    assert new
    assert sync(s3, BUCKET, tmp_path) == digest


def test_an_answer_that_breaks_off_is_told(s3, tmp_path, monkeypatch):
    publish_dags(s3, VARIABLE)

    def broken(*of, **named):
        raise ProtocolError("Connection broken")

    monkeypatch.setattr("botocore.response.StreamingBody.read", broken)
    with pytest.raises(SyncError, match=r"current\.json: the answer broke off"):
        sync(s3, BUCKET, tmp_path)


def test_a_bucket_without_dags_says_what_to_do(s3, tmp_path):
    with pytest.raises(SyncError, match=r"s3://artifacts/airflow/current\.json is not there: .*make dags"):
        sync(s3, BUCKET, tmp_path)
    assert list(tmp_path.iterdir()) == []
