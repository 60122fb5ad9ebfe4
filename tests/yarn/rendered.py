"""Deploys the release and renders what `data_pipeline` asks of Glue and EMR: python -m tests.yarn.rendered TARGET.

Run by Airflow's own Python, on an account, with JSON on standard input: `where`, the variable green_taxi, `dags`, a folder, and
`runs`, the parameters of each run. TARGET gets, for each run, the cluster's `configurations`, the `step` and Glue's `arguments`.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tools.stage_airflow import stage


def _rendered(dag: Any, task_id: str, params: dict[str, Any], found: dict[str, Any]) -> Any:
    from airflow.sdk.execution_time.context import VariableAccessor

    task = dag.get_task(task_id).prepare_for_execution()
    ti = SimpleNamespace(
        task_id=task_id, xcom_pull=lambda task_ids, key="return_value": found if key == "found" else "j-1"
    )
    variables = {"json": VariableAccessor(deserialize_json=True), "value": VariableAccessor(deserialize_json=False)}
    values = {**dag.params.dump(), **params}
    task.render_template_fields({"params": values, "ti": ti, "run_id": found["run"], "dag": dag, "var": variables})
    return task


def main() -> None:
    """Does it."""
    asked = json.load(sys.stdin)
    os.environ |= {
        "AIRFLOW_HOME": tempfile.mkdtemp(prefix="airflow-"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_VAR_GREEN_TAXI": json.dumps(asked["where"]),
    }
    folder = Path(asked["dags"])
    stage(folder)
    sys.path.insert(0, str(folder))
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(folder).dags["data_pipeline"]
    import pipeline_tasks
    import release_tasks

    release = release_tasks.upload_release(asked["where"]["artifacts"])
    release_tasks.put_tables(asked["where"])
    answers = []
    for number, params in enumerate(asked["runs"]):
        found = {"run": f"airflow-{number}", "release": release, "region": pipeline_tasks.region(), "files": {}}
        [step] = _rendered(dag, "add_steps", params, found).steps
        answers.append(
            {
                "configurations": _rendered(dag, "create_emr_cluster", params, found).job_flow_overrides[
                    "Configurations"
                ],
                "step": step["HadoopJarStep"]["Args"],
                "arguments": _rendered(dag, "glue_task", params, found).script_args,
                "release": release,
            }
        )
    Path(sys.argv[1]).write_text(json.dumps(answers))


if __name__ == "__main__":
    main()
