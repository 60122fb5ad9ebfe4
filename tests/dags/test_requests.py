"""Every template, rendered by Airflow, and every request that the provider's operators then send."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from airflow.sdk.exceptions import TaskDeferred
from airflow.sdk.execution_time.context import VariableAccessor

from tests.dags.recorder import LISTING, recording

VARIABLE = {
    "stack": "green-taxi",
    "raw": "s3://lake/raw/green",
    "transformed": "s3://lake/transformed/green",
    "quarantine": "s3://lake/quarantine/green",
    "aggregates": "s3://lake/aggregate/agg-green-rides",
    "hours": "s3://lake/aggregate/agg-green-rides-by-hour",
    "artifacts": "s3://artifacts",
    "logs": "s3://logs",
    "catalog": "nyc",
    "glue_job": "nyc_raw_to_transform",
    "glue_role": "arn:aws:iam::123456789012:role/glue",
    "glue_version": "6.0",
    "emr_release": "emr-spark-8.1.0",
    "emr_service_role": "emr",
    "emr_instance_profile": "emr-ec2",
    "emr_security_configuration": "tokens-only",
    "emr_subnet": "subnet-1",
    "redshift_workgroup": "green-taxi",
    "redshift_database": "dev",
    "redshift_role": "arn:aws:iam::123456789012:role/redshift",
    "failure_topic": "",
}
RUN = "scheduled__2026-11-25T03:00:00+00:00"
RELEASE = {
    "package": "s3://artifacts/releases/123456789012/nyc-green-taxi.zip",  # digits only: still a text
    "emr_script": "s3://artifacts/releases/123456789012/nyc_aggregations.py",
    "libraries": "s3://artifacts/releases/210987654321/libraries.zip",
}
XCOMS = {
    ("find_pending", "found"): {"run": "airflow-1", "release": RELEASE, "region": "eu-west-1"},
    ("create_emr_cluster", "return_value"): "j-1",
    ("add_steps", "return_value"): ["s-1"],
    ("plan_load", "return_value"): {
        "tables": {
            "agg_green_rides_by_month": {"manifest": "s3://lake/aggregate/agg-green-rides/_manifest.json", "rows": 16},
            "agg_green_rides_by_hour": {"manifest": "s3://lake/aggregate/by-hour/_manifest.json", "rows": 90},
        },
        "digest": "12" * 32,
        "generations": 3,
        "rows": 16,
        "months": 2,
    },
}
OPTIONS = {"--months": "2020-11", "--rebuild": "yes", "--run": "airflow-1", "--refused": "report", "--catalog": "nyc"}


@dataclass
class Instance:
    """What the operators ask of a task instance."""

    task_id: str
    dag_id: str = "data_pipeline"
    run_id: str = RUN
    map_index: int = -1
    try_number: int = 1
    pushed: dict[str, object] = field(default_factory=dict)

    def xcom_pull(self, task_ids, key="return_value"):
        return XCOMS.get((task_ids, key))

    def xcom_push(self, key, value):
        self.pushed[key] = value


@pytest.fixture
def aws(monkeypatch):
    """From here on AWS is a recorder, and the variable is there."""
    with recording() as recorder:
        for name, value in {
            "AWS_ENDPOINT_URL": recorder.url,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AIRFLOW_VAR_GREEN_TAXI": json.dumps(VARIABLE),
        }.items():
            monkeypatch.setenv(name, value)
        yield recorder


@pytest.fixture
def run_task(pipeline, aws):
    """Renders a task and runs it to its end, deferred part included."""

    def run(task_id, **params):
        task = pipeline.get_task(task_id).prepare_for_execution()
        values = {**pipeline.params.dump(), **params}
        variables = {"json": VariableAccessor(deserialize_json=True), "value": VariableAccessor(deserialize_json=False)}
        context = {"params": values, "ti": Instance(task_id), "run_id": RUN, "dag": pipeline, "var": variables}
        task.render_template_fields(context)
        try:
            return task.execute(context)
        except TaskDeferred as deferred:
            event = asyncio.run(first_event(deferred.trigger))
            return getattr(task, deferred.method_name)(context, event.payload)

    return run


async def first_event(trigger):
    return await anext(trigger.run())


def test_the_sensor_lists_the_raw_folder(run_task, aws):
    aws.answers["ListObjectsV2"] = LISTING.format(key="raw/green/green_tripdata_2020-04.csv")
    run_task("s3_sensor")
    assert aws.of("ListObjectsV2") == [{"Bucket": "lake", "Prefix": "raw/green/"}]


def test_the_glue_run_gets_the_options_and_its_size(run_task, aws):
    aws.answers["StartJobRun"] = {"JobRunId": "jr_1"}
    aws.answers["GetJobRun"] = {"JobRun": {"Id": "jr_1", "JobRunState": "SUCCEEDED"}}
    assert run_task("glue_task", months="2020-11", rebuild="yes", glue_workers=7, glue_worker_type="R.1X") == "jr_1"
    [started] = aws.of("StartJobRun")
    assert started == {
        "JobName": "nyc_raw_to_transform",
        "Arguments": {
            "--raw": "s3://lake/raw/green",
            "--transformed": "s3://lake/transformed/green",
            "--quarantine": "s3://lake/quarantine/green",
            **OPTIONS,
            "--airflow_task_uuid": f"data_pipeline:glue_task:{RUN}:-1",
        },
        "WorkerType": "R.1X",
        "NumberOfWorkers": 7,
        "Timeout": 38,
    }


def test_the_job_is_made_by_the_deployment_only(run_task, aws):
    aws.answers["GetJob"] = {"Job": {"Name": "nyc_raw_to_transform", "Role": "another"}}
    aws.answers["StartJobRun"] = {"JobRunId": "jr_1"}
    aws.answers["GetJobRun"] = {"JobRun": {"Id": "jr_1", "JobRunState": "SUCCEEDED"}}
    run_task("glue_task")
    assert {name for name, _ in aws.requests} == {"GetJob", "StartJobRun", "GetJobRun"}


def test_the_cluster_is_all_in_the_dag(run_task, aws):
    aws.answers["RunJobFlow"] = {"JobFlowId": "j-1"}
    aws.answers["DescribeCluster"] = {"Cluster": {"Id": "j-1"}}
    assert run_task("create_emr_cluster", emr_instance_type="m8g.2xlarge", emr_core_nodes=3) == "j-1"
    assert aws.of("RunJobFlow") == [
        {
            "Name": f"green-taxi data_pipeline {RUN}",
            "ReleaseLabel": "emr-spark-8.1.0",
            "Applications": [{"Name": "Spark"}],
            "Configurations": [
                {
                    "Classification": "spark-env",
                    "Configurations": [
                        {"Classification": "export", "Properties": {"PYSPARK_PYTHON": "/usr/bin/python3.11"}}
                    ],
                },
            ],
            "Instances": {
                "InstanceGroups": [
                    {"InstanceRole": "MASTER", "InstanceType": "m8g.2xlarge", "InstanceCount": 1},
                    {"InstanceRole": "CORE", "InstanceType": "m8g.2xlarge", "InstanceCount": 3},
                ],
                "KeepJobFlowAliveWhenNoSteps": True,
                "Ec2SubnetId": "subnet-1",
            },
            "ServiceRole": "emr",
            "JobFlowRole": "emr-ec2",
            "SecurityConfiguration": "tokens-only",
            "LogUri": "s3://logs/emr/",
            "AutoTerminationPolicy": {"IdleTimeout": 600},
            "Tags": [
                {"Key": "airflow-dag", "Value": "data_pipeline"},
                {"Key": "airflow-run", "Value": RUN},
                {"Key": "green-taxi-lake", "Value": "s3://lake/aggregate/agg-green-rides"},
                {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"},
            ],
        }
    ]


def test_a_cluster_may_have_one_node_and_no_subnet(run_task, aws, monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_GREEN_TAXI", json.dumps({**VARIABLE, "emr_subnet": ""}))
    aws.answers["RunJobFlow"] = {"JobFlowId": "j-1"}
    aws.answers["DescribeCluster"] = {"Cluster": {"Id": "j-1"}}
    run_task("create_emr_cluster", emr_core_nodes=0)
    [asked] = aws.of("RunJobFlow")
    assert asked["Instances"] == {
        "InstanceGroups": [{"InstanceRole": "MASTER", "InstanceType": "m7g.xlarge", "InstanceCount": 1}],
        "KeepJobFlowAliveWhenNoSteps": True,
    }


def test_the_only_step_is_the_spark_job(run_task, aws):
    aws.answers["AddJobFlowSteps"] = {"StepIds": ["s-1"]}
    aws.answers["DescribeCluster"] = {"Cluster": {"Id": "j-1"}}
    assert run_task("add_steps", months="2020-11", rebuild="yes") == ["s-1"]
    [asked] = aws.of("AddJobFlowSteps")
    assert asked["JobFlowId"] == "j-1"
    [step] = asked["Steps"]
    assert step["HadoopJarStep"] == {
        "Jar": "command-runner.jar",
        "Args": [
            *("spark-submit", "--deploy-mode", "cluster"),
            *("--driver-memory", "2g", "--executor-memory", "2g", "--executor-cores", "2"),
            *("--py-files", RELEASE["package"]),
            *("--archives", RELEASE["libraries"] + "#libraries"),
            *("--conf", "spark.yarn.appMasterEnv.PYTHONPATH=libraries"),
            *("--conf", "spark.yarn.appMasterEnv.AWS_DEFAULT_REGION=eu-west-1"),
            *("--conf", "spark.yarn.maxAppAttempts=1", RELEASE["emr_script"]),
            *("--transformed", "s3://lake/transformed/green"),
            *("--aggregates", "s3://lake/aggregate/agg-green-rides"),
            *("--hours", "s3://lake/aggregate/agg-green-rides-by-hour"),
            *(part for option in OPTIONS.items() for part in option),
        ],
    }


@pytest.mark.parametrize("location", ["", None])
def test_a_table_whose_location_is_not_set_has_no_option(run_task, aws, monkeypatch, location):
    settings = {name: value for name, value in {**VARIABLE, "hours": location}.items() if value is not None}
    monkeypatch.setenv("AIRFLOW_VAR_GREEN_TAXI", json.dumps(settings))
    aws.answers["AddJobFlowSteps"] = {"StepIds": ["s-1"]}
    aws.answers["DescribeCluster"] = {"Cluster": {"Id": "j-1"}}
    run_task("add_steps")
    [asked] = aws.of("AddJobFlowSteps")
    [step] = asked["Steps"]
    words = step["HadoopJarStep"]["Args"]
    assert words[words.index("--aggregates") + 2] == "--months"


def test_that_step_is_watched(run_task, aws):
    aws.answers["DescribeCluster"] = {"Cluster": {"Id": "j-1"}}
    aws.answers["DescribeStep"] = {"Step": {"Status": {"State": "COMPLETED"}}}
    run_task("watch_step")
    assert aws.of("DescribeStep") == [{"ClusterId": "j-1", "StepId": "s-1"}]


def test_that_cluster_is_ended_and_seen_ending(run_task, aws):
    aws.answers["DescribeCluster"] = {"Cluster": {"Id": "j-1", "Status": {"State": "TERMINATED"}}}
    run_task("remove_cluster")
    assert aws.of("TerminateJobFlows") == [{"JobFlowIds": ["j-1"]}]


def test_the_load_is_one_batch_of_rendered_statements(run_task, aws):
    aws.answers["BatchExecuteStatement"] = {"Id": "q-1"}
    aws.answers["DescribeStatement"] = {"Id": "q-1", "Status": "FINISHED"}
    run_task("copy_to_redshift")
    [batch] = aws.of("BatchExecuteStatement")
    statements = batch.pop("Sqls")
    assert batch.pop("ClientToken")  # botocore's: a repeated call is one batch
    assert batch == {"WorkgroupName": "green-taxi", "Database": "dev", "WithEvent": False}
    assert [code_of(sql).split()[0] for sql in statements] == [
        *("LOCK", "CREATE", "CREATE", "COPY", "COPY", "SELECT", "SELECT"),  # then the first change
        *("DELETE", "DELETE", "INSERT", "INSERT", "INSERT"),
    ]
    for statement, table, folder in (
        (statements[3], "agg_green_rides_by_month", "agg-green-rides"),
        (statements[4], "agg_green_rides_by_hour", "by-hour"),
    ):
        assert code_of(statement).split("\n") == [
            f"COPY {table}_staging",
            f"FROM 's3://lake/aggregate/{folder}/_manifest.json'",
            "IAM_ROLE 'arn:aws:iam::123456789012:role/redshift'",
            "FORMAT AS PARQUET",
            "MANIFEST",
        ]
    assert not any("{{" in sql or "{%" in sql for sql in statements)
    assert sum("generations = 3 AND manifest_digest" in sql for sql in statements) == 5  # the guard
    assert f"'{RUN}'" in statements[-1]


def code_of(sql):
    return "\n".join(line for line in sql.strip().splitlines() if not line.startswith("--"))
