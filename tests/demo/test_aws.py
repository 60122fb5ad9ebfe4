"""The commands that `make ui` prints are typed as they stand, on a PATH that has neither the AWS CLI nor psql."""

import json
import shlex
import subprocess

import boto3
import pytest

from demo import report
from demo.account import prepare
from demo.airflow_api import AirflowApi
from local_aws import account
from local_aws.options import ROOT
from schemas.redshift import objects_sql

SHELL = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}


@pytest.fixture
def printed(tmp_path):
    """The lines for a shell; the file of variables is there, and the warehouse has its tables."""
    with account.start() as aws:
        variables = {**aws.environment, "AIRFLOW_VAR_GREEN_TAXI": json.dumps(where := prepare(aws.environment))}
        file = tmp_path / "env"
        file.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))
        redshift = boto3.client(
            "redshift-data", "us-east-1", endpoint_url=aws.url, aws_access_key_id="any", aws_secret_access_key="any"
        )
        redshift.batch_execute_statement(
            Sqls=objects_sql(set()), WorkgroupName=where["redshift_workgroup"], Database=where["redshift_database"]
        )
        redshift.close()
        lines = report.ui_lines(AirflowApi("http://127.0.0.1:8080", "admin", "any"), file)
        yield [line.strip() for line in lines if line.startswith("  ")]


def test_each_command_does_what_it_is_printed_for(printed):
    read, trigger, *commands = printed
    assert trigger == ".venv-airflow/bin/airflow dags trigger data_pipeline"  # needs Airflow's database
    done = [
        subprocess.run(["bash", "-euc", f"{read}\n{line}"], cwd=ROOT, env=SHELL, capture_output=True, text=True)
        for line in commands
    ]
    assert [one.returncode for one in done] == [0] * len(commands), [one.stderr for one in done]
    _, put, listed, queried = (one.stdout for one in done)
    assert put.startswith("s3://green-taxi-lake/raw/green/green_tripdata_")
    assert set(put.split()) <= set(listed.split())
    assert queried == "0\n"


def test_what_a_file_or_a_row_holds_does_not_reach_the_terminal_as_it_is(printed, tmp_path):
    """An escape sequence in a name, and in a cell of the warehouse."""
    hostile = tmp_path / "a\x1b[2J.csv"
    hostile.touch()
    aws = ".venv/bin/python -m demo.aws"
    script = "; ".join(
        [
            printed[0],
            f"{aws} put '{hostile}'",
            f"{aws} list raw",
            f"{aws} query \"SELECT '\x1bc', 1\"",
            f"! {aws} put '{hostile}.gone'",
        ]
    )
    done = subprocess.run(["bash", "-euc", script], cwd=ROOT, env=SHELL, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("a\\x1b[2J.csv")) == (0, 2), done.stderr
    assert "\\x1bc\t1\n" in done.stdout
    assert "a\\x1b[2J.csv.gone" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_without_the_variables_it_says_where_they_are():
    command = [".venv/bin/python", "-m", "demo.aws", "list", "raw"]
    done = subprocess.run(command, cwd=ROOT, env=SHELL, capture_output=True, text=True)
    assert done.returncode == 2
    assert "the file that `make ui` names" in done.stderr
