"""The folder that Airflow is given."""

import hashlib
import shutil
import subprocess
import sys
import zipfile

from tests.dags.conftest import ROOT

TOP = {
    *(".airflowignore", "data_pipeline.py", "deploy_entrypoints.py", "pipeline_tasks.py", "release_tasks.py"),
    *("artifacts", "lake", "redshift", "schemas", "transforms"),
}

USE_BOTO3 = """
import sys
sys.path.insert(0, sys.argv[1])
import boto3, botocore, dateutil, jmespath, s3transfer, six, urllib3
boto3.client("s3", "us-east-1").put_object
boto3.client("glue", "us-east-1")
used = (boto3, botocore, dateutil, jmespath, s3transfer, six, urllib3)
print({module.__file__.startswith(sys.argv[1]) for module in used})
"""


def stage(target):
    command = [sys.executable, "-m", "tools.stage_airflow", target]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def content(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_all_of_it_is_there_and_nothing_else(staged):
    assert {path.name for path in staged.iterdir()} - {"__pycache__"} == TOP
    assert {path.name for path in (staged / "artifacts").iterdir()} == {
        *("nyc_raw_to_transform.py", "nyc_aggregations.py", "nyc-green-taxi.zip", "libraries.zip")
    }


def test_what_the_tasks_import_is_what_the_jobs_get(staged):
    with zipfile.ZipFile(staged / "artifacts" / "nyc-green-taxi.zip") as archive:
        for name in archive.namelist():
            assert (staged / name).read_bytes() == archive.read(name)


def test_the_libraries_are_boto3_with_all_that_it_needs(staged, tmp_path):
    """Unpacked, as a cluster does it, for a Python that has nothing else."""
    shutil.unpack_archive(staged / "artifacts" / "libraries.zip", tmp_path)
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", USE_BOTO3, tmp_path], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("{True}\n", "")


def test_staging_again_gives_the_same_and_leaves_nothing_beside(tmp_path):
    target = tmp_path / "dags"
    assert stage(target).returncode == 0
    first = content(target)
    (target / "lake" / "left_over.py").touch()
    assert stage(target).returncode == 0
    assert content(target) == first
    assert [path.name for path in tmp_path.iterdir()] == ["dags"]


def test_a_folder_of_others_is_left_alone(tmp_path):
    (tmp_path / "their_dag.py").touch()
    ran = stage(tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"error: {tmp_path} holds something that was not laid out by this")
    assert [path.name for path in tmp_path.iterdir()] == ["their_dag.py"]
