"""The DAGs as Airflow is given them, in Airflow's own environment (`make test-airflow`)."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

# Airflow reads them when it is imported.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def staged(tmp_path_factory):
    """A dags folder, laid out by the tool."""
    folder = tmp_path_factory.mktemp("airflow") / "dags"
    subprocess.run([sys.executable, "-m", "tools.stage_airflow", folder], cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="session")
def bag(staged):
    """All DAGs of the folder."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(staged)


@pytest.fixture(scope="session")
def pipeline(bag):
    return bag.dags["data_pipeline"]
