import json
import subprocess
import sys

LIST_MODULES = """
import json, runpy, sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
runpy.run_path(f"{sys.argv[1]}/{sys.argv[2]}")
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""

ASK_NOTHING = """
import runpy, sys
from airflow.sdk import Variable
Variable.get = lambda name, *_, **__: sys.exit(f"it asks for {name}")
runpy.run_path(sys.argv[1])
"""


def test_these_dags_are_there_and_no_other(bag):
    assert bag.import_errors == {}
    assert set(bag.dags) == {"data_pipeline", "deploy_entrypoints"}


def test_only_the_dag_files_are_parsed(bag, staged):
    assert {stat.file.lstrip("/") for stat in bag.dagbag_stats} == {"data_pipeline.py", "deploy_entrypoints.py"}


def test_parsing_imports_nothing_of_ours_and_no_spark(staged, bag):
    ours = {path.stem for path in staged.iterdir()} | {"pyspark", "boto3"}
    for dag in bag.dags:
        command = [sys.executable, "-W", "ignore", "-c", LIST_MODULES, str(staged), f"{dag}.py"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert ours & set(json.loads(said.splitlines()[-1])) <= {"boto3"}  # the provider imports that one


def test_parsing_asks_for_no_variable(staged, bag, tmp_path):
    """Not even for one that may be missing: without a database to look in, the files run through."""
    variables = {"PATH": "", "AIRFLOW_HOME": str(tmp_path)}
    for dag in bag.dags:
        command = [sys.executable, "-W", "error::RuntimeWarning", "-c", ASK_NOTHING, str(staged / f"{dag}.py")]
        ran = subprocess.run(command, env=variables, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
